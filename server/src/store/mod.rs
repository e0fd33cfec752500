//! Where messages wait for receivers that are offline or silent.

mod completions;
mod durable;
mod limits;
mod memory;
mod migrations;
mod none;
mod postgres;
mod sqlite;
mod stats;

use std::sync::Arc;

use mobileim_protocol::mailbox::{Envelope, Position, StoreFailure, StoredMessage};

pub use completions::Completions;
pub use durable::OpenError;
pub use limits::Limits;
pub use memory::MemoryStore;
pub use none::NoStore;
pub use postgres::PostgresStore;
pub use sqlite::SqliteStore;
pub use stats::StoreStats;

use crate::deferred::Deferred;

/// Keeps the messages that mailboxes hand over, in the order they came: for each user a plain log. Whether a message
/// is there twice is not its affair.
///
/// For one user, a store handles requests in the order they were submitted, and answers in that order: either
/// always at once, by returning the completion, or always later, by handing it to
/// [`Hub::complete`](crate::hub::Hub::complete). Only a [`Request::Load`] may be overtaken by what was submitted after
/// it; and what there is no room for is refused at once in any case. [`Request::Delete`] and [`Request::CancelLoad`] have no answer.
pub trait Store: Send + Sync {
    /// Takes a request. Called with a shard of the hub locked: must not block, wait, or call the hub.
    fn submit(&self, user: &Arc<str>, request: Request) -> Option<Completion>;

    /// How messages that are answered later reach the hub; called once, before the first request.
    fn start(&self, completions: Completions) {
        drop(completions);
    }

    /// The server stops: resolves when everything that was submitted before is durable or has failed. What is
    /// submitted later may fail.
    fn close(&self) -> Deferred<()> {
        Deferred::Ready(())
    }

    /// Finds out whether messages can be stored now; if not, why.
    fn check(&self) -> Deferred<Result<(), String>> {
        Deferred::Ready(Ok(()))
    }

    /// Why messages can not be stored, as far as it is known without finding out.
    fn trouble(&self) -> Option<String> {
        None
    }

    /// What it has done so far, where it counts that.
    fn stats(&self) -> StoreStats {
        StoreStats::default()
    }
}

/// What a user's mailbox wants of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Store messages behind all others of this user, each at a position of its own, greater than all that this user's
    /// messages ever had. There is no other for this user before it is answered.
    Append {
        /// In this order.
        messages: Vec<Envelope>,
    },
    /// Read the oldest messages behind a position. There is no other for this user before it is answered.
    Load {
        /// Only what is stored behind this.
        after: Position,
        /// How many at most.
        limit: usize,
        /// How many bytes of bodies at most, but always one message.
        max_bytes: usize,
    },
    /// Nobody waits for what is to be read: a load whose turn has not come is answered with
    /// [`Completion::NotLoaded`], now rather than in its turn.
    CancelLoad,
    /// Remove a message. It is not answered.
    Delete {
        /// Which.
        position: Position,
    },
}

/// A store's answer, to be given to the mailbox that asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Completion {
    /// The first messages of an append are durable or refused; the others were not taken.
    Appended {
        /// Where the durable ones stand; `None` for each that is refused since as much of its sender is stored for this
        /// user as [may be](Limits::admit).
        positions: Vec<Option<Position>>,
        /// Why the others were not taken, if there are any.
        failure: Option<StoreFailure>,
    },
    /// What was read.
    Loaded {
        /// In order.
        messages: Vec<StoredMessage>,
        /// Whether a limit cut it.
        more: bool,
    },
    /// Nothing could be read now.
    NotLoaded,
}

impl Completion {
    /// Nothing of an append was taken.
    pub fn not_appended(why: StoreFailure) -> Self {
        Self::Appended {
            positions: Vec::new(),
            failure: Some(why),
        }
    }
}

#[cfg(test)]
mod tests;
