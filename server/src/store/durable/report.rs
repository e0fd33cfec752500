//! What an operator reads of a store.

use std::time::Duration;

use tokio::time::Instant;
use tracing::{error, info, warn};

use crate::database::Failure;

/// How often at most each thing is logged: a full disk fails each message.
const EVERY: Duration = Duration::from_secs(10);

/// Logs failures, and what was not kept, without filling the disk that may be the reason for them.
#[derive(Debug)]
pub(super) struct Report {
    /// What the store is called.
    store: String,
    failed: Option<Instant>,
    /// Whether the log says last that the store does not work.
    standing: bool,
    refused: Tally,
    expired: Tally,
}

/// What happened since it was logged last.
#[derive(Debug, Default)]
struct Tally {
    count: u64,
    logged: Option<Instant>,
}

impl Report {
    pub(super) fn new(store: String) -> Self {
        Self {
            store,
            failed: None,
            standing: false,
            refused: Tally::default(),
            expired: Tally::default(),
        }
    }

    pub(super) fn store(&self) -> &str {
        &self.store
    }

    /// What there is to say about a failure.
    pub(super) fn text(&self, failure: &Failure) -> String {
        format!("the message store {} fails: {failure}", self.store)
    }

    pub(super) fn failure(&mut self, failure: &Failure) {
        if self.failed.is_none_or(|at| at.elapsed() >= EVERY) {
            self.failed = Some(Instant::now());
            self.standing = true;
            error!(
                "{}. Messages to offline users are not acknowledged until it works",
                self.text(failure)
            );
        }
    }

    pub(super) fn success(&mut self) {
        if std::mem::take(&mut self.standing) {
            info!("the message store {} works again", self.store);
        }
    }

    pub(super) fn refused(&mut self, count: u64) {
        self.refused.count += count;
    }

    pub(super) fn expired(&mut self, count: u64) {
        self.expired.count += count;
    }

    /// When there is something to say that may not be said yet.
    pub(super) fn next(&self) -> Option<Instant> {
        let now = Instant::now();
        let tallies = [&self.refused, &self.expired].into_iter();
        tallies.filter_map(|tally| tally.due(now)).min()
    }

    /// Says what may be said.
    pub(super) fn flush(&mut self) {
        let now = Instant::now();
        if let Some(count) = self.refused.take(now) {
            warn!(
                "{count} messages were refused, and not acknowledged: as many as may be stored for their receivers are"
            );
        }
        if let Some(count) = self.expired.take(now) {
            warn!(
                "{count} stored messages were removed unread: they had waited as long as they may"
            );
        }
    }
}

impl Tally {
    fn due(&self, now: Instant) -> Option<Instant> {
        (self.count > 0).then(|| self.logged.map_or(now, |logged| logged + EVERY))
    }

    fn take(&mut self, now: Instant) -> Option<u64> {
        self.due(now).filter(|due| *due <= now)?;
        self.logged = Some(now);
        Some(std::mem::take(&mut self.count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_often_is_said_at_most_every_ten_seconds_with_the_number() {
        let start = Instant::now();
        let mut tally = Tally {
            count: 1,
            logged: None,
        };
        assert_eq!(tally.take(start), Some(1));
        tally.count += 5;
        assert_eq!(tally.take(start + EVERY / 2), None);
        tally.count += 2;
        assert_eq!(tally.due(start + EVERY / 2), Some(start + EVERY));
        assert_eq!(tally.take(start + EVERY), Some(7));
        assert_eq!(tally.due(start + EVERY * 2), None);
    }
}
