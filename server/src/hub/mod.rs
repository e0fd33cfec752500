//! Who is online, what waits for whom, and the way from one to the other.
//!
//! The hub is synchronous and owns no socket, clock or thread: every call takes `now`, and whoever runs it comes
//! back at [`Hub::next_deadline`] with [`Hub::handle_timeout`]. So a simulation can drive the very code that
//! serves in production. It reaches connections by [`Link`], stored messages by [`Store`], and tells the
//! outside what happened by [`Observer`].
//!
//! Users are spread over shards, each behind a lock of its own; no two are ever held at once. What a mailbox puts
//! out for its own user's session and store is handed over with the shard still locked, since it must not be
//! overtaken; what concerns somebody else (a sender to be acknowledged) waits until the lock is released.

mod config;
mod link;
mod memory;
mod observer;
mod reach;
mod shard;
mod stats;
mod timers;
mod turn;
mod user;

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use mobileim_protocol::mailbox::{Accepted, Completion, Envelope, SessionId, StoreFailure};
use mobileim_protocol::{Instant, Message, SERVER, codes, fingerprint_hash};
use parking_lot::Mutex;
use tracing::debug;

pub use config::{Config, NoSuchTiming, Timings};
pub use link::{CloseReason, Evidence, Link};
pub use observer::Observer;
pub(crate) use stats::Counters;
pub use stats::Stats;

use crate::answers;
use crate::store::Store;
use shard::Shard;
use timers::Timer;
use turn::{Effect, Turn};
use user::User;

/// Enough that two of a machine's cores seldom want the same.
const SHARDS: usize = 64;

/// The number of a connection that has not logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(u64);

/// A login that was verified.
pub struct Login {
    /// Who it is.
    pub user: Arc<str>,
    /// What the client sent: 0 for a new login, else what the answer to its first one said.
    pub first_login_time: i64,
    /// The longest frame with several bodies that the client takes, in bytes, where it said so.
    pub max_batch: Option<usize>,
    /// The longest body that the client takes, in bytes, where it said so.
    pub max_body: Option<usize>,
    /// The wall clock, in ms since 1970.
    pub unix_millis: i64,
    /// Where the user is to be reached.
    pub link: Arc<dyn Link>,
    /// The session that this connection has already, if it is this user's: the login confirms it.
    pub session: Option<SessionId>,
}

/// How much a mailbox holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InMemory {
    /// Messages with QoS.
    pub messages: usize,
    /// Their bodies' bytes.
    pub bytes: usize,
}

/// What became of a [`Login`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoggedIn {
    /// The session is live.
    Online(SessionId),
    /// The user logged in elsewhere later than this client first did: it was kicked out, and is to be closed.
    Superseded,
}

/// The registry, the mailboxes and the routing. See the [module](self) for the contract.
pub struct Hub {
    config: Config,
    shards: Box<[Mutex<Shard>]>,
    store: Arc<dyn Store>,
    observer: Arc<dyn Observer>,
    counters: Counters,
    /// For connections and sessions.
    last_number: AtomicU64,
    /// No later than the earliest deadline, in microseconds.
    alarm: AtomicU64,
    /// [`SERVER`], as a sender.
    server: Arc<str>,
}

impl Hub {
    /// A hub without users.
    pub fn new(config: Config, store: Arc<dyn Store>, observer: Arc<dyn Observer>) -> Self {
        Self {
            config,
            shards: (0..SHARDS)
                .map(|_| Mutex::new(Shard::new(config.mailbox.remember_for)))
                .collect(),
            store,
            observer,
            counters: Counters::default(),
            last_number: AtomicU64::new(0),
            alarm: AtomicU64::new(u64::MAX),
            server: Arc::from(SERVER),
        }
    }

    /// A connection was opened. Unless it is [taken out](Hub::disconnect) in time, it is closed.
    pub fn connect(&self, now: Instant, link: Arc<dyn Link>) -> ConnectionId {
        let connection = ConnectionId(self.next_number());
        let mut shard = self.shard_of_connection(connection).lock();
        shard.waiting.insert(connection, link);
        let at = now + self.config.login_timeout;
        shard.timers.insert(at, Timer::Login(connection));
        shard.prune_timers();
        self.move_alarm(at);
        connection
    }

    /// A connection has logged in, or was closed before it could.
    pub fn disconnect(&self, connection: ConnectionId) {
        let mut shard = self.shard_of_connection(connection).lock();
        shard.waiting.remove(&connection);
    }

    /// Answers a verified login, applies the kick rules (docs/protocol.md), and sends what waits for the user.
    pub fn login(&self, now: Instant, login: Login) -> LoggedIn {
        let id = Arc::clone(&login.user);
        self.with_user(now, &id, |user, turn| user.login(turn, login))
    }

    /// Ends a session, if it is still the user's. Its connection is the caller's to close.
    pub fn logout(&self, now: Instant, user: &str, session: SessionId, reason: CloseReason) {
        if reason == CloseReason::SlowReader {
            self.counters.slow_readers.count();
        }
        self.with_known_user(now, user, |user, turn| {
            if user.session_id() == Some(session) {
                user.end_session(turn, reason);
            }
        });
    }

    /// Ends a user's session, and tells the client not to come back. Says whether there was one.
    pub fn kick(&self, now: Instant, user: &str, code: i64, reason: Option<String>) -> bool {
        self.with_known_user(now, user, |user, turn| user.kick(turn, code, reason))
            .unwrap_or(false)
    }

    /// Takes a message of `from` for `to`: to its session, its mailbox or the store.
    ///
    /// `message` carries both already. Says whether it is on its way; its sender is told nothing yet.
    pub fn deliver(&self, now: Instant, from: &Arc<str>, to: &str, message: &Message<'_>) -> bool {
        let body = answers::body(message);
        let Some(fp) = message.fingerprint_to_acknowledge() else {
            let sent = self
                .with_known_user(now, to, |user, _| user.transmit_unreliably(body))
                .unwrap_or(false);
            if sent {
                self.counters.sent_unreliably.count();
            } else {
                self.counters.dropped.count();
            }
            return sent;
        };
        let envelope = Envelope {
            from: Arc::clone(from),
            fp: Arc::from(fp),
            bridge: message.bridge,
            body,
        };
        match self.with_user(now, to, |user, turn| user.deliver(turn, envelope)) {
            Accepted::Repeated => {
                self.counters.repeated.count();
                true
            }
            Accepted::Overloaded => {
                self.counters.overloaded.count();
                false
            }
            Accepted::TooLong { limit } => {
                self.counters.refused.count();
                if **from != *SERVER {
                    self.observer.c2c_refused(from, &Arc::from(to), fp);
                    self.look_at(from, |sender| sender.refuse_as_too_long(message, limit));
                }
                false
            }
            _ => true,
        }
    }

    /// The same for a message of the server, whose `from` is [`SERVER`].
    pub fn deliver_from_server(&self, now: Instant, to: &str, message: &Message<'_>) -> bool {
        self.deliver(now, &self.server, to, message)
    }

    /// The user has acknowledged a message of `sender`.
    pub fn acknowledge(
        &self,
        now: Instant,
        user: &str,
        session: SessionId,
        sender: &str,
        fp: &str,
    ) {
        self.with_known_user(now, user, |user, turn| {
            user.acknowledge(turn, session, sender, fp);
        });
    }

    /// Whether the server has accepted this message of the user's before, as far as it is remembered.
    pub fn was_accepted(&self, now: Instant, user: &str, fp: &str) -> bool {
        let mut shard = self.shard_of_user(user).lock();
        shard.was_accepted(now, user, fingerprint_hash(user, fp))
    }

    /// The server has accepted a message of the user's.
    pub fn remember_accepted(&self, now: Instant, user: &str, fp: &str) {
        self.with_user(now, user, |user, turn| user.remember_accepted(turn, fp));
    }

    /// The store's answer to a request of this user's mailbox.
    pub fn complete(&self, now: Instant, user: &str, completion: Completion) {
        self.with_known_user(now, user, |user, turn| user.complete(turn, completion));
    }

    /// When [`Hub::handle_timeout`] is due.
    pub fn next_deadline(&self) -> Option<Instant> {
        // Raised first, so that whoever puts in an earlier one meanwhile lowers it again and says so.
        self.alarm.store(u64::MAX, Ordering::SeqCst);
        let earliest = self
            .shards
            .iter()
            .filter_map(|shard| shard.lock().timers.next_deadline())
            .min()?;
        self.alarm.fetch_min(earliest.as_micros(), Ordering::SeqCst);
        Some(earliest)
    }

    /// Does what is due. Calling it early does no harm.
    pub fn handle_timeout(&self, now: Instant) {
        for shard in &self.shards {
            let mut effects = Vec::new();
            shard.lock().handle_timeout(self, now, &mut effects);
            self.settle(effects);
        }
    }

    /// Ends every session and closes every connection: the server stops.
    pub fn close_all(&self, now: Instant) {
        for shard in &self.shards {
            let mut effects = Vec::new();
            shard.lock().close_all(self, now, &mut effects);
            self.settle(effects);
        }
    }

    /// Whether a user has a live session.
    pub fn is_online(&self, user: &str) -> bool {
        self.look_at(user, |user| user.session_id().is_some())
            .unwrap_or(false)
    }

    /// How much of what is on its way to a user is in memory, rather than in the store alone.
    pub fn in_memory(&self, user: &str) -> InMemory {
        self.look_at(user, User::in_memory).unwrap_or_default()
    }

    /// How many users have a session, or messages in memory or on their way. What is remembered of others is bounded in all.
    pub fn known_users(&self) -> usize {
        self.shards
            .iter()
            .map(|shard| shard.lock().users.len())
            .sum()
    }

    /// What was counted.
    pub fn stats(&self) -> Stats {
        self.counters.read(self.store.stats())
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn store(&self) -> &dyn Store {
        &*self.store
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Runs `act` on a user, known or not, and then what follows from it for others.
    fn with_user<R>(
        &self,
        now: Instant,
        id: &str,
        act: impl FnOnce(&mut User, &mut Turn<'_>) -> R,
    ) -> R {
        let mut effects = Vec::new();
        let result = {
            let mut shard = self.shard_of_user(id).lock();
            if !shard.users.contains_key(id) {
                let id = Arc::<str>::from(id);
                shard.users.insert(Arc::clone(&id), User::new(id));
            }
            shard
                .visit(self, now, id, &mut effects, act)
                .expect("the user was put in above")
        };
        self.settle(effects);
        result
    }

    /// The same where there is nothing to do for a user of whom nothing is known.
    fn with_known_user<R>(
        &self,
        now: Instant,
        id: &str,
        act: impl FnOnce(&mut User, &mut Turn<'_>) -> R,
    ) -> Option<R> {
        let mut effects = Vec::new();
        let result = self
            .shard_of_user(id)
            .lock()
            .visit(self, now, id, &mut effects, act);
        self.settle(effects);
        result
    }

    /// Does what follows for others, with no lock held.
    fn settle(&self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::AcknowledgeSender {
                    receiver,
                    sender,
                    fp,
                    bridge,
                } => {
                    self.counters.acknowledged.count();
                    if *sender == *SERVER {
                        self.observer.s2c_acknowledged(&receiver, &fp);
                    } else {
                        let body = answers::acknowledgement(&receiver, &sender, &fp, bridge);
                        self.look_at(&sender, |sender| sender.transmit(body));
                    }
                }
                Effect::Rejected {
                    receiver,
                    message,
                    why,
                } => {
                    if *message.from == *SERVER {
                        self.observer.s2c_rejected(&receiver, &message.fp);
                        continue;
                    }
                    if why != StoreFailure::Unavailable {
                        let from = &message.from;
                        self.observer.c2c_refused(from, &receiver, &message.fp);
                    }
                    if why == StoreFailure::QuotaExceeded {
                        self.look_at(&message.from, |sender| {
                            sender.refuse_for_full_mailbox(&message);
                        });
                    }
                }
                Effect::Online { user, transport } => self.observer.online(&user, transport),
                Effect::Offline {
                    user,
                    reason,
                    transport,
                    peer,
                } => {
                    if transport.is_datagram() {
                        let peer = peer.map(tracing::field::display);
                        debug!(%transport, peer, user = &*user, %reason, "session ends");
                    }
                    self.observer.offline(&user, reason);
                }
            }
        }
    }

    /// Looks at a user, or sends something on the session as it is; nothing where nothing is known of the user.
    fn look_at<R>(&self, id: &str, look: impl FnOnce(&User) -> R) -> Option<R> {
        self.shard_of_user(id).lock().users.get(id).map(look)
    }

    fn move_alarm(&self, at: Instant) {
        let at = at.as_micros();
        if at < self.alarm.fetch_min(at, Ordering::SeqCst) {
            self.observer.deadline_moved();
        }
    }

    fn next_number(&self) -> u64 {
        self.last_number.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn shard_of_user(&self, id: &str) -> &Mutex<Shard> {
        // Without a random seed: a simulation must find everybody where they were the last time.
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(id);
        self.shard(hash)
    }

    fn shard_of_connection(&self, connection: ConnectionId) -> &Mutex<Shard> {
        self.shard(connection.0)
    }

    fn shard(&self, number: u64) -> &Mutex<Shard> {
        let index = usize::try_from(number % SHARDS as u64).expect("less than the shards");
        &self.shards[index]
    }
}

/// The code of a kick-out by a later login elsewhere.
const DUPLICATE: i64 = codes::KICKED_DUPLICATE_LOGIN;
