//! What must come again before anything later in the same [lane](super::Envelope::lane) is taken: mostly, of the same sender.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::sync::Arc;

use crate::time::Instant;

/// How many messages are awaited at most. Past that, order is up to the senders.
const CAPACITY: usize = 4096;

/// What could not be taken, of each lane in the order it was sent. In such a lane only the first of it is taken;
/// what was sent later, and may be under way, would get before it.
#[derive(Debug, Default)]
pub(super) struct AwaitedRepetitions {
    len: usize,
    lanes: BTreeMap<Arc<str>, VecDeque<Awaited>>,
}

#[derive(Debug, Clone, Copy)]
struct Awaited {
    hash: u64,
    /// By then its sender has repeated it, or given it up.
    until: Instant,
}

impl AwaitedRepetitions {
    /// A lane's messages that were taken have to come again, before all others.
    pub(super) fn insert(&mut self, lane: &Arc<str>, hashes: &[u64], until: Instant) {
        let hashes = &hashes[..hashes.len().min(CAPACITY - self.len)];
        if hashes.is_empty() {
            return;
        }
        self.len += hashes.len();
        let awaited = self.lanes.entry(Arc::clone(lane)).or_default();
        for hash in hashes.iter().rev() {
            let hash = *hash;
            awaited.push_front(Awaited { hash, until });
        }
    }

    /// Whether a lane's message must wait for another one; then it is awaited itself, until so long. If not, it is
    /// awaited no more.
    pub(super) fn must_wait(
        &mut self,
        now: Instant,
        lane: &Arc<str>,
        hash: u64,
        until: Instant,
    ) -> bool {
        let Some(awaited) = self.lanes.get_mut(lane) else {
            return false;
        };
        let index = awaited.iter().position(|known| known.hash == hash);
        let mut before = awaited.iter().take(index.unwrap_or(awaited.len()));
        if before.all(|known| known.until <= now) {
            self.remove(lane, hash);
            return false;
        }
        if let Some(index) = index {
            awaited[index].until = until;
        } else if self.len < CAPACITY {
            self.len += 1;
            awaited.push_back(Awaited { hash, until });
        }
        true
    }

    /// A message need not come again.
    pub(super) fn remove(&mut self, lane: &str, hash: u64) {
        let Some(awaited) = self.lanes.get_mut(lane) else {
            return;
        };
        let before = awaited.len();
        awaited.retain(|known| known.hash != hash);
        self.len -= before - awaited.len();
        if awaited.is_empty() {
            self.lanes.remove(lane);
        }
    }

    /// Only once nothing of a lane is awaited any more: what is late keeps its place until then.
    pub(super) fn forget_expired(&mut self, now: Instant) {
        let mut len = 0;
        self.lanes.retain(|_, awaited| {
            let waits = last(awaited) > now;
            len += if waits { awaited.len() } else { 0 };
            waits
        });
        self.len = len;
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// When the next lane can be forgotten.
    pub(super) fn expires_at(&self) -> Option<Instant> {
        self.lanes.values().map(last).min()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lanes.is_empty()
    }
}

fn last(awaited: &VecDeque<Awaited>) -> Instant {
    let all = awaited.iter().map(|awaited| awaited.until);
    all.max().unwrap_or_default()
}
