//! Rules 4 to 6 of the mailbox (docs/architecture.md): retransmission, repeated messages, bounded memory.

#[path = "support/mailbox.rs"]
mod support;

use std::time::Duration;

use mobileim_protocol::Transport;
use mobileim_protocol::mailbox::{Accepted, Config, Mailbox, SessionId, StoreFailure};
use support::{Harness, SESSION};

const NEXT: SessionId = SessionId(2);

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn numbers(range: std::ops::Range<u32>) -> Vec<String> {
    range.map(|n| n.to_string()).collect()
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
fn a_slow_receiver_on_a_stream_is_not_sent_everything_twice() {
    let mut bob = Harness::online(Transport::Tcp);
    for text in numbers(0..100) {
        bob.deliver("alice", &text);
    }
    assert_eq!(bob.sent().len(), 100);
    bob.advance(Duration::from_secs(21));
    let again = bob.sent();
    assert_eq!(again.len(), 10, "one every two seconds");
    assert!(
        again.contains(&"1".into()),
        "not always the same: {again:?}"
    );
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
fn nor_does_it_with_few_large_messages() {
    let config = Config {
        max_bytes: 10_000,
        ..Config::default()
    };
    let mut bob = Harness::with_config(config);
    bob.store_answers = false;
    let large = |n: u32| format!("{n}:{}", "x".repeat(1000));
    let taken = (0..100).filter(|n| bob.deliver("alice", &large(*n)) == Accepted::New);
    assert_eq!(taken.count(), 4);
    assert!(bob.mailbox.bytes() <= 10_000);
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

// What a session does not take.

#[test]
fn a_message_that_the_session_does_not_take_waits_for_one_that_does_and_holds_nobody_up() {
    let mut bob = Harness::new();
    bob.max_body = 300;
    let long = "x".repeat(300);
    bob.deliver("alice", &long);
    bob.deliver("carol", "before");
    bob.attach(SESSION, Transport::Tcp);
    assert_eq!(bob.sent(), ["before"]);
    bob.deliver("carol", "after");
    assert_eq!(bob.sent(), ["after"]);
    for text in ["before", "after"] {
        bob.acknowledge("carol", text);
    }
    bob.advance(Duration::from_secs(3600));
    assert_eq!(bob.sent(), [""; 0], "not even once");
    assert_eq!(bob.stored_texts(), [long.as_str()]);
    assert_eq!(bob.mailbox.len(), 0);
    bob.detach(SESSION);
    bob.max_body = usize::MAX;
    bob.attach(NEXT, Transport::WebSocket);
    assert_eq!(bob.sent(), [long]);
}

#[test]
fn what_comes_while_no_session_takes_it_is_refused_and_holds_nobody_up() {
    for store_is_read in [true, false] {
        let mut bob = Harness::new();
        bob.max_body = 300;
        bob.store_answers = store_is_read;
        bob.attach(SESSION, Transport::Udp);
        let long = "x".repeat(300);
        let too_long = Accepted::TooLong { limit: 300 };
        assert_eq!(bob.deliver("alice", &long), too_long);
        assert_eq!(bob.deliver("alice", "short"), Accepted::New);
        assert_eq!(bob.deliver("alice", &long), too_long, "repeated");
        bob.answer_all();
        assert_eq!(bob.sent(), ["short"]);
        bob.acknowledge("alice", "short");
        // It stays at what its sender was told, whoever logs in later.
        bob.max_body = usize::MAX;
        bob.attach(NEXT, Transport::WebSocket);
        bob.answer_all();
        assert!(matches!(
            bob.deliver("alice", &long),
            Accepted::TooLong { .. }
        ));
        assert_eq!(bob.deliver("alice", &"y".repeat(300)), Accepted::New);
        assert_eq!(bob.sent(), ["y".repeat(300)]);
        bob.advance(Duration::from_secs(1));
        bob.answer_all();
        assert_eq!(
            bob.acknowledged_fps(),
            ["short".to_owned(), "y".repeat(300)]
        );
    }
}

#[test]
fn what_no_client_has_ever_taken_is_refused_while_there_is_none() {
    let mut bob = Harness::new();
    let long = "x".repeat(300);
    assert_eq!(
        bob.deliver("alice", &long),
        Accepted::New,
        "nothing is known"
    );
    bob.call(|mailbox, _| mailbox.set_reach(Some(300)));
    assert_eq!(
        bob.deliver("alice", &long),
        Accepted::Repeated,
        "it was taken"
    );
    let refused = bob.deliver("alice", &"y".repeat(300));
    assert_eq!(refused, Accepted::TooLong { limit: 300 });
    assert_eq!(bob.deliver("alice", "short"), Accepted::New);
    assert_eq!(bob.stored_texts(), [long, "short".to_owned()]);
}

#[test]
fn what_was_to_be_repeated_and_is_too_long_now_is_not_waited_for() {
    let mut bob = Harness::new();
    bob.failure = Some(StoreFailure::Unavailable);
    let long = "x".repeat(300);
    bob.deliver("alice", &long);
    assert_eq!(bob.rejected, [long.as_str()]);
    assert_eq!(bob.deliver("alice", "after"), Accepted::Overloaded);
    bob.failure = None;
    bob.max_body = 300;
    bob.attach(SESSION, Transport::Udp);
    assert_eq!(
        bob.deliver("alice", &long),
        Accepted::TooLong { limit: 300 }
    );
    assert_eq!(bob.deliver("alice", "after"), Accepted::New);
    assert_eq!(bob.sent(), ["after"]);
}

#[test]
fn a_session_that_takes_more_gets_it_also_while_another_one_lives() {
    for store_is_read in [true, false] {
        let mut bob = Harness::new();
        bob.max_body = 300;
        let long = "x".repeat(300);
        bob.deliver("alice", &long);
        bob.store_answers = store_is_read;
        bob.attach(SESSION, Transport::Tcp);
        bob.max_body = usize::MAX;
        bob.attach(NEXT, Transport::WebSocket);
        bob.answer_all();
        assert_eq!(bob.transmitted, [(NEXT, long.clone())]);
        // The other one ends; it is not asked for again.
        bob.detach(SESSION);
        bob.acknowledge_on(NEXT, "alice", &long);
        bob.answer_all();
        assert_eq!(bob.stored_texts(), [""; 0]);
    }
}

#[test]
fn a_message_that_the_session_does_not_take_leaves_memory_whatever_the_store_is_at() {
    let mut bob = Harness::new();
    bob.store_answers = false;
    bob.attach(SESSION, Transport::WebSocket);
    // The backlog is being read; what comes meanwhile joins the window behind it.
    let long = "x".repeat(300);
    bob.deliver("alice", &long);
    bob.deliver("carol", "short");
    bob.detach(SESSION);
    bob.max_body = 300;
    bob.attach(SESSION, Transport::Tcp);
    bob.store_answers = true;
    bob.answer_all();
    assert_eq!(bob.sent(), ["short"]);
    bob.advance(Duration::from_secs(1));
    assert_eq!(bob.acknowledged_fps(), [long.clone(), "short".to_owned()]);
    bob.acknowledge("carol", "short");
    assert_eq!((bob.stored_texts(), bob.mailbox.len()), (vec![long], 0));
}

#[test]
fn a_session_that_comes_and_goes_while_the_store_is_slow_does_not_fill_memory() {
    let mut bob = Harness::with_config(Config {
        max_messages: 10,
        ..Config::default()
    });
    bob.attach(SESSION, Transport::Tcp);
    bob.store_answers = false;
    bob.deliver("alice", "first");
    bob.advance(Duration::from_millis(300));
    // While that is being stored, the window fills, and the tail behind it.
    let deliver = |bob: &mut Harness, name: &str| {
        for n in 0..30 {
            bob.deliver(&format!("{name} {n}"), &format!("{name} {n}"));
        }
    };
    deliver(&mut bob, "while it is there");
    assert_eq!(bob.mailbox.len(), 20);
    // All of it is the tail now, and then the window.
    bob.detach(SESSION);
    bob.attach(NEXT, Transport::Tcp);
    for _ in 0..3 {
        assert!(bob.answer_one());
    }
    deliver(&mut bob, "when it is back");
    assert_eq!(bob.mailbox.len(), 20);
}

#[test]
fn what_a_mailbox_remembers_outlives_it_once_it_has_nothing_to_do() {
    let mut bob = Harness::online(Transport::Tcp);
    bob.deliver("alice", "got");
    assert_eq!(bob.mailbox.retire(), None, "on its way");
    bob.acknowledge("alice", "got");
    assert_eq!(bob.mailbox.retire(), None, "a session is there");
    bob.detach(SESSION);
    bob.store_answers = false;
    bob.deliver("alice", "stored");
    assert_eq!(bob.mailbox.retire(), None, "on its way into the store");
    bob.answer_all();
    bob.acknowledged_fps();
    let recollections = bob.mailbox.retire().unwrap();
    assert_eq!(recollections.len(), 2);
    assert!(bob.mailbox.is_idle());
    bob.mailbox = Mailbox::new(Config::default());
    for recollection in recollections {
        bob.mailbox.recall(recollection);
    }
    for text in ["got", "stored"] {
        assert_eq!(bob.deliver("alice", text), Accepted::Repeated);
    }
    assert_eq!(bob.acknowledged_fps(), ["got", "stored"]);
    assert_eq!(bob.deliver("carol", "got"), Accepted::New);
}
