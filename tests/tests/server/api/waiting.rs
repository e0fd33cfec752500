//! What waits for a user, and what became of a message.

use std::sync::Arc;

use mobileim_server::Builder;
use mobileim_server::Config;
use mobileim_server::auth::ApiKeys;
use mobileim_server::store::{SqliteStore, Store, StoreLimits};
use mobileim_tests::application::{ANY_PORT, server};
use mobileim_tests::raw::received;
use serde_json::{Value, json};

use super::Stage;

/// A server that remembers what happens to messages.
fn remembering() -> Builder {
    let mut config = Config::default();
    config.trace_memory = 4 << 20;
    server().http(ANY_PORT).config(config)
}

impl Stage {
    /// One whose messages wait in memory, and one with a database.
    async fn of_each_store() -> Vec<(Self, tempfile::TempDir)> {
        let directory = tempfile::tempdir().unwrap();
        let limits = StoreLimits::none();
        let sqlite = SqliteStore::open(directory.path(), limits).await.unwrap();
        let store: Arc<dyn Store> = Arc::new(sqlite);
        let in_memory = Self::with(remembering()).await;
        let with_database = Self::with(remembering().store(store)).await;
        vec![
            (in_memory, tempfile::tempdir().unwrap()),
            (with_database, directory),
        ]
    }

    async fn keep(&self, to: &str, fps: &[&str]) {
        for fp in fps {
            let message = json!({ "to": [to], "text": format!("text of {fp}"), "typeu": 7, "fp": fp, "wait": 10_000 });
            let answer = self.post("/api/v1/messages", &message).await.json();
            assert_eq!(answer["receivers"][0]["outcome"], "stored");
        }
    }

    async fn waiting(&self, query: &str) -> Value {
        let path = format!("/api/v1/users/bob/waiting{query}");
        self.get(&path).await.json()
    }

    /// What became of one of the server's messages to bob.
    async fn outcome(&self, fp: &str) -> String {
        let path = format!("/api/v1/messages/0/{fp}?to=bob");
        let answer = self.get(&path).await.json();
        assert_eq!((&answer["from"], &answer["fp"]), (&json!("0"), &json!(fp)));
        let receivers = answer["receivers"].as_array().unwrap();
        assert_eq!((receivers.len(), &receivers[0]["user"]), (1, &json!("bob")));
        receivers[0]["outcome"].as_str().unwrap().to_owned()
    }
}

fn fps(answer: &Value) -> Vec<&str> {
    let messages = answer["messages"].as_array().unwrap();
    messages
        .iter()
        .map(|message| message["fp"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn what_waits_is_shown_page_by_page_and_texts_only_if_they_are_asked_for() {
    for (mut stage, _directory) in Stage::of_each_store().await {
        stage.keep("bob", &["1", "2", "3"]).await;
        stage.keep("carol", &["4"]).await;
        let first = stage.waiting("?limit=2").await;
        assert_eq!(fps(&first), ["1", "2"]);
        let message = &first["messages"][0];
        assert_eq!(
            (&message["from"], &message["typeu"]),
            (&json!("0"), &json!(7))
        );
        assert!(
            message["bytes"].as_u64() > Some(50) && message.get("text").is_none(),
            "{message}"
        );
        let second = stage
            .waiting(&format!("?limit=2&text=true&after={}", first["next"]))
            .await;
        assert_eq!(fps(&second), ["3"]);
        assert_eq!(second["messages"][0]["text"], "text of 3");
        assert_eq!(second.get("next"), None);
        assert_eq!(
            stage.get("/api/v1/users/nobody/waiting").await.json(),
            json!({ "user": "nobody", "messages": [] })
        );
        let made = ApiKeys::make("shop", "users:read").unwrap();
        stage.keys.replace(Some(made.line.parse().unwrap()));
        stage.key = made.key;
        assert_eq!(fps(&stage.waiting("").await).len(), 3);
        let refused = stage.get("/api/v1/users/bob/waiting?text=true").await;
        assert_eq!(refused.problem(403)["missingScope"], "messages:read");
    }
}

#[tokio::test]
async fn what_was_taken_away_is_not_delivered() {
    for (stage, _directory) in Stage::of_each_store().await {
        stage.keep("bob", &["1", "2", "3"]).await;
        let purge = async |query: &str| {
            let path = format!("/api/v1/users/bob/waiting{query}");
            stage.delete(&path).await.json()["purged"].take()
        };
        assert_eq!(purge("?from=alice").await, 0);
        assert_eq!(purge("?fp=2&from=0").await, 1);
        assert_eq!(stage.outcome("2").await, "removed");
        let mut bob = stage.log_in("bob").await;
        for fp in ["1", "3"] {
            assert_eq!(bob.receive_json().await["fp"], fp);
        }
        // They were sent, and may be acknowledged; on another connection they do not come again.
        assert_eq!(purge("").await, 2);
        drop(bob);
        stage.keep("bob", &["4"]).await;
        let mut bob = stage.log_in("bob").await;
        assert_eq!(bob.receive_json().await["fp"], "4");
    }
}

#[tokio::test]
async fn what_became_of_a_message_is_known_as_long_as_it_is_remembered_or_stored() {
    for (stage, _directory) in Stage::of_each_store().await {
        assert_eq!(stage.outcome("1").await, "unknown");
        stage.keep("bob", &["1"]).await;
        assert_eq!(stage.outcome("1").await, "stored");
        let mut bob = stage.log_in("bob").await;
        assert_eq!(bob.receive_json().await["fp"], "1");
        bob.send(&received("bob", "0", "1")).await;
        // An answer of the server says that it has read that.
        stage
            .post(
                "/api/v1/messages",
                &json!({ "to": ["bob"], "text": "hi", "fp": "2", "wait": 0 }),
            )
            .await
            .json();
        assert_eq!(bob.receive_json().await["fp"], "2");
        assert_eq!(stage.outcome("2").await, "on_its_way");
        bob.send(&received("bob", "0", "2")).await;
        let again = json!({ "to": ["bob"], "text": "hi", "fp": "2", "wait": 10_000 });
        stage.post("/api/v1/messages", &again).await.json();
        for fp in ["1", "2"] {
            assert_eq!(stage.outcome(fp).await, "delivered");
        }
        let all = stage.get("/api/v1/messages/0/2").await.json();
        assert_eq!(
            all["receivers"],
            json!([{ "user": "bob", "outcome": "delivered" }])
        );
        assert_eq!(
            stage.get("/api/v1/messages/carol/2").await.json()["receivers"],
            json!([])
        );
    }
}

#[tokio::test]
async fn what_the_server_does_not_remember_the_store_knows() {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(directory.path(), StoreLimits::none())
        .await
        .unwrap();
    let stage = Stage::with(server().http(ANY_PORT).store(Arc::new(store))).await;
    stage.keep("bob", &["1"]).await;
    assert_eq!(stage.outcome("1").await, "stored");
    assert_eq!(stage.outcome("2").await, "unknown");
}

#[tokio::test]
async fn what_is_wrong_with_such_a_request_is_told() {
    let stage = Stage::start().await;
    for (method, path, what) in [
        ("GET", "/api/v1/users/-1/waiting", "no user can have an id"),
        (
            "GET",
            "/api/v1/users/bob/waiting?limit=0",
            "limit of 1 to 1000",
        ),
        (
            "GET",
            "/api/v1/users/bob/waiting?limit=1001",
            "limit of 1 to 1000",
        ),
        ("GET", "/api/v1/users/bob/waiting?after=x", "after"),
        (
            "GET",
            "/api/v1/users/bob/waiting?texts=true",
            "unknown field `texts`",
        ),
        (
            "DELETE",
            "/api/v1/users/bob/waiting?fp=",
            "fingerprint of 1 to 256",
        ),
        (
            "DELETE",
            "/api/v1/users/bob/waiting?from=-1",
            "no user can have an id",
        ),
        ("GET", "/api/v1/messages/-1/x", "no user can have an id"),
        ("GET", "/api/v1/messages/0/x?to=0", "no user can have an id"),
    ] {
        stage.ask(method, path, "").await.complains(400, what);
    }
}
