//! What only `WebSocket` has.

use std::time::Duration;

use mobileim_protocol::{SenseMode, Transport};
use mobileim_tests::application;
use mobileim_tests::raw::{RawConnection, Received};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::start;

#[tokio::test]
async fn a_binary_message_gets_error_4_and_close_code_1003() {
    let server = start().await;
    let mut alice = RawConnection::log_in(Transport::WebSocket, server.addresses(), "alice").await;
    alice.send_bytes(b"{}").await;
    assert_eq!(alice.receive_json().await["type"], 52);
    assert_eq!(alice.expect_closed().await, Some(1003));
}

#[tokio::test]
async fn an_oversized_message_gets_error_4_and_close_code_1009() {
    let server = start().await;
    let mut alice = RawConnection::log_in(Transport::WebSocket, server.addresses(), "alice").await;
    alice.send_body(&" ".repeat(64 * 1024 + 1)).await;
    assert_eq!(alice.receive_json().await["type"], 52);
    assert_eq!(alice.expect_closed().await, Some(1009));
}

#[tokio::test]
async fn the_longest_message_is_64_kib() {
    let server = start().await;
    let mut alice = RawConnection::log_in(Transport::WebSocket, server.addresses(), "alice").await;
    let echo = json!({ "type": 5, "dataContent": "" }).to_string();
    let filled = echo.replace(
        r#""dataContent":"""#,
        &format!(r#""dataContent":"{}""#, "x".repeat(64 * 1024 - echo.len())),
    );
    assert_eq!(filled.len(), 64 * 1024);
    alice.send_body(&filled).await;
    assert_eq!(alice.receive_json().await["type"], 53);
}

#[tokio::test]
async fn any_other_path_is_not_found() {
    let server = start().await;
    let mut stream = TcpStream::connect(server.addresses().websocket.unwrap())
        .await
        .unwrap();
    stream
        .write_all(
            b"GET /elsewhere HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
              Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        )
        .await
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
}

#[tokio::test]
async fn a_quiet_session_is_pinged_and_its_pong_keeps_it_alive() {
    let server = application::server()
        .sense_mode(Transport::WebSocket, SenseMode::Mode3s)
        .unwrap()
        .start()
        .await
        .unwrap();
    let mut quiet = RawConnection::log_in(Transport::WebSocket, server.addresses(), "alice").await;
    // Pinged at 3.5 s; without the Pong it would expire at 7 s.
    for _ in 0..2 {
        assert_eq!(quiet.receive().await, Received::Ping);
    }
    quiet.send(&json!({ "type": 1 })).await;
    assert_eq!(quiet.receive_json().await["type"], 51);
    quiet.expect_silence(Duration::from_millis(50)).await;
}
