//! The program with a data directory: what it has acknowledged outlives it, however it ends.

mod client;

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;

use rustix::process::{Pid, Signal, kill_process};

use client::{Client, data};

const ROUNDS: usize = 4;

/// How many messages a sender has under way at once.
const WINDOW: usize = 200;

struct Server {
    child: Child,
    tcp: SocketAddr,
}

impl Server {
    fn start(data: &Path) -> Self {
        let mut child = command(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let tcp = line
            .trim()
            .strip_prefix("ready tcp=")
            .unwrap_or_else(|| panic!("not ready: {line:?}"));
        Self {
            tcp: tcp.parse().unwrap(),
            child,
        }
    }

    /// Sends a signal and waits for the end; gives the exit code and the log.
    fn end(mut self, signal: Signal) -> (Option<i32>, String) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
        let code = self.child.wait().unwrap().code();
        let mut log = String::new();
        let stderr = self.child.stderr.as_mut().unwrap();
        stderr.read_to_string(&mut log).unwrap();
        (code, log)
    }
}

fn command(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mobileim-server"));
    command
        .args(["--dev", "--udp=off", "--ws=off", "--http=off"])
        .args(["--tcp", "127.0.0.1:0"])
        .env_remove("MOBILEIM_LOG")
        .env("MOBILEIM_DATA_DIR", data);
    command
}

/// Sends numbered messages to bob, who is offline, until `end` is acknowledged or the server is gone. Says how far
/// it came, after each acknowledgement. Gives the number of the first that is not acknowledged.
fn stream(server: SocketAddr, first: usize, end: usize, progress: &mpsc::Sender<usize>) -> usize {
    let mut alice = Client::log_in(server, "alice");
    let (mut sent, mut acknowledged) = (first, first);
    while acknowledged < end {
        while sent < end && sent < acknowledged + WINDOW {
            if alice.send(&data("alice", "bob", sent)).is_err() {
                return acknowledged;
            }
            sent += 1;
        }
        let Some(message) = alice.receive() else {
            return acknowledged;
        };
        assert_eq!(message["type"], 4, "an acknowledgement: {message}");
        assert_eq!(
            message["dataContent"],
            acknowledged.to_string(),
            "the store answers in order"
        );
        acknowledged += 1;
        // The test may have seen enough.
        let _ = progress.send(acknowledged);
    }
    acknowledged
}

/// Logs bob in, who fetches and acknowledges what waits for him up to a message. Gives all that came.
fn fetch(server: SocketAddr, last: &str) -> Vec<String> {
    let mut bob = Client::log_in(server, "bob");
    let mut fetched = Vec::new();
    while fetched.last().is_none_or(|fp| fp != last) {
        let message = bob.receive().expect("the server stays");
        assert_eq!(message["from"], "alice");
        let fp = message["fp"].as_str().unwrap();
        bob.acknowledge("bob", "alice", fp);
        fetched.push(fp.to_owned());
    }
    bob.see_all_handled();
    fetched
}

fn numbers(count: usize) -> Vec<String> {
    (0..count).map(|n| n.to_string()).collect()
}

#[test]
fn what_was_acknowledged_before_a_kill_comes_once_and_in_order() {
    let data = tempfile::tempdir().unwrap();
    let mut acknowledged = 0;
    for round in 0..ROUNDS {
        let server = Server::start(data.path());
        let (progress, seen) = mpsc::channel();
        let tcp = server.tcp;
        let sender = thread::spawn(move || stream(tcp, acknowledged, usize::MAX, &progress));
        // In the middle of the stream, a little elsewhere each time.
        let enough = acknowledged + 700 + 37 * round;
        assert!(seen.iter().any(|count| count == enough));
        let (code, _) = server.end(Signal::KILL);
        assert_eq!(code, None);
        acknowledged = sender.join().unwrap();
        assert!(acknowledged >= enough);
    }
    // The rest of what was under way, as a sender repeats it.
    let server = Server::start(data.path());
    let all = acknowledged + WINDOW;
    let (progress, _seen) = mpsc::channel();
    assert_eq!(stream(server.tcp, acknowledged, all, &progress), all);
    let fetched = fetch(server.tcp, &(all - 1).to_string());
    assert_eq!(fetched, numbers(all));
    let (code, log) = server.end(Signal::TERM);
    assert_eq!(code, Some(0), "{log}");

    // What bob has acknowledged does not come again.
    let server = Server::start(data.path());
    assert_eq!(stream(server.tcp, all, all + 1, &progress), all + 1);
    assert_eq!(fetch(server.tcp, &all.to_string()), [all.to_string()]);
    server.end(Signal::KILL);
}

#[test]
fn what_is_under_way_to_a_silent_receiver_is_stored_before_sigterm_ends_the_server() {
    const MESSAGES: usize = 100;
    let data_dir = tempfile::tempdir().unwrap();
    let server = Server::start(data_dir.path());
    let mut bob = Client::log_in(server.tcp, "bob");
    let mut alice = Client::log_in(server.tcp, "alice");
    for n in 0..MESSAGES {
        alice.send(&data("alice", "bob", n)).unwrap();
    }
    // He has them all, and says nothing.
    for _ in 0..MESSAGES {
        bob.receive().unwrap();
    }
    let (code, log) = server.end(Signal::TERM);
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("messages wait in "), "{log}");
    let server = Server::start(data_dir.path());
    let last = (MESSAGES - 1).to_string();
    assert_eq!(fetch(server.tcp, &last), numbers(MESSAGES));
    server.end(Signal::KILL);
}

#[test]
fn a_data_directory_that_cannot_be_used_is_told() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let Output {
        status,
        stdout,
        stderr,
    } = command(file.path()).output().unwrap();
    let log = String::from_utf8(stderr).unwrap();
    assert_eq!((status.code(), &stdout[..]), (Some(1), &b""[..]), "{log}");
    let path = file.path().display();
    assert!(
        log.contains(&format!("cannot keep messages in {path}: ")),
        "{log}"
    );
}

#[test]
fn a_store_that_needs_a_data_directory_says_so() {
    let output = Command::new(env!("CARGO_BIN_EXE_mobileim-server"))
        .args(["--dev", "--store", "sqlite"])
        .env_remove("MOBILEIM_DATA_DIR")
        .output()
        .unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{log}");
    assert!(log.contains("--store sqlite needs --data-dir DIR"), "{log}");
}
