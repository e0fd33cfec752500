//! Requests that are no good.

use mobileim_tests::wire::upgrade_request;
use mobileim_tests::within;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::stage::Stage;
use crate::wire::{address, connect, read_to_end};

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_are_too_long_are_refused_before_they_end() {
    let stage = Stage::set(&[]).await;
    let addresses = stage.addresses;
    let attack = async {
        for number in 0..50 {
            for to in [addresses.websocket, addresses.http] {
                let stream = connect(address(number), to).await.unwrap();
                let (mut reader, mut writer) = stream.into_split();
                // Without end, and in small pieces: it is never complete.
                let sending = tokio::spawn(async move {
                    let _ = writer
                        .write_all(b"GET /websocket HTTP/1.1\r\nHost: x\r\nX: ")
                        .await;
                    while writer.write_all(&[b'x'; 4096]).await.is_ok() {}
                });
                let answer = read_to_end(&mut reader).await;
                let answer = String::from_utf8_lossy(&answer).into_owned();
                assert!(
                    answer.starts_with("HTTP/1.1 431 ") || answer.is_empty(),
                    "{answer}"
                );
                within("the end of a request", sending).await.unwrap();
            }
        }
        // A body that nobody asked for is not read.
        let mut stream = connect(address(0), addresses.http).await.unwrap();
        let request = "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999999\r\n\r\n";
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = [0; 12];
        within("an answer", stream.read_exact(&mut answer))
            .await
            .unwrap();
        assert_eq!(&answer, b"HTTP/1.1 405");
    };
    let report = stage.attack("oversized HTTP", attack).await;
    report.expect_memory_below(32);
    stage.clear().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_other_origins_get_403() {
    let stage = Stage::set(&["--allowed-origins", "https://app.example.com"]).await;
    let attack = async {
        for number in 0..200 {
            for origin in [
                "https://evil.example",
                "null",
                "https://app.example.com.evil.example",
            ] {
                let stream = connect(address(number), stage.addresses.websocket).await;
                let mut stream = stream.unwrap();
                let request = upgrade_request(&format!("Origin: {origin}\r\n"));
                stream.write_all(request.as_bytes()).await.unwrap();
                let answer = read_to_end(&mut stream).await;
                assert!(answer.starts_with(b"HTTP/1.1 403 "), "{origin}");
            }
        }
    };
    let report = stage.attack("wrong origin", attack).await;
    report.expect_counted(
        r#"mobileim_connections_closed_without_session_total{reason="origin_not_allowed"}"#,
        600,
    );
    stage.clear().await;
}
