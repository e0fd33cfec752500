//! Rules 1 and 2 of the mailbox (docs/architecture.md): acknowledged means delivered or durable.

#[path = "support/mailbox.rs"]
mod support;

use std::time::Duration;

use mobileim_protocol::Transport;
use mobileim_protocol::mailbox::{Accepted, Cause, SessionId, StoreFailure, Timer};
use support::{Harness, SESSION};

const NEXT: SessionId = SessionId(2);

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

// Rule 1: the fast path.

#[test]
fn an_online_receiver_acknowledges_and_no_store_is_touched() {
    let mut bob = Harness::online(Transport::WebSocket);
    assert_eq!(bob.deliver("alice", "hi"), Accepted::New);
    assert_eq!(
        (bob.sent(), bob.acknowledged_fps()),
        (vec!["hi".into()], vec![])
    );
    bob.advance(millis(299));
    bob.acknowledge("alice", "hi");
    assert_eq!(bob.acknowledged, [("alice".into(), "hi".into())]);
    bob.advance(Duration::from_secs(60));
    assert_eq!((bob.appended.len(), bob.sent()), (0, vec![]));
}

#[test]
fn every_live_session_gets_it_and_one_acknowledgement_is_enough() {
    let mut bob = Harness::online(Transport::WebSocket);
    bob.attach(NEXT, Transport::Tcp);
    bob.deliver("alice", "hi");
    assert_eq!(
        bob.transmitted,
        [(SESSION, "hi".into()), (NEXT, "hi".into())]
    );
    bob.acknowledge_on(NEXT, "alice", "hi");
    bob.acknowledge_on(SESSION, "alice", "hi");
    assert_eq!(bob.acknowledged_fps(), ["hi"]);
}

#[test]
fn an_acknowledgement_counts_only_for_its_sender_and_from_a_live_session() {
    let mut bob = Harness::online(Transport::WebSocket);
    bob.deliver("alice", "hi");
    bob.acknowledge("mallory", "hi");
    bob.acknowledge_on(SessionId(99), "alice", "hi");
    assert_eq!(bob.acknowledged_fps(), [""; 0]);
}

// Rule 2: acknowledged means delivered or durable.

#[test]
fn a_silent_receivers_message_is_stored_and_then_its_sender_acknowledged() {
    let mut bob = Harness::online(Transport::WebSocket);
    bob.store_answers = false;
    bob.deliver("alice", "hi");
    bob.advance(millis(300));
    assert_eq!(
        (bob.appended.clone(), bob.acknowledged_fps()),
        (vec!["hi".into()], vec![])
    );
    bob.answer_all();
    assert_eq!(bob.acknowledged_fps(), ["hi"]);
    bob.acknowledge("alice", "hi");
    bob.answer_all();
    assert_eq!(
        (bob.acknowledged_fps(), bob.stored_texts()),
        (vec![], vec![])
    );
}

#[test]
fn an_acknowledgement_says_why_and_what_was_stored_is_told_again_when_it_is_fetched() {
    let mut bob = Harness::new();
    bob.deliver("alice", "stored");
    bob.attach(SESSION, Transport::WebSocket);
    bob.acknowledge("alice", "stored");
    bob.deliver("alice", "delivered");
    bob.acknowledge("alice", "delivered");
    bob.deliver("alice", "delivered");
    assert_eq!(
        bob.causes,
        [Cause::Stored, Cause::Delivered, Cause::Repeated]
    );
    assert_eq!(bob.fetched, [("alice".into(), "stored".into())]);
}

#[test]
fn a_deadline_says_what_for() {
    let mut bob = Harness::online(Transport::WebSocket);
    let mut timers = Vec::new();
    bob.deliver("alice", "hi");
    timers.extend(bob.timer);
    bob.advance(millis(300));
    timers.extend(bob.timer);
    bob.acknowledge("alice", "hi");
    bob.advance(Duration::from_secs(2));
    timers.extend(bob.timer);
    assert_eq!(timers, [Timer::Persist, Timer::Retransmit, Timer::Forget]);

    let mut bob = Harness::new();
    bob.deliver("alice", "hi");
    bob.failure = Some(StoreFailure::Unavailable);
    bob.attach(SESSION, Transport::WebSocket);
    assert_eq!(bob.timer, Some(Timer::RetryLoad));
}

#[test]
fn an_offline_receivers_message_is_stored_and_not_kept_in_memory() {
    let mut bob = Harness::new();
    assert_eq!(bob.deliver("alice", "hi"), Accepted::New);
    assert_eq!(
        (bob.acknowledged_fps(), bob.stored_texts()),
        (vec!["hi".into()], vec!["hi".into()])
    );
    assert_eq!((bob.mailbox.len(), bob.mailbox.bytes()), (0, 0));
}

#[test]
fn when_the_session_ends_what_it_did_not_acknowledge_is_stored() {
    let mut bob = Harness::online(Transport::Tcp);
    for text in ["one", "two", "three"] {
        bob.deliver("alice", text);
    }
    bob.acknowledge("alice", "two");
    bob.detach(SESSION);
    assert_eq!(bob.stored_texts(), ["one", "three"]);
    assert_eq!(bob.acknowledged_fps(), ["two", "one", "three"]);
    assert!(bob.mailbox.is_empty());
}

#[test]
fn an_acknowledgement_that_overtakes_the_store_acknowledges_once_and_deletes() {
    let mut bob = Harness::online(Transport::WebSocket);
    bob.store_answers = false;
    bob.deliver("alice", "hi");
    bob.advance(millis(300));
    bob.acknowledge("alice", "hi");
    assert_eq!(bob.acknowledged_fps(), ["hi"]);
    bob.answer_all();
    assert_eq!(
        (bob.acknowledged_fps(), bob.stored_texts()),
        (vec![], vec![])
    );
}

#[test]
fn a_slow_receiver_gets_twice_its_measured_time_but_no_more_than_a_second_and_a_half() {
    for (time_to_acknowledge, persisted_after) in [(50, 300), (250, 500), (1900, 1500)] {
        let mut bob = Harness::online(Transport::WebSocket);
        for n in 0..30 {
            bob.deliver("alice", &n.to_string());
            bob.advance(millis(time_to_acknowledge));
            bob.acknowledge("alice", &n.to_string());
        }
        bob.appended.clear();
        bob.deliver("alice", "measured");
        bob.advance(millis(persisted_after - 1));
        assert_eq!(bob.appended, [""; 0], "{time_to_acknowledge} ms");
        bob.advance(millis(1));
        assert_eq!(bob.appended, ["measured"], "{time_to_acknowledge} ms");
    }
}

#[test]
fn the_store_gets_them_in_the_order_they_came_even_if_a_later_one_is_due_earlier() {
    let mut bob = Harness::online(Transport::WebSocket);
    for n in 0..30 {
        bob.deliver("alice", &n.to_string());
        bob.advance(millis(if n < 10 { 700 } else { 1 }));
        bob.acknowledge("alice", &n.to_string());
        if n == 9 {
            bob.deliver("alice", "due late");
        }
    }
    bob.appended.clear();
    bob.deliver("alice", "due early");
    bob.advance(millis(2000));
    assert!(
        bob.stored_texts().ends_with(&["due early".into()]),
        "{:?}",
        bob.stored_texts()
    );
    assert_eq!(bob.stored_texts()[0], "due late");
}

#[test]
fn what_nobody_can_store_is_not_acknowledged() {
    for failure in [StoreFailure::Unavailable, StoreFailure::NoStore] {
        let mut bob = Harness::new();
        bob.failure = Some(failure);
        bob.deliver("alice", "hi");
        assert_eq!(
            (bob.acknowledged_fps(), &bob.rejected[..]),
            (vec![], &["hi".to_owned()][..])
        );
        assert!(bob.mailbox.is_empty());
        // The sender still has it and sends it again.
        bob.failure = None;
        assert_eq!(bob.deliver("alice", "hi"), Accepted::New);
        assert_eq!(bob.acknowledged_fps(), ["hi"]);
    }
}

#[test]
fn what_cannot_be_stored_takes_its_successors_along_so_that_order_holds() {
    let mut bob = Harness::new();
    bob.store_answers = false;
    for (from, text) in [("alice", "one"), ("carol", "other"), ("alice", "two")] {
        bob.deliver(from, text);
    }
    bob.failure = Some(StoreFailure::Unavailable);
    bob.answer_one();
    bob.failure = None;
    bob.answer_all();
    assert_eq!(bob.acknowledged, [("carol".into(), "other".into())]);
    assert_eq!(bob.stored_texts(), ["other"]);
}

#[test]
fn a_store_that_is_away_for_a_while_is_asked_again_while_the_receiver_is_there() {
    let mut bob = Harness::online(Transport::WebSocket);
    bob.failure = Some(StoreFailure::Unavailable);
    bob.deliver("alice", "hi");
    bob.advance(Duration::from_secs(1));
    assert_eq!(bob.acknowledged_fps(), [""; 0]);
    bob.failure = None;
    bob.advance(Duration::from_secs(5));
    assert_eq!(bob.acknowledged_fps(), ["hi"]);
}
