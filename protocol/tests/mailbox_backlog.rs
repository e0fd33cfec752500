//! Rule 3 of the mailbox (docs/architecture.md): what is stored goes first, in order, in windows.

#[path = "support/mailbox.rs"]
mod support;

use std::time::Duration;

use mobileim_protocol::Transport;
use mobileim_protocol::mailbox::{Accepted, Cause, SessionId, StoreFailure};
use support::{Harness, SESSION};

const NEXT: SessionId = SessionId(2);

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn numbers(range: std::ops::Range<u32>) -> Vec<String> {
    range.map(|n| n.to_string()).collect()
}

// Rule 3: the backlog first.

#[test]
fn what_is_stored_goes_first_and_is_deleted_when_acknowledged() {
    let mut bob = Harness::new();
    for text in ["one", "two"] {
        bob.deliver("alice", text);
    }
    bob.store_answers = false;
    bob.attach(SESSION, Transport::WebSocket);
    bob.deliver("alice", "three");
    assert_eq!(bob.sent(), [""; 0], "not before what came earlier");
    bob.answer_all();
    assert_eq!(bob.sent(), ["one", "two", "three"]);
    bob.store_answers = true;
    for text in ["one", "two", "three"] {
        bob.acknowledge("alice", text);
    }
    assert_eq!(bob.stored_texts(), [""; 0]);
    bob.deliver("alice", "four");
    assert_eq!(
        (bob.sent(), bob.appended.last().unwrap().as_str()),
        (vec!["four".into()], "two")
    );
}

#[test]
fn what_comes_while_the_store_is_read_is_not_stored_if_nothing_is_before_it() {
    let mut bob = Harness::new();
    bob.store_answers = false;
    bob.attach(SESSION, Transport::Tcp);
    bob.deliver("alice", "one");
    bob.advance(millis(100));
    bob.answer_all();
    assert_eq!(bob.sent(), ["one"]);
    bob.acknowledge("alice", "one");
    assert_eq!((bob.causes, bob.appended), (vec![Cause::Delivered], vec![]));
}

#[test]
fn what_comes_while_the_store_is_read_for_long_is_stored() {
    let mut bob = Harness::new();
    bob.store_answers = false;
    bob.attach(SESSION, Transport::Tcp);
    bob.deliver("alice", "one");
    bob.advance(millis(300));
    bob.deliver("alice", "two");
    bob.answer_all();
    assert_eq!(bob.sent(), ["one", "two"]);
    assert_eq!(
        (bob.appended, bob.causes),
        (vec!["one".into()], vec![Cause::Stored])
    );
}

#[test]
fn what_comes_while_the_store_is_read_is_stored_if_it_cannot_be_read_or_has_more() {
    let mut bob = Harness::new();
    bob.store_answers = false;
    bob.attach(SESSION, Transport::Tcp);
    bob.deliver("alice", "one");
    bob.failure = Some(StoreFailure::Unavailable);
    bob.answer_one();
    assert_eq!(bob.appended, ["one"]);
    bob.failure = None;
    bob.answer_all();
    assert_eq!(bob.causes, [Cause::Stored]);

    let mut bob = Harness::new();
    for text in numbers(0..2000) {
        bob.deliver("alice", &text);
    }
    bob.store_answers = false;
    bob.attach(SESSION, Transport::Tcp);
    bob.deliver("alice", "last");
    assert_eq!(bob.appended.len(), 2000);
    bob.answer_all();
    assert_eq!(bob.appended.last().map(String::as_str), Some("last"));
}

#[test]
fn a_long_backlog_is_loaded_in_windows_as_the_receiver_keeps_up() {
    let mut bob = Harness::new();
    for text in numbers(0..2000) {
        bob.deliver("alice", &text);
    }
    bob.attach(SESSION, Transport::WebSocket);
    let mut received: Vec<String> = Vec::new();
    let mut next = 2000;
    while received.len() < 2100 {
        let sent = bob.sent();
        assert!(!sent.is_empty(), "stuck after {}", received.len());
        assert!(bob.mailbox.len() <= 600, "{} in memory", bob.mailbox.len());
        for text in sent {
            bob.acknowledge("alice", &text);
            received.push(text);
            if next < 2100 {
                bob.deliver("alice", &next.to_string());
                next += 1;
            }
        }
    }
    assert_eq!(received, numbers(0..2100));
    assert_eq!(bob.stored_texts(), [""; 0]);
}

#[test]
fn after_a_crash_all_that_was_acknowledged_is_delivered() {
    let mut bob = Harness::online(Transport::WebSocket);
    for text in ["one", "two"] {
        bob.deliver("alice", text);
    }
    bob.advance(millis(300));
    assert_eq!(bob.acknowledged_fps(), ["one", "two"]);
    bob.restart();
    // The sender did not get the acknowledgement of "two", and repeats it before bob is back.
    bob.attach(SESSION, Transport::WebSocket);
    assert_eq!(bob.sent(), ["one", "two"]);
    assert_eq!(bob.deliver("alice", "two"), Accepted::Repeated);
    assert_eq!(
        (bob.sent(), bob.acknowledged_fps()),
        (vec![], vec!["two".into()])
    );
}

#[test]
fn what_was_read_and_acknowledged_is_not_new_when_its_sender_repeats_it() {
    let mut bob = Harness::new();
    bob.deliver("alice", "hi");
    bob.restart();
    bob.attach(SESSION, Transport::WebSocket);
    bob.acknowledge("alice", "hi");
    assert_eq!(bob.sent(), ["hi"]);
    assert_eq!(bob.deliver("alice", "hi"), Accepted::Repeated);
    assert_eq!(
        (bob.sent(), bob.acknowledged_fps()),
        (vec![], vec!["hi".into()])
    );
}

#[test]
fn a_store_that_cannot_be_read_is_asked_again() {
    let mut bob = Harness::new();
    bob.deliver("alice", "hi");
    bob.failure = Some(StoreFailure::Unavailable);
    bob.attach(SESSION, Transport::WebSocket);
    assert_eq!(bob.sent(), [""; 0]);
    bob.failure = None;
    bob.advance(Duration::from_secs(5));
    assert_eq!(bob.sent(), ["hi"]);
}

#[test]
fn a_session_that_ends_while_the_store_is_read_leaves_nothing_half_done() {
    let mut bob = Harness::new();
    bob.deliver("alice", "hi");
    bob.store_answers = false;
    bob.attach(SESSION, Transport::WebSocket);
    bob.detach(SESSION);
    bob.attach(NEXT, Transport::WebSocket);
    bob.answer_all();
    assert_eq!(bob.transmitted, [(NEXT, "hi".into())]);
}

#[test]
fn what_the_store_read_for_a_session_that_ended_is_not_taken_for_what_the_next_one_asked() {
    let mut bob = Harness::new();
    for text in numbers(0..300) {
        bob.deliver("alice", &text);
    }
    bob.attach(SESSION, Transport::WebSocket);
    bob.store_answers = false;
    for text in numbers(0..200) {
        bob.acknowledge("alice", &text);
    }
    bob.transmitted.clear();
    // The second window is being read.
    bob.detach(SESSION);
    bob.attach(NEXT, Transport::WebSocket);
    bob.answer_all();
    assert_eq!(bob.sent(), numbers(200..300));
}

// However sessions come and go, one read is under way.

#[test]
fn one_read_is_under_way_for_a_user_however_often_sessions_come_and_go() {
    let mut bob = Harness::new();
    bob.deliver("alice", "one");
    bob.store_answers = false;
    for number in 0..100 {
        bob.attach(SessionId(number), Transport::Udp);
        bob.detach(SessionId(number));
    }
    assert_eq!(bob.loads, 1, "the store has not answered");
    bob.attach(NEXT, Transport::Tcp);
    bob.answer_all();
    assert_eq!((bob.loads, bob.sent()), (2, vec!["one".to_owned()]));
}

#[test]
fn nothing_is_read_for_a_session_that_has_gone_by_its_turn() {
    let mut bob = Harness::new();
    bob.deliver("alice", "one");
    bob.store_answers = false;
    bob.attach(SESSION, Transport::Tcp);
    bob.detach(SESSION);
    bob.answer_all();
    assert_eq!((bob.loads, bob.reads), (1, 0));
    assert!(bob.mailbox.is_empty());
}

#[test]
fn what_is_stored_while_a_read_waits_may_be_stored_before_it_is_read() {
    let mut bob = Harness::new();
    bob.deliver("alice", "one");
    bob.store_answers = false;
    bob.attach(SESSION, Transport::Tcp);
    bob.deliver("alice", "two");
    bob.advance(millis(300));
    bob.loads_wait = true;
    bob.answer_all();
    assert_eq!(bob.acknowledged_fps(), ["one", "two"]);
    assert_eq!(bob.sent(), ["one", "two"]);
    bob.store_answers = true;
    for text in ["one", "two"] {
        bob.acknowledge("alice", text);
    }
    assert_eq!(bob.stored_texts(), [""; 0]);
}

#[test]
fn a_store_that_could_not_be_read_is_not_asked_again_before_its_time_whatever_happens() {
    let mut bob = Harness::new();
    bob.deliver("alice", "one");
    bob.failure = Some(StoreFailure::Unavailable);
    bob.attach(SESSION, Transport::Tcp);
    assert_eq!(bob.loads, 1);
    bob.deliver("alice", "two");
    bob.acknowledge("alice", "one");
    bob.call(|mailbox, now| mailbox.handle_timeout(now));
    bob.detach(SESSION);
    bob.attach(NEXT, Transport::Tcp);
    bob.advance(millis(4999));
    assert_eq!(bob.loads, 1);
    bob.failure = None;
    bob.advance(millis(1));
    assert_eq!((bob.loads, bob.sent()), (2, vec!["one".to_owned()]));
}
