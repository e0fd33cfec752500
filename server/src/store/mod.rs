//! Where messages wait for receivers that are offline or silent.

mod memory;
mod none;
mod sqlite;

use std::sync::Arc;

use mobileim_protocol::mailbox::{Envelope, Position, StoreFailure, StoredMessage, Ticket};

pub use memory::MemoryStore;
pub use none::NoStore;
pub use sqlite::{OpenError, SqliteStore};

use crate::{Completions, Deferred};

/// Keeps the messages that mailboxes hand over, in the order they came.
///
/// For one user, a store handles requests in the order they were submitted, and answers in that order: either
/// always at once, by returning the completion, or always later, by handing it to
/// [`Hub::complete`](crate::hub::Hub::complete). [`Request::Delete`] has no answer.
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
}

/// What a user's mailbox wants of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Store a message behind all others of this user.
    Append {
        /// Comes back in the answer.
        ticket: Ticket,
        /// The message.
        message: Envelope,
    },
    /// Read the oldest messages behind a position.
    Load {
        /// Only what is stored behind this.
        after: Position,
        /// How many at most.
        limit: usize,
        /// How many bytes of bodies at most, but always one message.
        max_bytes: usize,
    },
    /// Remove a message. It is not answered.
    Delete {
        /// Which.
        position: Position,
    },
}

/// A store's answer, to be given to the mailbox that asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Completion {
    /// A message is durable.
    Stored {
        /// From the request.
        ticket: Ticket,
        /// Where it stands.
        position: Position,
    },
    /// A message was not taken.
    NotStored {
        /// From the request.
        ticket: Ticket,
        /// Why not.
        why: StoreFailure,
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
