//! Messages that come while nobody listens: they wait, unacknowledged, and so the server keeps them.

#[path = "support/client.rs"]
mod support;

use mobileim_protocol::client::{Event, LinkLostReason, Output, State};
use mobileim_protocol::{Message, MessageType, Transport, encode};
use support::{Harness, account, from_bob, seconds};

/// Alice, online, and nobody hears of her messages yet.
fn alice() -> Harness {
    let mut alice = Harness::new(Transport::WebSocket);
    alice.listen(false);
    alice.log_in("alice");
    alice
}

/// What was shown and what was acknowledged since the last time.
fn dealt_with(alice: &mut Harness) -> (Vec<String>, Vec<String>) {
    let (mut shown, mut acknowledged) = (Vec::new(), Vec::new());
    for output in alice.outputs() {
        match output {
            Output::Event(Event::Message { message, .. }) => {
                shown.push(message.content.unwrap_or_default().into_owned());
            }
            Output::Transmit { body, .. } => {
                let message = mobileim_protocol::decode(body.as_bytes()).unwrap();
                if message.kind == MessageType::Received {
                    acknowledged.push(message.content.unwrap_or_default().into_owned());
                }
            }
            _ => {}
        }
    }
    (shown, acknowledged)
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

fn without_qos(text: &str) -> Message<'static> {
    Message::new(MessageType::CommonData, "bob", "alice").with_content(text.to_owned())
}

#[test]
fn what_comes_before_anybody_listens_is_shown_in_order_and_acknowledged_when_somebody_does() {
    let mut alice = alice();
    alice.receive(&from_bob("one", "f1"));
    alice.receive(&without_qos("two"));
    alice.receive(&from_bob("three", "f3"));
    assert_eq!(alice.outputs(), []);
    alice.listen(true);
    let first = alice.outputs();
    assert!(
        matches!(
            &first[..2],
            [
                Output::Event(Event::Message { .. }),
                Output::Transmit { .. }
            ]
        ),
        "as if it came now: {first:?}"
    );
    alice.receive(&from_bob("four", "f4"));
    let after = dealt_with(&mut alice);
    assert_eq!(after, (texts(&["four"]), texts(&["f4"])));
}

#[test]
fn one_that_is_repeated_meanwhile_is_shown_once_and_acknowledged_on_the_link_that_stands() {
    let mut alice = alice();
    alice.receive(&from_bob("one", "f1"));
    alice.receive(&from_bob("one", "f1"));
    alice.cut();
    alice.advance(seconds(1));
    alice.accept_login();
    alice.outputs();
    let link = alice.client.link();
    alice.receive_on(link.unwrap(), encode(&from_bob("one", "f1")).as_bytes());
    alice.receive_on(link.unwrap(), encode(&from_bob("two", "f2")).as_bytes());
    assert_eq!(alice.outputs(), []);
    alice.listen(true);
    let acknowledges =
        |output: &Output| matches!(output, Output::Transmit { link: of, .. } if Some(*of) == link);
    let outputs = alice.outputs();
    assert_eq!(outputs.iter().filter(|it| acknowledges(it)).count(), 2);
    let shown = outputs
        .iter()
        .filter(|it| matches!(it, Output::Event(Event::Message { .. })));
    assert_eq!(shown.count(), 2);
}

#[test]
fn what_is_shown_without_a_link_is_acknowledged_when_the_server_repeats_it() {
    let mut alice = alice();
    alice.receive(&from_bob("one", "f1"));
    alice.cut();
    alice.outputs();
    alice.listen(true);
    assert_eq!(dealt_with(&mut alice), (texts(&["one"]), texts(&[])));
    alice.advance(seconds(1));
    alice.accept_login();
    alice.outputs();
    alice.receive(&from_bob("one", "f1"));
    assert_eq!(dealt_with(&mut alice), (texts(&[]), texts(&["f1"])));
}

#[test]
fn what_came_on_an_earlier_link_is_acknowledged_when_it_comes_again_on_this_one() {
    let mut alice = alice();
    alice.receive(&from_bob("one", "f1"));
    alice.cut();
    alice.advance(seconds(1));
    alice.accept_login();
    alice.outputs();
    alice.listen(true);
    assert_eq!(dealt_with(&mut alice), (texts(&["one"]), texts(&[])));
    alice.receive(&from_bob("one", "f1"));
    assert_eq!(dealt_with(&mut alice), (texts(&[]), texts(&["f1"])));
}

#[test]
fn what_was_shown_before_is_acknowledged_although_nobody_listens() {
    let mut alice = alice();
    alice.listen(true);
    alice.receive(&from_bob("one", "f1"));
    alice.outputs();
    alice.listen(false);
    alice.receive(&from_bob("one", "f1"));
    assert_eq!(dealt_with(&mut alice), (texts(&[]), texts(&["f1"])));
}

#[test]
fn the_end_of_a_session_drops_what_is_held_so_that_the_next_user_never_sees_it() {
    let mut alice = alice();
    alice.receive(&from_bob("one", "f1"));
    alice.receive(&without_qos("two"));
    alice.call(|client, now| client.logout(now));
    alice.listen(true);
    assert_eq!(dealt_with(&mut alice), (texts(&[]), texts(&[])));
    alice.call(|client, now| client.login(now, account("alice")).unwrap());
    alice.accept_login();
    alice.outputs();
    // The server, which was not told that alice has it, sends it again.
    alice.receive(&from_bob("one", "f1"));
    assert_eq!(dealt_with(&mut alice), (texts(&["one"]), texts(&["f1"])));
}

#[test]
fn a_listener_that_goes_after_one_of_several_in_a_frame_leaves_the_others_to_the_next() {
    let mut alice = alice();
    let link = alice.link();
    for (text, fp) in [("one", "f1"), ("two", "f2"), ("three", "f3")] {
        alice.receive(&from_bob(text, fp));
    }
    // Not drained at once: the application reacts to the first message.
    alice.client.handle_listening(alice.now, true);
    while !matches!(
        alice.client.poll_output(),
        Output::Event(Event::Message { .. })
    ) {}
    alice.client.handle_listening(alice.now, false);
    alice.receive_on(link, encode(&from_bob("four", "f4")).as_bytes());
    assert_eq!(dealt_with(&mut alice), (texts(&[]), texts(&["f1"])));
    alice.listen(true);
    let rest = (texts(&["two", "three", "four"]), texts(&["f2", "f3", "f4"]));
    assert_eq!(dealt_with(&mut alice), rest);
}

#[test]
fn what_does_not_fit_comes_again_in_order_over_another_link() {
    let mut alice = alice();
    let message = |number: usize| from_bob(&number.to_string(), &format!("f{number}"));
    for number in 0..600 {
        alice.receive(&message(number));
    }
    assert_eq!(alice.outputs(), []);
    alice.listen(true);
    assert!(alice.events().contains(&Event::LinkLost {
        reason: LinkLostReason::Overflow
    }));
    let (_, acknowledged) = dealt_with(&mut alice);
    assert_eq!(acknowledged.len(), 512);
    alice.advance(seconds(1));
    alice.accept_login();
    alice.outputs();
    for number in 512..600 {
        alice.receive(&message(number));
    }
    let (shown, _) = dealt_with(&mut alice);
    assert_eq!((shown.len(), shown[0].as_str()), (88, "512"));
}

#[test]
fn what_a_server_has_under_way_fits_however_long_it_is_and_whatever_comes_without_qos() {
    let mut alice = alice();
    for _ in 0..10_000 {
        alice.receive(&without_qos(&"x".repeat(1000)));
    }
    let longest = "x".repeat(65_400);
    for number in 0..256 {
        alice.receive(&from_bob(&longest, &format!("f{number}")));
    }
    alice.listen(true);
    assert_eq!(alice.client.state(), State::Online);
    let (shown, acknowledged) = dealt_with(&mut alice);
    assert_eq!(acknowledged.len(), 256);
    assert_eq!(shown.len(), 512);
}
