//! A store in a PostgreSQL database.

pub(super) mod devices;
mod events;
mod last_seen;
pub(super) mod log_reads;
pub(super) mod logs;
pub(super) mod mentions;
pub(super) mod messages;
mod revocations;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use mobileim_hub::store::{
    Completion, Completions, Conversation, LogLimits, LogPage, LogPart, Part, ReadMark, Request,
    Seen, Store, StoreLimits, StoreStats, StoredGroup, Waiting, Which,
};
use mobileim_hub::{Clock, Deferred, DeviceBook, RegisteredDevice, user_of};
use mobileim_protocol::mailbox::Position;

use super::durable::{Durable, Work};
use crate::clock::SystemClock;
use crate::database::OpenError;
use crate::database::postgres::Postgres;
use crate::events::EventLog;
use crate::revocations::Revocations;
use sqlx::PgConnection;

/// Keeps messages in a PostgreSQL database.
///
/// The tables, in the first schema of the search path, belong to one server at a time: it holds an advisory lock on
/// that schema. With the connection goes the lock; a connection that is made anew takes it again before anything
/// is read or written.
///
/// While there is no connection, messages are not acknowledged; it is made again by itself.
pub struct PostgresStore {
    place: String,
    database: Postgres,
    max_age: Option<Duration>,
    durable: Durable<Postgres>,
}

impl PostgresStore {
    /// Connects to the database of a URL such as `postgres://user:password@host:5432/database`, and makes or
    /// updates the tables. The parts that a URL leaves out come from libpq's variables, such as `PGPASSWORD`.
    ///
    /// No error says the password.
    pub async fn connect(url: &str, limits: StoreLimits) -> Result<Self, OpenError> {
        let database =
            Postgres::at(url).map_err(|failure| OpenError::new(&"PostgreSQL", failure))?;
        let clock = Arc::new(SystemClock::new());
        Self::with(database, limits, clock).await
    }

    pub(super) async fn with(
        database: Postgres,
        limits: StoreLimits,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        let connection = database
            .create()
            .await
            .map_err(|failure| OpenError::new(&database, failure))?;
        Ok(Self {
            place: database.to_string(),
            database: database.clone(),
            max_age: limits.max_age,
            durable: Durable::new(database, connection, limits, clock),
        })
    }

    /// Which database it is, without user and password.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// How long messages wait at most.
    pub(crate) fn max_age(&self) -> Option<Duration> {
        self.max_age
    }

    /// How to connect to it, for those who read other tables in it.
    pub(crate) fn database(&self) -> &Postgres {
        &self.database
    }

    /// Waits until another server has taken the database, which this one had lost. It can store nothing any more then, and should
    /// leave its clients to the other one.
    pub fn taken(&self) -> impl Future<Output = ()> + Send + use<> {
        self.durable.taken()
    }

    /// Keeps revocations of tokens, also those that it has kept before. Before it is started.
    pub async fn keep_revocations(&self, revocations: &Revocations) -> Result<(), OpenError> {
        let kept = self.durable.keep_revocations(revocations).await;
        kept.map_err(|failure| OpenError::new(&self.place, failure))
    }

    /// The devices of users that are known, and where they are written down. Before it is started.
    pub async fn devices(&self) -> Result<(Vec<RegisteredDevice>, Arc<dyn DeviceBook>), OpenError> {
        let devices = self.durable.devices().await;
        devices.map_err(|failure| OpenError::new(&self.place, failure))
    }

    /// The groups that are kept. Before it is started.
    pub async fn groups(&self) -> Result<Vec<StoredGroup>, OpenError> {
        let groups = self.durable.groups().await;
        groups.map_err(|failure| OpenError::new(&self.place, failure))
    }

    /// So much is kept of the logs of conversations from now on; before it is set, everything.
    pub fn set_log_limits(&self, limits: LogLimits) {
        self.durable.set_log_limits(limits);
    }

    /// Records events in this log from now on. Of each session that a server has left which was killed, it records the end. To be
    /// called before a server is started with this store.
    pub async fn record_events(&self, log: &EventLog) -> Result<(), OpenError> {
        let begun = self.durable.record_events(log).await;
        begun.map_err(|failure| OpenError::new(&self.place, failure))
    }

    /// Has something done in the next transaction, by the owner of other tables in the same database.
    pub(crate) fn work(&self, work: Box<dyn Work<PgConnection>>) {
        self.durable.work(work);
    }

    /// Tells of each message that is removed before its receiver had it: its sender, receiver and fingerprint. To be called once.
    pub(crate) fn tell_lost(&self, tell: impl Fn(&str, &str, &str) + Send + Sync + 'static) {
        self.durable.tell_lost(move |removed| {
            tell(&removed.sender, user_of(&removed.receiver), &removed.fp);
        });
    }
}

impl Store for PostgresStore {
    fn submit(&self, user: &Arc<str>, request: Request) -> Option<Completion> {
        self.durable.submit(user, request)
    }

    /// Inside of a tokio runtime, on which the store then runs.
    fn start(&self, completions: Completions) {
        self.durable.start(completions);
    }

    fn close(&self) -> Deferred<()> {
        self.durable.close()
    }

    fn check(&self) -> Deferred<Result<(), String>> {
        self.durable.check()
    }

    fn trouble(&self) -> Option<String> {
        self.durable.trouble()
    }

    fn read_log(
        &self,
        log: &Arc<str>,
        reader: Option<&Arc<str>>,
        part: LogPart,
        limit: usize,
        max_bytes: usize,
    ) -> Deferred<Result<LogPage, String>> {
        self.durable.read_log(log, reader, part, limit, max_bytes)
    }

    fn conversations(
        &self,
        user: &Arc<str>,
        before: Option<Position>,
        limit: usize,
    ) -> Deferred<Result<Vec<Conversation>, String>> {
        self.durable.conversations(user, before, limit)
    }

    fn mark_read(
        &self,
        user: &Arc<str>,
        log: &Arc<str>,
        seq: u64,
    ) -> Deferred<Result<ReadMark, String>> {
        self.durable.mark_read(user, log, seq)
    }

    fn note_seen(&self, user: &Arc<str>, at: i64) {
        self.durable.note_seen(user, at);
    }

    fn last_seen(&self, users: &[Arc<str>]) -> Deferred<Result<Vec<Seen>, String>> {
        self.durable.last_seen(users)
    }

    fn look(&self, user: &Arc<str>, which: Which, part: Part) -> Deferred<Result<Waiting, String>> {
        self.durable.look(user, which, part)
    }

    fn purge(&self, user: &Arc<str>, which: Which) -> Deferred<Result<u64, String>> {
        self.durable.purge(user, which)
    }

    fn set_limits(&self, limits: StoreLimits) {
        self.durable.set_limits(limits);
    }

    fn stats(&self) -> StoreStats {
        self.durable.stats()
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore")
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}
