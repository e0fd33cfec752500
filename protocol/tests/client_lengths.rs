//! How long a message may be: what the server takes, and what the receiver's clients do.

#[path = "support/client.rs"]
mod support;

use mobileim_protocol::client::{
    Account, Client, Draft, Event, LostReason, Output, SendError, State, Token,
};
use mobileim_protocol::payload::{self, ErrorResponse, LoginResponse};
use mobileim_protocol::{
    Instant, MAX_BODY, Message, MessageType, SERVER, Transport, codes, encode,
};
use support::{Harness, account};

/// Logs in to a server that says how long a body it takes, or, as an original one, nothing.
fn log_in(alice: &mut Harness, max_body: Option<usize>) {
    if alice.client.state() == State::Offline {
        alice.call(|client, now| client.login(now, account("alice")).unwrap());
    }
    let link = alice.link();
    alice.call(|client, now| client.handle_connected(now, link));
    let content = payload::encode(&LoginResponse {
        code: 0,
        first_login_time: 1,
        keep_alive_interval: None,
        max_batch: None,
        max_body,
        max_questions: None,
        server: None,
        token_expires_in: None,
        retry_after: None,
        missed_since: None,
    });
    alice.receive(&Message::new(MessageType::LoginResponse, SERVER, "alice").with_content(content));
    assert_eq!(alice.client.state(), State::Online);
}

fn send(client: &mut Client, now: Instant, len: usize) -> Result<(), SendError> {
    let prepared = client.prepare(Draft::new("bob", "x".repeat(len)))?;
    client.send(now, prepared)
}

#[test]
fn a_server_that_says_so_is_sent_long_bodies_on_each_transport() {
    for transport in [Transport::Tcp, Transport::Udp, Transport::WebSocket] {
        let mut alice = Harness::new(transport);
        log_in(&mut alice, Some(MAX_BODY));
        assert_eq!(alice.client.max_body(), MAX_BODY);
        assert_eq!(alice.client.cuts_bodies(), transport == Transport::Udp);
        alice.call(|client, now| send(client, now, 60_000).unwrap());
        assert_eq!(alice.transmitted_texts()[0].len(), 60_000);
        let error = alice.call(|client, now| send(client, now, MAX_BODY).unwrap_err());
        assert!(matches!(
            error,
            SendError::TooLong {
                limit: MAX_BODY,
                ..
            }
        ));
        // The next link begins as with an original server.
        alice.cut();
        assert!(!alice.client.cuts_bodies());
    }
}

#[test]
fn an_original_server_is_sent_what_it_takes() {
    for (transport, limit) in [(Transport::Tcp, 6144), (Transport::Udp, 2048)] {
        let mut alice = Harness::new(transport);
        log_in(&mut alice, None);
        assert!(!alice.client.cuts_bodies());
        let error = alice.call(|client, now| send(client, now, limit).unwrap_err());
        assert!(matches!(error, SendError::TooLong { limit: told, .. } if told == limit));
        alice.call(|client, now| send(client, now, limit - 300).unwrap());
    }
}

#[test]
fn what_was_sent_before_the_server_was_known_to_take_less_is_reported() {
    let mut alice = Harness::new(Transport::Tcp);
    alice.call(|client, now| client.login(now, account("alice")).unwrap());
    for len in [10_000, 100] {
        alice.call(|client, now| send(client, now, len).unwrap());
    }
    log_in(&mut alice, None);
    let lost = alice.events().into_iter().find_map(|event| match event {
        Event::Lost { reason, .. } => Some(reason),
        _ => None,
    });
    assert_eq!(lost, Some(LostReason::TooLong { limit: 6144 }));
    assert_eq!(alice.transmitted_texts(), ["x".repeat(100)]);
}

#[test]
fn a_text_that_no_client_of_the_receiver_can_show_is_reported_with_the_limit_and_holds_nothing_up()
{
    let mut alice = Harness::new(Transport::Udp);
    log_in(&mut alice, Some(MAX_BODY));
    for text in ["long", "short"] {
        alice.send(Draft::new("bob", text)).unwrap();
    }
    let long = alice.transmitted().pop().unwrap();
    let content = payload::encode(&ErrorResponse {
        code: codes::TOO_LONG_FOR_RECEIVER,
        message: encode(&long),
        limit: Some(1024),
        retry_after: None,
        reason: None,
    });
    alice.outputs();
    alice.receive(&Message::new(MessageType::ErrorResponse, SERVER, "alice").with_content(content));
    let outputs = alice.outputs();
    assert!(
        matches!(
            &outputs[..],
            [
                Output::Event(Event::Lost {
                    reason: LostReason::TooLongForReceiver { limit: 1024 },
                    ..
                }),
                Output::Transmit { .. },
            ]
        ),
        "{outputs:?}"
    );
}

#[test]
fn a_login_that_is_longer_than_any_server_takes_before_it_is_refused_at_once() {
    for transport in [Transport::Tcp, Transport::Udp, Transport::WebSocket] {
        let mut alice = Harness::new(transport);
        let long = Account {
            token: Token::Fixed("x".repeat(transport.max_body())),
            ..account("alice")
        };
        alice.call(|client, now| client.login(now, long).unwrap());
        let link = alice.link();
        alice.call(|client, now| client.handle_connected(now, link));
        assert_eq!(alice.client.state(), State::Closed, "{transport}");
        assert_eq!(alice.transmitted(), []);
        let refused = alice.events().into_iter().any(|event| {
            matches!(
                event,
                Event::LoginRefused {
                    code: codes::INVALID_MESSAGE,
                    retry: false
                }
            )
        });
        assert!(refused);
    }
}
