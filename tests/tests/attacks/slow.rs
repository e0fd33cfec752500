//! Who takes a long time to say nothing.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use mobileim_tests::wire::upgrade_request;
use mobileim_tests::within;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::stage::Stage;
use crate::wire::{HELLO, address, connect};

/// How many connections there are to each listener.
const MANY: usize = 40;
/// The time to log in, and that of a request's head.
const TIME: Duration = Duration::from_secs(5);
/// A byte every so often.
const PACE: Duration = Duration::from_millis(100);

/// Says a byte at a time, without end. Returns when the server has closed.
async fn drip(mut stream: TcpStream, bytes: Vec<u8>) -> Duration {
    let began = Instant::now();
    let mut pace = tokio::time::interval(PACE);
    let (mut reader, mut writer) = stream.split();
    let mut bytes = bytes.iter().cycle();
    let send = async {
        loop {
            pace.tick().await;
            let byte = *bytes.next().expect("it begins again");
            if writer.write_all(&[byte]).await.is_err() {
                return;
            }
        }
    };
    let end = async {
        let mut answer = [0; 1024];
        while matches!(reader.read(&mut answer).await, Ok(1..)) {}
    };
    tokio::select! { () = send => {} () = end => {} }
    began.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_byte_at_a_time_ends_in_time_on_each_listener() {
    let stage = Stage::set(&[]).await;
    let addresses = stage.addresses;
    let never_ends = format!("GET /websocket HTTP/1.1\r\nX: {}", "x".repeat(1000)).into_bytes();
    // A frame that is announced and comes slowly.
    let frame = [&1000u32.to_be_bytes()[..], &[b' '; 1000]].concat();
    let attack = async {
        let mut drips = Vec::new();
        for (what, to, bytes) in [
            ("tcp", addresses.tcp, frame),
            ("ws", addresses.websocket, never_ends.clone()),
            (
                "upgrade",
                addresses.websocket,
                upgrade_request("").into_bytes(),
            ),
            ("http", addresses.http, never_ends),
            ("tcp-tls", addresses.tcp_tls, HELLO.to_vec()),
            ("wss", addresses.wss, HELLO.to_vec()),
            ("https", addresses.https, HELLO.to_vec()),
        ] {
            for number in 0..MANY {
                // What is shorter than the time has room for is followed by nothing.
                let stream = connect(address(number), to)
                    .await
                    .expect("the system has room");
                let bytes = bytes.clone();
                drips.push(async move { (what, drip(stream, bytes).await) });
            }
        }
        for (what, took) in within("the ends", join_all(drips)).await {
            assert!(took < 2 * TIME, "{what}: {took:?}");
        }
    };
    let report = stage
        .attack("one byte at a time on each listener", attack)
        .await;
    report.expect_memory_below(64);
    stage.clear().await;
}
