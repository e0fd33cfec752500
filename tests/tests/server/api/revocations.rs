//! Tokens that are revoked.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mobileim_server::auth::{Authentication, Jwt, Keys, Replaceable};
use mobileim_server::{Running, Server};
use mobileim_tests::application::ANY_PORT;
use mobileim_tests::raw::RawConnection;
use serde_json::{Value, json};

use super::Stage;
use crate::http::get;
use crate::{STREAMS, TRANSPORTS};

const PATH: &str = "/api/v1/users/alice/revoke";

fn jwt() -> Jwt {
    Jwt::new(Keys::from_secrets("a secret of at least 32 bytes in all").unwrap())
}

fn token() -> String {
    jwt().sign("alice", Duration::from_secs(60)).unwrap()
}

async fn start() -> Stage {
    let authentication = Replaceable::new(Authentication::Jwt(Box::new(jwt())));
    let revocations = authentication.revocations().clone();
    let builder = Server::builder(authentication).revocations(revocations);
    let builder = builder.tcp(ANY_PORT).udp(ANY_PORT).websocket(ANY_PORT);
    Stage::with(builder.http(ANY_PORT)).await
}

async fn log_in(server: &Running, token: &str) -> (i64, RawConnection) {
    let mut alice = RawConnection::open(STREAMS[0], server.addresses()).await;
    let code = alice.log_in_as("alice", token, 0).await.0;
    (code, alice)
}

fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    now.as_millis().try_into().unwrap()
}

/// Waits until the clock goes on.
async fn next_millisecond() -> u64 {
    let began = now();
    while now() == began {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    now()
}

#[tokio::test]
async fn the_sessions_end_and_the_tokens_are_refused_until_that_is_taken_back() {
    let stage = start().await;
    for transport in TRANSPORTS {
        let token = token();
        let mut alice = RawConnection::open(transport, stage.server.addresses()).await;
        assert_eq!(alice.log_in_as("alice", &token, 0).await.0, 0);
        // A token of the same millisecond is not from before.
        let earliest = next_millisecond().await;
        let request = json!({ "code": 2002, "reason": "another password" });
        let told = stage.post(PATH, &request).await.json();
        assert_eq!(
            (&told["user"], &told["kicked"]),
            (&json!("alice"), &json!(1))
        );
        let before = told["before"].as_u64().unwrap();
        assert!((earliest..=now()).contains(&before), "{told}");
        let goodbye = alice.receive_json().await;
        assert_eq!(goodbye["type"], 54);
        let content: Value =
            serde_json::from_str(goodbye["dataContent"].as_str().unwrap()).unwrap();
        assert_eq!(content, request);
        assert_eq!(log_in(&stage.server, &token).await.0, 1025);
        // Who gets a token afterwards is let in.
        let (code, _alice) = log_in(&stage.server, &self::token()).await;
        assert_eq!(code, 0);
        let back = stage.delete(PATH).await.json();
        assert_eq!(back, json!({ "takenBack": true }));
        assert_eq!(log_in(&stage.server, &token).await.0, 0);
        assert_eq!(
            stage.delete(PATH).await.json(),
            json!({ "takenBack": false })
        );
    }
    let metrics = get(stage.address(), "/metrics").await;
    for sample in [
        "mobileim_revoked_users 0.0",
        "mobileim_revoked_logins_total 3.0",
    ] {
        assert!(metrics.contains(&format!("\n{sample}\n")), "{metrics}");
    }
}

#[tokio::test]
async fn those_before_a_time_are_refused_and_the_latest_time_counts() {
    let stage = start().await;
    let hour = now() - 3_600_000;
    let told = stage.post(PATH, &json!({ "before": hour })).await.json();
    assert_eq!(
        told,
        json!({ "user": "alice", "before": hour, "kicked": 0 })
    );
    assert_eq!(log_in(&stage.server, &token()).await.0, 0);
    let ahead = now() + 3_600_000;
    for (before, expected) in [(ahead, ahead), (hour, ahead)] {
        let told = stage.post(PATH, &json!({ "before": before })).await.json();
        assert_eq!(told["before"], expected);
        assert_eq!(log_in(&stage.server, &token()).await.0, 1025);
    }
}

#[tokio::test]
async fn what_is_wrong_with_it_is_told_and_revokes_nothing() {
    let stage = start().await;
    for (request, what) in [
        (json!({ "before": -1 }), "a time in ms since 1970"),
        (
            json!({ "before": 253_402_300_800_000_i64 }),
            "a time in ms since 1970",
        ),
        (json!({ "before": "now" }), "before: invalid type"),
        (json!({ "since": 5 }), "unknown field `since`"),
        (json!({ "code": 7 }), "a code that is 2, or 1025 or more"),
        (json!({ "reason": "a\nb" }), "on one line"),
        (json!([]), "invalid length 0"),
    ] {
        stage.post(PATH, &request).await.complains(400, what);
    }
    stage.ask("POST", PATH, "").await.complains(400, "EOF");
    let answer = stage.post("/api/v1/users/0/revoke", &json!({})).await;
    answer.complains(400, "no user can have an id");
    let answer = stage.delete("/api/v1/users/-1/revoke").await;
    answer.complains(400, "no user can have an id");
    assert_eq!(log_in(&stage.server, &token()).await.0, 0);
}
