//! What a shard has to come back to, and when.
//!
//! Lazy: an entry is not taken out when it does not matter any more; whoever handles it finds out. If there are far
//! more entries than users, those are taken out together.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::sync::Arc;

use mobileim_protocol::Instant;
use mobileim_protocol::mailbox::SessionId;

use super::ConnectionId;

/// A deadline's meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Timer {
    /// The user's mailbox has something to do.
    Mailbox(Arc<str>),
    /// The user's session may have fallen silent.
    Session(Arc<str>, SessionId),
    /// What proved who the user of the session is may hold no longer.
    Token(Arc<str>, SessionId),
    /// The messages that the user sent to the server can be forgotten.
    Forget(Arc<str>),
    /// A connection must have logged in by now.
    Login(ConnectionId),
}

#[derive(Debug, Default)]
pub(super) struct Timers {
    heap: BinaryHeap<Entry>,
    /// Entries of one instant come out in the order they were put in.
    last_number: u64,
}

#[derive(Debug, PartialEq, Eq)]
struct Entry {
    at: Instant,
    number: u64,
    timer: Timer,
}

impl Timers {
    pub(super) fn insert(&mut self, at: Instant, timer: Timer) {
        self.last_number += 1;
        self.heap.push(Entry {
            at,
            number: self.last_number,
            timer,
        });
    }

    pub(super) fn len(&self) -> usize {
        self.heap.len()
    }

    /// Takes out what does not matter any more.
    pub(super) fn retain(&mut self, matters: impl Fn(Instant, &Timer) -> bool) {
        self.heap.retain(|entry| matters(entry.at, &entry.timer));
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.heap.peek().map(|entry| entry.at)
    }

    pub(super) fn pop_due(&mut self, now: Instant) -> Option<(Instant, Timer)> {
        self.next_deadline().filter(|at| *at <= now)?;
        self.heap.pop().map(|entry| (entry.at, entry.timer))
    }
}

/// The earliest is the greatest: what a [`BinaryHeap`] gives first.
impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.number).cmp(&(self.at, self.number))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
