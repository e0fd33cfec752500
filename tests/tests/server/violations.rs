//! Frames that break the rules of `WebSocket` itself (RFC 6455).

use mobileim_server::Running;
use mobileim_tests::wire::{frame, upgrade};
use mobileim_tests::within;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::start;

/// A connection that was upgraded by hand, so that any bytes can follow.
pub(crate) async fn upgraded(server: &Running) -> TcpStream {
    let address = server.addresses().websocket.expect("the listener is on");
    upgrade(TcpStream::connect(address).await.unwrap()).await
}

/// The frames that come until the server closes: opcode and payload.
fn frames(mut bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut frames = Vec::new();
    while let [first, len, rest @ ..] = bytes {
        let (len, rest) = match len {
            126 => (
                usize::from(u16::from_be_bytes([rest[0], rest[1]])),
                &rest[2..],
            ),
            len => (usize::from(*len), rest),
        };
        frames.push((first & 0x0F, rest[..len].to_vec()));
        bytes = &rest[len..];
    }
    frames
}

#[tokio::test]
async fn each_breach_gets_error_4_and_the_close_code_of_the_rfc() {
    const TEXT: u8 = 0x81;
    let server = start().await;
    let mut unmasked = frame(TEXT, b"");
    unmasked[1] = 0;
    for (what, bytes, code) in [
        ("not masked", unmasked, 1002),
        ("RSV1", frame(0xC1, b"{}"), 1002),
        ("RSV3", frame(0x91, b"{}"), 1002),
        ("unknown data opcode", frame(0x83, b""), 1002),
        ("unknown control opcode", frame(0x8B, b""), 1002),
        ("a Ping in parts", frame(0x09, b""), 1002),
        ("a Ping that is too long", frame(0x89, &[b'x'; 126]), 1002),
        ("a Close that is too long", frame(0x88, &[3; 126]), 1002),
        ("a Close of one byte", frame(0x88, &[3]), 1002),
        (
            "a Close whose reason is not UTF-8",
            frame(0x88, b"\x03\xe8\xff"),
            1007,
        ),
        ("the continuation of nothing", frame(0x80, b"{}"), 1002),
        (
            "a text within another",
            [frame(0x01, b"{"), frame(TEXT, b"{}")].concat(),
            1002,
        ),
        ("a text that is not UTF-8", frame(TEXT, b"\xff"), 1007),
        (
            "one in parts",
            [frame(0x01, b"\xe4"), frame(0x80, b"\xff")].concat(),
            1007,
        ),
    ] {
        let mut stream = upgraded(&server).await;
        stream.write_all(&bytes).await.unwrap();
        let mut answer = Vec::new();
        within(what, stream.read_to_end(&mut answer))
            .await
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        let frames = frames(&answer);
        let [(1, error), (8, close)] = &frames[..] else {
            panic!("{what}: {frames:?}");
        };
        let error: Value = serde_json::from_slice(error).unwrap();
        let content = error["dataContent"].as_str().unwrap();
        assert!(
            content.starts_with(r#"{"errorCode":4,"#),
            "{what}: {content}"
        );
        assert_eq!(u16::from_be_bytes([close[0], close[1]]), code, "{what}");
    }
}

#[tokio::test]
async fn a_close_is_answered_with_its_own_code_and_a_forbidden_one_with_1002() {
    let server = start().await;
    for (code, answered) in [
        (1000u16, 1000),
        (1001, 1001),
        (4000, 4000),
        (1005, 1002),
        (999, 1002),
    ] {
        let mut stream = upgraded(&server).await;
        let close = frame(0x88, &code.to_be_bytes());
        stream.write_all(&close).await.unwrap();
        let mut answer = Vec::new();
        within("the end", stream.read_to_end(&mut answer))
            .await
            .unwrap();
        let frames = frames(&answer);
        assert_eq!(frames[0].0, 8, "{code}");
        assert_eq!(frames[0].1[..2], u16::to_be_bytes(answered), "{code}");
    }
}
