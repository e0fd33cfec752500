//! A store in a file, which survives the process, and the machine.
//!
//! One task owns the file and handles the requests of all users in the order they came, so that each user's are.
//! It takes whatever is queued, puts it into one transaction, and answers after the commit: while one batch is
//! on its way to the disk, the next gathers, so thousands of messages share one wait for the disk.

mod database;
mod trouble;
mod writer;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use mobileim_protocol::mailbox::{Envelope, StoreFailure};
use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot};

use super::{Completion, Request, Store};
use crate::{Completions, Deferred};
use database::Database;
use writer::Writer;

/// The file's name in the data directory.
const FILE: &str = "mobileim.db";

/// How many bytes of messages may wait for the disk. What comes beyond is not stored: its sender keeps it.
const MAX_QUEUED_BYTES: usize = 64 << 20;

/// Keeps messages in an `SQLite` file.
///
/// An append is answered after the transaction that holds its messages is on the disk (write-ahead log, synced at each
/// commit).
///
/// When the disk is full or fails, appends are answered with [`StoreFailure::Unavailable`], what can be read and deleted
/// still is, and each new batch tries again.
pub struct SqliteStore {
    path: PathBuf,
    jobs: mpsc::UnboundedSender<Job>,
    state: Arc<State>,
    /// Until the store is started.
    writer: Mutex<Option<(Writer, mpsc::UnboundedReceiver<Job>)>>,
}

/// What the store and its writer share.
#[derive(Debug, Default)]
struct State {
    queued_bytes: AtomicUsize,
    commits: AtomicU64,
}

/// What the writer is to do.
#[derive(Debug)]
enum Job {
    /// What a user's mailbox wants.
    Request { user: Arc<str>, request: Request },
    /// Answer, in its turn, that there was no room for an append.
    Refuse { user: Arc<str> },
    /// Let go of the file, and say when that is done.
    Close(oneshot::Sender<()>),
}

/// A store could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot keep messages in {}: {source}", path.display())]
pub struct OpenError {
    /// The file or directory at fault.
    pub path: PathBuf,
    /// Why.
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

impl SqliteStore {
    /// Opens the store in a data directory, both made where they are not there yet. How long it takes does not
    /// depend on how much is stored.
    ///
    /// The file is this store's alone while it is open: a second server in the same directory is refused.
    pub async fn open(directory: &Path) -> Result<Self, OpenError> {
        let path = directory.join(FILE);
        database::make_private(directory, &path)?;
        Self::with(Database::new(&path)).await
    }

    async fn with(database: Database) -> Result<Self, OpenError> {
        let path = database.path().to_owned();
        let connection = database.create().await.map_err(|source| OpenError {
            path: path.clone(),
            source,
        })?;
        let state = Arc::<State>::default();
        let writer = Writer::new(database, connection, Arc::clone(&state));
        let (sender, receiver) = mpsc::unbounded_channel();
        Ok(Self {
            path,
            jobs: sender,
            state,
            writer: Mutex::new(Some((writer, receiver))),
        })
    }

    /// Where the messages are.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many transactions were committed: far fewer than messages were stored when many come at once.
    pub fn commits(&self) -> u64 {
        self.state.commits.load(Ordering::Relaxed)
    }
}

impl Store for SqliteStore {
    fn submit(&self, user: &Arc<str>, request: Request) -> Option<Completion> {
        let user = Arc::clone(user);
        let queued = &self.state.queued_bytes;
        let job = match request {
            Request::Append { messages } => {
                let bytes = bytes_of(&messages);
                if queued.load(Ordering::Relaxed) + bytes > MAX_QUEUED_BYTES {
                    Job::Refuse { user }
                } else {
                    queued.fetch_add(bytes, Ordering::Relaxed);
                    let request = Request::Append { messages };
                    Job::Request { user, request }
                }
            }
            request => Job::Request { user, request },
        };
        // The writer ends only with its runtime; nobody waits for an answer then.
        let failed = self.jobs.send(job).err()?;
        failed.0.failed().map(|(_, completion)| completion)
    }

    /// Inside of a tokio runtime, on which the store then runs.
    fn start(&self, completions: Completions) {
        if let Some((writer, jobs)) = self.writer.lock().take() {
            tokio::spawn(writer.run(jobs, completions));
        }
    }

    fn close(&self) -> Deferred<()> {
        let (done, closed) = oneshot::channel();
        if self.jobs.send(Job::Close(done)).is_err() || self.writer.lock().is_some() {
            return Deferred::Ready(());
        }
        Deferred::pending(async {
            // Where the writer is gone, there is nothing to wait for either.
            let _ = closed.await;
        })
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Job {
    /// The answer, if there is one, where it cannot be done.
    fn failed(self) -> Option<(Arc<str>, Completion)> {
        match self {
            Self::Request { user, request } => match request {
                Request::Append { .. } => Some((user, not_appended())),
                Request::Load { .. } => Some((user, Completion::NotLoaded)),
                Request::Delete { .. } => None,
            },
            Self::Refuse { user } => Some((user, not_appended())),
            Self::Close(_) => None,
        }
    }
}

fn not_appended() -> Completion {
    Completion::not_appended(StoreFailure::Unavailable)
}

fn bytes_of(messages: &[Envelope]) -> usize {
    messages.iter().map(|message| message.body.len()).sum()
}

#[cfg(test)]
mod tests;
