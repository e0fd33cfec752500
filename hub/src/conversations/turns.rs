//! Changes of a group are made one after the other: each is decided on by what the group is like then.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use mobileim_protocol::fingerprint_hash;
use tokio::sync::Notify;

/// How many are taken at once at most.
const AT_ONCE: usize = 64;

/// Who has the turn for a name. Some names share theirs.
pub(crate) struct Turns([Arc<Place>; AT_ONCE]);

#[derive(Default)]
struct Place {
    is_taken: AtomicBool,
    freed: Notify,
}

/// A turn: until it is dropped, nobody else has it.
pub(crate) struct Turn(Arc<Place>);

impl Turns {
    /// Waits for the turn. Whoever waits and is not polled holds nobody up: it is no queue.
    pub(crate) async fn take(&self, name: &str) -> Turn {
        let hash = fingerprint_hash(name, "");
        let number = usize::try_from(hash % AT_ONCE as u64).unwrap_or_default();
        let place = &self.0[number];
        loop {
            let freed = place.freed.notified();
            if !place.is_taken.swap(true, Ordering::Acquire) {
                return Turn(Arc::clone(place));
            }
            freed.await;
        }
    }
}

impl Default for Turns {
    fn default() -> Self {
        Self([(); AT_ONCE].map(|()| Arc::default()))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.is_taken.store(false, Ordering::Release);
        self.0.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn one_has_the_turn_and_who_does_not_ask_for_it_holds_nobody_up() {
        let turns = Turns::default();
        let first = turns.take("#team").now_or_never().unwrap();
        let mut second = Box::pin(turns.take("#team"));
        let mut third = Box::pin(turns.take("#team"));
        assert!(second.as_mut().now_or_never().is_none());
        assert!(third.as_mut().now_or_never().is_none());
        drop(first);
        let third = third.now_or_never().expect("the second is not polled");
        assert!(second.as_mut().now_or_never().is_none());
        drop(third);
        assert!(second.now_or_never().is_some());
    }
}
