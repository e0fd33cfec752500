//! How many events are sent at once, and when again after a failure.

use std::time::Duration;

use reqwest::StatusCode;

/// How long to wait after the first failure, and at most.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// How long to wait for a back end that says that it is gone.
const GONE_WAIT: Duration = Duration::from_secs(300);

/// What a back end has taken and has not says how to go on.
#[derive(Debug)]
pub(super) struct Pace {
    most: usize,
    batch: usize,
    failures: u32,
}

/// How to go on after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// With fewer events at once, and without a wait.
    Fewer,
    /// With the same ones, after a wait.
    After(Duration),
}

impl Pace {
    /// At most `most` events at once.
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            batch: most,
            failures: 0,
        }
    }

    /// How many events are sent at once at most: fewer to a back end to which a batch was too long.
    pub(super) fn batch(&self) -> usize {
        self.batch
    }

    /// A batch was taken. The next may have one event more: a back end to which batches are too long so refuses few of them. Returns
    /// whether this ends a row of failures.
    pub(super) fn taken(&mut self) -> bool {
        self.batch = (self.batch + 1).min(self.most);
        std::mem::take(&mut self.failures) > 0
    }

    /// A batch with so many events was not taken, and perhaps answered with a status.
    pub(super) fn failed(&mut self, status: Option<StatusCode>, count: usize) -> Next {
        if status == Some(StatusCode::PAYLOAD_TOO_LARGE) && count > 1 {
            self.batch = count / 2;
            return Next::Fewer;
        }
        self.failures = self.failures.saturating_add(1);
        if status == Some(StatusCode::GONE) {
            return Next::After(GONE_WAIT);
        }
        let longest = FIRST_WAIT * 2_u32.pow((self.failures - 1).min(10));
        // Half of it by chance, so that servers do not come together.
        let wait = longest.min(LONGEST_WAIT);
        Next::After(wait.mul_f64(0.5 + fastrand::f64() / 2.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOO_LARGE: Option<StatusCode> = Some(StatusCode::PAYLOAD_TOO_LARGE);

    #[test]
    fn a_batch_that_is_too_large_is_halved_at_once_and_batches_grow_again_one_by_one() {
        let mut pace = Pace::new(100);
        assert_eq!(pace.failed(TOO_LARGE, 100), Next::Fewer);
        assert_eq!(pace.failed(TOO_LARGE, 50), Next::Fewer);
        assert_eq!(pace.batch(), 25);
        assert!(!pace.taken(), "nothing had failed for long");
        assert_eq!(pace.batch(), 26);
        for _ in 0..100 {
            pace.taken();
        }
        assert_eq!(pace.batch(), 100, "and no more than it may");
    }

    #[test]
    fn a_single_event_that_is_too_large_is_tried_again_as_any_other() {
        let mut pace = Pace::new(100);
        assert_eq!(pace.failed(TOO_LARGE, 3), Next::Fewer);
        assert_eq!(pace.batch(), 1);
        assert_in(pace.failed(TOO_LARGE, 1), 500..=1000);
        assert_eq!(pace.batch(), 1);
    }

    #[test]
    fn a_back_end_that_is_gone_is_asked_after_five_minutes() {
        let mut pace = Pace::new(100);
        let gone = Some(StatusCode::GONE);
        for _ in 0..3 {
            assert_eq!(pace.failed(gone, 7), Next::After(Duration::from_secs(300)));
        }
        assert!(pace.taken(), "it is there again");
    }

    #[test]
    fn waits_are_doubled_up_to_a_minute_and_begin_anew_when_a_batch_is_taken() {
        let mut pace = Pace::new(100);
        let statuses = [None, Some(StatusCode::INTERNAL_SERVER_ERROR)];
        let longest = [1, 2, 4, 8, 16, 32, 60, 60, 60];
        for (longest, status) in longest.into_iter().zip(statuses.into_iter().cycle()) {
            assert_in(pace.failed(status, 7), longest * 500..=longest * 1000);
        }
        assert!(pace.taken());
        assert_in(pace.failed(None, 7), 500..=1000);
        assert_eq!(pace.batch(), 100);
    }

    fn assert_in(next: Next, millis: std::ops::RangeInclusive<u128>) {
        let Next::After(wait) = next else {
            panic!("{next:?}");
        };
        assert!(millis.contains(&wait.as_millis()), "{wait:?}");
    }
}
