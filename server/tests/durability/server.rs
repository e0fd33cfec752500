//! The program, as a process.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, Output, Stdio};
use std::thread::{self, JoinHandle};

use rustix::process::{Pid, Signal, kill_process};

pub(crate) struct Server {
    child: Child,
    pub(crate) tcp: SocketAddr,
    log: Option<JoinHandle<String>>,
}

impl Server {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = child.stderr.take().unwrap();
        let log = thread::spawn(move || {
            let mut log = String::new();
            stderr.read_to_string(&mut log).unwrap();
            log
        });
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let Some(tcp) = line.trim().strip_prefix("ready tcp=") else {
            panic!("not ready: {line:?}, {}", log.join().unwrap());
        };
        Self {
            tcp: tcp.parse().unwrap(),
            child,
            log: Some(log),
        }
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Sends a signal and waits for the end; gives the exit code and the log.
    pub(crate) fn end(mut self, signal: Signal) -> (Option<i32>, String) {
        kill_process(self.pid(), signal).unwrap();
        let code = self.child.wait().unwrap().code();
        (code, self.log.take().unwrap().join().unwrap())
    }

    /// Ends it as it should end; gives the log.
    pub(crate) fn stop(self) -> String {
        let (code, log) = self.end(Signal::TERM);
        assert_eq!(code, Some(0), "{log}");
        log
    }

    pub(crate) fn kill(self) {
        let (code, log) = self.end(Signal::KILL);
        assert_eq!(code, None, "it ended before it was killed: {log}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended, unless the test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a program says that does not start.
pub(crate) fn refused(command: &mut Command) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let log = String::from_utf8(stderr).unwrap();
    assert_eq!((status.code(), &stdout[..]), (Some(1), &b""[..]), "{log}");
    log
}
