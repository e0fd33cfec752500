//! What goes in and out of a mailbox.

use alloc::vec::Vec;

use alloc::sync::Arc;
use bytes::Bytes;

use super::SessionId;
use super::entry::{Envelope, Position};
use crate::time::Instant;

/// What the server is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Output {
    /// Nothing more; call [`handle_timeout`](super::Mailbox::handle_timeout) at this time, if any.
    Timeout(Option<Instant>),
    /// Send a body on a session.
    Transmit {
        /// The session.
        session: SessionId,
        /// JSON text, without framing.
        body: Bytes,
    },
    /// Tell a sender that its message is delivered or safe.
    AcknowledgeSender {
        /// Who sent it.
        sender: Arc<str>,
        /// Its fingerprint.
        fp: Arc<str>,
        /// Its `bridge` field, which an acknowledgement copies.
        bridge: bool,
    },
    /// Store messages behind all that are stored for this user; answer [`appended`](super::Mailbox::appended).
    /// There is no other before that.
    Append {
        /// In this order.
        messages: Vec<Envelope>,
    },
    /// Read the oldest stored messages behind a position; answer [`loaded`](super::Mailbox::loaded) or
    /// [`not_loaded`](super::Mailbox::not_loaded). There is no other before that.
    Load {
        /// Only what is stored behind this.
        after: Position,
        /// How many at most.
        limit: usize,
        /// How many bytes of bodies at most, but always one message.
        max_bytes: usize,
    },
    /// Nobody is there any more for what is to be read: if reading has not begun, answer
    /// [`not_loaded`](super::Mailbox::not_loaded) instead.
    CancelLoad,
    /// Remove a message from the store. Nothing is to be answered; where it fails, the message is delivered
    /// again later, and recognised by the receiver.
    Delete {
        /// Which.
        position: Position,
    },
    /// A message is neither delivered nor stored, and its sender was not acknowledged.
    Rejected {
        /// The message.
        message: Envelope,
        /// [`Unavailable`](StoreFailure::Unavailable): its sender will send it again, and that may succeed.
        why: StoreFailure,
    },
}

/// What became of a message that was given to [`deliver`](super::Mailbox::deliver).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Accepted {
    /// It is new, and taken.
    New,
    /// It was seen before.
    Repeated,
    /// None of the receiver's sessions takes a body as long as this; or, while there is none,
    /// [no client](super::Mailbox::set_reach) has ever.
    TooLong {
        /// The longest that one of them takes, in bytes.
        limit: usize,
    },
    /// There is no room for it, or something that its sender sent before is to come first; the sender will send
    /// it again.
    Overloaded,
}

/// Why the store did not take or give a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreFailure {
    /// It cannot now; try again.
    Unavailable,
    /// As much is stored for this user as may be, of this sender or in all.
    QuotaExceeded,
    /// Nothing is ever stored here.
    NoStore,
}
