//! What became of requests.

use std::time::Duration;

use mobileim_hub::{Counter, Durations, Histogram};

use super::NoAnswer;
use crate::outgoing::Failure;

/// The longest text of a back end's that is passed on, in characters.
const MAX_WORDS: usize = 200;

/// Counts requests.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    answered: Counter,
    failed: Counter,
    too_slow: Counter,
    invalid: Counter,
    busy: Counter,
    time: Histogram,
}

/// What was counted.
#[derive(Debug)]
pub(crate) struct Counted {
    pub(crate) answered: u64,
    pub(crate) failed: u64,
    pub(crate) too_slow: u64,
    pub(crate) invalid: u64,
    pub(crate) busy: u64,
    pub(crate) time: Durations,
}

impl Requests {
    /// One was answered clearly, after this time.
    pub(crate) fn answered(&self, after: Duration) {
        self.answered.count();
        self.time.observe(after);
    }

    /// What was answered to one is no answer.
    pub(crate) fn invalid(&self) {
        self.invalid.count();
    }

    /// There was no answer.
    pub(crate) fn no_answer(&self, why: &NoAnswer) {
        match why {
            NoAnswer::Busy => self.busy.count(),
            NoAnswer::Failed(Failure::TooSlow(_)) => self.too_slow.count(),
            NoAnswer::Failed(_) => self.failed.count(),
        }
    }

    pub(crate) fn read(&self) -> Counted {
        Counted {
            answered: self.answered.read(),
            failed: self.failed.read(),
            too_slow: self.too_slow.read(),
            invalid: self.invalid.read(),
            busy: self.busy.read(),
            time: self.time.read(),
        }
    }
}

/// What a back end says in words, as it may be passed on: visible, and not without end.
pub(crate) fn words(text: &str) -> String {
    let visible = text.chars().filter(|char| !char.is_control());
    visible.take(MAX_WORDS).collect()
}
