//! Several bodies in one `WebSocket` frame, if both ends have said that they take it.

use mobileim_protocol::Transport;
use mobileim_tests::raw::{RawConnection, Received, data, login_with, received};
use serde_json::{Value, json};

use crate::start;

/// A LOGIN of a client that takes frames of up to this many bytes.
fn login(user: &str, max_batch: i64) -> Value {
    login_with(&json!({
        "loginUserId": user,
        "loginToken": "t",
        "firstLoginTime": 0,
        "maxBatch": max_batch,
    }))
}

async fn log_in(
    transport: Transport,
    addresses: &mobileim_server::Addresses,
    user: &str,
    max_batch: i64,
) -> (RawConnection, Value) {
    let mut connection = RawConnection::open(transport, addresses).await;
    connection.send(&login(user, max_batch)).await;
    let answer = connection.receive_json().await;
    let content = serde_json::from_str(answer["dataContent"].as_str().unwrap()).unwrap();
    (connection, content)
}

fn joined(bodies: &[Value]) -> String {
    let bodies: Vec<_> = bodies.iter().map(Value::to_string).collect();
    bodies.join("\n")
}

/// Twenty messages of alice's to bob.
fn greetings() -> Vec<Value> {
    (0..20)
        .map(|number| data("alice", "bob", &format!("f{number}"), "hi"))
        .collect()
}

/// The bodies of the frames that come until there are so many.
async fn receive_all(connection: &mut RawConnection, count: usize) -> Vec<Vec<Value>> {
    let mut frames: Vec<Vec<Value>> = Vec::new();
    while frames.iter().map(Vec::len).sum::<usize>() < count {
        match connection.receive().await {
            Received::Body(frame) => frames.push(
                frame
                    .split('\n')
                    .map(|body| serde_json::from_str(body).unwrap())
                    .collect(),
            ),
            Received::Ping => {}
            Received::Closed(code) => panic!("closed ({code:?})"),
        }
    }
    frames
}

#[tokio::test]
async fn what_a_client_sends_in_one_frame_is_taken_and_answered_in_order() {
    let server = start().await;
    let addresses = server.addresses();
    let (mut alice, answer) = log_in(Transport::WebSocket, addresses, "alice", 65_536).await;
    assert_eq!(answer["maxBatch"], 65_536);
    let (mut bob, _) = log_in(Transport::WebSocket, addresses, "bob", 65_536).await;
    let fps: Vec<_> = (0..50).map(|number| format!("f{number}")).collect();
    let messages: Vec<_> = fps
        .iter()
        .map(|fp| data("alice", "bob", fp, "hi"))
        .collect();
    alice.send_body(&joined(&messages)).await;

    let frames = receive_all(&mut bob, fps.len()).await;
    assert!(frames.len() < fps.len() / 2, "{} frames", frames.len());
    let got: Vec<_> = frames.concat();
    let got: Vec<_> = got
        .iter()
        .map(|body| body["fp"].as_str().unwrap())
        .collect();
    assert_eq!(got, fps);

    let acknowledgements: Vec<_> = fps.iter().map(|fp| received("bob", "alice", fp)).collect();
    bob.send_body(&joined(&acknowledgements)).await;
    let frames = receive_all(&mut alice, fps.len()).await;
    assert!(frames.len() < fps.len() / 2, "{} frames", frames.len());
    let got: Vec<_> = frames.concat();
    let acknowledged = |body: &Value| body["dataContent"].as_str().unwrap().to_owned();
    assert_eq!(got.iter().map(acknowledged).collect::<Vec<_>>(), fps);
}

#[tokio::test]
async fn a_client_gets_no_longer_frames_than_it_takes() {
    let server = start().await;
    let addresses = server.addresses();
    let (mut alice, _) = log_in(Transport::WebSocket, addresses, "alice", 65_536).await;
    let (mut bob, _) = log_in(Transport::WebSocket, addresses, "bob", 500).await;
    let messages: Vec<_> = (0..20)
        .map(|number| {
            data(
                "alice",
                "bob",
                &format!("f{number}"),
                &"x".repeat(number * 40),
            )
        })
        .collect();
    alice.send_body(&joined(&messages)).await;
    for frame in receive_all(&mut bob, messages.len()).await {
        let len = joined(&frame).len();
        assert!(frame.len() == 1 || len <= 500, "{} in {len}", frame.len());
    }
}

#[tokio::test]
async fn an_original_client_gets_each_body_by_itself_and_may_write_line_feeds_in_one() {
    let server = start().await;
    let addresses = server.addresses();
    let (mut alice, _) = log_in(Transport::WebSocket, addresses, "alice", 65_536).await;
    let mut bob = RawConnection::log_in(Transport::WebSocket, addresses, "bob").await;
    let messages = greetings();
    alice.send_body(&joined(&messages)).await;
    let frames = receive_all(&mut bob, messages.len()).await;
    assert_eq!(frames.len(), messages.len());

    bob.send_body("{\n  \"type\": 1,\n  \"from\": \"bob\"\n}")
        .await;
    assert_eq!(bob.receive_json().await["type"], 51);
    bob.send_body(&joined(&messages)).await;
    let answer = bob.receive_json().await;
    assert_eq!(answer["type"], 52, "{answer}");
    bob.expect_closed().await;
}

#[tokio::test]
async fn the_last_login_of_a_connection_counts() {
    let server = start().await;
    let addresses = server.addresses();
    let (mut alice, _) = log_in(Transport::WebSocket, addresses, "alice", 65_536).await;
    let (mut bob, answer) = log_in(Transport::WebSocket, addresses, "bob", 65_536).await;
    let first = answer["firstLoginTime"].as_i64().unwrap();
    assert_eq!(bob.log_in_as("bob", "t", first).await.0, 0);
    let messages = greetings();
    alice.send_body(&joined(&messages)).await;
    let frames = receive_all(&mut bob, messages.len()).await;
    assert_eq!(frames.len(), messages.len());
}

#[tokio::test]
async fn only_websocket_has_batches() {
    let server = start().await;
    for transport in [Transport::Tcp, Transport::Udp] {
        let (_, answer) = log_in(transport, server.addresses(), "alice", 65_536).await;
        assert_eq!(answer.get("maxBatch"), None, "{answer}");
    }
}

#[tokio::test]
async fn what_stands_before_a_bad_body_counts_and_what_stands_behind_it_does_not() {
    let server = start().await;
    let addresses = server.addresses();
    let (mut bob, _) = log_in(Transport::WebSocket, addresses, "bob", 65_536).await;
    let (mut alice, _) = log_in(Transport::WebSocket, addresses, "alice", 65_536).await;
    let [first, last] = ["f1", "f2"].map(|fp| data("alice", "bob", fp, "hi").to_string());
    alice.send_body(&format!("{first}\nrubbish\n{last}")).await;
    assert_eq!(alice.receive_json().await["type"], 52);
    alice.expect_closed().await;
    assert_eq!(bob.receive_json().await["fp"], "f1");
    bob.expect_silence(std::time::Duration::from_millis(200))
        .await;
}

#[tokio::test]
async fn odd_sizes_agree_on_no_batches_or_tiny_ones() {
    let server = start().await;
    for max_batch in [-1, 0, 1, i64::MAX] {
        let user = format!("user {max_batch}");
        let (mut alice, answer) =
            log_in(Transport::WebSocket, server.addresses(), &user, max_batch).await;
        assert_eq!(answer.get("maxBatch").is_some(), max_batch > 0);
        for fp in ["f1", "f2"] {
            alice.send(&data(&user, &user, fp, "hi")).await;
        }
        let bodies = receive_all(&mut alice, 2).await.concat();
        let fps = bodies.iter().map(|body| body["fp"].as_str().unwrap());
        assert_eq!(fps.collect::<Vec<_>>(), ["f1", "f2"], "{max_batch}");
    }
}
