//! The one deadline of all shards.

use std::sync::atomic::{AtomicU64, Ordering};

use mobileim_protocol::Instant;
use tokio::sync::Notify;

/// A lower bound on the earliest deadline, and a way to wait for it to become earlier.
#[derive(Debug)]
pub(super) struct Alarm {
    /// In microseconds.
    at: AtomicU64,
    moved: Notify,
}

impl Default for Alarm {
    fn default() -> Self {
        Self {
            at: AtomicU64::new(u64::MAX),
            moved: Notify::new(),
        }
    }
}

impl Alarm {
    /// Moves it to this time, unless it is earlier.
    pub(super) fn set_by(&self, at: Instant) {
        let at = at.as_micros();
        if at < self.at.fetch_min(at, Ordering::SeqCst) {
            self.moved.notify_one();
        }
    }

    /// Moves it to what `earliest` finds.
    pub(super) fn reset(&self, earliest: impl FnOnce() -> Option<Instant>) -> Option<Instant> {
        // Raised first, so that an earlier deadline that is set meanwhile lowers it again and says so.
        self.at.store(u64::MAX, Ordering::SeqCst);
        let earliest = earliest()?;
        self.at.fetch_min(earliest.as_micros(), Ordering::SeqCst);
        Some(earliest)
    }

    /// Returns when it may have moved to an earlier time since this returned last.
    pub(super) async fn moved(&self) {
        self.moved.notified().await;
    }
}
