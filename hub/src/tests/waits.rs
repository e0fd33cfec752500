//! What the server says of how long to wait, and to whom.

use std::sync::Arc;
use std::time::Duration;

use mobileim_protocol::payload::{self, ErrorResponse, LoginRequest, LoginResponse};
use mobileim_protocol::{Message, MessageType, SERVER, Transport, codes, decode, encode};
use parking_lot::Mutex;

use super::world::{FakeLink, START, World, login, seconds};
use crate::auth::LoginVerdict;
use crate::connection::{Connection, Step};
use crate::deferred::Deferred;
use crate::link::CloseReason;
use crate::registry::Config;
use crate::server::{Acceptance, Devices, Hooks, Parts, ServerHandle, Verdict};
use crate::stats::LoginOutcome;
use crate::store::MemoryStore;

const WAIT: Duration = Duration::from_secs(4);

fn message(to: &str, text: &str) -> String {
    let message = Message::new(MessageType::CommonData, "alice", to);
    encode(&message.with_content(text).with_qos(text))
}

fn refusals(link: &FakeLink) -> Vec<ErrorResponse> {
    let sent = link.sent().into_iter();
    sent.filter(|(kind, _)| *kind == MessageType::ErrorResponse)
        .map(|(_, content)| payload::decode(Some(&content)).unwrap())
        .collect()
}

/// Allows nothing for now while it says so.
#[derive(Default)]
struct Busy(Mutex<bool>);

impl Busy {
    fn decide<T>(&self, now: T, later: impl Fn(Duration) -> T) -> Deferred<T> {
        let decision = if *self.0.lock() { later(WAIT) } else { now };
        decision.into()
    }
}

impl Hooks for Busy {
    fn before_c2c(&self, _server: &ServerHandle, _message: &Message<'_>) -> Deferred<Verdict> {
        self.decide(Verdict::Allow, Verdict::RefuseForNow)
    }

    fn c2s(&self, _server: &ServerHandle, _message: &Message<'_>) -> Deferred<Acceptance> {
        self.decide(Acceptance::Accept, Acceptance::RefuseForNow)
    }
}

/// A connection of alice's, whose messages are refused for now.
fn refused(transport: Transport) -> (World, Arc<Busy>, Connection, Arc<FakeLink>) {
    let busy = Arc::<Busy>::default();
    let world = World::with_hooks(Arc::<Busy>::clone(&busy));
    *busy.0.lock() = true;
    let link = FakeLink::new(transport);
    let mut connection =
        Connection::new(world.server.clone(), START, Arc::<FakeLink>::clone(&link));
    let _ = connection.receive(world.now, login("alice", None).as_bytes());
    let _ = connection.receive(world.now, message("bob", "1").as_bytes());
    (world, busy, connection, link)
}

#[test]
fn a_message_that_is_refused_for_now_is_named_with_the_wait() {
    for transport in [Transport::Tcp, Transport::WebSocket, Transport::Udp] {
        let (_, _, _, link) = refused(transport);
        let refusals = refusals(&link);
        assert_eq!(refusals.len(), 1);
        let refusal = &refusals[0];
        assert_eq!(refusal.code, codes::TOO_MANY_MESSAGES);
        assert_eq!(refusal.retry_after, Some(4_000));
        let refused = decode(refusal.message.as_bytes()).unwrap();
        assert_eq!(refused.fp.as_deref(), Some("1"));
    }
}

#[test]
fn nothing_overtakes_what_is_refused_for_now_in_its_conversation_and_others_go_on() {
    for transport in [Transport::Tcp, Transport::Udp] {
        let (world, busy, mut alice, link) = refused(transport);
        let (bob, _) = world.log_in("bob", Transport::Tcp);
        let (carol, _) = world.log_in("carol", Transport::Tcp);
        link.sent();
        // There would be room again, but its turn is first.
        *busy.0.lock() = false;
        for text in ["2", "3", "1", "2", "3"] {
            let step = alice.receive(world.now, message("bob", text).as_bytes());
            assert!(matches!(step, Step::Continue));
            let _ = alice.receive(world.now, message("carol", text).as_bytes());
        }
        assert_eq!(bob.data(), ["1", "2", "3"]);
        assert_eq!(carol.data(), ["2", "3", "1"]);
        assert_eq!(refusals(&link).len(), 0, "one word is enough");
    }
}

#[test]
fn nothing_overtakes_a_message_to_the_server_that_is_refused_for_now() {
    let (world, busy, mut alice, link) = refused(Transport::WebSocket);
    let _ = alice.receive(world.now, message(SERVER, "1").as_bytes());
    let told = refusals(&link);
    let codes: Vec<_> = told.iter().map(|refusal| refusal.code).collect();
    assert_eq!(
        codes,
        [codes::TOO_MANY_MESSAGES; 2],
        "one of each conversation"
    );
    *busy.0.lock() = false;
    for text in ["2", "1", "2"] {
        let _ = alice.receive(world.now, message(SERVER, text).as_bytes());
    }
    let acknowledged: Vec<_> = link.sent().into_iter().map(|(_, fp)| fp).collect();
    assert_eq!(acknowledged, ["1", "2"]);
}

#[test]
fn what_was_taken_before_is_not_refused_for_now_when_it_is_repeated() {
    let (world, busy, mut alice, link) = refused(Transport::Tcp);
    let (bob, session) = world.log_in("bob", Transport::Tcp);
    *busy.0.lock() = false;
    for text in ["1", "2"] {
        let _ = alice.receive(world.now, message("bob", text).as_bytes());
    }
    world
        .server
        .acknowledge(world.now, "bob", session, "alice", "1");
    *busy.0.lock() = true;
    link.sent();
    for text in ["1", "2"] {
        let _ = alice.receive(world.now, message("bob", text).as_bytes());
    }
    // The second is under way still.
    assert_eq!(link.sent(), [(MessageType::Received, "1".to_owned())]);
    assert_eq!(bob.data(), ["1", "2"]);
}

#[test]
fn a_sender_that_gives_up_what_was_refused_for_now_can_go_on() {
    let (mut world, busy, mut alice, link) = refused(Transport::Tcp);
    let _ = alice.receive(world.now, message(SERVER, "1").as_bytes());
    *busy.0.lock() = false;
    link.sent();
    world.advance(WAIT + seconds(120));
    let (bob, _) = world.log_in("bob", Transport::Tcp);
    let _ = alice.receive(world.now, message("bob", "2").as_bytes());
    assert_eq!(bob.data(), ["2"]);
    let _ = alice.receive(world.now, message(SERVER, "2").as_bytes());
    assert_eq!(link.sent(), [(MessageType::Received, "2".to_owned())]);
}

#[test]
fn who_is_refused_for_now_is_told_the_wait_or_if_original_nothing_so_that_it_comes_back() {
    let refuse = |_: &LoginRequest| {
        let refused = LoginVerdict::RefuseFor {
            code: codes::TEMPORARILY_UNAVAILABLE,
            why: "too many logins".to_owned(),
            retry_after: Some(WAIT),
        };
        Deferred::from(refused)
    };
    let server = ServerHandle::new(Parts {
        config: Config::default(),
        store: Arc::new(MemoryStore::default()),
        authenticator: Arc::new(refuse),
        hooks: Arc::new(()),
        journal: Arc::new(()),
        clock: Arc::new(super::world::Stopped),
        devices: Devices::default(),
        groups: Vec::new(),
        seed: 1,
    });
    let attempt = |transport, max_body| {
        let link = FakeLink::new(transport);
        let mut connection = Connection::new(server.clone(), START, Arc::<FakeLink>::clone(&link));
        let step = connection.receive(START, login("alice", max_body).as_bytes());
        let is_closed = matches!(step, Step::Close(CloseReason::LoginRefused));
        assert_eq!(is_closed, !transport.is_datagram());
        let answers = link.sent().into_iter();
        let answers = answers.map(|(_, answer)| payload::decode(Some(&answer)).unwrap());
        answers
            .map(|answer: LoginResponse| (answer.code, answer.retry_after))
            .collect::<Vec<_>>()
    };
    for transport in [Transport::Tcp, Transport::WebSocket, Transport::Udp] {
        assert_eq!(attempt(transport, Some(65_536)), [(1027, Some(4_000))]);
        assert_eq!(attempt(transport, None), []);
    }
    let logins = server.stats().logins;
    assert_eq!(logins.of(LoginOutcome::Unavailable), 6);
}

#[test]
fn a_server_that_stops_tells_clients_of_mobileim_different_waits_and_original_ones_nothing() {
    let world = World::new();
    let clients = |count: usize, max_body| {
        let clients = (0..count).map(|number| {
            let link = FakeLink::new(Transport::WebSocket);
            let mut connection =
                Connection::new(world.server.clone(), START, Arc::<FakeLink>::clone(&link));
            let user = format!("user {number} {max_body:?}");
            let _ = connection.receive(START, login(&user, max_body).as_bytes());
            link.sent();
            (connection, link)
        });
        clients.collect::<Vec<_>>()
    };
    let (ours, originals) = (clients(20, Some(65_536)), clients(3, None));
    world.server.close_all(world.now, seconds(10));
    let mut waits = Vec::new();
    for (_, link) in &ours {
        let told = refusals(link);
        assert_eq!((told.len(), told[0].code), (1, codes::SESSION_ENDS));
        let wait = told[0].retry_after.unwrap_or(0);
        let Some(CloseReason::ServerStopping { retry_after }) = link.closed() else {
            panic!("{:?}", link.closed());
        };
        assert_eq!(wait, u64::try_from(retry_after.as_millis()).unwrap());
        waits.push(wait);
    }
    waits.sort_unstable();
    waits.dedup();
    assert!(waits.len() > 15 && waits[0] < 3_000 && waits[waits.len() - 1] > 7_000);
    assert!(waits[waits.len() - 1] <= 10_000);
    for (_, link) in originals {
        assert_eq!(link.sent(), []);
        assert!(matches!(
            link.closed(),
            Some(CloseReason::ServerStopping { .. })
        ));
    }
}
