//! Frames and bodies that cost more than they look.

use std::time::Duration;

use futures_util::future::join_all;
use mobileim_tests::raw::login;
use mobileim_tests::wire::{frame, upgrade};
use mobileim_tests::within;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::stage::{Addresses, Stage};
use crate::wire::{
    GOES_ON, PING, PONG, TEXT, TEXT_BEGINS, address, connect, flood, framed, read_to_end,
};

/// How many connections do the same.
const MANY: usize = 200;

/// What a `WebSocket` is closed with.
fn close_code(answer: &[u8]) -> Option<u16> {
    let close = answer.windows(4).find(|bytes| bytes[0] == 0x88)?;
    Some(u16::from_be_bytes([close[2], close[3]]))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_length_of_2_to_the_31_is_refused_before_a_byte_of_it_comes() {
    let stage = Stage::set(&[]).await;
    let attack = async {
        for number in 0..MANY {
            for length in [1u32 << 31, u32::MAX] {
                let mut stream = connect(address(number), stage.addresses.tcp).await.unwrap();
                stream.write_all(&length.to_be_bytes()).await.unwrap();
                let answer = read_to_end(&mut stream).await;
                assert!(String::from_utf8_lossy(&answer).contains(r#"\"errorCode\":4"#));
            }
            let stream = connect(address(number), stage.addresses.websocket)
                .await
                .unwrap();
            let mut stream = upgrade(stream).await;
            let mut head = vec![TEXT, 0xFF];
            head.extend((1u64 << 31).to_be_bytes());
            head.extend([0; 4]);
            stream.write_all(&head).await.unwrap();
            let answer = read_to_end(&mut stream).await;
            assert_eq!(close_code(&answer), Some(1009));
        }
    };
    let report = stage.attack("a length of 2^31", attack).await;
    report.expect_memory_below(32);
    stage.clear().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deep_json_is_refused_and_costs_no_stack() {
    let stage = Stage::set(&[]).await;
    let deep = "[".repeat(60_000);
    let objects = r#"{"a":"#.repeat(10_000);
    let within_a_message = format!(r#"{{"type":0,"dataContent":{deep}"#);
    let attack = async {
        for number in 0..MANY {
            for body in [&deep, &objects, &within_a_message] {
                let stream = connect(address(number), stage.addresses.websocket)
                    .await
                    .unwrap();
                let mut stream = upgrade(stream).await;
                stream
                    .write_all(&frame(TEXT, body.as_bytes()))
                    .await
                    .unwrap();
                let answer = read_to_end(&mut stream).await;
                assert_eq!(close_code(&answer), Some(1007));
            }
        }
    };
    let report = stage.attack("deep JSON", attack).await;
    report.expect_memory_below(64);
    stage.clear().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn continuations_without_end_are_refused_at_the_limit_of_a_message() {
    let stage = Stage::set(&[]).await;
    let attack = async {
        let mut streams = Vec::new();
        for number in 0..MANY {
            let stream = connect(address(number), stage.addresses.websocket)
                .await
                .unwrap();
            let mut stream = upgrade(stream).await;
            let part = [b'x'; 1024];
            stream.write_all(&frame(TEXT_BEGINS, &part)).await.unwrap();
            streams.push(stream);
        }
        let mut ends = Vec::new();
        for mut stream in streams {
            ends.push(tokio::spawn(async move {
                let (mut reader, mut writer) = stream.split();
                let more = frame(GOES_ON, &[b'x'; 1024]);
                let send = async {
                    while writer.write_all(&more).await.is_ok() {}
                    std::future::pending::<()>().await;
                };
                tokio::select! {
                    answer = read_to_end(&mut reader) => answer,
                    () = send => unreachable!("it waits without end"),
                }
            }));
        }
        for end in ends {
            let answer = end.await.unwrap();
            assert!(matches!(close_code(&answer), Some(1009) | None));
        }
    };
    let report = stage.attack("continuations without end", attack).await;
    // Of what is not complete each connection holds no more than a message has.
    report.expect_memory_below(64);
    stage.clear().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_continuations_without_end_keep_nobody_from_chatting() {
    const TIME: Duration = Duration::from_secs(2);
    let stage = Stage::set(&[]).await;
    let addresses = &stage.addresses;
    let attack = async {
        let floods = (0..4).map(|number| async move {
            let mut stream = log_in(number, addresses).await;
            stream.write_all(&frame(TEXT_BEGINS, b"{")).await.unwrap();
            flood(stream, &frame(GOES_ON, b""), TIME).await
        });
        join_all(floods).await;
    };
    let report = stage.attack("empty continuations", attack).await;
    report.expect_memory_below(64);
    stage.clear().await;
}

/// A `WebSocket` that is logged in.
async fn log_in(number: usize, addresses: &Addresses) -> TcpStream {
    let stream = connect(address(number), addresses.websocket).await;
    let mut stream = upgrade(stream.unwrap()).await;
    let login = login(&format!("mallory-{number}"), "token", 0).to_string();
    stream
        .write_all(&frame(TEXT, login.as_bytes()))
        .await
        .unwrap();
    stream
}

#[tokio::test(flavor = "multi_thread")]
async fn pings_and_pongs_without_end_close_the_connection() {
    let stage = Stage::set(&[]).await;
    let addresses = &stage.addresses;
    let attack = async {
        let floods = (0..50).map(|number| async move {
            let kind = if number % 2 == 0 { PING } else { PONG };
            let stream = log_in(number, addresses).await;
            let time = Duration::from_secs(10);
            let has_ended = flood(stream, &frame(kind, &[b'x'; 125]), time).await;
            assert!(has_ended, "it may go on");
        });
        join_all(floods).await;
    };
    let report = stage.attack("Pings and Pongs", attack).await;
    report.expect_memory_below(64);
    report.expect_counted(
        r#"mobileim_sessions_ended_total{reason="too_many_messages"}"#,
        50,
    );
    stage.clear().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn heartbeats_and_echoes_without_end_close_the_connection() {
    let stage = Stage::set(&[]).await;
    let attack = async {
        let mut floods = Vec::new();
        for number in 0..50 {
            let kind = if number % 2 == 0 { 1 } else { 5 };
            let question = json!({ "type": kind, "dataContent": "x" });
            let mut stream = connect(address(number), stage.addresses.tcp).await.unwrap();
            let login = login(&format!("mallory-{number}"), "token", 0);
            stream.write_all(&framed(&login)).await.unwrap();
            floods.push(tokio::spawn(async move {
                let time = Duration::from_secs(10);
                flood(stream, &framed(&question), time).await
            }));
        }
        for flood in floods {
            assert!(
                within("the end of a flood", flood).await.unwrap(),
                "it is closed"
            );
        }
    };
    let report = stage.attack("heartbeats and echoes", attack).await;
    report.expect_memory_below(64);
    report.expect_counted(
        r#"mobileim_sessions_ended_total{reason="too_many_messages"}"#,
        50,
    );
    stage.clear().await;
}
