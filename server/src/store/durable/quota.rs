//! How much each receiver has, of whom, how much all have together, and how much more may come.

use std::hash::{BuildHasher, RandomState};
use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;

use super::messages::Removed;
use mobileim_hub::store::{Amount, Full, StoreLimits};

/// For how many receivers, and for how many pairs of sender and receiver, the amount is remembered; more than one
/// batch can name. Others are counted again.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(1 << 14).expect("not zero");

/// Keeps receivers within an amount of messages, senders within their share of it, and all within theirs and the disk.
///
/// The database is counted once for a receiver, by its index and no further than to the limit; from then on the
/// amount follows what is stored and removed. Who sent what matters only to a receiver with half of what may be; then
/// the messages of each sender who has something new are counted too. The database itself keeps the sum of all, which is
/// read once. Of that, a sender may have as much as there is room left, too, as far as it was seen since the start: to whoever it is,
/// who exists or not. Nothing else of this is written down, so a crash cannot leave it wrong; after any failure everything is
/// counted anew.
#[derive(Debug)]
pub(super) struct Quota {
    limits: StoreLimits,
    counts: LruCache<Arc<str>, Amount>,
    /// By a hash of receiver and sender.
    shares: LruCache<u64, Amount>,
    hasher: RandomState,
    /// What all have, once it is known.
    total: Option<Amount>,
    /// What senders were seen to have of it, in bytes, by a hash.
    senders: LruCache<u64, u64>,
    /// How many bytes there is room for on the disk.
    room: u64,
}

impl Quota {
    pub(super) fn new(limits: StoreLimits) -> Self {
        Self {
            limits,
            counts: LruCache::new(REMEMBERED),
            shares: LruCache::new(REMEMBERED),
            hasher: RandomState::new(),
            total: None,
            senders: LruCache::new(REMEMBERED),
            room: u64::MAX,
        }
    }

    /// Other limits hold from now on.
    pub(super) fn set_limits(&mut self, limits: StoreLimits) {
        self.limits = limits;
        // They were counted no further than to the old ones.
        self.forget();
    }

    /// How far to count, which is past the limit; `None` if there is none.
    pub(super) fn count_to(&self) -> Option<u64> {
        let of_bytes = |max| max / Amount::MESSAGE_BYTES;
        let max_messages = self.limits.max_messages.unwrap_or(u64::MAX);
        let most = self
            .limits
            .max_bytes
            .map_or(max_messages, |max| max_messages.min(of_bytes(max)));
        (most < u64::MAX).then(|| most.saturating_add(1))
    }

    /// Whether this receiver's messages are to be counted first.
    pub(super) fn must_count(&self, receiver: &str) -> bool {
        self.count_to().is_some() && !self.counts.contains(receiver)
    }

    /// A receiver's messages were counted.
    pub(super) fn learn(&mut self, receiver: &Arc<str>, count: Amount) {
        self.counts.put(Arc::clone(receiver), count);
    }

    /// Whether this receiver, who was counted, has so much that it matters whose it is, once as much more
    /// has come as is `wanted`.
    pub(super) fn is_half_full(&self, receiver: &str, wanted: Amount) -> bool {
        let mut most = self.counts.peek(receiver).copied().unwrap_or_default();
        most += wanted;
        let is_half =
            |max: Option<u64>, most: u64| max.is_some_and(|max| most.saturating_mul(2) >= max);
        is_half(self.limits.max_messages, most.messages)
            || is_half(self.limits.max_bytes, most.bytes)
    }

    /// Whether the messages of this sender to this receiver are to be counted first.
    pub(super) fn must_count_share(&self, receiver: &str, sender: &str) -> bool {
        !self.shares.contains(&self.pair(receiver, sender))
    }

    /// The messages of a sender to a receiver were counted.
    pub(super) fn learn_share(&mut self, receiver: &str, sender: &str, count: Amount) {
        self.shares.put(self.pair(receiver, sender), count);
    }

    /// What all have, if it is known.
    pub(super) fn total(&self) -> Option<Amount> {
        self.total
    }

    /// The sum of all was read.
    pub(super) fn learn_total(&mut self, total: Amount) {
        self.total = Some(total);
    }

    /// How many bytes there is still room for on the disk.
    pub(super) fn room(&self) -> u64 {
        self.room
    }

    /// It was found out how many bytes there is room for on the disk.
    pub(super) fn learn_room(&mut self, bytes: u64) {
        self.room = bytes;
    }

    /// Takes room for a message, if there is some.
    pub(super) fn take(
        &mut self,
        receiver: &str,
        sender: &str,
        message: Amount,
    ) -> Result<(), Full> {
        let sender_hash = self.hasher.hash_one(sender);
        self.has_room_in_all(sender_hash, message)?;
        if self.count_to().is_some() {
            self.take_of(receiver, sender, message)?;
        }
        self.count_in_all(sender_hash, message);
        Ok(())
    }

    /// Takes room for a message that counts for no receiver, if there is some.
    pub(super) fn take_in_all(&mut self, sender: &str, message: Amount) -> Result<(), Full> {
        let sender_hash = self.hasher.hash_one(sender);
        self.has_room_in_all(sender_hash, message)?;
        self.count_in_all(sender_hash, message);
        Ok(())
    }

    fn has_room_in_all(&mut self, sender_hash: u64, message: Amount) -> Result<(), Full> {
        if message.bytes > self.room {
            return Err(Full::Disk);
        }
        if let (Some(max), Some(total)) = (self.limits.max_bytes_in_all, self.total) {
            let left = max.saturating_sub(total.bytes);
            let of_sender = self.senders.get(&sender_hash).copied().unwrap_or_default();
            if message.bytes > left || of_sender > 0 && of_sender + message.bytes > left {
                return Err(Full::BytesInAll);
            }
        }
        Ok(())
    }

    fn count_in_all(&mut self, sender_hash: u64, message: Amount) {
        self.room -= message.bytes;
        if let Some(total) = &mut self.total {
            *total += message;
        }
        if self.limits.max_bytes_in_all.is_some() {
            *self.senders.get_or_insert_mut(sender_hash, || 0) += message.bytes;
        }
    }

    /// The same of the receiver's room.
    fn take_of(&mut self, receiver: &str, sender: &str, message: Amount) -> Result<(), Full> {
        let pair = self.pair(receiver, sender);
        let Some(count) = self.counts.get_mut(receiver) else {
            debug_assert!(false, "{receiver} was not counted");
            return Err(Full::Messages);
        };
        let share = self.shares.get_mut(&pair);
        // If it was not counted, the receiver has so few that nobody has too many.
        let of_sender = share.as_deref().copied().unwrap_or_default();
        self.limits.admit(message, *count, of_sender)?;
        *count += message;
        if let Some(share) = share {
            *share += message;
        }
        Ok(())
    }

    /// A message was removed.
    pub(super) fn give_back(&mut self, removed: &Removed) {
        let Removed {
            receiver,
            sender,
            bytes,
            ..
        } = removed;
        let message = self.give_back_in_all(sender, *bytes);
        // There are more than were counted, since the limit was lowered.
        let is_past = self
            .count_to()
            .map(|most| move |count: &Amount| count.messages >= most);
        let Some(is_past) = is_past else {
            return;
        };
        let pair = self.pair(receiver, sender);
        if let Some(share) = self.shares.peek_mut(&pair) {
            if is_past(share) {
                self.shares.pop(&pair);
            } else {
                *share -= message;
            }
        }
        let Some(count) = self.counts.peek_mut(&**receiver) else {
            return;
        };
        if is_past(count) {
            self.counts.pop(&**receiver);
        } else {
            *count -= message;
        }
    }

    /// A message was removed that counted for no receiver, or counts for none any more.
    pub(super) fn give_back_in_all(&mut self, sender: &str, bytes: u64) -> Amount {
        let message = Amount { messages: 1, bytes };
        if let Some(total) = &mut self.total {
            *total -= message;
        }
        let sender_hash = self.hasher.hash_one(sender);
        if let Some(of_sender) = self.senders.peek_mut(&sender_hash) {
            *of_sender = of_sender.saturating_sub(bytes);
        }
        message
    }

    /// What was taken and given back may not have happened.
    pub(super) fn forget(&mut self) {
        self.counts.clear();
        self.shares.clear();
        self.total = None;
        self.senders.clear();
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

    /// So many messages of 1,000 bytes each.
    fn messages(messages: u64) -> Amount {
        Amount {
            messages,
            bytes: 1000 * messages,
        }
    }

    fn take(quota: &mut Quota, sender: &str, wanted: usize) -> usize {
        let taken = (0..wanted).map(|_| quota.take("bob", sender, messages(1)));
        taken.flatten().count()
    }

    fn give_back(quota: &mut Quota, sender: &str) {
        quota.give_back(&Removed {
            position: 1,
            fp: "1".to_owned(),
            receiver: "bob".to_owned(),
            sender: sender.to_owned(),
            bytes: 1000,
        });
    }

    #[test]
    fn room_is_taken_and_given_back() {
        let bob = Arc::from("bob");
        let mut quota = at_most(3);
        assert!(quota.must_count("bob"));
        quota.learn(&bob, messages(1));
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
        quota.learn(&bob, messages(8));
        assert!(!quota.is_half_full("bob", messages(1)));
        assert!(quota.is_half_full("bob", messages(2)));
        assert!(quota.must_count_share("bob", "alice"));
        quota.learn_share("bob", "alice", messages(6));
        quota.learn_share("bob", "carol", messages(0));
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
        quota.learn(&bob, messages(4));
        quota.learn_share("bob", "alice", messages(4));
        assert_eq!(take(&mut quota, "alice", 1), 0);
        give_back(&mut quota, "alice");
        assert!(quota.must_count("bob"));
        assert!(quota.must_count_share("bob", "alice"));
    }

    #[test]
    fn without_a_limit_nothing_is_counted() {
        let mut quota = Quota::new(StoreLimits::none());
        assert!(!quota.must_count("bob"));
        assert!(!quota.is_half_full("bob", messages(1000)));
        assert_eq!(take(&mut quota, "alice", 1000), 1000);
        give_back(&mut quota, "alice");
        assert_eq!(quota.count_to(), None);
    }

    #[test]
    fn bytes_are_bounded_and_shared_as_messages_are() {
        let bob = Arc::from("bob");
        let mut quota = Quota::new(StoreLimits::none().with_max_bytes(Some(20_999)));
        // As many messages as could be, and one more.
        assert_eq!(quota.count_to(), Some(42));
        quota.learn(&bob, messages(8));
        assert!(!quota.is_half_full("bob", messages(2)));
        assert!(quota.is_half_full("bob", messages(3)));
        quota.learn_share("bob", "alice", messages(6));
        quota.learn_share("bob", "carol", messages(0));
        assert_eq!(take(&mut quota, "alice", 20), 3);
        assert_eq!(quota.take("bob", "alice", messages(1)), Err(Full::Bytes));
        assert_eq!(take(&mut quota, "carol", 20), 5);
        assert_eq!(take(&mut quota, "carol", 20), 0);
        for _ in 0..2 {
            give_back(&mut quota, "alice");
        }
        assert_eq!(take(&mut quota, "carol", 20), 1);
    }

    #[test]
    fn all_together_have_their_bound_once_their_sum_is_known() {
        let mut quota = Quota::new(StoreLimits::none().with_max_bytes_in_all(Some(3500)));
        quota.learn_total(messages(1));
        for sender in ["alice", "carol"] {
            assert_eq!(take(&mut quota, sender, 1), 1);
        }
        assert_eq!(
            quota.take("eve", "dave", messages(1)),
            Err(Full::BytesInAll)
        );
        give_back(&mut quota, "alice");
        assert_eq!(quota.total(), Some(messages(2)));
        assert_eq!(take(&mut quota, "dave", 5), 1);
        quota.forget();
        assert_eq!(quota.total(), None);
    }

    #[test]
    fn of_what_all_have_a_sender_leaves_room_for_others_whoever_it_is_for() {
        let mut quota = Quota::new(StoreLimits::none().with_max_bytes_in_all(Some(20_000)));
        quota.learn_total(messages(0));
        let mut fill = |sender: &str| {
            let receivers = (0..).map(|number| format!("nobody {number}"));
            let taken = receivers.map(|nobody| quota.take(&nobody, sender, messages(1)));
            taken.take_while(Result::is_ok).count()
        };
        assert_eq!(fill("mallory"), 10);
        assert_eq!([fill("alice"), fill("carol")], [5, 3]);
        assert_eq!(fill("mallory"), 0);
    }

    #[test]
    fn what_the_disk_has_no_room_for_is_refused() {
        let mut quota = Quota::new(StoreLimits::none());
        quota.learn_room(2500);
        assert_eq!(take(&mut quota, "alice", 5), 2);
        assert_eq!(quota.take("bob", "alice", messages(1)), Err(Full::Disk));
        assert_eq!(quota.room(), 500);
    }

    #[test]
    fn other_limits_hold_at_once() {
        let bob = Arc::from("bob");
        let mut quota = at_most(3);
        quota.learn(&bob, messages(3));
        assert_eq!(take(&mut quota, "alice", 1), 0);
        quota.set_limits(StoreLimits::none().with_max_messages(Some(5)));
        assert!(quota.must_count("bob"));
        quota.learn(&bob, messages(3));
        assert_eq!(take(&mut quota, "alice", 5), 2);
    }
}
