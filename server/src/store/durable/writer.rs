//! The one task that reads and writes a database.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::batch::{Answer, Batch};
use super::database::{Connection as _, Database, Failure, Window};
use super::link::Link;
use super::quota::Quota;
use super::reads::{Read, Reads};
use super::report::Report;
use super::{Job, State};
use crate::store::{Limits, Request};
use crate::{Clock, Completions};

/// How many deletions are kept while none can be done. One that is forgotten means that a message is delivered
/// again, and recognised by its receiver.
const MAX_UNDELETED: usize = 1_000_000;

/// How many deletions share a statement.
const MAX_DELETED: usize = 10_000;

/// How often messages that are too old are looked for, and how many are removed in one transaction.
const EXPIRE_EVERY: Duration = Duration::from_secs(60);
const EXPIRE_AT_ONCE: u32 = 1000;

/// How long reads may take before what is to be stored has its next turn.
const READ_TIME: Duration = Duration::from_millis(10);

/// How many batches may be stored before reads have a turn, though more is to be stored.
const BATCHES: usize = 8;

/// What was asked for and is not done.
#[derive(Default)]
struct Queued {
    /// What is to be stored or refused, and the end.
    writes: VecDeque<Job>,
    reads: Reads,
}

pub(super) struct Writer<D: Database> {
    link: Link<D>,
    /// The positions that are to be deleted.
    undeleted: Vec<i64>,
    quota: Quota,
    limits: Limits,
    /// When messages that are too old are looked for next, by the wall clock.
    expire_at: i64,
    report: Report,
    clock: Arc<dyn Clock>,
    state: Arc<State>,
}

impl<D: Database> Writer<D> {
    pub(super) fn new(
        database: D,
        connection: D::Connection,
        limits: Limits,
        clock: Arc<dyn Clock>,
        state: Arc<State>,
    ) -> Self {
        Self {
            report: Report::new(database.to_string()),
            link: Link::new(database, connection),
            undeleted: Vec::new(),
            quota: Quota::new(limits),
            limits,
            expire_at: clock.unix_millis(),
            clock,
            state,
        }
    }

    pub(super) async fn run(
        mut self,
        mut jobs: mpsc::UnboundedReceiver<Job>,
        completions: Completions,
    ) {
        let mut queued = Queued::default();
        let mut batches = 0;
        let answer = |(user, completion): Answer| completions.complete(&user, completion);
        loop {
            if queued.is_empty() {
                tokio::select! {
                    job = jobs.recv() => match job {
                        Some(job) => self.sort(job, &mut queued, answer),
                        None => return,
                    },
                    () = tokio::time::sleep_until(self.next_chore()) => {}
                }
            }
            for _ in 0..jobs.len() {
                if let Ok(job) = jobs.try_recv() {
                    self.sort(job, &mut queued, answer);
                }
            }
            self.expire().await;
            let batch = Batch::take(&mut queued.writes);
            self.write(&batch).await.into_iter().for_each(answer);
            if let Some(Job::Close(_)) = queued.writes.front() {
                break;
            }
            batches += 1;
            if queued.writes.is_empty() || batches == BATCHES {
                batches = 0;
                self.read(&mut queued.reads, answer).await;
            }
            self.report.flush();
        }
        self.report.flush();
        self.link.close().await;
        self.state.log_summary(self.report.store());
        drop(self);
        // Whoever still asks is told; the first of them is told that the store is closed.
        std::iter::from_fn(|| queued.reads.pop())
            .map(|read| read.refusal())
            .for_each(answer);
        loop {
            for job in queued.writes.drain(..) {
                if let Some(refusal) = job.refusal() {
                    answer(refusal);
                } else if let Job::Close(done) = job {
                    // Nobody may wait for it any more.
                    let _ = done.send(());
                }
            }
            match jobs.recv().await {
                Some(job) => queued.writes.push_back(job),
                None => return,
            }
        }
    }

    /// Puts a request where it waits. Deletions are not answered, and go with the next transaction.
    fn sort(&mut self, job: Job, queued: &mut Queued, answer: impl Fn(Answer)) {
        let (user, request) = match job {
            Job::Request { user, request } => (user, request),
            job => return queued.writes.push_back(job),
        };
        match request {
            Request::Delete { position } => {
                if self.undeleted.len() < MAX_UNDELETED {
                    self.undeleted.push(position.0);
                }
            }
            Request::Load {
                after,
                limit,
                max_bytes,
            } => queued.reads.push(
                user,
                Window {
                    after,
                    limit,
                    max_bytes,
                },
            ),
            Request::CancelLoad => {
                if let Some(read) = queued.reads.cancel(&user) {
                    self.read_ends();
                    answer(read.refusal());
                }
            }
            Request::Append { .. } => queued.writes.push_back(Job::Request { user, request }),
        }
    }

    /// Stores and deletes what is to be, and gives the answers once it is durable.
    async fn write(&mut self, batch: &Batch) -> Vec<Answer> {
        if batch.is_empty() && self.undeleted.is_empty() {
            return Vec::new();
        }
        let answers = match self.transact(batch).await {
            Ok(answers) => answers,
            Err(failure) => {
                self.fail(&failure).await;
                self.delete_at_least().await;
                batch.refusals()
            }
        };
        let bytes = batch.bytes_to_store() as u64;
        self.state.queued_bytes.fetch_sub(bytes, Ordering::Relaxed);
        answers
    }

    /// Does all of it in one transaction.
    async fn transact(&mut self, batch: &Batch) -> Result<Vec<Answer>, Failure> {
        let now = self.clock.unix_millis();
        let Self {
            link,
            undeleted,
            quota,
            ..
        } = self;
        let patience = link.patience();
        if !batch.stores() && undeleted.is_empty() {
            return Ok(batch.refusals());
        }
        let connection = link.get().await?;
        let outcome = within(patience, async {
            connection.begin().await?;
            for positions in undeleted.chunks(MAX_DELETED) {
                for removed in connection.delete(positions).await? {
                    quota.give_back(&removed);
                }
            }
            let outcome = batch.store(connection, quota, now).await?;
            connection.commit().await?;
            Ok(outcome)
        })
        .await?;
        self.undeleted.clear();
        self.report.success();
        self.report.refused(outcome.refused);
        count(&self.state.commits, 1);
        count(&self.state.stored, outcome.stored);
        count(&self.state.refused, outcome.refused);
        Ok(outcome.answers)
    }

    /// A transaction failed. It counts as not committed, though a lost connection may have committed it.
    async fn fail(&mut self, failure: &Failure) {
        self.report.failure(failure);
        self.quota.forget();
        self.link.close().await;
    }

    /// Deletes what can be deleted where nothing can be stored: a full disk is full until receivers have fetched
    /// something.
    async fn delete_at_least(&mut self) {
        let patience = self.link.patience();
        if self.undeleted.is_empty() {
            return;
        }
        let Ok(connection) = self.link.get().await else {
            return;
        };
        let undeleted = &mut self.undeleted;
        let deleted = within(patience, async {
            while !undeleted.is_empty() {
                let count = undeleted.len().min(MAX_DELETED);
                connection.delete(&undeleted[..count]).await?;
                undeleted.drain(..count);
            }
            Ok(())
        });
        if deleted.await.is_err() {
            // It was reported that the store fails.
            self.link.close().await;
        }
    }

    /// Reads what is to be read, as much as there is time for, each by itself: one that fails, as in a damaged file,
    /// keeps no other from it.
    async fn read(&mut self, reads: &mut Reads, answer: impl Fn(Answer)) {
        let not_before = self.limits.oldest(self.clock.unix_millis());
        let began = Instant::now();
        let mut hangs = false;
        while let Some(read) = reads.pop() {
            self.read_ends();
            if hangs {
                // This one is not to wait as long as the one before it did.
                answer(read.refusal());
                continue;
            }
            match self.load(&read, not_before).await {
                Ok(loaded) => answer(loaded),
                Err(failure) => {
                    self.report.failure(&failure);
                    self.link.close().await;
                    answer(read.refusal());
                    hangs = failure.is_timeout();
                }
            }
            if !hangs && began.elapsed() >= READ_TIME {
                return;
            }
        }
    }

    /// There is room for another read.
    fn read_ends(&self) {
        self.state.queued_reads.fetch_sub(1, Ordering::Relaxed);
    }

    async fn load(&mut self, read: &Read, not_before: i64) -> Result<Answer, Failure> {
        let patience = self.link.patience();
        let connection = self.link.get().await?;
        within(patience, read.load(connection, not_before)).await
    }

    /// Removes messages that are too old, where that is due.
    async fn expire(&mut self) {
        let now = self.clock.unix_millis();
        // Also where the clock was set back.
        let due =
            now >= self.expire_at || now < self.expire_at.saturating_sub(millis(EXPIRE_EVERY));
        if self.limits.max_age.is_none() || !due {
            return;
        }
        self.expire_at = now + millis(EXPIRE_EVERY);
        match self.remove_expired(self.limits.oldest(now)).await {
            Ok(removed) => {
                if removed == u64::from(EXPIRE_AT_ONCE) {
                    // There may be more; others have their turn between.
                    self.expire_at = now;
                }
                count(&self.state.expired, removed);
                self.report.expired(removed);
            }
            Err(failure) => self.fail(&failure).await,
        }
    }

    async fn remove_expired(&mut self, before: i64) -> Result<u64, Failure> {
        let Self { link, quota, .. } = self;
        let patience = link.patience();
        let connection = link.get().await?;
        // A statement of its own, and so its own transaction.
        let removed = within(patience, connection.delete_expired(before, EXPIRE_AT_ONCE)).await?;
        for removed in &removed {
            quota.give_back(removed);
        }
        Ok(removed.len() as u64)
    }

    /// When to look up, where nobody asks for anything.
    fn next_chore(&self) -> Instant {
        let wait = self.limits.max_age.map(|_| {
            let millis = self.expire_at.saturating_sub(self.clock.unix_millis());
            let wait = Duration::from_millis(u64::try_from(millis).unwrap_or(0));
            Instant::now() + wait.min(EXPIRE_EVERY)
        });
        let chores = [wait, self.report.next()].into_iter().flatten();
        // Without limits there is nothing to look for but what is asked.
        chores
            .min()
            .unwrap_or_else(|| Instant::now() + EXPIRE_EVERY)
    }
}

impl Queued {
    fn is_empty(&self) -> bool {
        self.writes.is_empty() && self.reads.is_empty()
    }
}

/// Bounds the time that something takes.
async fn within<T>(
    patience: Option<Duration>,
    work: impl Future<Output = sqlx::Result<T>>,
) -> Result<T, Failure> {
    let Some(patience) = patience else {
        return Ok(work.await?);
    };
    match tokio::time::timeout(patience, work).await {
        Ok(result) => Ok(result?),
        Err(_) => Err(Failure::Timeout(patience)),
    }
}

fn count(counter: &AtomicU64, count: u64) {
    counter.fetch_add(count, Ordering::Relaxed);
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
