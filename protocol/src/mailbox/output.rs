//! What goes in and out of a mailbox.

use alloc::sync::Arc;

use bytes::Bytes;

use super::SessionId;
use super::entry::Envelope;
use super::log::Place;
use super::store::{Request, StoreFailure};
use super::timer::Timer;
use crate::time::Span;
use crate::timers::Deadline;

/// What the server is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Nothing more; call [`handle_timeout`](super::Mailbox::handle_timeout) at this time, if any.
    Timeout(Option<Deadline<Timer>>),
    /// Send a body on a session.
    Transmit {
        /// The session.
        session: SessionId,
        /// The [hash](crate::fingerprint_hash) of a message with QoS.
        hash: Option<u64>,
        /// JSON text, without framing.
        body: Bytes,
        /// Whether it was sent before on a session that is still live, and not acknowledged in time.
        is_repetition: bool,
    },
    /// Tell a sender that its message is delivered or stored.
    AcknowledgeSender {
        /// The message's [hash](crate::fingerprint_hash).
        hash: u64,
        /// Who sent it.
        sender: Arc<str>,
        /// Its fingerprint.
        fp: Arc<str>,
        /// Its `bridge` field, which an acknowledgement copies.
        bridge: bool,
        /// Whether the application sent it in the sender's name, who is not to be told then.
        on_behalf: bool,
        /// What makes it true.
        cause: Cause,
        /// How long the message was on its way, if it was until now: since this mailbox took it.
        after: Option<Span>,
    },
    /// A stored message has been acknowledged by the receiver. Its sender was acknowledged when it was stored.
    Fetched {
        /// The message's [hash](crate::fingerprint_hash).
        hash: u64,
        /// Who sent it.
        sender: Arc<str>,
        /// Its fingerprint.
        fp: Arc<str>,
        /// Its `bridge` field.
        bridge: bool,
    },
    /// A message has got its place in the conversation's log that this mailbox keeps: whoever reads the log is to have it. Its sender
    /// is acknowledged next.
    Logged {
        /// Where it stands.
        place: Place,
        /// The message.
        message: Envelope,
    },
    /// Ask the store for something.
    Store(Request),
    /// A message is neither delivered nor stored, and its sender was not acknowledged.
    Rejected {
        /// The message.
        message: Envelope,
        /// [`Unavailable`](StoreFailure::Unavailable): its sender will send it again, and that may succeed.
        why: StoreFailure,
    },
    /// A message has waited until it was of no use any more, and is not delivered.
    Expired {
        /// The message.
        message: Envelope,
    },
}

/// Why a sender is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The receiver has acknowledged the message.
    Delivered,
    /// The message is durable.
    Stored,
    /// The sender has repeated a message that is delivered or durable.
    Repeated,
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
