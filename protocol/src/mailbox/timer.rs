//! The mailbox's deadlines.

use super::Mailbox;
use super::backlog::{Backlog, Load};
use super::entry::Entry;
use crate::dedup::DedupMemory;
use crate::time::Instant;

/// Everything a mailbox waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timer {
    /// A message was not acknowledged in time: append it.
    Persist,
    /// A message is to be sent again.
    Retransmit,
    /// The store could not be read: ask it again.
    RetryLoad,
    /// A message that waits is of no use any more.
    Expire,
    /// Something that is remembered is too old.
    Forget,
}

impl Timer {
    /// In the order in which they are handled when several are due.
    pub(super) const ALL: [Self; 5] = [
        // Before anything that would store or send it.
        Self::Expire,
        Self::Persist,
        Self::Retransmit,
        Self::RetryLoad,
        Self::Forget,
    ];
}

impl Mailbox {
    /// Does what is due. Calling it early does no harm.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some(timer) = self.timers.pop_due(now) {
            match timer {
                Timer::Persist => self.persist_due(now),
                Timer::Retransmit => self.retransmit(now),
                Timer::RetryLoad => self.load_backlog(now),
                Timer::Expire => self.expire(now),
                Timer::Forget => self.forget_expired(now),
            }
            self.timers.set(timer, self.next(timer));
        }
    }

    /// When a timer fires, found by looking at all that it stands for.
    pub(super) fn next(&self, timer: Timer) -> Option<Instant> {
        let is_online = !self.sessions.is_empty();
        match timer {
            // While an append is unanswered, there is no other.
            Timer::Persist if !is_online || !self.appending.is_empty() => None,
            Timer::Persist => self.queue.iter().filter_map(Entry::persist_at).min(),
            Timer::Retransmit if !is_online => None,
            Timer::Retransmit => self.queue.window().filter_map(Entry::retransmit_at).min(),
            Timer::RetryLoad => {
                let is_behind = matches!(self.backlog, Backlog::Behind { .. });
                let wants = is_behind && self.load == Load::None && is_online;
                self.load_at.filter(|_| wants)
            }
            Timer::Expire => self.queue.expires_at(),
            Timer::Forget => [
                self.delivered.emptied_at(),
                self.stored.emptied_at(),
                self.refused.emptied_at(),
                self.too_long.emptied_at(),
                self.awaited.expires_at(),
            ]
            .into_iter()
            .flatten()
            .min(),
        }
    }

    /// Sees to it that a mailbox with nothing left to do is found idle.
    pub(super) fn wake_when_forgotten(&mut self) {
        let memories = [&self.delivered, &self.stored, &self.refused, &self.too_long];
        if let Some(at) = memories
            .into_iter()
            .filter_map(DedupMemory::emptied_at)
            .min()
        {
            self.timers.set_by(Timer::Forget, at);
        }
    }

    pub(super) fn forget_expired(&mut self, now: Instant) {
        self.delivered.forget_expired(now);
        self.stored.forget_expired(now);
        self.refused.forget_expired(now);
        self.too_long.forget_expired(now);
        self.awaited.forget_expired(now);
    }
}
