//! Messages of the server.

use std::sync::Arc;

use mobileim_protocol::Transport;
use mobileim_server::auth::ApiKeys;
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

    pub(super) async fn log_in(&self, user: &str) -> RawConnection {
        RawConnection::log_in(Transport::Tcp, self.server.addresses(), user).await
    }
}

fn outcome(user: &str, outcome: &str) -> Value {
    json!({ "user": user, "outcome": outcome })
}

/// The same, of one that came before.
fn repeated(user: &str, outcome: &str) -> Value {
    json!({ "user": user, "outcome": outcome, "repeated": true })
}

#[tokio::test]
async fn a_message_goes_to_who_is_online_and_waits_for_who_is_not() {
    let stage = Stage::start().await;
    let mut alice = stage.log_in("alice").await;
    let message = json!({ "to": ["alice", "bob"], "text": "h\u{e9} 你好", "typeu": 7, "fp": "order-1", "wait": 0 });
    assert_eq!(
        stage.send(&message).await,
        [outcome("alice", "on_its_way"), outcome("bob", "stored")]
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
async fn what_became_of_a_message_is_waited_for() {
    let stage = Stage::start().await;
    let mut alice = stage.log_in("alice").await;
    let silent = stage.log_in("carol").await;
    let message =
        json!({ "to": ["alice", "bob", "carol"], "text": "hi", "fp": "1", "wait": 30_000 });
    let acknowledge = async {
        assert_eq!(alice.receive_json().await["fp"], "1");
        alice.send(&received("alice", "0", "1")).await;
    };
    // Far sooner than it may wait.
    let (outcomes, ()) = tokio::join!(stage.send(&message), acknowledge);
    let expected = [
        outcome("alice", "delivered"),
        outcome("bob", "stored"),
        outcome("carol", "stored"),
    ];
    assert_eq!(outcomes, expected);
    drop(silent);
}

#[tokio::test]
async fn it_is_not_waited_for_longer_than_was_said_nor_than_the_server_serves() {
    let stage = Stage::with(server().http(ANY_PORT).store(Arc::new(Silent))).await;
    let message =
        |wait: u64| json!({ "to": ["bob"], "text": "hi", "fp": wait.to_string(), "wait": wait });
    assert_eq!(
        stage.send(&message(20)).await,
        [outcome("bob", "on_its_way")]
    );
    let Stage { server, keys, key } = stage;
    let api = server.addresses().http.unwrap();
    let headers = format!("Authorization: Bearer {key}\r\nContent-Type: application/json\r\n");
    let body = message(30_000).to_string();
    let asked = super::ask(api, "POST", "/api/v1/messages", &headers, &body);
    let stop = async {
        while server.handle().view().in_memory("bob").messages < 2 {
            tokio::task::yield_now().await;
        }
        server.shutdown().await;
    };
    let (answer, ()) = tokio::join!(asked, stop);
    assert_eq!(answer.json()["receivers"][0], outcome("bob", "on_its_way"));
    drop(keys);
}

#[tokio::test]
async fn what_is_sent_again_with_its_fingerprint_is_not_delivered_twice() {
    let stage = Stage::start().await;
    let mut alice = stage.log_in("alice").await;
    let message = |fp: &str, to: &[&str]| json!({ "to": to, "text": fp, "fp": fp, "wait": 0 });
    stage.send(&message("1", &["alice"])).await;
    let again = stage.send(&message("1", &["alice", "bob"])).await;
    assert_eq!(
        again,
        [repeated("alice", "on_its_way"), outcome("bob", "stored")]
    );
    assert_eq!(alice.receive_json().await["fp"], "1");
    alice.send(&received("alice", "0", "1")).await;
    let again = json!({ "to": ["alice"], "text": "1", "fp": "1" });
    // It waits for what becomes of the first.
    let again = stage.send(&again).await;
    assert!(
        ["delivered", "acknowledged"]
            .iter()
            .any(|known| again == [repeated("alice", known)]),
        "{again:?}"
    );
    stage.send(&message("2", &["alice"])).await;
    assert_eq!(alice.receive_json().await["fp"], "2");
}

#[tokio::test]
async fn in_the_name_of_a_user_it_comes_as_that_users_message_and_the_user_hears_nothing() {
    let stage = Stage::start().await;
    let (mut alice, mut bob) = (stage.log_in("alice").await, stage.log_in("bob").await);
    let message =
        json!({ "from": "alice", "to": ["bob"], "text": "hi", "fp": "1", "wait": 30_000 });
    let acknowledge = async {
        let came = bob.receive_json().await;
        assert_eq!((&came["from"], &came["fp"]), (&json!("alice"), &json!("1")));
        bob.send(&received("bob", "alice", "1")).await;
    };
    let (outcomes, ()) = tokio::join!(stage.send(&message), acknowledge);
    assert_eq!(outcomes, [outcome("bob", "delivered")]);
    stage
        .send(&json!({ "to": ["alice"], "text": "yours", "wait": 0 }))
        .await;
    assert_eq!(
        alice.receive_json().await["dataContent"],
        "yours",
        "the first that she hears"
    );
}

#[tokio::test]
async fn in_whose_name_one_may_send_the_scopes_say() {
    let mut stage = Stage::start().await;
    for (scope, from, status) in [
        ("send", json!({}), 200),
        ("send", json!({ "from": "alice" }), 403),
        ("send:as-user", json!({ "from": "alice" }), 200),
        ("send:as-user", json!({}), 403),
    ] {
        let made = ApiKeys::make("shop", scope).unwrap();
        stage.keys.replace(Some(made.line.parse().unwrap()));
        stage.key = made.key;
        let mut message = json!({ "to": ["bob"], "text": "hi" });
        message
            .as_object_mut()
            .unwrap()
            .extend(from.as_object().unwrap().clone());
        let answer = stage.post("/api/v1/messages", &message).await;
        assert_eq!(answer.status, status, "{scope} {message}: {answer:?}");
        if status == 403 {
            let missing = if scope == "send" {
                "send:as-user"
            } else {
                "send"
            };
            assert_eq!(answer.problem(403)["missingScope"], missing);
        }
    }
}

#[tokio::test]
async fn what_waits_for_longer_than_its_time_to_live_is_not_delivered() {
    let stage = Stage::start().await;
    let message = |fp: &str, ttl: u64| json!({ "to": ["bob"], "text": "hi", "fp": fp, "ttl": ttl, "wait": 0 });
    stage.send(&message("short", 1)).await;
    stage.send(&message("long", 3600)).await;
    // The one thing that is to pass here is time.
    tokio::time::sleep(std::time::Duration::from_millis(1001)).await;
    let mut bob = stage.log_in("bob").await;
    assert_eq!(bob.receive_json().await["fp"], "long");
}

#[tokio::test]
async fn what_is_fleeting_goes_to_who_is_online_alone() {
    let stage = Stage::start().await;
    let mut alice = stage.log_in("alice").await;
    let fleeting =
        json!({ "to": ["alice", "bob", "alice"], "text": "typing", "class": "fleeting" });
    let answer = stage.post("/api/v1/messages", &fleeting).await.json();
    assert!(answer["fp"].as_str().unwrap().len() > 30, "{answer}");
    assert_eq!(answer["receivers"][0]["outcome"], "sent");
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
        for class in ["kept", "fleeting"] {
            let message = json!({ "to": [to], "text": "x".repeat(length), "class": class });
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
        let message = json!({ "to": ["bob"], "text": text, "fp": fp.to_string(), "wait": 0 });
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
    let message = json!({ "to": ["carol"], "text": "hi", "wait": 0 });
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
            json!({ "to": ["bob"], "text": "hi", "tttl": 5 }),
            "unknown field `tttl`",
        ),
        (
            json!({ "to": ["bob"], "text": "hi", "from": "0" }),
            "no user can have an id",
        ),
        (
            json!({ "to": ["bob"], "text": "hi", "ttl": 0 }),
            "ttl of 1 to",
        ),
        (
            json!({ "to": ["bob"], "text": "hi", "ttl": 1, "class": "fleeting" }),
            "has no ttl",
        ),
        (
            json!({ "to": ["bob"], "text": "hi", "class": "lost" }),
            "unknown variant `lost`",
        ),
        (
            json!({ "to": ["bob"], "text": "hi", "wait": 30_001 }),
            "wait for 30000 ms at most",
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
