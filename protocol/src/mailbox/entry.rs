//! One message on its way to a receiver.

use alloc::sync::Arc;

use bytes::Bytes;

use super::log::Change;
use crate::dedup::fingerprint_hash;
use crate::time::Instant;

/// A message with QoS, as a mailbox and its store handle it: encoded once, shared by all that hold it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Who sent it; [`SERVER`](crate::SERVER) for the server.
    pub from: Arc<str>,
    /// Its fingerprint.
    pub fp: Arc<str>,
    /// Its `bridge` field, which its acknowledgement copies.
    pub bridge: bool,
    /// The message as JSON text.
    pub body: Bytes,
    /// When it is of no use any more, if ever: what waits until then is not delivered.
    pub expires_at: Option<Instant>,
    /// Whether the application sends it in its sender's name: the sender's clients know nothing of it, and are told nothing.
    pub on_behalf: bool,
    /// What it keeps its order with until it is taken, if that is not all that its sender sends here: what comes from one of the sender's
    /// devices, or to one receiver, by a name for that.
    pub lane: Option<Arc<str>>,
    /// What it changes of the conversation in whose log it is to stand.
    pub change: Option<Arc<Change>>,
}

impl Envelope {
    pub(super) fn lane(&self) -> &Arc<str> {
        self.lane.as_ref().unwrap_or(&self.from)
    }

    /// Returns whether it is of no use any more.
    pub fn has_expired(&self, now: Instant) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }
}

/// Where a message stands in the store: later ones are greater, for one user at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub i64);

impl Position {
    /// Before the first.
    pub const START: Self = Self(i64::MIN);
}

/// A message that was read back from the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMessage {
    /// Where it stands.
    pub position: Position,
    /// The message.
    pub message: Envelope,
    /// Its number in the conversation, if it is from a conversation's log.
    pub seq: Option<u64>,
    /// Whether it is in the log that its reader reads, but is not for this reader: for one who has sent it.
    pub is_own: bool,
}

impl StoredMessage {
    /// One that is the user's alone.
    pub const fn new(position: Position, message: Envelope) -> Self {
        Self {
            position,
            message,
            seq: None,
            is_own: false,
        }
    }
}

/// What the store knows of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stored {
    /// Nothing; unless it is acknowledged by then, it is to be appended at this time.
    Not { persist_at: Option<Instant> },
    /// It was asked to append it.
    Appending,
    /// It has it.
    At(Position),
}

/// A message's time on the live sessions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flight {
    pub(super) sent: Instant,
    pub(super) transmissions: u32,
    pub(super) retransmit_at: Instant,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) message: Envelope,
    pub(super) hash: u64,
    /// When it came, from its sender or from the store.
    pub(super) since: Instant,
    pub(super) stored: Stored,
    /// Whether it is from a conversation's log, where it stays.
    pub(super) in_log: bool,
    pub(super) sender_acknowledged: bool,
    pub(super) flight: Option<Flight>,
}

impl Entry {
    /// A message, and the hash of its sender and fingerprint.
    pub(super) fn new(now: Instant, hash: u64, message: Envelope, stored: Stored) -> Self {
        Self {
            hash,
            since: now,
            message,
            stored,
            in_log: false,
            sender_acknowledged: false,
            flight: None,
        }
    }

    /// What was read back from the store: its sender was acknowledged, or will be when it repeats itself.
    pub(super) fn from_store(now: Instant, stored: StoredMessage) -> Self {
        let StoredMessage {
            position,
            message,
            seq,
            ..
        } = stored;
        let hash = fingerprint_hash(&message.from, &message.fp);
        Self {
            sender_acknowledged: true,
            in_log: seq.is_some(),
            ..Self::new(now, hash, message, Stored::At(position))
        }
    }

    /// Where it stands in the logs that the user reads.
    pub(super) fn position_in_log(&self) -> Option<Position> {
        match self.stored {
            Stored::At(position) if self.in_log => Some(position),
            _ => None,
        }
    }

    /// When it is to be appended.
    pub(super) fn persist_at(&self) -> Option<Instant> {
        match self.stored {
            Stored::Not { persist_at } => persist_at,
            Stored::Appending | Stored::At(_) => None,
        }
    }

    /// When it expires, unless it is on its way to a session: from there it cannot be taken back.
    pub(super) fn expires_at(&self) -> Option<Instant> {
        self.message.expires_at.filter(|_| self.flight.is_none())
    }

    /// When it is to be sent again.
    pub(super) fn retransmit_at(&self) -> Option<Instant> {
        self.flight.map(|flight| flight.retransmit_at)
    }
}
