//! What a store counts.

use std::ops::AddAssign;

use super::limits::{Amount, Full};
use crate::histogram::Durations;

/// What a store has done since it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct StoreStats {
    /// Messages that were made durable.
    pub stored: u64,
    /// Transactions that were committed: far fewer when many messages come at once.
    pub commits: u64,
    /// Messages that were refused since as much as may be was stored.
    pub refused: Refused,
    /// Messages that were removed unread since they had waited as long as they may.
    pub expired: u64,
    /// What is stored now, if that is known.
    pub amount: Option<Amount>,
    /// The disk under it, if it writes to one itself.
    pub disk: Option<DiskStats>,
    /// Memory of what waits to be stored, in bytes.
    pub queued_bytes: u64,
    /// How long its transactions took.
    pub transactions: Durations,
}

/// How many messages were refused, by why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Refused {
    /// See [`Full::Messages`].
    pub messages: u64,
    /// See [`Full::Bytes`].
    pub bytes: u64,
    /// See [`Full::BytesInAll`].
    pub bytes_in_all: u64,
    /// See [`Full::Disk`].
    pub disk: u64,
}

/// The free room of a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct DiskStats {
    /// How many bytes are free.
    pub free: u64,
    /// How many are to stay free.
    pub min_free: u64,
    /// Whether there are fewer, or were a moment ago.
    pub is_low: bool,
}

impl Refused {
    /// Counts one.
    pub fn count(&mut self, why: Full) {
        *match why {
            Full::Messages => &mut self.messages,
            Full::Bytes => &mut self.bytes,
            Full::BytesInAll => &mut self.bytes_in_all,
            Full::Disk => &mut self.disk,
        } += 1;
    }

    /// How many there are in all.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.messages + self.bytes + self.bytes_in_all + self.disk
    }
}

impl AddAssign for Refused {
    fn add_assign(&mut self, more: Self) {
        self.messages += more.messages;
        self.bytes += more.bytes;
        self.bytes_in_all += more.bytes_in_all;
        self.disk += more.disk;
    }
}

impl DiskStats {
    /// What was seen of a disk.
    #[must_use]
    pub const fn new(free: u64, min_free: u64, is_low: bool) -> Self {
        Self {
            free,
            min_free,
            is_low,
        }
    }
}
