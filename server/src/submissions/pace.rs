//! How often the table is looked at, and whether the server is to be woken.
//!
//! A notification at each commit makes commits wait for each other. So where little is submitted the server is woken, and where much
//! is, it looks by itself every few milliseconds and wakes are off.

use std::time::Duration;

use tokio::time::Instant;

/// How often it looks while much is submitted.
const BUSY: Duration = Duration::from_millis(10);

/// How often it looks in any case: for what was committed after it had said that it wants to be woken, by whoever had looked before.
pub(super) const FALLBACK: Duration = Duration::from_millis(200);

/// What is counted together.
const WINDOW: Duration = Duration::from_millis(500);

/// So many in a window are much, and so few are little.
const MUCH: usize = 100;
const LITTLE: usize = 50;

#[derive(Debug)]
pub(super) struct Pace {
    is_busy: bool,
    /// Since when is counted, and how many there were.
    since: Instant,
    found: usize,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            is_busy: false,
            since: now,
            found: 0,
        }
    }

    /// So many were found.
    pub(super) fn note(&mut self, now: Instant, found: usize) {
        self.found += found;
        if self.found >= MUCH {
            self.is_busy = true;
            (self.since, self.found) = (now, 0);
        } else if now.duration_since(self.since) >= WINDOW {
            self.is_busy = self.is_busy && self.found >= LITTLE;
            (self.since, self.found) = (now, 0);
        }
    }

    /// Whether the server is to be woken.
    pub(super) fn wants_wake(&self) -> bool {
        !self.is_busy
    }

    /// How long to wait before the next look.
    pub(super) fn wait(&self) -> Duration {
        if self.is_busy { BUSY } else { FALLBACK }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_woken_unless_much_is_submitted() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut pace = Pace::new(start);
        assert!(pace.wants_wake());
        for n in 1..10 {
            pace.note(at(n * 200), 1);
        }
        assert!(pace.wants_wake());
        assert_eq!(pace.wait(), FALLBACK);
        for n in 0..10 {
            pace.note(at(2000 + n * 10), 10);
        }
        assert!(!pace.wants_wake());
        assert_eq!(pace.wait(), BUSY);
        // As much as before, and then nothing.
        for n in 0..100 {
            pace.note(at(2100 + n * 10), 10);
        }
        assert!(!pace.wants_wake());
        pace.note(at(3700), 0);
        pace.note(at(4300), 0);
        assert!(pace.wants_wake());
    }
}
