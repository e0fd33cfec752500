//! What an address is sent over UDP before it has proved that it receives: anybody can forge it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use mobileim_protocol::mailbox::Envelope;
use mobileim_protocol::{Message, MessageType, SERVER, Transport, encode};
use mobileim_server::store::{MemoryStore, Request, Store as _};
use mobileim_server::{Push, Running};
use mobileim_tests::application;
use mobileim_tests::raw::{RawConnection, data, login};
use serde_json::{Value, json};
use tokio::net::UdpSocket;

use crate::start;

/// How long nothing comes when nothing more is to come, if only that can be waited for.
const QUIET: Duration = Duration::from_millis(300);
/// The same if a mailbox repeats itself: a second after it has sent.
const QUIET_MAILBOX: Duration = Duration::from_millis(1300);

/// An address, with an account of what went to and fro.
struct Address {
    socket: UdpSocket,
    sent: usize,
    received: usize,
}

impl Address {
    async fn open(server: SocketAddr) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        socket.connect(server).await.unwrap();
        Self {
            socket,
            sent: 0,
            received: 0,
        }
    }

    async fn send(&mut self, body: &[u8]) {
        self.sent += self.socket.send(body).await.unwrap();
    }

    /// What comes next, unless nothing does for this long.
    async fn next(&mut self, patience: Duration) -> Option<String> {
        let mut buffer = vec![0; 65_535];
        let len = tokio::time::timeout(patience, self.socket.recv(&mut buffer)).await;
        let len = len.ok()?.unwrap();
        self.received += len;
        buffer.truncate(len);
        Some(String::from_utf8(buffer).unwrap())
    }

    /// What comes until this long nothing has.
    async fn rest(&mut self, quiet: Duration) -> Vec<Value> {
        let mut bodies = Vec::new();
        while let Some(body) = self.next(quiet).await {
            bodies.push(serde_json::from_str(&body).unwrap());
        }
        bodies
    }
}

fn udp(server: &Running) -> SocketAddr {
    server.addresses().udp.expect("the listener is on")
}

/// A message as clients write it.
fn canonical(kind: MessageType, content: &str) -> String {
    encode(&Message::new(kind, "alice", SERVER).with_content(content))
}

/// A LOGIN as the original's clients write it.
fn original_login(user: &str) -> String {
    let request = json!({ "loginUserId": user, "loginToken": "t", "firstLoginTime": 0 });
    encode(&Message::new(MessageType::Login, user, SERVER).with_content(request.to_string()))
}

/// An acknowledgement as clients write it.
fn acknowledge(message: &Value) -> String {
    let [to, from, fp] = ["to", "from", "fp"].map(|field| message[field].as_str().unwrap());
    encode(&Message::received(to, from, fp, false))
}

/// A server with a mailbox that is full of long messages, each of another sender.
async fn with_full_mailbox(messages: usize) -> Running {
    let store = Arc::new(MemoryStore::default());
    let messages = (0..messages).map(|n| {
        let (from, fp) = (format!("sender-{n}"), format!("fp-{n}"));
        let text = "x".repeat(800);
        let message = Message::new(MessageType::CommonData, &*from, "bob").with_content(text);
        Envelope {
            body: Bytes::from(encode(&message.with_qos(&*fp))),
            from: from.as_str().into(),
            fp: fp.as_str().into(),
            bridge: false,
            expires_at: None,
            on_behalf: false,
            lane: None,
            change: None,
        }
    });
    let messages = messages.collect();
    store.submit(&"bob".into(), Request::Append { messages });
    let server = application::server().store(store);
    server.start().await.expect("free ports")
}

#[tokio::test]
async fn what_may_itself_be_an_answer_is_not_answered() {
    let server = start().await;
    for kind in [4, 50, 51, 52, 53, 54, 99, -7] {
        let mut stranger = Address::open(udp(&server)).await;
        let kind = MessageType::from_code(kind);
        stranger.send(canonical(kind, "{}").as_bytes()).await;
        let echo = canonical(MessageType::Echo, "the end");
        stranger.send(echo.as_bytes()).await;
        let answer = stranger.next(Duration::from_secs(5)).await;
        assert!(answer.is_some_and(|answer| answer.contains("the end")));
    }
}

#[tokio::test]
async fn nothing_from_a_stranger_is_answered_with_more_than_it_had() {
    let server = start().await;
    let long = "长".repeat(600);
    let mut answered = 0;
    for content in ["", "{}", "x", r#""\"#, &long] {
        for kind in 0..=6 {
            let kind = MessageType::from_code(kind);
            let message = Message::new(kind, "alice", "bob").with_content(content);
            for body in [
                encode(&message),
                encode(&message.clone().with_qos("1")),
                json!({ "type": kind.code(), "dataContent": content }).to_string(),
                json!({ "type": kind.code() }).to_string(),
            ] {
                let mut stranger = Address::open(udp(&server)).await;
                stranger.send(body.as_bytes()).await;
                // Two answers never come, and the second datagram's does when it is paid for.
                let echo = canonical(MessageType::Echo, "the end");
                stranger.send(echo.as_bytes()).await;
                loop {
                    let answer = stranger.next(Duration::from_secs(5)).await.unwrap();
                    if answer.contains("the end") {
                        break;
                    }
                    answered += 1;
                    assert!(answer.len() <= body.len(), "{answer} for {body}");
                }
            }
        }
    }
    assert!(answered > 30, "{answered}");
}

#[tokio::test]
async fn a_client_of_the_original_is_told_to_log_in_by_as_much_as_it_sent() {
    let server = start().await;
    let heartbeat = canonical(MessageType::KeepAlive, "{}");
    let mut stranger = Address::open(udp(&server)).await;
    stranger.send(heartbeat.as_bytes()).await;
    let answer = stranger.next(Duration::from_secs(5)).await.unwrap();
    assert!(answer.len() <= heartbeat.len());
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!((&answer["type"], &answer["to"]), (&json!(52), &json!("-1")));
    let content: Value = serde_json::from_str(answer["dataContent"].as_str().unwrap()).unwrap();
    assert_eq!(content, json!({ "errorCode": 301, "errorMsg": "" }));
}

#[tokio::test]
async fn a_refused_login_is_told_so_by_as_much_as_it_sent() {
    let server = start().await;
    for user in ["a", "alice"] {
        let body = login(user, "bad", 0).to_string();
        let mut stranger = Address::open(udp(&server)).await;
        stranger.send(body.as_bytes()).await;
        let answer = stranger.next(Duration::from_secs(5)).await.unwrap();
        assert!(answer.contains("1025"), "{answer}");
        assert!(answer.len() <= body.len(), "{answer} for {body}");
    }
}

#[tokio::test]
async fn a_forged_login_sends_its_victim_three_times_what_it_had_at_most() {
    let server = with_full_mailbox(200).await;
    for body in [
        r#"{"dataContent":"{\"loginUserId\":\"bob\"}"}"#.to_owned(),
        login("bob", "t", 0).to_string(),
        original_login("bob"),
    ] {
        let mut victim = Address::open(udp(&server)).await;
        victim.send(body.as_bytes()).await;
        let came = victim.rest(QUIET_MAILBOX).await;
        assert_eq!(came[0]["type"], 50, "the login is answered");
        let Address { sent, received, .. } = victim;
        assert!(received <= 3 * sent, "{received} for {sent}");
    }
}

#[tokio::test]
async fn what_a_forger_knows_is_no_proof() {
    let server = with_full_mailbox(200).await;
    let mut victim = Address::open(udp(&server)).await;
    victim.send(original_login("bob").as_bytes()).await;
    // It sent these messages itself, and has paid for them then.
    let known: usize = 3;
    for n in 0..known {
        let (from, fp) = (format!("sender-{n}"), format!("fp-{n}"));
        let acknowledgement = encode(&Message::received("bob", from, fp, false));
        victim.send(acknowledgement.as_bytes()).await;
    }
    for guess in ["fp-4", "", "00000000-0000-4000-8000-000000000000"] {
        let acknowledgement = encode(&Message::received("bob", SERVER, guess, false));
        victim.send(acknowledgement.as_bytes()).await;
    }
    let heartbeat = canonical(MessageType::KeepAlive, "{}");
    victim.send(heartbeat.as_bytes()).await;
    victim.rest(QUIET_MAILBOX).await;
    let paid = victim.sent + known * 1000;
    assert!(
        victim.received <= 3 * paid,
        "{} for {paid}",
        victim.received
    );
}

#[tokio::test]
async fn whoever_receives_has_its_whole_mailbox_at_once() {
    // As many as the buffers of a socket hold.
    const MESSAGES: usize = 60;
    let server = with_full_mailbox(MESSAGES).await;
    let mut bob = Address::open(udp(&server)).await;
    bob.send(original_login("bob").as_bytes()).await;
    let (mut came, mut proofs) = (0, 0);
    // Each message comes when it is asked for by nothing but what clients of the original do.
    while came < MESSAGES {
        let body = bob.next(Duration::from_millis(900)).await;
        let message: Value = serde_json::from_str(&body.expect("there is more")).unwrap();
        if message["QoS"] == true {
            bob.send(acknowledge(&message).as_bytes()).await;
        }
        match message["type"].as_i64() {
            Some(2) => came += 1,
            // What the application is not shown.
            Some(51) => proofs += 1,
            _ => {}
        }
    }
    assert_eq!(proofs, 1);
    assert_eq!(bob.rest(QUIET).await, Vec::<Value>::new());
}

#[tokio::test]
async fn what_waited_for_a_proof_comes_when_what_is_sent_has_paid_for_it() {
    let server = with_full_mailbox(1).await;
    let mut bob = Address::open(udp(&server)).await;
    bob.send(original_login("bob").as_bytes()).await;
    // Not even a request for a proof is answered.
    let mut came = bob.rest(QUIET).await;
    assert!(came.iter().all(|message| message["type"] != 2), "{came:?}");
    while came.iter().all(|message| message["type"] != 2) {
        bob.send(canonical(MessageType::KeepAlive, "{}").as_bytes())
            .await;
        let body = bob.next(Duration::from_secs(5)).await.unwrap();
        came.push(serde_json::from_str(&body).unwrap());
        assert!(bob.received <= 3 * bob.sent, "{came:?}");
    }
}

#[tokio::test]
async fn after_the_proof_nothing_is_held_back() {
    let server = with_full_mailbox(1).await;
    let mut bob = Address::open(udp(&server)).await;
    bob.send(original_login("bob").as_bytes()).await;
    for message in bob.rest(QUIET).await {
        if message["QoS"] == true {
            bob.send(acknowledge(&message).as_bytes()).await;
        }
    }
    bob.rest(QUIET).await;
    let push = Push {
        content: "x".repeat(800),
        typeu: -1,
        qos: false,
        ttl: None,
        refs: None,
    };
    for _ in 0..50 {
        server.handle().send("bob", &push);
    }
    let before = bob.sent;
    assert_eq!(bob.rest(QUIET).await.len(), 50);
    assert_eq!(bob.sent, before);
}

/// Two servers between which every datagram is passed on, as if each had the other's address.
async fn loop_between(
    one: SocketAddr,
    other: SocketAddr,
    users: Option<[&str; 2]>,
    first: &[u8],
) -> usize {
    let (mut at_one, mut at_other) = (Address::open(one).await, Address::open(other).await);
    if let Some([at_one_user, at_other_user]) = users {
        for (address, user) in [(&mut at_one, at_one_user), (&mut at_other, at_other_user)] {
            address.send(original_login(user).as_bytes()).await;
            address.next(Duration::from_secs(5)).await.unwrap();
        }
    }
    at_one.send(first).await;
    let mut passed = 0;
    loop {
        let mut idle = true;
        while let Some(body) = at_one.next(QUIET / 2).await {
            idle = false;
            at_other.send(body.as_bytes()).await;
            passed += 1;
            assert!(passed < 1000, "no end: {body}");
            if let Some(body) = at_other.next(QUIET / 2).await {
                at_one.send(body.as_bytes()).await;
                passed += 1;
            }
        }
        while let Some(body) = at_other.next(QUIET / 2).await {
            idle = false;
            at_one.send(body.as_bytes()).await;
            passed += 1;
        }
        if idle {
            return passed;
        }
    }
}

#[tokio::test]
async fn two_servers_do_not_talk_to_each_other() {
    let (one, other) = (start().await, start().await);
    for kind in [1, 2, 4, 5, 50, 51, 52, 53, 54] {
        let first = canonical(MessageType::from_code(kind), "{}");
        let passed = loop_between(udp(&one), udp(&other), None, first.as_bytes()).await;
        assert!(passed <= 1, "{passed} after {first}");
    }
}

#[tokio::test]
async fn two_servers_with_each_others_address_logged_in_come_to_an_end() {
    let (one, other) = (start().await, start().await);
    for qos in [false, true] {
        let mut message =
            Message::new(MessageType::CommonData, "x", "x").with_content("to and fro");
        if qos {
            message = message.with_qos("1");
        }
        let first = encode(&message);
        let passed = loop_between(udp(&one), udp(&other), Some(["x", "x"]), first.as_bytes()).await;
        assert!(passed < 50, "{passed}");
    }
}

#[tokio::test]
async fn another_program_that_complains_of_everything_is_left_alone() {
    let server = start().await;
    let mut other = Address::open(udp(&server)).await;
    other.send(original_login("x").as_bytes()).await;
    let mut answers = 0;
    while other.next(QUIET).await.is_some() {
        answers += 1;
        assert!(answers < 200, "no end");
        other.send(b"ERROR: I do not understand").await;
    }
    assert!(answers > 1);
    // A client that makes sense again is heard.
    other
        .send(canonical(MessageType::KeepAlive, "{}").as_bytes())
        .await;
    assert!(other.next(Duration::from_secs(5)).await.is_some());
}

#[tokio::test]
async fn a_busy_sender_is_acknowledged_although_it_proves_nothing() {
    let server = start().await;
    let mut alice = RawConnection::log_in(Transport::Udp, server.addresses(), "alice").await;
    for n in 0..100 {
        let fp = n.to_string();
        alice.send(&data("alice", "0", &fp, "to the server")).await;
        assert_eq!(alice.receive_json().await["dataContent"], fp.as_str());
    }
}

#[tokio::test]
async fn a_receiver_that_acknowledges_messages_alone_has_them_all() {
    let server = with_full_mailbox(30).await;
    let mut bob = Address::open(udp(&server)).await;
    bob.send(original_login("bob").as_bytes()).await;
    let mut came = 0;
    while came < 30 {
        let body = bob
            .next(Duration::from_secs(5))
            .await
            .expect("there is more");
        let message: Value = serde_json::from_str(&body).unwrap();
        if message["type"] == 2 {
            bob.send(acknowledge(&message).as_bytes()).await;
            came += 1;
        } else {
            // A third party's client, which knows nothing of proofs, sends its heartbeat.
            let heartbeat = canonical(MessageType::KeepAlive, "{}");
            bob.send(heartbeat.as_bytes()).await;
        }
    }
}
