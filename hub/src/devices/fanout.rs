//! Messages that go to several mailboxes, until each has answered: only then their senders are acknowledged.
//!
//! What is forgotten here, past the bound or as the server ends, is not acknowledged: the sender repeats it, each mailbox says again
//! what it knows of it, and no device is shown it twice.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use mobileim_protocol::Instant;
use parking_lot::Mutex;

/// How many there are at most in one shard; past that, those are forgotten that began this long ago.
const CAPACITY: usize = 4096;
const MAX_AGE: Duration = Duration::from_secs(10);

const SHARDS: usize = 16;

/// A message on its way to several mailboxes.
#[derive(Debug)]
pub(crate) struct Fanout {
    /// The mailbox of the device that has sent it.
    pub(crate) sender: Arc<str>,
    /// Whose that is.
    pub(crate) user: Arc<str>,
    /// The receiver's user id.
    pub(crate) to: Arc<str>,
    pub(crate) fp: Arc<str>,
    pub(crate) bridge: bool,
    /// The mailboxes that have not answered.
    pub(crate) awaited: Vec<Arc<str>>,
    pub(crate) began: Instant,
}

/// What follows from a mailbox's answer.
#[derive(Debug)]
pub(crate) enum Settled {
    /// Nothing is known of it as one of several.
    Unknown,
    /// Others have not answered.
    Awaits,
    /// All have: the sender may know.
    All(Fanout),
}

/// All of them, by the hash of their senders and fingerprints.
#[derive(Debug, Default)]
pub(crate) struct Fanouts([Mutex<HashMap<u64, Fanout>>; SHARDS]);

impl Fanouts {
    /// A message begins its way. To be called before any mailbox has it.
    pub(crate) fn begin(&self, hash: u64, fanout: Fanout) {
        let mut fanouts = self.shard(hash).lock();
        if fanouts.len() >= CAPACITY {
            let now = fanout.began;
            #[expect(clippy::disallowed_methods, reason = "in no order that matters")]
            fanouts.retain(|_, old| now.since(old.began) < MAX_AGE);
        }
        if fanouts.len() < CAPACITY {
            fanouts.insert(hash, fanout);
        }
    }

    /// A mailbox has it, or will never.
    pub(crate) fn settle(&self, hash: u64, mailbox: &str) -> Settled {
        let mut fanouts = self.shard(hash).lock();
        let Some(fanout) = fanouts.get_mut(&hash) else {
            return Settled::Unknown;
        };
        fanout.awaited.retain(|awaited| **awaited != *mailbox);
        if !fanout.awaited.is_empty() {
            return Settled::Awaits;
        }
        fanouts.remove(&hash).map_or(Settled::Unknown, Settled::All)
    }

    /// One of the mailboxes does not take it now: its sender is to repeat it.
    pub(crate) fn forget(&self, hash: u64) -> Option<Fanout> {
        self.shard(hash).lock().remove(&hash)
    }

    fn shard(&self, hash: u64) -> &Mutex<HashMap<u64, Fanout>> {
        let index = usize::try_from(hash % SHARDS as u64).expect("less than the shards");
        &self.0[index]
    }
}
