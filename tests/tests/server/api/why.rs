//! Why a message is not with its receiver, in words and as a reason.

use mobileim_protocol::Transport;
use mobileim_server::{Builder, Config, Deferred, Hooks, ServerHandle, Verdict};
use mobileim_tests::application::{ANY_PORT, server};
use mobileim_tests::raw::{RawConnection, data, received};
use mobileim_tests::within;
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

use super::Stage;

/// A server that remembers what happens to messages, and sends a user one at a time.
fn remembering() -> Builder {
    let mut config = Config::default();
    config.trace_memory = 4 << 20;
    config.mailbox.in_flight = 1;
    server().http(ANY_PORT).config(config)
}

impl Stage {
    /// Stores one of the server's messages for bob, who is offline.
    async fn stores(&self, fp: &str, text: &str) {
        let message = json!({ "to": ["bob"], "text": text, "fp": fp, "wait": 10_000 });
        let answer = self.post("/api/v1/messages", &message).await.json();
        assert_eq!(answer["receivers"][0]["outcome"], "stored");
    }

    /// What is said of a message to bob.
    async fn of(&self, from: &str, fp: &str) -> Value {
        let path = format!("/api/v1/messages/{from}/{fp}?to=bob");
        self.get(&path).await.json()["receivers"][0].take()
    }

    /// Why a message to bob waits, once it is for this reason.
    async fn waits(&self, from: &str, fp: &str, reason: &str) -> Value {
        let is_so = async {
            loop {
                let why = self.of(from, fp).await["why"].take();
                if why["reason"] == reason {
                    return why;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        within(reason, is_so).await
    }
}

fn text(why: &Value) -> &str {
    why["text"].as_str().unwrap()
}

#[tokio::test]
async fn a_message_to_who_is_offline_waits_behind_those_that_are_stored_before_it() {
    let stage = Stage::with(remembering()).await;
    for fp in ["1", "2", "3"] {
        stage.stores(fp, "hi").await;
    }
    let first = stage.of("0", "1").await;
    assert_eq!(
        first["why"],
        json!({ "reason": "offline", "text": "bob is offline" })
    );
    let third = stage.of("0", "3").await;
    assert_eq!(third["outcome"], "stored");
    assert_eq!(
        third["why"],
        json!({ "reason": "offline", "text": "bob is offline; 2 messages are stored before it", "before": 2 })
    );
    // Without the store there is less to say.
    let without = stage.get("/api/v1/messages/0/3").await.json();
    assert_eq!(
        without["receivers"][0]["why"],
        json!({ "reason": "offline", "text": "bob is offline" })
    );
    let unknown = stage.of("0", "none").await;
    assert_eq!(unknown, json!({ "user": "bob", "outcome": "unknown" }));
}

#[tokio::test]
async fn when_a_stored_message_expires_is_told() {
    let stage = Stage::with(remembering()).await;
    let message = json!({ "to": ["bob"], "text": "hi", "fp": "1", "ttl": 3600, "wait": 10_000 });
    let before = now();
    stage.post("/api/v1/messages", &message).await.json();
    let why = stage.of("0", "1").await["why"].take();
    assert_eq!(why["reason"], "offline", "{why}");
    let left = why["expiresAt"].as_i64().unwrap() - before;
    assert!((3_590_000..3_700_000).contains(&left), "{left}: {why}");
    assert!(text(&why).contains("; it expires at 2"), "{why}");
}

#[tokio::test]
async fn a_message_that_has_expired_says_when() {
    let stage = Stage::with(remembering()).await;
    let message = json!({ "to": ["bob"], "text": "hi", "fp": "1", "ttl": 1, "wait": 0 });
    let before = now();
    stage.post("/api/v1/messages", &message).await.json();
    let why = stage.waits("0", "1", "expired").await;
    let since = why["since"].as_i64().unwrap();
    assert!(since >= before + 900 && since <= now() + 100, "{why}");
    assert!(text(&why).starts_with("it expired at 2"), "{why}");
    assert_eq!(why["expiresAt"], Value::Null, "{why}");
}

#[tokio::test]
async fn who_has_been_sent_it_has_not_acknowledged_it_and_the_next_waits_behind_it() {
    let stage = Stage::with(remembering()).await;
    stage.stores("1", "hi").await;
    stage.stores("2", "ho").await;
    let mut bob = stage.log_in("bob").await;
    assert_eq!(bob.receive_json().await["fp"], "1");
    let why = stage.waits("0", "1", "unacknowledged").await;
    let sessions = stage.get("/api/v1/users/bob/sessions").await.json();
    let session = &sessions["sessions"][0]["id"];
    assert_eq!(why["session"], *session, "{why}");
    assert!(why["tries"].as_u64().unwrap() >= 1, "{why}");
    let (since, heard) = (why["since"].as_i64(), why["lastHeard"].as_i64());
    assert!(since.unwrap() <= now() && heard.unwrap() <= now(), "{why}");
    assert!(
        text(&why)
            .starts_with("bob is online, and has not acknowledged it: it was sent to session"),
        "{why}"
    );
    let behind = stage.waits("0", "2", "behind").await;
    assert_eq!(behind["before"], 1, "{behind}");
    assert_eq!(
        text(&behind),
        "bob is online: what came before it goes first; 1 message is stored before it"
    );
    drop(bob);
    let gone = stage.waits("0", "1", "offline").await;
    assert_eq!(gone["session"], *session, "{gone}");
    assert!(
        text(&gone).contains("which it was sent to, has ended and has not acknowledged it"),
        "{gone}"
    );
    let mut bob = stage.log_in("bob").await;
    assert_eq!(bob.receive_json().await["fp"], "1");
    bob.send(&received("bob", "0", "1")).await;
    assert_eq!(bob.receive_json().await["fp"], "2");
    let delivered = stage.of("0", "1").await;
    assert_eq!(delivered, json!({ "user": "bob", "outcome": "delivered" }));
    stage.waits("0", "2", "unacknowledged").await;
}

#[tokio::test]
async fn what_is_too_long_for_the_client_waits_for_another_one() {
    let stage = Stage::with(remembering()).await;
    stage.stores("1", &"long ".repeat(1000)).await;
    // An original one on UDP takes 1 KiB.
    let _bob = RawConnection::log_in(Transport::Udp, stage.server.addresses(), "bob").await;
    let why = stage.waits("0", "1", "too_long").await;
    assert!(
        text(&why)
            .starts_with("bob is online with a client that takes 1024 bytes at most: it has 5"),
        "{why}"
    );
}

/// Does not answer until it is told to.
#[derive(Clone, Default)]
struct Slow(Arc<Mutex<Vec<oneshot::Sender<Verdict>>>>);

impl Hooks for Slow {
    fn before_c2c(
        &self,
        _server: &ServerHandle,
        _message: &mobileim_protocol::Message<'_>,
    ) -> Deferred<Verdict> {
        let (answer, answered) = oneshot::channel();
        self.0.lock().push(answer);
        Deferred::pending(async { answered.await.unwrap_or(Verdict::Allow) })
    }
}

#[tokio::test]
async fn a_message_about_which_the_back_end_has_not_answered_says_so() {
    let slow = Slow::default();
    let stage = Stage::with(remembering().hooks(slow.clone())).await;
    let mut alice = stage.log_in("alice").await;
    alice.send(&data("alice", "bob", "1", "hi?")).await;
    let why = stage.waits("alice", "1", "asked").await;
    assert!(why["since"].as_i64().unwrap() <= now(), "{why}");
    assert!(
        text(&why).starts_with("the back end was asked about it at 2"),
        "{why}"
    );
    assert!(text(&why).ends_with(", and has not answered yet"), "{why}");
    assert_eq!(stage.of("alice", "1").await["outcome"], "on_its_way");
    let answer = slow.0.lock().pop().expect("it was asked");
    answer.send(Verdict::Allow).expect("somebody waits for it");
    assert_eq!(alice.receive_json().await["dataContent"], "1");
    stage.waits("alice", "1", "offline").await;
}

/// In ms since 1970.
fn now() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(now.unwrap().as_millis()).unwrap()
}
