//! How often somebody may do something: the generic cell rate algorithm, which keeps one number for each.

use std::time::Duration;

use mobileim_protocol::{Instant, Span};

/// So many at once, and then so many a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    per_second: u32,
    burst: u32,
}

impl Rate {
    /// `burst` at once, and then `per_second`. What is 0 counts as 1.
    pub const fn new(per_second: u32, burst: u32) -> Self {
        const fn at_least_one(number: u32) -> u32 {
            if number == 0 { 1 } else { number }
        }
        Self {
            per_second: at_least_one(per_second),
            burst: at_least_one(burst),
        }
    }

    /// How many a second.
    pub const fn per_second(self) -> u32 {
        self.per_second
    }

    /// How many at once.
    pub const fn burst(self) -> u32 {
        self.burst
    }

    fn interval(self) -> Span {
        Span::from_micros(1_000_000 / u64::from(self.per_second))
    }

    /// How far ahead of the clock somebody may be.
    fn tolerance(self) -> Span {
        Span::from_micros(self.interval().as_micros() * u64::from(self.burst - 1))
    }
}

/// What somebody has used of a rate: the time at which all of it is there again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Used(Instant);

impl Used {
    /// Takes one.
    ///
    /// # Errors
    ///
    /// There is none left, and this is how long until there is.
    pub fn take(&mut self, now: Instant, rate: Rate) -> Result<(), Duration> {
        let wait = self.0.since(now + rate.tolerance());
        if !wait.is_zero() {
            return Err(wait);
        }
        self.queue(now, rate);
        Ok(())
    }

    /// Takes one that there need not be yet, and says when it is there: the place in a queue.
    pub(crate) fn queue(&mut self, now: Instant, rate: Rate) -> Duration {
        self.0 = self.0.max(now) + rate.interval();
        self.0.since(now)
    }

    /// Whether all is there.
    pub(crate) fn is_over(self, now: Instant) -> bool {
        self.0 <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate::new(10, 5);

    fn at(millis: u64) -> Instant {
        Instant::from_millis(1_000_000 + millis)
    }

    fn taken(used: &mut Used, now: Instant) -> usize {
        std::iter::from_fn(|| used.take(now, RATE).ok()).count()
    }

    #[test]
    fn a_burst_is_there_at_once_and_then_one_comes_after_the_other() {
        let mut used = Used::default();
        assert_eq!(taken(&mut used, at(0)), 5);
        assert_eq!(used.take(at(0), RATE), Err(Duration::from_millis(100)));
        assert_eq!(used.take(at(40), RATE), Err(Duration::from_millis(60)));
        assert_eq!(taken(&mut used, at(100)), 1);
        assert_eq!(taken(&mut used, at(350)), 2);
        assert!(!used.is_over(at(799)));
        assert!(used.is_over(at(800)));
        assert_eq!(taken(&mut used, at(3_600_000)), 5);
    }

    #[test]
    fn who_waits_as_long_as_is_said_is_let_through() {
        let mut used = Used::default();
        let mut now = at(0);
        for _ in 0..100 {
            if let Err(wait) = used.take(now, RATE) {
                now = now + wait;
                assert_eq!(used.take(now, RATE), Ok(()));
            }
        }
        assert_eq!(now, at(9500));
    }

    #[test]
    fn a_queue_has_a_place_for_each() {
        let mut used = Used::default();
        for place in 1..=20 {
            assert_eq!(used.queue(at(0), RATE), Duration::from_millis(100 * place));
        }
    }
}
