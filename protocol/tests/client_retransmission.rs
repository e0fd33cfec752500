//! When a client sends again what was not acknowledged, and in which order.

#[path = "support/client.rs"]
mod support;

use mobileim_protocol::client::Draft;
use mobileim_protocol::{Message, MessageType, SERVER, Transport};
use support::{Harness, seconds};

fn send(harness: &mut Harness, to: &str, text: &str) -> String {
    harness.send(Draft::new(to, text)).unwrap()
}

fn acknowledge(harness: &mut Harness, fp: &str) {
    harness.receive(&Message::received("bob", "alice", fp.to_owned(), false));
}

#[test]
fn on_udp_it_is_sent_again_every_second_and_later_after_doubled_waits() {
    let mut alice = Harness::online(Transport::Udp);
    let start = alice.now;
    let fp = send(&mut alice, "bob", "hi");
    alice.outputs();
    let mut waits = Vec::new();
    while alice.now.since(start) < seconds(40) {
        alice.advance(seconds(1) / 10);
        if !alice.transmitted_texts().is_empty() {
            waits.push(alice.now.since(start).as_secs());
        }
        let answer = Message::new(MessageType::KeepAliveResponse, SERVER, "alice");
        alice.receive(&answer);
    }
    assert_eq!(waits, [1, 2, 3, 4, 5, 7, 11, 19, 27, 35]);
    acknowledge(&mut alice, &fp);
    assert_eq!(
        alice.client.round_trip_time(),
        None,
        "Karn: which one was acknowledged?"
    );
}

#[test]
fn on_udp_the_time_out_follows_the_measured_round_trip() {
    let mut alice = Harness::online(Transport::Udp);
    for _ in 0..20 {
        let fp = send(&mut alice, "bob", "hi");
        alice.advance(seconds(1) / 5);
        acknowledge(&mut alice, &fp);
    }
    assert_eq!(alice.client.round_trip_time(), Some(seconds(1) / 5));
    alice.outputs();
    send(&mut alice, "bob", "hi");
    alice.transmitted();
    alice.advance(seconds(1) / 2);
    assert_eq!(
        alice.transmitted_texts(),
        ["hi"],
        "half a second is the least"
    );
}

#[test]
fn on_a_stream_only_a_slow_timer_sends_again() {
    let mut alice = Harness::online(Transport::Tcp);
    send(&mut alice, "bob", "hi");
    alice.transmitted();
    alice.advance(seconds(9));
    assert_eq!(alice.transmitted_texts(), [""; 0]);
    alice.advance(seconds(1));
    assert_eq!(alice.transmitted_texts(), ["hi"]);
}

#[test]
fn on_a_stream_the_oldest_takes_along_what_was_sent_after_it() {
    let mut alice = Harness::online(Transport::WebSocket);
    let one = send(&mut alice, "bob", "1");
    alice.advance(seconds(6));
    for text in ["2", "3"] {
        send(&mut alice, "bob", text);
    }
    alice.transmitted_texts();
    alice.advance(seconds(4));
    assert_eq!(alice.transmitted_texts(), ["1", "2", "3"]);
    // Then the next one is the oldest, with a doubled wait of its own.
    acknowledge(&mut alice, &one);
    let mut waited = 0;
    while alice.transmitted_texts().is_empty() {
        alice.advance(seconds(1));
        alice.receive(&Message::new(
            MessageType::KeepAliveResponse,
            SERVER,
            "alice",
        ));
        waited += 1;
    }
    assert_eq!(waited, 20);
}

#[test]
fn nothing_overtakes_what_is_overdue_when_an_application_wakes_up() {
    for transport in [Transport::WebSocket, Transport::Tcp] {
        let mut alice = Harness::online(transport);
        for text in ["1", "2"] {
            send(&mut alice, "bob", text);
        }
        alice.transmitted_texts();
        // A frozen page: the application comes first, the timers later.
        alice.now = alice.now + seconds(300);
        send(&mut alice, "bob", "3");
        assert_eq!(alice.transmitted_texts(), ["1", "2", "3"]);
    }
}

#[test]
fn nobody_waits_while_a_clock_is_set_or_a_page_frozen() {
    for transport in [Transport::WebSocket, Transport::Udp] {
        let mut alice = Harness::online(transport);
        send(&mut alice, "bob", "1");
        alice.transmitted_texts();
        alice.freeze(seconds(100_000));
        alice.receive(&Message::new(
            MessageType::KeepAliveResponse,
            SERVER,
            "alice",
        ));
        assert_eq!(alice.transmitted_texts(), ["1"], "{transport}");
        let mut waited = if transport.is_datagram() { 1 } else { 10 };
        while alice.client.pending() > 0 {
            alice.advance(seconds(1));
            alice.receive(&Message::new(
                MessageType::KeepAliveResponse,
                SERVER,
                "alice",
            ));
            waited += 1;
        }
        assert_eq!(waited, 120, "{transport}");
    }
}
