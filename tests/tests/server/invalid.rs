//! What is no valid message.

use std::time::Duration;

use mobileim_protocol::Transport;
use mobileim_server::CloseReason;
use mobileim_tests::application;
use mobileim_tests::raw::{RawConnection, data, received};
use serde_json::{Value, json};

use crate::{STREAMS, start};

/// What no server can do anything with, and is no message that could be named.
fn invalid_bodies() -> Vec<Value> {
    vec![
        json!({ "type": 0, "dataContent": "{}" }),
        json!({ "type": 0, "dataContent": r#"{"loginUserId":""}"# }),
        json!({ "type": "two" }),
        json!({ "type": 2, "to": "bob", "dataContent": { "a": 1 } }),
        json!([]),
    ]
}

/// Messages that no server can do anything with.
fn invalid_messages() -> Vec<Value> {
    let too_long = "名".repeat(86);
    vec![
        json!({ "type": 2, "fp": "1", "QoS": true, "dataContent": "no receiver" }),
        json!({ "type": 2, "fp": "1", "QoS": true, "to": "" }),
        json!({ "type": 2, "fp": "1", "QoS": true, "to": "-1" }),
        json!({ "type": 2, "fp": "1", "QoS": true, "to": too_long }),
        json!({ "type": 2, "fp": too_long, "QoS": true, "to": "bob" }),
        json!({ "type": 2, "fp": "1", "to": "-1" }),
        json!({ "type": 2, "to": "bob", "QoS": true, "dataContent": "no fingerprint" }),
        json!({ "type": 2, "fp": "1", "QoS": true, "to": "bob", "dataContent": { "text": "no text" } }),
        json!({ "type": 2, "fp": "1", "QoS": true, "to": "bob", "typeu": 1e40 }),
    ]
}

async fn expect_error_4(connection: &mut RawConnection) -> String {
    let error = connection.receive_json().await;
    assert_eq!(error["type"], 52, "{error}");
    let content: Value = serde_json::from_str(error["dataContent"].as_str().unwrap()).unwrap();
    assert_eq!(content["errorCode"], 4);
    content["errorMsg"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_invalid_message_is_refused_by_its_name_and_costs_its_sender_nothing_else() {
    let server = start().await;
    for transport in [Transport::Tcp, Transport::WebSocket, Transport::Udp] {
        let mut alice = RawConnection::log_in(transport, server.addresses(), "alice").await;
        for message in invalid_messages() {
            alice.send(&message).await;
            let named = expect_error_4(&mut alice).await;
            let named: Value = serde_json::from_str(&named).unwrap();
            assert_eq!(named["type"], 2, "{transport}: {message}");
            assert_eq!(named["fp"], message["fp"], "{transport}: {message}");
        }
        // What follows is taken.
        alice.send(&data("alice", "0", "after", "hi")).await;
        assert_eq!(alice.receive_json().await["dataContent"], "after");
    }
}

#[tokio::test]
async fn on_a_stream_what_is_no_message_gets_error_4_and_a_close() {
    let server = start().await;
    for transport in STREAMS {
        for message in invalid_bodies() {
            let mut alice = RawConnection::log_in(transport, server.addresses(), "alice").await;
            alice.send(&message).await;
            let why = expect_error_4(&mut alice).await;
            assert!(!why.is_empty());
            alice.expect_closed().await;
        }
    }
}

#[tokio::test]
async fn a_bad_datagram_costs_its_sender_nothing() {
    let server = start().await;
    let mut alice = RawConnection::log_in(Transport::Udp, server.addresses(), "alice").await;
    // The longest first: they pay for the answers to the others.
    for garbage in [&[b'['; 2000][..], &[b' '; 3000], b"\xff\xfe", b"{"] {
        alice.send_bytes(garbage).await;
        expect_error_4(&mut alice).await;
    }
    for message in invalid_bodies() {
        alice.send(&message).await;
        expect_error_4(&mut alice).await;
    }
    alice.send(&json!({ "type": 1 })).await;
    assert_eq!(alice.receive_json().await["type"], 51);
}

#[tokio::test]
async fn a_stranger_that_sends_garbage_is_never_answered() {
    let server = start().await;
    let mut stranger = RawConnection::open(Transport::Udp, server.addresses()).await;
    for garbage in [
        &b"\xff\xfe"[..],
        b"{",
        &[b' '; 3000],
        br#"{"type":0,"dataContent":"{}"}"#,
    ] {
        stranger.send_bytes(garbage).await;
    }
    stranger.expect_silence(Duration::from_millis(200)).await;
    assert_eq!(server.handle().stats().invalid, 4);
}

#[tokio::test]
async fn an_oversized_frame_is_refused_before_its_body() {
    let server = start().await;
    let mut alice = RawConnection::log_in(Transport::Tcp, server.addresses(), "alice").await;
    alice.send_bytes(&u32::MAX.to_be_bytes()).await;
    let why = expect_error_4(&mut alice).await;
    assert_eq!(why, "a frame of 4294967295 bytes, at most 6144 are allowed");
    alice.expect_closed().await;
}

#[tokio::test]
async fn an_error_arrives_although_more_was_on_its_way() {
    let server = start().await;
    let mut alice = RawConnection::log_in(Transport::Tcp, server.addresses(), "alice").await;
    let mut bytes = 7000u32.to_be_bytes().to_vec();
    bytes.resize(7004, b'x');
    alice.send_bytes(&bytes).await;
    expect_error_4(&mut alice).await;
    alice.expect_closed().await;
}

#[tokio::test]
async fn frames_may_be_split_and_joined_anywhere() {
    let server = start().await;
    let mut alice = RawConnection::log_in(Transport::Tcp, server.addresses(), "alice").await;
    let mut bytes = Vec::new();
    for text in ["1", "2", "3"] {
        let echo = json!({ "type": 5, "dataContent": text }).to_string();
        mobileim_protocol::framing::write_frame(echo.as_bytes(), &mut bytes);
    }
    for part in bytes.chunks(7) {
        alice.send_bytes(part).await;
        tokio::task::yield_now().await;
    }
    for text in ["1", "2", "3"] {
        assert_eq!(alice.receive_json().await["dataContent"], text);
    }
}

#[tokio::test]
async fn whoever_does_not_read_is_closed_and_loses_nothing() {
    let mut limits = mobileim_server::Limits::default();
    limits.outgoing = 1024 * 1024;
    let server = application::server_without_quotas().limits(limits);
    let server = server.start().await.unwrap();
    let addresses = server.addresses();
    let flood = json!({ "type": 2, "to": "bob", "dataContent": "x".repeat(5_000) });
    let fingerprints = ["1", "2", "3"];
    for transport in STREAMS {
        let mut alice = RawConnection::log_in(Transport::WebSocket, addresses, "alice").await;
        let deaf = RawConnection::log_in(transport, addresses, "bob").await;
        for n in fingerprints {
            alice
                .send(&data("alice", "bob", &format!("{transport}-{n}"), "hi"))
                .await;
        }
        // Until the kernel's buffers are full too.
        let mut sent = 0;
        while server.handle().is_online("bob") {
            alice.send(&flood).await;
            sent += 1;
            assert!(sent < 20_000, "never closed");
        }
        drop(deaf);
        let mut bob = RawConnection::log_in(transport, addresses, "bob").await;
        for n in fingerprints {
            let message = bob.receive_json().await;
            assert_eq!(message["fp"], format!("{transport}-{n}"));
            bob.send(&received("bob", "alice", &format!("{transport}-{n}")))
                .await;
        }
    }
    assert_eq!(
        server
            .handle()
            .stats()
            .sessions_ended
            .of(CloseReason::SlowReader),
        2
    );
}
