//! What is acknowledged is written down first, and what happens is written down in its order.

use std::sync::Arc;

use mobileim_protocol::{Message, MessageType, SERVER, Transport, encode};
use parking_lot::Mutex;

use super::world::{FakeLink, START, World, login};
use crate::connection::Connection;
use crate::deferred::Deferred;
use crate::event::{Delivery, Event, Refusal};
use crate::journal::{Journal, Recorded};
use crate::link::CloseReason;
use crate::server::{Acceptance, Hooks, ServerHandle, Verdict};

/// A journal that is as slow as the test wants, and has each event that waits for it wait.
#[derive(Default)]
struct Slow {
    recorded: Mutex<Option<Recorded>>,
    events: Mutex<Vec<Event>>,
}

impl Journal for Slow {
    fn start(&self, recorded: Recorded) {
        *self.recorded.lock() = Some(recorded);
    }

    fn record(&self, event: &Event) -> bool {
        self.events.lock().push(event.clone());
        true
    }

    fn keeps_text(&self) -> bool {
        true
    }
}

impl Slow {
    /// Everything until now is written down.
    fn write(&self) -> Vec<Event> {
        let events = std::mem::take(&mut *self.events.lock());
        let recorded = self.recorded.lock().clone().expect("it was started");
        for event in &events {
            recorded.recorded(event);
        }
        events
    }
}

/// Refuses what says so, with code 2000.
struct Picky;

impl Hooks for Picky {
    fn before_c2c(&self, _server: &ServerHandle, message: &Message<'_>) -> Deferred<Verdict> {
        match message.content.as_deref() {
            Some("bad") => Verdict::Refuse(2000).into(),
            _ => Verdict::Allow.into(),
        }
    }

    fn c2s(&self, _server: &ServerHandle, message: &Message<'_>) -> Deferred<Acceptance> {
        match message.content.as_deref() {
            Some("bad") => Acceptance::Refuse(2000).into(),
            _ => Acceptance::Accept.into(),
        }
    }
}

fn world() -> (World, Arc<Slow>) {
    let journal = Arc::<Slow>::default();
    let world = World::with_journal(Arc::<Slow>::clone(&journal), Arc::new(Picky));
    (world, journal)
}

fn alice(world: &World, transport: Transport) -> (Connection, Arc<FakeLink>) {
    let link = FakeLink::new(transport);
    let mut connection =
        Connection::new(world.server.clone(), START, Arc::<FakeLink>::clone(&link));
    let _ = connection.receive(START, login("alice", None).as_bytes());
    link.sent();
    (connection, link)
}

fn text(to: &str, text: &str) -> String {
    let message = Message::new(MessageType::CommonData, "", to);
    encode(&message.with_content(text).with_qos(text))
}

fn kinds(events: &[Event]) -> Vec<String> {
    let name = |event: &Event| {
        let event = format!("{event:?}");
        event
            .split([' ', '(', '{'])
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    events.iter().map(name).collect()
}

const ACKNOWLEDGED: MessageType = MessageType::Received;

#[test]
fn a_delivered_message_is_acknowledged_when_that_is_written_down_however_often_it_comes() {
    let (world, journal) = world();
    let (mut connection, alice) = alice(&world, Transport::Tcp);
    let (_bob, session) = world.log_in("bob", Transport::Tcp);
    journal.write();
    let _ = connection.receive(START, text("bob", "1").as_bytes());
    world
        .server
        .acknowledge(START, "bob", session, "alice", "1");
    // Its sender does not wait in silence: what is repeated must not overtake what is being written.
    let _ = connection.receive(START, text("bob", "1").as_bytes());
    assert_eq!(alice.sent(), []);
    assert_eq!(kinds(&journal.write()), ["Delivered", "Repeated"]);
    let acknowledged = (ACKNOWLEDGED, "1".to_owned());
    assert_eq!(alice.sent(), [acknowledged.clone(), acknowledged]);
}

#[test]
fn a_message_to_the_server_is_acknowledged_when_it_is_written_down_with_its_text() {
    let (world, journal) = world();
    let (mut connection, alice) = alice(&world, Transport::Udp);
    journal.write();
    for _ in 0..2 {
        let _ = connection.receive(START, text(SERVER, "order").as_bytes());
    }
    assert_eq!(alice.sent(), []);
    let events = journal.write();
    assert_eq!(kinds(&events), ["Received", "Repeated"]);
    let Event::Received {
        text, qos: true, ..
    } = &events[0]
    else {
        panic!("{:?}", events[0]);
    };
    assert_eq!(text.as_deref(), Some("order"));
    let acknowledged = (ACKNOWLEDGED, "order".to_owned());
    assert_eq!(alice.sent(), [acknowledged.clone(), acknowledged]);
}

#[test]
fn a_message_to_the_server_without_qos_is_written_down_and_acknowledged_to_nobody() {
    let (world, journal) = world();
    let (mut connection, alice) = alice(&world, Transport::Tcp);
    journal.write();
    let message = Message::new(MessageType::CommonData, "", SERVER).with_content("hi");
    let _ = connection.receive(START, encode(&message).as_bytes());
    let events = journal.write();
    assert!(matches!(&*events, [Event::Received { qos: false, .. }]));
    assert_eq!(alice.sent(), []);
}

#[test]
fn what_the_application_refuses_is_written_down_with_its_code() {
    let (world, journal) = world();
    let (mut connection, _alice) = alice(&world, Transport::Tcp);
    journal.write();
    for to in ["bob", SERVER] {
        let _ = connection.receive(START, text(to, "bad").as_bytes());
    }
    let why = Refusal::ByApplication { code: 2000 };
    for (event, receiver) in journal.write().into_iter().zip(["bob", SERVER]) {
        let Event::Refused {
            delivery: Delivery { to, fp, .. },
            why: said,
        } = event
        else {
            panic!("{event:?}");
        };
        assert_eq!((&*to, &*fp, said), (receiver, "bad", why));
    }
}

#[test]
fn a_session_that_takes_anothers_place_says_so_and_so_does_the_other() {
    let (world, journal) = world();
    let (_first, old) = world.log_in("alice", Transport::Tcp);
    // A later login elsewhere.
    let (_second, new) = world.log_in("alice", Transport::Tcp);
    world
        .server
        .end_session(START, "alice", new, CloseReason::Disconnected);
    let sessions = journal.write().into_iter().map(|event| match event {
        Event::Online {
            session, replaces, ..
        } => (true, session, replaces),
        Event::Offline {
            session,
            replaced_by,
            ..
        } => (false, session, replaced_by),
        event => panic!("{event:?}"),
    });
    assert_eq!(
        sessions.collect::<Vec<_>>(),
        [
            (true, old, None),
            (false, old, Some(new)),
            (true, new, Some(old)),
            (false, new, None)
        ]
    );
}

#[test]
fn sessions_have_numbers_above_those_that_were_given_before() {
    let config = crate::registry::Config {
        sessions_from: 7 << 32,
        ..Default::default()
    };
    let world = World::with_config(&config);
    let (_link, session) = world.log_in("alice", Transport::Tcp);
    assert!(session.0 > 7 << 32 && session.0 < 8 << 32);
}
