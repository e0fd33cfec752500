//! The one task that reads and writes the file.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use sqlx::{Connection, SqliteConnection};
use tokio::sync::mpsc;

use super::database::{self, Database};
use super::trouble::Trouble;
use super::{Job, State, bytes_of};
use crate::Completions;
use crate::store::{Completion, Request};

/// How many messages and other requests share a transaction at most; a commit's cost is spread thin long before.
const MAX_BATCH: usize = 1024;

/// How many bytes a batch writes, or may read into its answers, at most.
const MAX_BATCH_BYTES: usize = 16 << 20;

/// How many deletions are kept while none can be done. One that is forgotten means that a message is delivered
/// again, and recognised by its receiver.
const MAX_UNDELETED: usize = 1_000_000;

type Answers = Vec<(Arc<str>, Completion)>;

pub(super) struct Writer {
    database: Database,
    /// None after a failure, until the next batch, and after the end.
    connection: Option<SqliteConnection>,
    /// The positions that are to be deleted.
    undeleted: Vec<i64>,
    trouble: Trouble,
    state: Arc<State>,
}

impl Writer {
    pub(super) fn new(database: Database, connection: SqliteConnection, state: Arc<State>) -> Self {
        Self {
            database,
            connection: Some(connection),
            undeleted: Vec::new(),
            trouble: Trouble::default(),
            state,
        }
    }

    pub(super) async fn run(
        mut self,
        mut jobs: mpsc::UnboundedReceiver<Job>,
        completions: Completions,
    ) {
        let mut queued = VecDeque::new();
        loop {
            if queued.is_empty() {
                match jobs.recv().await {
                    Some(job) => self.sort(job, &mut queued),
                    None => return,
                }
            }
            for _ in 0..jobs.len() {
                if let Ok(job) = jobs.try_recv() {
                    self.sort(job, &mut queued);
                }
            }
            let batch: Vec<_> = queued.drain(..batch_len(&queued)).collect();
            for (user, completion) in self.handle(batch).await {
                completions.complete(&user, completion);
            }
            if let Some(Job::Close(_)) = queued.front() {
                break;
            }
        }
        self.close_connection().await;
        drop(self);
        // Whoever still asks is told; the first of them is told that the file is closed.
        loop {
            for job in queued.drain(..) {
                if let Job::Close(done) = job {
                    // Nobody may wait for it any more.
                    let _ = done.send(());
                } else if let Some((user, completion)) = job.failed() {
                    completions.complete(&user, completion);
                }
            }
            match jobs.recv().await {
                Some(job) => queued.push_back(job),
                None => return,
            }
        }
    }

    /// Deletions are gathered, to be done all at once, before what waits: they make room.
    fn sort(&mut self, job: Job, queued: &mut VecDeque<Job>) {
        match job {
            Job::Request {
                request: Request::Delete { position },
                ..
            } => {
                if self.undeleted.len() < MAX_UNDELETED {
                    self.undeleted.push(position.0);
                }
            }
            job => queued.push_back(job),
        }
    }

    /// Does what is asked, and gives the answers once it is durable.
    async fn handle(&mut self, batch: Vec<Job>) -> Answers {
        let bytes = batch.iter().map(appended_bytes).sum();
        let answers = match self.commit(&batch).await {
            Ok(answers) => {
                if batch.iter().any(is_append) {
                    self.trouble.is_over(self.database.path());
                }
                answers
            }
            Err(error) => {
                self.trouble.report(self.database.path(), &error);
                self.salvage(batch).await
            }
        };
        self.state.queued_bytes.fetch_sub(bytes, Ordering::Relaxed);
        answers
    }

    /// Does a whole batch in one transaction.
    async fn commit(&mut self, batch: &[Job]) -> sqlx::Result<Answers> {
        let Self {
            database,
            connection,
            undeleted,
            trouble,
            state,
        } = self;
        let connection = match connection {
            Some(connection) => connection,
            None => connection.insert(database.connect().await?),
        };
        let writes = !undeleted.is_empty() || batch.iter().any(is_append);
        if writes {
            database::run(connection, "BEGIN IMMEDIATE").await?;
        }
        if !undeleted.is_empty() {
            database::delete(connection, undeleted).await?;
        }
        let stored_at = database::unix_millis();
        let mut answers = Vec::with_capacity(batch.len());
        for job in batch {
            let (user, request) = match job {
                Job::Request { user, request } => (user, request),
                Job::Refuse { user } => {
                    answers.push((Arc::clone(user), super::not_appended()));
                    continue;
                }
                Job::Close(_) => continue,
            };
            let completion = match request {
                Request::Append { messages } => {
                    let mut positions = Vec::with_capacity(messages.len());
                    for message in messages {
                        let position = database::append(connection, user, message, stored_at);
                        positions.push(position.await?);
                    }
                    Completion::Appended {
                        positions,
                        failure: None,
                    }
                }
                Request::Load {
                    after,
                    limit,
                    max_bytes,
                } => database::load(connection, user, *after, *limit, *max_bytes)
                    .await
                    .unwrap_or_else(|error| {
                        trouble.report(database.path(), &error);
                        Completion::NotLoaded
                    }),
                Request::Delete { .. } => continue,
            };
            answers.push((Arc::clone(user), completion));
        }
        if writes {
            database::run(connection, "COMMIT").await?;
            state.commits.fetch_add(1, Ordering::Relaxed);
            undeleted.clear();
        }
        Ok(answers)
    }

    /// After a failure: nothing of the batch is stored, but what can be deleted and read is, by a new connection. A
    /// full disk is full until receivers have fetched something.
    async fn salvage(&mut self, batch: Vec<Job>) -> Answers {
        self.close_connection().await;
        self.connection = self.database.connect().await.ok();
        if let Some(connection) = &mut self.connection
            && !self.undeleted.is_empty()
            && database::delete(connection, &self.undeleted).await.is_ok()
        {
            self.undeleted.clear();
        }
        let mut answers = Vec::with_capacity(batch.len());
        for job in batch {
            if let Some(connection) = &mut self.connection
                && let Job::Request { user, request } = &job
                && let Request::Load {
                    after,
                    limit,
                    max_bytes,
                } = *request
                && let Ok(loaded) = database::load(connection, user, after, limit, max_bytes).await
            {
                answers.push((Arc::clone(user), loaded));
            } else {
                answers.extend(job.failed());
            }
        }
        answers
    }

    async fn close_connection(&mut self) {
        if let Some(connection) = self.connection.take() {
            // It ends in any case; what was committed stays.
            let _ = connection.close().await;
        }
    }
}

/// How many of the queued jobs make the next batch, up to one that closes the file.
fn batch_len(queued: &VecDeque<Job>) -> usize {
    let mut bytes = 0;
    let mut steps = 0;
    let mut len = 0;
    for job in queued {
        let (more_steps, more_bytes) = match job {
            Job::Close(_) => break,
            Job::Refuse { .. } => (1, 0),
            Job::Request { request, .. } => match request {
                Request::Append { messages } => (messages.len(), bytes_of(messages)),
                Request::Load { max_bytes, .. } => (1, *max_bytes),
                Request::Delete { .. } => (1, 0),
            },
        };
        steps += more_steps;
        bytes += more_bytes;
        if (steps > MAX_BATCH || bytes > MAX_BATCH_BYTES) && len > 0 {
            break;
        }
        len += 1;
    }
    len
}

fn is_append(job: &Job) -> bool {
    matches!(
        job,
        Job::Request {
            request: Request::Append { .. },
            ..
        }
    )
}

fn appended_bytes(job: &Job) -> usize {
    match job {
        Job::Request {
            request: Request::Append { messages },
            ..
        } => bytes_of(messages),
        _ => 0,
    }
}
