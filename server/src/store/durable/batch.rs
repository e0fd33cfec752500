//! What is done together: messages that are stored in one transaction, and then what is read.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use mobileim_protocol::mailbox::{Envelope, StoreFailure};

use super::Job;
use super::database::{Connection, NewMessage, Window};
use super::quota::Quota;
use crate::store::{Completion, Request};

/// How many messages and requests make a batch at most; a commit's cost is spread thin long before.
const MAX_BATCH: usize = 4096;

/// How many bytes a batch writes, or may read into its answers, at most.
const MAX_BATCH_BYTES: usize = 16 << 20;

/// An answer, and whose mailbox it is for.
pub(super) type Answer = (Arc<str>, Completion);

/// The next requests. What one user wants to be stored comes before what that user wants to be read, so that all
/// that is to be stored can be stored first.
#[derive(Default)]
pub(super) struct Batch {
    /// Messages to be stored, or to be refused.
    pub(super) writes: Vec<Job>,
    pub(super) reads: Vec<Read>,
}

/// Somebody's messages are to be read.
pub(super) struct Read {
    user: Arc<str>,
    window: Window,
}

/// What became of the messages to be stored; the answers hold as soon as the transaction is committed.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) answers: Vec<Answer>,
    pub(super) stored: u64,
    pub(super) refused: u64,
}

impl Batch {
    /// Takes the next requests, up to one that closes the store.
    pub(super) fn take(queued: &mut VecDeque<Job>) -> Self {
        let mut batch = Self::default();
        let mut readers = HashSet::new();
        let (mut count, mut bytes) = (0, 0);
        while let Some(job) = queued.front() {
            match job {
                Job::Close(_) => break,
                Job::Request { user, .. } | Job::Refuse { user, .. } => {
                    if !job.reads() && readers.contains(user) {
                        break;
                    }
                }
            }
            count += job.len();
            bytes += job.bytes();
            if !batch.is_empty() && (count > MAX_BATCH || bytes > MAX_BATCH_BYTES) {
                break;
            }
            match queued.pop_front() {
                Some(Job::Request {
                    user,
                    request:
                        Request::Load {
                            after,
                            limit,
                            max_bytes,
                        },
                }) => {
                    readers.insert(Arc::clone(&user));
                    let window = Window {
                        after,
                        limit,
                        max_bytes,
                    };
                    batch.reads.push(Read { user, window });
                }
                job => batch.writes.extend(job),
            }
        }
        batch
    }

    /// Whether there are messages to be stored.
    pub(super) fn stores(&self) -> bool {
        self.appends().next().is_some()
    }

    /// How many bytes of bodies are to be stored.
    pub(super) fn bytes_to_store(&self) -> usize {
        self.writes.iter().map(Job::bytes).sum()
    }

    /// Gives messages to the database, each receiver's as far as there is room.
    pub(super) async fn store<C: Connection>(
        &self,
        connection: &mut C,
        quota: &mut Quota,
        now: i64,
    ) -> sqlx::Result<Outcome> {
        self.count(connection, quota).await?;
        let mut outcome = Outcome::default();
        let mut messages = Vec::new();
        // How many messages each answer is about.
        let mut taken = Vec::with_capacity(self.writes.len());
        for job in &self.writes {
            let Job::Request {
                user,
                request: Request::Append { messages: wanted },
            } = job
            else {
                outcome.answers.extend(job.refusal());
                taken.push(0);
                continue;
            };
            let count = quota.take(user, wanted.len());
            messages.extend(wanted[..count].iter().map(|message| NewMessage {
                receiver: user,
                message,
            }));
            taken.push(count);
            outcome.stored += count as u64;
            outcome.refused += (wanted.len() - count) as u64;
            let completion = Completion::Appended {
                positions: Vec::with_capacity(count),
                failure: (count < wanted.len()).then_some(StoreFailure::QuotaExceeded),
            };
            outcome.answers.push((Arc::clone(user), completion));
        }
        if messages.is_empty() {
            return Ok(outcome);
        }
        let mut stored = connection.append(&messages, now).await?.into_iter();
        for ((_, completion), count) in outcome.answers.iter_mut().zip(taken) {
            if let Completion::Appended { positions, .. } = completion {
                positions.extend(stored.by_ref().take(count));
            }
        }
        Ok(outcome)
    }

    /// Nothing is stored.
    pub(super) fn refusals(&self) -> Vec<Answer> {
        self.writes.iter().filter_map(Job::refusal).collect()
    }

    fn is_empty(&self) -> bool {
        self.writes.is_empty() && self.reads.is_empty()
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
            .filter(|user| quota.must_count(user))
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

    /// For whom there are messages to be stored.
    fn appends(&self) -> impl Iterator<Item = &Arc<str>> {
        self.writes.iter().filter_map(|job| match job {
            Job::Request {
                user,
                request: Request::Append { .. },
            } => Some(user),
            _ => None,
        })
    }
}

impl Read {
    pub(super) async fn load<C: Connection>(
        &self,
        connection: &mut C,
        not_before: i64,
    ) -> sqlx::Result<Answer> {
        let page = connection.load(&self.user, self.window, not_before).await?;
        let completion = Completion::Loaded {
            messages: page.messages,
            more: page.more,
        };
        Ok((Arc::clone(&self.user), completion))
    }

    pub(super) fn refusal(&self) -> Answer {
        (Arc::clone(&self.user), Completion::NotLoaded)
    }
}

impl Job {
    fn reads(&self) -> bool {
        let load = |request: &Request| matches!(request, Request::Load { .. });
        matches!(self, Self::Request { request, .. } if load(request))
    }

    /// How much of a batch it takes.
    fn len(&self) -> usize {
        match self {
            Self::Request {
                request: Request::Append { messages },
                ..
            } => messages.len().max(1),
            _ => 1,
        }
    }

    /// How many bytes of bodies it writes, or may read.
    fn bytes(&self) -> usize {
        match self {
            Self::Request { request, .. } => match request {
                Request::Append { messages } => body_bytes(messages),
                Request::Load { max_bytes, .. } => *max_bytes,
                Request::Delete { .. } => 0,
            },
            Self::Refuse { .. } | Self::Close(_) => 0,
        }
    }
}

pub(super) fn body_bytes(messages: &[Envelope]) -> usize {
    messages.iter().map(|message| message.body.len()).sum()
}
