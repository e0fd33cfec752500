//! The server's process: the code that serves in production, with links instead of sockets.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use mobileim_hub::store::Completion;
use mobileim_hub::{
    Answer, Budget, Clock, CloseReason, Config, Connection, Devices, Evidence, Link, Parts,
    Purpose, ServerHandle, Step,
};
use mobileim_protocol::{Instant, MAX_BODY, Transport};
use parking_lot::Mutex;

use super::application::Application;
use super::disk::{SimulatedBook, SimulatedStore};

/// The number of a connection, or of the address that datagrams come from.
pub(super) type ConnectionId = usize;

/// What the server does to its environment.
#[derive(Debug)]
pub(super) enum Effect {
    /// A message is given to a link, which sends it if it may.
    Deliver(ConnectionId, Bytes),
    Transmit(ConnectionId, Bytes),
    Ping(ConnectionId),
    Close(ConnectionId, CloseReason),
    /// The application has accepted a message.
    Accepted(String),
    /// The application was told that a message is refused.
    Refused(String),
    /// The application was told that its message is delivered or safe, for the device with this mailbox.
    Acknowledged {
        fp: String,
        mailbox: String,
    },
    /// The application was told that its message has waited for too long.
    Expired(String),
}

pub(super) type Effects = Arc<Mutex<Vec<Effect>>>;

/// From the start of the server to its crash.
pub(super) struct Server {
    pub(super) handle: ServerHandle,
    pub(super) store: Arc<SimulatedStore>,
    clock: Arc<SimulatedClock>,
    connections: BTreeMap<ConnectionId, Open>,
    effects: Effects,
    /// Answers of the store that are on their way.
    pub(super) answers: VecDeque<Vec<(Arc<str>, Completion)>>,
    /// Whether the store works at a batch.
    pub(super) committing: bool,
}

struct Open {
    connection: Connection,
    link: Arc<SimulatedLink>,
    /// The application's decision about a login that it waits for.
    waits: Option<Pin<Box<dyn Future<Output = Answer> + Send>>>,
    /// Whether it waits for decisions about messages, as it holds as many as it may.
    is_full: bool,
    /// What has arrived meanwhile.
    arrived: VecDeque<Vec<u8>>,
    /// Whether somebody will look for decisions.
    is_awaited: bool,
}

impl Open {
    fn reads(&self) -> bool {
        self.waits.is_none() && !self.is_full
    }
}

impl Server {
    pub(super) fn start(
        config: &Config,
        store: SimulatedStore,
        application: Application,
        clock: Arc<SimulatedClock>,
        now: Instant,
        unix_millis: i64,
    ) -> Self {
        let store = Arc::new(store);
        clock.set(now, unix_millis);
        let effects = Arc::clone(&application.effects);
        let application = Arc::new(application);
        let groups = store.disk.lock().logs().groups();
        let handle = ServerHandle::new(Parts {
            config: *config,
            store: Arc::<SimulatedStore>::clone(&store),
            authenticator: Arc::<Application>::clone(&application),
            hooks: application,
            journal: Arc::new(()),
            clock: Arc::<SimulatedClock>::clone(&clock),
            devices: Devices {
                known: store.disk.lock().devices.clone(),
                book: Arc::new(SimulatedBook(Arc::clone(&store.disk))),
            },
            groups,
            seed: now.as_micros(),
        });
        Self {
            handle,
            store,
            clock,
            connections: BTreeMap::new(),
            effects,
            answers: VecDeque::new(),
            committing: false,
        }
    }

    /// Its clock.
    pub(super) fn now(&self) -> Instant {
        self.clock.now()
    }

    pub(super) fn set_clock(&self, now: Instant, unix_millis: i64) {
        self.clock.set(now, unix_millis);
    }

    pub(super) fn take_effects(&self) -> Vec<Effect> {
        std::mem::take(&mut self.effects.lock())
    }

    /// A client has connected, or a datagram came from a new address.
    pub(super) fn accept(&mut self, now: Instant, id: ConnectionId, transport: Transport) {
        let link = Arc::new(SimulatedLink {
            id,
            transport,
            effects: Arc::clone(&self.effects),
            last_seen: AtomicU64::new(now.as_micros()),
            max_body: AtomicUsize::new(transport.max_body_of_client()),
            clock: Arc::clone(&self.clock),
            budget: transport.is_datagram().then(Budget::default),
        });
        let connection =
            Connection::new(self.handle.clone(), now, Arc::<SimulatedLink>::clone(&link));
        let open = Open {
            connection,
            link,
            waits: None,
            is_full: false,
            arrived: VecDeque::new(),
            is_awaited: false,
        };
        self.connections.insert(id, open);
    }

    pub(super) fn knows(&self, id: ConnectionId) -> bool {
        self.connections.contains_key(&id)
    }

    /// Something came: a body, or a sign of life without one.
    ///
    /// Says whether the application is to be asked for its decision.
    pub(super) fn receive(
        &mut self,
        now: Instant,
        id: ConnectionId,
        body: Option<Vec<u8>>,
    ) -> bool {
        let Some(open) = self.connections.get_mut(&id) else {
            return false;
        };
        open.link.touch(now);
        let Some(body) = body else { return false };
        if !open.reads() {
            open.arrived.push_back(body);
            return false;
        }
        let step = open.connection.receive(now, &body);
        self.follow(now, id, step);
        self.asks(id)
    }

    /// The application has decided about some of what it was asked. Says whether it is to decide about more.
    pub(super) fn decide(&mut self, now: Instant, id: ConnectionId) -> bool {
        let cx = &mut Context::from_waker(Waker::noop());
        let Some(open) = self.connections.get_mut(&id) else {
            return false;
        };
        open.is_awaited = false;
        if let Some(mut answer) = open.waits.take() {
            let Poll::Ready(answer) = answer.as_mut().poll(cx) else {
                panic!("the simulated application decides about a login as soon as it is asked");
            };
            let step = open.connection.resume(now, answer);
            self.follow(now, id, step);
        }
        if let Some(open) = self.connections.get_mut(&id) {
            let step = open.connection.decide(now, cx);
            self.follow(now, id, step);
        }
        while let Some(open) = self.connections.get_mut(&id)
            && open.reads()
            && let Some(body) = open.arrived.pop_front()
        {
            let step = open.connection.receive(now, &body);
            self.follow(now, id, step);
        }
        self.asks(id)
    }

    /// Says whether somebody is to look for decisions, who does not yet.
    fn asks(&mut self, id: ConnectionId) -> bool {
        let Some(open) = self.connections.get_mut(&id) else {
            return false;
        };
        let asks = open.waits.is_some() || open.connection.is_asking();
        asks && !std::mem::replace(&mut open.is_awaited, true)
    }

    fn follow(&mut self, now: Instant, id: ConnectionId, step: Step) {
        let open = self.connections.get_mut(&id).expect("it was just used");
        match step {
            Step::Continue => open.is_full = false,
            Step::Full => open.is_full = true,
            Step::Wait(answer) => open.waits = Some(answer),
            Step::Close(reason) => {
                self.effects.lock().push(Effect::Close(id, reason));
                self.close(now, id, reason);
            }
        }
    }

    /// A connection has ended.
    pub(super) fn close(&mut self, now: Instant, id: ConnectionId, reason: CloseReason) {
        if let Some(mut open) = self.connections.remove(&id) {
            open.connection.close(now, reason);
        }
    }

    pub(super) fn connections(&self) -> impl Iterator<Item = ConnectionId> {
        self.connections.keys().copied()
    }

    /// Asks the store to do the first `count` of what it was asked; the answers wait in `answers`.
    pub(super) fn commit(&mut self, count: usize, fails: bool) {
        let answers = self.store.commit(count, fails);
        self.answers.push_back(answers);
    }

    pub(super) fn answer(&mut self, now: Instant) {
        for (user, completion) in self.answers.pop_front().unwrap_or_default() {
            self.handle.driver().complete(now, &user, completion);
        }
    }

    /// Stops in good order: whatever is in memory is handed to the store, and clients are told when to come back.
    pub(super) fn stop(&self) {
        self.handle.driver().close_all(Duration::from_secs(5));
    }
}

struct SimulatedLink {
    id: ConnectionId,
    transport: Transport,
    effects: Effects,
    last_seen: AtomicU64,
    max_body: AtomicUsize,
    clock: Arc<SimulatedClock>,
    /// What an address may be sent.
    budget: Option<Budget>,
}

impl SimulatedLink {
    fn push(&self, body: Bytes) {
        self.effects.lock().push(Effect::Transmit(self.id, body));
    }

    fn send(&self, body: Bytes, purpose: Purpose) {
        if let Some(budget) = &self.budget {
            let push = |body| self.push(body);
            // What is lost is sent again.
            let _ = budget.send(
                || self.clock.now(),
                body,
                purpose,
                || Some(self.proof()),
                push,
            );
        } else {
            self.push(body);
        }
    }

    /// The fingerprint by which the address proves that it receives.
    fn proof(&self) -> String {
        format!("proof of {}", self.id)
    }

    fn touch(&self, now: Instant) {
        self.last_seen.store(now.as_micros(), Ordering::Relaxed);
    }
}

impl Link for SimulatedLink {
    fn transport(&self) -> Transport {
        self.transport
    }

    fn max_body(&self) -> usize {
        self.max_body.load(Ordering::Relaxed)
    }

    fn set_max_body(&self, max_body: Option<usize>) -> Option<usize> {
        let outgoing = max_body.unwrap_or(self.transport.max_body_of_client());
        self.max_body.store(outgoing, Ordering::Relaxed);
        max_body.map(|_| MAX_BODY)
    }

    fn max_batch(&self) -> Option<usize> {
        self.transport.max_batch()
    }

    fn transmit(&self, body: Bytes) {
        self.send(body, Purpose::Answer);
    }

    fn deliver(&self, body: Bytes) {
        let mut effects = self.effects.lock();
        effects.push(Effect::Deliver(self.id, body.clone()));
        drop(effects);
        self.send(body, Purpose::Message);
    }

    fn allowance(&self) -> usize {
        self.budget.as_ref().map_or(usize::MAX, Budget::allowance)
    }

    fn learn(&self, evidence: Evidence<'_>) {
        if let Some(budget) = &self.budget {
            let push = |body| self.push(body);
            budget.learn(|| self.clock.now(), evidence, || Some(self.proof()), push);
        }
    }

    fn ping(&self) {
        self.effects.lock().push(Effect::Ping(self.id));
    }

    fn close(&self, reason: CloseReason) {
        self.effects.lock().push(Effect::Close(self.id, reason));
    }

    fn last_seen(&self) -> Instant {
        Instant::from_micros(self.last_seen.load(Ordering::Relaxed))
    }
}

#[derive(Debug, Default)]
pub(super) struct SimulatedClock {
    micros: AtomicU64,
    unix_millis: AtomicI64,
}

impl SimulatedClock {
    fn set(&self, now: Instant, unix_millis: i64) {
        self.micros.store(now.as_micros(), Ordering::Relaxed);
        self.unix_millis.store(unix_millis, Ordering::Relaxed);
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> Instant {
        Instant::from_micros(self.micros.load(Ordering::Relaxed))
    }

    fn unix_millis(&self) -> i64 {
        self.unix_millis.load(Ordering::Relaxed)
    }
}

/// A random number of milliseconds.
pub(super) fn millis(rng: &mut fastrand::Rng, range: &Range<u64>) -> Duration {
    Duration::from_millis(rng.u64(range.start..range.end.max(range.start + 1)))
}
