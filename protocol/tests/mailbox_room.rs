//! A mailbox that has little of the memory that all mailboxes may take together.

#[path = "support/mailbox.rs"]
mod support;

use std::collections::VecDeque;

use mobileim_protocol::Transport;
use mobileim_protocol::mailbox::{Accepted, Mailbox};
use support::{Harness, SESSION};

fn numbers(range: std::ops::Range<u32>) -> Vec<String> {
    range.map(|n| n.to_string()).collect()
}

/// What bob receives if he acknowledges each message.
fn receive(bob: &mut Harness, mut look: impl FnMut(&Harness)) -> Vec<String> {
    let mut received = Vec::new();
    let mut sent = VecDeque::from(bob.sent());
    while let Some(text) = sent.pop_front() {
        bob.acknowledge("alice", &text);
        received.push(text);
        sent.extend(bob.sent());
        look(bob);
    }
    received
}

#[test]
fn with_little_room_what_comes_is_stored_at_once_and_follows_in_order_in_small_parts() {
    let mut bob = Harness::online(Transport::Tcp);
    bob.mailbox.set_room(4096);
    let texts = numbers(0..200);
    for text in &texts {
        assert_eq!(bob.deliver("alice", text), Accepted::New);
        assert!(bob.mailbox.memory() <= 2 * 4096, "{}", bob.mailbox.memory());
    }
    let under_way = bob.transmitted.len();
    assert!((1..=16).contains(&under_way), "{under_way}");
    let received = receive(&mut bob, |bob| {
        assert!(bob.mailbox.memory() <= 2 * 4096, "{}", bob.mailbox.memory());
    });
    assert_eq!(received, texts);
    let mut acknowledged = bob.acknowledged_fps();
    acknowledged.sort_by_key(|fp| fp.parse::<u32>().unwrap());
    assert_eq!(acknowledged, texts);
    assert!(bob.store.is_empty() && bob.mailbox.memory() == 0);
    // And with room again it needs no store.
    bob.mailbox.set_room(usize::MAX);
    let appended = bob.appended.len();
    bob.deliver("alice", "at once");
    assert_eq!(bob.sent(), ["at once"]);
    assert_eq!(bob.appended.len(), appended);
}

#[test]
fn what_was_asked_for_with_more_room_is_taken_as_far_as_there_still_is() {
    let mut bob = Harness::new();
    let texts = numbers(0..100);
    for text in &texts {
        bob.deliver("alice", text);
    }
    bob.store_answers = false;
    bob.attach(SESSION, Transport::Tcp);
    bob.mailbox.set_room(2000);
    bob.answer_all();
    assert!(bob.mailbox.memory() <= 2 * 2000, "{}", bob.mailbox.memory());
    bob.store_answers = true;
    assert_eq!(receive(&mut bob, |_| {}), texts);
}

#[test]
fn with_room_for_one_message_they_go_one_by_one_through_the_store() {
    let mut bob = Harness::online(Transport::Tcp);
    bob.mailbox.set_room(Mailbox::MESSAGE_BYTES);
    for text in numbers(0..20) {
        assert_eq!(bob.deliver("alice", &text), Accepted::New);
    }
    for text in numbers(0..20) {
        assert_eq!(bob.sent(), [&*text]);
        bob.acknowledge("alice", &text);
    }
    // One is under way and one waits for a store that hangs.
    bob.store_answers = false;
    let taken = numbers(20..40)
        .iter()
        .filter(|text| bob.deliver("alice", text) == Accepted::New)
        .count();
    assert_eq!(taken, 2);
}
