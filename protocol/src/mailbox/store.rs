//! The contract between a mailbox and its store.

use alloc::vec::Vec;

use super::entry::{Envelope, Position, StoredMessage};
use super::log::Place;

/// What a user's mailbox asks of the store, by [`Output::Store`](super::Output::Store).
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
        /// The greatest number of messages.
        limit: usize,
        /// The greatest number of bytes of bodies; one message is read in any case.
        max_bytes: usize,
    },
    /// No session waits any more for what is to be read: a load whose turn has not come is answered with
    /// [`Completion::NotLoaded`], now rather than in its turn.
    CancelLoad,
    /// Remove a message. It is not answered: if it fails, the message is delivered again later, and recognised by the
    /// receiver.
    Delete {
        /// Where the message stands.
        position: Position,
        /// Why.
        why: Removal,
    },
    /// The user has read the logs of conversations up to here, all that stands there is done with. It is not answered: if it fails,
    /// what stands before it is delivered again later, and recognised by the receiver.
    Advance {
        /// Up to this.
        through: Position,
    },
}

/// Why a message is removed from the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// Its receiver has it.
    Acknowledged,
    /// It stands there twice, and the other one stays.
    Copy,
    /// It has waited for longer than its sender wanted, and is not delivered.
    Expired,
}

/// The store's answer, to be given to [`Mailbox::handle_store`](super::Mailbox::handle_store).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Completion {
    /// The first messages of an append are durable or refused; the others were not taken.
    Appended {
        /// Where the durable ones stand; `None` for each that is refused because its sender has too many stored messages
        /// for this user.
        positions: Vec<Option<Position>>,
        /// Why the others were not taken, if there are any.
        failure: Option<StoreFailure>,
    },
    /// The same of a conversation's log: the first messages of an append are durable, the others were not taken. It has each message
    /// once, whenever it comes again.
    Logged {
        /// Where they stand.
        places: Vec<Place>,
        /// Why the others were not taken, if there are any.
        failure: Option<StoreFailure>,
    },
    /// The messages of a load.
    Loaded {
        /// In order.
        messages: Vec<StoredMessage>,
        /// Whether a limit cut it.
        more: bool,
    },
    /// Nothing could be read now, or the load was cancelled.
    NotLoaded,
}

impl Completion {
    /// An append of which nothing was taken.
    pub fn not_appended(why: StoreFailure) -> Self {
        Self::Appended {
            positions: Vec::new(),
            failure: Some(why),
        }
    }
}

/// Why the store did not take or give a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreFailure {
    /// It cannot now; try again.
    Unavailable,
    /// As much is stored as may be: for this user, of this sender for it, or for all.
    QuotaExceeded,
    /// Nothing is ever stored here.
    NoStore,
}
