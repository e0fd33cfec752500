//! The one task that reads and writes a database.

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use mobileim_hub::Clock;
use mobileim_hub::store::{Completions, Request, StoreLimits};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::batch::{Answer, Batch};
use super::chores::Chores;
use super::cursors::Cursors;
use super::events::{Events, Recorder, ended};
use super::log_reads::LogAsk;
use super::logs::Logs;
use super::messages::{Messages, PageRequest, Removed};
use super::others::{Look, Purge};
use super::quota::Quota;
use super::reads::Reads;
use super::report::Report;
use super::undeleted::{Deletion, positions};
use super::work::{Memory, Works};
use super::{Job, Jobs, State, closed};
use crate::database::{Backend, Connection, Failure, Reconnector};

/// How many deletions are kept while none can be done. One that is forgotten means that a message is delivered
/// again, and recognised by its receiver.
const MAX_UNDELETED: usize = 1_000_000;

/// How many deletions share a statement.
pub(super) const MAX_DELETED: usize = 10_000;

/// How many batches may be stored before reads have a turn, though more is to be stored.
const BATCHES: usize = 8;

/// What was asked for and is not done.
struct Queued<C> {
    /// What is to be stored, and the end.
    writes: VecDeque<Job<C>>,
    /// What others want to be done in the next transaction.
    works: Works<C>,
    reads: Reads,
    looks: Vec<Look>,
    asks: VecDeque<LogAsk>,
    purges: Vec<Purge>,
    /// Who wants to know whether messages can be stored.
    checks: Vec<oneshot::Sender<Result<(), String>>>,
}

pub(super) struct Writer<D: Backend> {
    pub(super) database: Reconnector<D>,
    /// What is to be deleted.
    pub(super) undeleted: Vec<Deletion>,
    /// How much was asked for.
    number: u64,
    /// If events are recorded.
    pub(super) events: Option<Events>,
    pub(super) quota: Quota,
    pub(super) logs: Logs,
    pub(super) cursors: Cursors,
    pub(super) limits: StoreLimits,
    pub(super) chores: Chores,
    pub(super) report: Report,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) state: Arc<State>,
}

impl<D: Backend<Connection: Messages>> Writer<D> {
    pub(super) fn new(
        database: D,
        connection: D::Connection,
        limits: StoreLimits,
        clock: Arc<dyn Clock>,
        state: Arc<State>,
    ) -> Self {
        database.set_min_free(limits.min_free_disk);
        Self {
            report: Report::new(database.to_string()),
            database: Reconnector::new(database, connection),
            undeleted: Vec::new(),
            number: 0,
            events: None,
            quota: Quota::new(limits),
            logs: Logs::new(clock.now()),
            cursors: Cursors::default(),
            limits,
            chores: Chores::new(clock.now()),
            clock,
            state,
        }
    }

    pub(super) async fn run(mut self, mut jobs: Jobs<D>, completions: Completions) {
        let mut queued = Queued {
            writes: VecDeque::new(),
            works: Works::default(),
            reads: Reads::default(),
            looks: Vec::new(),
            asks: VecDeque::new(),
            purges: Vec::new(),
            checks: Vec::new(),
        };
        let mut batches = 0;
        let answer = |(user, completion): Answer| completions.complete(&user, completion);
        loop {
            if queued.is_empty() && !self.has_events_to_do() {
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
            self.do_chores().await;
            let batch = Batch::take(&mut queued.writes, self.database.transaction_bytes());
            let works = mem::take(&mut queued.works);
            let purges = mem::take(&mut queued.purges);
            (self.write(&batch, works, purges).await.into_iter()).for_each(answer);
            if let Some(Job::Close(_)) = queued.writes.front() {
                self.finish_events().await;
                self.write_cursors().await;
                break;
            }
            batches += 1;
            if queued.writes.is_empty() || batches == BATCHES {
                batches = 0;
                self.read_for_mailboxes(&mut queued.reads, answer).await;
                self.look_at_waiting(mem::take(&mut queued.looks)).await;
                self.answer_asks(&mut queued.asks).await;
                self.read_events().await;
            }
            if !queued.checks.is_empty() {
                let found = self.check().await;
                for check in queued.checks.drain(..) {
                    // Nobody may wait for it any more.
                    let _ = check.send(found.clone());
                }
            }
            self.report.flush();
        }
        self.report.flush();
        self.save_time().await;
        self.database.close().await;
        self.state.log_summary(self.report.store());
        drop(self);
        // Whoever still asks is told; the first of them is told that the store is closed.
        (queued.looks, queued.asks) = Default::default();
        std::iter::from_fn(|| queued.reads.pop())
            .map(|read| read.refusal())
            .for_each(answer);
        loop {
            for job in queued.writes.drain(..) {
                if let Some(refusal) = job.refusal() {
                    answer(refusal);
                    continue;
                }
                match job {
                    // Nobody may wait for it any more.
                    Job::Close(done) => drop(done.send(())),
                    Job::Work(work) => work.ended(Err(closed())),
                    Job::Request { .. }
                    | Job::Check(_)
                    | Job::Event(_)
                    | Job::Look(_)
                    | Job::AskLogs(_)
                    | Job::Purge(_)
                    | Job::Limits(_)
                    | Job::LogLimits(_) => {}
                }
            }
            match jobs.recv().await {
                Some(job) => queued.writes.push_back(job),
                None => return,
            }
        }
    }

    /// Puts a request where it waits. Deletions are not answered, and go with the next transaction.
    fn sort(
        &mut self,
        job: Job<D::Connection>,
        queued: &mut Queued<D::Connection>,
        answer: impl Fn(Answer),
    ) {
        self.number += 1;
        let (user, request) = match job {
            Job::Request { user, request } => (user, request),
            Job::Check(check) => return queued.checks.push(check),
            Job::Event(job) => {
                if let Some(events) = &mut self.events {
                    events.sort(self.number, job);
                }
                return;
            }
            Job::Work(work) => return queued.works.push(work),
            Job::Look(look) => return queued.looks.push(look),
            Job::AskLogs(ask) => return queued.asks.push_back(ask),
            Job::Purge(purge) => return queued.purges.push(purge),
            Job::Limits(limits) => return self.set_limits(limits),
            Job::LogLimits(limits) => return self.set_log_limits(limits),
            job @ Job::Close(_) => return queued.writes.push_back(job),
        };
        match request {
            Request::Advance { through } => self.cursors.advance(user, through, self.clock.now()),
            Request::Delete { position, why } => {
                if self.undeleted.len() < MAX_UNDELETED {
                    self.undeleted.push(Deletion {
                        position: position.0,
                        number: self.number,
                        why,
                    });
                }
            }
            Request::Load {
                after,
                limit,
                max_bytes,
            } => queued.reads.push(
                user,
                PageRequest {
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

    /// Other limits hold from now on. How long messages wait is not among them, since the clock that tells it goes on.
    fn set_limits(&mut self, limits: StoreLimits) {
        self.limits = limits.with_max_age(self.limits.max_age);
        self.quota.set_limits(self.limits);
        self.database.set_min_free(limits.min_free_disk);
        self.chores.measure_anew(self.clock.now());
    }

    /// Stores and deletes what is to be, and gives the answers once it is durable.
    async fn write(
        &mut self,
        batch: &Batch<D::Connection>,
        mut works: Works<D::Connection>,
        purges: Vec<Purge>,
    ) -> Vec<Answer> {
        let is_idle = batch.is_empty() && works.is_empty() && purges.is_empty();
        if is_idle && self.undeleted.is_empty() && !self.has_events_to_write() {
            return Vec::new();
        }
        let queued = &self.state.queued_works;
        queued.fetch_sub(works.len(), Ordering::Relaxed);
        let answers = match self.transact(batch, &mut works, &purges).await {
            Ok((answers, removed)) => {
                works.end(Ok(()));
                for (purge, removed) in purges.into_iter().zip(removed) {
                    self.state.tell_lost(&removed);
                    purge.end(Ok(removed.len() as u64));
                }
                answers
            }
            Err(failure) => {
                works.end(Err(&failure));
                for purge in purges {
                    purge.end(Err(self.report.text(&failure)));
                }
                if let Some(events) = &mut self.events {
                    events.failed(&failure, self.clock.now());
                }
                self.recover(&failure).await;
                batch.refusals()
            }
        };
        let bytes = batch.memory();
        self.state.queued_bytes.fetch_sub(bytes, Ordering::Relaxed);
        answers
    }

    /// Records events alone. Returns whether it could.
    pub(super) async fn write_events(&mut self) -> bool {
        let done = self
            .transact(&Batch::none(), &mut Works::default(), &[])
            .await;
        if let (Err(failure), Some(events)) = (&done, &mut self.events) {
            events.failed(failure, self.clock.now());
        }
        done.is_ok()
    }

    /// Whether something of events is to be done now.
    fn has_events_to_do(&self) -> bool {
        let is_asked = self.events.as_ref().is_some_and(Events::has_asks);
        is_asked || self.has_events_to_write()
    }

    fn has_events_to_write(&self) -> bool {
        let events = self.events.as_ref();
        events.is_some_and(|events| events.has_work(self.clock.now()))
    }

    /// Does all of it in one transaction.
    async fn transact(
        &mut self,
        batch: &Batch<D::Connection>,
        works: &mut Works<D::Connection>,
        purges: &[Purge],
    ) -> Result<(Vec<Answer>, Vec<Vec<Removed>>), Failure> {
        let is_idle = !batch.stores() && works.is_empty() && purges.is_empty();
        if is_idle && self.undeleted.is_empty() && !self.has_events_to_write() {
            return Ok((batch.refusals(), Vec::new()));
        }
        let of_events = self.events.as_ref().map_or(0, Events::bytes);
        self.measure(batch.amount().bytes + of_events).await?;
        let now = self.time();
        let (clock_now, unix_millis) = (self.clock.now(), self.clock.unix_millis());
        let Self {
            database,
            undeleted,
            quota,
            logs,
            cursors,
            events,
            ..
        } = self;
        let events = events.as_ref();
        let recorder = Recorder {
            events,
            at: unix_millis,
        };
        let patience = database.patience();
        let connection = database.get().await?;
        connection.verify()?;
        let began = Instant::now();
        let (outcome, removed, recording, has_cursors) =
            within::<D::Connection, _>(patience, async {
                connection.begin().await?;
                let mut ends = Vec::new();
                for deletions in undeleted.chunks(MAX_DELETED) {
                    let removed = connection.delete(&positions(deletions)).await?;
                    for removed in &removed {
                        quota.give_back(removed);
                    }
                    ends.extend(ended(events, deletions, &removed, unix_millis));
                }
                // What is stored now was not there yet for whoever takes away what is.
                let mut removed = Vec::with_capacity(purges.len());
                for purge in purges {
                    removed.push(purge.run(connection, quota).await?);
                }
                let mut outcome = batch.store(connection, quota, logs, now, recorder).await?;
                // Before others, who may remove some.
                let has_cursors = cursors.write_along(connection, clock_now).await?;
                let memory = Memory {
                    quota,
                    logs,
                    cursors,
                };
                works
                    .run(connection, memory, now, &mut outcome, recorder)
                    .await?;
                let mut recording = None;
                if let Some(events) = events {
                    let stored = mem::take(&mut outcome.records);
                    let written = events.write(connection, ends, stored, clock_now, unix_millis);
                    recording = Some(written.await?);
                }
                connection.commit().await?;
                Ok((outcome, removed, recording, has_cursors))
            })
            .await?;
        connection.verify()?;
        self.state.transactions.observe(began.elapsed());
        self.undeleted.clear();
        if has_cursors {
            self.cursors.written();
        }
        let has_recorded = recording
            .as_ref()
            .is_some_and(|recording| !recording.is_empty());
        if outcome.stored > 0 || has_recorded {
            self.works();
        }
        if let (Some(events), Some(recording)) = (&mut self.events, recording) {
            events.committed(recording, clock_now, unix_millis);
        }
        self.report.refused(outcome.refused);
        count(&self.state.commits, 1);
        count(&self.state.stored, outcome.stored);
        self.state.measured.lock().refused += outcome.refused;
        self.publish();
        Ok((outcome.answers, removed))
    }

    /// Messages were stored.
    pub(super) fn works(&mut self) {
        self.report.success();
        *self.state.trouble.lock() = None;
    }
}

impl<C> Queued<C> {
    fn is_empty(&self) -> bool {
        self.writes.is_empty()
            && self.works.is_empty()
            && self.reads.is_empty()
            && self.looks.is_empty()
            && self.asks.is_empty()
            && self.purges.is_empty()
            && self.checks.is_empty()
    }
}

/// Bounds the time that something takes, and sorts what goes wrong.
pub(super) async fn within<C: Connection, T>(
    patience: Option<Duration>,
    work: impl Future<Output = sqlx::Result<T>>,
) -> Result<T, Failure> {
    let done = match patience {
        None => work.await,
        Some(patience) => tokio::time::timeout(patience, work)
            .await
            .map_err(|_| Failure::Timeout(patience))?,
    };
    done.map_err(|error| C::explain(&error))
}

pub(super) fn count(counter: &AtomicU64, count: u64) {
    counter.fetch_add(count, Ordering::Relaxed);
}
