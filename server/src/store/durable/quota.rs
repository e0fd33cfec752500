//! How many messages each receiver has, of whom, and how many more may come.

use std::hash::{BuildHasher, RandomState};
use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;

use super::messages::Removed;
use mobileim_hub::store::StoreLimits;

/// For how many receivers, and for how many pairs of sender and receiver, the number is remembered; more than one
/// batch can name. Others are counted again.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(1 << 14).expect("not zero");

/// Keeps receivers within a number of messages, and senders within their share of it.
///
/// The database is counted once for a receiver, by its index and no further than to the limit; from then on the
/// number follows what is stored and removed. Who sent what matters only to a receiver with half of what may be; then
/// the messages of each sender who has something new are counted too. Nothing of this is written down, so a crash
/// cannot leave it wrong; after any failure everything is counted anew.
#[derive(Debug)]
pub(super) struct Quota {
    limits: StoreLimits,
    counts: LruCache<Arc<str>, u64>,
    /// By a hash of receiver and sender.
    shares: LruCache<u64, u64>,
    hasher: RandomState,
}

impl Quota {
    pub(super) fn new(limits: StoreLimits) -> Self {
        Self {
            limits,
            counts: LruCache::new(REMEMBERED),
            shares: LruCache::new(REMEMBERED),
            hasher: RandomState::new(),
        }
    }

    /// How far to count; `None` if there is no limit.
    pub(super) fn count_to(&self) -> Option<u64> {
        self.limits.max_messages.map(|max| max.saturating_add(1))
    }

    /// Whether this receiver's messages are to be counted first.
    pub(super) fn must_count(&self, receiver: &str) -> bool {
        self.limits.max_messages.is_some() && !self.counts.contains(receiver)
    }

    /// A receiver's messages were counted.
    pub(super) fn learn(&mut self, receiver: &Arc<str>, count: u64) {
        self.counts.put(Arc::clone(receiver), count);
    }

    /// Whether this receiver, who was counted, has so many messages that it matters whose they are, once as many more
    /// have come as are `wanted`.
    pub(super) fn is_half_full(&self, receiver: &str, wanted: usize) -> bool {
        let count = self.counts.peek(receiver).copied().unwrap_or_default();
        let most = count.saturating_add(wanted as u64);
        self.limits
            .max_messages
            .is_some_and(|max| most.saturating_mul(2) >= max)
    }

    /// Whether the messages of this sender to this receiver are to be counted first.
    pub(super) fn must_count_share(&self, receiver: &str, sender: &str) -> bool {
        !self.shares.contains(&self.pair(receiver, sender))
    }

    /// The messages of a sender to a receiver were counted.
    pub(super) fn learn_share(&mut self, receiver: &str, sender: &str, count: u64) {
        self.shares.put(self.pair(receiver, sender), count);
    }

    /// Takes room for a message, if there is some.
    pub(super) fn take(&mut self, receiver: &str, sender: &str) -> bool {
        if self.limits.max_messages.is_none() {
            return true;
        }
        let pair = self.pair(receiver, sender);
        let Some(count) = self.counts.get_mut(receiver) else {
            debug_assert!(false, "{receiver} was not counted");
            return false;
        };
        let share = self.shares.get_mut(&pair);
        // If it was not counted, the receiver has so few that nobody has too many.
        let of_sender = share.as_deref().copied().unwrap_or_default();
        if !self.limits.admit(*count, of_sender) {
            return false;
        }
        *count += 1;
        if let Some(share) = share {
            *share += 1;
        }
        true
    }

    /// A message was removed.
    pub(super) fn give_back(&mut self, removed: &Removed) {
        let Removed { receiver, sender } = removed;
        let pair = self.pair(receiver, sender);
        if let Some(share) = self.shares.peek_mut(&pair) {
            if Some(*share) > self.limits.max_messages {
                self.shares.pop(&pair);
            } else {
                *share = share.saturating_sub(1);
            }
        }
        let Some(count) = self.counts.peek_mut(&**receiver) else {
            return;
        };
        if Some(*count) > self.limits.max_messages {
            // There are more than were counted, since the limit was lowered.
            self.counts.pop(&**receiver);
        } else {
            *count = count.saturating_sub(1);
        }
    }

    /// What was taken and given back may not have happened.
    pub(super) fn forget(&mut self) {
        self.counts.clear();
        self.shares.clear();
    }

    /// With a random seed: nobody can give two pairs the same.
    fn pair(&self, receiver: &str, sender: &str) -> u64 {
        self.hasher.hash_one((receiver, sender))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_most(messages: u64) -> Quota {
        Quota::new(StoreLimits::none().with_max_messages(Some(messages)))
    }

    fn take(quota: &mut Quota, sender: &str, wanted: usize) -> usize {
        (0..wanted).filter(|_| quota.take("bob", sender)).count()
    }

    fn give_back(quota: &mut Quota, sender: &str) {
        quota.give_back(&Removed {
            receiver: "bob".to_owned(),
            sender: sender.to_owned(),
        });
    }

    #[test]
    fn room_is_taken_and_given_back() {
        let bob = Arc::from("bob");
        let mut quota = at_most(3);
        assert!(quota.must_count("bob"));
        quota.learn(&bob, 1);
        assert!(!quota.must_count("bob"));
        assert_eq!(take(&mut quota, "alice", 5), 2);
        assert_eq!(take(&mut quota, "alice", 1), 0);
        give_back(&mut quota, "alice");
        assert_eq!(take(&mut quota, "alice", 5), 1);
        quota.forget();
        assert!(quota.must_count("bob"));
    }

    #[test]
    fn a_sender_has_as_much_as_is_left_and_gets_more_when_something_is_removed() {
        let bob = Arc::from("bob");
        let mut quota = at_most(20);
        quota.learn(&bob, 8);
        assert!(!quota.is_half_full("bob", 1));
        assert!(quota.is_half_full("bob", 2));
        assert!(quota.must_count_share("bob", "alice"));
        quota.learn_share("bob", "alice", 6);
        quota.learn_share("bob", "carol", 0);
        assert!(!quota.must_count_share("bob", "alice"));
        // 8 wait: 6 of hers, and 12 more may come.
        assert_eq!(take(&mut quota, "alice", 20), 3);
        assert_eq!(take(&mut quota, "carol", 20), 5);
        give_back(&mut quota, "alice");
        assert_eq!(take(&mut quota, "alice", 20), 0, "9 would not be 4");
        assert_eq!(take(&mut quota, "carol", 20), 0);
        for _ in 0..5 {
            give_back(&mut quota, "carol");
        }
        assert_eq!(take(&mut quota, "alice", 20), 1);
        quota.forget();
        assert!(quota.must_count_share("bob", "alice"));
    }

    #[test]
    fn whoever_has_more_than_may_be_is_counted_again_when_something_is_removed() {
        let bob = Arc::from("bob");
        let mut quota = at_most(3);
        // Counted to 4, but there may be a million.
        assert_eq!(quota.count_to(), Some(4));
        quota.learn(&bob, 4);
        quota.learn_share("bob", "alice", 4);
        assert_eq!(take(&mut quota, "alice", 1), 0);
        give_back(&mut quota, "alice");
        assert!(quota.must_count("bob"));
        assert!(quota.must_count_share("bob", "alice"));
    }

    #[test]
    fn without_a_limit_nothing_is_counted() {
        let mut quota = Quota::new(StoreLimits::none());
        assert!(!quota.must_count("bob"));
        assert!(!quota.is_half_full("bob", 1000));
        assert_eq!(take(&mut quota, "alice", 1000), 1000);
        give_back(&mut quota, "alice");
        assert_eq!(quota.count_to(), None);
    }
}
