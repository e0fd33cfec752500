//! LOGIN, the kick rules and LOGOUT.

use std::time::Duration;

use mobileim_server::Push;
use mobileim_tests::application::ANY_PORT;
use mobileim_tests::raw::{RawConnection, Received, data, login, login_with};
use serde_json::{Value, json};

use crate::{STREAMS, TRANSPORTS, start};

async fn expect_kicked(connection: &mut RawConnection) {
    let kicked = connection.receive_json().await;
    assert_eq!(
        (&kicked["type"], &kicked["dataContent"]),
        (&json!(54), &json!(r#"{"code":1}"#))
    );
}

#[tokio::test]
async fn a_new_login_elsewhere_kicks_the_old_connection() {
    let server = start().await;
    for transport in TRANSPORTS {
        let mut old = RawConnection::log_in(transport, server.addresses(), "alice").await;
        let mut new = RawConnection::log_in(transport, server.addresses(), "alice").await;
        expect_kicked(&mut old).await;
        new.send(&json!({ "type": 1 })).await;
        assert_eq!(new.receive_json().await["type"], 51);
    }
}

#[tokio::test]
async fn a_reconnect_replaces_its_old_connection_silently() {
    let server = start().await;
    for transport in STREAMS {
        let mut old = RawConnection::open(transport, server.addresses()).await;
        let (_, first) = old.log_in_as("alice", "t", 0).await;
        let mut new = RawConnection::open(transport, server.addresses()).await;
        assert_eq!(new.log_in_as("alice", "t", first).await, (0, first));
        old.expect_closed().await;
        assert!(server.handle().is_online("alice"));
    }
}

#[tokio::test]
async fn a_reconnect_of_a_client_that_was_superseded_is_kicked() {
    let server = start().await;
    for transport in TRANSPORTS {
        let mut newer = RawConnection::open(transport, server.addresses()).await;
        let (_, first) = newer.log_in_as("alice", "t", 0).await;
        let mut older = RawConnection::open(transport, server.addresses()).await;
        assert_eq!(
            older.log_in_as("alice", "t", first - 1).await,
            (0, first - 1)
        );
        expect_kicked(&mut older).await;
        if !transport.is_datagram() {
            older.expect_closed().await;
        }
        newer.send(&json!({ "type": 1 })).await;
        assert_eq!(newer.receive_json().await["type"], 51);
    }
}

#[tokio::test]
async fn every_login_on_a_connection_is_verified() {
    let server = start().await;
    for transport in STREAMS {
        let mut connection = RawConnection::log_in(transport, server.addresses(), "alice").await;
        assert_eq!(connection.log_in_as("bob", "bad", 0).await, (1025, -1));
        connection.expect_closed().await;
        assert!(!server.handle().is_online("bob"));
    }
    let mut address = RawConnection::log_in(
        mobileim_protocol::Transport::Udp,
        server.addresses(),
        "alice",
    )
    .await;
    assert_eq!(address.log_in_as("bob", "bad", 0).await, (1025, -1));
    assert!(!server.handle().is_online("bob"));
}

#[tokio::test]
async fn who_cannot_be_verified_now_is_told_so_but_an_original_client_is_disconnected() {
    let server = start().await;
    for transport in TRANSPORTS {
        let mut original = RawConnection::open(transport, server.addresses()).await;
        original.send(&login("alice", "later", 0)).await;
        if transport.is_datagram() {
            // Not to this one, but to the next: it tries again by itself.
            assert_eq!(original.log_in_as("alice", "t", 0).await.0, 0);
        } else {
            original.expect_closed().await;
        }
        let mut ours = RawConnection::open(transport, server.addresses()).await;
        let request = json!({"loginUserId": "bob", "loginToken": "later", "firstLoginTime": 0, "maxBody": 65_536});
        ours.send(&login_with(&request)).await;
        let answer = ours.receive_json().await;
        assert_eq!(
            answer["dataContent"],
            r#"{"code":1027,"firstLoginTime":-1}"#
        );
    }
}

#[tokio::test]
async fn a_connection_can_change_its_user() {
    let server = start().await;
    for transport in TRANSPORTS {
        let mut connection = RawConnection::log_in(transport, server.addresses(), "alice").await;
        assert_eq!(connection.log_in_as("bob", "t", 0).await.0, 0);
        assert!(!server.handle().is_online("alice"));
        assert!(server.handle().is_online("bob"));
        connection.send(&json!({ "type": 3 })).await;
        if !transport.is_datagram() {
            connection.expect_closed().await;
        }
    }
}

#[tokio::test]
async fn a_login_that_is_sent_twice_is_answered_twice_with_the_same_time() {
    let server = start().await;
    for transport in TRANSPORTS {
        let mut connection = RawConnection::open(transport, server.addresses()).await;
        let answer = connection.log_in_as("alice", "t", 0).await;
        assert_eq!(connection.log_in_as("alice", "t", 0).await, answer);
        connection.expect_silence(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn nobody_logs_in_as_the_server_or_nobody() {
    let server = start().await;
    for user in ["0", "-1"] {
        let mut connection = RawConnection::open(STREAMS[0], server.addresses()).await;
        assert_eq!(connection.log_in_as(user, "t", 0).await, (1025, -1));
        connection.expect_closed().await;
    }
}

#[tokio::test]
async fn what_follows_a_slow_login_waits_for_it() {
    let server = start().await;
    for transport in TRANSPORTS {
        let mut connection = RawConnection::open(transport, server.addresses()).await;
        connection.send(&login("alice", "slow", 0)).await;
        connection.send(&json!({ "type": 1 })).await;
        let answers = [
            connection.receive_json().await,
            connection.receive_json().await,
        ];
        assert_eq!(
            answers.map(|answer| answer["type"].as_i64()),
            [Some(50), Some(51)]
        );
    }
}

#[tokio::test]
async fn without_a_login_data_and_heartbeats_are_answered_with_301_and_echo_works() {
    let server = start().await;
    for transport in TRANSPORTS {
        let mut connection = RawConnection::open(transport, server.addresses()).await;
        connection
            .send(&json!({ "type": 5, "dataContent": "hi", "to": "0" }))
            .await;
        assert_eq!(connection.receive_json().await["type"], 53);
        connection.send(&data("alice", "bob", "1", "hi")).await;
        let error = connection.receive_json().await;
        let content: Value = serde_json::from_str(error["dataContent"].as_str().unwrap()).unwrap();
        assert_eq!(
            (&error["type"], &content["errorCode"]),
            (&json!(52), &json!(301))
        );
        if transport.is_datagram() {
            // No longer than what is answered, so there is no room for it.
            assert_eq!(content["errorMsg"], Value::Null);
            continue;
        }
        let offending: Value = serde_json::from_str(content["errorMsg"].as_str().unwrap()).unwrap();
        assert_eq!(
            (&offending["fp"], &offending["dataContent"]),
            (&json!("1"), &json!("hi"))
        );
        connection.expect_closed().await;
    }
}

#[tokio::test]
async fn after_a_logout_an_address_is_unknown() {
    let server = start().await;
    let mut address = RawConnection::log_in(
        mobileim_protocol::Transport::Udp,
        server.addresses(),
        "alice",
    )
    .await;
    address.send(&json!({ "type": 3 })).await;
    // Long enough for the shortest answer.
    address
        .send(&json!({ "type": 1, "dataContent": "{}", "from": "alice", "to": "0" }))
        .await;
    assert_eq!(address.receive_json().await["type"], 52);
    assert!(!server.handle().is_online("alice"));
}

#[tokio::test]
async fn an_administrator_kicks_with_a_reason() {
    let server = start().await;
    for transport in TRANSPORTS {
        let mut connection = RawConnection::log_in(transport, server.addresses(), "alice").await;
        assert!(server.handle().kick("alice", Some("spam")));
        let kicked = connection.receive_json().await;
        assert_eq!(kicked["dataContent"], r#"{"code":2,"reason":"spam"}"#);
        if !transport.is_datagram() {
            connection.expect_closed().await;
        }
        assert!(!server.handle().kick("alice", None));
    }
}

#[tokio::test]
async fn the_server_counts_its_sessions() {
    let server = start().await;
    let sessions = || {
        let stats = server.handle().stats();
        TRANSPORTS.map(|transport| stats.sessions.of(transport))
    };
    let mut connections = Vec::new();
    for transport in TRANSPORTS {
        let user = transport.to_string();
        connections.push(RawConnection::log_in(transport, server.addresses(), &user).await);
    }
    assert_eq!(sessions(), [1, 1, 1]);
    for transport in TRANSPORTS {
        server.handle().kick(&transport.to_string(), None);
    }
    assert_eq!(sessions(), [0, 0, 0]);
}

#[tokio::test]
async fn a_stopping_server_closes_its_connections_and_frees_its_ports() {
    let server = start().await;
    let addresses = *server.addresses();
    let mut tcp = RawConnection::log_in(STREAMS[0], &addresses, "alice").await;
    let mut ws = RawConnection::log_in(STREAMS[1], &addresses, "bob").await;
    let stopped = tokio::spawn(server.shutdown());
    assert_eq!(tcp.receive().await, Received::Closed(None));
    assert_eq!(ws.receive().await, Received::Closed(Some(1012)));
    drop((tcp, ws));
    stopped.await.unwrap();
    let again = mobileim_tests::application::server()
        .tcp(addresses.tcp)
        .udp(addresses.udp)
        .start()
        .await;
    assert!(again.is_ok(), "the ports are free again");
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let server = start().await;
    let taken = server.addresses().tcp;
    let error = mobileim_tests::application::server()
        .udp(ANY_PORT)
        .tcp(taken)
        .start()
        .await
        .err()
        .expect("the port is taken");
    let expected = format!("cannot listen on {} (tcp): ", taken.unwrap());
    assert!(error.to_string().starts_with(&expected), "{error}");
}

#[tokio::test]
async fn the_application_sends_as_the_server() {
    let server = start().await;
    let push = Push {
        content: "news".into(),
        typeu: 3,
        qos: false,
        ttl: None,
        refs: None,
    };
    assert_eq!(server.handle().send("alice", &push), None);
    let mut alice = RawConnection::log_in(STREAMS[0], server.addresses(), "alice").await;
    let fp = server
        .handle()
        .send("alice", &push)
        .expect("alice is online");
    let message = alice.receive_json().await;
    assert_eq!(
        (
            &message["from"],
            &message["dataContent"],
            &message["typeu"],
            &message["fp"]
        ),
        (&json!("0"), &json!("news"), &json!(3), &json!(fp))
    );
}

#[tokio::test]
async fn who_does_not_log_in_in_time_is_closed() {
    let mut config = mobileim_server::Config::default();
    config.login_timeout = Duration::from_millis(100);
    let server = mobileim_tests::application::server()
        .config(config)
        .start()
        .await
        .unwrap();
    let mut tcp = RawConnection::open(STREAMS[0], server.addresses()).await;
    let mut ws = RawConnection::open(STREAMS[1], server.addresses()).await;
    let mut user = RawConnection::log_in(STREAMS[0], server.addresses(), "alice").await;
    assert_eq!(tcp.expect_closed().await, None);
    assert_eq!(ws.expect_closed().await, Some(1008));
    user.send(&json!({ "type": 1 })).await;
    assert_eq!(user.receive_json().await["type"], 51);
}
