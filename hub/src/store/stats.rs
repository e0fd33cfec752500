//! What a store counts.

use crate::histogram::Durations;

/// What a store has done since it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct StoreStats {
    /// Messages that were made durable.
    pub stored: u64,
    /// Transactions that were committed: far fewer when many messages come at once.
    pub commits: u64,
    /// Messages that were refused since as many as may wait for their receiver did.
    pub refused: u64,
    /// Messages that were removed unread since they had waited as long as they may.
    pub expired: u64,
    /// Memory of what waits to be stored, in bytes.
    pub queued_bytes: u64,
    /// How long its transactions took.
    pub transactions: Durations,
}
