//! The heartbeat and the verdict on the link, with well-behaved timers and with throttled, frozen and jumping ones.

#[path = "support/client.rs"]
mod support;

use std::time::Duration;

use mobileim_protocol::client::{Event, LinkLostReason, State};
use mobileim_protocol::{Instant, Message, MessageType, SERVER, Transport};
use support::{Harness, account, from_bob, login_response, seconds};

const SILENT: Event = Event::LinkLost {
    reason: LinkLostReason::Silent,
};

fn heartbeats(harness: &mut Harness) -> usize {
    let sent = harness.transmitted();
    sent.iter()
        .filter(|message| message.kind == MessageType::KeepAlive)
        .count()
}

fn answer() -> Message<'static> {
    Message::new(MessageType::KeepAliveResponse, SERVER, "alice").with_content("{}")
}

#[test]
fn a_heartbeat_goes_out_every_interval() {
    let mut alice = Harness::online(Transport::WebSocket);
    for _ in 0..4 {
        alice.advance(seconds(14));
        assert_eq!(heartbeats(&mut alice), 0);
        alice.advance(seconds(1));
        assert_eq!(heartbeats(&mut alice), 1);
        alice.receive(&answer());
    }
    let answered = |event: &Event| {
        matches!(
            event,
            Event::HeartbeatAnswered {
                round_trip_micros: 0
            }
        )
    };
    assert_eq!(
        alice
            .events()
            .iter()
            .filter(|event| answered(event))
            .count(),
        4
    );
    assert_eq!(alice.client.state(), State::Online);
}

#[test]
fn on_udp_a_heartbeat_that_is_not_answered_is_repeated_and_the_next_comes_in_its_time() {
    let mut alice = Harness::online(Transport::Udp);
    alice.advance(seconds(3));
    assert_eq!(heartbeats(&mut alice), 1);
    alice.advance(seconds(2));
    assert_eq!(heartbeats(&mut alice), 2, "perhaps it was lost");
    alice.receive(&answer());
    alice.advance(seconds(2));
    assert_eq!(heartbeats(&mut alice), 0);
    alice.advance(seconds(1));
    assert_eq!(heartbeats(&mut alice), 1);
    assert_eq!(alice.client.state(), State::Online);
}

#[test]
fn a_silent_server_is_given_up_when_the_table_says_so() {
    for (transport, timeout) in [
        (Transport::WebSocket, 20),
        (Transport::Tcp, 20),
        (Transport::Udp, 10),
    ] {
        let mut alice = Harness::online(transport);
        alice.advance(Duration::from_millis(timeout * 1000 - 1));
        assert_eq!(alice.client.state(), State::Online, "{transport}");
        alice.advance(Duration::from_millis(1));
        assert!(alice.events().contains(&SILENT), "{transport}");
    }
}

#[test]
fn any_message_is_a_sign_of_life() {
    let mut alice = Harness::online(Transport::Tcp);
    for n in 0..80 {
        alice.advance(seconds(4));
        alice.receive(&from_bob("hi", &n.to_string()));
    }
    assert!(!alice.events().contains(&SILENT));
}

#[test]
fn the_servers_interval_counts() {
    let mut alice = Harness::new(Transport::WebSocket);
    alice.call(|client, now| client.login(now, account("alice")).unwrap());
    let link = alice.link();
    alice.call(|client, now| client.handle_connected(now, link));
    alice.receive(&login_response(0, Some(60_000)));
    alice.transmitted();
    alice.advance(seconds(59));
    assert_eq!(heartbeats(&mut alice), 0);
    alice.advance(seconds(1));
    assert_eq!(heartbeats(&mut alice), 1);
    alice.advance(seconds(5));
    assert!(alice.events().contains(&SILENT));
}

#[test]
fn a_tab_that_was_frozen_for_an_hour_asks_before_it_gives_up() {
    let mut alice = Harness::online(Transport::WebSocket);
    alice.freeze(seconds(3600));
    assert_eq!(
        (alice.client.state(), heartbeats(&mut alice)),
        (State::Online, 1)
    );
    alice.receive(&answer());
    alice.advance(seconds(10));
    assert!(!alice.events().contains(&SILENT));
}

#[test]
fn frozen_while_an_answer_was_awaited_it_asks_once_more() {
    let mut alice = Harness::online(Transport::WebSocket);
    alice.advance(seconds(15));
    assert_eq!(heartbeats(&mut alice), 1);
    alice.freeze(seconds(3600));
    assert_eq!(
        (alice.client.state(), heartbeats(&mut alice)),
        (State::Online, 1)
    );
    alice.advance(seconds(5));
    assert!(
        alice.events().contains(&SILENT),
        "it asks once, not for ever"
    );
}

#[test]
fn timers_throttled_to_one_a_minute_do_not_kill_a_link_that_answers() {
    let mut alice = Harness::online(Transport::WebSocket);
    for _ in 0..60 {
        alice.freeze(seconds(60));
        assert_eq!(heartbeats(&mut alice), 1);
        // Network events are not throttled: the answer comes in time.
        alice.receive(&answer());
    }
    assert!(!alice.events().contains(&SILENT));
}

#[test]
fn timers_throttled_to_one_a_minute_still_notice_a_dead_link() {
    let mut alice = Harness::online(Transport::WebSocket);
    alice.freeze(seconds(60));
    alice.freeze(seconds(60));
    assert_eq!(
        alice.client.state(),
        State::Online,
        "the first verdict came late: it asks again"
    );
    alice.freeze(seconds(60));
    assert!(alice.events().contains(&SILENT));
}

#[test]
fn a_clock_set_back_a_day_changes_nothing() {
    let mut alice = Harness::online(Transport::WebSocket);
    alice.now = Instant::from_micros(alice.now.as_micros() - 1_000_000);
    alice.call(|client, now| client.handle_timeout(now));
    alice.advance(seconds(15));
    assert_eq!(heartbeats(&mut alice), 1);
    alice.receive(&answer());
    alice.now = Instant::from_millis(1);
    alice.call(|client, now| client.handle_timeout(now));
    alice.advance(seconds(15));
    assert_eq!(heartbeats(&mut alice), 1);
    assert_eq!(alice.client.state(), State::Online);
}

#[test]
fn a_clock_set_forward_a_day_makes_it_ask_not_give_up() {
    let mut alice = Harness::online(Transport::Tcp);
    alice.advance(seconds(15));
    alice.freeze(seconds(86_400));
    assert_eq!(alice.client.state(), State::Online);
    alice.receive(&answer());
    alice.advance(seconds(10));
    assert_eq!(alice.client.state(), State::Online);
}

#[test]
fn when_the_user_returns_the_link_is_checked_at_once() {
    let mut alice = Harness::online(Transport::WebSocket);
    alice.advance(seconds(7));
    alice.call(|client, now| client.handle_visible(now, true));
    assert_eq!(heartbeats(&mut alice), 1);
    alice.call(|client, now| client.handle_network(now, false));
    assert_eq!(heartbeats(&mut alice), 0, "one question at a time");
    alice.advance(seconds(5));
    assert!(alice.events().contains(&SILENT));
}

#[test]
fn an_idle_offline_client_waits_for_nothing() {
    let mut alice = Harness::new(Transport::WebSocket);
    alice.call(|client, now| client.handle_timeout(now));
    assert_eq!(alice.deadline, None);
}

#[test]
fn a_request_for_a_proof_is_acknowledged_and_answers_no_heartbeat() {
    let mut alice = Harness::online(Transport::Udp);
    alice.advance(seconds(3));
    alice.transmitted();
    alice.events();
    let request = answer().with_qos("secret");
    for _ in 0..2 {
        alice.receive(&request);
        let sent = alice.transmitted();
        assert_eq!(
            sent,
            [Message::received("alice", SERVER, "secret", false)],
            "also when it comes again: the first acknowledgement may be lost"
        );
    }
    assert_eq!(alice.events(), []);
}
