//! The server that is measured, as a child process.

use std::ffi::OsString;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};

use mobileim_protocol::Transport;
use rustix::process::{Pid, Signal, kill_process};

/// A running server; dropping it ends it.
pub(crate) struct Server {
    child: Child,
    /// The line in which it said where it listens.
    ready: String,
    /// Reads its log, if that is wanted.
    log: Option<JoinHandle<io::Result<String>>>,
}

impl Server {
    /// Starts one on ports of its own choice, and waits until it listens.
    pub(crate) fn start(binary: &Path, args: &[String]) -> io::Result<Self> {
        Self::spawn(&mut command(binary, args))
    }

    /// The same with the limits that hold by default, and with tokens that this secret has signed, if there is one.
    pub(crate) fn start_as_usual(
        binary: &Path,
        args: &[String],
        secret: Option<&str>,
    ) -> io::Result<Self> {
        let mut command = base(binary);
        match secret {
            Some(secret) => command.args(["--jwt-secret", secret]),
            None => command.arg("--dev"),
        };
        // Each that is told to come back is a line otherwise.
        Self::spawn(command.args(["--log", "warn"]).args(args))
    }

    /// The same with more environment, and a log to be read when it is [stopped](Server::stop).
    pub(crate) fn start_with_log(
        binary: &Path,
        args: &[String],
        environment: impl IntoIterator<Item = (&'static str, OsString)>,
    ) -> io::Result<Self> {
        let mut command = command(binary, args);
        Self::spawn(command.envs(environment).stderr(Stdio::piped()))
    }

    fn spawn(command: &mut Command) -> io::Result<Self> {
        let mut child = command.spawn().map_err(|error| {
            io::Error::other(format!("{}: {error}", command.get_program().display()))
        })?;
        let stdout = child.stdout.take().expect("it is piped");
        let log = child.stderr.take().map(|stderr| {
            thread::spawn(move || {
                let mut log = String::new();
                BufReader::new(stderr).read_to_string(&mut log)?;
                Ok(log)
            })
        });
        let ready = BufReader::new(stdout)
            .lines()
            .map_while(Result::ok)
            .find(|line| line.starts_with("ready "));
        if let Some(ready) = ready {
            return Ok(Self { child, ready, log });
        }
        let log = log.map_or_else(String::new, |log| finish(log).unwrap_or_default());
        Err(io::Error::other(format!("the server did not start\n{log}")))
    }

    /// Ends it as it should end; gives its log.
    pub(crate) fn stop(mut self) -> io::Result<String> {
        kill_process(Pid::from_child(&self.child), Signal::TERM)?;
        let status = self.child.wait()?;
        let log = self.log.take().map_or_else(|| Ok(String::new()), finish)?;
        if status.success() {
            Ok(log)
        } else {
            Err(io::Error::other(format!("the server: {status}\n{log}")))
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

/// The limits that a few users who send as fast as they can are past.
const WITHOUT_LIMITS: [&str; 3] = [
    "MOBILEIM_MESSAGE_RATE",
    "MOBILEIM_REQUEST_RATE",
    "MOBILEIM_LOGIN_RATE",
];

fn command(binary: &Path, args: &[String]) -> Command {
    let mut command = base(binary);
    command
        .arg("--dev")
        .args(args)
        // By the environment: a server from before there were such limits ignores them.
        .envs(WITHOUT_LIMITS.map(|name| (name, "unlimited")));
    command
}

fn base(binary: &Path) -> Command {
    let any = "127.0.0.1:0";
    let mut command = Command::new(binary);
    command
        .args(["--tcp", any, "--udp", any, "--ws", any, "--http", "off"])
        .stdout(Stdio::piped());
    command
}

fn finish(log: JoinHandle<io::Result<String>>) -> io::Result<String> {
    log.join().expect("reading does not panic")
}
