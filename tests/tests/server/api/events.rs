//! Events: their forms, and how back ends read them.

use std::time::Duration;

use mobileim_protocol::Transport;
use mobileim_server::events::{EventLog, EventPolicy};
use mobileim_server::store::{SqliteStore, StoreLimits};
use mobileim_tests::application::{ANY_PORT, REFUSAL, server};
use mobileim_tests::raw::{RawConnection, data, login, received};
use serde_json::{Value, json};
use std::sync::Arc;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::Stage;

/// A server that records events in a directory.
struct Recording {
    stage: Stage,
    _directory: TempDir,
}

async fn recording(change: impl FnOnce(&mut EventPolicy)) -> Recording {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(directory.path(), StoreLimits::default())
        .await
        .unwrap();
    let mut policy = EventPolicy::new("all".parse().unwrap());
    change(&mut policy);
    let log = EventLog::new(policy);
    store.record_events(&log).await.unwrap();
    let builder = server()
        .http(ANY_PORT)
        .store(Arc::new(store))
        .events(log, None);
    Recording {
        stage: Stage::with(builder).await,
        _directory: directory,
    }
}

impl Recording {
    async fn log_in(&self, user: &str) -> RawConnection {
        let addresses = self.stage.server.addresses();
        RawConnection::log_in(Transport::Tcp, addresses, user).await
    }

    /// Everything that is recorded until an event of a type about somebody, which comes.
    async fn until(&self, kind: &str) -> Vec<Value> {
        let mut after = 0;
        let mut events = Vec::new();
        loop {
            let path = format!("/api/v1/events?after={after}&limit=1000&wait=30");
            let answer = self.stage.get(&path).await.json();
            after = answer["position"].as_i64().unwrap();
            events.extend(answer["events"].as_array().unwrap().iter().cloned());
            assert!(
                !answer["events"].as_array().unwrap().is_empty(),
                "{events:?}"
            );
            if events.iter().any(|event| event["type"] == kind) {
                return events;
            }
        }
    }

    /// What was recorded of a message.
    async fn the(&self, kind: &str, fp: &str) -> Value {
        loop {
            let events = self.until(kind).await;
            let mut found = events.into_iter();
            if let Some(event) = found.find(|event| event["type"] == kind && event["fp"] == fp) {
                return event;
            }
        }
    }
}

/// Without what differs from one run to the next.
fn shape(mut event: Value) -> Value {
    let members = event.as_object_mut().unwrap();
    assert!(members["position"].as_i64().unwrap() > 0);
    assert_eq!(members["id"].as_str().unwrap().len(), 32);
    let at = members["at"].as_i64().unwrap();
    assert!(at > 1_700_000_000_000, "{at}");
    for name in ["position", "id", "at"] {
        members.remove(name);
    }
    for name in ["session", "replaces", "replacedBy"] {
        if let Some(number) = members.get_mut(name) {
            let start = number.as_u64().unwrap() >> 32;
            assert_eq!(start, 1, "the first start of this server");
            *number = json!(name);
        }
    }
    if let Some(address) = members.get_mut("address") {
        assert!(address.as_str().unwrap().starts_with("127.0.0.1:"));
        *address = json!("address");
    }
    event
}

#[tokio::test]
async fn sessions_are_told_with_where_from_why_they_end_and_whose_place_they_take() {
    let recording = recording(|_| {}).await;
    let _first = recording.log_in("alice").await;
    let second = recording.log_in("alice").await;
    drop(second);
    let offline = loop {
        let events = recording.until("offline").await;
        let ended = events.iter().filter(|event| event["type"] == "offline");
        if ended.count() == 2 {
            break events;
        }
    };
    let session = json!({
        "user": "alice", "session": "session", "transport": "tcp", "address": "address", "tls": false
    });
    let with = |kind: &str, more: Value| {
        let mut event = session.clone();
        let members = event.as_object_mut().unwrap();
        members.insert("type".to_owned(), kind.into());
        members.extend(more.as_object().unwrap().clone());
        event
    };
    let shapes: Vec<_> = offline.iter().cloned().map(shape).collect();
    assert_eq!(
        shapes,
        [
            with("online", json!({})),
            with("kicked", json!({ "code": 1 })),
            with(
                "offline",
                json!({ "reason": "kicked", "code": 1, "replacedBy": "replacedBy" })
            ),
            with("online", json!({ "replaces": "replaces" })),
            with("offline", json!({ "reason": "disconnected" })),
        ]
    );
    assert_eq!(offline[2]["replacedBy"], offline[3]["session"]);
    assert_eq!(offline[3]["replaces"], offline[2]["session"]);
}

#[tokio::test]
async fn what_becomes_of_messages_is_told_by_who_sent_them_to_whom_and_their_fingerprints() {
    let recording = recording(|policy| policy.text = true).await;
    let mut alice = recording.log_in("alice").await;
    let mut bob = recording.log_in("bob").await;
    // What was stored before the login goes first: until that is read, what comes is stored behind it. So the first may be.
    for fp in ["0", "1"] {
        alice.send(&data("alice", "bob", fp, "hi")).await;
        assert_eq!(bob.receive_json().await["fp"], fp);
        bob.send(&received("bob", "alice", fp)).await;
        assert_eq!(alice.receive_json().await["dataContent"], fp);
    }
    let message = |kind: &str, to: &str, fp: &str, more: Value| {
        let mut event = json!({ "type": kind, "from": "alice", "to": to, "fp": fp });
        let members = event.as_object_mut().unwrap();
        members.extend(more.as_object().unwrap().clone());
        event
    };
    // What is acknowledged is recorded.
    let events = recording.until("delivered").await;
    let delivered = message("delivered", "bob", "1", json!({}));
    assert_eq!(shape(events.last().unwrap().clone()), delivered);

    alice.send(&data("alice", "carol", "2", "later")).await;
    assert_eq!(alice.receive_json().await["dataContent"], "2");
    let stored = message(
        "stored",
        "carol",
        "2",
        json!({ "typeu": 0, "text": "later" }),
    );
    assert_eq!(shape(recording.the("stored", "2").await), stored);
    let mut carol = recording.log_in("carol").await;
    assert_eq!(carol.receive_json().await["fp"], "2");
    carol.send(&received("carol", "alice", "2")).await;
    let fetched = message("fetched", "carol", "2", json!({}));
    assert_eq!(shape(recording.the("fetched", "2").await), fetched);

    alice.send(&data("alice", "0", "3", "order")).await;
    assert_eq!(alice.receive_json().await["dataContent"], "3");
    let order = message("message", "0", "3", json!({ "typeu": 0, "text": "order" }));
    assert_eq!(shape(recording.the("message", "3").await), order);

    alice.send(&data("alice", "bob", "4", "spam")).await;
    let refused = message(
        "refused",
        "bob",
        "4",
        json!({ "reason": "by_application", "code": REFUSAL }),
    );
    assert_eq!(shape(recording.the("refused", "4").await), refused);
}

#[tokio::test]
async fn refused_logins_are_told_and_a_flood_of_them_as_a_number() {
    let recording = recording(|_| {}).await;
    let addresses = *recording.stage.server.addresses();
    for _ in 0..130 {
        let mut mallory = RawConnection::open(Transport::Tcp, &addresses).await;
        mallory.send(&login("mallory", "bad", 0)).await;
        mallory.receive_json().await;
    }
    let (mut told, mut summed, mut after) = (0, 0, 0);
    while told + summed < 130 {
        let path = format!("/api/v1/events?after={after}&limit=1000&wait=30");
        let answer = recording.stage.get(&path).await.json();
        after = answer["position"].as_i64().unwrap();
        for event in answer["events"].as_array().unwrap() {
            assert_eq!(event["type"], "login-refused");
            if let Some(count) = event["count"].as_u64() {
                summed += count;
                continue;
            }
            assert_eq!(
                (&event["user"], &event["code"]),
                (&json!("mallory"), &json!(1025))
            );
            told += 1;
        }
    }
    assert!((100..130).contains(&told), "{told}");
}

#[tokio::test]
async fn only_what_is_wanted_is_recorded_and_without_text_if_not_wanted() {
    let recording = recording(|policy| {
        policy.types = "stored,message".parse().unwrap();
        policy.users = "shop-*".parse().unwrap();
    })
    .await;
    let mut alice = recording.log_in("alice").await;
    for (fp, to) in [("1", "bob"), ("2", "shop-7"), ("3", "0")] {
        alice.send(&data("alice", to, fp, "hi")).await;
        assert_eq!(alice.receive_json().await["dataContent"], fp);
    }
    let answer = recording.stage.get("/api/v1/events").await.json();
    let events = answer["events"].as_array().unwrap();
    assert_eq!(events.len(), 1, "{events:?}");
    let expected = json!({ "type": "stored", "from": "alice", "to": "shop-7", "fp": "2" });
    assert_eq!(shape(events[0].clone()), expected);
}

#[tokio::test]
async fn a_consumer_goes_on_where_it_said_that_it_is() {
    let recording = recording(|policy| policy.types = "online".parse().unwrap()).await;
    let stage = &recording.stage;
    for user in ["alice", "bob", "carol"] {
        recording.log_in(user).await;
    }
    recording.until("online").await;
    let read = async || {
        let answer = stage.get("/api/v1/events?consumer=orders&wait=30").await;
        let answer = answer.json();
        let events = answer["events"].as_array().unwrap().clone();
        let users = events.iter().map(|event| event["user"].clone());
        users.collect::<Vec<_>>()
    };
    let everybody = loop {
        let users = read().await;
        if users.len() == 3 {
            break users;
        }
    };
    assert_eq!(everybody, ["alice", "bob", "carol"]);
    let place = "/api/v1/events/consumers/orders";
    assert_eq!(
        stage.ask("PUT", place, r#"{"position":2}"#).await.status,
        204
    );
    assert_eq!(read().await, ["carol"]);
    let consumers = stage.get("/api/v1/events/consumers").await.json();
    let orders = &consumers["consumers"][0];
    assert_eq!(
        (&orders["name"], &orders["position"], &orders["behind"]),
        (&json!("orders"), &json!(2), &json!(1))
    );
    assert_eq!(stage.delete(place).await.status, 204);
    assert_eq!(stage.delete(place).await.status, 404);
}

#[tokio::test]
async fn what_no_question_about_events_can_be_is_told() {
    let recording = recording(|_| {}).await;
    let stage = &recording.stage;
    for (query, what) in [
        ("after=-1", "0 or more"),
        ("after=1&consumer=a", "not both"),
        ("limit=0", "1 to 1000"),
        ("limit=1001", "1 to 1000"),
        ("wait=31", "0 to 30 seconds"),
        ("consumer=a%20b", "letters, digits"),
        ("since=1", "since"),
    ] {
        let answer = stage.get(&format!("/api/v1/events?{query}")).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.text);
        assert!(answer.text.contains(what), "{query}: {}", answer.text);
    }
    for (name, body, status) in [
        ("webhook", r#"{"position":0}"#, 400),
        ("orders", r#"{"position":1}"#, 400),
        ("orders", r#"{"position":-1}"#, 400),
        ("orders", r"{}", 400),
        ("a%20b", r#"{"position":0}"#, 400),
    ] {
        let path = format!("/api/v1/events/consumers/{name}");
        let answer = stage.ask("PUT", &path, body).await;
        assert_eq!(answer.status, status, "{name} {body}: {}", answer.text);
    }
    let without = Stage::start().await;
    let answer = without.get("/api/v1/events").await;
    assert_eq!(answer.status, 404);
    assert!(answer.text.contains("events.types"), "{}", answer.text);
}

#[tokio::test]
async fn a_stream_tells_of_events_as_they_come_behind_the_last_that_was_seen() {
    let recording = recording(|policy| policy.types = "online".parse().unwrap()).await;
    recording.log_in("alice").await;
    let first = recording.until("online").await[0]["position"]
        .as_i64()
        .unwrap();
    let http = recording.stage.address();
    let mut stream = TcpStream::connect(http).await.unwrap();
    let request = format!(
        "GET /api/v1/events HTTP/1.1\r\nHost: {http}\r\nAuthorization: Bearer {}\r\nAccept: text/event-stream\r\nLast-Event-ID: {first}\r\n\r\n",
        recording.stage.key
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut seen = String::new();
    let mut bob = None;
    while !seen.contains("\"bob\"") {
        let mut part = [0; 4096];
        let read = stream.read(&mut part);
        let read = tokio::time::timeout(Duration::from_secs(30), read).await;
        let count = read.expect("something comes").unwrap();
        assert!(count > 0, "the stream goes on");
        seen.push_str(&String::from_utf8_lossy(&part[..count]));
        if bob.is_none() {
            assert!(seen.contains("text/event-stream"), "{seen}");
            bob = Some(recording.log_in("bob").await);
        }
    }
    assert!(seen.contains(&format!("id: {}\n", first + 1)), "{seen}");
    assert!(!seen.contains("\"alice\""), "{seen}");
}

#[tokio::test]
async fn one_may_begin_near_the_newest_event_without_knowing_where_that_is() {
    let recording = recording(|_| {}).await;
    let mut online = Vec::new();
    for user in ["alice", "bob", "carol"] {
        online.push(recording.log_in(user).await);
        // In this order, and all of them.
        while !recording
            .until("online")
            .await
            .iter()
            .any(|event| event["user"] == user)
        {}
    }
    let users = |answer: &Value| {
        let events = answer["events"].as_array().unwrap().iter();
        let users = events.map(|event| event["user"].as_str().unwrap().to_owned());
        users.collect::<Vec<_>>()
    };
    let get = async |query: &str| {
        let path = format!("/api/v1/events?{query}");
        recording.stage.get(&path).await.json()
    };
    assert_eq!(users(&get("tail=1").await), ["carol"]);
    assert_eq!(users(&get("tail=1000").await), ["alice", "bob", "carol"]);
    let end = get("tail=0").await;
    assert_eq!(users(&end), [""; 0]);
    let after = format!("after={}&wait=30", end["position"]);
    let (next, _dan) = tokio::join!(get(&after), recording.log_in("dan"));
    assert_eq!(users(&next), ["dan"]);
    let counted = recording.stage.get("/api/v1/stats").await.json();
    assert_eq!(counted["events"]["recorded"]["online"], 4, "{counted}");
    assert_eq!(counted["events"]["behind"], json!({}));
    for query in [
        "tail=1001",
        "tail=-1",
        "tail=1&after=1",
        "tail=1&consumer=a",
    ] {
        let path = format!("/api/v1/events?{query}");
        let answer = recording.stage.get(&path).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.text);
    }
}
