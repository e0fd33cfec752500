//! When users were online last.

use parking_lot::Mutex;

use crate::recent::Recent;

const SHARDS: usize = 16;

/// Of how many users it is remembered in each shard: of a quarter of a million in all, which takes about 16 MB. Past that, those of
/// whom it has been remembered longest are forgotten.
const CAPACITY: usize = 16_384;

/// When the last session of each user ended, as far as it has since the server began or was asked for, in ms since 1970.
#[derive(Debug)]
pub(super) struct LastSeen(Box<[Mutex<Recent<i64>>]>);

impl Default for LastSeen {
    fn default() -> Self {
        Self(
            (0..SHARDS)
                .map(|_| Mutex::new(Recent::new(CAPACITY)))
                .collect(),
        )
    }
}

impl LastSeen {
    pub(super) fn note(&self, hash: u64, user: &str, at: i64) {
        self.shard(hash).lock().insert(user, at);
    }

    /// The same, unless something later is known.
    pub(super) fn recall(&self, hash: u64, user: &str, at: i64) {
        let mut shard = self.shard(hash).lock();
        if shard.get(user).is_none() {
            shard.insert(user, at);
        }
    }

    pub(super) fn of(&self, hash: u64, user: &str) -> Option<i64> {
        self.shard(hash).lock().get(user).copied()
    }

    fn shard(&self, hash: u64) -> &Mutex<Recent<i64>> {
        let index = usize::try_from(hash % SHARDS as u64).expect("less than the shards");
        &self.0[index]
    }
}
