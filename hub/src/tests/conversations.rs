//! Conversations that have a log: groups, and what two users write to each other.

use std::sync::Arc;

use futures_util::FutureExt as _;
use mobileim_protocol::mailbox::Role;
use mobileim_protocol::{Message, MessageType, codes};
use serde_json::json;

use super::client_questions::{self, answers_to};
use super::home::{Home, Seat};
use crate::conversations::{GroupChange, GroupError, GroupSettings, HistoryFrom, Writers};
use crate::devices::Sessions;
use crate::link::CloseReason;
use crate::store::LogPart;

const NOTHING: [&str; 0] = [];

fn joins(user: &str) -> GroupChange {
    GroupChange {
        join: vec![(Arc::from(user), Role::Member)],
        ..GroupChange::default()
    }
}

fn leaves(user: &str) -> GroupChange {
    GroupChange {
        leave: vec![Arc::from(user)],
        ..GroupChange::default()
    }
}

/// What a user may read of a conversation, as "seq from:text".
fn history(home: &Home, user: &str, with: &str) -> Vec<String> {
    let read = home
        .world
        .server
        .history(&Arc::from(user), with, LogPart::After(0), 100, 1 << 20);
    let page = read
        .wait()
        .now_or_never()
        .expect("the store answers at once");
    let read = page.unwrap().messages.into_iter().map(|logged| {
        let message = mobileim_protocol::decode(&logged.message.body).unwrap();
        let text = message.content.unwrap_or_default();
        format!("{} {}:{text}", logged.seq, message.from.unwrap_or_default())
    });
    read.collect()
}

#[test]
fn a_message_to_a_group_is_acknowledged_when_it_is_stored_and_comes_to_all_members_once() {
    let mut home = Home::with_conversations(Sessions::Single);
    home.make_group("#team", &["alice", "bob", "carol"]);
    let mut alice = home.sit("alice", "", "");
    let mut bob = home.sit("bob", "", "");
    alice.send(&home.world, "#team", "hi");
    assert_eq!(alice.reads(&home.world), ["✓hi"], "it is durable");
    assert_eq!(bob.reads(&home.world), ["alice>#team:hi"]);
    alice.send(&home.world, "#team", "hi");
    assert_eq!(alice.reads(&home.world), ["✓hi"], "it was repeated");
    assert_eq!(bob.reads(&home.world), NOTHING);
    bob.send(&home.world, "#team", "hello");
    assert_eq!(alice.reads(&home.world), ["bob>#team:hello"]);
    // Who was away reads what came meanwhile, from another server too.
    home.start_again();
    let mut carol = home.sit("carol", "", "");
    assert_eq!(
        carol.reads(&home.world),
        ["alice>#team:hi", "bob>#team:hello"]
    );
    for user in ["alice", "bob", "carol"] {
        let mut again = home.sit(user, "", "");
        assert_eq!(again.reads(&home.world), NOTHING, "{user}");
    }
    let expected = ["2 alice:hi", "3 bob:hello"];
    let without_change: Vec<_> = history(&home, "carol", "#team").split_off(1);
    assert_eq!(without_change, expected);
}

#[test]
fn who_is_no_member_or_may_not_write_is_told_so() {
    let home = Home::with_conversations(Sessions::Single);
    home.make_group("#team", &["alice", "bob"]);
    let refusals = |seat: &mut Seat, to: &str| {
        seat.link.bodies();
        seat.send(&home.world, to, "hi");
        seat.link.sent()
    };
    let error = |sent: &[(MessageType, String)]| {
        let refused: serde_json::Value = serde_json::from_str(&sent[0].1).unwrap();
        refused["errorCode"].as_i64().unwrap()
    };
    let mut carol = home.sit("carol", "", "");
    assert_eq!(error(&refusals(&mut carol, "#team")), codes::NOT_A_MEMBER);
    assert_eq!(error(&refusals(&mut carol, "#other")), codes::NO_SUCH_GROUP);
    let mut bob = home.sit("bob", "", "");
    let settings = |settings| GroupChange {
        settings: Some(settings),
        ..GroupChange::default()
    };
    let muted = GroupSettings {
        muted: ["bob".to_owned()].into(),
        ..GroupSettings::default()
    };
    home.change_group("#team", settings(muted)).unwrap();
    assert_eq!(error(&refusals(&mut bob, "#team")), codes::MAY_NOT_WRITE);
    let for_admins = GroupSettings {
        writers: Writers::Admins,
        ..GroupSettings::default()
    };
    home.change_group("#team", settings(for_admins)).unwrap();
    assert_eq!(error(&refusals(&mut bob, "#team")), codes::MAY_NOT_WRITE);
    let mut alice = home.sit("alice", "", "");
    alice.reads(&home.world);
    alice.send(&home.world, "#team", "news");
    assert_eq!(alice.reads(&home.world), ["✓news"]);
    assert_eq!(bob.reads(&home.world), ["alice>#team:news"]);
    let impostor = home.sit("#team", "", "");
    let answer = impostor.answer.expect("it is answered");
    assert_eq!(answer.code, codes::BAD_TOKEN, "no user has a group's id");
}

#[test]
fn a_member_reads_from_joining_to_leaving_and_changes_stand_among_the_messages() {
    let home = Home::with_conversations(Sessions::PerDevice);
    let world = &home.world;
    home.make_group("#team", &["alice", "bob"]);
    let mut alice = home.sit("alice", "a1", "web");
    let mut bob = home.sit("bob", "b1", "web");
    alice.reads(world);
    bob.reads(world);
    alice.send(world, "#team", "one");
    home.change_group("#team", joins("carol")).unwrap();
    alice.send(world, "#team", "two");
    home.change_group("#team", leaves("bob")).unwrap();
    alice.send(world, "#team", "three");
    let joined = "0>#team:{\"joined\":{\"carol\":\"member\"}}";
    let left = "0>#team:{\"left\":[\"bob\"]}";
    let (one, two, three) = ("alice>#team:one", "alice>#team:two", "alice>#team:three");
    assert_eq!(bob.reads(world), [one, joined, two, left]);
    let mut carol = home.sit("carol", "c1", "ios");
    assert_eq!(carol.reads(world), [joined, two, left, three]);
    // An original client is not shown what it knows nothing of.
    let mut original = home.sit("dave", "", "");
    home.change_group("#team", joins("dave")).unwrap();
    alice.send(world, "#team", "four");
    assert_eq!(original.reads(world), ["alice>#team:four"]);
    bob.send(world, "#team", "still here?");
    assert_eq!(bob.reads(world), NOTHING);
    let late = history(&home, "carol", "#team");
    assert_eq!(
        late[..2],
        ["3 0:{\"joined\":{\"carol\":\"member\"}}", "4 alice:two"]
    );
    assert_eq!(history(&home, "bob", "#team").len(), 5, "to where he left");
    assert_eq!(history(&home, "mallory", "#team"), NOTHING);
    let all = GroupSettings {
        history: HistoryFrom::All,
        ..GroupSettings::default()
    };
    let change = GroupChange {
        settings: Some(all),
        ..GroupChange::default()
    };
    home.change_group("#team", change).unwrap();
    assert_eq!(history(&home, "carol", "#team").len(), 9, "all of it");
    assert_eq!(history(&home, "mallory", "#team"), NOTHING);
}

#[test]
fn a_group_that_cannot_be_made_or_changed_says_why() {
    let home = Home::with_conversations(Sessions::Single);
    home.make_group("#team", &["alice"]);
    let server = &home.world.server;
    let made = |id: &str, change| {
        let made = server.create_group(id, change);
        made.wait()
            .now_or_never()
            .expect("the store answers at once")
    };
    assert_eq!(made("#team", joins("bob")), Err(GroupError::Exists));
    assert_eq!(made("team", joins("bob")), Err(GroupError::BadId));
    assert_eq!(made("#", joins("bob")), Err(GroupError::BadId));
    assert_eq!(made("#x", joins("0")), Err(GroupError::NoUser("0".into())));
    assert_eq!(
        made("#x", joins("#team")),
        Err(GroupError::NoUser("#team".into()))
    );
    assert_eq!(
        home.change_group("#other", joins("bob")),
        Err(GroupError::Unknown)
    );
    let nobody = Err(GroupError::NoMember("bob".into()));
    assert_eq!(home.change_group("#team", leaves("bob")), nobody);
    let end = GroupChange {
        is_end: true,
        ..GroupChange::default()
    };
    home.change_group("#team", end).unwrap();
    assert_eq!(
        home.change_group("#team", joins("bob")),
        Err(GroupError::Unknown)
    );
    let without = Home::of(Sessions::Single);
    let made = without.world.server.create_group("#team", joins("bob"));
    assert_eq!(made.wait().now_or_never(), Some(Err(GroupError::NoGroups)));
}

#[test]
fn what_two_users_write_stays_and_comes_to_all_their_devices_once() {
    let mut home = Home::with_conversations(Sessions::PerDevice);
    let mut alice = home.sit("alice", "a1", "web");
    let mut phone = home.sit("bob", "b1", "ios");
    let mut laptop = home.sit("bob", "b2", "web");
    laptop
        .connection
        .close(home.world.now, CloseReason::Disconnected);
    alice.send(&home.world, "bob", "hi");
    assert_eq!(alice.reads(&home.world), ["✓hi"], "it is durable");
    assert_eq!(phone.reads(&home.world), ["alice>bob:hi"]);
    phone.send(&home.world, "alice", "hello");
    assert_eq!(phone.reads(&home.world), ["✓hello"]);
    assert_eq!(alice.reads(&home.world), ["bob>alice:hello"]);
    let mut laptop = home.sit("bob", "b2", "web");
    let expected = ["alice>bob:hi", "bob>alice:hello"];
    assert_eq!(laptop.reads(&home.world), expected, "his own too");
    home.start_again();
    for (user, device) in [("alice", "a1"), ("bob", "b1"), ("bob", "b2")] {
        let mut again = home.sit(user, device, "web");
        assert_eq!(again.reads(&home.world), NOTHING, "{device}");
    }
    for (user, with) in [("alice", "bob"), ("bob", "alice")] {
        assert_eq!(history(&home, user, with), ["1 alice:hi", "2 bob:hello"]);
    }
    assert_eq!(history(&home, "carol", "bob"), NOTHING);
    // One's notes come to the other devices.
    let mut phone = home.sit("bob", "b1", "ios");
    let mut laptop = home.sit("bob", "b2", "web");
    phone.send(&home.world, "bob", "milk");
    assert_eq!(laptop.reads(&home.world), ["bob>bob:milk"]);
    assert_eq!(history(&home, "bob", "bob"), ["1 bob:milk"]);
}

#[test]
fn an_original_client_gets_what_was_sent_byte_for_byte() {
    let home = Home::with_conversations(Sessions::Single);
    let mut alice = home.sit("alice", "", "");
    let bob = home.sit("bob", "", "");
    bob.link.bodies();
    alice.send(&home.world, "bob", "hi");
    let sent = Message::new(MessageType::CommonData, "alice", "bob")
        .with_content("hi")
        .with_qos("hi");
    assert_eq!(bob.link.bodies(), [mobileim_protocol::encode(&sent)]);
    let ours = home.sit("carol", "c1", "web");
    ours.link.bodies();
    alice.send(&home.world, "carol", "hi");
    let body = String::from_utf8(ours.link.bodies()[0].to_vec()).unwrap();
    assert!(body.ends_with(",\"seq\":1}"), "{body}");
    // Who writes to himself sees it.
    let mut alice = home.sit("alice", "", "");
    alice.reads(&home.world);
    alice.send(&home.world, "alice", "note");
    assert_eq!(alice.reads(&home.world), ["alice>alice:note", "✓note"]);
}

#[test]
fn a_number_that_a_client_says_is_not_passed_on() {
    let home = Home::of(Sessions::Single);
    let mut alice = home.sit("alice", "", "");
    let bob = home.sit("bob", "b1", "web");
    bob.link.bodies();
    let sent = Message::new(MessageType::CommonData, "alice", "bob").with_qos("hi");
    let mut numbered = sent.clone();
    numbered.seq = Some(17);
    let _ = alice.say(&home.world, &numbered);
    assert_eq!(bob.link.bodies(), [mobileim_protocol::encode(&sent)]);
}

#[test]
fn a_reader_that_is_behind_gets_all_of_it_in_order() {
    let home = Home::with_conversations(Sessions::Single);
    home.make_group("#team", &["alice", "bob"]);
    let mut alice = home.sit("alice", "", "");
    let mut bob = home.sit("bob", "", "");
    let texts: Vec<_> = (0..1900).map(|number| number.to_string()).collect();
    for text in &texts {
        alice.send(&home.world, "#team", text);
        alice.link.bodies();
    }
    let mut read = Vec::new();
    loop {
        let some = bob.reads(&home.world);
        if some.is_empty() {
            break;
        }
        read.extend(some);
    }
    for (number, text) in texts.iter().enumerate() {
        assert_eq!(read.get(number), Some(&format!("alice>#team:{text}")));
    }
    assert_eq!(read.len(), texts.len());
}

#[test]
fn what_needs_no_acknowledgement_goes_to_the_members_who_are_online() {
    let home = Home::with_conversations(Sessions::Single);
    home.make_group("#team", &["alice", "bob"]);
    let mut alice = home.sit("alice", "", "");
    let bob = home.sit("bob", "", "");
    let carol = home.sit("carol", "", "");
    for seat in [&alice, &bob, &carol] {
        seat.link.bodies();
    }
    let typing = Message::new(MessageType::CommonData, "alice", "#team").with_content("…");
    let _ = alice.say(&home.world, &typing);
    assert_eq!(
        (
            alice.link.bodies().len(),
            bob.link.bodies().len(),
            carol.link.bodies().len()
        ),
        (0, 1, 0)
    );
}

/// Asks a question, and gives what is answered, or the code of the refusal.
pub(super) fn ask(
    home: &Home,
    seat: &mut Seat,
    question: &serde_json::Value,
) -> Result<serde_json::Value, i64> {
    seat.link.bodies();
    let content = question.to_string();
    let _ = seat.say(
        &home.world,
        &client_questions::question("question", &content),
    );
    let answer = answers_to(&seat.user, &seat.link).pop();
    answer.expect("it is answered at once")
}

/// The texts of a page, and whether there are more.
fn texts(page: &serde_json::Value) -> (Vec<&str>, bool) {
    let messages = page["messages"].as_array().unwrap().iter();
    let texts = messages.map(|message| message["text"].as_str().unwrap_or("too long"));
    (texts.collect(), page["more"].as_bool().unwrap())
}

#[test]
fn a_client_that_begins_empty_asks_for_its_conversations_and_their_history() {
    let home = Home::with_conversations(Sessions::PerDevice);
    let world = &home.world;
    home.make_group("#team", &["alice", "bob", "carol"]);
    let mut alice = home.sit("alice", "a1", "web");
    let mut original = home.sit("bob", "", "");
    for text in ["one", "two", "three", "four", "five"] {
        alice.send(world, "#team", text);
        alice.reads(world);
    }
    alice.send(world, "bob", "just you");
    original.send(world, "carol", "not for alice");
    let mut tablet = home.sit("alice", "a2", "ios");
    let list = ask(&home, &mut tablet, &json!({"ask": "conversations"})).unwrap();
    let list = list["conversations"].as_array().unwrap();
    assert_eq!(list.len(), 2);
    assert_eq!(list[0]["with"], "bob");
    assert_eq!(list[0]["last"]["text"], "just you");
    assert_eq!(list[1]["with"], "#team");
    assert_eq!(
        (&list[1]["last"]["text"], &list[1]["lastSeq"]),
        (&json!("five"), &json!(6))
    );
    assert_eq!(list[1]["role"], "owner");
    let first = ask(
        &home,
        &mut tablet,
        &json!({"ask": "conversations", "limit": 1}),
    )
    .unwrap();
    assert_eq!(first["conversations"][0]["with"], "bob");
    let second = json!({"ask": "conversations", "limit": 1, "before": first["next"]});
    let second = ask(&home, &mut tablet, &second).unwrap();
    assert_eq!(second["conversations"][0]["with"], "#team");
    let mut history = |more: serde_json::Value| {
        let mut question = json!({"ask": "history", "with": "#team"});
        question
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        ask(&home, &mut tablet, &question).unwrap()
    };
    assert_eq!(
        texts(&history(json!({"limit": 2}))),
        (vec!["four", "five"], true)
    );
    assert_eq!(
        texts(&history(json!({"limit": 2, "before": 5}))),
        (vec!["two", "three"], true)
    );
    assert_eq!(
        texts(&history(json!({"limit": 9, "after": 4}))),
        (vec!["four", "five"], false)
    );
    let whole = history(json!({}));
    assert_eq!(
        (whole["first"].as_u64(), whole["last"].as_u64()),
        (Some(1), Some(6))
    );
    assert_eq!(whole["messages"][1]["from"], "alice");
    let team = ask(
        &home,
        &mut tablet,
        &json!({"ask": "group", "group": "#team"}),
    )
    .unwrap();
    assert_eq!(
        team["members"],
        json!({"alice": "owner", "bob": "member", "carol": "member"})
    );
    let mut stranger = home.sit("mallory", "m1", "web");
    let refused = ask(
        &home,
        &mut stranger,
        &json!({"ask": "group", "group": "#team"}),
    );
    assert_eq!(refused, Err(codes::NOT_FOUND));
    let nothing = ask(
        &home,
        &mut stranger,
        &json!({"ask": "history", "with": "#team"}),
    )
    .unwrap();
    assert_eq!(texts(&nothing), (Vec::new(), false));
    // Not by a name that is made up so that it is another conversation's.
    for with in ["", "0", "carol\u{ffff}bob", "\u{ffff}#team", "bob\u{ffff}1"] {
        for ask_for in ["history", "markRead"] {
            let question = json!({"ask": ask_for, "with": with, "seq": 1});
            let refused = ask(&home, &mut stranger, &question);
            assert_eq!(refused, Err(codes::NOT_FOUND), "{ask_for} {with:?}");
        }
    }
    let nobody = ask(&home, &mut stranger, &json!({"ask": "history"}));
    assert_eq!(nobody, Err(codes::BAD_QUESTION));
}

#[test]
fn an_answer_has_room_for_what_its_client_takes() {
    let home = Home::with_conversations(Sessions::PerDevice);
    let mut alice = home.sit("alice", "a1", "web");
    // Each is quoted twice in an answer.
    let long = "\"\\".repeat(8_000);
    for number in 0..6 {
        let fp = number.to_string();
        let message = Message::new(MessageType::CommonData, "alice", "bob")
            .with_content(&long)
            .with_qos(&*fp);
        let _ = alice.say(&home.world, &message);
    }
    let mut seen = Vec::new();
    let mut before = None;
    loop {
        let mut question = json!({"ask": "history", "with": "bob"});
        if let Some(before) = before {
            question["before"] = json!(before);
        }
        let page = ask(&home, &mut alice, &question).unwrap();
        for message in page["messages"].as_array().unwrap().iter().rev() {
            before = message["seq"].as_u64();
            seen.push((before.unwrap(), message["text"] == *long));
        }
        if page["more"] == false {
            break;
        }
    }
    let expected: Vec<_> = (1..=6).rev().map(|seq| (seq, true)).collect();
    assert_eq!(seen, expected);
}

#[test]
fn without_history_there_is_none_to_ask_for() {
    let home = Home::of(Sessions::PerDevice);
    let mut alice = home.sit("alice", "a1", "web");
    let history = ask(&home, &mut alice, &json!({"ask": "history", "with": "bob"}));
    assert_eq!(history, Err(codes::NOT_FOUND));
}
