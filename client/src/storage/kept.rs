//! What a log says is to be kept.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use mobileim_protocol::client::RECEIVED_MEMORY;

use super::Stored;
use super::record::Record;

/// The sum of a log's records.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// Messages that were sent and are not acknowledged, by fingerprint.
    outbox: Ordered<String>,
    /// Messages that were received and are not handled, by hash.
    inbox: Ordered<u64>,
    /// Hashes of received messages, oldest first.
    received: VecDeque<u64>,
    /// How many bytes the records take that say all this, and no more.
    len: u64,
}

/// Texts in the order they came.
#[derive(Debug)]
struct Ordered<K> {
    texts: BTreeMap<u64, (K, String)>,
    numbers: HashMap<K, u64>,
    next_number: u64,
}

impl Kept {
    /// Takes note of a record.
    pub(super) fn apply(&mut self, record: &Record<'_>) {
        match *record {
            Record::Persist { fp, body } => {
                if self.outbox.insert(fp.to_owned(), body) {
                    self.len += record.len();
                }
            }
            Record::Forget { fp } => {
                if let Some(body) = self.outbox.remove(fp) {
                    let body = &body;
                    self.len -= Record::Persist { fp, body }.len();
                }
            }
            Record::Remember { hash } => self.remember(hash),
            Record::Receive { hash, body } => {
                self.remember(hash);
                if self.inbox.insert(hash, body) {
                    self.len += record.len();
                }
            }
            Record::Handled { hash } => {
                if let Some(body) = self.inbox.remove(&hash) {
                    let body = &body;
                    self.len -= Record::Receive { hash, body }.len();
                }
            }
        }
    }

    fn remember(&mut self, hash: u64) {
        self.received.push_back(hash);
        if self.received.len() > RECEIVED_MEMORY {
            self.received.pop_front();
        } else {
            self.len += Record::Remember { hash }.len();
        }
    }

    /// Whether this message is in the outbox.
    pub(super) fn is_to_be_sent(&self, fp: &str) -> bool {
        self.outbox.numbers.contains_key(fp)
    }

    /// Whether this message is in the inbox.
    pub(super) fn is_to_be_handled(&self, hash: u64) -> bool {
        self.inbox.numbers.contains_key(&hash)
    }

    /// At least as many bytes as [`Kept::records`] take.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// The records that say all this, and no more.
    pub(super) fn records(&self) -> impl Iterator<Item = Record<'_>> {
        let remembered: HashSet<_> = self.received.iter().collect();
        // One that waits longer than it is remembered comes before those: it will not be remembered again.
        let forgotten = self.inbox.iter().filter_map(move |(hash, body)| {
            let hash = *hash;
            (!remembered.contains(&hash)).then_some(Record::Receive { hash, body })
        });
        let received = self.received.iter().map(|&hash| {
            let body = self.inbox.get(&hash);
            body.map_or(Record::Remember { hash }, |body| Record::Receive {
                hash,
                body,
            })
        });
        let outbox = self.outbox.iter();
        let outbox = outbox.map(|(fp, body)| Record::Persist { fp, body });
        forgotten.chain(received).chain(outbox)
    }

    /// The same for a client that begins.
    pub(super) fn stored(&self) -> Stored {
        let inbox = self.inbox.iter();
        Stored {
            outbox: self
                .outbox
                .iter()
                .map(|(_, body)| body.to_owned())
                .collect(),
            inbox: inbox.map(|(hash, body)| (*hash, body.to_owned())).collect(),
            received: self.received.iter().copied().collect(),
        }
    }
}

impl<K> Default for Ordered<K> {
    fn default() -> Self {
        Self {
            texts: BTreeMap::new(),
            numbers: HashMap::new(),
            next_number: 0,
        }
    }
}

impl<K: Clone + Eq + std::hash::Hash> Ordered<K> {
    /// `false`, and nothing changed, if it is there.
    fn insert(&mut self, key: K, text: &str) -> bool {
        if self.numbers.contains_key(&key) {
            return false;
        }
        self.numbers.insert(key.clone(), self.next_number);
        self.texts.insert(self.next_number, (key, text.to_owned()));
        self.next_number += 1;
        true
    }

    fn remove<Q>(&mut self, key: &Q) -> Option<String>
    where
        K: std::borrow::Borrow<Q>,
        Q: Eq + std::hash::Hash + ?Sized,
    {
        let number = self.numbers.remove(key)?;
        self.texts.remove(&number).map(|(_, text)| text)
    }

    fn get(&self, key: &K) -> Option<&str> {
        let number = self.numbers.get(key)?;
        self.texts.get(number).map(|(_, text)| text.as_str())
    }

    fn iter(&self) -> impl Iterator<Item = (&K, &str)> {
        self.texts.values().map(|(key, text)| (key, text.as_str()))
    }
}
