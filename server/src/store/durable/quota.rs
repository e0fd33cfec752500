//! How many messages each receiver has, and how many more may come.

use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;

/// For so many receivers the number is remembered; more than one batch can name. Others are counted again.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(1 << 16).expect("not zero");

/// Keeps receivers within a number of messages.
///
/// The database is counted once for a receiver, by its index and no further than to the limit; from then on the
/// number follows what is stored and removed. It is never written down, so a crash cannot leave it wrong; after
/// any failure everything is counted anew.
#[derive(Debug)]
pub(super) struct Quota {
    max: Option<u64>,
    counts: LruCache<Arc<str>, u64>,
}

impl Quota {
    pub(super) fn new(max: Option<u64>) -> Self {
        Self {
            max,
            counts: LruCache::new(REMEMBERED),
        }
    }

    /// How far to count; `None` where there is no limit.
    pub(super) fn count_to(&self) -> Option<u64> {
        self.max.map(|max| max.saturating_add(1))
    }

    /// Whether this receiver's messages are to be counted first.
    pub(super) fn must_count(&self, receiver: &str) -> bool {
        self.max.is_some() && !self.counts.contains(receiver)
    }

    /// A receiver's messages were counted.
    pub(super) fn learn(&mut self, receiver: &Arc<str>, count: u64) {
        self.counts.put(Arc::clone(receiver), count);
    }

    /// Takes room for so many messages, or for as many as there is room for; says how many.
    pub(super) fn take(&mut self, receiver: &str, wanted: usize) -> usize {
        let Some(max) = self.max else {
            return wanted;
        };
        let Some(count) = self.counts.get_mut(receiver) else {
            debug_assert!(false, "{receiver} was not counted");
            return 0;
        };
        let room = usize::try_from(max.saturating_sub(*count)).unwrap_or(usize::MAX);
        let taken = wanted.min(room);
        *count += taken as u64;
        taken
    }

    /// A message was removed.
    pub(super) fn give_back(&mut self, receiver: &str) {
        let Some(count) = self.counts.peek_mut(receiver) else {
            return;
        };
        if Some(*count) > self.max {
            // There are more than were counted, since the limit was lowered.
            self.counts.pop(receiver);
        } else {
            *count = count.saturating_sub(1);
        }
    }

    /// What was taken and given back may not have happened.
    pub(super) fn forget(&mut self) {
        self.counts.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_taken_and_given_back() {
        let bob = Arc::from("bob");
        let mut quota = Quota::new(Some(3));
        assert!(quota.must_count("bob"));
        quota.learn(&bob, 1);
        assert!(!quota.must_count("bob"));
        assert_eq!(quota.take("bob", 5), 2);
        assert_eq!(quota.take("bob", 1), 0);
        quota.give_back("bob");
        assert_eq!(quota.take("bob", 5), 1);
        quota.forget();
        assert!(quota.must_count("bob"));
    }

    #[test]
    fn whoever_has_more_than_may_be_is_counted_again_when_something_is_removed() {
        let bob = Arc::from("bob");
        let mut quota = Quota::new(Some(3));
        // Counted to 4, but there may be a million.
        assert_eq!(quota.count_to(), Some(4));
        quota.learn(&bob, 4);
        assert_eq!(quota.take("bob", 1), 0);
        quota.give_back("bob");
        assert!(quota.must_count("bob"));
    }

    #[test]
    fn without_a_limit_nothing_is_counted() {
        let mut quota = Quota::new(None);
        assert!(!quota.must_count("bob"));
        assert_eq!(quota.take("bob", 1000), 1000);
        quota.give_back("bob");
        assert_eq!(quota.count_to(), None);
    }
}
