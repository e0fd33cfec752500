//! How long a message may be: for an original receiver, for one of ours, and for the server.

use mobileim_client::{Draft, LostReason, SendError, ServerAddress};
use mobileim_protocol::{MAX_BODY, Transport};
use mobileim_server::Limits;
use mobileim_tests::chaos::{Conditions, UdpProxy};
use mobileim_tests::raw::{RawConnection, data, login_with, received};
use mobileim_tests::{Person, application, within};
use serde_json::{Value, json};

use crate::{TRANSPORTS, start};

/// What an original client of each transport reads.
fn limit(transport: Transport) -> usize {
    match transport {
        Transport::Tcp => 6144,
        Transport::Udp => 1024,
        Transport::WebSocket => MAX_BODY,
    }
}

/// A text whose message, as the server sends it on, has this many bytes.
fn text_of(len: usize, to: &str, fp: &str) -> String {
    let empty = mobileim_protocol::Message::new(
        mobileim_protocol::MessageType::CommonData,
        "alice",
        to.to_owned(),
    )
    .with_content("")
    .with_qos(fp.to_owned())
    .with_typeu(0);
    let empty = mobileim_protocol::Message { sm: 0, ..empty };
    "x".repeat(len - mobileim_protocol::encode(&empty).len())
}

fn refusal(answer: &Value) -> Value {
    assert_eq!(answer["type"], 52, "{answer}");
    serde_json::from_str(answer["dataContent"].as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn nobody_is_told_delivered_for_what_an_original_receiver_cannot_read() {
    let server = start().await;
    let addresses = server.addresses();
    for transport in [Transport::Tcp, Transport::Udp] {
        let (name, limit) = (format!("bob-{transport}"), limit(transport));
        let mut bob = RawConnection::log_in(transport, addresses, &name).await;
        let mut alice = RawConnection::log_in(Transport::WebSocket, addresses, "alice").await;
        for (fp, len) in [
            ("too long", limit + 1),
            ("as long as may be", limit),
            ("short", 300),
        ] {
            alice
                .send(&data("alice", &name, fp, &text_of(len, &name, fp)))
                .await;
        }
        // The first is refused by its name, with the limit; nothing behind it waits.
        let error = refusal(&alice.receive_json().await);
        assert_eq!(
            (&error["errorCode"], &error["limit"]),
            (&json!(303), &json!(limit))
        );
        let named: Value = serde_json::from_str(error["errorMsg"].as_str().unwrap()).unwrap();
        assert_eq!(named["fp"], "too long");
        for fp in ["as long as may be", "short"] {
            let message = bob.receive_json().await;
            assert_eq!(message["fp"], fp, "{transport}");
            bob.send(&received(&name, "alice", fp)).await;
            assert_eq!(alice.receive_json().await["dataContent"], fp);
        }
        // While he is away too: he has had no client that takes it. With one that does, he gets it.
        drop(bob);
        while server.handle().is_online(&name) {
            tokio::task::yield_now().await;
            if transport == Transport::Udp {
                server.handle().kick(&name, None);
            }
        }
        let text = text_of(limit + 1, &name, "away");
        alice.send(&data("alice", &name, "away", &text)).await;
        let error = refusal(&alice.receive_json().await);
        assert_eq!(
            (&error["errorCode"], &error["limit"]),
            (&json!(303), &json!(limit))
        );
        let mut page = RawConnection::log_in(Transport::WebSocket, addresses, &name).await;
        alice
            .send(&data(
                "alice",
                &name,
                "new",
                &text_of(limit + 1, &name, "new"),
            ))
            .await;
        assert_eq!(page.receive_json().await["fp"], "new", "a page takes it");
    }
}

#[tokio::test]
async fn what_a_client_says_that_it_takes_is_what_it_is_sent() {
    let server = start().await;
    let addresses = server.addresses();
    for transport in TRANSPORTS {
        let name = format!("bob-{transport}");
        let mut bob = RawConnection::open(transport, addresses).await;
        let said = json!({ "loginUserId": name, "loginToken": "t", "maxBody": 700 });
        bob.send(&login_with(&said)).await;
        let answer = bob.receive_json().await;
        let content: Value = serde_json::from_str(answer["dataContent"].as_str().unwrap()).unwrap();
        assert_eq!(
            content["maxBody"], MAX_BODY,
            "{transport}: the server says its own"
        );
        let mut alice = RawConnection::log_in(Transport::Tcp, addresses, "alice").await;
        for (fp, len) in [("long", 701), ("short", 700)] {
            alice
                .send(&data("alice", &name, fp, &text_of(len, &name, fp)))
                .await;
        }
        let error = refusal(&alice.receive_json().await);
        assert_eq!(
            (&error["errorCode"], &error["limit"]),
            (&json!(303), &json!(700))
        );
        assert_eq!(bob.receive_json().await["fp"], "short");
    }
}

#[tokio::test]
async fn messages_may_be_as_long_as_it_is_said_and_clients_are_told() {
    let mut limits = Limits::default();
    (limits.max_body, limits.websocket_body, limits.tcp_body) = (8000, 8000, 7000);
    let server = application::server().limits(limits).start().await.unwrap();
    let addresses = server.addresses();
    let echo = |len: usize| {
        let empty = json!({ "type": 5, "dataContent": "" }).to_string().len();
        json!({ "type": 5, "dataContent": "x".repeat(len - empty) }).to_string()
    };
    for (transport, of_original) in [(Transport::Tcp, 7000), (Transport::WebSocket, 8000)] {
        for (said, longest) in [(json!(null), of_original), (json!(MAX_BODY), 8000)] {
            let mut client = RawConnection::open(transport, addresses).await;
            let login = json!({ "loginUserId": "alice", "loginToken": "t", "maxBody": said });
            client.send(&login_with(&login)).await;
            let answer = client.receive_json().await;
            let content = answer["dataContent"].as_str().unwrap();
            let content: Value = serde_json::from_str(content).unwrap();
            let told = content["maxBody"].as_u64();
            assert_eq!(told, said.as_u64().map(|_| 8000), "{transport}");
            client.send_body(&echo(longest)).await;
            assert_eq!(client.receive_json().await["type"], 53, "{transport}");
            client.send_body(&echo(longest + 1)).await;
            let error = refusal(&client.receive_json().await);
            assert_eq!(error["errorCode"], 4, "{transport}");
            client.expect_closed().await;
        }
    }
}

#[tokio::test]
async fn an_original_client_is_told_nothing_of_lengths() {
    let server = start().await;
    for transport in TRANSPORTS {
        let mut alice = RawConnection::open(transport, server.addresses()).await;
        alice
            .send(&login_with(
                &json!({ "loginUserId": "alice", "loginToken": "t" }),
            ))
            .await;
        let answer = alice.receive_json().await;
        assert!(!answer.to_string().contains("maxBody"), "{answer}");
    }
}

#[tokio::test]
async fn our_client_is_told_that_an_original_receiver_cannot_read_it() {
    let server = start().await;
    let addresses = server.addresses();
    let _bob = RawConnection::log_in(Transport::Udp, addresses, "bob").await;
    let alice = Person::online(
        "alice",
        ServerAddress::from_socket_addr(Transport::Tcp, addresses.tcp.unwrap()),
    )
    .await;
    let sent = alice.client.send(Draft::new("bob", "x".repeat(3000)));
    let error = within("answer", sent).await.unwrap_err();
    assert_eq!(
        error,
        SendError::Lost(LostReason::TooLongForReceiver { limit: 1024 })
    );
    assert_eq!(
        error.to_string(),
        "given up: the receiver's client takes at most 1024 bytes"
    );
}

#[tokio::test]
async fn a_long_text_crosses_a_network_that_loses_two_datagrams_of_ten() {
    let server = start().await;
    let proxy = UdpProxy::start(server.addresses().udp.unwrap(), 11)
        .await
        .unwrap();
    let address = ServerAddress::from_socket_addr(Transport::Udp, proxy.address());
    let mut alice = Person::online("alice", address.clone()).await;
    let mut bob = Person::online("bob", address).await;
    proxy.set_both(Conditions {
        loss: 0.2,
        duplication: 0.1,
        ..Conditions::PERFECT
    });
    // 51 datagrams each.
    let text = "x".repeat(60_000);
    drop(alice.client.send(Draft::new("bob", &text)));
    drop(bob.client.send(Draft::new("alice", &text)));
    bob.hears("alice", [&text]).await;
    alice.hears("bob", [&text]).await;
}
