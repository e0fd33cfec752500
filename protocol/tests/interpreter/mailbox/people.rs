//! Those at both ends: senders that repeat as our client does, and the receiver's devices.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use mobileim_protocol::Instant;
use mobileim_protocol::mailbox::SessionId;

/// A message: its place among all that were ever sent.
pub type Id = usize;

/// No datagram is under way for longer.
const DATAGRAM_LIFE: Duration = Duration::from_secs(30);
/// No sender has more under way: it waits.
const MOST_IN_TRANSIT: usize = 64;

/// How a sender reaches the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// In order, all at once; repeats everything from the oldest on.
    Stream,
    /// Lost, repeated, reordered; so one at a time, until it is acknowledged.
    Datagram,
    /// It is the application on the server, which never repeats.
    Inside,
}

#[derive(Debug)]
pub struct Sender {
    pub name: &'static str,
    pub way: Way,
    /// Not acknowledged, in the order they were sent.
    pub outbox: VecDeque<Id>,
    /// On their way to the server.
    transit: VecDeque<(Id, Instant)>,
    /// Acknowledgements on their way back.
    pub acknowledgements: VecDeque<Id>,
}

impl Sender {
    pub fn new(name: &'static str, way: Way) -> Self {
        Self {
            name,
            way,
            outbox: VecDeque::new(),
            transit: VecDeque::new(),
            acknowledgements: VecDeque::new(),
        }
    }

    pub fn send(&mut self, now: Instant, id: Id) {
        self.outbox.push_back(id);
        if self.way == Way::Stream {
            self.transit.push_back((id, now));
        } else if self.outbox.len() == 1 {
            self.repeat(now);
        }
    }

    /// Sends again what is not acknowledged: on a stream all of it, else what is first.
    pub fn repeat(&mut self, now: Instant) {
        if self.transit.len() < MOST_IN_TRANSIT {
            let count = if self.way == Way::Stream {
                self.outbox.len()
            } else {
                1
            };
            let repeated = self.outbox.iter().take(count);
            self.transit.extend(repeated.map(|id| (*id, now)));
        }
    }

    /// Another link: what was under way on the old one, in either direction, never arrives.
    pub fn relink(&mut self, now: Instant) {
        self.transit.clear();
        self.acknowledgements.clear();
        self.repeat(now);
    }

    /// How many may arrive next.
    pub fn arrivals(&self) -> usize {
        match self.way {
            Way::Datagram => self.transit.len(),
            Way::Stream | Way::Inside => self.transit.len().min(1),
        }
    }

    /// What arrives at the server. Of a datagram another copy may follow.
    pub fn arrive(&mut self, now: Instant, at: usize, copy: bool) -> Option<Id> {
        if self.way == Way::Datagram {
            self.transit
                .retain(|(_, sent)| now.since(*sent) < DATAGRAM_LIFE);
            let (id, sent) = self.transit.remove(at)?;
            if copy {
                self.transit.push_back((id, sent));
            }
            return Some(id);
        }
        Some(self.transit.pop_front()?.0)
    }

    /// A datagram is lost.
    pub fn lose(&mut self, at: usize) {
        if self.way == Way::Datagram {
            self.transit.remove(at);
        }
    }

    /// The oldest acknowledgement comes back.
    pub fn take_acknowledgement(&mut self, now: Instant) -> bool {
        let Some(id) = self.acknowledgements.pop_front() else {
            return false;
        };
        self.forget(now, id);
        true
    }

    /// It was acknowledged, refused or given up.
    pub fn forget(&mut self, now: Instant, id: Id) {
        let was_first = self.outbox.front() == Some(&id);
        self.outbox.retain(|other| *other != id);
        if was_first && self.way == Way::Datagram {
            self.repeat(now);
        }
    }
}

/// One of the receiver's devices. What it has seen it recognises, whatever becomes of its sessions.
#[derive(Debug, Default)]
pub struct Device {
    pub session: Option<SessionId>,
    pub datagram: bool,
    /// On their way to the device.
    pub link: VecDeque<Id>,
    /// Acknowledgements on their way back.
    pub acknowledgements: VecDeque<Id>,
    pub seen: BTreeSet<Id>,
}

impl Device {
    pub fn attach(&mut self, session: SessionId, datagram: bool) {
        *self = Self {
            session: Some(session),
            datagram,
            seen: std::mem::take(&mut self.seen),
            ..Self::default()
        };
    }

    pub fn detach(&mut self) -> Option<SessionId> {
        self.link.clear();
        self.acknowledgements.clear();
        self.session.take()
    }

    /// How many may arrive next, of these.
    pub fn arrivals(&self, of: &VecDeque<Id>) -> usize {
        if self.datagram {
            of.len()
        } else {
            of.len().min(1)
        }
    }
}
