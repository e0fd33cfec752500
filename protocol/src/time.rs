//! Time as the engines see it: numbers that the caller supplies.

use core::ops::{Add, Div, Mul, Sub};
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
            micros: times(millis, 1000),
        }
    }

    /// Microseconds since the epoch.
    pub const fn as_micros(self) -> u64 {
        self.micros
    }

    /// Time passed since `earlier`; zero if `earlier` is later.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.micros.saturating_sub(earlier.micros))
    }

    /// The same as a [`Span`].
    pub const fn span_since(self, earlier: Self) -> Span {
        Span::from_micros(self.micros.saturating_sub(earlier.micros))
    }
}

impl Add<Span> for Instant {
    type Output = Self;

    fn add(self, span: Span) -> Self {
        Self {
            micros: self.micros.saturating_add(span.micros),
        }
    }
}

impl Sub<Span> for Instant {
    type Output = Self;

    fn sub(self, span: Span) -> Self {
        Self {
            micros: self.micros.saturating_sub(span.micros),
        }
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        self + Span::from(duration)
    }
}

impl Sub<Duration> for Instant {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        self - Span::from(duration)
    }
}

/// Time between two instants, as whole as they are. The engines reckon with it: one number, where a [`Duration`] is
/// two, takes a fraction of the code, and a page has to load that. What exceeds its bounds stays at them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    micros: u64,
}

impl Span {
    /// No time.
    pub const ZERO: Self = Self::from_micros(0);

    /// So many microseconds.
    pub const fn from_micros(micros: u64) -> Self {
        Self { micros }
    }

    /// So many milliseconds.
    pub const fn from_millis(millis: u64) -> Self {
        Self::from_micros(times(millis, 1000))
    }

    /// So many seconds.
    pub const fn from_secs(secs: u64) -> Self {
        Self::from_micros(times(secs, 1_000_000))
    }

    /// How many microseconds it has.
    pub const fn as_micros(self) -> u64 {
        self.micros
    }

    /// The time between this and another, whichever is longer.
    pub(crate) const fn abs_diff(self, other: Self) -> Self {
        Self::from_micros(self.micros.abs_diff(other.micros))
    }
}

/// The product, or the greatest number. Not `saturating_mul`, which multiplies 128 bits where there are no numbers of 64.
const fn times(number: u64, factor: u64) -> u64 {
    if factor != 0 && number > u64::MAX / factor {
        return u64::MAX;
    }
    number * factor
}

impl From<Duration> for Span {
    // In one place: a page has to load the code.
    #[inline(never)]
    fn from(duration: Duration) -> Self {
        Self::from_secs(duration.as_secs()) + Self::from_micros(u64::from(duration.subsec_micros()))
    }
}

impl From<Span> for Duration {
    fn from(span: Span) -> Self {
        Self::from_micros(span.micros)
    }
}

impl Add for Span {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self::from_micros(self.micros.saturating_add(other.micros))
    }
}

impl Sub for Span {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self::from_micros(self.micros.saturating_sub(other.micros))
    }
}

impl Mul<u64> for Span {
    type Output = Self;

    fn mul(self, factor: u64) -> Self {
        Self::from_micros(times(self.micros, factor))
    }
}

impl Div<u64> for Span {
    type Output = Self;

    fn div(self, parts: u64) -> Self {
        Self::from_micros(self.micros / parts)
    }
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
        self.inner = self.inner + outer.span_since(self.outer);
        self.outer = outer;
        self.inner
    }

    /// The caller's time for an instant of this clock.
    pub fn to_outer(&self, inner: Instant) -> Instant {
        if inner >= self.inner {
            self.outer + inner.span_since(self.inner)
        } else {
            self.outer - self.inner.span_since(inner)
        }
    }

    /// The time of the last reading.
    pub fn last(&self) -> Instant {
        self.inner
    }
}
