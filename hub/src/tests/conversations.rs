//! Conversations that have a log: groups, and what two users write to each other.

use std::sync::Arc;

use futures_util::FutureExt as _;
use mobileim_protocol::codes;
use mobileim_protocol::mailbox::Role;

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
    let error = |sent: &[(mobileim_protocol::MessageType, String)]| {
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
    let sent =
        mobileim_protocol::Message::new(mobileim_protocol::MessageType::CommonData, "alice", "bob")
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
    let typing = mobileim_protocol::Message::new(
        mobileim_protocol::MessageType::CommonData,
        "alice",
        "#team",
    )
    .with_content("…");
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
