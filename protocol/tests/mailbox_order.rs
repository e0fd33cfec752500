//! What a mailbox does so that one sender's messages keep their order, and so that a message which the store holds
//! twice is delivered once (docs/architecture.md, "Order" and "What the store must do").

#[path = "support/mailbox.rs"]
mod support;

use std::time::Duration;

use mobileim_protocol::Transport;
use mobileim_protocol::mailbox::{Accepted, Config, Envelope, Mailbox, SessionId, StoreFailure};
use support::{Harness, SESSION};

const NEXT: SessionId = SessionId(2);

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Lets the store fail at what it was asked first.
fn fail_one(bob: &mut Harness, why: StoreFailure) {
    bob.failure = Some(why);
    assert!(bob.answer_one());
    bob.failure = None;
}

// What could not be taken comes first when it is repeated.

#[test]
fn until_a_rejected_message_is_repeated_nothing_later_of_its_sender_is_taken() {
    let mut bob = Harness::new();
    bob.store_answers = false;
    bob.deliver("alice", "one");
    fail_one(&mut bob, StoreFailure::Unavailable);
    assert_eq!(bob.rejected, ["one"]);
    bob.store_answers = true;
    // Under way when "one" was rejected.
    assert_eq!(bob.deliver("alice", "two"), Accepted::Overloaded);
    assert_eq!(bob.deliver("carol", "other"), Accepted::New);
    assert_eq!(bob.deliver("alice", "one"), Accepted::New);
    assert_eq!(bob.deliver("alice", "two"), Accepted::New);
    assert_eq!(bob.stored_texts(), ["other", "one", "two"]);
}

#[test]
fn only_its_own_lane_waits_for_what_is_to_come_again() {
    let mut bob = Harness::new();
    let on = |lane: &'static str| move |message: &mut Envelope| message.lane = Some(lane.into());
    bob.failure = Some(StoreFailure::Unavailable);
    bob.deliver_with("alice", "one", on("phone"));
    bob.failure = None;
    assert_eq!(
        bob.deliver_with("alice", "two", on("phone")),
        Accepted::Overloaded
    );
    assert_eq!(
        bob.deliver_with("alice", "other", on("laptop")),
        Accepted::New
    );
    assert_eq!(bob.deliver_with("alice", "one", on("phone")), Accepted::New);
    assert_eq!(bob.deliver_with("alice", "two", on("phone")), Accepted::New);
    assert_eq!(bob.stored_texts(), ["other", "one", "two"]);
}

#[test]
fn what_had_to_wait_is_awaited_next() {
    // "one" was given up by its sender, who goes on with "two" and "three"; or it comes, from another device.
    for one_comes in [false, true] {
        let mut bob = Harness::new();
        bob.failure = Some(StoreFailure::Unavailable);
        bob.deliver("alice", "one");
        bob.failure = None;
        bob.advance(seconds(119));
        assert_eq!(bob.deliver("alice", "two"), Accepted::Overloaded);
        if one_comes {
            assert_eq!(bob.deliver("alice", "one"), Accepted::New);
        } else {
            bob.advance(seconds(2));
        }
        assert_eq!(bob.deliver("alice", "three"), Accepted::Overloaded);
        assert_eq!(bob.deliver("alice", "two"), Accepted::New);
        assert_eq!(bob.deliver("alice", "three"), Accepted::New);
    }
}

#[test]
fn that_also_holds_once_the_receiver_is_there() {
    let mut bob = Harness::new();
    bob.store_answers = false;
    bob.deliver("alice", "one");
    fail_one(&mut bob, StoreFailure::Unavailable);
    bob.store_answers = true;
    bob.attach(SESSION, Transport::Tcp);
    assert_eq!(bob.deliver("alice", "two"), Accepted::Overloaded);
    bob.deliver("alice", "one");
    bob.deliver("alice", "two");
    assert_eq!(bob.sent(), ["one", "two"]);
}

#[test]
fn a_sender_that_gave_the_rejected_message_up_can_send_again_after_two_minutes() {
    let mut bob = Harness::new();
    bob.failure = Some(StoreFailure::Unavailable);
    bob.deliver("alice", "one");
    bob.failure = None;
    bob.advance(seconds(60));
    assert_eq!(bob.deliver("alice", "two"), Accepted::Overloaded);
    bob.advance(seconds(60));
    assert_eq!(bob.deliver("alice", "two"), Accepted::New);
}

#[test]
fn what_finds_no_room_is_awaited_like_what_is_rejected() {
    let mut bob = Harness::with_config(Config {
        max_messages: 2,
        ..Config::default()
    });
    bob.store_answers = false;
    for text in ["one", "two"] {
        assert_eq!(bob.deliver("carol", text), Accepted::New);
    }
    assert_eq!(bob.deliver("alice", "early"), Accepted::Overloaded);
    bob.store_answers = true;
    bob.answer_all();
    assert_eq!(bob.deliver("alice", "late"), Accepted::Overloaded);
    assert_eq!(bob.deliver("alice", "early"), Accepted::New);
    assert_eq!(bob.deliver("alice", "late"), Accepted::New);
}

#[test]
fn what_the_receiver_has_got_is_not_awaited() {
    let mut bob = Harness::new();
    bob.deliver("alice", "one");
    bob.restart();
    bob.mailbox = Mailbox::new(Config {
        max_messages: 1,
        ..Config::default()
    });
    bob.store_answers = false;
    bob.deliver("carol", "other");
    assert_eq!(bob.deliver("alice", "one"), Accepted::Overloaded);
    bob.store_answers = true;
    bob.answer_all();
    // The copy from before the restart; its sender has given it up, and does not repeat it.
    bob.attach(SESSION, Transport::Tcp);
    assert_eq!(bob.sent(), ["one", "other"]);
    bob.acknowledge("alice", "one");
    assert_eq!(bob.deliver("alice", "two"), Accepted::New);
}

#[test]
fn a_message_that_is_refused_for_good_is_not_awaited() {
    let mut bob = Harness::new();
    bob.failure = Some(StoreFailure::QuotaExceeded);
    bob.deliver("alice", "one");
    bob.failure = None;
    assert_eq!(bob.deliver("alice", "two"), Accepted::New);
    assert_eq!(bob.rejected, ["one"]);
    // Its sender may not have heard of it; "two" is there now.
    bob.deliver("alice", "one");
    assert_eq!(bob.rejected, ["one", "one"]);
    assert_eq!(bob.stored_texts(), ["two"]);
}

#[test]
fn the_server_itself_is_told_and_need_not_repeat_anything() {
    let mut bob = Harness::new();
    bob.failure = Some(StoreFailure::Unavailable);
    bob.deliver("0", "one");
    bob.failure = None;
    assert_eq!(bob.rejected, ["one"]);
    assert_eq!(bob.deliver("0", "two"), Accepted::New);
}

#[test]
fn a_mailbox_that_awaits_a_repetition_is_not_idle_before_that_is_over() {
    let mut bob = Harness::new();
    bob.failure = Some(StoreFailure::Unavailable);
    bob.deliver("alice", "one");
    assert!(!bob.mailbox.is_idle());
    bob.advance(seconds(120));
    assert!(bob.mailbox.is_idle());
}

// Appends.

#[test]
fn what_comes_while_an_append_is_unanswered_shares_the_next_one() {
    let mut bob = Harness::new();
    bob.store_answers = false;
    for n in 0..5 {
        bob.deliver("alice", &n.to_string());
    }
    assert_eq!(bob.appended, ["0"]);
    bob.answer_one();
    assert_eq!(bob.appended, ["0", "1", "2", "3", "4"]);
    bob.answer_one();
    assert_eq!(bob.acknowledged_fps(), ["0", "1", "2", "3", "4"]);
    assert!(bob.mailbox.is_empty());
}

#[test]
fn what_is_overdue_while_an_append_is_unanswered_is_stored_right_after_it() {
    let mut bob = Harness::online(Transport::Tcp);
    bob.store_answers = false;
    bob.deliver("alice", "one");
    bob.advance(Duration::from_millis(300));
    bob.deliver("alice", "two");
    // The harness fails if the mailbox wants to be woken again and again meanwhile.
    bob.advance(seconds(20));
    assert_eq!(bob.appended, ["one"]);
    bob.answer_one();
    assert_eq!(bob.appended, ["one", "two"]);
    bob.answer_one();
    // And what is not overdue yet is stored in time.
    bob.deliver("alice", "three");
    bob.advance(seconds(2));
    assert_eq!(bob.appended, ["one", "two", "three"]);
}

#[test]
fn of_an_append_that_is_taken_in_part_the_rest_is_rejected() {
    let mut bob = Harness::new();
    bob.store_answers = false;
    for n in 0..5 {
        bob.deliver("alice", &n.to_string());
    }
    bob.answer_one();
    bob.room = 2;
    fail_one(&mut bob, StoreFailure::QuotaExceeded);
    assert_eq!(bob.acknowledged_fps(), ["0", "1", "2"]);
    assert_eq!(bob.rejected, ["3", "4"]);
}

#[test]
fn a_failed_append_to_a_silent_receiver_is_made_again_before_what_came_after_it() {
    let mut bob = Harness::online(Transport::Tcp);
    bob.store_answers = false;
    bob.deliver("alice", "one");
    bob.advance(Duration::from_millis(300));
    fail_one(&mut bob, StoreFailure::Unavailable);
    bob.store_answers = true;
    bob.deliver("alice", "two");
    bob.advance(Duration::from_millis(300));
    assert_eq!(bob.stored_texts(), ["one", "two"]);
    bob.detach(SESSION);
    assert_eq!(bob.stored_texts(), ["one", "two"]);
    assert_eq!(bob.rejected, [""; 0]);
}

// What the store holds twice.

#[test]
fn what_was_repeated_after_a_restart_is_delivered_once_where_it_stood_first() {
    let mut bob = Harness::new();
    for text in ["one", "two", "three"] {
        bob.deliver("alice", text);
    }
    bob.restart();
    for text in ["two", "three", "four"] {
        assert_eq!(bob.deliver("alice", text), Accepted::New);
    }
    assert_eq!(
        bob.stored_texts(),
        ["one", "two", "three", "two", "three", "four"]
    );
    bob.attach(NEXT, Transport::Tcp);
    assert_eq!(bob.sent(), ["one", "two", "three", "four"]);
    for text in ["one", "two", "three", "four"] {
        bob.acknowledge_on(NEXT, "alice", text);
    }
    assert_eq!(bob.stored_texts(), [""; 0]);
}

#[test]
fn a_second_copy_that_is_read_after_the_first_was_delivered_is_dropped() {
    let mut bob = Harness::with_config(Config {
        load_window: 2,
        ..Config::default()
    });
    for text in ["one", "two", "three"] {
        bob.deliver("alice", text);
    }
    bob.restart();
    bob.mailbox = mobileim_protocol::mailbox::Mailbox::new(Config {
        load_window: 2,
        ..Config::default()
    });
    bob.deliver("alice", "one");
    bob.attach(NEXT, Transport::Tcp);
    assert_eq!(bob.sent(), ["one", "two"]);
    for text in ["one", "two", "three"] {
        bob.acknowledge_on(NEXT, "alice", text);
    }
    assert_eq!(bob.sent(), ["three"]);
    assert_eq!(bob.stored_texts(), [""; 0]);
}

#[test]
fn what_is_repeated_while_its_first_copy_is_being_read_is_delivered_once_in_its_place() {
    let mut bob = Harness::new();
    for text in ["one", "two"] {
        bob.deliver("alice", text);
    }
    bob.restart();
    bob.store_answers = false;
    bob.attach(NEXT, Transport::Tcp);
    for text in ["one", "two", "three"] {
        bob.deliver("alice", text);
    }
    bob.store_answers = true;
    bob.answer_all();
    assert_eq!(bob.sent(), ["one", "two", "three"]);
    assert_eq!(
        bob.acknowledged_fps(),
        ["one", "two"],
        "durable since before"
    );
    bob.advance(Duration::from_millis(300));
    assert_eq!(
        bob.acknowledged_fps(),
        ["three"],
        "joined the window, and not acknowledged in time"
    );
    for text in ["one", "two", "three"] {
        bob.acknowledge_on(NEXT, "alice", text);
    }
    assert_eq!((bob.stored_texts(), bob.sent()), (vec![], vec![]));
    // Nothing of it is left for a later session either.
    bob.detach(NEXT);
    bob.attach(SessionId(3), Transport::Tcp);
    assert_eq!(bob.sent(), [""; 0]);
}

#[test]
fn what_was_acknowledged_while_it_was_appended_is_not_read_back() {
    let mut bob = Harness::online(Transport::Tcp);
    bob.store_answers = false;
    bob.deliver("alice", "one");
    bob.advance(Duration::from_millis(300));
    bob.acknowledge("alice", "one");
    bob.detach(SESSION);
    bob.attach(NEXT, Transport::Tcp);
    bob.sent();
    bob.store_answers = true;
    bob.answer_all();
    assert_eq!((bob.sent(), bob.stored_texts()), (vec![], vec![]));
}

// Sessions that are left.

#[test]
fn when_one_of_two_sessions_ends_the_other_is_sent_what_is_unacknowledged() {
    let mut bob = Harness::online(Transport::Udp);
    bob.attach(NEXT, Transport::Tcp);
    for text in ["one", "two"] {
        bob.deliver("alice", text);
    }
    bob.transmitted.clear();
    bob.detach(SESSION);
    assert_eq!(
        bob.transmitted,
        [(NEXT, "one".into()), (NEXT, "two".into())]
    );
}
