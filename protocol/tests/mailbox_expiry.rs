//! Rule 7 of the mailbox: what waits for longer than its time to live is not delivered. And what is sent on a user's behalf.

#[path = "support/mailbox.rs"]
mod support;

use std::time::Duration;

use mobileim_protocol::Transport;
use mobileim_protocol::mailbox::{Accepted, Config, StoreFailure};
use support::{Harness, SESSION};

const MINUTE: Duration = Duration::from_secs(60);

impl Harness {
    /// A message with a minute to live.
    fn deliver_for_a_minute(&mut self, from: &str, text: &str) -> Accepted {
        let expires_at = self.now + MINUTE;
        self.deliver_with(from, text, |message| message.expires_at = Some(expires_at))
    }
}

#[test]
fn what_is_stored_is_delivered_within_its_time_and_not_after_it() {
    for (wait, sent, expired) in [
        (Duration::from_millis(59_999), vec!["hi", "and"], vec![]),
        (MINUTE, vec!["and"], vec!["hi"]),
    ] {
        let mut bob = Harness::new();
        bob.deliver_for_a_minute("0", "hi");
        bob.deliver("0", "and");
        assert_eq!(bob.acknowledged_fps(), ["hi", "and"]);
        bob.advance(wait);
        bob.attach(SESSION, Transport::Tcp);
        assert_eq!((bob.sent(), &bob.expired), (owned(&sent), &owned(&expired)));
        bob.acknowledge("0", "hi");
        bob.acknowledge("0", "and");
        assert!(bob.store.is_empty());
    }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn what_is_on_its_way_to_the_store_and_expires_is_deleted_once_it_is_there() {
    let mut bob = Harness::new();
    bob.store_answers = false;
    bob.deliver_for_a_minute("0", "hi");
    bob.advance(MINUTE);
    assert_eq!(bob.expired, ["hi"]);
    bob.answer_all();
    assert!(bob.store.is_empty());
    assert!(
        bob.acknowledged_fps().is_empty(),
        "it is neither delivered nor stored"
    );
}

#[test]
fn what_was_sent_on_a_stream_is_not_taken_back_and_does_not_wait_for_another_session() {
    let mut bob = Harness::online(Transport::Tcp);
    bob.deliver_for_a_minute("0", "seen");
    bob.advance(MINUTE * 2);
    assert!(bob.expired.is_empty());
    bob.acknowledge("0", "seen");
    bob.deliver_for_a_minute("0", "unseen");
    bob.advance(MINUTE * 2);
    bob.detach(SESSION);
    assert_eq!(bob.expired, ["unseen"]);
    assert!(bob.store.is_empty());
}

#[test]
fn on_datagrams_it_is_not_sent_again_and_the_next_one_goes() {
    let mut bob = Harness::online(Transport::Udp);
    bob.deliver_for_a_minute("0", "old");
    bob.deliver("0", "new");
    assert_eq!(bob.sent(), ["old"]);
    bob.advance(MINUTE * 2);
    assert_eq!(bob.expired, ["old"]);
    assert_eq!(bob.sent().last().map(String::as_str), Some("new"));
    bob.acknowledge("0", "new");
    assert!(bob.store.is_empty());
}

#[test]
fn what_waits_for_its_turn_expires_there() {
    let config = Config {
        in_flight: 1,
        ..Config::default()
    };
    let mut bob = Harness::with_config(config);
    bob.attach(SESSION, Transport::Tcp);
    bob.deliver("0", "first");
    bob.deliver_for_a_minute("0", "second");
    bob.advance(MINUTE);
    assert_eq!(bob.expired, ["second"]);
    bob.acknowledge("0", "first");
    assert!(!bob.sent().contains(&"second".to_owned()));
    assert!(bob.store.is_empty());
}

#[test]
fn a_sender_in_whose_name_something_was_sent_is_not_waited_for() {
    let mut bob = Harness::new();
    bob.failure = Some(StoreFailure::Unavailable);
    bob.deliver_with("alice", "pushed", |message| message.on_behalf = true);
    assert_eq!(bob.rejected, ["pushed"]);
    bob.failure = None;
    assert_eq!(bob.deliver("alice", "her own"), Accepted::New);
    // What she sent herself, and what was to come behind it, has to come again, in this order.
    bob.failure = Some(StoreFailure::Unavailable);
    bob.deliver("alice", "1");
    bob.failure = None;
    assert_eq!(bob.deliver("alice", "2"), Accepted::Overloaded);
}
