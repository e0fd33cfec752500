//! A store in memory, which ends with the process.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use mobileim_protocol::mailbox::{Envelope, Position, StoredMessage};
use parking_lot::Mutex;

use super::{
    Amount, Completion, Full, Part, Refused, Request, Store, StoreLimits, StoreStats,
    Waiting as Found, WaitingMessage, Which,
};
use crate::deferred::Deferred;

/// How many bytes all messages take together, at most.
const MAX_BYTES: u64 = 256 << 20;

/// Keeps messages in memory, as much for each user as the limits say (by default any amount), and 256 MiB in all at most: for
/// `--dev` and tests. No message gets too old in it.
#[derive(Debug)]
pub struct MemoryStore {
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    limits: StoreLimits,
    users: HashMap<Arc<str>, Waiting>,
    /// Never used twice, even after everything before it was deleted: mailboxes remember how far they have read.
    last_position: i64,
    amount: Amount,
    refused: Refused,
}

/// A user's messages.
#[derive(Debug, Default)]
struct Waiting {
    messages: BTreeMap<Position, Envelope>,
    amount: Amount,
    /// How much of it is of whom.
    of_senders: HashMap<Arc<str>, Amount>,
}

impl MemoryStore {
    /// A store with limits.
    pub fn with_limits(limits: StoreLimits) -> Self {
        Self {
            inner: Mutex::new(Inner {
                limits,
                users: HashMap::new(),
                last_position: 0,
                amount: Amount::default(),
                refused: Refused::default(),
            }),
        }
    }

    /// How many messages wait for a user.
    pub fn waiting(&self, user: &str) -> usize {
        let inner = self.inner.lock();
        inner.users.get(user).map_or(0, |user| user.messages.len())
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::with_limits(StoreLimits::none())
    }
}

impl Store for MemoryStore {
    fn submit(&self, user: &Arc<str>, request: Request) -> Option<Completion> {
        let mut inner = self.inner.lock();
        match request {
            Request::Append { messages } => Some(inner.append(user, messages)),
            Request::Load {
                after,
                limit,
                max_bytes,
            } => Some(load(inner.users.get(user), after, limit, max_bytes)),
            // It reads at once.
            Request::CancelLoad | Request::Advance { .. } => None,
            Request::Delete { position, .. } => {
                inner.delete(user, position);
                None
            }
        }
    }

    fn look(&self, user: &Arc<str>, which: Which, part: Part) -> Deferred<Result<Found, String>> {
        let inner = self.inner.lock();
        let mut found = Found::default();
        let mut bytes = 0;
        let waiting = inner.users.get(user);
        for (position, message) in
            behind(waiting, part.after).filter(|(_, message)| which.includes(message))
        {
            bytes += message.body.len();
            if !found.messages.is_empty()
                && (found.messages.len() >= part.limit || bytes > part.max_bytes)
            {
                found.more = true;
                break;
            }
            found.messages.push(WaitingMessage {
                position: *position,
                message: message.clone(),
                stored_at: None,
            });
        }
        Deferred::Ready(Ok(found))
    }

    fn purge(&self, user: &Arc<str>, which: Which) -> Deferred<Result<u64, String>> {
        let mut inner = self.inner.lock();
        let waiting = inner.users.get(user);
        let purged =
            behind(waiting, Position::START).filter(|(_, message)| which.includes(message));
        let purged: Vec<_> = purged.map(|(position, _)| *position).collect();
        for position in &purged {
            inner.delete(user, *position);
        }
        Deferred::Ready(Ok(purged.len() as u64))
    }

    fn set_limits(&self, limits: StoreLimits) {
        self.inner.lock().limits = limits;
    }

    fn stats(&self) -> StoreStats {
        let inner = self.inner.lock();
        StoreStats {
            amount: Some(inner.amount),
            refused: inner.refused,
            ..StoreStats::default()
        }
    }
}

impl Inner {
    fn append(&mut self, user: &Arc<str>, messages: Vec<Envelope>) -> Completion {
        let waiting = self.users.entry(Arc::clone(user)).or_default();
        let max = self.limits.max_bytes_in_all.unwrap_or(MAX_BYTES);
        let max = max.min(MAX_BYTES);
        let mut positions = Vec::with_capacity(messages.len());
        for message in messages {
            let amount = Amount::of(&message);
            let has_room = if self.amount.bytes + amount.bytes > max {
                Err(Full::BytesInAll)
            } else {
                waiting.has_room(self.limits, &message)
            };
            positions.push(match has_room {
                Ok(()) => {
                    self.last_position += 1;
                    self.amount += amount;
                    let position = Position(self.last_position);
                    waiting.insert(position, message);
                    Some(position)
                }
                Err(why) => {
                    self.refused.count(why);
                    None
                }
            });
        }
        if waiting.messages.is_empty() {
            self.users.remove(user);
        }
        Completion::Appended {
            positions,
            failure: None,
        }
    }

    fn delete(&mut self, user: &Arc<str>, position: Position) {
        let Some(waiting) = self.users.get_mut(user) else {
            return;
        };
        if let Some(message) = waiting.remove(position) {
            self.amount -= Amount::of(&message);
        }
        if waiting.messages.is_empty() {
            self.users.remove(user);
        }
    }
}

impl Waiting {
    fn has_room(&self, limits: StoreLimits, message: &Envelope) -> Result<(), Full> {
        let of_sender = self.of_senders.get(&message.from);
        let of_sender = of_sender.copied().unwrap_or_default();
        limits.admit(Amount::of(message), self.amount, of_sender)
    }

    fn insert(&mut self, position: Position, message: Envelope) {
        let amount = Amount::of(&message);
        self.amount += amount;
        *self
            .of_senders
            .entry(Arc::clone(&message.from))
            .or_default() += amount;
        self.messages.insert(position, message);
    }

    fn remove(&mut self, position: Position) -> Option<Envelope> {
        let message = self.messages.remove(&position)?;
        let amount = Amount::of(&message);
        self.amount -= amount;
        if let Some(of_sender) = self.of_senders.get_mut(&message.from) {
            *of_sender -= amount;
            if of_sender.messages == 0 {
                self.of_senders.remove(&message.from);
            }
        }
        Some(message)
    }
}

/// What stands behind a position.
fn behind(
    waiting: Option<&Waiting>,
    after: Position,
) -> impl Iterator<Item = (&Position, &Envelope)> {
    waiting.into_iter().flat_map(move |waiting| {
        let behind = (Bound::Excluded(after), Bound::Unbounded);
        waiting.messages.range(behind)
    })
}

fn load(waiting: Option<&Waiting>, after: Position, limit: usize, max_bytes: usize) -> Completion {
    let mut behind = behind(waiting, after).peekable();
    let mut loaded = Vec::new();
    let mut bytes = 0;
    while let Some((position, message)) = behind.next_if(|(_, message)| {
        loaded.is_empty() || loaded.len() < limit && bytes + message.body.len() <= max_bytes
    }) {
        bytes += message.body.len();
        loaded.push(StoredMessage::new(*position, message.clone()));
    }
    Completion::Loaded {
        more: behind.peek().is_some(),
        messages: loaded,
    }
}
