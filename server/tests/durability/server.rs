//! The program, as a process.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Server {
    child: Child,
    pub(crate) tcp: SocketAddr,
    http: SocketAddr,
    log: Option<JoinHandle<String>>,
}

/// A server that does not serve yet.
pub(crate) struct Starting {
    child: Child,
    log: JoinHandle<String>,
    /// What it logs, line by line, until nobody listens any more.
    lines: Receiver<String>,
}

impl Starting {
    pub(crate) fn begin(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let (sender, lines) = mpsc::channel();
        let log = thread::spawn(move || {
            let mut log = String::new();
            loop {
                let before = log.len();
                if stderr.read_line(&mut log).unwrap() == 0 {
                    return log;
                }
                let _ = sender.send(log[before..].to_owned());
            }
        });
        Self { child, log, lines }
    }

    /// Waits until it has logged something, and gives the line.
    pub(crate) fn wait_for_line(&self, with: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|error| panic!("it never says {with:?}: {error}"));
            if line.contains(with) {
                return line;
            }
        }
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Waits for its end; gives the exit code and the log.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        let code = self.child.wait().unwrap().code();
        (code, self.log.join().unwrap())
    }

    /// Waits until it serves.
    pub(crate) fn ready(mut self) -> Server {
        let mut line = String::new();
        BufReader::new(self.child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let (Some(tcp), Some(http)) = (address(&line, "tcp="), address(&line, "http=")) else {
            panic!("not ready: {line:?}, {}", self.log.join().unwrap());
        };
        Server {
            tcp,
            http,
            child: self.child,
            log: Some(self.log),
        }
    }
}

/// The address of a listener, in a line that names it.
pub(crate) fn address(line: &str, listener: &str) -> Option<SocketAddr> {
    let mut words = line.split_whitespace();
    let address = words.find_map(|word| word.strip_prefix(listener));
    address.map(|address| address.parse().unwrap())
}

/// The status and the body of an answer over HTTP.
pub(crate) fn get(http: SocketAddr, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(http).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap();
    (status.parse().unwrap(), body.to_owned())
}

impl Server {
    pub(crate) fn start(command: &mut Command) -> Self {
        Starting::begin(command).ready()
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// The status and the body of an answer over HTTP.
    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        get(self.http, path)
    }

    /// Waits until it says that it can store messages.
    pub(crate) fn wait_until_ready(&self) {
        let until = Instant::now() + PATIENCE;
        while self.get("/readyz") != (200, "ok\n".to_owned()) {
            assert!(Instant::now() < until, "{:?}", self.get("/readyz"));
            // It finds out once a second.
            thread::sleep(Duration::from_millis(200));
        }
        assert_eq!(self.get("/healthz"), (200, "ok\n".to_owned()));
    }

    /// What it says that is wrong with its store.
    pub(crate) fn trouble(&self) -> String {
        let (status, trouble) = self.get("/readyz");
        assert_eq!(status, 503, "{trouble}");
        assert_eq!(self.get("/healthz"), (200, format!("ok, but {trouble}")));
        trouble
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
    refused_with(1, command)
}

/// What a program says that does not start, and ends with a code.
pub(crate) fn refused_with(code: i32, command: &mut Command) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let log = String::from_utf8(stderr).unwrap();
    assert_eq!(
        (status.code(), &stdout[..]),
        (Some(code), &b""[..]),
        "{log}"
    );
    log
}
