//! A store in a file, which survives the process, and the machine.

pub(super) mod devices;
mod events;
mod last_seen;
pub(super) mod log_reads;
pub(super) mod logs;
pub(super) mod mentions;
pub(super) mod messages;
mod revocations;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mobileim_hub::store::{
    Completion, Completions, Conversation, LogLimits, LogPage, LogPart, Part, ReadMark, Request,
    Seen, Store, StoreLimits, StoreStats, StoredGroup, Waiting, Which,
};
use mobileim_hub::{Clock, Deferred, DeviceBook, RegisteredDevice};
use mobileim_protocol::mailbox::Position;

use super::durable::Durable;
#[cfg(test)]
use super::durable::Work;
use crate::clock::SystemClock;
use crate::database::OpenError;
#[cfg(test)]
use crate::database::sqlite::File;
use crate::database::sqlite::{FILE, Sqlite, make_private};
use crate::events::EventLog;
use crate::revocations::Revocations;

/// Keeps messages in an `SQLite` file: write-ahead log, synced at each commit.
///
/// When the disk is full or fails, messages are not acknowledged, what can be read and deleted still is, and each
/// new batch tries again. So it is when the file is not where it was opened any more.
pub struct SqliteStore {
    path: PathBuf,
    durable: Durable<Sqlite>,
}

impl SqliteStore {
    /// Opens the store in a data directory, both made if they are not there yet. How long it takes does not
    /// depend on how much is stored.
    ///
    /// The file is this store's alone while it is open: a second server in the same directory is refused.
    pub async fn open(directory: &Path, limits: StoreLimits) -> Result<Self, OpenError> {
        let path = directory.join(FILE);
        make_private(directory, &path)?;
        let clock = Arc::new(SystemClock::new());
        Self::with(Sqlite::new(&path), limits, clock).await
    }

    pub(super) async fn with(
        database: Sqlite,
        limits: StoreLimits,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        let path = database.path().to_owned();
        let connection = database
            .create()
            .await
            .map_err(|failure| OpenError::new(&path.display(), failure))?;
        Ok(Self {
            path,
            durable: Durable::new(database, connection, limits, clock),
        })
    }

    /// Where the messages are.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Waits until another server has taken the file, which this one had lost. It can store nothing any more then, and should
    /// leave its clients to the other one.
    pub fn taken(&self) -> impl Future<Output = ()> + Send + use<> {
        self.durable.taken()
    }

    /// Keeps revocations of tokens, also those that it has kept before. Before it is started.
    pub async fn keep_revocations(&self, revocations: &Revocations) -> Result<(), OpenError> {
        let kept = self.durable.keep_revocations(revocations).await;
        kept.map_err(|failure| OpenError::new(&self.path.display(), failure))
    }

    /// The devices of users that are known, and where they are written down. Before it is started.
    pub async fn devices(&self) -> Result<(Vec<RegisteredDevice>, Arc<dyn DeviceBook>), OpenError> {
        let devices = self.durable.devices().await;
        devices.map_err(|failure| OpenError::new(&self.path.display(), failure))
    }

    /// The groups that are kept. Before it is started.
    pub async fn groups(&self) -> Result<Vec<StoredGroup>, OpenError> {
        let groups = self.durable.groups().await;
        groups.map_err(|failure| OpenError::new(&self.path.display(), failure))
    }

    /// So much is kept of the logs of conversations from now on; before it is set, everything.
    pub fn set_log_limits(&self, limits: LogLimits) {
        self.durable.set_log_limits(limits);
    }

    /// Records events in this log from now on. Of each session that a server has left which was killed, it records the end. To be
    /// called before a server is started with this store.
    pub async fn record_events(&self, log: &EventLog) -> Result<(), OpenError> {
        let begun = self.durable.record_events(log).await;
        begun.map_err(|failure| OpenError::new(&self.path.display(), failure))
    }

    /// Has something done in the next transaction, by the owner of other tables in the same database.
    #[cfg(test)]
    pub(super) fn work(&self, work: Box<dyn Work<File>>) {
        self.durable.work(work);
    }
}

impl Store for SqliteStore {
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

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
