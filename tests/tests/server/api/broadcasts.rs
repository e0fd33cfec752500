//! Messages to everybody who is online.

use mobileim_server::{Limits, Rate};
use mobileim_tests::application::{ANY_PORT, server};
use mobileim_tests::raw::received;
use serde_json::{Value, json};

use super::Stage;

impl Stage {
    async fn with_broadcast_rate(rate: u32) -> Self {
        let mut limits = Limits::default();
        limits.http.broadcast_rate = rate;
        Self::with(server().http(ANY_PORT).limits(limits)).await
    }

    async fn broadcast(&self, announcement: &Value) -> Value {
        self.post("/api/v1/broadcast", announcement).await.json()
    }

    async fn progress(&self, id: &str) -> Value {
        self.get(&format!("/api/v1/broadcast/{id}")).await.json()
    }

    /// How far it is when it has ended.
    async fn ended(&self, id: &str) -> Value {
        loop {
            let progress = self.progress(id).await;
            if progress["state"] != "running" {
                return progress;
            }
        }
    }
}

#[tokio::test]
async fn everybody_who_is_online_gets_it_and_nobody_else() {
    let stage = Stage::start().await;
    let (mut alice, mut bob) = (stage.log_in("alice").await, stage.log_in("bob").await);
    for class in ["fleeting", "kept"] {
        let announcement = json!({ "text": "news", "typeu": 9, "fp": class, "class": class });
        let begun = stage.broadcast(&announcement).await;
        assert_eq!((&begun["id"], &begun["users"]), (&json!(class), &json!(2)));
        for (user, connection) in [("alice", &mut alice), ("bob", &mut bob)] {
            let came = connection.receive_json().await;
            assert_eq!(
                (&came["dataContent"], &came["fp"], &came["QoS"]),
                (&json!("news"), &json!(class), &json!(class == "kept"))
            );
            connection.send(&received(user, "0", class)).await;
        }
        let ended = stage.ended(class).await;
        assert_eq!(
            (&ended["state"], &ended["sent"]),
            (&json!("done"), &json!(2))
        );
    }
    let mut carol = stage.log_in("carol").await;
    // The same again is the one that was.
    let again = stage
        .broadcast(&json!({ "text": "news", "fp": "kept" }))
        .await;
    assert_eq!(
        (&again["state"], &again["users"]),
        (&json!("done"), &json!(2))
    );
    stage
        .post(
            "/api/v1/messages",
            &json!({ "to": ["carol"], "text": "yours", "wait": 0 }),
        )
        .await
        .json();
    assert_eq!(carol.receive_json().await["dataContent"], "yours");
}

#[tokio::test]
async fn it_is_as_slow_as_was_said_and_ends_when_somebody_says_so() {
    let stage = Stage::with_broadcast_rate(1).await;
    let (mut alice, bob) = (stage.log_in("alice").await, stage.log_in("bob").await);
    stage.broadcast(&json!({ "text": "news", "fp": "1" })).await;
    // The first goes at once, the second a second later.
    assert_eq!(alice.receive_json().await["fp"], "1");
    let progress = stage.progress("1").await;
    assert_eq!(
        (&progress["state"], &progress["sent"]),
        (&json!("running"), &json!(1))
    );
    let cancelled = stage.delete("/api/v1/broadcast/1").await.json();
    assert_eq!(
        (&cancelled["state"], &cancelled["sent"]),
        (&json!("cancelled"), &json!(1))
    );
    assert_eq!(stage.delete("/api/v1/broadcast/1").await.json(), cancelled);
    drop(bob);
}

#[tokio::test]
async fn no_more_than_some_go_on_at_once() {
    let stage = Stage::with_broadcast_rate(1).await;
    let people = [stage.log_in("alice").await, stage.log_in("bob").await];
    for number in 0..4 {
        stage
            .broadcast(&json!({ "text": "news", "fp": number.to_string() }))
            .await;
    }
    let refused = stage
        .post("/api/v1/broadcast", &json!({ "text": "news" }))
        .await;
    refused.complains(429, "4 broadcasts are under way");
    assert!(refused.head.contains("retry-after: 1"), "{refused:?}");
    stage.delete("/api/v1/broadcast/2").await.json();
    stage.broadcast(&json!({ "text": "news", "fp": "4" })).await;
    drop(people);
}

#[tokio::test]
async fn what_is_wrong_with_a_broadcast_is_told() {
    let stage = Stage::start().await;
    for (announcement, what) in [
        (json!({}), "missing field `text`"),
        (
            json!({ "text": "hi", "perSecond": 0 }),
            "perSecond of 1 to 1000 (api.broadcast-rate)",
        ),
        (
            json!({ "text": "hi", "perSecond": 1001 }),
            "perSecond of 1 to 1000",
        ),
        (json!({ "text": "hi", "ttl": 60 }), "has no ttl"),
        (json!({ "text": "hi", "fp": "" }), "fingerprint of 1 to 256"),
        (json!({ "text": "hi", "to": ["bob"] }), "unknown field `to`"),
    ] {
        stage
            .post("/api/v1/broadcast", &announcement)
            .await
            .complains(400, what);
    }
    stage
        .get("/api/v1/broadcast/unknown")
        .await
        .complains(404, "no broadcast with this id");
    stage
        .delete("/api/v1/broadcast/unknown")
        .await
        .complains(404, "no broadcast with this id");
}

#[tokio::test]
async fn a_key_is_good_for_so_many_requests_and_another_for_its_own() {
    let mut limits = Limits::default();
    limits.http.api_rate = Some(Rate::new(1, 2));
    let mut stage = Stage::with(server().http(ANY_PORT).limits(limits)).await;
    let statuses = async |stage: &Stage| {
        let mut statuses = Vec::new();
        for _ in 0..3 {
            statuses.push(stage.get("/api/v1/server").await.status);
        }
        statuses
    };
    assert_eq!(statuses(&stage).await, [200, 200, 429]);
    let refused = stage.get("/api/v1/server").await;
    refused.complains(429, "limits.api-rate");
    assert!(refused.head.contains("retry-after: 1"), "{refused:?}");
    let made = mobileim_server::auth::ApiKeys::make("other", "server:read").unwrap();
    stage.keys.replace(Some(made.line.parse().unwrap()));
    stage.key = made.key;
    assert_eq!(stage.get("/api/v1/server").await.status, 200);
}

#[tokio::test]
async fn who_is_online_is_listed_page_by_page() {
    let stage = Stage::start().await;
    let mut people = Vec::new();
    for user in ["carol", "alice", "dave", "bob", "eve"] {
        people.push(stage.log_in(user).await);
    }
    let page = async |query: &str| {
        stage
            .get(&format!("/api/v1/users/online{query}"))
            .await
            .json()
    };
    assert_eq!(
        page("?limit=2").await,
        json!({ "online": ["alice", "bob"], "next": "bob" })
    );
    assert_eq!(
        page("?limit=2&after=bob").await,
        json!({ "online": ["carol", "dave"], "next": "dave" })
    );
    assert_eq!(
        page("?limit=2&after=dave").await,
        json!({ "online": ["eve"] })
    );
    assert_eq!(
        page("?after=b").await["online"].as_array().unwrap().len(),
        4
    );
    assert_eq!(page("?after=zoe").await, json!({ "online": [] }));
    stage
        .get("/api/v1/users/online?limit=0")
        .await
        .complains(400, "limit of 1 to 1000");
    stage
        .get("/api/v1/users/online?after=0")
        .await
        .complains(400, "no user can have an id");
}
