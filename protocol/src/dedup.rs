//! Which messages were seen before: a bounded memory of fingerprints, as hashes.

use alloc::collections::VecDeque;
use core::time::Duration;

use crate::hash_set::HashSet;
use crate::time::Instant;

/// The hash under which a message is remembered: FNV-1a over sender and fingerprint.
///
/// The sender is part of it, so nobody can make another's message look like a repeated one. Stable across
/// versions and platforms, since clients keep these across restarts.
pub fn fingerprint_hash(from: &str, fp: &str) -> u64 {
    const OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    // 0xFF is in no UTF-8 text: it keeps ("ab", "c") apart from ("a", "bc").
    from.bytes()
        .chain([0xff])
        .chain(fp.bytes())
        .fold(OFFSET_BASIS, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(PRIME)
        })
}

/// The last `capacity` hashes, and none older than `max_age`.
#[derive(Debug)]
pub struct DedupMemory {
    capacity: usize,
    max_age: Option<Duration>,
    order: VecDeque<(u64, Instant)>,
    known: HashSet,
}

impl DedupMemory {
    /// Remembers `capacity` hashes, each for `max_age` (`None`: until there are too many).
    pub fn new(capacity: usize, max_age: Option<Duration>) -> Self {
        Self {
            capacity,
            max_age,
            order: VecDeque::new(),
            known: HashSet::default(),
        }
    }

    /// Remembers a hash; says whether it is new.
    pub fn insert(&mut self, now: Instant, hash: u64) -> bool {
        self.forget_expired(now);
        if !self.known.insert(hash) {
            return false;
        }
        // Times that go back, as of two threads that read the clock, must not make one that is never due.
        let last = self.order.back().map_or(now, |(_, last)| *last);
        self.order.push_back((hash, now.max(last)));
        if self.order.len() > self.capacity {
            self.forget_oldest();
        }
        true
    }

    /// Whether this hash is remembered.
    pub fn contains(&self, hash: u64) -> bool {
        self.known.contains(hash)
    }

    /// Forgets what is too old.
    pub fn forget_expired(&mut self, now: Instant) {
        while self.expires_at().is_some_and(|at| at <= now) {
            self.forget_oldest();
        }
        if self.order.is_empty() {
            // An idle memory holds no buffer.
            self.order = VecDeque::new();
            self.known = HashSet::default();
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.order = VecDeque::new();
        self.known = HashSet::default();
    }

    /// When the oldest is to be forgotten.
    pub fn expires_at(&self) -> Option<Instant> {
        let (_, inserted) = self.order.front()?;
        Some(*inserted + self.max_age?)
    }

    /// When nothing will be remembered any more, if nothing is added.
    pub fn emptied_at(&self) -> Option<Instant> {
        let (_, inserted) = self.order.back()?;
        Some(*inserted + self.max_age?)
    }

    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The hashes that are remembered and since when, oldest first.
    pub(crate) fn entries(&self) -> impl ExactSizeIterator<Item = (u64, Instant)> {
        self.order.iter().copied()
    }

    /// The hashes that are remembered, oldest first.
    pub fn hashes(&self) -> impl ExactSizeIterator<Item = u64> {
        self.order.iter().map(|(hash, _)| *hash)
    }

    fn forget_oldest(&mut self) {
        if let Some((hash, _)) = self.order.pop_front() {
            self.known.remove(hash);
        }
    }
}
