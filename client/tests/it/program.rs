//! The terminal program, run by a test.

use std::process::{ExitStatus, Stdio};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::common::{FakeServer, within};

/// A running `mobileim`.
pub(crate) struct Program {
    child: Child,
    pub(crate) stdin: Option<ChildStdin>,
    stdout: Lines<BufReader<ChildStdout>>,
}

impl Program {
    pub(crate) fn start(server: &FakeServer, action: &str, args: &[&str]) -> Self {
        Self::start_at(&server.url(), "alice", action, args)
    }

    pub(crate) fn start_at(url: &str, user: &str, action: &str, args: &[&str]) -> Self {
        let (scheme, address) = url.split_once("://").unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_mobileim"))
            .arg(action)
            .args([
                &format!("--{scheme}"),
                address,
                "--user",
                user,
                "--no-outbox",
            ])
            .args(args)
            .env_remove("MOBILEIM_TOKEN")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self {
            stdin: child.stdin.take(),
            stdout: BufReader::new(child.stdout.take().unwrap()).lines(),
            child,
        }
    }

    pub(crate) async fn type_line(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().expect("standard input is open");
        stdin
            .write_all(format!("{line}\n").as_bytes())
            .await
            .unwrap();
    }

    pub(crate) async fn line(&mut self) -> String {
        within(self.stdout.next_line())
            .await
            .unwrap()
            .expect("it still runs")
    }

    /// Waits for its end; gives what it complained about.
    pub(crate) async fn end(mut self) -> (ExitStatus, String) {
        drop(self.stdin);
        let mut stderr = String::new();
        let mut pipe = self.child.stderr.take().unwrap();
        within(pipe.read_to_string(&mut stderr)).await.unwrap();
        (within(self.child.wait()).await.unwrap(), stderr)
    }
}
