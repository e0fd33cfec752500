//! Who is told who is online, over real sockets.

use std::sync::Arc;
use std::time::Duration;

use mobileim_server::{Config, Deferred, Hooks, Running, ServerHandle, VisibleTo};
use mobileim_tests::application;
use mobileim_tests::raw::{RawConnection, login_with};
use serde_json::{Value, json};

use crate::TRANSPORTS;

fn config(visible_to: VisibleTo) -> Config {
    let mut config = Config::default();
    config.presence.visible_to = visible_to;
    config.presence.offline_after = Duration::from_millis(50);
    config
}

/// Logs in as a client of ours.
async fn log_in(
    server: &Running,
    transport: mobileim_protocol::Transport,
    user: &str,
) -> RawConnection {
    let mut connection = RawConnection::open(transport, server.addresses()).await;
    let login = login_with(&json!({
        "loginUserId": user, "loginToken": "t", "firstLoginTime": 0, "maxBody": 65_536,
    }));
    connection.send(&login).await;
    assert_eq!(connection.receive_json().await["type"], 50);
    connection
}

/// The content of the next message, which has this type.
async fn told(connection: &mut RawConnection, kind: u32) -> Value {
    let message = connection.receive_json().await;
    assert_eq!(message["type"], kind, "{message}");
    serde_json::from_str(message["dataContent"].as_str().unwrap()).unwrap()
}

async fn watch(connection: &mut RawConnection, user: &str, users: &[&str]) -> Value {
    let question = json!({ "ask": "presence", "users": users }).to_string();
    let message =
        json!({ "type": 30, "dataContent": question, "from": user, "to": "0", "fp": "id" });
    connection.send(&message).await;
    told(connection, 80).await
}

#[tokio::test]
async fn whoever_watches_is_told_who_comes_and_goes_on_each_transport() {
    let server = application::server().config(config(VisibleTo::Everyone));
    let server = server.start().await.expect("free ports");
    for transport in TRANSPORTS {
        let (alice, bob) = (format!("alice-{transport}"), format!("bob-{transport}"));
        let mut watcher = log_in(&server, transport, &alice).await;
        let answer = watch(&mut watcher, &alice, &[&bob]).await;
        let expected = json!({"users": [{"user": bob, "online": false}], "hidden": []});
        assert_eq!(answer["answer"], expected);
        // An original client is seen as well.
        let mut other = RawConnection::log_in(transport, server.addresses(), &bob).await;
        let came = told(&mut watcher, 81).await;
        assert_eq!(
            came,
            json!({"signal": "presence", "with": bob, "online": true})
        );
        other.send(&json!({ "type": 3, "from": bob })).await;
        let went = told(&mut watcher, 81).await;
        assert_eq!(
            (&went["with"], &went["online"]),
            (&json!(bob), &json!(false))
        );
        let last_seen = went["lastSeen"].as_i64().unwrap();
        let answer = watch(&mut watcher, &alice, &[&bob]).await;
        assert_eq!(answer["answer"]["users"][0]["lastSeen"], last_seen);
        assert!(last_seen > 1_700_000_000_000, "it is in ms since 1970");
    }
}

#[tokio::test]
async fn nobody_is_told_unless_that_is_configured() {
    let server = application::server().start().await.expect("free ports");
    for transport in TRANSPORTS {
        let mut alice = log_in(&server, transport, "alice").await;
        let answer = watch(&mut alice, "alice", &["bob"]).await;
        assert_eq!(answer["error"]["code"], 315);
    }
}

/// Shows those whose ids begin as that of who asks.
struct Families;

impl Hooks for Families {
    fn visible(
        &self,
        _server: &ServerHandle,
        user: &Arc<str>,
        users: &[Arc<str>],
    ) -> Deferred<Option<Vec<Arc<str>>>> {
        let family = user.chars().next();
        let users = users.to_vec();
        Deferred::pending(async move {
            tokio::task::yield_now().await;
            let visible = users.into_iter();
            Some(
                visible
                    .filter(|user| user.chars().next() == family)
                    .collect(),
            )
        })
    }
}

#[tokio::test]
async fn the_application_says_who_may_see_whom() {
    let server = application::server()
        .config(config(VisibleTo::Asked))
        .hooks(Families);
    let server = server.start().await.expect("free ports");
    for transport in TRANSPORTS {
        let anna = format!("anna-{transport}");
        let mut alice = log_in(&server, transport, "alice").await;
        let _bob = log_in(&server, transport, "bob").await;
        let answer = watch(&mut alice, "alice", &[&anna, "bob"]).await;
        let expected = json!({"users": [{"user": anna, "online": false}], "hidden": ["bob"]});
        assert_eq!(answer["answer"], expected, "{transport}");
        let _anna = log_in(&server, transport, &anna).await;
        assert_eq!(told(&mut alice, 81).await["with"], anna);
    }
}
