//! SIGHUP: a server takes over what may change while it runs, and says what may not.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_mobileim-server");

/// Secrets that sign tokens.
const OLD: &str = "the old secret has 32 bytes and more";
const NEW: &str = "the new secret has 32 bytes and more";

struct Server {
    child: Child,
    log: BufReader<ChildStderr>,
    tcp: SocketAddr,
}

impl Server {
    /// Starts one in a directory, by the configuration there.
    fn start(directory: &Path) -> Self {
        let mut child = program(directory)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let tcp = line.split("tcp=").nth(1).expect("it is ready");
        Self {
            log: BufReader::new(child.stderr.take().unwrap()),
            tcp: tcp.trim().parse().unwrap(),
            child,
        }
    }

    /// Has it read its configuration again, and gives what it says of that, up to a line with this.
    fn reload(&mut self, up_to: &str) -> String {
        kill_process(Pid::from_child(&self.child), Signal::HUP).unwrap();
        let mut said = String::new();
        while !said.contains(up_to) {
            assert_ne!(self.log.read_line(&mut said).unwrap(), 0, "{said}");
        }
        said
    }

    /// The code that a login is answered with.
    fn log_in(&self, token: &str) -> i64 {
        let content = json!({"loginUserId": "alice", "loginToken": token, "firstLoginTime": 0});
        let login =
            json!({"type": 0, "from": "alice", "to": "0", "dataContent": content.to_string()});
        let login = login.to_string();
        let mut stream = TcpStream::connect(self.tcp).unwrap();
        let length = u32::try_from(login.len()).unwrap().to_be_bytes();
        stream
            .write_all(&[&length, login.as_bytes()].concat())
            .unwrap();
        let mut length = [0; 4];
        stream.read_exact(&mut length).unwrap();
        let mut body = vec![0; u32::from_be_bytes(length).try_into().unwrap()];
        stream.read_exact(&mut body).unwrap();
        let answer: Value = serde_json::from_slice(&body).unwrap();
        let content = answer["dataContent"].as_str().unwrap();
        serde_json::from_str::<Value>(content).unwrap()["code"]
            .as_i64()
            .unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program in a directory, which keeps all that is set elsewhere from it.
fn program(directory: &Path) -> Command {
    let mut command = Command::new(PROGRAM);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("MOBILEIM_")) {
        command.env_remove(name);
    }
    command.current_dir(directory);
    command
}

/// A token for alice by the secret that the directory has now.
fn token(directory: &Path) -> String {
    let output = program(directory)
        .args(["token", "--user", "alice"])
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn configure(directory: &Path, more: &str) {
    let listen = "[listen]\nudp = \"off\"\nws = \"off\"\nhttp = \"off\"\n";
    let auth = "[auth]\njwt-secret-file = \"secret\"\n";
    let text = format!("{more}\n{listen}tcp = \"127.0.0.1:0\"\n{auth}");
    fs::write(directory.join("mobileim.toml"), text).unwrap();
}

#[test]
fn sighup_takes_over_what_is_live_and_says_what_needs_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    fs::write(directory.join("secret"), OLD).unwrap();
    configure(directory, "");
    let mut server = Server::start(directory);
    let old = token(directory);
    assert_eq!(server.log_in(&old), 0);

    let said = server.reload("nothing in the configuration has changed");
    assert!(
        said.contains("SIGHUP: reading the configuration again"),
        "{said}"
    );

    fs::write(directory.join("secret"), NEW).unwrap();
    configure(directory, "log = \"debug\"\nsense = \"30s\"\n");
    let said = server.reload("needs a restart");
    assert!(said.contains("taken over: log, auth.jwt-secret"), "{said}");
    assert!(
        said.contains("changed, and needs a restart: sense"),
        "{said}"
    );
    assert!(!said.contains(NEW), "{said}");
    assert_eq!(server.log_in(&old), 1025);
    assert_eq!(server.log_in(&token(directory)), 0);
    // The log is at its new level.
    let said = server.reload("needs a restart");
    assert!(said.contains("DEBUG"), "{said}");
}

#[test]
fn a_configuration_with_mistakes_is_told_and_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    fs::write(directory.join("secret"), OLD).unwrap();
    configure(directory, "");
    let mut server = Server::start(directory);
    let old = token(directory);
    fs::write(directory.join("secret"), NEW).unwrap();
    configure(directory, "lag = \"debug\"\ndrain-time = \"soon\"");
    let said = server.reload("unknown key 'lag'");
    assert!(said.contains("has mistakes, and nothing changes"), "{said}");
    assert!(
        said.contains("mobileim.toml:1: unknown key 'lag'; did you mean 'log'?"),
        "{said}"
    );
    assert_eq!(server.log_in(&old), 0);
    fs::remove_file(directory.join("secret")).unwrap();
    configure(directory, "");
    let said = server.reload("cannot read 'secret'");
    assert!(said.contains("nothing changes"), "{said}");
    assert_eq!(server.log_in(&old), 0);
}
