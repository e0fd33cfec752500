//! Which of a server's addresses a client tries next, and when.

#[path = "support/client.rs"]
mod support;

use mobileim_protocol::client::{Config, Draft, LinkLostReason, State};
use mobileim_protocol::payload::{self, ErrorResponse};
use mobileim_protocol::{Message, MessageType, SERVER, Transport, codes};
use support::{Harness, account, seconds};

/// A client that connects to the first of this many addresses.
fn client(addresses: usize) -> Harness {
    let mut alice = Harness::with_config(Config {
        addresses,
        ..Config::new(Transport::Tcp, 7)
    });
    alice.call(|client, now| client.login(now, account("alice")).unwrap());
    alice
}

/// Waits until the client connects, and gives the address.
fn next(alice: &mut Harness) -> usize {
    alice.outputs();
    while alice.client.state() == State::Waiting {
        let deadline = alice.deadline.expect("it tries again");
        alice.advance(deadline.since(alice.now));
    }
    assert_eq!(alice.client.state(), State::Connecting);
    alice.client.address()
}

fn session_ends() -> Message<'static> {
    let content = payload::encode(&ErrorResponse {
        code: codes::SESSION_ENDS,
        message: String::new(),
        limit: None,
        retry_after: Some(2_000),
        reason: None,
    });
    Message::new(MessageType::ErrorResponse, SERVER, "alice").with_content(content)
}

#[test]
fn addresses_at_which_nobody_is_are_passed_over_at_once_and_then_it_waits() {
    let mut alice = client(3);
    let mut tried = vec![alice.client.address()];
    for _ in 0..2 {
        let before = alice.now;
        alice.cut();
        tried.push(next(&mut alice));
        assert_eq!(alice.now, before, "it does not wait");
    }
    assert_eq!(tried, [0, 1, 2]);
    // Everybody was asked.
    alice.cut();
    assert!(alice.deadline.unwrap() > alice.now);
    assert_eq!(next(&mut alice), 0);
    for _ in 0..30 {
        for expected in [1, 2, 0] {
            alice.cut();
            assert_eq!(next(&mut alice), expected);
        }
    }
    assert!(
        alice
            .now
            .since(mobileim_protocol::Instant::from_millis(1_000_000))
            > seconds(100)
    );
}

#[test]
fn an_address_that_does_not_answer_is_passed_over_when_its_time_is_over() {
    let mut alice = client(2);
    alice.advance(seconds(5));
    assert_eq!(alice.client.state(), State::Connecting);
    assert_eq!(alice.client.address(), 1);
    let link = alice.client.link().unwrap();
    alice.call(|client, now| client.handle_connected(now, link));
    alice.advance(seconds(10));
    assert_eq!(next(&mut alice), 0, "the login was not answered");
}

#[test]
fn a_link_that_worked_is_made_anew_where_it_was() {
    let mut alice = client(3);
    alice.cut();
    assert_eq!(next(&mut alice), 1);
    alice.accept_login();
    let answer = Message::new(MessageType::KeepAliveResponse, SERVER, "alice").with_content("{}");
    alice.receive(&answer);
    alice.send(Draft::new("bob", "hi")).unwrap();
    alice.cut();
    assert_eq!(next(&mut alice), 1);
    // The server is gone: on to the next, as the same login, with what it had to send.
    alice.cut();
    assert_eq!(next(&mut alice), 2);
    assert_ne!(alice.accept_login().first_login_time, 0);
    assert_eq!(alice.transmitted_texts(), ["hi"]);
}

#[test]
fn a_server_that_accepts_and_drops_is_left_for_the_next() {
    let mut alice = client(2);
    alice.cut();
    next(&mut alice);
    alice.accept_login();
    alice.cut();
    assert_eq!(next(&mut alice), 0);
}

#[test]
fn a_server_that_ends_the_session_is_left_for_the_next_after_the_wait() {
    let mut alice = client(2);
    alice.accept_login();
    alice.receive(&session_ends());
    let before = alice.now;
    assert_eq!(next(&mut alice), 1);
    assert!(alice.now.since(before) >= seconds(2));
    // It has not taken over yet: the first one may be there again.
    alice.cut();
    assert_eq!(next(&mut alice), 0);
}

#[test]
fn without_a_token_no_address_is_to_blame() {
    use mobileim_protocol::client::{Account, Event, Token};
    let mut alice = Harness::with_config(Config {
        addresses: 2,
        ..Config::new(Transport::Tcp, 7)
    });
    let account = Account {
        token: Token::Ask,
        ..account("alice")
    };
    alice.call(|client, now| client.login(now, account).unwrap());
    let link = alice.client.link().unwrap();
    alice.call(|client, now| client.handle_token_failure(now, link));
    let reason = LinkLostReason::NoToken;
    assert!(alice.events().contains(&Event::LinkLost { reason }));
    assert_eq!(alice.client.address(), 0);
}
