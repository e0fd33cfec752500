//! Read marks, and what else passes between clients.

use std::sync::Arc;

use mobileim_protocol::{Message, MessageType, SERVER, Signal, payload};
use serde_json::{Value, json};

use super::conversations::ask;
use super::home::{Home, Seat};
use crate::conversations::GroupChange;
use crate::devices::Sessions;

/// What was signalled to somebody since the last look.
pub(super) fn signals(seat: &Seat) -> Vec<Value> {
    let told = seat.link.sent().into_iter();
    told.filter(|(kind, _)| *kind == MessageType::Signalled)
        .map(|(_, content)| serde_json::from_str(&content).unwrap())
        .collect()
}

fn types(home: &Home, seat: &mut Seat, with: &str) {
    let typing = Signal::Typing {
        with: with.to_owned(),
        by: Some("somebody else".to_owned()),
    };
    let message =
        Message::new(MessageType::Signal, "", SERVER).with_content(payload::encode(&typing));
    let _ = seat.say(&home.world, &message);
}

#[test]
fn what_is_unread_is_what_others_have_written_behind_the_mark_on_all_devices() {
    let mut home = Home::with_conversations(Sessions::PerDevice);
    home.make_group("#team", &["alice", "bob"]);
    let mut alice = home.sit("alice", "a1", "web");
    let mut tablet = home.sit("alice", "a2", "ios");
    let mut bob = home.sit("bob", "b1", "web");
    let unread = |home: &Home, seat: &mut Seat| {
        let list = ask(home, seat, &json!({"ask": "conversations"})).unwrap();
        let team = &list["conversations"][0];
        (
            team["readSeq"].as_u64().unwrap(),
            team["unread"].as_u64().unwrap(),
        )
    };
    for text in ["one", "two", "three"] {
        bob.send(&home.world, "#team", text);
    }
    alice.send(&home.world, "#team", "mine");
    home.change_group(
        "#team",
        GroupChange {
            leave: vec![Arc::from("bob")],
            ..GroupChange::default()
        },
    )
    .unwrap();
    for seat in [&mut alice, &mut tablet] {
        seat.reads(&home.world);
        assert_eq!(unread(&home, seat), (0, 3), "neither her own nor changes");
    }
    signals(&tablet);
    let mark = |seq: u64| json!({"ask": "markRead", "with": "#team", "seq": seq});
    let marked = ask(&home, &mut alice, &mark(3)).unwrap();
    assert_eq!(marked, json!({"with": "#team", "readSeq": 3, "unread": 1}));
    let told = json!({"signal": "read", "with": "#team", "by": "alice", "seq": 3, "unread": 1});
    assert_eq!(signals(&tablet), [told]);
    assert_eq!(unread(&home, &mut tablet), (3, 1));
    let back = ask(&home, &mut tablet, &mark(1)).unwrap();
    assert_eq!(back["readSeq"], 3, "a mark goes forwards only");
    let all = ask(&home, &mut tablet, &mark(1000)).unwrap();
    assert_eq!(
        (&all["readSeq"], &all["unread"]),
        (&json!(6), &json!(0)),
        "no further than there is"
    );
    home.start_again();
    let mut alice = home.sit("alice", "a1", "web");
    assert_eq!(unread(&home, &mut alice), (6, 0));
}

#[test]
fn the_other_user_is_told_up_to_where_one_has_read() {
    let home = Home::with_conversations(Sessions::Single);
    let mut alice = home.sit("alice", "a1", "web");
    let mut bob = home.sit("bob", "b1", "web");
    alice.send(&home.world, "bob", "hi");
    bob.reads(&home.world);
    signals(&alice);
    let marked = ask(
        &home,
        &mut bob,
        &json!({"ask": "markRead", "with": "alice", "seq": 1}),
    );
    assert_eq!(marked.unwrap()["unread"], 0);
    let told = json!({"signal": "read", "with": "bob", "by": "bob", "seq": 1});
    assert_eq!(signals(&alice), [told]);
    assert_eq!(signals(&bob), Vec::<Value>::new(), "who asked was answered");
}

#[test]
fn whoever_is_online_and_knows_signals_is_told_who_types() {
    let home = Home::with_conversations(Sessions::PerDevice);
    home.make_group("#team", &["alice", "bob", "dave"]);
    let mut alice = home.sit("alice", "a1", "web");
    let bob = home.sit("bob", "b1", "web");
    let carol = home.sit("carol", "c1", "web");
    let dave = home.sit("dave", "", "");
    let everybody = [&bob, &carol, &dave].map(signals);
    assert!(everybody.iter().all(Vec::is_empty));
    types(&home, &mut alice, "bob");
    let typing = |with: &str| json!({"signal": "typing", "with": with, "by": "alice"});
    assert_eq!(
        [&bob, &carol, &dave].map(signals),
        [vec![typing("alice")], vec![], vec![]]
    );
    types(&home, &mut alice, "#team");
    let told = [&bob, &carol, &dave].map(signals);
    assert_eq!(
        told,
        [vec![typing("#team")], vec![], vec![]],
        "an original client knows of nothing"
    );
    assert_eq!(signals(&alice), Vec::<Value>::new());
    let mut carol = carol;
    types(&home, &mut carol, "#team");
    assert_eq!(signals(&bob), Vec::<Value>::new(), "she is no member");
    for garbage in [
        "",
        "{}",
        "{\"signal\":\"typing\"}",
        "{\"signal\":\"dancing\",\"with\":\"bob\"}",
    ] {
        let message = Message::new(MessageType::Signal, "", SERVER).with_content(garbage);
        let _ = alice.say(&home.world, &message);
        assert_eq!(alice.link.closed(), None);
        assert_eq!(signals(&bob), Vec::<Value>::new());
    }
    let mut dave = dave;
    types(&home, &mut dave, "bob");
    assert_eq!(
        signals(&bob),
        Vec::<Value>::new(),
        "an original client says no such thing"
    );
}
