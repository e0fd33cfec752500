//! The client's heartbeat and its verdict on the link.
//!
//! A heartbeat goes out every interval; on a datagram link, where it may be lost, it is repeated within the interval
//! until something comes back. The verdict counts from the first heartbeat that nothing came back
//! for, never from the last byte received: a tab that was frozen for an hour has not waited for an answer, it
//! has not asked. And if the timer that would give the link up fires late, the answer may be waiting
//! unread behind it (a frozen tab, a laptop that slept, a clock that was set): then the link is probed once,
//! and given up only if that probe stays unanswered too.

use crate::sense_mode::Timing;
use crate::time::{Instant, Span};
use crate::transport::Transport;

/// How many heartbeats go out in one interval on a datagram link, as long as none is answered.
const REPEATS: u64 = 3;

/// A timer that fires this much past its deadline did not run while it waited.
const LATE: Span = Span::from_secs(2);

#[derive(Debug)]
pub(crate) struct KeepAlive {
    interval: Span,
    /// How long an answer may take: what the table leaves after the interval.
    answer_time: Span,
    /// After how long an unanswered heartbeat is repeated: on a datagram link it may be lost.
    repeat_after: Span,
    next_heartbeat: Instant,
    /// When the first heartbeat that is unanswered was sent, and what depends on it.
    unanswered: Option<Unanswered>,
}

#[derive(Debug, Clone, Copy)]
struct Unanswered {
    give_up_at: Instant,
    probed: bool,
}

/// What to do at a deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing is due.
    Wait,
    /// Send a heartbeat.
    Beat,
    /// The link is dead.
    GiveUp,
}

impl KeepAlive {
    pub(crate) fn new(now: Instant, timing: Timing, transport: Transport) -> Self {
        let interval = timing.interval;
        let repeat_after = if transport.is_datagram() {
            interval / REPEATS
        } else {
            interval
        };
        Self {
            interval,
            answer_time: timing.client_timeout - interval,
            repeat_after,
            next_heartbeat: now + interval,
            unanswered: None,
        }
    }

    /// Something came in: the link is alive.
    pub(crate) fn received(&mut self) {
        if self.unanswered.take().is_some() {
            self.next_heartbeat = self.next_heartbeat + (self.interval - self.repeat_after);
        }
    }

    /// Says that there is reason to doubt the link: asks for a heartbeat now, unless one is already out.
    pub(crate) fn probe(&mut self, now: Instant) {
        if self.unanswered.is_none() {
            self.next_heartbeat = now;
        }
    }

    /// When [`KeepAlive::handle_timeout`] is due.
    pub(crate) fn deadline(&self) -> Instant {
        self.unanswered.map_or(self.next_heartbeat, |unanswered| {
            unanswered.give_up_at.min(self.next_heartbeat)
        })
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) -> Verdict {
        if let Some(unanswered) = &mut self.unanswered
            && now >= unanswered.give_up_at
        {
            if unanswered.probed || now.span_since(unanswered.give_up_at) < LATE {
                return Verdict::GiveUp;
            }
            unanswered.probed = true;
            unanswered.give_up_at = now + self.answer_time;
            self.next_heartbeat = now + self.repeat_after;
            return Verdict::Beat;
        }
        if now >= self.next_heartbeat {
            self.next_heartbeat = now + self.repeat_after;
            self.unanswered.get_or_insert(Unanswered {
                give_up_at: now + self.answer_time,
                probed: false,
            });
            return Verdict::Beat;
        }
        Verdict::Wait
    }
}
