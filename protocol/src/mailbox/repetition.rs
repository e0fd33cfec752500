//! Senders that must repeat something before anything later of theirs is taken.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::time::Instant;

/// Of how many senders this is known at most. Past that, order is up to the senders.
const MAX_SENDERS: usize = 4096;

/// What could not be taken, of each sender the first. What the sender sent after it, and may have under way, would
/// get before it.
#[derive(Debug, Default)]
pub(super) struct AwaitedRepetitions(BTreeMap<Arc<str>, Awaited>);

#[derive(Debug)]
struct Awaited {
    hash: u64,
    /// By then its sender has repeated it, or given it up.
    until: Instant,
}

impl AwaitedRepetitions {
    /// A sender's message could not be taken.
    pub(super) fn insert(&mut self, sender: &Arc<str>, hash: u64, until: Instant) {
        if self.0.len() < MAX_SENDERS {
            self.0
                .entry(Arc::clone(sender))
                .or_insert(Awaited { hash, until });
        }
    }

    /// Whether a sender's message must wait for another one; the one that is awaited is awaited no more.
    pub(super) fn is_before(&mut self, now: Instant, sender: &str, hash: u64) -> bool {
        let Some(awaited) = self.0.get(sender) else {
            return false;
        };
        let waits = awaited.hash != hash && awaited.until > now;
        if !waits {
            self.0.remove(sender);
        }
        waits
    }

    pub(super) fn forget_expired(&mut self, now: Instant) {
        self.0.retain(|_, awaited| awaited.until > now);
    }

    /// When the next one is awaited no more.
    pub(super) fn expires_at(&self) -> Option<Instant> {
        self.0.values().map(|awaited| awaited.until).min()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
