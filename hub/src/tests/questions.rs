//! What the application is asked about messages, and what does not wait for it.

use std::collections::HashMap;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use mobileim_protocol::payload::{self, ErrorResponse};
use mobileim_protocol::{Message, MessageType, SERVER, Transport, codes, decode, encode};
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::world::{FakeLink, World, login};
use crate::connection::{Connection, Step};
use crate::deferred::Deferred;
use crate::link::CloseReason;
use crate::quotas::Quotas;
use crate::rate::Rate;
use crate::registry::Config;
use crate::server::{Acceptance, Hooks, ServerHandle, Verdict};
use crate::stats::Outcome;

const TRANSPORTS: [Transport; 3] = [Transport::Tcp, Transport::Udp, Transport::WebSocket];

/// Decides when a test says so, but at once about what begins with "at once".
#[derive(Default)]
struct Oracle(Arc<Mutex<Asked>>);

#[derive(Default)]
struct Asked {
    /// What was asked about, in order.
    all: Vec<String>,
    out: HashMap<String, oneshot::Sender<Verdict>>,
    /// What the application was given, which it takes.
    accepted: Vec<String>,
}

impl Oracle {
    fn decide(&self, message: &Message<'_>) -> Deferred<Verdict> {
        let text = message.content.as_deref().unwrap_or_default().to_owned();
        if text.starts_with("at once") {
            return Verdict::Allow.into();
        }
        let asked = Arc::clone(&self.0);
        Deferred::pending(async move {
            let (answer, answered) = oneshot::channel();
            asked.lock().all.push(text.clone());
            asked.lock().out.insert(text, answer);
            answered.await.unwrap()
        })
    }

    fn asked(&self) -> Vec<String> {
        self.0.lock().all.clone()
    }

    fn says(&self, text: &str, verdict: Verdict) {
        let answer = self.0.lock().out.remove(text);
        answer.expect("it was asked").send(verdict).unwrap();
    }

    fn allows(&self, text: &str) {
        self.says(text, Verdict::Allow);
    }

    /// Whether somebody still wants to know.
    fn is_awaited(&self, text: &str) -> bool {
        !self.0.lock().out[text].is_closed()
    }
}

impl Hooks for Oracle {
    fn before_c2c(&self, _server: &ServerHandle, message: &Message<'_>) -> Deferred<Verdict> {
        self.decide(message)
    }

    fn before_c2s(&self, _server: &ServerHandle, message: &Message<'_>) -> Deferred<Verdict> {
        self.decide(message)
    }

    fn c2s(&self, _server: &ServerHandle, message: &Message<'_>) -> Deferred<Acceptance> {
        let text = message.content.as_deref().unwrap_or_default();
        self.0.lock().accepted.push(text.to_owned());
        if text == "slow" {
            return Deferred::pending(async { Acceptance::Accept });
        }
        Acceptance::Accept.into()
    }
}

struct Alice {
    connection: Connection,
    link: Arc<FakeLink>,
}

impl Alice {
    fn log_in(world: &World, transport: Transport) -> Self {
        let link = FakeLink::new(transport);
        let server = world.server.clone();
        let mut connection = Connection::new(server, world.now, Arc::<FakeLink>::clone(&link));
        let _ = connection.receive(world.now, login("alice", None).as_bytes());
        link.sent();
        Self { connection, link }
    }

    fn sends(&mut self, world: &World, to: &str, text: &str) -> Step {
        let message = Message::new(MessageType::CommonData, "alice", to);
        let fp = &text[..text.len().min(20)];
        let message = encode(&message.with_content(text).with_qos(fp));
        let step = self.connection.receive(world.now, message.as_bytes());
        let _ = self.is_woken(world);
        step
    }

    fn says(&mut self, world: &World, message: &Message<'_>) -> Step {
        let body = encode(message);
        self.connection.receive(world.now, body.as_bytes())
    }

    /// What a gateway does when its task is woken.
    fn is_woken(&mut self, world: &World) -> Step {
        let cx = &mut Context::from_waker(Waker::noop());
        self.connection.decide(world.now, cx)
    }

    fn errors(&self) -> Vec<ErrorResponse> {
        let sent = self.link.sent().into_iter();
        sent.filter(|(kind, _)| *kind == MessageType::ErrorResponse)
            .map(|(_, content)| payload::decode(Some(&content)).unwrap())
            .collect()
    }
}

fn world() -> (World, Arc<Oracle>) {
    let oracle = Arc::<Oracle>::default();
    (World::with_hooks(Arc::<Oracle>::clone(&oracle)), oracle)
}

#[test]
fn acknowledgements_heartbeats_and_a_logout_do_not_wait_for_an_answer() {
    for transport in TRANSPORTS {
        let (world, _oracle) = world();
        let mut alice = Alice::log_in(&world, transport);
        let (bob, _) = world.log_in("bob", Transport::Tcp);
        let _ = alice.sends(&world, "bob", "is out");
        world.send("bob", "alice", "hi");
        assert_eq!(alice.link.data(), ["hi"], "{transport}");

        let received = Message::received("alice", "bob", "hi", false);
        assert!(matches!(alice.says(&world, &received), Step::Continue));
        let acknowledged = (MessageType::Received, "hi".to_owned());
        assert!(bob.sent().contains(&acknowledged), "{transport}");
        for (asks, answer) in [
            (MessageType::KeepAlive, MessageType::KeepAliveResponse),
            (MessageType::Echo, MessageType::EchoResponse),
        ] {
            let asks = Message::new(asks, "alice", SERVER).with_content("{}");
            assert!(matches!(alice.says(&world, &asks), Step::Continue));
            assert_eq!(alice.link.sent()[0].0, answer, "{transport}");
        }
        let logout = Message::new(MessageType::Logout, "alice", SERVER);
        let step = alice.says(&world, &logout);
        assert!(matches!(step, Step::Close(CloseReason::LoggedOut)));
    }
}

#[test]
fn many_are_asked_about_at_once_and_each_conversation_keeps_its_order() {
    for transport in TRANSPORTS {
        let (world, oracle) = world();
        let mut alice = Alice::log_in(&world, transport);
        let (bob, _) = world.log_in("bob", Transport::Tcp);
        let (carol, _) = world.log_in("carol", Transport::Tcp);
        for (to, text) in [
            ("bob", "1"),
            ("carol", "2"),
            ("bob", "3"),
            ("bob", "at once"),
        ] {
            assert!(matches!(alice.sends(&world, to, text), Step::Continue));
        }
        assert_eq!(oracle.asked(), ["1", "2", "3"]);
        oracle.says("3", Verdict::Replace("three".to_owned()));
        oracle.allows("2");
        let _ = alice.is_woken(&world);
        assert_eq!((bob.data().len(), carol.data()), (0, vec!["2".to_owned()]));
        oracle.allows("1");
        let _ = alice.is_woken(&world);
        assert_eq!(bob.data(), ["1", "three", "at once"], "{transport}");
        assert!(!alice.connection.is_asking());
    }
}

#[test]
fn where_all_is_decided_at_once_nothing_waits() {
    let (world, _oracle) = world();
    let mut alice = Alice::log_in(&world, Transport::Tcp);
    let (bob, _) = world.log_in("bob", Transport::Tcp);
    let _ = alice.sends(&world, "bob", "at once");
    assert_eq!(bob.data(), ["at once"]);
    assert!(!alice.connection.is_asking());
    assert_eq!(world.server.asked().bytes(), 0);
}

#[test]
fn what_is_repeated_is_not_asked_about_again() {
    for to in ["bob", SERVER] {
        let (world, oracle) = world();
        let mut alice = Alice::log_in(&world, Transport::Udp);
        let (bob, _) = world.log_in("bob", Transport::Tcp);
        for _ in 0..3 {
            let _ = alice.sends(&world, to, "hi");
        }
        oracle.allows("hi");
        let _ = alice.is_woken(&world);
        for _ in 0..2 {
            let _ = alice.sends(&world, to, "hi");
        }
        assert_eq!(oracle.asked(), ["hi"], "{to}");
        let shown = bob.data().len() + oracle.0.lock().accepted.len();
        assert_eq!(shown, 1, "{to}");
        assert!(!alice.connection.is_asking());
        assert_eq!(world.server.stats().with_outcome(Outcome::Repeated), 4);
    }
}

#[test]
fn past_its_bound_a_stream_is_not_read_and_messages_by_datagram_are_lost() {
    for transport in TRANSPORTS {
        for text in ["x".repeat(10), "x".repeat(60_000)] {
            let (world, oracle) = world();
            let mut alice = Alice::log_in(&world, transport);
            let sent = (0..300).find(|number| {
                let step = alice.sends(
                    &world,
                    &format!("user {number}"),
                    &format!("{number}{text}"),
                );
                matches!(step, Step::Full)
            });
            let asked = oracle.asked();
            assert_eq!(asked.len(), if text.len() > 10 { 5 } else { 256 });
            if transport.is_datagram() {
                assert_eq!(sent, None);
                let lost = world.server.stats().lost_datagrams;
                assert_eq!(lost, 300 - asked.len() as u64);
                continue;
            }
            assert_eq!(sent, Some(asked.len() - 1));
            assert!(matches!(alice.is_woken(&world), Step::Full));
            oracle.allows(&asked[7 % asked.len()]);
            assert!(matches!(alice.is_woken(&world), Step::Continue));
        }
    }
}

#[test]
fn past_the_bound_of_all_each_connection_holds_one_message() {
    let (world, oracle) = world();
    let mut alice = Alice::log_in(&world, Transport::Tcp);
    world.server.asked().add(64 << 20);
    assert!(matches!(alice.sends(&world, "bob", "1"), Step::Full));
    oracle.allows("1");
    assert!(matches!(alice.is_woken(&world), Step::Continue));
    assert_eq!(world.server.asked().bytes(), 64 << 20);
}

#[test]
fn with_its_connection_a_question_ends_and_its_sender_asks_anew() {
    for transport in TRANSPORTS {
        let (world, oracle) = world();
        let (bob, _) = world.log_in("bob", Transport::Tcp);
        let mut alice = Alice::log_in(&world, transport);
        let _ = alice.sends(&world, "bob", "1");
        let _ = alice.sends(&world, "bob", "2");
        oracle.allows("2");
        alice.connection.close(world.now, CloseReason::Disconnected);
        assert!(!oracle.is_awaited("1"));
        assert!(matches!(alice.is_woken(&world), Step::Continue));
        assert_eq!(bob.data().len(), 0);
        assert_eq!(world.server.asked().bytes(), 0);

        let mut again = Alice::log_in(&world, transport);
        for text in ["1", "2"] {
            let _ = again.sends(&world, "bob", text);
            oracle.allows(text);
            let _ = again.is_woken(&world);
        }
        assert_eq!(bob.data(), ["1", "2"], "{transport}");
    }
}

#[test]
fn who_logs_in_as_somebody_else_sends_nothing_in_the_name_of_both() {
    let (world, oracle) = world();
    let (bob, _) = world.log_in("bob", Transport::Tcp);
    let mut alice = Alice::log_in(&world, Transport::Tcp);
    let _ = alice.sends(&world, "bob", "of alice");
    let _ = alice
        .connection
        .receive(world.now, login("alice", None).as_bytes());
    assert!(oracle.is_awaited("of alice"), "the same session goes on");
    let _ = alice
        .connection
        .receive(world.now, login("mallory", None).as_bytes());
    assert!(!oracle.is_awaited("of alice"));
    let _ = alice.is_woken(&world);
    assert_eq!(bob.data().len(), 0);
}

#[test]
fn a_refusal_says_why_if_there_is_room_for_it() {
    let refused = |transport, to: &str, text: &str| {
        let (world, oracle) = world();
        let mut alice = Alice::log_in(&world, transport);
        let _ = alice.sends(&world, to, "hi");
        let text = text.to_owned();
        oracle.says("hi", Verdict::RefuseSaying { code: 2001, text });
        let _ = alice.is_woken(&world);
        let mut errors = alice.errors();
        assert_eq!(errors.len(), 1);
        let error = errors.remove(0);
        let message = decode(error.message.as_bytes()).unwrap();
        assert_eq!((error.code, message.fp.as_deref()), (2001, Some("hi")));
        error.reason
    };
    for to in ["bob", SERVER] {
        for transport in TRANSPORTS {
            assert_eq!(refused(transport, to, "not so"), Some("not so".to_owned()));
        }
        assert_eq!(refused(Transport::Udp, to, &"no".repeat(1000)), None);
    }
}

#[test]
fn what_is_too_much_waits_for_its_turn_to_be_refused() {
    let oracle = Arc::<Oracle>::default();
    let quotas = Quotas {
        messages: Some(Rate::new(10, 2)),
        ..Quotas::unlimited()
    };
    let config = Config {
        quotas,
        ..Config::default()
    };
    let mut world = World::with_config_and_hooks(&config, Arc::<Oracle>::clone(&oracle));
    let (bob, _) = world.log_in("bob", Transport::Tcp);
    let mut alice = Alice::log_in(&world, Transport::Tcp);
    for text in ["1", "2", "3"] {
        let _ = alice.sends(&world, "bob", text);
    }
    assert_eq!(alice.errors().len(), 0, "its turn has not come");
    oracle.allows("1");
    oracle.allows("2");
    let _ = alice.is_woken(&world);
    assert_eq!(bob.data(), ["1", "2"]);
    assert_eq!(alice.errors()[0].code, codes::TOO_MANY_MESSAGES);
    world.advance(Duration::from_secs(1));
    let _ = alice.sends(&world, "bob", "3");
    oracle.allows("3");
    let _ = alice.is_woken(&world);
    assert_eq!(bob.data(), ["3"]);
}

#[test]
fn an_application_takes_messages_one_after_the_other_and_none_before_one_that_waits() {
    for transport in TRANSPORTS {
        let (world, oracle) = world();
        let mut alice = Alice::log_in(&world, transport);
        let texts = ["1", "slow", "2", "3", "4"];
        for text in texts {
            let _ = alice.sends(&world, SERVER, text);
        }
        assert_eq!(oracle.asked(), texts, "all at once");
        for text in ["4", "2", "slow"] {
            oracle.allows(text);
        }
        oracle.says("3", Verdict::RefuseForNow(Duration::from_secs(1)));
        let _ = alice.is_woken(&world);
        assert!(oracle.0.lock().accepted.is_empty());
        oracle.allows("1");
        let _ = alice.is_woken(&world);
        assert_eq!(oracle.0.lock().accepted, ["1", "slow", "2"]);
        let sent = alice.link.sent();
        let kinds: Vec<_> = sent.iter().map(|(kind, _)| *kind).collect();
        let (received, refused) = (MessageType::Received, MessageType::ErrorResponse);
        assert_eq!(kinds, [received, received, received, refused]);
        // Both come again, in order.
        for text in ["3", "4"] {
            let _ = alice.sends(&world, SERVER, text);
            oracle.allows(text);
            let _ = alice.is_woken(&world);
        }
        assert_eq!(oracle.0.lock().accepted, ["1", "slow", "2", "3", "4"]);
    }
}

#[test]
fn a_message_that_two_connections_asked_about_is_accepted_once() {
    let (world, oracle) = world();
    let mut alice = Alice::log_in(&world, Transport::Tcp);
    let _ = alice.sends(&world, SERVER, "once");
    let first = oracle.0.lock().out.remove("once").unwrap();
    let mut again = Alice::log_in(&world, Transport::Tcp);
    let _ = again.sends(&world, SERVER, "once");
    oracle.allows("once");
    first.send(Verdict::Allow).unwrap();
    let _ = again.is_woken(&world);
    let _ = alice.is_woken(&world);
    assert_eq!(oracle.0.lock().accepted, ["once"]);
}
