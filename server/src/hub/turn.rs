//! One turn with a shard: what its users need of the hub while its lock is held.

use std::net::SocketAddr;
use std::sync::Arc;

use mobileim_protocol::mailbox::{Completion, Envelope, Request, SessionId, StoreFailure};
use mobileim_protocol::{Instant, Transport};

use super::memory::Memory;
use super::reach::Reach;
use super::timers::{Timer, Timers};
use super::{CloseReason, Config, Counters, Hub};

/// What is to be done for others, once the lock is released.
#[derive(Debug)]
pub(super) enum Effect {
    /// Tell a sender that the receiver has its message, or will.
    AcknowledgeSender {
        receiver: Arc<str>,
        sender: Arc<str>,
        fp: Arc<str>,
        bridge: bool,
    },
    /// Tell a sender that its message is refused; or, for one of the server's, the observer.
    Rejected {
        receiver: Arc<str>,
        message: Envelope,
        why: StoreFailure,
    },
    /// Tell the observer.
    Online {
        user: Arc<str>,
        transport: Transport,
    },
    /// Tell the observer, and the log what only the end of a connection says elsewhere.
    Offline {
        user: Arc<str>,
        reason: CloseReason,
        transport: Transport,
        peer: Option<SocketAddr>,
    },
}

pub(super) struct Turn<'a> {
    pub(super) now: Instant,
    pub(super) hub: &'a Hub,
    pub(super) timers: &'a mut Timers,
    /// What is remembered of users without a session.
    pub(super) memory: &'a mut Memory,
    /// How long a body users take.
    pub(super) reach: &'a mut Reach,
    pub(super) effects: &'a mut Vec<Effect>,
}

impl Turn<'_> {
    pub(super) fn schedule(&mut self, at: Instant, timer: Timer) {
        self.timers.insert(at, timer);
        self.hub.move_alarm(at);
    }

    pub(super) fn submit(&self, user: &Arc<str>, request: Request) -> Option<Completion> {
        self.hub.store.submit(user, request)
    }

    pub(super) fn next_session_id(&self) -> SessionId {
        SessionId(self.hub.next_number())
    }

    pub(super) fn config(&self) -> &Config {
        &self.hub.config
    }

    pub(super) fn counters(&self) -> &Counters {
        &self.hub.counters
    }
}
