//! Messages between users and to the server.

use std::sync::Arc;
use std::time::Duration;

use mobileim_protocol::Transport;
use mobileim_server::Outcome;
use mobileim_server::store::NoStore;
use mobileim_tests::application::{self, REFUSAL};
use mobileim_tests::raw::{RawConnection, data, received};
use serde_json::{Value, json};

use crate::{TRANSPORTS, start};

#[tokio::test]
async fn nobody_sends_in_anothers_name() {
    let server = start().await;
    for transport in TRANSPORTS {
        let mut mallory = RawConnection::log_in(transport, server.addresses(), "mallory").await;
        let mut bob = RawConnection::log_in(transport, server.addresses(), "bob").await;
        mallory
            .send(&data("alice", "bob", &format!("{transport}"), "hi"))
            .await;
        assert_eq!(bob.receive_json().await["from"], "mallory");
    }
}

#[tokio::test]
async fn a_message_crosses_between_all_transports_and_its_acknowledgement_comes_back() {
    let server = start().await;
    for from in TRANSPORTS {
        for to in TRANSPORTS {
            let mut alice = RawConnection::log_in(from, server.addresses(), "alice").await;
            let mut bob = RawConnection::log_in(to, server.addresses(), "bob").await;
            let fp = format!("{from}-{to}");
            alice.send(&data("alice", "bob", &fp, "hi")).await;
            assert_eq!(bob.receive_json().await["fp"], fp.as_str());
            bob.send(&received("bob", "alice", &fp)).await;
            let acknowledgement = alice.receive_json().await;
            let expected = json!({
                "bridge": false, "type": 4, "dataContent": fp, "from": "bob", "to": "alice",
                "QoS": false, "typeu": -1, "sm": -1,
            });
            assert_eq!(acknowledgement, expected);
            for connection in [&mut alice, &mut bob] {
                connection.send(&json!({ "type": 3 })).await;
            }
        }
    }
}

#[tokio::test]
async fn a_message_waits_for_its_receiver_and_is_acknowledged_meanwhile() {
    let server = start().await;
    for transport in TRANSPORTS {
        let (from, to) = (format!("alice-{transport}"), format!("bob-{transport}"));
        let mut alice = RawConnection::log_in(transport, server.addresses(), &from).await;
        for fp in ["1", "2", "3"] {
            alice.send(&data(&from, &to, fp, "hi")).await;
            assert_eq!(alice.receive_json().await["dataContent"], fp);
        }
        let mut bob = RawConnection::log_in(transport, server.addresses(), &to).await;
        for fp in ["1", "2", "3"] {
            assert_eq!(bob.receive_json().await["fp"], fp);
            bob.send(&received(&to, &from, fp)).await;
        }
        alice.send(&data(&from, &to, "4", "hi")).await;
        assert_eq!(bob.receive_json().await["fp"], "4");
    }
}

#[tokio::test]
async fn without_a_store_a_message_to_an_offline_user_is_met_with_silence() {
    let server = application::server()
        .store(Arc::new(NoStore))
        .start()
        .await
        .unwrap();
    let mut alice = RawConnection::log_in(Transport::Tcp, server.addresses(), "alice").await;
    alice.send(&data("alice", "bob", "1", "hi")).await;
    alice.expect_silence(Duration::from_millis(700)).await;
    let stats = server.handle().stats();
    assert_eq!(stats.messages.total(), 1);
    assert_eq!(stats.with_outcome(Outcome::NoStore), 1);
}

#[tokio::test]
async fn a_message_to_the_server_is_acknowledged_again_when_it_is_repeated_on_another_connection() {
    let server = start().await;
    for _ in 0..2 {
        let mut alice = RawConnection::log_in(Transport::Tcp, server.addresses(), "alice").await;
        alice.send(&data("alice", "0", "1", "push:once")).await;
        assert_eq!(alice.receive_json().await["dataContent"], "1");
    }
    let mut alice = RawConnection::log_in(Transport::Tcp, server.addresses(), "alice").await;
    assert_eq!(alice.receive_json().await["dataContent"], "once");
    alice.expect_silence(Duration::from_millis(300)).await;
}

#[tokio::test]
async fn a_refused_message_comes_back_with_its_code() {
    let server = start().await;
    for transport in TRANSPORTS {
        let user = format!("alice-{transport}");
        let mut alice = RawConnection::log_in(transport, server.addresses(), &user).await;
        for (to, text) in [("bob", "spam"), ("bob", "slow spam"), ("0", "spam")] {
            alice.send(&data("mallory", to, "1", text)).await;
            let error = alice.receive_json().await;
            assert_eq!((&error["type"], &error["to"]), (&json!(52), &json!(user)));
            let content: Value =
                serde_json::from_str(error["dataContent"].as_str().unwrap()).unwrap();
            assert_eq!(content["errorCode"], REFUSAL);
            let refused: Value =
                serde_json::from_str(content["errorMsg"].as_str().unwrap()).unwrap();
            assert_eq!(
                (&refused["fp"], &refused["from"]),
                (&json!("1"), &json!(user))
            );
        }
        // It was not taken for accepted.
        alice.send(&json!({ "type": 1 })).await;
        assert_eq!(alice.receive_json().await["type"], 51);
    }
    assert_eq!(server.handle().stats().with_outcome(Outcome::Refused), 9);
}

#[tokio::test]
async fn a_refused_message_without_qos_is_dropped() {
    let server = start().await;
    let mut alice = RawConnection::log_in(Transport::Tcp, server.addresses(), "alice").await;
    alice
        .send(&json!({ "type": 2, "to": "bob", "dataContent": "spam" }))
        .await;
    alice.send(&json!({ "type": 1 })).await;
    assert_eq!(alice.receive_json().await["type"], 51);
}

#[tokio::test]
async fn the_application_may_change_a_message() {
    let server = start().await;
    let mut alice = RawConnection::log_in(Transport::Tcp, server.addresses(), "alice").await;
    let mut bob = RawConnection::log_in(Transport::Tcp, server.addresses(), "bob").await;
    alice.send(&data("alice", "bob", "1", "heck")).await;
    assert_eq!(bob.receive_json().await["dataContent"], "h**k");
}

#[tokio::test]
async fn types_that_only_a_server_or_a_later_version_sends_are_ignored() {
    let server = start().await;
    for transport in TRANSPORTS {
        let user = transport.to_string();
        let mut alice = RawConnection::log_in(transport, server.addresses(), &user).await;
        for kind in [50, 51, 52, 53, 54, 55, -7] {
            alice
                .send(&json!({ "type": kind, "dataContent": "{}" }))
                .await;
        }
        alice.send(&json!({ "type": 1 })).await;
        assert_eq!(alice.receive_json().await["type"], 51);
    }
}
