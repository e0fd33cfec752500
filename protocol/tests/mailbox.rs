//! The six rules of delivery (DESIGN.md, "Mailbox"), one after the other.

#[path = "support/mailbox.rs"]
mod support;

use std::time::Duration;

use mobileim_protocol::Transport;
use mobileim_protocol::mailbox::{Accepted, Config, SessionId, StoreFailure};
use support::{Harness, SESSION};

const NEXT: SessionId = SessionId(2);

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn numbers(range: std::ops::Range<u32>) -> Vec<String> {
    range.map(|n| n.to_string()).collect()
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
    for failure in [StoreFailure::Unavailable, StoreFailure::Refused] {
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
        (vec!["four".into()], "three")
    );
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

// Rule 4: retransmission.

#[test]
fn a_silent_receiver_on_a_stream_gets_it_again_after_two_seconds_and_then_doubled_waits() {
    let mut bob = Harness::online(Transport::Tcp);
    let start = bob.now;
    bob.deliver("alice", "hi");
    let mut at = vec![];
    while bob.now.since(start) < Duration::from_secs(200) {
        if !bob.sent().is_empty() {
            at.push(bob.now.since(start).as_secs());
        }
        bob.advance(millis(500));
    }
    assert_eq!(at, [0, 2, 6, 14, 30, 62, 122, 182]);
}

#[test]
fn without_a_session_nothing_is_sent() {
    let mut bob = Harness::online(Transport::Tcp);
    bob.deliver("alice", "hi");
    bob.detach(SESSION);
    bob.sent();
    bob.advance(Duration::from_secs(300));
    assert_eq!(bob.sent(), [""; 0]);
}

#[test]
fn on_a_datagram_session_each_sender_has_one_message_in_flight() {
    let mut bob = Harness::online(Transport::Udp);
    for (from, text) in [("alice", "one"), ("alice", "two"), ("carol", "other")] {
        bob.deliver(from, text);
    }
    assert_eq!(bob.sent(), ["one", "other"]);
    bob.advance(Duration::from_secs(1));
    assert_eq!(
        bob.sent(),
        ["one", "other"],
        "sent again, and nothing overtakes"
    );
    bob.acknowledge("alice", "one");
    assert_eq!(bob.sent(), ["two"]);
}

#[test]
fn a_new_session_gets_what_the_old_one_did_not_acknowledge() {
    let mut bob = Harness::online(Transport::WebSocket);
    bob.deliver("alice", "hi");
    bob.detach(SESSION);
    bob.attach(NEXT, Transport::Udp);
    assert_eq!(
        bob.transmitted,
        [(SESSION, "hi".into()), (NEXT, "hi".into())]
    );
    bob.acknowledge_on(NEXT, "alice", "hi");
    assert_eq!(
        (bob.stored_texts(), bob.acknowledged_fps()),
        (vec![], vec!["hi".into()])
    );
}

// Rule 5: repeated messages.

#[test]
fn a_repeated_message_is_not_delivered_again() {
    let mut bob = Harness::online(Transport::WebSocket);
    bob.deliver("alice", "hi");
    assert_eq!(bob.deliver("alice", "hi"), Accepted::Repeated);
    assert_eq!(
        (bob.sent(), bob.acknowledged_fps()),
        (vec!["hi".into()], vec![]),
        "pending: left alone"
    );
    bob.acknowledge("alice", "hi");
    assert_eq!(bob.deliver("alice", "hi"), Accepted::Repeated);
    assert_eq!(
        (bob.sent(), bob.acknowledged_fps()),
        (vec![], vec!["hi".into(), "hi".into()])
    );
    assert_eq!(
        bob.deliver("carol", "hi"),
        Accepted::New,
        "another sender's is another message"
    );
}

#[test]
fn it_is_remembered_for_ten_minutes_and_then_the_mailbox_is_idle() {
    let mut bob = Harness::online(Transport::WebSocket);
    bob.deliver("alice", "hi");
    bob.acknowledge("alice", "hi");
    bob.advance(Duration::from_secs(599));
    assert!(!bob.mailbox.is_idle());
    assert_eq!(bob.deliver("alice", "hi"), Accepted::Repeated);
    bob.advance(Duration::from_secs(1));
    assert!(bob.mailbox.is_idle());
    assert_eq!(bob.deadline, None, "an idle mailbox waits for nothing");
}

// Rule 6: bounded memory.

#[test]
fn a_receiver_that_never_reads_does_not_fill_memory() {
    let config = Config {
        max_messages: 100,
        max_bytes: 1_000_000,
        ..Config::default()
    };
    let mut bob = Harness::with_config(config);
    bob.attach(SESSION, Transport::WebSocket);
    for text in numbers(0..5000) {
        assert_eq!(bob.deliver("alice", &text), Accepted::New);
        assert!(bob.mailbox.len() <= 200, "{} in memory", bob.mailbox.len());
    }
    assert_eq!(bob.acknowledged_fps(), numbers(0..5000));
    // Then it reads after all.
    let mut received = Vec::new();
    while received.len() < 5000 {
        let sent = bob.sent();
        assert!(!sent.is_empty(), "stuck after {}", received.len());
        for text in sent {
            bob.acknowledge("alice", &text);
            received.push(text);
        }
    }
    assert_eq!(received, numbers(0..5000));
    assert_eq!(bob.stored_texts(), [""; 0]);
}

#[test]
fn large_messages_count_by_their_bytes() {
    let config = Config {
        max_bytes: 10_000,
        ..Config::default()
    };
    let mut bob = Harness::with_config(config);
    bob.attach(SESSION, Transport::WebSocket);
    for n in 0..50 {
        bob.deliver("alice", &format!("{n}:{}", "x".repeat(1000)));
        assert!(
            bob.mailbox.bytes() <= 12_500,
            "{} bytes in memory",
            bob.mailbox.bytes()
        );
    }
    let mut received = 0;
    while received < 50 {
        let sent = bob.sent();
        assert!(!sent.is_empty(), "stuck after {received}");
        for text in sent {
            assert!(text.starts_with(&format!("{received}:")));
            bob.acknowledge("alice", &text);
            received += 1;
        }
    }
}

#[test]
fn a_store_that_hangs_does_not_fill_memory_either() {
    let config = Config {
        max_messages: 100,
        ..Config::default()
    };
    let mut bob = Harness::with_config(config);
    bob.store_answers = false;
    let taken = numbers(0..5000)
        .iter()
        .filter(|text| bob.deliver("alice", text) == Accepted::New)
        .count();
    assert_eq!((taken, bob.acknowledged_fps()), (100, vec![]));
    assert_eq!(bob.deliver("alice", "one more"), Accepted::Overloaded);
}

#[test]
fn without_qos_it_is_sent_to_whoever_is_there() {
    let body = bytes::Bytes::from_static(br#"{"type":2,"dataContent":"typing"}"#);
    let mut bob = Harness::new();
    assert!(!bob.call(|mailbox, _| mailbox.deliver_unreliable(&body)));
    bob.attach(SESSION, Transport::Udp);
    assert!(bob.call(|mailbox, _| mailbox.deliver_unreliable(&body)));
    assert_eq!((bob.sent(), bob.appended.len()), (vec!["typing".into()], 0));
}
