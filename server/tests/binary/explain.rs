//! `mobileim-server explain`.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use rustix::process::Signal;

use crate::program::{ANY, said, server, start, stop};

#[test]
fn what_became_of_a_message_is_printed_step_by_step() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("api-keys");
    let (_, line, told) = said(&[
        "api-key",
        "--name",
        "shop",
        "--scopes",
        "messages:read,send",
    ]);
    let key = told.trim_end().rsplit(' ').next().unwrap();
    std::fs::write(&file, line).unwrap();
    let mut command = server(&["--dev", "--http", ANY, "--tcp", "off", "--udp", "off"]);
    let (child, ready) = start(command.args(["--ws", "off", "--api-keys-file"]).arg(&file));
    let http = ready.trim().strip_prefix("ready http=").unwrap();
    let body = r#"{"to":["bob/1"],"text":"hi","fp":"order/4711"}"#;
    let mut stream = TcpStream::connect(http).unwrap();
    write!(
        stream,
        "POST /api/v1/messages HTTP/1.1\r\nHost: {http}\r\nConnection: close\r\nAuthorization: Bearer {key}\r\n\
        Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.contains(r#""outcome":"stored""#), "{answer}");

    let url = format!("http://{http}/");
    let explain = |fp, key: &str| said(&["explain", "0", fp, "--url", &url, "--api-key", key]);
    let (code, text, error) = explain("order/4711", key);
    assert_eq!((code, error.as_str()), (Some(0), ""));
    let lines: Vec<_> = text
        .lines()
        .map(|line| line.split_once("  ").unwrap().1)
        .collect();
    assert_eq!(
        lines,
        [
            "bob/1: received",
            "bob/1: stored",
            "bob/1: stored: it waits for the receiver to come, or to acknowledge it",
            "bob/1: bob/1 is offline"
        ]
    );
    let (code, text, _) = explain("another", key);
    assert_eq!(code, Some(0));
    assert!(text.starts_with("nothing is remembered of it"), "{text}");
    let (code, text, error) = explain("order/4711", "mim_wrong");
    assert_eq!((code, text.as_str()), (Some(1), ""));
    assert!(error.contains("status 401: "), "{error}");
    assert_eq!(stop(child, Signal::TERM).0, Some(0));
    let (code, _, error) = explain("order/4711", key);
    assert_eq!(code, Some(1));
    assert!(error.contains("no answer: "), "{error}");
}

#[test]
fn what_explain_needs_is_said() {
    let (code, _, error) = said(&["explain", "0", "1"]);
    assert_eq!(code, Some(1));
    assert!(error.contains("--api-key or MOBILEIM_API_KEY"), "{error}");
    let (code, _, error) = said(&["explain", "0", "1", "--url", "im", "--api-key", "k"]);
    assert_eq!(code, Some(1));
    assert!(error.contains("'im' is no URL such as"), "{error}");
}
