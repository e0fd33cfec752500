//! What a mailbox remembers of messages that it is done with, and how that outlives it.

use alloc::vec::Vec;

use super::Mailbox;
use super::backlog::Load;
use crate::time::Instant;

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// The receiver has acknowledged it.
    Delivered,
    /// It is stored, and its sender was acknowledged.
    Stored,
    /// Its sender was told that it cannot be kept.
    Refused,
    /// Its sender was told that it is too long.
    TooLong,
}

/// A message that is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recollection {
    /// The hash of its sender and fingerprint.
    pub hash: u64,
    /// What became of it.
    pub known: Known,
    /// When.
    pub at: Instant,
}

impl Mailbox {
    /// Gives all that the mailbox remembers, if it has nothing to do and no session; then it can be dropped. What of it
    /// is given back to a later mailbox of this user by [`Mailbox::recall`] is recognised there.
    pub fn retire(&mut self) -> Option<Vec<Recollection>> {
        if !(self.is_at_rest() && self.awaited.is_empty()) {
            return None;
        }
        let memories = [
            (&mut self.stored, Known::Stored),
            (&mut self.refused, Known::Refused),
            (&mut self.too_long, Known::TooLong),
            (&mut self.delivered, Known::Delivered),
        ];
        let mut recollections = Vec::new();
        for (memory, known) in memories {
            let entries = memory.entries();
            recollections.extend(entries.map(|(hash, at)| Recollection { hash, known, at }));
            memory.clear();
        }
        Some(recollections)
    }

    /// Remembers a message that an earlier mailbox of this user was done with.
    pub fn recall(&mut self, recollection: Recollection) {
        let Recollection { hash, known, at } = recollection;
        match known {
            Known::Delivered => self.delivered.insert(at, hash),
            Known::Stored => self.stored.insert(at, hash),
            Known::Refused => self.refused.insert(at, hash),
            Known::TooLong => self.too_long.insert(at, hash),
        };
        self.wake_when_forgotten();
    }

    /// Whether all that it does, without a session, is to wait for senders that must repeat something.
    pub fn only_awaits(&self) -> bool {
        self.is_at_rest() && !self.awaited.is_empty()
    }

    /// Waits for no sender any more: what they sent after that is taken as it comes.
    pub fn forget_awaited(&mut self) {
        self.awaited.clear();
    }

    /// Whether there is no session, and nothing in memory or on its way.
    fn is_at_rest(&self) -> bool {
        self.sessions.is_empty()
            && self.queue.is_empty()
            && self.appending.is_empty()
            && self.load == Load::None
            && self.outputs.is_empty()
    }
}
