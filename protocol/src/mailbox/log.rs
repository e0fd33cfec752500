//! What is special about a mailbox that keeps the log of a conversation: it has no session, and many read what it stores. And how far one
//! that reads logs has come.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::entry::Position;

/// Where a message stands in a conversation's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Among everything that is stored.
    pub position: Position,
    /// Its number in the conversation: the first has 1, and none is left out.
    pub seq: u64,
    /// Whether it was not there before.
    pub is_new: bool,
}

/// What a message in a conversation's log changes of the conversation. It is durable with the message, or not at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// Who reads the log from this message on, and in which role; or has another role from now on.
    pub join: Vec<(Arc<str>, Role)>,
    /// Who does no longer, once they have read this message.
    pub leave: Vec<Arc<str>>,
    /// What else is to be kept of the conversation, as its owner writes it: in place of what is kept.
    pub settings: Option<Arc<str>>,
    /// Whether nothing more comes: everybody leaves.
    pub is_end: bool,
}

/// What somebody may do in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Reads and writes.
    Member = 0,
    /// Changes who reads and writes.
    Admin = 1,
    /// Changes admins, and ends it.
    Owner = 2,
}

/// How far the user has read the logs of conversations, which stand in one order.
#[derive(Debug)]
pub(super) struct Reading {
    /// Whatever stands up to here is in the window, or is done with.
    read: Position,
    /// The last that is done with. What stands before it may not be.
    done: Position,
    /// What the store was told.
    advanced: Position,
    /// The first and the last that the store has got since it was asked to read: the answer may be without them.
    missed: Option<(Position, Position)>,
}

impl Reading {
    pub(super) const fn new() -> Self {
        Self {
            read: Position::START,
            done: Position::START,
            advanced: Position::START,
            missed: None,
        }
    }

    /// What stands next is in the window, or is done with.
    pub(super) fn read(&mut self, position: Position) {
        self.read = self.read.max(position);
    }

    pub(super) fn done(&mut self, position: Position) {
        self.done = self.done.max(position);
    }

    /// What is not done with is read again.
    pub(super) fn begin_anew(&mut self) {
        self.read = self.advanced;
    }

    /// How far all is done with, if that is to be told: up to the first message that waits in the window.
    pub(super) fn advance(&mut self, waiting: Option<Position>) -> Option<Position> {
        let through = waiting.map_or(self.read, |first| self.read.min(first.before()));
        if through <= self.advanced {
            return None;
        }
        self.advanced = through;
        Some(through)
    }

    /// Whether something is done with that the store was not told of.
    pub(super) fn has_news(&self) -> bool {
        self.advanced < self.done
    }

    /// The store has got a message that is not taken now.
    pub(super) fn miss(&mut self, position: Position) {
        let (first, last) = self.missed.get_or_insert((position, position));
        *first = position.min(*first);
        *last = position.max(*last);
    }

    /// The first that was missed, if any was: none is any more.
    pub(super) fn take_missed(&mut self) -> Option<Position> {
        self.missed.take().map(|(first, _)| first)
    }

    /// The same, unless all of them are in what was read: behind `after`, and up to `through`.
    pub(super) fn take_missed_in(
        &mut self,
        after: Position,
        through: Position,
    ) -> Option<Position> {
        let is_there = |(first, last): &(Position, Position)| *first > after && *last <= through;
        self.missed = self.missed.filter(|missed| !is_there(missed));
        self.take_missed()
    }
}

impl Position {
    /// What stands behind this is this, and what follows.
    pub(super) const fn before(self) -> Self {
        Self(self.0 - 1)
    }
}
