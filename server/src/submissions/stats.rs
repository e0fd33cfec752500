//! What is counted of submissions.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use mobileim_hub::Counter;

/// Counts since the start, and what was seen last.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) sent: Counter,
    pub(super) delivered: Counter,
    pub(super) stored: Counter,
    pub(super) refused: Counter,
    pub(super) expired: Counter,
    is_up: AtomicBool,
    waiting: AtomicU64,
    oldest_millis: AtomicU64,
}

/// What `/metrics` tells of submissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SubmissionStats {
    /// Whether the table could be read last.
    pub(crate) is_up: bool,
    /// How many wait, of those that were counted.
    pub(crate) waiting: u64,
    /// How long the oldest of them has waited.
    pub(crate) lag: Duration,
    /// Given to the hub.
    pub(crate) sent: u64,
    pub(crate) delivered: u64,
    pub(crate) stored: u64,
    pub(crate) refused: u64,
    pub(crate) expired: u64,
}

impl Counts {
    pub(super) fn set_up(&self, is_up: bool) {
        self.is_up.store(is_up, Ordering::Relaxed);
    }

    pub(super) fn set_waiting(&self, count: u64, oldest: Duration) {
        self.waiting.store(count, Ordering::Relaxed);
        let millis = u64::try_from(oldest.as_millis()).unwrap_or(u64::MAX);
        self.oldest_millis.store(millis, Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> SubmissionStats {
        SubmissionStats {
            is_up: self.is_up.load(Ordering::Relaxed),
            waiting: self.waiting.load(Ordering::Relaxed),
            lag: Duration::from_millis(self.oldest_millis.load(Ordering::Relaxed)),
            sent: self.sent.read(),
            delivered: self.delivered.read(),
            stored: self.stored.read(),
            refused: self.refused.read(),
            expired: self.expired.read(),
        }
    }
}
