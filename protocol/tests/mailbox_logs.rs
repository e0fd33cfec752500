//! What a mailbox does with the logs of conversations: it keeps one, or its user reads them.

#[path = "support/mailbox.rs"]
mod support;

use std::time::Duration;

use mobileim_protocol::mailbox::{Config, SessionId, StoreFailure};
use mobileim_protocol::{Instant, Transport};
use support::{Harness, SESSION};

const NEXT: SessionId = SessionId(2);

fn with_window(max_messages: usize, load_window: usize) -> Harness {
    Harness::with_config(Config {
        max_messages,
        load_window,
        ..Config::default()
    })
}

// A mailbox that keeps one.

#[test]
fn what_is_new_in_a_log_is_told_once_and_before_its_sender_is() {
    let mut log = Harness::new();
    log.keeps_log = true;
    log.store_answers = false;
    log.deliver("alice", "one");
    assert_eq!((log.logged.len(), log.acknowledged.len()), (0, 0));
    log.answer_all();
    assert_eq!(log.logged, [(1, "one".into())]);
    assert_eq!(log.acknowledged_fps(), ["one"]);
    assert!(log.mailbox.is_empty());
    log.restart();
    log.keeps_log = true;
    log.deliver("alice", "one");
    log.deliver("bob", "two");
    assert_eq!(log.logged, [(2, "two".into())]);
    assert_eq!(log.acknowledged_fps(), ["one", "two"]);
}

#[test]
fn what_a_log_has_no_room_for_is_refused_and_what_is_there_already_is_not() {
    let mut log = Harness::new();
    log.keeps_log = true;
    log.store_answers = false;
    log.deliver("alice", "one");
    log.deliver("alice", "two");
    log.deliver("alice", "three");
    log.answer_one();
    (log.failure, log.room) = (Some(StoreFailure::QuotaExceeded), 1);
    log.answer_all();
    assert_eq!(log.acknowledged_fps(), ["one", "two"]);
    assert_eq!(log.rejected, ["three"]);
    assert_eq!(log.logged.len(), 2);
}

#[test]
fn what_expires_on_its_way_into_a_log_stands_there() {
    let mut log = Harness::new();
    log.keeps_log = true;
    log.store_answers = false;
    let at = log.now + Duration::from_secs(1);
    log.deliver_with("alice", "one", |message| message.expires_at = Some(at));
    log.advance(Duration::from_secs(2));
    assert_eq!(log.expired, ["one"]);
    // The harness would not let it be removed.
    log.answer_all();
    assert_eq!(log.log.len(), 1);
}

// A mailbox whose user reads them.

#[test]
fn what_is_written_is_sent_at_once_and_passed_by_when_it_is_acknowledged() {
    let mut bob = Harness::online(Transport::WebSocket);
    bob.write_and_tell("alice", "one");
    bob.deliver("carol", "own");
    bob.write_and_tell("alice", "two");
    assert_eq!(bob.sent(), ["one", "own", "two"]);
    assert_eq!(bob.advances, [0; 0]);
    bob.acknowledge("alice", "one");
    bob.acknowledge("alice", "two");
    assert_eq!(bob.advances, [1, 2]);
    assert_eq!((bob.appended.len(), bob.acknowledged_fps()), (0, vec![]));
    let fetched = bob.fetched.iter().map(|(_, fp)| fp.as_str());
    assert_eq!(fetched.collect::<Vec<_>>(), ["one", "two"]);
}

#[test]
fn who_reads_no_log_pays_for_none() {
    let mut bob = Harness::new();
    bob.deliver("alice", "one");
    bob.attach(SESSION, Transport::WebSocket);
    bob.acknowledge("alice", "one");
    bob.deliver("alice", "two");
    bob.acknowledge("alice", "two");
    bob.detach(SESSION);
    assert_eq!(bob.advances, [0; 0]);
}

#[test]
fn what_is_not_acknowledged_is_not_passed_by_and_what_is_passed_by_does_not_come_again() {
    let mut bob = Harness::online(Transport::WebSocket);
    for text in ["one", "two", "three"] {
        bob.write_and_tell("alice", text);
    }
    bob.acknowledge("alice", "one");
    bob.acknowledge("alice", "three");
    assert_eq!(bob.cursor, 1);
    bob.restart();
    bob.attach(SESSION, Transport::WebSocket);
    assert_eq!(bob.sent(), ["two", "three"]);
    bob.acknowledge("alice", "three");
    bob.acknowledge("alice", "two");
    assert_eq!(bob.cursor, 3);
    bob.restart();
    bob.attach(SESSION, Transport::WebSocket);
    assert_eq!(bob.sent(), [""; 0]);
}

#[test]
fn a_session_that_comes_again_gets_only_what_was_not_acknowledged() {
    let mut bob = Harness::online(Transport::WebSocket);
    for text in ["one", "two", "three"] {
        bob.write_and_tell("alice", text);
    }
    bob.acknowledge("alice", "two");
    bob.detach(SESSION);
    bob.write_and_tell("alice", "four");
    bob.sent();
    bob.attach(NEXT, Transport::WebSocket);
    assert_eq!(bob.sent(), ["one", "three", "four"]);
    for text in ["one", "three", "four"] {
        bob.acknowledge_on(NEXT, "alice", text);
    }
    assert_eq!(bob.cursor, 4);
    assert!(bob.mailbox.is_empty());
}

#[test]
fn what_the_user_has_written_is_passed_by() {
    let mut bob = Harness::new();
    bob.write("bob", "mine");
    bob.write("alice", "one");
    bob.write("bob", "mine too");
    bob.attach(SESSION, Transport::WebSocket);
    assert_eq!((bob.sent(), bob.cursor), (vec!["one".into()], 1));
    bob.acknowledge("alice", "one");
    assert_eq!(bob.cursor, 3);
    bob.write_and_tell("bob", "mine as well");
    assert_eq!((bob.sent(), bob.cursor), (vec![], 4));
}

#[test]
fn what_does_not_fit_into_memory_is_read_when_there_is_room() {
    let mut bob = with_window(4, 4);
    bob.attach(SESSION, Transport::WebSocket);
    let texts: Vec<_> = (1..=20).map(|n| n.to_string()).collect();
    for text in &texts {
        bob.write_and_tell("alice", text);
        assert!(bob.mailbox.len() <= 4);
    }
    let mut sent = Vec::new();
    for text in &texts {
        sent.extend(bob.sent());
        bob.acknowledge("alice", text);
    }
    assert_eq!((sent, bob.cursor), (texts, 20));
}

#[test]
fn what_is_written_while_the_store_reads_is_read_after_it() {
    let mut bob = Harness::new();
    bob.write("alice", "one");
    bob.store_answers = false;
    bob.attach(SESSION, Transport::WebSocket);
    let second = bob.write("alice", "two");
    bob.tell(second.clone());
    // The store had read before that was written.
    bob.log.pop();
    bob.answer_one();
    bob.log.push(second);
    bob.answer_all();
    assert_eq!(bob.sent(), ["one", "two"]);
    assert_eq!(bob.loads, 2);
}

/// Else a reader whose store is slower than writers are would read each message by itself for ever.
#[test]
fn what_is_written_while_the_store_reads_and_is_in_its_answer_is_not_read_again() {
    let mut bob = Harness::new();
    bob.write("alice", "one");
    bob.store_answers = false;
    bob.attach(SESSION, Transport::WebSocket);
    for text in ["two", "three"] {
        bob.write_and_tell("alice", text);
    }
    bob.answer_all();
    assert_eq!(bob.sent(), ["one", "two", "three"]);
    assert_eq!(bob.loads, 1);
    bob.write_and_tell("alice", "four");
    assert_eq!(bob.sent(), ["four"], "at once");
    assert_eq!(bob.loads, 1);
}

#[test]
fn what_a_session_does_not_take_is_passed_by_but_not_what_stands_before_it() {
    let mut bob = Harness::new();
    bob.max_body = 200;
    bob.attach(SESSION, Transport::WebSocket);
    bob.write_and_tell("alice", "one");
    bob.write_and_tell("alice", &"long".repeat(100));
    bob.write_and_tell("alice", "two");
    assert_eq!(
        (bob.sent(), bob.cursor),
        (vec!["one".into(), "two".into()], 0)
    );
    // Before it is passed by, a session that takes it gets it, later than its place was.
    bob.max_body = usize::MAX;
    bob.attach(NEXT, Transport::WebSocket);
    assert!(bob.sent().contains(&"long".repeat(100)));
    bob.acknowledge("alice", "one");
    bob.acknowledge("alice", "two");
    assert_eq!(bob.cursor, 1);
    bob.acknowledge("alice", &"long".repeat(100));
    assert_eq!(bob.cursor, 3);
    bob.detach(NEXT);
    bob.write_and_tell("alice", &"longer".repeat(100));
    assert_eq!((bob.sent(), bob.cursor), (vec![], 4));
}

#[test]
fn a_message_that_is_told_late_is_sent_all_the_same() {
    let mut bob = with_window(2, 2);
    bob.attach(SESSION, Transport::WebSocket);
    let [first, second] = ["one", "two"].map(|text| bob.write("alice", text));
    bob.tell(second);
    bob.tell(first.clone());
    assert_eq!(bob.sent(), ["two", "one"]);
    bob.acknowledge("alice", "two");
    assert_eq!(bob.cursor, 0);
    bob.acknowledge("alice", "one");
    assert_eq!(bob.cursor, 2);
    // Told again, it is known.
    bob.tell(first);
    assert_eq!((bob.sent(), bob.cursor), (vec![], 2));
    // Also if it is told while what stands behind it is to be read.
    let [third, fourth, fifth] = ["3", "4", "5"].map(|text| bob.write("alice", text));
    bob.deliver("carol", "own");
    bob.deliver("carol", "also");
    bob.tell(fifth);
    bob.tell(fourth);
    bob.tell(third);
    bob.acknowledge("carol", "own");
    bob.acknowledge("carol", "also");
    for text in ["3", "4", "5"] {
        bob.acknowledge("alice", text);
    }
    assert_eq!((bob.sent().len(), bob.cursor), (5, 5));
}

#[test]
fn what_has_expired_is_passed_by() {
    let mut bob = Harness::new();
    bob.write("alice", "one");
    let at: Instant = bob.now + Duration::from_secs(1);
    bob.log[0].message.expires_at = Some(at);
    bob.write("alice", "two");
    bob.now = at;
    bob.attach(SESSION, Transport::WebSocket);
    assert_eq!((bob.sent(), bob.cursor), (vec!["two".into()], 1));
    assert_eq!(bob.expired, ["one"]);
}
