//! A hub with a clock, connections and a store that do what the test says.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use mobileim_protocol::mailbox::{SessionId, StoreFailure};
use mobileim_protocol::{Instant, Message, MessageType, Transport, decode};
use mobileim_server::hub::{CloseReason, Config, Hub, Link, LoggedIn, Login, Observer};
use mobileim_server::store::{Completion, MemoryStore, Request, Store};
use parking_lot::Mutex;

pub(crate) const START: Instant = Instant::from_millis(1_000_000);

/// A connection that remembers what the hub did with it.
pub(crate) struct FakeLink {
    transport: Transport,
    state: Mutex<LinkState>,
}

struct LinkState {
    sent: Vec<Bytes>,
    pings: usize,
    closed: Option<CloseReason>,
    last_seen: Instant,
}

impl FakeLink {
    pub(crate) fn new(transport: Transport) -> Arc<Self> {
        Arc::new(Self {
            transport,
            state: Mutex::new(LinkState {
                sent: Vec::new(),
                pings: 0,
                closed: None,
                last_seen: START,
            }),
        })
    }

    pub(crate) fn touch(&self, now: Instant) {
        self.state.lock().last_seen = now;
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

impl Observer for Log {
    fn online(&self, user: &Arc<str>, transport: Transport) {
        self.0.lock().push(format!("{user} online on {transport}"));
    }

    fn offline(&self, user: &Arc<str>, reason: CloseReason) {
        self.0.lock().push(format!("{user} offline: {reason}"));
    }

    fn s2c_acknowledged(&self, user: &Arc<str>, fp: &str) {
        self.0.lock().push(format!("{user} has {fp}"));
    }

    fn c2c_refused(&self, from: &Arc<str>, to: &Arc<str>, fp: &str) {
        self.0
            .lock()
            .push(format!("{fp} of {from} to {to} is refused"));
    }

    fn s2c_rejected(&self, user: &Arc<str>, fp: &str) {
        self.0.lock().push(format!("{user} does not get {fp}"));
    }
}

/// A store that takes nothing.
pub(crate) struct Failing(pub(crate) StoreFailure);

impl Store for Failing {
    fn submit(&self, _user: &Arc<str>, request: Request) -> Option<Completion> {
        match request {
            Request::Append { .. } => Some(Completion::not_appended(self.0)),
            Request::Load { .. } => Some(Completion::NotLoaded),
            Request::CancelLoad | Request::Delete { .. } => None,
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
    pub(crate) fn answer(&self, hub: &Hub, now: Instant) {
        while let Some((user, completion)) = self.next() {
            hub.complete(now, &user, completion);
        }
    }

    fn next(&self) -> Option<(Arc<str>, Completion)> {
        self.answers.lock().pop_front()
    }
}

pub(crate) struct World {
    pub(crate) hub: Hub,
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
        let observer: Arc<dyn Observer> = Arc::<Log>::clone(&log);
        Self {
            hub: Hub::new(Config::default(), store(Arc::clone(&slow)), observer),
            log,
            store: slow,
            now: START,
        }
    }

    pub(crate) fn login(
        &self,
        user: &str,
        first_login_time: i64,
        link: &Arc<FakeLink>,
    ) -> LoggedIn {
        self.hub.login(
            self.now,
            Login {
                max_body: None,
                user: user.into(),
                first_login_time,
                max_batch: None,
                unix_millis: 1_700_000_000_000,
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
        self.hub.deliver(self.now, &from.into(), to, &message);
    }

    pub(crate) fn advance(&mut self, duration: Duration) {
        let end = self.now + duration;
        while let Some(at) = self.hub.next_deadline().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.hub.handle_timeout(self.now);
        }
        self.now = end;
    }
}

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
