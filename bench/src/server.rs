//! The server that is measured, as a child process.

use std::io::{self, BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use mobileim_protocol::Transport;

/// A running server; dropping it ends it.
pub(crate) struct Server {
    child: Child,
    /// The line in which it said where it listens.
    ready: String,
}

impl Server {
    /// Starts one on ports of its own choice, and waits until it listens.
    pub(crate) fn start(binary: &Path, args: &[String]) -> io::Result<Self> {
        let any = "127.0.0.1:0";
        let mut child = Command::new(binary)
            .args([
                "--dev", "--tcp", any, "--udp", any, "--ws", any, "--http", "off",
            ])
            .args(args)
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| io::Error::other(format!("{}: {error}", binary.display())))?;
        let stdout = child.stdout.take().expect("it is piped");
        let ready = BufReader::new(stdout)
            .lines()
            .map_while(Result::ok)
            .find(|line| line.starts_with("ready "));
        match ready {
            Some(ready) => Ok(Self { child, ready }),
            None => Err(io::Error::other("the server did not start")),
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn address(&self, transport: Transport) -> io::Result<SocketAddr> {
        let prefix = format!("{transport}=");
        self.ready
            .split_whitespace()
            .find_map(|word| word.strip_prefix(&prefix)?.parse().ok())
            .ok_or_else(|| io::Error::other(format!("no {transport} in {:?}", self.ready)))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
