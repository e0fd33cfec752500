//! What is done in one transaction.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use mobileim_protocol::mailbox::{Envelope, StoreFailure};

use super::Job;
use super::database::{Connection, Failure, NewMessage, Window};
use super::quota::Quota;
use crate::store::{Completion, Request};

/// How many messages and requests share a transaction at most; a commit's cost is spread thin long before.
const MAX_BATCH: usize = 4096;

/// How many bytes a batch writes, or may read into its answers, at most.
const MAX_BATCH_BYTES: usize = 16 << 20;

/// An answer, and whose mailbox it is for.
pub(super) type Answer = (Arc<str>, Completion);

/// Requests that are done together, in the order they came.
pub(super) struct Batch(Vec<Job>);

/// What became of a batch; its answers hold as soon as the transaction is committed.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) answers: Vec<Answer>,
    pub(super) stored: u64,
    pub(super) refused: u64,
    /// Why something could not be read.
    pub(super) unread: Option<Failure>,
}

/// Messages that are not yet given to the database.
#[derive(Default)]
struct Gathered<'a> {
    messages: Vec<NewMessage<'a>>,
    /// Which answers are to say where they stand, and how many each.
    answers: Vec<(usize, usize)>,
    receivers: HashSet<&'a str>,
}

impl Batch {
    /// Takes the next requests, up to one that closes the store.
    pub(super) fn take(queued: &mut VecDeque<Job>) -> Self {
        let (mut len, mut count, mut bytes) = (0, 0, 0);
        for job in &*queued {
            count += 1;
            match job {
                Job::Close(_) => break,
                Job::Request { request, .. } => match request {
                    Request::Append { messages } => {
                        count += messages.len();
                        bytes += body_bytes(messages);
                    }
                    Request::Load { max_bytes, .. } => bytes += max_bytes,
                    Request::Delete { .. } => {}
                },
                Job::Refuse { .. } => {}
            }
            if len > 0 && (count > MAX_BATCH || bytes > MAX_BATCH_BYTES) {
                break;
            }
            len += 1;
        }
        Self(queued.drain(..len).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether there is something to store.
    pub(super) fn stores(&self) -> bool {
        self.appends().next().is_some()
    }

    /// How many bytes of bodies are to be stored.
    pub(super) fn bytes(&self) -> usize {
        self.appends()
            .map(|(_, messages)| body_bytes(messages))
            .sum()
    }

    /// Does all that is asked, in the order of the requests where it matters: one user's.
    pub(super) async fn run<C: Connection>(
        &self,
        connection: &mut C,
        quota: &mut Quota,
        now: i64,
        not_before: i64,
    ) -> sqlx::Result<Outcome> {
        self.count(connection, quota).await?;
        let mut outcome = Outcome::default();
        let mut gathered = Gathered::default();
        for job in &self.0 {
            let Job::Request { user, request } = job else {
                outcome.answers.extend(job.refusal());
                continue;
            };
            let completion = match request {
                Request::Append { messages } => {
                    let taken = quota.take(user, messages.len());
                    let answer = outcome.answers.len();
                    gathered.add(user, &messages[..taken], answer);
                    outcome.stored += taken as u64;
                    outcome.refused += (messages.len() - taken) as u64;
                    Completion::Appended {
                        positions: Vec::new(),
                        failure: (taken < messages.len()).then_some(StoreFailure::QuotaExceeded),
                    }
                }
                Request::Load { .. } => {
                    if gathered.receivers.contains(&**user) {
                        gathered
                            .store(connection, now, &mut outcome.answers)
                            .await?;
                    }
                    match load(connection, user, request, not_before).await {
                        Ok(loaded) => loaded,
                        Err(error) if C::READS_MAY_FAIL => {
                            outcome.unread = Some(error.into());
                            Completion::NotLoaded
                        }
                        Err(error) => return Err(error),
                    }
                }
                Request::Delete { .. } => continue,
            };
            outcome.answers.push((Arc::clone(user), completion));
        }
        gathered
            .store(connection, now, &mut outcome.answers)
            .await?;
        Ok(outcome)
    }

    /// Reads what is asked for; nothing is stored.
    pub(super) async fn read_only<C: Connection>(
        &self,
        connection: &mut C,
        not_before: i64,
    ) -> Vec<Answer> {
        let mut answers = Vec::with_capacity(self.0.len());
        for job in &self.0 {
            if let Job::Request { user, request } = job
                && let Request::Load { .. } = request
                && let Ok(loaded) = load(connection, user, request, not_before).await
            {
                answers.push((Arc::clone(user), loaded));
            } else {
                answers.extend(job.refusal());
            }
        }
        answers
    }

    /// Nothing is done.
    pub(super) fn refusals(&self) -> Vec<Answer> {
        self.0.iter().filter_map(Job::refusal).collect()
    }

    /// Has those receivers counted of whom it is not known how many messages they have.
    async fn count<C: Connection>(
        &self,
        connection: &mut C,
        quota: &mut Quota,
    ) -> sqlx::Result<()> {
        let Some(limit) = quota.count_to() else {
            return Ok(());
        };
        let unknown: HashSet<_> = self
            .appends()
            .filter(|(user, _)| quota.must_count(user))
            .map(|(user, _)| user)
            .collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let unknown: Vec<_> = unknown.into_iter().map(Arc::clone).collect();
        let counts = connection.count(&unknown, limit).await?;
        for (receiver, count) in unknown.iter().zip(counts) {
            quota.learn(receiver, count);
        }
        Ok(())
    }

    fn appends(&self) -> impl Iterator<Item = (&Arc<str>, &[Envelope])> {
        self.0.iter().filter_map(|job| match job {
            Job::Request {
                user,
                request: Request::Append { messages },
            } => Some((user, &messages[..])),
            _ => None,
        })
    }
}

impl<'a> Gathered<'a> {
    fn add(&mut self, receiver: &'a str, messages: &'a [Envelope], answer: usize) {
        if messages.is_empty() {
            return;
        }
        self.receivers.insert(receiver);
        self.answers.push((answer, messages.len()));
        let messages = messages.iter();
        self.messages
            .extend(messages.map(|message| NewMessage { receiver, message }));
    }

    /// Gives them to the database, and writes where they stand into their answers.
    async fn store<C: Connection>(
        &mut self,
        connection: &mut C,
        now: i64,
        answers: &mut [Answer],
    ) -> sqlx::Result<()> {
        if self.messages.is_empty() {
            return Ok(());
        }
        let Self {
            messages,
            answers: places,
            ..
        } = std::mem::take(self);
        let mut stored = connection.append(&messages, now).await?.into_iter();
        for (index, count) in places {
            if let (_, Completion::Appended { positions, .. }) = &mut answers[index] {
                positions.extend(stored.by_ref().take(count));
            }
        }
        Ok(())
    }
}

async fn load<C: Connection>(
    connection: &mut C,
    user: &str,
    request: &Request,
    not_before: i64,
) -> sqlx::Result<Completion> {
    let &Request::Load {
        after,
        limit,
        max_bytes,
    } = request
    else {
        unreachable!("only loads are loaded: {request:?}")
    };
    let window = Window {
        after,
        limit,
        max_bytes,
    };
    let page = connection.load(user, window, not_before).await?;
    Ok(Completion::Loaded {
        messages: page.messages,
        more: page.more,
    })
}

pub(super) fn body_bytes(messages: &[Envelope]) -> usize {
    messages.iter().map(|message| message.body.len()).sum()
}
