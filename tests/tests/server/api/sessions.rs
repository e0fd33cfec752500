//! Who is online, from where, and who is sent away.

use std::time::{SystemTime, UNIX_EPOCH};

use mobileim_server::Label as _;
use mobileim_tests::raw::RawConnection;
use serde_json::{Value, json};

use super::Stage;
use crate::{STREAMS, TRANSPORTS};

#[tokio::test]
async fn the_server_tells_its_version_sessions_and_addresses() {
    let stage = Stage::start().await;
    let addresses = *stage.server.addresses();
    let mut online = Vec::new();
    for transport in TRANSPORTS {
        let user = transport.to_string();
        online.push(RawConnection::log_in(transport, &addresses, &user).await);
    }
    let told = stage.get("/api/v1/server").await.json();
    assert_eq!(told["version"], env!("CARGO_PKG_VERSION"));
    assert!(told["uptime"].as_u64().unwrap() < 60, "{told}");
    assert_eq!(
        told["sessions"],
        json!({ "tcp": 1, "udp": 1, "websocket": 1 })
    );
    assert_eq!(told["connections"], 2);
    let expected = json!({
        "http": addresses.http.unwrap().to_string(),
        "tcp": addresses.tcp.unwrap().to_string(),
        "udp": addresses.udp.unwrap().to_string(),
        "ws": addresses.websocket.unwrap().to_string(),
    });
    assert_eq!(told["listeners"], expected);
}

#[tokio::test]
async fn of_many_users_those_who_are_online_are_told() {
    let stage = Stage::start().await;
    let mut online = Vec::new();
    for (transport, user) in TRANSPORTS.into_iter().zip(["alice", "小王", "a/b?c"]) {
        online.push(RawConnection::log_in(transport, stage.server.addresses(), user).await);
    }
    let question = json!({ "users": ["a/b?c", "nobody", "alice", "小王"] });
    let answer = stage.post("/api/v1/users/online", &question).await.json();
    assert_eq!(answer, json!({ "online": ["a/b?c", "alice", "小王"] }));
}

#[tokio::test]
async fn a_session_is_told_with_where_it_comes_from_and_since_when() {
    let stage = Stage::start().await;
    let now = || {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_millis()
    };
    let before = now();
    for transport in TRANSPORTS {
        let user = format!("im {transport}/ü");
        let path = format!("/api/v1/users/im%20{transport}%2F%C3%BC/sessions");
        let offline = stage.get(&path).await.json();
        assert_eq!(offline, json!({ "user": user, "sessions": [] }));
        let _online = RawConnection::log_in(transport, stage.server.addresses(), &user).await;
        let told = stage.get(&path).await.json();
        assert_eq!(told["user"], user);
        let [session] = told["sessions"].as_array().unwrap().as_slice() else {
            panic!("{told}");
        };
        assert_eq!(session["transport"], transport.name());
        assert!(
            session["address"]
                .as_str()
                .unwrap()
                .starts_with("127.0.0.1:")
        );
        assert_eq!(session["tls"], false);
        assert_eq!(session["origin"], Value::Null);
        for time in ["since", "lastHeard"] {
            let time = u128::from(session[time].as_u64().unwrap());
            // The two clocks of the server are not read in the same moment.
            assert!((before - 5..=now() + 5).contains(&time), "{told}");
        }
    }
}

#[tokio::test]
async fn a_user_is_sent_away_with_a_code_and_a_reason() {
    let stage = Stage::start().await;
    for transport in STREAMS {
        for (query, expected) in [
            ("", json!({ "code": 2 })),
            (
                "?code=2001&reason=closing%20time%20%E2%8F%B0",
                json!({ "code": 2001, "reason": "closing time \u{23f0}" }),
            ),
        ] {
            let mut alice =
                RawConnection::log_in(transport, stage.server.addresses(), "alice").await;
            let path = format!("/api/v1/users/alice/sessions{query}");
            assert_eq!(stage.delete(&path).await.json(), json!({ "kicked": 1 }));
            let told = alice.receive_json().await;
            assert_eq!(told["type"], 54);
            let content: Value =
                serde_json::from_str(told["dataContent"].as_str().unwrap()).unwrap();
            assert_eq!(content, expected);
            alice.expect_closed().await;
            assert_eq!(stage.delete(&path).await.json(), json!({ "kicked": 0 }));
        }
    }
}

#[tokio::test]
async fn a_session_is_ended_and_not_another_in_its_place() {
    let stage = Stage::start().await;
    let addresses = stage.server.addresses();
    let mut alice = RawConnection::log_in(STREAMS[0], addresses, "alice").await;
    let path = "/api/v1/users/alice/sessions";
    let told = stage.get(path).await.json();
    let id = told["sessions"][0]["id"].as_u64().unwrap();
    let other = format!("{path}/{}", id + 1);
    stage
        .delete(&other)
        .await
        .complains(404, "no session with this number");
    let elsewhere = format!("/api/v1/users/bob/sessions/{id}");
    stage.delete(&elsewhere).await.problem(404);
    let kicked = stage.delete(&format!("{path}/{id}?code=1025")).await;
    assert_eq!(kicked.json(), json!({ "kicked": 1 }));
    assert_eq!(alice.receive_json().await["type"], 54);
    let _again = RawConnection::log_in(STREAMS[0], addresses, "alice").await;
    stage.delete(&format!("{path}/{id}")).await.problem(404);
    assert!(stage.server.handle().is_online("alice"));
}

#[tokio::test]
async fn what_is_wrong_with_a_path_or_a_query_is_told() {
    let stage = Stage::start().await;
    let long = "x".repeat(257);
    for (path, what) in [
        ("alice/sessions/seven".to_owned(), "the number of a session"),
        (
            "alice/sessions?code=1".to_owned(),
            "a code that is 2, or 1025 or more",
        ),
        ("alice/sessions?code=1024".to_owned(), "a code that is 2"),
        ("alice/sessions?code=x".to_owned(), "code: invalid digit"),
        (
            "alice/sessions?code=3000000000".to_owned(),
            "code: number too large",
        ),
        ("alice/sessions?why=spam".to_owned(), "unknown field `why`"),
        (
            format!("alice/sessions?reason={long}"),
            "a reason of 256 bytes",
        ),
        ("alice/sessions?reason=a%0Ab".to_owned(), "on one line"),
        (format!("{long}/sessions"), "no user can have an id"),
        ("0/sessions".to_owned(), "no user can have an id"),
        ("%ff/sessions".to_owned(), "UTF-8"),
    ] {
        let answer = stage.delete(&format!("/api/v1/users/{path}")).await;
        answer.complains(400, what);
    }
}
