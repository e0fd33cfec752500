//! When users were online last, in the same database.
//!
//! What is noted gathers until the next transaction, which writes it all at once: when everybody leaves, that is one statement, or
//! one for each, and not a transaction for each.

use std::collections::HashMap;
use std::sync::Arc;

use mobileim_hub::Deferred;
use mobileim_hub::store::Seen;
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::Durable;
use super::messages::Messages;
use super::work::{Doing, Transaction, Work};
use crate::database::{Backend, Failure};

/// Of how many users it gathers at most, while the database takes nothing.
const MAX_GATHERED: usize = 1 << 16;

/// What is asked of the table.
pub(in crate::store) trait LastSeenTable: Send {
    /// Notes when the last sessions of these users ended, each of whom is there once.
    fn put_seen(&mut self, seen: &[Seen]) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Reads that of these users.
    fn read_seen(
        &mut self,
        users: &[Arc<str>],
    ) -> impl Future<Output = sqlx::Result<Vec<Seen>>> + Send;
}

/// What is not written yet.
#[derive(Debug, Default)]
pub(super) struct Gathered(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    seen: HashMap<Arc<str>, i64>,
    /// Whether it will be written.
    is_queued: bool,
}

impl Gathered {
    /// Returns whether somebody has to write it.
    fn note(&self, user: &Arc<str>, at: i64) -> bool {
        let mut state = self.0.lock();
        if state.seen.len() < MAX_GATHERED || state.seen.contains_key(user) {
            state.seen.insert(Arc::clone(user), at);
        }
        !std::mem::replace(&mut state.is_queued, true)
    }

    fn take(&self) -> Vec<Seen> {
        let mut state = self.0.lock();
        state.is_queued = false;
        let seen = std::mem::take(&mut state.seen).into_iter();
        seen.map(|(user, at)| Seen { user, at }).collect()
    }

    /// It could not be written: it is tried again with what is noted next.
    fn stays(&self, seen: Vec<Seen>) {
        let mut state = self.0.lock();
        state.is_queued = false;
        for Seen { user, at } in seen {
            state.seen.entry(user).or_insert(at);
        }
    }
}

impl<D: Backend<Connection: Messages + LastSeenTable>> Durable<D> {
    /// See [`Store::note_seen`](mobileim_hub::store::Store::note_seen).
    pub(in crate::store) fn note_seen(&self, user: &Arc<str>, at: i64) {
        if self.gathered.note(user, at) {
            self.work(Box::new(Write {
                gathered: Arc::clone(&self.gathered),
                seen: Vec::new(),
            }));
        }
    }

    /// See [`Store::last_seen`](mobileim_hub::store::Store::last_seen).
    pub(in crate::store) fn last_seen(
        &self,
        users: &[Arc<str>],
    ) -> Deferred<Result<Vec<Seen>, String>> {
        let (answer, read) = oneshot::channel();
        self.work(Box::new(Read {
            users: users.to_vec(),
            found: Vec::new(),
            answer,
        }));
        Deferred::pending(async {
            let closed = |_| Err("the message store is closed".to_owned());
            read.await.unwrap_or_else(closed)
        })
    }
}

/// What has gathered is to be written.
struct Write {
    gathered: Arc<Gathered>,
    /// What was taken for it.
    seen: Vec<Seen>,
}

impl<C: LastSeenTable> Work<C> for Write {
    fn run<'a>(&'a mut self, transaction: &'a mut Transaction<'_, C>) -> Doing<'a> {
        self.seen = self.gathered.take();
        Box::pin(transaction.connection.put_seen(&self.seen))
    }

    fn ended(self: Box<Self>, outcome: Result<(), Failure>) {
        if outcome.is_err() {
            self.gathered.stays(self.seen);
        }
    }
}

/// Somebody wants to know it of these users.
struct Read {
    users: Vec<Arc<str>>,
    found: Vec<Seen>,
    answer: oneshot::Sender<Result<Vec<Seen>, String>>,
}

impl<C: LastSeenTable> Work<C> for Read {
    fn run<'a>(&'a mut self, transaction: &'a mut Transaction<'_, C>) -> Doing<'a> {
        Box::pin(async {
            self.found = transaction.connection.read_seen(&self.users).await?;
            Ok(())
        })
    }

    fn ended(self: Box<Self>, outcome: Result<(), Failure>) {
        let Self { found, answer, .. } = *self;
        // Whoever asked may not wait any more.
        let _ = answer.send(outcome.map(|()| found).map_err(|why| why.to_string()));
    }
}
