//! Services that the server asks who may log in.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use rustix::process::Signal;

use crate::program::{ANY, refused, said, server, start, stop};

/// What an HTTP request is answered with.
fn get(address: &str, path: &str) -> String {
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
        &["check", "--jwt-jwks-url", &url, "--ca", "/nonexistent"],
    );
    assert!(
        log.contains("for '--ca <FILE>': cannot read /nonexistent: "),
        "{log}"
    );
    let log = refused(2, &["--dev", "--jwt-jwks-url", &url]);
    assert!(log.contains("--dev accepts any token"), "{log}");
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
