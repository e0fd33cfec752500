//! What an HTTP request at the `WebSocket` port gets that is no upgrade, and what an upgrade may cost.

use std::net::SocketAddr;
use std::time::Duration;

use mobileim_server::{CloseReason, Config, Limits, Origins, Running};
use mobileim_tests::wire::{frame, upgrade_request};
use mobileim_tests::{application, within};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::start;

/// The headers of a good request.
const HEADERS: [&str; 5] = [
    "Host: localhost",
    "Connection: keep-alive, Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
];

fn websocket(server: &Running) -> SocketAddr {
    server.addresses().websocket.expect("the listener is on")
}

/// What is answered until the server closes.
async fn ask(server: &Running, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(websocket(server)).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    within("the end", stream.read_to_end(&mut answer))
        .await
        .expect("the server does not reset the connection");
    String::from_utf8(answer).unwrap()
}

fn request(line: &str, headers: &[&str]) -> Vec<u8> {
    let mut request = format!("{line}\r\n");
    for header in headers {
        request += header;
        request += "\r\n";
    }
    (request + "\r\n").into_bytes()
}

fn without(name: &str) -> Vec<&'static str> {
    let others = HEADERS.into_iter();
    others.filter(|header| !header.starts_with(name)).collect()
}

fn with(header: &'static str) -> Vec<&'static str> {
    let name = header.split(':').next().unwrap();
    let mut headers = without(name);
    headers.push(header);
    headers
}

#[tokio::test]
async fn a_request_that_is_no_upgrade_gets_an_http_answer() {
    const LINE: &str = "GET /websocket HTTP/1.1";
    let server = start().await;
    let many = vec!["X: y"; 200];
    for (line, headers, status) in [
        ("GET / HTTP/1.1", HEADERS.to_vec(), 404),
        ("GET /websocket/ HTTP/1.1", HEADERS.to_vec(), 404),
        ("POST /websocket HTTP/1.1", HEADERS.to_vec(), 405),
        ("HEAD /websocket HTTP/1.1", HEADERS.to_vec(), 405),
        ("GET /websocket HTTP/1.0", HEADERS.to_vec(), 505),
        (LINE, without("Connection"), 426),
        (LINE, without("Upgrade"), 426),
        (LINE, with("Upgrade: h2c"), 426),
        (LINE, without("Sec-WebSocket-Version"), 426),
        (LINE, with("Sec-WebSocket-Version: 8"), 426),
        (LINE, without("Sec-WebSocket-Key"), 400),
        (LINE, with("Sec-WebSocket-Key: short"), 400),
        (LINE, with("Host : space before the colon"), 400),
        (LINE, many, 431),
        ("\u{16}\u{3}\u{1} a TLS greeting", vec![], 400),
        ("GET", vec![], 400),
    ] {
        let answer = ask(&server, &request(line, &headers)).await;
        let expected = format!("HTTP/1.1 {status} ");
        assert!(
            answer.starts_with(&expected),
            "{line} {headers:?}: {answer}"
        );
        if status == 405 {
            assert!(answer.contains("\r\nAllow: GET\r\n"), "{answer}");
        }
        if status == 426 {
            assert!(
                answer.contains("\r\nSec-WebSocket-Version: 13\r\n"),
                "{answer}"
            );
        }
    }
    let mut stream = TcpStream::connect(websocket(&server)).await.unwrap();
    stream.write_all(&request(LINE, &HEADERS)).await.unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 101", "a good one is upgraded");
}

#[tokio::test]
async fn a_page_of_an_origin_that_is_not_allowed_is_refused() {
    const LINE: &str = "GET /websocket HTTP/1.1";
    let own = application::server().start().await.unwrap();
    let listed = Origins::Listed(vec!["https://*.example.com".parse().unwrap()]);
    let listed = application::server().origins(listed);
    let listed = listed.start().await.unwrap();
    for (server, origin) in [
        (&own, "Origin: https://evil.example.net"),
        (&own, "Origin: null"),
        (&own, "Origin: http://localhost.example.net"),
        (&listed, "Origin: http://localhost"),
    ] {
        let answer = ask(server, &request(LINE, &with(origin))).await;
        assert!(answer.starts_with("HTTP/1.1 403 "), "{origin}: {answer}");
        assert!(answer.contains("allowed origins"), "{answer}");
    }
    for (server, origin) in [
        (&own, "Origin: http://localhost:8080"),
        (&listed, "Origin: https://app.example.com"),
        (&listed, "X-No-Origin: yes"),
    ] {
        let mut stream = TcpStream::connect(websocket(server)).await.unwrap();
        stream
            .write_all(&request(LINE, &with(origin)))
            .await
            .unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 101", "{origin}");
    }
}

#[tokio::test]
async fn a_header_without_end_is_refused() {
    let server = start().await;
    let mut endless = request("GET /websocket HTTP/1.1", &HEADERS);
    endless.truncate(endless.len() - 2);
    endless.extend(b"X: ");
    endless.resize(80_000, b'y');
    let answer = ask(&server, &endless).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
}

#[tokio::test]
async fn a_head_may_be_as_long_as_it_is_said_and_what_follows_it_longer() {
    let mut limits = Limits::default();
    limits.http.head = 8192;
    let server = application::server().limits(limits).start().await.unwrap();
    let request = |len: usize| {
        let empty = upgrade_request("X: \r\n").len();
        upgrade_request(&format!("X: {}\r\n", "y".repeat(len - empty)))
    };
    let answer = ask(&server, request(8193).as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    let ended = server.handle().stats().closed_without_session;
    assert_eq!(ended.of(CloseReason::HeadTooLong), 1);

    let mut stream = TcpStream::connect(websocket(&server)).await.unwrap();
    stream.write_all(request(8192).as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 101");
    let text = "z".repeat(10_000);
    let echo = format!(r#"{{"type":5,"dataContent":"{text}"}}"#);
    let echo = frame(0x81, echo.as_bytes());
    stream.write_all(&echo).await.unwrap();
    let mut answer = String::new();
    while !answer.contains(&text) {
        let mut buffer = [0; 4096];
        let len = within("the echo", stream.read(&mut buffer)).await.unwrap();
        assert_ne!(len, 0, "{answer}");
        answer.push_str(&String::from_utf8_lossy(&buffer[..len]));
    }
}

#[tokio::test]
async fn a_request_that_never_ends_has_the_time_for_a_login() {
    let mut config = Config::default();
    config.login_timeout = Duration::from_millis(300);
    let server = application::server().config(config).start().await.unwrap();
    for begun in [&b""[..], b"GET /websocket HTTP/1.1\r\n"] {
        let answer = ask(&server, begun).await;
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    }
}
