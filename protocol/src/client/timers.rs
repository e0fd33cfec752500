//! The client's deadlines.

use crate::time::Instant;

/// Everything a client waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Timer {
    /// Connecting takes too long: give the link up.
    Connect,
    /// The token does not come: give the attempt up.
    Token,
    /// The login takes too long: give the link up.
    Login,
    /// LOGIN may be lost: send it again (datagram links).
    LoginRetransmit,
    /// The back-off is over: connect.
    Reconnect,
    /// A heartbeat is due, or its answer overdue.
    KeepAlive,
    /// An acknowledgement is overdue: send again, or give up.
    Outbox,
}

impl Timer {
    /// In the order in which they are handled when several are due.
    const ALL: [Self; 7] = [
        Self::Connect,
        Self::Token,
        Self::Login,
        Self::LoginRetransmit,
        Self::Reconnect,
        Self::KeepAlive,
        Self::Outbox,
    ];
}

/// When each [`Timer`] fires, if it is set.
#[derive(Debug, Default)]
pub(crate) struct Timers([Option<Instant>; Timer::ALL.len()]);

impl Timers {
    pub(crate) fn set(&mut self, timer: Timer, at: Option<Instant>) {
        self.0[timer as usize] = at;
    }

    /// Returns whether a timer is set, and to a later time than this.
    pub(crate) fn is_later(&self, timer: Timer, at: Instant) -> bool {
        self.0[timer as usize].is_some_and(|deadline| deadline > at)
    }

    pub(crate) fn clear_all(&mut self) {
        *self = Self::default();
    }

    /// The earliest deadline.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.0.iter().flatten().min().copied()
    }

    /// Takes out one timer that is due.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<Timer> {
        Timer::ALL.into_iter().find(|timer| {
            self.0[*timer as usize]
                .take_if(|deadline| *deadline <= now)
                .is_some()
        })
    }
}
