//! A server with a clock, connections and a store that do what the test says.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use mobileim_protocol::mailbox::{SessionId, StoreFailure};
use mobileim_protocol::payload::{self, LoginRequest};
use mobileim_protocol::{Instant, Message, MessageType, SERVER, Transport, decode, encode};
use parking_lot::Mutex;

use crate::auth::AcceptAnyToken;
use crate::clock::Clock;
use crate::event::{Delivery, Event, Refusal};
use crate::journal::Journal;
use crate::link::{CloseReason, Link, Peer};
use crate::origin::Origin;
use crate::registry::{Config, LoggedIn, Login};
use crate::sender::Sender;
use crate::server::{Devices, Hooks, Parts, ServerHandle};
use crate::store::{Completion, MemoryStore, Request, Store, StoredGroup};

pub(crate) const START: Instant = Instant::from_millis(1_000_000);
pub(crate) const UNIX_MILLIS: i64 = 1_700_000_000_000;

/// A connection that remembers what the hub did with it.
pub(crate) struct FakeLink {
    transport: Transport,
    address: Option<SocketAddr>,
    state: Mutex<LinkState>,
}

struct LinkState {
    sent: Vec<Bytes>,
    pings: usize,
    closed: Option<CloseReason>,
    last_seen: Instant,
    is_broken: bool,
}

impl FakeLink {
    pub(crate) fn new(transport: Transport) -> Arc<Self> {
        Self::of(transport, None)
    }

    pub(crate) fn at(transport: Transport, address: SocketAddr) -> Arc<Self> {
        Self::of(transport, Some(address))
    }

    fn of(transport: Transport, address: Option<SocketAddr>) -> Arc<Self> {
        Arc::new(Self {
            transport,
            address,
            state: Mutex::new(LinkState {
                sent: Vec::new(),
                pings: 0,
                closed: None,
                last_seen: START,
                is_broken: false,
            }),
        })
    }

    pub(crate) fn touch(&self, now: Instant) {
        self.state.lock().last_seen = now;
    }

    /// From now on it panics when it is closed.
    pub(crate) fn break_down(&self) {
        self.state.lock().is_broken = true;
    }

    pub(crate) fn closed(&self) -> Option<CloseReason> {
        self.state.lock().closed
    }

    pub(crate) fn pings(&self) -> usize {
        self.state.lock().pings
    }

    /// Types and contents of what was sent since the last look.
    pub(crate) fn sent(&self) -> Vec<(MessageType, String)> {
        let sent = std::mem::take(&mut self.state.lock().sent);
        sent.iter()
            .map(|body| {
                let message = decode(body).unwrap();
                (message.kind, message.content.unwrap().into_owned())
            })
            .collect()
    }

    /// What was sent since the last look.
    pub(crate) fn bodies(&self) -> Vec<Bytes> {
        std::mem::take(&mut self.state.lock().sent)
    }

    /// These were not looked at.
    pub(crate) fn put_back(&self, bodies: &[Bytes]) {
        let mut state = self.state.lock();
        state.sent.splice(0..0, bodies.iter().cloned());
    }

    /// Contents of the data that was sent since the last look.
    pub(crate) fn data(&self) -> Vec<String> {
        self.sent()
            .into_iter()
            .filter(|(kind, _)| *kind == MessageType::CommonData)
            .map(|(_, content)| content)
            .collect()
    }
}

impl Link for FakeLink {
    fn transport(&self) -> Transport {
        self.transport
    }

    fn peer(&self) -> Peer {
        let peer = Peer::new(self.transport);
        self.address
            .map_or(peer, |address| Peer::at(self.transport, address))
    }

    fn max_body(&self) -> usize {
        self.transport.max_body()
    }

    fn set_max_body(&self, max_body: Option<usize>) -> Option<usize> {
        max_body
    }

    fn transmit(&self, body: Bytes) {
        self.state.lock().sent.push(body);
    }

    fn ping(&self) {
        self.state.lock().pings += 1;
    }

    fn close(&self, reason: CloseReason) {
        assert!(!self.state.lock().is_broken, "as a test wants it");
        self.state.lock().closed.get_or_insert(reason);
    }

    fn last_seen(&self) -> Instant {
        self.state.lock().last_seen
    }
}

/// Who came and went.
#[derive(Default)]
pub(crate) struct Log(Mutex<Vec<String>>);

impl Log {
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock())
    }
}

impl Hooks for Log {
    fn event(&self, _server: &ServerHandle, event: &Event) {
        let line = match event {
            Event::Online { user, peer, .. } => format!("{user} online on {}", peer.transport),
            Event::Offline { user, reason, .. } => format!("{user} offline: {reason}"),
            Event::Delivered(Delivery { from, to, fp, .. })
            | Event::Stored(Delivery { from, to, fp, .. })
                if *from == Origin::Server =>
            {
                format!("{to} has {fp}")
            }
            Event::Refused { delivery, why } => {
                let Delivery { from, to, fp, .. } = delivery;
                match from {
                    Origin::Server => format!("{to} does not get {fp}"),
                    Origin::User(_) if *why == Refusal::Unavailable => return,
                    Origin::User(from) | Origin::OnBehalf(from) => {
                        format!("{fp} of {from} to {to} is refused")
                    }
                }
            }
            _ => return,
        };
        self.0.lock().push(line);
    }
}

/// What happened to messages.
#[derive(Default)]
pub(crate) struct Events(Mutex<Vec<String>>);

impl Events {
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock())
    }
}

impl Hooks for Events {
    fn event(&self, _server: &ServerHandle, event: &Event) {
        let (what, delivery) = match event {
            Event::Delivered(delivery) => ("delivered", delivery),
            Event::Stored(delivery) => ("stored", delivery),
            Event::Fetched(delivery) => ("fetched", delivery),
            Event::Repeated(delivery) => ("repeated", delivery),
            _ => return,
        };
        self.0.lock().push(format!("{what} {}", delivery.fp));
    }
}

/// A clock that stands still: what matters is given to each call.
pub(crate) struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> Instant {
        START
    }

    fn unix_millis(&self) -> i64 {
        UNIX_MILLIS
    }
}

/// A store that takes nothing.
pub(crate) struct Failing(pub(crate) StoreFailure);

impl Store for Failing {
    fn submit(&self, _user: &Arc<str>, request: Request) -> Option<Completion> {
        match request {
            Request::Append { .. } => Some(Completion::not_appended(self.0)),
            Request::Load { .. } => Some(Completion::NotLoaded),
            Request::CancelLoad | Request::Delete { .. } | Request::Advance { .. } => None,
        }
    }
}

/// A store that answers when the test says so, with what it had when it was asked.
#[derive(Default)]
pub(crate) struct SlowStore {
    memory: MemoryStore,
    answers: Mutex<VecDeque<(Arc<str>, Completion)>>,
}

impl Store for SlowStore {
    fn submit(&self, user: &Arc<str>, request: Request) -> Option<Completion> {
        let answer = self.memory.submit(user, request)?;
        self.answers.lock().push_back((Arc::clone(user), answer));
        None
    }
}

impl SlowStore {
    pub(crate) fn answer(&self, server: &ServerHandle, now: Instant) {
        while let Some((user, completion)) = self.next() {
            server.complete(now, &user, completion);
        }
    }

    fn next(&self) -> Option<(Arc<str>, Completion)> {
        self.answers.lock().pop_front()
    }
}

pub(crate) struct World {
    pub(crate) server: ServerHandle,
    pub(crate) log: Arc<Log>,
    pub(crate) store: Arc<SlowStore>,
    pub(crate) now: Instant,
}

impl World {
    /// With a store that answers at once.
    pub(crate) fn new() -> Self {
        Self::with(|_| Arc::new(MemoryStore::default()))
    }

    pub(crate) fn with_slow_store() -> Self {
        Self::with(|slow| slow)
    }

    pub(crate) fn with(store: impl FnOnce(Arc<SlowStore>) -> Arc<dyn Store>) -> Self {
        let (log, slow) = (Arc::<Log>::default(), Arc::<SlowStore>::default());
        Self {
            server: server(store(Arc::clone(&slow)), Arc::<Log>::clone(&log)),
            log,
            store: slow,
            now: START,
        }
    }

    pub(crate) fn with_config(config: &Config) -> Self {
        Self::with_config_and_hooks(config, Arc::new(()))
    }

    pub(crate) fn with_config_and_hooks(config: &Config, hooks: Arc<dyn Hooks>) -> Self {
        Self {
            server: server_with(config, Arc::new(MemoryStore::default()), hooks),
            ..Self::new()
        }
    }

    pub(crate) fn with_journal(journal: Arc<dyn Journal>, hooks: Arc<dyn Hooks>) -> Self {
        let server = ServerHandle::new(Parts {
            config: Config::default(),
            store: Arc::new(MemoryStore::default()),
            authenticator: Arc::new(AcceptAnyToken),
            hooks,
            journal,
            clock: Arc::new(Stopped),
            devices: Devices::default(),
            groups: Vec::new(),
            seed: 1,
        });
        Self {
            server,
            ..Self::new()
        }
    }

    pub(crate) fn with_hooks(hooks: Arc<dyn Hooks>) -> Self {
        Self {
            server: server(Arc::new(MemoryStore::default()), hooks),
            ..Self::new()
        }
    }

    pub(crate) fn login(
        &self,
        user: &str,
        first_login_time: i64,
        link: &Arc<FakeLink>,
    ) -> LoggedIn {
        self.server.login(
            self.now,
            Login {
                max_body: None,
                mailbox: user.into(),
                device: None,
                missed_since: None,
                first_login_time,
                max_batch: None,
                is_mobileim: false,
                unix_millis: UNIX_MILLIS,
                valid_until: None,
                link: Arc::<FakeLink>::clone(link),
                session: None,
            },
        )
    }

    pub(crate) fn log_in(&self, user: &str, transport: Transport) -> (Arc<FakeLink>, SessionId) {
        let link = FakeLink::new(transport);
        link.touch(self.now);
        match self.login(user, 0, &link) {
            LoggedIn::Online(session) => (link, session),
            LoggedIn::Superseded => panic!("a new login is never superseded"),
        }
    }

    pub(crate) fn send(&self, from: &str, to: &str, text: &str) {
        let message = Message::new(MessageType::CommonData, from, to)
            .with_content(text)
            .with_qos(text);
        self.server.deliver(self.now, &sender(from), to, &message);
    }

    /// Sends a message as the server.
    pub(crate) fn push(&self, to: &str, message: &Message<'_>) {
        let from = Arc::from(SERVER);
        self.server
            .deliver_from_application(self.now, &from, to, message, None);
    }

    pub(crate) fn advance(&mut self, duration: Duration) {
        let end = self.now + duration;
        while let Some(at) = self.server.driver().next_deadline().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.server.handle_timeout(self.now);
        }
        self.now = end;
    }
}

fn server(store: Arc<dyn Store>, hooks: Arc<dyn Hooks>) -> ServerHandle {
    server_with(&Config::default(), store, hooks)
}

fn server_with(config: &Config, store: Arc<dyn Store>, hooks: Arc<dyn Hooks>) -> ServerHandle {
    server_with_devices(config, store, hooks, Devices::default(), Vec::new())
}

pub(crate) fn server_with_devices(
    config: &Config,
    store: Arc<dyn Store>,
    hooks: Arc<dyn Hooks>,
    devices: Devices,
    groups: Vec<StoredGroup>,
) -> ServerHandle {
    ServerHandle::new(Parts {
        config: *config,
        store,
        authenticator: Arc::new(AcceptAnyToken),
        hooks,
        journal: Arc::new(()),
        clock: Arc::new(Stopped),
        devices,
        groups,
        seed: 1,
    })
}

/// A user with one session.
pub(crate) fn sender(user: &str) -> Sender {
    let user = user.into();
    Sender::new(&user, &user)
}

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A LOGIN as a client writes it, which says what it takes if it is `MobileIM`'s.
pub(crate) fn login(user: &str, max_body: Option<usize>) -> String {
    let request = payload::encode(&LoginRequest {
        user_id: user.to_owned(),
        token: String::new(),
        extra: None,
        first_login_time: 0,
        max_batch: None,
        max_body,
        secret: None,
        device: None,
    });
    encode(&Message::new(MessageType::Login, user, SERVER).with_content(request))
}
