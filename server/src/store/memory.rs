//! A store in memory, which ends with the process.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use mobileim_protocol::mailbox::{Envelope, Position, StoredMessage};
use parking_lot::Mutex;

use super::{Completion, Request, Store};

/// Keeps messages in memory, without a limit: for `--dev` and tests.
#[derive(Debug, Default)]
pub struct MemoryStore {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    users: HashMap<Arc<str>, Messages>,
    /// Never used twice, also where everything before it was deleted: mailboxes remember how far they have read.
    last_position: i64,
}

type Messages = BTreeMap<Position, Envelope>;

impl MemoryStore {
    /// How many messages wait for a user.
    pub fn waiting(&self, user: &str) -> usize {
        self.inner.lock().users.get(user).map_or(0, BTreeMap::len)
    }
}

impl Store for MemoryStore {
    fn submit(&self, user: &Arc<str>, request: Request) -> Option<Completion> {
        let mut inner = self.inner.lock();
        match request {
            Request::Append { messages } => {
                let Inner {
                    users,
                    last_position,
                } = &mut *inner;
                let stored = users.entry(Arc::clone(user)).or_default();
                let append = |message| {
                    *last_position += 1;
                    let position = Position(*last_position);
                    stored.insert(position, message);
                    position
                };
                Some(Completion::Appended {
                    positions: messages.into_iter().map(append).collect(),
                    failure: None,
                })
            }
            Request::Load {
                after,
                limit,
                max_bytes,
            } => Some(load(inner.users.get(user), after, limit, max_bytes)),
            Request::Delete { position } => {
                if let Some(messages) = inner.users.get_mut(user) {
                    messages.remove(&position);
                    if messages.is_empty() {
                        inner.users.remove(user);
                    }
                }
                None
            }
        }
    }
}

fn load(
    messages: Option<&Messages>,
    after: Position,
    limit: usize,
    max_bytes: usize,
) -> Completion {
    let mut behind = messages
        .into_iter()
        .flat_map(|messages| messages.range((Bound::Excluded(after), Bound::Unbounded)))
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
