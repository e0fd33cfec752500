//! Services that the server asks who may log in.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::program::{ANY, refused, said, server, start, stop};

/// What an HTTP request is answered with.
pub(crate) fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// An address at which nobody answers.
fn nobody() -> String {
    let listener = TcpListener::bind(ANY).unwrap();
    listener.local_addr().unwrap().to_string()
}

#[test]
fn a_url_is_checked_and_nobody_is_asked() {
    let nobody = nobody();
    let url = format!("http://{nobody}/keys");
    let (code, _, log) = said(&["check", "--jwt-jwks-url", &url]);
    assert_eq!((code, log.as_str()), (Some(0), ""));
    let log = refused(
        2,
        &["check", "--jwt-jwks-url", "http://id.example.com/keys"],
    );
    let expected = "error: invalid value 'http://id.example.com/keys' for '--jwt-jwks-url <URL>': expected https: \
                    http is for services on this machine, such as http://127.0.0.1:9000/\n";
    assert!(log.starts_with(expected), "{log}");
    let log = refused(
        2,
        &[
            "check",
            "--jwt-jwks-url",
            &url,
            "--provider-ca",
            "/nonexistent",
        ],
    );
    assert!(
        log.contains("for '--provider-ca <FILE>': cannot read /nonexistent: "),
        "{log}"
    );
    let log = refused(2, &["--dev", "--jwt-jwks-url", &url]);
    assert!(log.contains("cannot be combined with '--dev'"), "{log}");
}

#[test]
fn without_the_keys_of_its_provider_it_starts_and_says_that_it_is_not_ready() {
    let nobody = nobody();
    let url = format!("http://{nobody}/keys");
    let off = ["--tcp", "off", "--udp", "off", "--ws", "off"];
    let mut command = server(&off);
    command.args(["--http", ANY, "--jwt-jwks-url", &url]);
    let (mut child, line) = start(&mut command);
    let http = line.trim().strip_prefix("ready http=").unwrap();
    let answer = get(http, "/readyz");
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    assert!(answer.contains(&url), "{answer}");
    let mut log = String::new();
    let mut reader = BufReader::new(child.stderr.as_mut().unwrap());
    while !log.contains("cannot fetch") {
        assert_ne!(reader.read_line(&mut log).unwrap(), 0, "{log}");
    }
    let expected = format!("cannot fetch the keys for tokens from {url}: Connection refused");
    assert!(log.contains(&expected), "{log}");
    assert!(log.contains("clients are told to come back later"), "{log}");
    let answer = get(http, "/healthz");
    assert!(
        answer.contains("ok, but there are no keys for tokens from"),
        "{answer}"
    );
    let (code, log) = stop(child, Signal::TERM);
    assert_eq!(code, Some(0), "{log}");
    assert!(!log.contains("cannot fetch"), "{log}");
}

/// The code that a login over TCP of a client of `MobileIM` is answered with.
pub(crate) fn log_in(tcp: &str, token: &str) -> i64 {
    let content = json!({"loginUserId": "alice", "loginToken": token, "firstLoginTime": 0, "maxBody": 65_536});
    let login = json!({"type": 0, "from": "alice", "to": "0", "dataContent": content.to_string()});
    let login = login.to_string();
    let mut stream = TcpStream::connect(tcp).unwrap();
    let length = u32::try_from(login.len()).unwrap().to_be_bytes();
    let frame = [&length, login.as_bytes()].concat();
    stream.write_all(&frame).unwrap();
    let mut length = [0; 4];
    stream.read_exact(&mut length).unwrap();
    let mut body = vec![0; u32::from_be_bytes(length).try_into().unwrap()];
    stream.read_exact(&mut body).unwrap();
    let answer: Value = serde_json::from_slice(&body).unwrap();
    let content = answer["dataContent"].as_str().unwrap();
    let content: Value = serde_json::from_str(content).unwrap();
    content["code"].as_i64().unwrap()
}

#[test]
fn the_back_end_of_the_page_decides_about_logins_of_those_who_have_its_secret() {
    let pages = [
        include_str!("../../../docs/server.md"),
        include_str!("../../../docs/server.zh.md"),
    ];
    let example = |page: &str| {
        let (_, rest) = page.split_once("```js\n").unwrap();
        rest.split_once("```").unwrap().0.to_owned()
    };
    assert_eq!(example(pages[0]), example(pages[1]));
    let directory = tempfile::tempdir().unwrap();
    let script = directory.path().join("back-end.mjs");
    std::fs::write(&script, example(pages[0])).unwrap();
    let secret = "a secret of the server and its back end";
    let mut back_end = Command::new("node")
        .arg(script)
        .env("WEBHOOK_SECRET", secret)
        .env("PORT", "0")
        .stdout(Stdio::piped())
        .spawn()
        .expect("the tests need Node.js");
    let mut line = String::new();
    let mut said = BufReader::new(back_end.stdout.take().unwrap());
    said.read_line(&mut line).unwrap();
    let port = line.trim().strip_prefix("port ").unwrap();
    let url = format!("http://127.0.0.1:{port}/");
    let off = ["--udp", "off", "--ws", "off", "--http", "off", "--tcp", ANY];
    let serve = |secret: &str| {
        let mut command = server(&off);
        let asked = ["--webhook-url", &url, "--webhook-secret", secret];
        let (child, line) = start(command.args(asked));
        let tcp = line.trim().strip_prefix("ready tcp=").unwrap().to_owned();
        (child, tcp)
    };

    let (child, tcp) = serve(secret);
    assert_eq!(log_in(&tcp, "session of alice"), 0);
    assert_eq!(log_in(&tcp, "session of bob"), 1025);
    let (code, log) = stop(child, Signal::TERM);
    assert_eq!(code, Some(0), "{log}");
    assert!(
        log.contains("the back end refuses: no such session"),
        "{log}"
    );

    // Whoever has another secret is told nothing.
    let (child, tcp) = serve("a secret of somebody else entirely");
    assert_eq!(log_in(&tcp, "session of alice"), 1027);
    let (code, log) = stop(child, Signal::TERM);
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("it answers with status 401"), "{log}");
    assert!(!log.contains("session of alice"), "{log}");
    back_end.kill().unwrap();
    back_end.wait().unwrap();
}

#[test]
fn a_back_end_needs_a_secret_and_is_in_place_of_keys() {
    let url = ["check", "--webhook-url", "https://app.example.com/login"];
    let with = |more: &[&str]| refused(2, &[&url[..], more].concat());
    let log = with(&[]);
    assert!(log.contains("webhook-secret-file' names one"), "{log}");
    let log = with(&["--webhook-secret", "short"]);
    assert!(
        log.contains("a secret must have 24 bytes at least"),
        "{log}"
    );
    assert!(!log.contains("'short'"), "{log}");
    let secret = ["--webhook-secret", "a secret of at least 24 bytes"];
    let with = |more: &[&str]| with(&[&secret[..], more].concat());
    let log = with(&["--jwt-secret", "a secret of at least 32 bytes in all"]);
    assert!(
        log.contains("'--webhook-url <URL>' is in place of keys"),
        "{log}"
    );
    let log = with(&["--dev"]);
    assert!(log.contains("cannot be combined with '--dev'"), "{log}");
    let log = with(&["--udp-tokens", "once"]);
    assert!(log.contains("needs keys for tokens"), "{log}");
    let log = with(&["--webhook-concurrency", "0"]);
    assert!(log.contains("expected a number from 1 to 65535"), "{log}");
    assert_eq!(said(&[&url[..], &secret[..]].concat()).0, Some(0));
}
