//! What became of requests with events to the back end.

use std::time::Duration;

use mobileim_hub::{Counter, Durations, Histogram};
use parking_lot::Mutex;

use crate::outgoing::{Address, Failure};
use crate::webhook::NoAnswer;

/// What became of requests.
#[derive(Debug, Default)]
pub(crate) struct Sendings {
    taken: Counter,
    refused: Counter,
    too_slow: Counter,
    failed: Counter,
    time: Histogram,
    /// Where events are sent to, if they are.
    address: Mutex<Option<Address>>,
    last_error: Mutex<Option<SendingError>>,
}

/// Why events were not taken last.
#[derive(Debug, Clone)]
pub(crate) struct SendingError {
    /// Displayed without any part of what was sent, and of where to.
    pub(crate) why: NoAnswer,
    /// When the first of the requests failed that failed in a row, in ms since 1970.
    pub(crate) since: i64,
    /// When the last of them failed.
    pub(crate) at: i64,
    /// How many they are.
    pub(crate) tries: u64,
    pub(crate) next: AfterError,
}

/// What comes after an error, in ms since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AfterError {
    /// It is tried again then.
    TriedAgain(i64),
    /// The back end has taken events since, then for the first time.
    Taken(i64),
}

impl Sendings {
    /// Events are sent to an address from now on, or to none: what was wrong with the one before is over.
    pub(super) fn set_address(&self, address: Option<Address>) {
        *self.address.lock() = address;
        *self.last_error.lock() = None;
    }

    /// A request has ended after this time.
    pub(super) fn took(&self, time: Duration) {
        self.time.observe(time);
    }

    /// The back end has taken events.
    pub(super) fn taken(&self, now: i64) {
        self.taken.count();
        if let Some(error) = &mut *self.last_error.lock()
            && matches!(error.next, AfterError::TriedAgain(_))
        {
            error.next = AfterError::Taken(now);
        }
    }

    /// The back end has not, and is sent them again after a while.
    pub(super) fn failed(&self, now: i64, wait: Duration, why: &NoAnswer) {
        match why {
            NoAnswer::Failed(Failure::Status(_)) => self.refused.count(),
            NoAnswer::Failed(Failure::TooSlow(_)) => self.too_slow.count(),
            _ => self.failed.count(),
        }
        let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
        let mut last = self.last_error.lock();
        let before = (last.take()).filter(|error| matches!(error.next, AfterError::TriedAgain(_)));
        *last = Some(SendingError {
            why: why.clone(),
            since: before.as_ref().map_or(now, |error| error.since),
            at: now,
            tries: before.map_or(0, |error| error.tries) + 1,
            next: AfterError::TriedAgain(now.saturating_add(wait)),
        });
    }

    /// Where events are sent to, if they are.
    pub(crate) fn address(&self) -> Option<Address> {
        self.address.lock().clone()
    }

    /// How many requests there were, by what came of them.
    pub(crate) fn outcomes(&self) -> [(&'static str, u64); 4] {
        [
            ("taken", self.taken.read()),
            ("refused", self.refused.read()),
            ("too_slow", self.too_slow.read()),
            ("failed", self.failed.read()),
        ]
    }

    /// Why events were not taken last, if ever.
    pub(crate) fn last_error(&self) -> Option<SendingError> {
        self.last_error.lock().clone()
    }

    /// What is wrong now, in words.
    pub(crate) fn trouble(&self) -> Option<String> {
        let error = self.last_error()?;
        let address = self.address()?;
        matches!(error.next, AfterError::TriedAgain(_)).then(|| {
            format!(
                "the back end at {address} does not take events: {}",
                error.why
            )
        })
    }

    pub(crate) fn time(&self) -> Durations {
        self.time.read()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_in_a_row_are_one_error_that_ends_when_events_are_taken() {
        let sendings = Sendings::default();
        let address = "https://app.example.com/events?key=1";
        sendings.set_address(Some(address.parse().unwrap()));
        sendings.taken(1);
        assert!(sendings.last_error().is_none());
        sendings.failed(10, Duration::from_secs(1), &NoAnswer::Busy);
        let slow = NoAnswer::from(Failure::TooSlow(Duration::from_secs(5)));
        sendings.failed(1010, Duration::from_secs(2), &slow);
        let error = sendings.last_error().unwrap();
        assert_eq!((error.since, error.at, error.tries), (10, 1010, 2));
        assert_eq!(error.why, slow);
        assert_eq!(error.next, AfterError::TriedAgain(3010));
        assert_eq!(
            sendings.trouble().as_deref(),
            Some(
                "the back end at https://app.example.com/events does not take events: no whole answer within 5s"
            )
        );
        sendings.taken(3010);
        sendings.taken(4000);
        let error = sendings.last_error().unwrap();
        assert_eq!(error.next, AfterError::Taken(3010));
        assert_eq!(sendings.trouble(), None);
        sendings.failed(5000, Duration::ZERO, &slow);
        let error = sendings.last_error().unwrap();
        assert_eq!((error.since, error.at, error.tries), (5000, 5000, 1));
    }
}
