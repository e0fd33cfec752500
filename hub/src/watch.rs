//! Who waits to hear what becomes of a message. While nobody does, it costs one look at an atomic.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mobileim_protocol::fingerprint_hash;
use parking_lot::RwLock;
use tokio::sync::mpsc;

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

/// Whom to tell of receivers, and what became of the message to each.
type Watcher = mpsc::UnboundedSender<(Arc<str>, Fate)>;

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
        let by_hash = self.by_hash.read();
        let watchers = by_hash.get(&fingerprint_hash(from.id(), fp));
        for watcher in watchers.into_iter().flatten() {
            // It may just have heard enough.
            let _ = watcher.send((Arc::clone(to), fate));
        }
    }

    pub(crate) fn begin(&self, from: &str, fp: &str) -> Watch<'_> {
        let hash = fingerprint_hash(from, fp);
        let (fates, told) = mpsc::unbounded_channel();
        self.count.fetch_add(1, Ordering::Relaxed);
        let mut by_hash = self.by_hash.write();
        by_hash.entry(hash).or_default().push(fates);
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
            watchers.retain(|watcher| !watcher.is_closed());
            if watchers.is_empty() {
                by_hash.remove(&self.hash);
            }
        }
        drop(by_hash);
        self.watches.count.fetch_sub(1, Ordering::Relaxed);
    }
}
