//! Clients that ask and do not read the answers: all that waits for them counts, whoever has made it.

use std::time::Duration;

use mobileim_protocol::{Transport, framing};
use mobileim_server::{CloseReason, Config, Running};
use mobileim_tests::raw::{RawConnection, Received, login};
use mobileim_tests::wire::{frame, upgrade};
use mobileim_tests::{application, within};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::STREAMS;
use crate::violations::upgraded;

/// More than the buffers of two kernels and a server hold.
const MUCH: usize = 64 * 1024 * 1024;

/// A connection that can send any bytes and holds little that it does not read.
async fn connect(transport: Transport, server: &Running) -> TcpStream {
    let addresses = server.addresses();
    let address = match transport {
        Transport::WebSocket => addresses.websocket,
        _ => addresses.tcp,
    };
    let socket = TcpSocket::new_v4().unwrap();
    // Before it connects: a window that shrinks later makes kernels drop what acknowledges the flood.
    socket.set_recv_buffer_size(16 * 1024).unwrap();
    let stream = socket
        .connect(address.expect("the listener is on"))
        .await
        .unwrap();
    match transport {
        Transport::WebSocket => upgrade(stream).await,
        _ => stream,
    }
}

fn framed(transport: Transport, body: &str) -> Vec<u8> {
    if transport == Transport::WebSocket {
        return frame(0x81, body.as_bytes());
    }
    let mut bytes = Vec::new();
    framing::write_frame(body.as_bytes(), &mut bytes);
    bytes
}

/// Where only what waits to be written is bounded.
async fn start_without_quotas() -> Running {
    let server = application::server_without_quotas().start().await;
    server.expect("free ports")
}

/// Sends the same again and again until the server has closed.
async fn flood(stream: &mut TcpStream, bytes: &[u8]) {
    let chunk = bytes.repeat(64 * 1024 / bytes.len());
    let mut sent = 0;
    loop {
        let rest = &chunk[sent % bytes.len()..];
        match within("room or an end", stream.write(rest)).await {
            Ok(n) => sent += n,
            Err(_) => return,
        }
        assert!(sent < MUCH, "never closed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pings_whose_pongs_are_not_read_end_the_connection() {
    let server = start_without_quotas().await;
    for logged_in in [false, true] {
        let mut stream = connect(Transport::WebSocket, &server).await;
        if logged_in {
            let login = login("alice", "t", 0).to_string();
            let login = framed(Transport::WebSocket, &login);
            stream.write_all(&login).await.unwrap();
            stream.read_u8().await.unwrap();
        }
        flood(&mut stream, &frame(0x89, &[b'x'; 125])).await;
        within("the session's end", async {
            while server.handle().is_online("alice") {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
    let ended = server.handle().stats().sessions_ended;
    assert_eq!(ended.of(CloseReason::SlowReader), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_are_not_read_end_the_connection_before_a_login_too() {
    let server = start_without_quotas().await;
    for transport in STREAMS {
        let echo = json!({ "type": 5, "dataContent": "x".repeat(1000) }).to_string();
        let mut stream = connect(transport, &server).await;
        flood(&mut stream, &framed(transport, &echo)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_reads_may_ask_as_much_as_it_likes() {
    const ROUNDS: usize = 500;
    let server = start_without_quotas().await;
    let mut stream = upgraded(&server).await;
    let login = login("alice", "t", 0).to_string();
    stream
        .write_all(&framed(Transport::WebSocket, &login))
        .await
        .unwrap();
    let (mut reader, mut writer) = stream.into_split();
    let asked = tokio::spawn(async move {
        let pings = frame(0x89, &[b'x'; 100]).repeat(100);
        let heartbeat = framed(Transport::WebSocket, r#"{"type":1}"#);
        let round = [pings, heartbeat].concat();
        for _ in 0..ROUNDS {
            writer.write_all(&round).await.unwrap();
        }
        writer
    });
    // The heartbeats' answers all come; of Pongs in a row the last may stand for all (RFC 6455, section 5.5.3).
    let mut answers = 0;
    let mut pongs = 0;
    within("the answers", async {
        while answers < ROUNDS {
            let opcode = reader.read_u8().await.expect("it is not closed") & 0x0F;
            let len = match reader.read_u8().await.unwrap() {
                126 => usize::from(reader.read_u16().await.unwrap()),
                len => usize::from(len),
            };
            let mut payload = vec![0; len];
            reader.read_exact(&mut payload).await.unwrap();
            match opcode {
                10 => pongs += 1,
                1 if payload.starts_with(br#"{"bridge":false,"type":51,"#) => answers += 1,
                _ => {}
            }
        }
    })
    .await;
    assert!(pongs > 0);
    asked.await.unwrap();
    let ended = server.handle().stats().sessions_ended;
    assert_eq!(ended.of(CloseReason::SlowReader), 0);
}

#[tokio::test]
async fn pings_do_not_put_off_the_login() {
    let mut config = Config::default();
    config.login_timeout = Duration::from_millis(500);
    let server = application::server().config(config).start().await.unwrap();
    let mut stream = upgraded(&server).await;
    let mut pings = tokio::time::interval(Duration::from_millis(20));
    let mut came = Vec::new();
    within("the end", async {
        loop {
            tokio::select! {
                _ = pings.tick() => drop(stream.write_all(&frame(0x89, b"")).await),
                read = stream.read_buf(&mut came) => if read.unwrap() == 0 { return },
            }
        }
    })
    .await;
    assert!(came.starts_with(&[0x8A, 0]), "Pongs came");
    let code = came.windows(4).find(|bytes| bytes[0] == 0x88);
    assert_eq!(code.unwrap()[2..], 1008u16.to_be_bytes());
    let mut silent = RawConnection::open(Transport::WebSocket, server.addresses()).await;
    assert_eq!(silent.receive().await, Received::Closed(Some(1008)));
}
