//! One turn with a shard: what its users need while its lock is held.

use std::sync::Arc;

use mobileim_protocol::Instant;
use mobileim_protocol::mailbox::{Completion, Envelope, Place, Request, SessionId, StoreFailure};

use super::Shared;
use super::config::Config;
use super::memory::Memory;
use super::reach::Reach;
use super::timers::{Timer, Timers};
use crate::devices::Directory;
use crate::event::Event;
use crate::link::Link;
use crate::rate::Used;
use crate::recent::Recent;

/// Something to do for others, once the lock is released.
#[derive(Debug)]
pub(crate) enum Effect {
    /// Something has happened.
    Happened {
        event: Event,
        /// Whether what follows from it waits for the journal.
        waits: bool,
    },
    /// A device of its sender's has a message, or will.
    Copied { mailbox: Arc<str>, hash: u64 },
    /// A message has its place in the log that a mailbox keeps.
    Logged {
        mailbox: Arc<str>,
        place: Place,
        message: Envelope,
    },
    /// A message was on its way and is neither delivered nor stored.
    Rejected {
        mailbox: Arc<str>,
        receiver: Arc<str>,
        message: Envelope,
        why: StoreFailure,
    },
}

pub(crate) struct Turn<'a> {
    pub(super) now: Instant,
    pub(super) shared: &'a Shared,
    pub(super) timers: &'a mut Timers,
    /// What is remembered of users without a session.
    pub(super) memory: &'a mut Memory,
    /// How long a body users take.
    pub(super) reach: &'a mut Reach,
    /// What users without a session have used of their rate of messages.
    pub(super) used: &'a mut Recent<Used>,
    /// When users without a session first logged in for their last one, as the clock said then.
    pub(super) logins: &'a mut Recent<i64>,
    pub(super) effects: &'a mut Vec<Effect>,
}

impl Turn<'_> {
    pub(super) fn schedule(&mut self, at: Instant, timer: Timer) {
        self.timers.insert(at, timer);
        self.shared.alarm.set_by(at);
    }

    pub(super) fn submit(&self, user: &Arc<str>, request: Request) -> Option<Completion> {
        self.shared.store.submit(user, request)
    }

    pub(super) fn next_session_id(&self) -> SessionId {
        SessionId(self.shared.next_number())
    }

    pub(super) fn directory(&self) -> &Directory {
        &self.shared.directory
    }

    pub(super) fn config(&self) -> &Config {
        &self.shared.config
    }

    /// How much memory there is for a mailbox.
    pub(super) fn room(&self) -> usize {
        self.shared.held.room()
    }

    /// When something was last heard on a link. While the server was away itself, it could not hear.
    pub(super) fn last_seen(&self, link: &dyn Link) -> Instant {
        link.last_seen().max(self.shared.resumed_at())
    }

    /// Something has happened. The journal gets it while the lock is held, so that nothing of the same user overtakes it.
    pub(super) fn happened(&mut self, event: Event) {
        let waits = self.shared.journal.record(&event);
        self.effects.push(Effect::Happened { event, waits });
    }
}
