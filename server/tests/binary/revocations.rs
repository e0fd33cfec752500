//! Tokens that are revoked, from one server to the next.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::api_keys::make;
use crate::program::{ANY, server, start, stop};
use crate::providers::{get, log_in};

const SECRET: &str = "a secret of at least 32 bytes in all";
const PATH: &str = "/api/v1/users/alice/revoke";

/// A server in a directory, whose key is in it.
fn in_directory(directory: &Path) -> Command {
    let mut command = server(&["--tcp", ANY, "--http", ANY, "--udp", "off", "--ws", "off"]);
    command.args(["--jwt-secret", SECRET, "--data-dir", "data"]);
    command.args(["--api-keys-file", "api-keys"]);
    command.current_dir(directory);
    command
}

/// A directory with a key for the API, and that key.
fn directory() -> (tempfile::TempDir, String) {
    let directory = tempfile::tempdir().unwrap();
    let (key, line) = make("shop", "users:write");
    fs::write(directory.path().join("api-keys"), line).unwrap();
    (directory, key)
}

fn token() -> String {
    let mut command = server(&["token", "--user", "alice", "--jwt-secret", SECRET]);
    let output = command.output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Where it serves TCP and HTTP.
fn addresses(ready: &str) -> (String, String) {
    let of = |name: &str| {
        let at = ready
            .split(name)
            .nth(1)
            .unwrap_or_else(|| panic!("{ready}"));
        at.split_whitespace().next().unwrap().to_owned()
    };
    (of(" tcp="), of(" http="))
}

fn ask(http: &str, method: &str, key: &str, body: &str) -> Value {
    let mut stream = TcpStream::connect(http).unwrap();
    let length = body.len();
    let request = format!(
        "{method} {PATH} HTTP/1.1\r\nHost: {http}\r\nConnection: close\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 "), "{answer}");
    serde_json::from_str(body).unwrap()
}

/// Waits until a server that was started as a standby serves, and returns its line.
fn wait_until_ready(child: &mut Child) -> String {
    let mut line = String::new();
    let stdout = child.stdout.as_mut().unwrap();
    BufReader::new(stdout).read_line(&mut line).unwrap();
    line
}

#[test]
fn a_server_that_takes_over_refuses_what_one_has_revoked_that_was_killed() {
    let (directory, key) = directory();
    let (mut first, ready) = start(&mut in_directory(directory.path()));
    let (tcp, http) = addresses(&ready);
    let mut standby = in_directory(directory.path());
    let standby = standby.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut second = standby.spawn().unwrap();
    let mut log = BufReader::new(second.stderr.take().unwrap()).lines();
    assert!(log.any(|line| line.unwrap().contains("a standby for ")));

    let token = token();
    assert_eq!(log_in(&tcp, &token), 0);
    let told = ask(&http, "POST", &key, "{}");
    assert_eq!(told["user"], "alice");
    // It is durable once it is answered.
    kill_process(Pid::from_child(&first), Signal::KILL).unwrap();
    first.wait().unwrap();
    let (tcp, http) = addresses(&wait_until_ready(&mut second));
    assert_eq!(log_in(&tcp, &token), 1025);
    assert_eq!(log_in(&tcp, &self::token()), 0);
    let metrics = get(&http, "/metrics");
    assert!(
        metrics.contains("mobileim_revoked_users 1.0\n"),
        "{metrics}"
    );
    assert_eq!(ask(&http, "DELETE", &key, ""), json!({ "takenBack": true }));
    kill_process(Pid::from_child(&second), Signal::KILL).unwrap();
    second.wait().unwrap();

    let (third, ready) = start(&mut in_directory(directory.path()));
    assert_eq!(log_in(&addresses(&ready).0, &token), 0);
    assert_eq!(stop(third, Signal::TERM).0, Some(0));
}

#[test]
fn the_log_says_who_has_revoked_whose_tokens_and_why_a_login_is_refused() {
    let (directory, key) = directory();
    let mut command = in_directory(directory.path());
    let (child, ready) = start(command.args(["--log", "debug"]));
    let (tcp, http) = addresses(&ready);
    let token = token();
    let told = ask(&http, "POST", &key, r#"{"reason":"a thief"}"#);
    let before = told["before"].as_i64().unwrap();
    assert_eq!(log_in(&tcp, &token), 1025);
    ask(&http, "DELETE", &key, "");
    let (code, log) = stop(child, Signal::TERM);
    assert_eq!(code, Some(0));
    for line in [
        format!("tokens are revoked key=\"shop\" user=\"alice\" before={before} kicked=0"),
        "the token was issued before the user's tokens were revoked".to_owned(),
        "it is taken back that tokens are revoked key=\"shop\" user=\"alice\" taken_back=true"
            .to_owned(),
    ] {
        assert!(log.contains(&line), "{line}: {log}");
    }
    assert!(!log.contains(&token) && !log.contains(&key), "{log}");
}

#[test]
fn how_long_it_counts_can_be_said() {
    let (code, _, log) = crate::program::said(&["check", "--dev", "--revoked-for", "1s"]);
    assert_eq!(code, Some(2));
    assert!(log.contains("from a minute to a year"), "{log}");
    let (code, _, log) = crate::program::said(&["check", "--dev", "--revoked-for", "90days"]);
    assert_eq!(code, Some(0), "{log}");
}
