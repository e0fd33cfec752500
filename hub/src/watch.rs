//! Who waits to hear what becomes of a message. While nobody does, it costs one look at an atomic.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mobileim_protocol::fingerprint_hash;
use parking_lot::RwLock;
use tokio::sync::mpsc;

use crate::conversations::Turn;
use crate::event::{Delivery, Event, Refusal};

/// What became of a message with QoS to one receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fate {
    /// Its receiver has acknowledged it.
    Delivered,
    /// It is durable, and waits.
    Stored,
    /// It came before, and was delivered or stored then.
    Settled,
    /// It is neither, and will not be.
    Refused(Refusal),
    /// It has waited for longer than its sender wanted.
    Expired,
}

/// Who waits, by the hash of the message.
#[derive(Default)]
pub(crate) struct Watches {
    count: AtomicUsize,
    by_hash: RwLock<BTreeMap<u64, Vec<Watcher>>>,
}

enum Watcher {
    /// Is told of receivers, and what became of the message to each.
    Told(mpsc::UnboundedSender<(Arc<str>, Fate)>),
    /// Ends when something has become of it, whoever waits.
    Held { _turns: Vec<Turn> },
}

/// Whoever waits to hear what becomes of one message, to each of its receivers.
pub struct Watch<'a> {
    watches: &'a Watches,
    hash: u64,
    told: mpsc::UnboundedReceiver<(Arc<str>, Fate)>,
}

impl Fate {
    /// What an event says of a message, if it says what became of it.
    const fn of(event: &Event) -> Option<(Self, &Delivery)> {
        Some(match event {
            Event::Delivered(delivery) | Event::Fetched(delivery) => (Self::Delivered, delivery),
            Event::Stored(delivery) => (Self::Stored, delivery),
            Event::Repeated(delivery) => (Self::Settled, delivery),
            Event::Refused { delivery, why } => (Self::Refused(*why), delivery),
            Event::Expired(delivery) => (Self::Expired, delivery),
            Event::Online { .. }
            | Event::Offline { .. }
            | Event::LoginRefused { .. }
            | Event::Received { .. } => return None,
        })
    }
}

impl Watches {
    /// Something has happened.
    pub(crate) fn note(&self, event: &Event) {
        if self.count.load(Ordering::Relaxed) == 0 {
            return;
        }
        let Some((fate, Delivery { from, to, fp, .. })) = Fate::of(event) else {
            return;
        };
        let hash = fingerprint_hash(from.id(), fp);
        let mut holds = false;
        for watcher in self.by_hash.read().get(&hash).into_iter().flatten() {
            match watcher {
                // It may just have heard enough.
                Watcher::Told(told) => drop(told.send((Arc::clone(to), fate))),
                Watcher::Held { .. } => holds = true,
            }
        }
        if holds {
            self.release(hash);
        }
    }

    /// Holds these turns until something becomes of a message, also if whoever waits for that is gone. To be called before it is sent.
    pub(crate) fn hold(&self, hash: u64, turns: Vec<Turn>) {
        self.count.fetch_add(1, Ordering::Relaxed);
        let mut by_hash = self.by_hash.write();
        let watchers = by_hash.entry(hash).or_default();
        watchers.push(Watcher::Held { _turns: turns });
    }

    /// Nothing will become of it, or something has: what was held is not any more.
    pub(crate) fn release(&self, hash: u64) {
        // Dropped when the lock is not held: others go on then.
        let held: Vec<_> = {
            let mut by_hash = self.by_hash.write();
            let Some(watchers) = by_hash.get_mut(&hash) else {
                return;
            };
            let is_held = |watcher: &mut Watcher| matches!(watcher, Watcher::Held { .. });
            let held = watchers.extract_if(.., is_held).collect();
            if watchers.is_empty() {
                by_hash.remove(&hash);
            }
            held
        };
        self.count.fetch_sub(held.len(), Ordering::Relaxed);
    }

    pub(crate) fn begin(&self, from: &str, fp: &str) -> Watch<'_> {
        let hash = fingerprint_hash(from, fp);
        let (fates, told) = mpsc::unbounded_channel();
        self.count.fetch_add(1, Ordering::Relaxed);
        let mut by_hash = self.by_hash.write();
        by_hash.entry(hash).or_default().push(Watcher::Told(fates));
        Watch {
            watches: self,
            hash,
            told,
        }
    }
}

impl Watch<'_> {
    /// The next that is heard: a receiver, and what became of the message to it.
    pub async fn next(&mut self) -> Option<(Arc<str>, Fate)> {
        self.told.recv().await
    }

    /// The same, if it was told already.
    pub fn try_next(&mut self) -> Option<(Arc<str>, Fate)> {
        self.told.try_recv().ok()
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        self.told.close();
        let mut by_hash = self.watches.by_hash.write();
        if let Some(watchers) = by_hash.get_mut(&self.hash) {
            watchers.retain(|watcher| match watcher {
                Watcher::Told(told) => !told.is_closed(),
                Watcher::Held { .. } => true,
            });
            if watchers.is_empty() {
                by_hash.remove(&self.hash);
            }
        }
        drop(by_hash);
        self.watches.count.fetch_sub(1, Ordering::Relaxed);
    }
}
