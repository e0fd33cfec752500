//! Who is online, and what waits for whom.
//!
//! Every call takes `now`, and whoever runs the registry comes back at its next deadline. It reaches connections by
//! [`Link`] and stored messages by [`Store`].
//!
//! Users are spread over shards, each behind a lock of its own; no two are ever held at once. What a mailbox puts
//! out for its own user's session and store is handed over with the shard still locked, since it must not be
//! overtaken; what concerns others (a sender to be acknowledged) is an [`Effect`], for when the lock is released.

mod alarm;
mod asked;
mod config;
mod held;
mod logins;
mod memory;
mod reach;
mod seen;
mod shard;
mod timers;
mod turn;
mod user;

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use mobileim_protocol::mailbox::SessionId;
use mobileim_protocol::{Device, Instant, SERVER};
use parking_lot::Mutex;

pub(crate) use asked::Asked;
pub use config::{Config, NoSuchTiming, Timings};
pub(crate) use logins::TooManyLogins;
pub use seen::{InMemory, SessionView};
pub(crate) use turn::{Effect, Turn};
pub(crate) use user::{Logged, User};

use crate::devices::{Directory, user_of};
use crate::journal::Journal;
use crate::link::{CloseReason, Link};
use crate::stats::{AuthStats, Counters, Stats};
use crate::store::Store;
use crate::trace::Trace;
use alarm::Alarm;
use held::Held;
use logins::Logins;
use shard::Shard;
use timers::Timer;

/// Enough that two of a machine's cores seldom want the same.
const SHARDS: usize = 64;

/// The number of a connection that has not logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ConnectionId(u64);

/// A login that was verified.
pub(crate) struct Login {
    /// The mailbox of the device that it is on.
    pub(crate) mailbox: Arc<str>,
    /// What its client calls the device.
    pub(crate) device: Option<Box<Device>>,
    /// From when on messages were not kept for it, in ms since 1970.
    pub(crate) missed_since: Option<i64>,
    /// What the client sent: 0 for a new login, else what the answer to its first one said.
    pub(crate) first_login_time: i64,
    /// The longest frame with several bodies that the client takes, in bytes, if it said so.
    pub(crate) max_batch: Option<usize>,
    /// The longest body that the client takes, in bytes, if it said so.
    pub(crate) max_body: Option<usize>,
    /// Whether its client is `MobileIM`'s.
    pub(crate) is_mobileim: bool,
    /// The wall clock, in ms since 1970.
    pub(crate) unix_millis: i64,
    /// When its proof loses its force, if it ever does.
    pub(crate) valid_until: Option<Instant>,
    /// The way to the user.
    pub(crate) link: Arc<dyn Link>,
    /// The session that this connection has already, if it is this user's: the login confirms it.
    pub(crate) session: Option<SessionId>,
}

/// What became of a [`Login`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LoggedIn {
    /// The session is live.
    Online(SessionId),
    /// The user logged in elsewhere later than this client first did: it was kicked out, and the caller closes it.
    Superseded,
}

/// How long the clients of a server that stops are to stay away: each for another time.
pub(crate) struct Farewell {
    spread: Duration,
    random: fastrand::Rng,
}

impl Farewell {
    pub(crate) const fn new(spread: Duration, random: fastrand::Rng) -> Self {
        Self { spread, random }
    }

    fn next(&mut self) -> Duration {
        self.spread.mul_f64(self.random.f64())
    }
}

/// The users by id, and the connections that have not logged in.
pub(crate) struct Registry {
    shards: Box<[Mutex<Shard>]>,
    logins: Mutex<Logins>,
    shared: Shared,
}

/// What every shard needs.
pub(crate) struct Shared {
    config: Config,
    store: Arc<dyn Store>,
    journal: Arc<dyn Journal>,
    directory: Directory,
    counters: Counters,
    trace: Trace,
    alarm: Alarm,
    held: Held,
    asked: Asked,
    /// The last number of a connection or session.
    last_number: AtomicU64,
    /// When the server was back last after it had been away, in microseconds.
    resumed_at: AtomicU64,
    /// [`SERVER`], as a sender.
    server: Arc<str>,
}

impl Registry {
    /// A registry without users.
    pub(crate) fn new(
        config: &Config,
        store: Arc<dyn Store>,
        journal: Arc<dyn Journal>,
        directory: Directory,
    ) -> Self {
        Self {
            shards: (0..SHARDS)
                .map(|_| Mutex::new(Shard::new(config.mailbox.remember_for)))
                .collect(),
            logins: Mutex::new(Logins::new()),
            shared: Shared {
                config: *config,
                store,
                journal,
                directory,
                counters: Counters::default(),
                trace: Trace::new(config.trace_memory),
                alarm: Alarm::default(),
                held: Held::new(config.mailbox_memory),
                asked: Asked::default(),
                last_number: AtomicU64::new(config.sessions_from),
                resumed_at: AtomicU64::new(0),
                server: Arc::from(SERVER),
            },
        }
    }

    pub(crate) fn connect(&self, now: Instant, link: Arc<dyn Link>) -> ConnectionId {
        let connection = ConnectionId(self.shared.next_number());
        let mut shard = self.shard_of_connection(connection).lock();
        // They come to one shard after the other, so that each has its part.
        if shard.waiting.len() >= self.shared.config.quotas.strangers.div_ceil(SHARDS)
            && let Some((_, oldest)) = shard.waiting.pop_first()
        {
            oldest.close(CloseReason::Crowded);
        }
        shard.waiting.insert(connection, link);
        let at = now + self.shared.config.login_timeout;
        shard.timers.insert(at, Timer::Login(connection));
        shard.prune_timers();
        self.shared.alarm.set_by(at);
        connection
    }

    pub(crate) fn disconnect(&self, connection: ConnectionId) {
        let mut shard = self.shard_of_connection(connection).lock();
        shard.waiting.remove(&connection);
    }

    /// A login came. If it is one too many, says of what, and how long to wait before the next.
    pub(crate) fn take_login(
        &self,
        now: Instant,
        address: Option<IpAddr>,
        user: &str,
    ) -> Result<(), (TooManyLogins, Duration)> {
        let quotas = &self.shared.config.quotas;
        self.logins.lock().take(now, address, user, quotas)
    }

    /// A user sends a message. If it is one too many, says how long to wait before the next.
    pub(crate) fn take_message(&self, now: Instant, user: &str) -> Result<(), Duration> {
        let Some(rate) = self.shared.config.quotas.messages else {
            return Ok(());
        };
        self.shard_of_user(user)
            .lock()
            .take_message(now, user, rate)
    }

    pub(crate) fn was_accepted(&self, now: Instant, user: &str, hash: u64) -> bool {
        self.shard_of_user(user)
            .lock()
            .was_accepted(now, user, hash)
    }

    /// Whether a message to a user came before, and is kept or was answered.
    pub(crate) fn is_known(&self, now: Instant, user: &str, hash: u64) -> bool {
        self.shard_of_user(user).lock().is_known(now, user, hash)
    }

    /// The next deadline, here or elsewhere.
    pub(crate) fn next_deadline(
        &self,
        elsewhere: impl FnOnce() -> Option<Instant>,
    ) -> Option<Instant> {
        self.shared.alarm.reset(|| {
            self.shards
                .iter()
                .filter_map(|shard| shard.lock().timers.next_deadline())
                .chain(elsewhere())
                .min()
        })
    }

    /// There is a deadline elsewhere, at this time.
    pub(crate) fn wake_by(&self, at: Instant) {
        self.shared.alarm.set_by(at);
    }

    pub(crate) async fn deadline_moved(&self) {
        self.shared.alarm.moved().await;
    }

    pub(crate) fn handle_timeout(&self, now: Instant, effects: &mut Vec<Effect>) {
        for shard in &self.shards {
            shard.lock().handle_timeout(&self.shared, now, effects);
        }
    }

    /// The process did not run for a while until now: nobody is to be judged by what was not heard meanwhile.
    pub(crate) fn note_absence(&self, now: Instant) {
        let resumed_at = &self.shared.resumed_at;
        resumed_at.store(now.as_micros(), Ordering::Relaxed);
    }

    pub(crate) fn close_all(
        &self,
        now: Instant,
        farewell: &mut Farewell,
        effects: &mut Vec<Effect>,
    ) {
        for shard in &self.shards {
            shard.lock().close_all(&self.shared, now, farewell, effects);
        }
    }

    /// The mailboxes of live sessions, in no order.
    pub(crate) fn online(&self) -> Vec<Arc<str>> {
        self.shards
            .iter()
            .flat_map(|shard| shard.lock().online())
            .collect()
    }

    pub(crate) fn known_users(&self) -> usize {
        self.shards
            .iter()
            .map(|shard| shard.lock().users.len())
            .sum()
    }

    pub(crate) fn stats(&self, auth: AuthStats) -> Stats {
        let stats = self.shared.counters.read(self.shared.store.stats(), auth);
        Stats {
            mailbox_bytes: self.shared.held.bytes() as u64,
            ..stats
        }
    }

    pub(crate) fn config(&self) -> &Config {
        &self.shared.config
    }

    pub(crate) fn directory(&self) -> &Directory {
        &self.shared.directory
    }

    pub(crate) fn store(&self) -> &dyn Store {
        &*self.shared.store
    }

    pub(crate) fn journal(&self) -> &dyn Journal {
        &*self.shared.journal
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.shared.counters
    }

    pub(crate) fn asked(&self) -> &Asked {
        &self.shared.asked
    }

    pub(crate) fn trace(&self) -> &Trace {
        &self.shared.trace
    }

    pub(crate) fn server_id(&self) -> &Arc<str> {
        &self.shared.server
    }

    /// Runs `act` on a user's mailbox and session, known or not.
    pub(crate) fn with_user<R>(
        &self,
        now: Instant,
        id: &str,
        effects: &mut Vec<Effect>,
        act: impl FnOnce(&mut User, &mut Turn<'_>) -> R,
    ) -> R {
        let mut shard = self.shard_of_user(id).lock();
        if !shard.users.contains_key(id) {
            let id = Arc::<str>::from(id);
            shard.users.insert(Arc::clone(&id), User::new(id));
        }
        shard
            .visit(&self.shared, now, id, effects, act)
            .expect("the user was put in above")
    }

    /// Runs `act` on a user, if anything is known of that user.
    pub(crate) fn with_known_user<R>(
        &self,
        now: Instant,
        id: &str,
        effects: &mut Vec<Effect>,
        act: impl FnOnce(&mut User, &mut Turn<'_>) -> R,
    ) -> Option<R> {
        let mut shard = self.shard_of_user(id).lock();
        shard.visit(&self.shared, now, id, effects, act)
    }

    /// Reads something of a user or sends something on the session, if anything is known of that user.
    pub(crate) fn look_at<R>(&self, id: &str, look: impl FnOnce(&User) -> R) -> Option<R> {
        self.shard_of_user(id).lock().users.get(id).map(look)
    }

    /// How many timers the shard has that has most.
    #[cfg(test)]
    pub(crate) fn most_timers(&self) -> usize {
        let timers = self.shards.iter().map(|shard| shard.lock().timers.len());
        timers.max().expect("there are shards")
    }

    /// All devices of a user's are in one.
    fn shard_of_user(&self, mailbox: &str) -> &Mutex<Shard> {
        // Without a random seed: a simulation must find everybody where they were the last time.
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(user_of(mailbox));
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

impl Shared {
    fn resumed_at(&self) -> Instant {
        Instant::from_micros(self.resumed_at.load(Ordering::Relaxed))
    }

    fn next_number(&self) -> u64 {
        self.last_number.fetch_add(1, Ordering::Relaxed) + 1
    }
}
