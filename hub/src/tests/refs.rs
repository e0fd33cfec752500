//! What messages refer to.

use mobileim_protocol::payload::{self, ErrorResponse};
use mobileim_protocol::{Message, MessageType, codes, decode, encode};
use serde_json::{Value, json};

use super::conversations::ask;
use super::home::{Home, Seat};
use crate::devices::Sessions;
use crate::refs::{Refs, ReplyTo};
use crate::sent::Sent;
use crate::server::Push;

fn says(home: &Home, seat: &mut Seat, to: &str, fp: &str, qos: bool, refs: &Value) {
    let user = seat.user.clone();
    let mut message = Message::new(MessageType::CommonData, &user, to).with_content("hi");
    message.fp = Some(fp.into());
    message.qos = qos;
    message.refs = Some(refs.to_string().into());
    let _ = seat.say(&home.world, &message);
}

/// What came to somebody since the last look, who acknowledges it: what each message refers to, and whether it is told.
fn told(home: &Home, seat: &mut Seat) -> Vec<Option<Value>> {
    let mut told = Vec::new();
    for body in seat.link.bodies() {
        let message = decode(&body).unwrap();
        if message.kind != MessageType::CommonData {
            continue;
        }
        let refs = message.refs.as_deref();
        told.push(refs.map(|refs| serde_json::from_str(refs).unwrap()));
        if let Some(fp) = message.fingerprint_to_acknowledge() {
            let from = message.from.as_deref().unwrap_or_default();
            let received = encode(&Message::received(&seat.user, from, fp, false));
            let _ = seat.connection.receive(home.world.now, received.as_bytes());
        }
    }
    told
}

fn mentions(user: &str) -> Value {
    json!({ "mentions": [user] })
}

#[test]
fn what_a_message_refers_to_comes_to_clients_that_know_it_and_the_message_to_all() {
    let reply = json!({ "replyTo": { "from": "bob", "fp": "7", "seq": 1 }, "mentionsAll": true });
    for home in [
        Home::with_conversations(Sessions::PerDevice),
        Home::of(Sessions::Single),
    ] {
        let mut alice = home.sit("alice", "a1", "web");
        let mut bob = home.sit("bob", "b1", "web");
        let mut old = home.sit("dave", "", "");
        for (to, seat, expected) in [
            ("bob", &mut bob, Some(reply.clone())),
            ("dave", &mut old, None),
        ] {
            says(&home, &mut alice, to, "1", true, &reply);
            says(&home, &mut alice, to, "2", false, &reply);
            let both = [expected.clone(), expected.clone()];
            assert_eq!(told(&home, seat), both, "to {to}");
            // Also what had to wait.
            let name = if to == "bob" { "b1" } else { "" };
            seat.connection
                .close(home.world.now, crate::link::CloseReason::Disconnected);
            says(&home, &mut alice, to, "3", true, &reply);
            *seat = home.sit(to, name, "");
            assert_eq!(told(&home, seat), [expected], "to {to}, who was away");
        }
    }
}

#[test]
fn an_original_client_refers_to_nothing() {
    let home = Home::with_conversations(Sessions::PerDevice);
    let mut old = home.sit("dave", "", "");
    let mut bob = home.sit("bob", "b1", "web");
    for (fp, refs) in [("1", mentions("bob")), ("2", json!({ "mentions": 7 }))] {
        says(&home, &mut old, "bob", fp, true, &refs);
    }
    assert_eq!(told(&home, &mut bob), [None, None]);
}

#[test]
fn what_nobody_can_refer_to_is_refused_by_name() {
    let home = Home::with_conversations(Sessions::PerDevice);
    let mut alice = home.sit("alice", "a1", "web");
    let mut bob = home.sit("bob", "b1", "web");
    alice.link.bodies();
    for refs in [mentions("0"), json!({ "replyTo": { "from": "bob" } })] {
        says(&home, &mut alice, "bob", "1", true, &refs);
        let [(MessageType::ErrorResponse, error)] = &alice.link.sent()[..] else {
            panic!("it is refused");
        };
        let error: ErrorResponse = payload::decode(Some(error)).unwrap();
        assert_eq!(error.code, codes::INVALID_MESSAGE);
        assert!(error.reason.is_some(), "{error:?}");
        let named = decode(error.message.as_bytes()).unwrap();
        assert_eq!(named.fp.as_deref(), Some("1"));
    }
    assert_eq!(told(&home, &mut bob), []);
}

#[test]
fn whoever_is_mentioned_is_told_how_often_until_it_is_read() {
    let home = Home::with_conversations(Sessions::PerDevice);
    home.make_group("#team", &["alice", "bob", "carol"]);
    let mut alice = home.sit("alice", "a1", "web");
    let mut bob = home.sit("bob", "b1", "web");
    let all = json!({ "mentions": ["bob"], "mentionsAll": true });
    for (fp, refs) in [("1", mentions("bob")), ("2", mentions("carol")), ("3", all)] {
        says(&home, &mut alice, "#team", fp, true, &refs);
    }
    says(&home, &mut bob, "#team", "4", true, &mentions("bob"));
    let count = |seat: &mut Seat| {
        let list = ask(&home, seat, &json!({ "ask": "conversations" })).unwrap();
        let team = &list["conversations"][0];
        (team["unread"].as_u64(), team["mentions"].as_u64())
    };
    let mut carol = home.sit("carol", "c1", "web");
    assert_eq!(count(&mut bob), (Some(3), Some(2)), "own ones do not count");
    assert_eq!(count(&mut carol), (Some(4), Some(2)));
    assert_eq!(count(&mut alice), (Some(1), None));
    let read = json!({ "ask": "markRead", "with": "#team", "seq": 3 });
    let read = ask(&home, &mut bob, &read).unwrap();
    assert_eq!((&read["unread"], &read["mentions"]), (&json!(1), &json!(1)));
    let page = json!({ "ask": "history", "with": "#team", "after": 1, "limit": 1 });
    let page = ask(&home, &mut bob, &page).unwrap();
    assert_eq!(page["messages"][0]["refs"], mentions("bob"));
}

#[test]
fn the_application_refers_to_messages_and_users_too() {
    let home = Home::of(Sessions::PerDevice);
    let mut bob = home.sit("bob", "b1", "web");
    let refs = Refs {
        reply_to: Some(ReplyTo {
            from: "bob".to_owned(),
            fp: "7".to_owned(),
            seq: None,
        }),
        ..Refs::default()
    };
    let push = Push {
        content: "hi".to_owned(),
        typeu: -1,
        qos: true,
        ttl: None,
        refs: Some(refs),
    };
    let sent = home.world.server.send_as("1", "bob", &push);
    assert_eq!(sent, Sent::OnItsWay);
    let expected = json!({ "replyTo": { "from": "bob", "fp": "7" } });
    assert_eq!(told(&home, &mut bob), [Some(expected)]);
}
