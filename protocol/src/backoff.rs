//! Waiting between attempts: capped exponential back-off with full jitter.
//!
//! Each wait is drawn evenly from zero to a bound that doubles with every attempt up to a cap, so that clients
//! that lost their server at the same moment come back spread out.
//!
//! Who is in no hurry waits between two thirds of the cap and the cap: each attempt wakes a phone's radio, and a browser runs
//! the timers of a hidden page late enough.

use core::time::Duration;

use crate::retransmit::doubled;
use crate::time::Span;

/// The bounds of the waits, and how many attempts there were.
#[derive(Debug, Clone)]
pub struct Backoff {
    base: Span,
    cap: Span,
    attempts: u32,
    /// Whether nobody is in a hurry.
    patient: bool,
}

impl Backoff {
    /// Waits of at most `base` after the first failure, doubling up to `cap`.
    pub fn new(base: Duration, cap: Duration) -> Self {
        Self {
            base: base.into(),
            cap: cap.into(),
            attempts: 0,
            patient: false,
        }
    }

    /// The wait before the next attempt.
    pub fn next_delay(&mut self, rng: &mut fastrand::Rng) -> Span {
        self.attempts = self.attempts.saturating_add(1);
        let (least, most) = if self.patient {
            (self.cap * 2 / 3, self.cap)
        } else {
            (Span::ZERO, doubled(self.base, self.attempts, self.cap))
        };
        random_between(rng, least, most)
    }

    /// Returns whether the next wait is the first since the beginning or [`reset`](Self::reset).
    pub const fn is_fresh(&self) -> bool {
        self.attempts == 0
    }

    /// Waits long from the first time on, or as ever.
    pub fn set_patient(&mut self, patient: bool) {
        self.patient = patient;
    }

    /// Begins again with the shortest waits.
    pub fn reset(&mut self) {
        self.attempts = 0;
    }
}

/// A random time in these bounds. One place for all that is spread: a page has to load the code.
#[inline(never)]
pub(crate) fn random_between(rng: &mut fastrand::Rng, least: Span, most: Span) -> Span {
    Span::from_micros(rng.u64(least.as_micros()..=most.as_micros()))
}
