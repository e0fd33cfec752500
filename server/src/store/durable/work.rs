//! What others keep in the same database, and do in the store's transactions.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use mobileim_hub::store::{Completion, Request};
use mobileim_protocol::mailbox::{Envelope, Position};
use tokio::sync::mpsc;

use super::age::Now;
use super::batch::{Batch, Outcome};
use super::cursors::Cursors;
use super::events::Recorder;
use super::logs::Logs;
use super::messages::Messages;
use super::quota::Quota;
use super::{Job, MAX_QUEUED_WORKS, State, closed};
use crate::database::Failure;

/// Something to do in the next transaction, alone or together with the append of messages.
pub(crate) trait Work<C>: Send + Sync {
    /// Does it. If it fails, all that it did is undone, and nothing else of the transaction.
    fn run<'a>(&'a mut self, transaction: &'a mut Transaction<'_, C>) -> Doing<'a>;

    /// The transaction is durable, or what this did is undone.
    fn ended(self: Box<Self>, outcome: Result<(), Failure>);
}

/// What [`Work::run`] gives.
pub(crate) type Doing<'a> = Pin<Box<dyn Future<Output = sqlx::Result<()>> + Send + 'a>>;

/// A transaction that is open.
pub(crate) struct Transaction<'a, C> {
    /// For statements. It must neither commit nor roll back.
    pub(crate) connection: &'a mut C,
    quota: &'a mut Quota,
    logs: &'a mut Logs,
    pub(super) cursors: &'a mut Cursors,
    now: Now,
    outcome: &'a mut Outcome,
    recorder: Recorder<'a>,
}

impl<C> Transaction<'_, C> {
    /// Stores a message for a receiver, as a mailbox would. Returns where it stands, or `None` if its sender has too many
    /// stored messages there.
    #[cfg_attr(
        not(test),
        expect(
            dead_code,
            reason = "what back ends send goes through mailboxes; a group's one stored copy will not"
        )
    )]
    pub(in crate::store) async fn append(
        &mut self,
        receiver: &Arc<str>,
        message: Envelope,
    ) -> sqlx::Result<Option<Position>>
    where
        C: Messages,
    {
        let messages = vec![message];
        let batch = Batch::of(Job::Request {
            user: Arc::clone(receiver),
            request: Request::Append { messages },
        });
        let stored = batch
            .store(
                self.connection,
                self.quota,
                self.logs,
                self.now,
                self.recorder,
            )
            .await?;
        self.outcome.stored += stored.stored;
        self.outcome.refused += stored.refused;
        self.outcome.records.extend(stored.records);
        match stored.answers.into_iter().next() {
            Some((_, Completion::Appended { positions, .. })) => {
                Ok(positions.into_iter().next().flatten())
            }
            Some((_, Completion::Logged { places, .. })) => {
                Ok(places.into_iter().next().map(|place| place.position))
            }
            _ => Ok(None),
        }
    }
}

/// Where works wait for their transaction.
pub(super) struct WorkQueue<C> {
    jobs: mpsc::UnboundedSender<Job<C>>,
    state: Arc<State>,
}

impl<C> WorkQueue<C> {
    pub(super) fn new(jobs: mpsc::UnboundedSender<Job<C>>, state: Arc<State>) -> Self {
        Self { jobs, state }
    }

    /// Has something done. If too much waits, or the store is closed, it ends at once.
    pub(super) fn submit(&self, work: Box<dyn Work<C>>) {
        let queued = &self.state.queued_works;
        if queued.load(Ordering::Relaxed) >= MAX_QUEUED_WORKS {
            return work.ended(Err(Failure::Other("too much waits for it".to_owned())));
        }
        queued.fetch_add(1, Ordering::Relaxed);
        if let Err(mpsc::error::SendError(Job::Work(work))) = self.jobs.send(Job::Work(work)) {
            work.ended(Err(closed()));
        }
    }
}

/// The works of one transaction, and what became of each.
pub(super) struct Works<C>(Vec<Entry<C>>);

struct Entry<C> {
    work: Box<dyn Work<C>>,
    outcome: Result<(), Failure>,
}

impl<C> Default for Works<C> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<C> Works<C> {
    pub(super) fn push(&mut self, work: Box<dyn Work<C>>) {
        let outcome = Ok(());
        self.0.push(Entry { work, outcome });
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Tells each what became of it: the transaction is durable, or nothing of it is.
    pub(super) fn end(self, transaction: Result<(), &Failure>) {
        for Entry { work, outcome } in self.0 {
            work.ended(transaction.map_err(Failure::clone).and(outcome));
        }
    }
}

/// What is known without a look at the database.
pub(super) struct Memory<'a> {
    pub(super) quota: &'a mut Quota,
    pub(super) logs: &'a mut Logs,
    pub(super) cursors: &'a mut Cursors,
}

impl<C: Messages> Works<C> {
    /// Does each, inside of the transaction that is open.
    pub(super) async fn run(
        &mut self,
        connection: &mut C,
        memory: Memory<'_>,
        now: Now,
        outcome: &mut Outcome,
        recorder: Recorder<'_>,
    ) -> sqlx::Result<()> {
        let Memory {
            quota,
            logs,
            cursors,
        } = memory;
        for entry in &mut self.0 {
            connection.run("SAVEPOINT work").await?;
            let (stored, refused, records) =
                (outcome.stored, outcome.refused, outcome.records.len());
            let mut transaction = Transaction {
                connection: &mut *connection,
                quota: &mut *quota,
                logs: &mut *logs,
                cursors: &mut *cursors,
                now,
                outcome: &mut *outcome,
                recorder,
            };
            let done = entry.work.run(&mut transaction).await;
            if let Err(error) = done {
                entry.outcome = Err(C::explain(&error));
                connection.run("ROLLBACK TO SAVEPOINT work").await?;
                // What it has appended was counted.
                quota.forget();
                logs.forget();
                (outcome.stored, outcome.refused) = (stored, refused);
                outcome.records.truncate(records);
            }
            connection.run("RELEASE SAVEPOINT work").await?;
        }
        Ok(())
    }
}
