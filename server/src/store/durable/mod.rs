//! What stores in databases have in common.
//!
//! One task has the database and handles the requests of all users in the order they came, so that each user's are.
//! It takes whatever is queued, puts it into one transaction, and answers after the commit: while one batch is
//! on its way to the disk, the next gathers, so thousands of messages share one wait for the disk. Since there is
//! one transaction at a time, positions become visible in their order.
//!
//! What is to be stored goes first. Reads have the time between two transactions, and are done only for whoever still
//! waits for them: however many sessions come and go, what is stored is acknowledged as soon as ever.

mod age;
mod batch;
mod changes;
mod chores;
mod cursors;
mod devices;
mod event_tables;
mod events;
mod groups;
mod last_seen;
mod log_chores;
mod log_reads;
mod log_tables;
mod logs;
mod mentions;
mod messages;
mod others;
mod quota;
mod read_marks;
mod reading;
mod reads;
mod recovery;
mod report;
mod revocations;
mod undeleted;
mod work;
mod writer;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use mobileim_hub::store::{
    Amount, Completion, Completions, DiskStats, LogLimits, LogOwner, Part, Refused, Request,
    StoreLimits, StoreStats, Waiting, Which, owner_of_log,
};
use mobileim_hub::{Clock, Deferred, Histogram, user_of};
use mobileim_protocol::MAX_ID_LEN;
use mobileim_protocol::mailbox::{Envelope, StoreFailure};
use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot, watch};
use tracing::info;

use crate::essential::spawn_essential;

use crate::database::{Backend, Failure};
use crate::events::EventLog;

pub(super) use age::KnownTime;
use batch::{Answer, memory_of};
pub(super) use devices::DeviceTable;
pub(super) use event_tables::{EventRow, EventTables, Oldest, OpenSession};
use last_seen::Gathered;
pub(super) use last_seen::LastSeenTable;
use log_reads::LogAsk;
pub(super) use log_tables::{
    GroupRow, Listed, LogAge, LogEnd, LogReads, LogTables, LogView, MAX_LOOKED_AT, Member, NewLog,
    NewLogged, NewReader, Spot, Trimmed, Unread, Wanted, number_of, role_of,
};
pub(super) use mentions::{Mention, Mentioned, Mentions};
pub(super) use messages::{Messages, NewMessage, Page, PageRequest, Pair, Removed, Times};
use others::{Look, Purge};
pub(super) use revocations::RevocationTable;
use work::WorkQueue;
pub(crate) use work::{Doing, Transaction, Work};
use writer::Writer;

/// How many bytes of messages may wait for the database, with what they take beside. What comes beyond is not stored: its
/// sender keeps it.
pub(super) const MAX_QUEUED_BYTES: u64 = 64 << 20;

/// How many reads may wait. Who comes beyond asks again later; at most one waits for each user.
pub(super) const MAX_QUEUED_READS: usize = 1 << 15;

/// How many works of others may wait.
pub(super) const MAX_QUEUED_WORKS: usize = 4096;

/// How many others than mailboxes may wait for what they look at or take away.
pub(super) const MAX_QUEUED_FOR_OTHERS: usize = 64;

/// A store in a database.
///
/// Messages are answered as appended after the transaction that holds them is durable. When the database cannot
/// store, as on a full disk, appends are answered with [`StoreFailure::Unavailable`], what can be read and deleted
/// still is, and each new batch tries again. A transaction of which nobody knows whether it was committed counts
/// as not committed: its messages may be stored twice, which mailboxes recognise.
pub(super) struct Durable<D: Backend> {
    jobs: mpsc::UnboundedSender<Job<D::Connection>>,
    state: Arc<State>,
    /// When users were online last.
    gathered: Arc<Gathered>,
    /// Until the store is started.
    writer: Mutex<Option<(Writer<D>, Jobs<D>)>>,
    taken: watch::Receiver<bool>,
}

/// What waits for the writer.
type Jobs<D> = mpsc::UnboundedReceiver<Job<<D as Backend>::Connection>>;

/// What the store and its writer share.
#[derive(Default)]
struct State {
    queued_bytes: AtomicU64,
    queued_reads: AtomicUsize,
    queued_works: AtomicUsize,
    queued_for_others: AtomicUsize,
    queued_asks: AtomicUsize,
    stored: AtomicU64,
    commits: AtomicU64,
    transactions: Histogram,
    measured: Mutex<Measured>,
    expired: AtomicU64,
    /// Why nothing can be stored, since it failed last.
    trouble: Mutex<Option<String>>,
    /// Who is told of what was removed before its receiver had it.
    on_lost: OnceLock<OnLost>,
}

/// Is told of a message that was removed before its receiver had it.
type OnLost = Box<dyn Fn(&Removed) + Send + Sync>;

/// What changes together, once for each transaction.
#[derive(Debug, Default)]
struct Measured {
    /// What is stored, once it is known.
    amount: Option<Amount>,
    refused: Refused,
    disk: Option<DiskStats>,
}

/// What the writer is to do.
enum Job<C> {
    /// What a user's mailbox wants.
    Request { user: Arc<str>, request: Request },
    /// Find out whether messages can be stored.
    Check(oneshot::Sender<Result<(), String>>),
    /// What is to be done with events.
    Event(crate::events::Job),
    /// What somebody else wants.
    Work(Box<dyn Work<C>>),
    /// Look at what waits for a user.
    Look(Look),
    /// Look into the logs of conversations.
    AskLogs(LogAsk),
    /// Take away what waits for a user.
    Purge(Purge),
    /// Keep to other limits.
    Limits(StoreLimits),
    /// The same of logs.
    LogLimits(LogLimits),
    /// Let go of the database, and say when that is done.
    Close(oneshot::Sender<()>),
}

impl<D: Backend<Connection: Messages>> Durable<D> {
    pub(super) fn new(
        database: D,
        connection: D::Connection,
        limits: StoreLimits,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let state = Arc::<State>::default();
        let writer = Writer::new(database, connection, limits, clock, Arc::clone(&state));
        let (sender, receiver) = mpsc::unbounded_channel();
        Self {
            taken: writer.database.taken(),
            jobs: sender,
            state,
            gathered: Arc::default(),
            writer: Mutex::new(Some((writer, receiver))),
        }
    }

    /// Waits until another server has taken the database, and this one can store nothing any more.
    pub(super) fn taken(&self) -> impl Future<Output = ()> + Send + use<D> {
        let mut taken = self.taken.clone();
        async move {
            if taken.wait_for(|taken| *taken).await.is_err() {
                // It was closed before.
                std::future::pending::<()>().await;
            }
        }
    }

    /// See [`Store::submit`](super::Store::submit).
    pub(super) fn submit(&self, user: &Arc<str>, request: Request) -> Option<Completion> {
        match &request {
            Request::Append { messages } => {
                if let Err(why) = self.take_in(user, messages) {
                    return Some(Completion::not_appended(why));
                }
            }
            Request::Load { .. } => {
                if !self.take_in_read() {
                    return Some(Completion::NotLoaded);
                }
            }
            Request::CancelLoad | Request::Delete { .. } | Request::Advance { .. } => {}
        }
        let user = Arc::clone(user);
        let job = Job::Request { user, request };
        // The writer ends only with its runtime; nobody waits for an answer then.
        let failed = self.jobs.send(job).err()?;
        failed.0.refusal().map(|(_, completion)| completion)
    }

    /// Has something done in the next transaction, by the owner of other tables in the same database. If too much waits, or the
    /// store is closed, the work ends at once.
    pub(crate) fn work(&self, work: Box<dyn Work<D::Connection>>) {
        self.works().submit(work);
    }

    /// Tells of every message that the store removes by itself, as it has waited for too long, and that is taken away, once that is
    /// durable. What a mailbox removes it tells of. To be called once; who is told must not block.
    pub(super) fn tell_lost(&self, tell: impl Fn(&Removed) + Send + Sync + 'static) {
        let is_first = self.state.on_lost.set(Box::new(tell)).is_ok();
        debug_assert!(is_first, "somebody is told already");
    }

    /// The way to have something done in the next transaction.
    fn works(&self) -> WorkQueue<D::Connection> {
        WorkQueue::new(self.jobs.clone(), Arc::clone(&self.state))
    }

    /// Has something done with the database before anything else is.
    async fn before_start<T>(
        &self,
        act: impl AsyncFnOnce(&mut Writer<D>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let taken = self.writer.lock().take();
        let Some((mut writer, jobs)) = taken else {
            return Err(Failure::Other("the store was started before".to_owned()));
        };
        let done = act(&mut writer).await;
        *self.writer.lock() = Some((writer, jobs));
        done
    }

    /// Records events in this log from now on, and ends the sessions that a server which was killed has left. Before it is started.
    pub(super) async fn record_events(&self, log: &EventLog) -> Result<(), Failure> {
        let act = async |writer: &mut Writer<D>| writer.begin_events(log).await;
        let begun = self.before_start(act).await;
        let jobs = self.jobs.clone();
        log.set_submit(move |job| {
            // Without a writer nobody is left who waits for it.
            let _ = jobs.send(Job::Event(job));
        });
        begun
    }

    /// See [`Store::start`](super::Store::start). Inside of a tokio runtime, on which the store then runs.
    pub(super) fn start(&self, completions: Completions) {
        if let Some((writer, jobs)) = self.writer.lock().take() {
            spawn_essential("the store", writer.run(jobs, completions));
        }
    }

    /// See [`Store::close`](super::Store::close).
    pub(super) fn close(&self) -> Deferred<()> {
        let (done, closed) = oneshot::channel();
        if self.jobs.send(Job::Close(done)).is_err() || self.writer.lock().is_some() {
            return Deferred::Ready(());
        }
        Deferred::pending(async {
            // If the writer is gone, there is nothing to wait for either.
            let _ = closed.await;
        })
    }

    /// See [`Store::check`](super::Store::check).
    pub(super) fn check(&self) -> Deferred<Result<(), String>> {
        let (found, check) = oneshot::channel();
        let ended = "the message store is closed";
        if self.jobs.send(Job::Check(found)).is_err() {
            return Deferred::Ready(Err(ended.to_owned()));
        }
        Deferred::pending(async move { check.await.unwrap_or_else(|_| Err(ended.to_owned())) })
    }

    /// See [`Store::look`](super::Store::look).
    pub(super) fn look(
        &self,
        user: &Arc<str>,
        which: Which,
        part: Part,
    ) -> Deferred<Result<Waiting, String>> {
        let (look, found) = Look::new(user, which, part);
        self.ask_for_others(Job::Look(look), found)
    }

    /// See [`Store::purge`](super::Store::purge).
    pub(super) fn purge(&self, user: &Arc<str>, which: Which) -> Deferred<Result<u64, String>> {
        let (purge, done) = Purge::new(user, which);
        self.ask_for_others(Job::Purge(purge), done)
    }

    /// Has something done for whoever is no mailbox, if not too much of that waits.
    fn ask_for_others<T: Send + 'static>(
        &self,
        job: Job<D::Connection>,
        answer: oneshot::Receiver<Result<T, String>>,
    ) -> Deferred<Result<T, String>> {
        let queued = Arc::clone(&self.state);
        let others = queued.queued_for_others.fetch_add(1, Ordering::Relaxed);
        if others >= MAX_QUEUED_FOR_OTHERS || self.jobs.send(job).is_err() {
            queued.queued_for_others.fetch_sub(1, Ordering::Relaxed);
            return Deferred::Ready(Err("too much is asked of the message store".to_owned()));
        }
        Deferred::pending(async move {
            let answer = answer.await;
            queued.queued_for_others.fetch_sub(1, Ordering::Relaxed);
            answer.unwrap_or_else(|_| Err("the message store is closed".to_owned()))
        })
    }

    /// See [`Store::set_limits`](super::Store::set_limits).
    pub(super) fn set_limits(&self, limits: StoreLimits) {
        // A store that is closed keeps nothing more.
        let _ = self.jobs.send(Job::Limits(limits));
    }

    /// So much is kept of logs from now on.
    pub(super) fn set_log_limits(&self, limits: LogLimits) {
        // As above.
        let _ = self.jobs.send(Job::LogLimits(limits));
    }

    /// See [`Store::trouble`](super::Store::trouble).
    pub(super) fn trouble(&self) -> Option<String> {
        self.state.trouble.lock().clone()
    }

    /// See [`Store::stats`](super::Store::stats).
    pub(super) fn stats(&self) -> StoreStats {
        self.state.stats()
    }

    /// Takes messages in, if there is room for them in memory.
    fn take_in(&self, user: &str, messages: &[Envelope]) -> Result<(), StoreFailure> {
        let ids = match owner_of_log(user) {
            Some(LogOwner::Pair(one, other)) => one.len().max(other.len()),
            Some(LogOwner::Group(group)) => group.len(),
            None => user_of(user).len(),
        };
        if ids > MAX_ID_LEN {
            // Nobody can log in with that name; and databases bound what they index.
            return Err(StoreFailure::NoStore);
        }
        let queued = &self.state.queued_bytes;
        let bytes = memory_of(messages);
        if queued.load(Ordering::Relaxed) + bytes > MAX_QUEUED_BYTES {
            return Err(StoreFailure::Unavailable);
        }
        queued.fetch_add(bytes, Ordering::Relaxed);
        Ok(())
    }

    /// Takes in that something is to be read, if not too much is already.
    fn take_in_read(&self) -> bool {
        let queued = &self.state.queued_reads;
        let has_room = queued.load(Ordering::Relaxed) < MAX_QUEUED_READS;
        if has_room {
            queued.fetch_add(1, Ordering::Relaxed);
        }
        has_room
    }
}

/// The answer to work that nobody does any more.
fn closed() -> Failure {
    Failure::Other("the database is closed".to_owned())
}

impl State {
    fn tell_lost(&self, lost: &[Removed]) {
        if let Some(tell) = self.on_lost.get() {
            lost.iter().for_each(tell);
        }
    }

    fn stats(&self) -> StoreStats {
        let mut stats = StoreStats::default();
        stats.stored = self.stored.load(Ordering::Relaxed);
        stats.commits = self.commits.load(Ordering::Relaxed);
        let measured = self.measured.lock();
        stats.refused = measured.refused;
        stats.amount = measured.amount;
        stats.disk = measured.disk;
        drop(measured);
        stats.expired = self.expired.load(Ordering::Relaxed);
        stats.queued_bytes = self.queued_bytes.load(Ordering::Relaxed);
        stats.transactions = self.transactions.read();
        stats
    }

    /// For the log, at the end.
    fn log_summary(&self, store: &str) {
        let StoreStats {
            stored,
            commits,
            refused,
            expired,
            ..
        } = self.stats();
        let refused = refused.total();
        info!(
            stored,
            commits, refused, expired, "the message store {store} is closed"
        );
    }
}

impl<C> Job<C> {
    /// The answer, if there is one and it is not done.
    fn refusal(&self) -> Option<Answer> {
        let (user, completion) = match self {
            Self::Request { user, request } => match request {
                Request::Append { .. } => {
                    (user, Completion::not_appended(StoreFailure::Unavailable))
                }
                Request::Load { .. } => (user, Completion::NotLoaded),
                Request::CancelLoad | Request::Delete { .. } | Request::Advance { .. } => {
                    return None;
                }
            },
            Self::Check(_)
            | Self::Event(_)
            | Self::Work(_)
            | Self::Look(_)
            | Self::AskLogs(_)
            | Self::Purge(_)
            | Self::Limits(_)
            | Self::LogLimits(_)
            | Self::Close(_) => return None,
        };
        Some((Arc::clone(user), completion))
    }
}
