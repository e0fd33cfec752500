//! What is taken although no writer of JSON should write it, since the original takes it; and is passed on as it should be.

use std::time::{Duration, Instant};

use mobileim_protocol::{SenseMode, Transport, framing};
use mobileim_tests::raw::{RawConnection, Received, login};
use mobileim_tests::wire::frame;
use mobileim_tests::within;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::violations::upgraded;
use crate::{TRANSPORTS, start};

/// A message as it is passed on.
fn passed_on(content: &str) -> String {
    format!(
        r#"{{"bridge":false,"type":2,"dataContent":"{content}","from":"1001","to":"1002","QoS":false,"typeu":7,"sm":-1}}"#
    )
}

#[tokio::test]
async fn a_message_is_passed_on_in_the_canonical_form_however_it_was_written() {
    let server = start().await;
    for transport in TRANSPORTS {
        let mut alice = RawConnection::log_in(transport, server.addresses(), "1001").await;
        let mut bob = RawConnection::log_in(transport, server.addresses(), "1002").await;
        for (content, read) in [
            ("1.50", "1.50"),
            ("-0", "-0"),
            ("false", "false"),
            ("\"line\r\nfeed\"", r"line\r\nfeed"),
            (r#""half \ud83d of one""#, "half \u{fffd} of one"),
            (r#""it\'s""#, "it's"),
        ] {
            let body = format!(
                r#"{{"sm":"-1","typeu":"7.0","QoS":"false","to":1002,"from":7,"dataContent":{content},"type":2.0,"x":1.5}}"#
            );
            alice.send_body(&body).await;
            assert_eq!(bob.receive().await, Received::Body(passed_on(read)));
        }
    }
}

#[tokio::test]
async fn bytes_that_are_not_utf8_are_replaced() {
    let server = start().await;
    for transport in [Transport::Tcp, Transport::Udp] {
        let mut alice = RawConnection::log_in(transport, server.addresses(), "1001").await;
        let mut bob = RawConnection::log_in(transport, server.addresses(), "1002").await;
        let mut body = br#"{"type":2,"to":"1002","typeu":7,"sm":-1,"dataContent":"cut "#.to_vec();
        body.extend_from_slice(&"你".as_bytes()[..2]);
        body.extend_from_slice(b"\"}");
        let mut bytes = Vec::new();
        if transport == Transport::Tcp {
            mobileim_protocol::framing::write_frame(&body, &mut bytes);
        } else {
            bytes = body;
        }
        alice.send_bytes(&bytes).await;
        let expected = passed_on("cut \u{fffd}");
        assert_eq!(bob.receive().await, Received::Body(expected));
    }
}

/// The server's time-out in the sense mode 3s, and more.
const SLOW: Duration = Duration::from_secs(9);

#[tokio::test]
async fn a_frame_that_takes_longer_than_the_time_out_to_arrive_is_a_sign_of_life() {
    let server = mobileim_tests::application::server()
        .sense_mode(Transport::Tcp, SenseMode::Mode3s)
        .and_then(|server| server.sense_mode(Transport::WebSocket, SenseMode::Mode3s))
        .unwrap()
        .start()
        .await
        .unwrap();
    let text = "x".repeat(4000);
    let message = json!({ "type": 5, "dataContent": text }).to_string();
    let login = login("alice", "t", 0).to_string();
    let tcp = TcpStream::connect(server.addresses().tcp.unwrap())
        .await
        .unwrap();
    let framed = |body: &str| {
        let mut bytes = Vec::new();
        framing::write_frame(body.as_bytes(), &mut bytes);
        bytes
    };
    let tcp = arrives_slowly(tcp, framed(&login), framed(&message));
    let websocket = upgraded(&server).await;
    let masked = |body: &str| frame(0x81, body.as_bytes());
    let other = masked(&login.replace("alice", "bob"));
    let websocket = arrives_slowly(websocket, other, masked(&message));
    tokio::join!(tcp, websocket);
}

/// Logs in, and sends an echo in small parts over a time in which a silent client would be given up.
async fn arrives_slowly(mut stream: TcpStream, login: Vec<u8>, echo: Vec<u8>) {
    stream.write_all(&login).await.unwrap();
    let begin = Instant::now();
    let pause = SLOW / u32::try_from(echo.chunks(400).len()).unwrap();
    for part in echo.chunks(400) {
        stream.write_all(part).await.unwrap();
        tokio::time::sleep(pause).await;
    }
    assert!(begin.elapsed() >= SLOW);
    let mut answers = Vec::new();
    within("the echo", async {
        while !answers.windows(9).any(|part| part == b"\"type\":53") {
            let read = stream.read_buf(&mut answers).await.unwrap();
            assert!(read > 0, "closed");
        }
    })
    .await;
}
