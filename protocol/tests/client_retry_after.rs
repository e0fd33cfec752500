//! What a client makes of a server that says how long to wait.

#[path = "support/client.rs"]
mod support;

use std::time::Duration;

use mobileim_protocol::client::{Draft, Event, LinkLostReason, LostReason, Output, State};
use mobileim_protocol::payload::{self, ErrorResponse};
use mobileim_protocol::{Message, MessageType, SERVER, Transport, codes, encode};
use support::{Harness, account, login_response, seconds};

const TRANSPORTS: [Transport; 3] = [Transport::Udp, Transport::Tcp, Transport::WebSocket];

fn answer(kind: MessageType, content: String) -> Message<'static> {
    Message::new(kind, SERVER, "alice").with_content(content)
}

fn error(code: i64, message: String, retry_after: Option<u64>) -> Message<'static> {
    let content = payload::encode(&ErrorResponse {
        code,
        message,
        limit: None,
        retry_after,
        reason: None,
    });
    answer(MessageType::ErrorResponse, content)
}

fn session_ends(retry_after: Option<u64>) -> Message<'static> {
    error(codes::SESSION_ENDS, "the server stops".into(), retry_after)
}

/// The server takes this message only later.
fn refuse_for_now(alice: &mut Harness, message: &Message<'_>, retry_after: Option<u64>) {
    let text = encode(message);
    alice.receive(&error(codes::TOO_MANY_MESSAGES, text, retry_after));
}

fn send(alice: &mut Harness, to: &str, text: &str) {
    alice.send(Draft::new(to, text)).unwrap();
}

/// How long it takes until the client connects again.
fn time_to_connect(alice: &mut Harness) -> Duration {
    let start = alice.now;
    alice.outputs();
    while alice.client.state() == State::Waiting {
        alice.advance(seconds(1) / 20);
    }
    alice.now.since(start)
}

#[test]
fn a_session_that_ends_for_now_is_taken_up_after_the_wait_and_not_much_later() {
    for transport in TRANSPORTS {
        let mut alice = Harness::online(transport);
        send(&mut alice, "bob", "under way");
        alice.receive(&session_ends(Some(20_000)));
        let reason = LinkLostReason::SessionEnded;
        assert_eq!(alice.events()[0], Event::LinkLost { reason });
        let is_closed = |output: &Output| matches!(output, Output::Disconnect { .. });
        assert!(alice.outputs().iter().any(is_closed));
        let wait = time_to_connect(&mut alice);
        assert!((seconds(20)..=seconds(27)).contains(&wait), "{wait:?}");
        assert_ne!(alice.accept_login().first_login_time, 0, "the same login");
        assert_eq!(alice.transmitted_texts(), ["under way"]);
    }
}

#[test]
fn clients_that_are_told_the_same_wait_come_back_spread() {
    let waits = (0..20).map(|seed| {
        let config = mobileim_protocol::client::Config::new(Transport::Tcp, seed);
        let mut alice = Harness::with_config(config);
        alice.log_in("alice");
        alice.receive(&session_ends(Some(10_000)));
        alice.deadline.unwrap().since(alice.now)
    });
    let mut waits: Vec<_> = waits.collect();
    waits.sort();
    assert!(waits[0] >= seconds(10) && waits[19] <= seconds(13));
    assert!(waits[0] + seconds(1) < waits[19], "{waits:?}");
}

#[test]
fn a_login_that_is_refused_for_now_is_tried_again_after_the_wait() {
    let mut alice = Harness::new(Transport::Tcp);
    alice.call(|client, now| client.login(now, account("alice")).unwrap());
    let link = alice.link();
    alice.call(|client, now| client.handle_connected(now, link));
    let refused = r#"{"code":1027,"firstLoginTime":-1,"retryAfter":30000}"#.to_owned();
    alice.receive(&answer(MessageType::LoginResponse, refused));
    let wait = time_to_connect(&mut alice);
    assert!((seconds(30)..=seconds(40)).contains(&wait), "{wait:?}");
    alice.accept_login();
}

#[test]
fn no_news_cuts_short_the_wait_that_the_server_wants_but_a_login_does() {
    let mut alice = Harness::online(Transport::WebSocket);
    alice.receive(&session_ends(Some(60_000)));
    for _ in 0..59 {
        alice.call(|client, now| client.handle_network(now, true));
        alice.call(|client, now| client.handle_visible(now, true));
        send(&mut alice, "bob", "hi");
        assert_eq!(alice.client.state(), State::Waiting);
        alice.advance(seconds(1));
    }
    alice.call(|client, now| client.login(now, account("alice")).unwrap());
    assert_eq!(alice.client.state(), State::Connecting);
    // The wait is over for good: news counts again.
    alice.cut();
    alice.advance(seconds(2));
    alice.call(|client, now| client.handle_network(now, true));
    assert_eq!(alice.client.state(), State::Connecting);
}

#[test]
fn a_wait_that_cannot_be_meant_is_bounded_or_none() {
    for (retry_after, least, most) in [
        ("9223372036854775807", 300, 390),
        ("86400000", 300, 390),
        (r#""7000""#, 7, 10),
        ("0", 0, 1),
        ("-5", 0, 1),
        ("null", 0, 1),
    ] {
        let mut alice = Harness::online(Transport::Tcp);
        let content = format!(r#"{{"errorCode":305,"errorMsg":"","retryAfter":{retry_after}}}"#);
        alice.receive(&answer(MessageType::ErrorResponse, content));
        let wait = time_to_connect(&mut alice);
        let expected = seconds(least)..=seconds(most);
        assert!(expected.contains(&wait), "{retry_after}: {wait:?}");
    }
    for retry_after in ["1e300", r#""soon""#, "{}", "2.5"] {
        let mut alice = Harness::online(Transport::Tcp);
        let content = format!(r#"{{"errorCode":305,"errorMsg":"","retryAfter":{retry_after}}}"#);
        alice.receive(&answer(MessageType::ErrorResponse, content));
        assert!(matches!(alice.events()[..], [Event::BadMessage(_)]));
        assert_eq!(alice.client.state(), State::Online, "its server closes it");
    }
}

#[test]
fn a_message_that_is_refused_for_now_goes_out_again_after_the_wait_in_its_place() {
    for transport in [Transport::Tcp, Transport::WebSocket] {
        let mut alice = Harness::online(transport);
        for text in ["1", "2", "3"] {
            send(&mut alice, "bob", text);
        }
        let sent = alice.transmitted();
        refuse_for_now(&mut alice, &sent[1], Some(4_000));
        assert_eq!(alice.events(), [], "nothing is lost");
        send(&mut alice, "bob", "4");
        send(&mut alice, "carol", "5");
        alice.advance(Duration::from_millis(3_999));
        assert_eq!(alice.transmitted_texts(), [""; 0]);
        alice.advance(Duration::from_millis(1));
        assert_eq!(alice.transmitted_texts(), ["2", "3", "4", "5"]);
    }
}

#[test]
fn on_datagrams_a_message_that_is_refused_for_now_holds_up_all_conversations() {
    let mut alice = Harness::online(Transport::Udp);
    for (to, text) in [("bob", "1"), ("bob", "2"), ("carol", "3")] {
        send(&mut alice, to, text);
    }
    let sent = alice.transmitted();
    refuse_for_now(&mut alice, &sent[0], Some(4_000));
    send(&mut alice, "dave", "4");
    // What is acknowledged meanwhile makes room for nothing, either.
    let carol = sent[1].fp.clone().unwrap();
    alice.receive(&Message::received("carol", "alice", carol, false));
    send(&mut alice, "carol", "5");
    live(&mut alice, 3);
    assert_eq!(alice.transmitted_texts(), [""; 0]);
    live(&mut alice, 1);
    assert_eq!(alice.transmitted_texts(), ["1", "4", "5"]);
}

#[test]
fn a_new_link_does_not_end_the_wait_for_sending() {
    let mut alice = Harness::online(Transport::Tcp);
    send(&mut alice, "bob", "1");
    let sent = alice.transmitted();
    refuse_for_now(&mut alice, &sent[0], Some(10_000));
    alice.cut();
    time_to_connect(&mut alice);
    alice.accept_login();
    assert_eq!(alice.transmitted_texts(), [""; 0]);
    alice.receive(&answer(MessageType::KeepAliveResponse, "{}".into()));
    alice.advance(seconds(10));
    assert_eq!(alice.transmitted_texts(), ["1"]);
}

#[test]
fn a_logout_ends_the_wait_for_sending() {
    let mut alice = Harness::online(Transport::Tcp);
    send(&mut alice, "bob", "1");
    let sent = alice.transmitted();
    refuse_for_now(&mut alice, &sent[0], Some(10_000));
    alice.call(mobileim_protocol::client::Client::logout);
    alice.log_in("alice");
    send(&mut alice, "bob", "2");
    assert_eq!(alice.transmitted_texts(), ["2"]);
}

/// Lets time pass on a link that stands.
fn live(alice: &mut Harness, for_seconds: u64) {
    for _ in 0..for_seconds {
        alice.advance(seconds(1));
        alice.receive(&answer(MessageType::KeepAliveResponse, "{}".into()));
    }
}

#[test]
fn what_is_refused_for_now_again_and_again_is_not_lost_but_what_nobody_answers_for_is() {
    let mut alice = Harness::online(Transport::Tcp);
    send(&mut alice, "bob", "1");
    for _ in 0..10 {
        let mut sent = alice.transmitted();
        sent.retain(|it| it.kind == MessageType::CommonData);
        assert_eq!(sent.len(), 1, "it goes out again");
        refuse_for_now(&mut alice, &sent[0], Some(60_000));
        live(&mut alice, 60);
    }
    let is_end = |event: &Event| matches!(event, Event::Lost { .. });
    assert!(!alice.events().iter().any(is_end));
    live(&mut alice, 119);
    assert_eq!(alice.client.pending(), 1);
    live(&mut alice, 1);
    let lost = alice.events();
    let is_lost = |event: &Event| {
        let reason = &LostReason::Unacknowledged;
        matches!(event, Event::Lost { reason: why, .. } if why == reason)
    };
    assert!(lost.iter().any(is_lost));
}

#[test]
fn a_refusal_for_now_that_says_no_wait_or_names_no_message_holds_nothing_up_for_long() {
    let mut alice = Harness::online(Transport::Tcp);
    send(&mut alice, "bob", "1");
    let sent = alice.transmitted();
    refuse_for_now(&mut alice, &sent[0], None);
    assert_eq!(alice.transmitted_texts(), [""; 0], "not without pause");
    alice.advance(seconds(1));
    assert_eq!(alice.transmitted_texts(), ["1"]);
    alice.receive(&error(codes::TOO_MANY_MESSAGES, "?".into(), Some(1_000)));
    let named = &alice.events()[..];
    assert!(matches!(named, [Event::ServerError { code: 304, .. }]));
    send(&mut alice, "bob", "2");
    assert_eq!(alice.transmitted_texts(), ["2"]);
}

#[test]
fn only_an_error_305_or_1027_ends_a_session_for_now() {
    let mut alice = Harness::online(Transport::Tcp);
    let accepted_again = login_response(0, None);
    alice.receive(&accepted_again);
    alice.receive(&error(1100, "no".into(), Some(60_000)));
    assert_eq!(alice.client.state(), State::Online);
}
