//! A store in memory, which ends with the process.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use mobileim_protocol::mailbox::{Envelope, Position, StoreFailure, StoredMessage};
use parking_lot::Mutex;

use super::{Completion, Request, Store, StoreLimits};

/// How many bytes all messages take together, at most.
const MAX_BYTES: usize = 256 << 20;

/// What a message takes beside its body, and a receiver beside the messages, in bytes; rather more than less.
const MESSAGE_BYTES: usize = 512;

/// Keeps messages in memory, as many for each user as the limits say (by default any number), and 256 MiB in all: for
/// `--dev` and tests. No message gets too old in it.
#[derive(Debug)]
pub struct MemoryStore {
    limits: StoreLimits,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    users: HashMap<Arc<str>, Waiting>,
    /// Never used twice, even after everything before it was deleted: mailboxes remember how far they have read.
    last_position: i64,
    bytes: usize,
}

/// A user's messages.
#[derive(Debug, Default)]
struct Waiting {
    messages: BTreeMap<Position, Envelope>,
    /// How many of them are of whom.
    of_senders: HashMap<Arc<str>, u64>,
}

impl MemoryStore {
    /// A store with limits.
    pub fn with_limits(limits: StoreLimits) -> Self {
        Self {
            limits,
            inner: Mutex::default(),
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
            Request::Append { messages } => Some(inner.append(self.limits, user, messages)),
            Request::Load {
                after,
                limit,
                max_bytes,
            } => Some(load(inner.users.get(user), after, limit, max_bytes)),
            // It reads at once.
            Request::CancelLoad => None,
            Request::Delete { position } => {
                inner.delete(user, position);
                None
            }
        }
    }
}

impl Inner {
    fn append(
        &mut self,
        limits: StoreLimits,
        user: &Arc<str>,
        messages: Vec<Envelope>,
    ) -> Completion {
        let waiting = self.users.entry(Arc::clone(user)).or_default();
        let mut positions = Vec::with_capacity(messages.len());
        let mut failure = None;
        for message in messages {
            if self.bytes + size(&message) > MAX_BYTES {
                failure = Some(StoreFailure::Unavailable);
                break;
            }
            positions.push(waiting.has_room(limits, &message).then(|| {
                self.last_position += 1;
                self.bytes += size(&message);
                let position = Position(self.last_position);
                waiting.insert(position, message);
                position
            }));
        }
        if waiting.messages.is_empty() {
            self.users.remove(user);
        }
        Completion::Appended { positions, failure }
    }

    fn delete(&mut self, user: &Arc<str>, position: Position) {
        let Some(waiting) = self.users.get_mut(user) else {
            return;
        };
        if let Some(message) = waiting.remove(position) {
            self.bytes -= size(&message);
        }
        if waiting.messages.is_empty() {
            self.users.remove(user);
        }
    }
}

impl Waiting {
    fn has_room(&self, limits: StoreLimits, message: &Envelope) -> bool {
        let of_sender = self.of_senders.get(&message.from);
        limits.admit(
            self.messages.len() as u64,
            of_sender.copied().unwrap_or_default(),
        )
    }

    fn insert(&mut self, position: Position, message: Envelope) {
        *self
            .of_senders
            .entry(Arc::clone(&message.from))
            .or_default() += 1;
        self.messages.insert(position, message);
    }

    fn remove(&mut self, position: Position) -> Option<Envelope> {
        let message = self.messages.remove(&position)?;
        if let Some(count) = self.of_senders.get_mut(&message.from) {
            *count -= 1;
            if *count == 0 {
                self.of_senders.remove(&message.from);
            }
        }
        Some(message)
    }
}

fn size(message: &Envelope) -> usize {
    message.body.len() + MESSAGE_BYTES
}

fn load(waiting: Option<&Waiting>, after: Position, limit: usize, max_bytes: usize) -> Completion {
    let mut behind = waiting
        .into_iter()
        .flat_map(|waiting| {
            let behind = (Bound::Excluded(after), Bound::Unbounded);
            waiting.messages.range(behind)
        })
        .peekable();
    let mut loaded = Vec::new();
    let mut bytes = 0;
    while let Some((position, message)) = behind.next_if(|(_, message)| {
        loaded.is_empty() || loaded.len() < limit && bytes + message.body.len() <= max_bytes
    }) {
        bytes += message.body.len();
        loaded.push(StoredMessage {
            position: *position,
            message: message.clone(),
        });
    }
    Completion::Loaded {
        more: behind.peek().is_some(),
        messages: loaded,
    }
}
