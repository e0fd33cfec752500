//! Messages of the server.

use std::sync::Arc;

use mobileim_protocol::Transport;
use mobileim_server::store::{Completion, Request, Store};
use mobileim_tests::application::{ANY_PORT, server};
use mobileim_tests::raw::{RawConnection, received};
use serde_json::{Value, json};

use super::Stage;

impl Stage {
    /// Sends a message, and says what became of it for each receiver.
    async fn send(&self, message: &Value) -> Vec<Value> {
        let answer = self.post("/api/v1/messages", message).await.json();
        if let Some(fp) = message.get("fp") {
            assert_eq!(answer["fp"], *fp);
        }
        answer["receivers"].as_array().unwrap().clone()
    }

    async fn log_in(&self, user: &str) -> RawConnection {
        RawConnection::log_in(Transport::Tcp, self.server.addresses(), user).await
    }
}

#[tokio::test]
async fn a_message_goes_to_who_is_online_and_waits_for_who_is_not() {
    let stage = Stage::start().await;
    let mut alice = stage.log_in("alice").await;
    let message =
        json!({ "to": ["alice", "bob"], "text": "h\u{e9} 你好", "typeu": 7, "fp": "order-1" });
    let outcome = |user: &str| json!({ "user": user, "outcome": "on_its_way" });
    assert_eq!(
        stage.send(&message).await,
        [outcome("alice"), outcome("bob")]
    );
    let mut bob = stage.log_in("bob").await;
    for (user, connection) in [("alice", &mut alice), ("bob", &mut bob)] {
        let came = connection.receive_json().await;
        assert_eq!(came["from"], "0");
        assert_eq!(came["to"], user);
        assert_eq!(came["fp"], "order-1");
        assert_eq!(came["typeu"], 7);
        assert_eq!(came["dataContent"], "h\u{e9} 你好");
        connection.send(&received(user, "0", "order-1")).await;
    }
}

#[tokio::test]
async fn what_is_sent_again_with_its_fingerprint_is_not_delivered_twice() {
    let stage = Stage::start().await;
    let mut alice = stage.log_in("alice").await;
    let message = |fp: &str, to: &[&str]| json!({ "to": to, "text": fp, "fp": fp });
    stage.send(&message("1", &["alice"])).await;
    let again = stage.send(&message("1", &["alice", "bob"])).await;
    assert_eq!(again[0]["outcome"], "repeated");
    assert_eq!(again[1]["outcome"], "on_its_way");
    assert_eq!(alice.receive_json().await["fp"], "1");
    alice.send(&received("alice", "0", "1")).await;
    let again = stage.send(&message("1", &["alice"])).await;
    assert_eq!(again[0]["outcome"], "repeated");
    stage.send(&message("2", &["alice"])).await;
    assert_eq!(alice.receive_json().await["fp"], "2");
}

#[tokio::test]
async fn without_qos_a_message_goes_to_who_is_online_alone() {
    let stage = Stage::start().await;
    let mut alice = stage.log_in("alice").await;
    let fleeting = json!({ "to": ["alice", "bob", "alice"], "text": "typing", "qos": false });
    let answer = stage.post("/api/v1/messages", &fleeting).await.json();
    assert!(answer["fp"].as_str().unwrap().len() > 30, "{answer}");
    assert_eq!(answer["receivers"][0]["outcome"], "on_its_way");
    assert_eq!(answer["receivers"][1]["outcome"], "offline");
    assert_eq!(answer["receivers"].as_array().unwrap().len(), 2, "{answer}");
    let came = alice.receive_json().await;
    assert_eq!(
        (&came["dataContent"], &came["QoS"]),
        (&json!("typing"), &json!(false))
    );
    assert_eq!(came["typeu"], -1);
}

#[tokio::test]
async fn a_message_that_no_client_takes_is_refused() {
    let stage = Stage::start().await;
    let original = stage.log_in("alice").await;
    for (to, length, limit) in [("alice", 10_000, 6 * 1024), ("bob", 70_000, 64 * 1024)] {
        for qos in [true, false] {
            let message = json!({ "to": [to], "text": "x".repeat(length), "qos": qos });
            let outcomes = stage.send(&message).await;
            let expected = json!({ "user": to, "outcome": "too_long", "maxLength": limit });
            assert_eq!(outcomes, [expected]);
        }
    }
    drop(original);
}

/// A store that never answers.
struct Silent;

impl Store for Silent {
    fn submit(&self, _user: &Arc<str>, _request: Request) -> Option<Completion> {
        None
    }
}

#[tokio::test]
async fn where_there_is_no_room_it_is_said() {
    let builder = server().http(ANY_PORT).store(Arc::new(Silent));
    let stage = Stage::with(builder).await;
    let text = "x".repeat(60_000);
    let send = async |fp: u32, text: &str| {
        let message = json!({ "to": ["bob"], "text": text, "fp": fp.to_string() });
        stage.send(&message).await.remove(0)["outcome"].take()
    };
    let mut first = None;
    for number in 0..1000 {
        let outcome = send(number, &text).await;
        if outcome != "on_its_way" {
            assert_eq!(outcome, "no_room");
            first = Some(number);
            break;
        }
    }
    assert!(first > Some(0), "{first:?}");
    // Also when it is sent again.
    assert_eq!(send(first.unwrap_or_default(), &text).await, "no_room");
    // Others are not concerned.
    let message = json!({ "to": ["carol"], "text": "hi" });
    assert_eq!(stage.send(&message).await[0]["outcome"], "on_its_way");
}

#[tokio::test]
async fn what_is_wrong_with_a_message_is_told() {
    let stage = Stage::start().await;
    for (message, what) in [
        (json!({ "to": [], "text": "hi" }), "1 to 1000 users"),
        (
            json!({ "to": ["0"], "text": "hi" }),
            "no user can have an id",
        ),
        (
            json!({ "to": ["bob"], "text": "hi", "fp": "" }),
            "fingerprint of 1 to 256",
        ),
        (
            json!({ "to": ["bob"], "text": "hi", "fp": "x".repeat(257) }),
            "fingerprint",
        ),
        (json!({ "to": "bob", "text": "hi" }), "expected a sequence"),
        (json!({ "to": ["bob"] }), "missing field `text`"),
        (
            json!({ "to": ["bob"], "text": "hi", "qso": false }),
            "unknown field `qso`",
        ),
        (
            json!({ "to": ["bob"], "text": "hi", "typeu": 1_i64 << 40 }),
            "expected i32",
        ),
    ] {
        let answer = stage.post("/api/v1/messages", &message).await;
        answer.complains(400, what);
    }
}
