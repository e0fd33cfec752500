//! What has happened.

use std::sync::Arc;

use mobileim_protocol::mailbox::{Envelope, SessionId};

use crate::link::{CloseReason, Peer};
use crate::origin::Origin;

/// Something that has happened, told once, to everybody who wants to know: [`Hooks::event`](crate::Hooks::event).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A session began.
    Online {
        /// Whose.
        user: Arc<str>,
        /// Which.
        session: SessionId,
        /// Where from.
        peer: Peer,
    },
    /// A session ended. With [`CloseReason::Replaced`], another of the same user begins right after.
    Offline {
        /// Whose.
        user: Arc<str>,
        /// Which.
        session: SessionId,
        /// Where from.
        peer: Peer,
        /// Why.
        reason: CloseReason,
    },
    /// The receiver has acknowledged a message that was not stored. The sender is acknowledged.
    Delivered(Delivery),
    /// A message is durable, as its receiver is offline or silent. The sender is acknowledged.
    Stored(Delivery),
    /// The receiver has acknowledged a message that was stored.
    Fetched(Delivery),
    /// A sender has repeated a message that is delivered or stored, and is acknowledged again.
    Repeated(Delivery),
    /// A message with QoS is neither delivered nor stored.
    Refused {
        /// Which message.
        delivery: Delivery,
        /// Why.
        why: Refusal,
    },
    /// A message with QoS has waited for longer than its sender wanted, and is not delivered.
    Expired(Delivery),
}

impl Event {
    /// The message that it is about, if it is about one.
    pub const fn delivery(&self) -> Option<&Delivery> {
        match self {
            Self::Delivered(delivery)
            | Self::Stored(delivery)
            | Self::Fetched(delivery)
            | Self::Repeated(delivery)
            | Self::Refused { delivery, .. }
            | Self::Expired(delivery) => Some(delivery),
            Self::Online { .. } | Self::Offline { .. } => None,
        }
    }
}

/// A message with QoS on its way from a sender to a receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Who has sent it.
    pub from: Origin,
    /// The receiver's user id.
    pub to: Arc<str>,
    /// Its fingerprint.
    pub fp: Arc<str>,
    /// Its `bridge` field, which its acknowledgement copies.
    pub bridge: bool,
}

impl Delivery {
    pub(crate) fn of(message: &Envelope, to: &Arc<str>) -> Self {
        Self {
            from: Origin::of(Arc::clone(&message.from), message.on_behalf),
            to: Arc::clone(to),
            fp: Arc::clone(&message.fp),
            bridge: message.bridge,
        }
    }
}

/// Why a message is neither delivered nor stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// As much as may be is stored: for the receiver, of this sender for it, or for all. A user who sent it is told by error 302.
    #[error("as much as may be is stored")]
    MailboxFull,
    /// It is longer than every client of the receiver takes. A user who sent it is told by error 303.
    #[error("it is too long for its receiver, who takes {limit} bytes")]
    TooLong {
        /// The longest body that one of them takes, in bytes.
        limit: usize,
    },
    /// The receiver is offline, and nothing is ever stored here.
    #[error("its receiver is offline, and nothing is stored here")]
    NoStore,
    /// The store cannot take it now. A user who sent it sends it again; the application may.
    #[error("the store cannot take it now")]
    Unavailable,
}
