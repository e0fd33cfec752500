//! Time as the engines see it: numbers that the caller supplies.

use core::ops::{Add, Sub};
use core::time::Duration;

/// A point in time, counted from an epoch of the caller's choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Instant {
    micros: u64,
}

impl Instant {
    /// The instant `micros` microseconds after the epoch.
    pub const fn from_micros(micros: u64) -> Self {
        Self { micros }
    }

    /// The instant `millis` milliseconds after the epoch.
    pub const fn from_millis(millis: u64) -> Self {
        Self {
            micros: millis.saturating_mul(1000),
        }
    }

    /// Microseconds since the epoch.
    pub const fn as_micros(self) -> u64 {
        self.micros
    }

    /// Time passed since `earlier`; zero where `earlier` is later.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.micros.saturating_sub(earlier.micros))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self {
            micros: self.micros.saturating_add(micros(duration)),
        }
    }
}

impl Sub<Duration> for Instant {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        Self {
            micros: self.micros.saturating_sub(micros(duration)),
        }
    }
}

/// A duration in microseconds. Unlike `as_micros` in 64 bits, which processors and pages have.
pub(crate) fn micros(duration: Duration) -> u64 {
    duration
        .as_secs()
        .saturating_mul(1_000_000)
        .saturating_add(u64::from(duration.subsec_micros()))
}

/// Turns a clock that may be set back into one that never goes back.
///
/// A page's only clock may be the wall clock (mini-programs have no `performance`), which users and NTP move.
/// A step forward cannot be told from a frozen tab and is passed on; during a step back time stands still for
/// one call and then goes on from there.
#[derive(Debug, Clone, Copy, Default)]
pub struct MonotonicClock {
    /// The last reading of the caller's clock.
    outer: Instant,
    /// What it was turned into.
    inner: Instant,
}

impl MonotonicClock {
    /// Takes a reading of the caller's clock and gives the time that has truly passed.
    pub fn read(&mut self, outer: Instant) -> Instant {
        self.inner = self.inner + outer.since(self.outer);
        self.outer = outer;
        self.inner
    }

    /// The caller's time for an instant of this clock.
    pub fn to_outer(&self, inner: Instant) -> Instant {
        if inner >= self.inner {
            self.outer + inner.since(self.inner)
        } else {
            self.outer - self.inner.since(inner)
        }
    }

    /// The time of the last reading.
    pub fn last(&self) -> Instant {
        self.inner
    }
}
