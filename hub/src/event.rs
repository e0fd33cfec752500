//! What has happened.

use std::sync::Arc;

use mobileim_protocol::Device;
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
        /// The device, if its client names one.
        device: Option<Box<Device>>,
        /// The session that ended for it.
        replaces: Option<SessionId>,
        /// How many other sessions the user has.
        others: usize,
    },
    /// A session ended.
    Offline {
        /// Whose.
        user: Arc<str>,
        /// Which.
        session: SessionId,
        /// Where from.
        peer: Peer,
        /// Why.
        reason: CloseReason,
        /// The device, if its client names one.
        device: Option<Box<Device>>,
        /// The session that begins right after, in its place.
        replaced_by: Option<SessionId>,
        /// How many other sessions the user has.
        others: usize,
    },
    /// A login was refused.
    LoginRefused {
        /// Who it said it is.
        user: Arc<str>,
        /// Where from.
        peer: Peer,
        /// The code that the client is told, if it is.
        code: i64,
    },
    /// The receiver has acknowledged a message that was not stored. The sender is acknowledged.
    Delivered(Delivery),
    /// A message is durable, as its receiver is offline or silent. The sender is acknowledged.
    Stored(Delivery),
    /// The receiver has acknowledged a message that was stored.
    Fetched(Delivery),
    /// A sender has repeated a message that is delivered or stored, and is acknowledged again.
    Repeated(Delivery),
    /// The application has accepted a message to the server. With QoS, its sender is acknowledged.
    Received {
        /// The message. Without QoS, its fingerprint may be empty.
        delivery: Delivery,
        /// Whether it is to be acknowledged.
        qos: bool,
        /// The application's own type of message.
        typeu: i32,
        /// Its text, if the [journal](crate::Journal) keeps such.
        text: Option<Arc<str>>,
    },
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
            | Self::Received { delivery, .. }
            | Self::Refused { delivery, .. }
            | Self::Expired(delivery) => Some(delivery),
            Self::Online { .. } | Self::Offline { .. } | Self::LoginRefused { .. } => None,
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
    /// The mailbox of that one of the receiver's devices that it is about; the receiver's user id where users have one session.
    pub mailbox: Arc<str>,
    /// Its fingerprint.
    pub fp: Arc<str>,
    /// Its `bridge` field, which its acknowledgement copies.
    pub bridge: bool,
}

impl Delivery {
    pub(crate) fn of(message: &Envelope, to: &Arc<str>, mailbox: &Arc<str>) -> Self {
        Self {
            from: Origin::of(Arc::clone(&message.from), message.on_behalf),
            to: Arc::clone(to),
            mailbox: Arc::clone(mailbox),
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
    /// The application does not want it. A user who sent it is told by an error.
    #[error("by the application, with code {code}")]
    ByApplication {
        /// Its code.
        code: i64,
    },
    /// The store cannot take it now. A user who sent it sends it again; the application may.
    #[error("the store cannot take it now")]
    Unavailable,
}

impl Refusal {
    /// Returns whether the application does not want it.
    pub(crate) const fn is_by_application(self) -> bool {
        matches!(self, Self::ByApplication { .. })
    }
}
