//! What an operator reads of a store.

use std::time::Duration;

use bytesize::ByteSize;
use mobileim_hub::store::{DiskStats, Refused};
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
    /// Whether the log says last that the disk has too little room.
    disk_is_low: bool,
    refused: [Tally; 4],
    expired: Tally,
    dropped_events: Tally,
}

/// Why messages are refused, in the order of [`Report::refused`].
const REASONS: [&str; 4] = [
    "as many as may be stored for their receivers are (limits.max-stored)",
    "as many bytes as may be stored for their receivers are (limits.max-stored-bytes)",
    "as many bytes as may be stored in all are (limits.max-stored-bytes-in-all)",
    "the disk has too little free room (limits.min-free-disk)",
];

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
            disk_is_low: false,
            refused: Default::default(),
            expired: Tally::default(),
            dropped_events: Tally::default(),
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

    /// Says when the disk has too little room, and when it has enough again.
    pub(super) fn disk(&mut self, disk: Option<DiskStats>) {
        let Some(disk) = disk.filter(|disk| disk.is_low != self.disk_is_low) else {
            return;
        };
        self.disk_is_low = disk.is_low;
        let (free, min_free) = (ByteSize(disk.free), ByteSize(disk.min_free));
        let store = &self.store;
        if disk.is_low {
            warn!(
                "the disk of the message store {store} has {free} free, less than the {min_free} of limits.min-free-disk: messages to offline \
                 users are refused, but for the room of those that are fetched"
            );
        } else {
            warn!("the disk of the message store {store} has room again: {free} are free");
        }
    }

    pub(super) fn refused(&mut self, count: Refused) {
        let Refused {
            messages,
            bytes,
            bytes_in_all,
            disk,
            ..
        } = count;
        for (tally, count) in (self.refused.iter_mut()).zip([messages, bytes, bytes_in_all, disk]) {
            tally.count += count;
        }
    }

    pub(super) fn expired(&mut self, count: u64) {
        self.expired.count += count;
    }

    /// Events were removed that some consumer has not read.
    pub(super) fn dropped_events(&mut self, count: u64) {
        self.dropped_events.count += count;
    }

    /// When there is something to say that may not be said yet.
    pub(super) fn next(&self) -> Option<Instant> {
        let now = Instant::now();
        let tallies = (self.refused.iter()).chain([&self.expired, &self.dropped_events]);
        tallies.filter_map(|tally| tally.due(now)).min()
    }

    /// Says what may be said.
    pub(super) fn flush(&mut self) {
        let now = Instant::now();
        for (tally, why) in self.refused.iter_mut().zip(REASONS) {
            if let Some(count) = tally.take(now) {
                warn!("{count} messages were refused, and not acknowledged: {why}");
            }
        }
        if let Some(count) = self.expired.take(now) {
            warn!(
                "{count} stored messages were removed unread: they had waited as long as they may"
            );
        }
        if let Some(count) = self.dropped_events.take(now) {
            warn!(
                "{count} events were removed that were not read: there were as many as may be kept (events.max-bytes), or they were older                  than they may be (events.keep)"
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
