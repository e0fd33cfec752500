//! How long a client waits before it tries again, and what ends the wait.

#[path = "support/client.rs"]
mod support;

use std::time::Duration;

use mobileim_protocol::client::{Draft, SendError, State};
use mobileim_protocol::{Message, MessageType, SERVER, Transport};
use support::{Harness, account, seconds};

/// A client whose attempts have failed for a minute, and that now waits for some seconds.
fn waiting() -> Harness {
    let mut alice = Harness::new(Transport::WebSocket);
    alice.call(|client, now| client.login(now, account("alice")).unwrap());
    let end = alice.now + seconds(60);
    while alice.now < end || alice.deadline.unwrap().since(alice.now) < seconds(5) {
        if alice.client.state() == State::Connecting {
            alice.cut();
        } else {
            alice.advance(seconds(1) / 10);
        }
    }
    assert_eq!(alice.client.state(), State::Waiting);
    alice.outputs();
    alice
}

fn send(alice: &mut Harness, qos: bool) -> Result<String, SendError> {
    let draft = Draft {
        qos,
        ..Draft::new("bob", "hi")
    };
    alice.send(draft)
}

#[test]
fn a_send_ends_a_wait() {
    let mut alice = waiting();
    send(&mut alice, true).unwrap();
    assert_eq!(alice.client.state(), State::Connecting);
    // Also one that needs a link, which it does not find.
    let mut alice = waiting();
    assert_eq!(send(&mut alice, false), Err(SendError::Offline));
    assert_eq!(alice.client.state(), State::Connecting);
}

#[test]
fn whoever_goes_on_sending_or_looking_does_not_ask_a_server_that_is_down_without_pause() {
    let reasons: [fn(&mut Harness); 3] = [
        |alice| drop(send(alice, true)),
        |alice| alice.call(|client, now| client.handle_visible(now, true)),
        |alice| alice.call(|client, now| client.handle_network(now, true)),
    ];
    for reason in reasons {
        let mut alice = waiting();
        let mut attempts = 0;
        for _ in 0..600 {
            reason(&mut alice);
            if alice.client.state() == State::Connecting {
                attempts += 1;
                alice.cut();
            }
            alice.advance(seconds(1) / 10);
        }
        // A minute: one attempt every two seconds, and what the back-off brings by itself.
        assert!((25..200).contains(&attempts), "{attempts} attempts");
        let mut alice = waiting();
        reason(&mut alice);
        alice.cut();
        reason(&mut alice);
        assert_eq!(alice.client.state(), State::Waiting, "only just tried");
        alice.advance(seconds(2));
        assert_eq!(alice.client.state(), State::Connecting, "as soon as it may");
    }
}

/// Logs in, lets the server answer heartbeats or not, and after a while cuts the link. Gives the wait that follows.
fn one_link(alice: &mut Harness, answers: bool, lasts: Duration) -> Duration {
    let cut_at = alice.now + lasts;
    alice.accept_login();
    while alice.now < cut_at {
        let heartbeats = alice.transmitted().into_iter();
        if answers
            && heartbeats
                .filter(|it| it.kind == MessageType::KeepAlive)
                .count()
                > 0
        {
            alice.receive(
                &Message::new(MessageType::KeepAliveResponse, SERVER, "alice").with_content("{}"),
            );
        }
        alice.advance(seconds(1) / 10);
    }
    alice.cut();
    let wait = alice.deadline.unwrap().since(alice.now);
    alice.advance(wait);
    assert_eq!(alice.client.state(), State::Connecting);
    wait
}

#[test]
fn the_back_off_begins_anew_once_the_link_has_carried_an_answer() {
    let mut alice = Harness::new(Transport::WebSocket);
    alice.call(|client, now| client.login(now, account("alice")).unwrap());
    for _ in 0..50 {
        let wait = one_link(&mut alice, true, seconds(5));
        assert!(wait <= seconds(1) / 2, "{wait:?} after a link that worked");
    }
}

#[test]
fn a_server_that_accepts_and_drops_is_not_asked_without_pause() {
    let mut alice = Harness::new(Transport::WebSocket);
    alice.call(|client, now| client.login(now, account("alice")).unwrap());
    let waits: Vec<_> = (0..50)
        .map(|_| one_link(&mut alice, false, seconds(5) / 10))
        .collect();
    let later: Duration = waits[10..].iter().sum();
    assert!(later / 40 > seconds(4), "{waits:?}");
}
