//! What a database must do to hold messages.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use mobileim_protocol::mailbox::{Envelope, Position, StoredMessage};

use super::age::KnownTime;

/// A database that was opened: its tables are there, in this version's form.
pub(in crate::store) trait Database: fmt::Display + Send + 'static {
    /// A connection, which has the tables for itself while it lives.
    type Connection: Connection;

    /// How long one transaction may take; a connection on which it takes longer counts as lost.
    fn patience(&self) -> Option<Duration>;

    /// Connects, and waits a moment where another process has the tables.
    fn connect(&self) -> impl Future<Output = Result<Self::Connection, Failure>> + Send;

    /// How many bytes of bodies a transaction writes at most.
    fn transaction_bytes(&self) -> usize {
        16 << 20
    }

    /// The disk is full: gives up what was kept for that. Returns whether there was something.
    fn give_up_reserve(&self) -> bool {
        false
    }
}

/// What is asked of a database in one connection. After a failure, the connection is closed and not used again.
pub(in crate::store) trait Connection: Send {
    fn begin(&mut self) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// When it returns, the transaction survives the process and the machine.
    fn commit(&mut self) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Stores messages in this order, behind all that are or ever were stored.
    fn append(
        &mut self,
        messages: &[NewMessage<'_>],
        stored_at: i64,
    ) -> impl Future<Output = sqlx::Result<Vec<Position>>> + Send;

    /// Reads a receiver's oldest messages in a window, of those not stored before a time. Outside of transactions.
    fn load(
        &mut self,
        receiver: &str,
        window: Window,
        not_before: i64,
    ) -> impl Future<Output = sqlx::Result<Page>> + Send;

    /// Removes messages; gives those that were there.
    fn delete(
        &mut self,
        positions: &[i64],
    ) -> impl Future<Output = sqlx::Result<Vec<Removed>>> + Send;

    /// Removes some messages that were stored before a time, the oldest first; gives them.
    fn delete_expired(
        &mut self,
        before: i64,
        limit: u32,
    ) -> impl Future<Output = sqlx::Result<Vec<Removed>>> + Send;

    /// How many messages each of these receivers has, counted no further than to a limit.
    fn count(
        &mut self,
        receivers: &[Arc<str>],
        limit: u64,
    ) -> impl Future<Output = sqlx::Result<Vec<u64>>> + Send;

    /// How many messages each of these receivers has of a sender, counted no further than to a limit.
    fn count_of_senders(
        &mut self,
        pairs: &[Pair],
        limit: u64,
    ) -> impl Future<Output = sqlx::Result<Vec<u64>>> + Send;

    /// What is known of the time.
    fn known_time(&mut self) -> impl Future<Output = sqlx::Result<KnownTime>> + Send;

    /// Keeps the time by which messages get old, in ms since 1970.
    fn save_time(&mut self, millis: i64) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Fails where the database does not answer.
    fn ping(&mut self) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Fails where what is committed would not be found by whoever opens the database next.
    fn verify(&self) -> Result<(), Failure> {
        Ok(())
    }

    /// Lets what is committed take as little room as it can.
    fn shrink_log(&mut self) -> impl Future<Output = sqlx::Result<()>> + Send {
        async { Ok(()) }
    }

    /// Lets go of the tables.
    fn close(self) -> impl Future<Output = ()> + Send;
}

/// A message to be stored.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct NewMessage<'a> {
    pub(in crate::store) receiver: &'a str,
    pub(in crate::store) message: &'a Envelope,
}

/// A message that was removed.
#[derive(Debug)]
pub(in crate::store) struct Removed {
    pub(in crate::store) receiver: String,
    pub(in crate::store) sender: String,
}

/// A receiver, and who has sent something.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::store) struct Pair {
    pub(in crate::store) receiver: Arc<str>,
    pub(in crate::store) sender: Arc<str>,
}

/// What part of a receiver's messages is read.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct Window {
    /// Only what is stored behind this.
    pub(in crate::store) after: Position,
    /// How many messages at most, but always one.
    pub(in crate::store) limit: usize,
    /// How many bytes of bodies at most, but always one message.
    pub(in crate::store) max_bytes: usize,
}

impl Window {
    /// How many rows to ask for: one more shows whether there are more.
    pub(in crate::store) fn rows(self) -> i64 {
        let limit = i64::try_from(self.limit.max(1)).unwrap_or(i64::MAX);
        limit.saturating_add(1)
    }

    pub(in crate::store) fn max_bytes(self) -> i64 {
        i64::try_from(self.max_bytes).unwrap_or(i64::MAX)
    }
}

/// What was read.
#[derive(Debug, Default)]
pub(in crate::store) struct Page {
    pub(in crate::store) messages: Vec<StoredMessage>,
    /// Whether the window cut it.
    pub(in crate::store) more: bool,
    bytes: usize,
}

impl Page {
    /// Whether a next message of so many bytes is in the window; where it is not, the page is complete.
    pub(in crate::store) fn has_room(&mut self, window: Window, bytes: usize) -> bool {
        self.bytes += bytes;
        self.more = !self.messages.is_empty()
            && (self.messages.len() >= window.limit || self.bytes > window.max_bytes);
        !self.more
    }
}

/// Why a database cannot do something, in words for an operator.
#[derive(Debug, Clone, thiserror::Error)]
pub(in crate::store) enum Failure {
    #[error("{0}")]
    Reason(String),
    #[error("no answer for {0:?}")]
    Timeout(Duration),
    /// The disk is full, or cannot be written.
    #[error("{0}")]
    Disk(String),
    /// What is stored would not be found after a restart. The connection can still be read.
    #[error("{0}")]
    Moved(String),
}

/// The codes of "database or disk is full", and of "disk I/O error", which has kinds, as `SQLite` numbers its errors.
const FULL: u32 = 13;
const IO_ERROR: u32 = 10;

impl Failure {
    pub(in crate::store) fn new(reason: impl Into<String>) -> Self {
        Self::Reason(reason.into())
    }

    pub(in crate::store) fn is_timeout(&self) -> bool {
        matches!(self, Self::Timeout(_))
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(reason) => {
                let code = reason.code().and_then(|code| code.parse::<u32>().ok());
                let message = reason.message().to_owned();
                match code.map(|code| code & 0xff) {
                    Some(FULL | IO_ERROR) => Self::Disk(message),
                    _ => Self::Reason(message),
                }
            }
            sqlx::Error::Io(error) => Self::new(error.to_string()),
            error => Self::new(error.to_string()),
        }
    }
}

/// A store could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot keep messages in {place}: {source}")]
pub struct OpenError {
    /// The file, directory or database at fault.
    pub place: String,
    /// Why.
    pub source: Box<dyn Error + Send + Sync>,
}

impl OpenError {
    pub(in crate::store) fn new(
        place: &dyn fmt::Display,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self {
            place: place.to_string(),
            source: source.into(),
        }
    }
}
