//! What a database must do, whatever is kept in it.

use std::fmt;
use std::time::Duration;

use super::error::Failure;

/// A database that was opened: its tables are there, in this version's form.
pub(crate) trait Backend: fmt::Display + Send + 'static {
    /// A connection, which has the tables for itself while it lives.
    type Connection: Connection;

    /// How long one transaction may take; a connection on which it takes longer counts as lost.
    fn patience(&self) -> Option<Duration>;

    /// Connects, and waits a moment if another process has the tables.
    fn connect(&self) -> impl Future<Output = Result<Self::Connection, Failure>> + Send;

    /// How many bytes of bodies a transaction writes at most.
    fn transaction_bytes(&self) -> usize {
        16 << 20
    }

    /// How many bytes of the disk are to stay free, from now on; `None` for what fits most disks.
    fn set_min_free(&self, bytes: Option<u64>) {
        let _ = bytes;
    }

    /// The disk is full: gives up what was kept for that. Returns whether there was something.
    fn give_up_reserve(&self) -> bool {
        false
    }
}

/// The room on a disk, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Room {
    /// What is free.
    pub(crate) free: u64,
    /// What is to stay free.
    pub(crate) min_free: u64,
    /// Whether there is less, or was a moment ago.
    pub(crate) is_low: bool,
    /// Within the database, for what is new in place of what was deleted.
    pub(crate) inside: u64,
}

impl Room {
    /// How much may be written before it is to be found out again. Whatever is written may take twice its length: rows do not
    /// fill their pages.
    pub(crate) fn for_new(self) -> u64 {
        self.free.saturating_sub(self.min_free) / 2 + self.inside / 2
    }
}

/// One connection to a database. After a failure it is closed and not used again.
pub(crate) trait Connection: Send {
    /// Begins a transaction.
    fn begin(&mut self) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Commits the transaction: when this returns, it survives the process and the machine.
    fn commit(&mut self) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Runs a statement without parameters.
    fn run(&mut self, statement: &'static str) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Fails if the database does not answer.
    fn ping(&mut self) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Fails if what is committed would not be found by the next process that opens the database.
    fn verify(&self) -> Result<(), Failure> {
        Ok(())
    }

    /// Finds out how much room there is, if the database writes to a disk of this machine.
    fn room(&mut self) -> impl Future<Output = sqlx::Result<Option<Room>>> + Send {
        async { Ok(None) }
    }

    /// Lets what is committed take as little room as it can.
    fn shrink_log(&mut self) -> impl Future<Output = sqlx::Result<()>> + Send {
        async { Ok(()) }
    }

    /// Sorts an error.
    fn explain(error: &sqlx::Error) -> Failure;

    /// Lets go of the tables.
    fn close(self) -> impl Future<Output = ()> + Send;
}
