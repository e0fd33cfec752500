//! What is stored together, in one transaction.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use mobileim_protocol::mailbox::{Envelope, Position};

use super::Job;
use super::age::Now;
use super::events::Recorder;
use super::logs::{LogAppend, Logs};
use super::messages::{Messages, NewMessage, Pair};
use super::quota::Quota;
use crate::events::Record;
use mobileim_hub::store::{Amount, Completion, Refused, Request, owner_of_log};

/// How many messages and requests make a batch at most; a commit's cost is spread thin long before.
const MAX_BATCH: usize = 4096;

/// What a message takes in memory beside its body, and what its receiver takes.
const MESSAGE_BYTES: u64 = 256;
const MAILBOX_BYTES: u64 = 1024;

/// An answer, and whose mailbox it is for.
pub(super) type Answer = (Arc<str>, Completion);

/// Messages to be stored.
pub(super) struct Batch<C>(Vec<Job<C>>);

/// What became of the messages to be stored; the answers hold as soon as the transaction is committed.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) answers: Vec<Answer>,
    pub(super) stored: u64,
    pub(super) refused: Refused,
    /// What is recorded of those that are stored.
    pub(super) records: Vec<Record>,
}

impl<C: Messages> Batch<C> {
    pub(super) fn none() -> Self {
        Self(Vec::new())
    }

    pub(super) fn of(job: Job<C>) -> Self {
        Self(vec![job])
    }

    /// Takes the next requests, up to one that closes the store, with this many bytes of bodies at most; but always one.
    pub(super) fn take(queued: &mut VecDeque<Job<C>>, max_bytes: usize) -> Self {
        let mut batch = Self(Vec::new());
        let (mut count, mut bytes) = (0, 0);
        while let Some(job) = queued.front() {
            count += job.len();
            bytes += job.bytes();
            let is_full = count > MAX_BATCH || bytes > max_bytes;
            if matches!(job, Job::Close(_)) || (is_full && !batch.is_empty()) {
                break;
            }
            batch.0.extend(queued.pop_front());
        }
        batch
    }

    /// Whether there are messages to be stored.
    pub(super) fn stores(&self) -> bool {
        self.appends().next().is_some()
    }

    /// How much memory is free again once this is done.
    pub(super) fn memory(&self) -> u64 {
        self.appends()
            .map(|(_, messages)| memory_of(messages))
            .sum()
    }

    /// What the messages to be stored count.
    pub(super) fn amount(&self) -> Amount {
        let mut amount = Amount::default();
        for (_, messages) in self.appends() {
            amount += amount_of(messages);
        }
        amount
    }

    /// Gives messages to the database, each receiver's as far as there is room, and those for logs.
    pub(super) async fn store(
        &self,
        connection: &mut C,
        quota: &mut Quota,
        logs: &mut Logs,
        now: Now,
        recorder: Recorder<'_>,
    ) -> sqlx::Result<Outcome> {
        self.count(connection, quota).await?;
        let mut outcome = self
            .store_for_receivers(connection, quota, now, recorder)
            .await?;
        let appends: Vec<_> = self.appends_to_logs().collect();
        logs.store(connection, &appends, quota, now, recorder, &mut outcome)
            .await?;
        Ok(outcome)
    }

    async fn store_for_receivers(
        &self,
        connection: &mut C,
        quota: &mut Quota,
        now: Now,
        recorder: Recorder<'_>,
    ) -> sqlx::Result<Outcome> {
        let mut outcome = Outcome::default();
        let mut messages = Vec::new();
        for (user, wanted) in self.appends_for_receivers() {
            let mut positions = Vec::with_capacity(wanted.len());
            for message in wanted {
                let taken = quota.take(user, &message.from, Amount::of(message));
                let is_taken = taken.is_ok();
                // Where it stands is known below.
                positions.push(is_taken.then_some(Position::START));
                if is_taken {
                    outcome.records.extend(recorder.stored(user, message));
                    messages.push(NewMessage {
                        receiver: user,
                        message,
                        expires_at: message.expires_at.map(|at| now.wall_of(at)),
                    });
                }
                if let Err(why) = taken {
                    outcome.refused.count(why);
                }
            }
            let completion = Completion::Appended {
                positions,
                failure: None,
            };
            outcome.answers.push((Arc::clone(user), completion));
        }
        if messages.is_empty() {
            return Ok(outcome);
        }
        outcome.stored = messages.len() as u64;
        let mut stored = connection
            .append(&messages, now.stored_at)
            .await?
            .into_iter();
        for (_, completion) in &mut outcome.answers {
            if let Completion::Appended { positions, .. } = completion {
                for position in positions.iter_mut().flatten() {
                    *position = stored.next().expect("each message has a position");
                }
            }
        }
        Ok(outcome)
    }

    /// Nothing is stored.
    pub(super) fn refusals(&self) -> Vec<Answer> {
        self.0.iter().filter_map(Job::refusal).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Has those receivers counted of whom it is not known how much they have, and if it matters the
    /// senders.
    async fn count(&self, connection: &mut C, quota: &mut Quota) -> sqlx::Result<()> {
        if quota.total().is_none() {
            quota.learn_total(connection.total().await?);
        }
        let Some(limit) = quota.count_to() else {
            return Ok(());
        };
        let mut wanted = HashMap::<&Arc<str>, Amount>::new();
        for (user, messages) in self.appends_for_receivers() {
            *wanted.entry(user).or_default() += amount_of(messages);
        }
        let unknown = wanted.keys().filter(|user| quota.must_count(user));
        let unknown: Vec<_> = unknown.map(|user| Arc::clone(user)).collect();
        if !unknown.is_empty() {
            let counts = connection.count(&unknown, limit).await?;
            for (receiver, count) in unknown.iter().zip(counts) {
                quota.learn(receiver, count);
            }
        }
        let mut pairs = HashSet::new();
        for (user, messages) in self.appends_for_receivers() {
            if quota.is_half_full(user, wanted[user]) {
                let unknown = messages
                    .iter()
                    .filter(|message| quota.must_count_share(user, &message.from));
                pairs.extend(unknown.map(|message| Pair {
                    receiver: Arc::clone(user),
                    sender: Arc::clone(&message.from),
                }));
            }
        }
        if !pairs.is_empty() {
            let pairs: Vec<_> = pairs.into_iter().collect();
            let counts = connection.count_of_senders(&pairs, limit).await?;
            for (Pair { receiver, sender }, count) in pairs.iter().zip(counts) {
                quota.learn_share(receiver, sender, count);
            }
        }
        Ok(())
    }

    /// The same without those for logs.
    fn appends_for_receivers(&self) -> impl Iterator<Item = (&Arc<str>, &[Envelope])> {
        self.appends()
            .filter(|(user, _)| owner_of_log(user).is_none())
    }

    /// Which messages are to be stored in which logs.
    fn appends_to_logs(&self) -> impl Iterator<Item = LogAppend<'_>> {
        self.appends()
            .filter(|(user, _)| owner_of_log(user).is_some())
            .map(|(log, messages)| LogAppend { log, messages })
    }

    /// For whom which messages are to be stored.
    fn appends(&self) -> impl Iterator<Item = (&Arc<str>, &[Envelope])> {
        self.0.iter().filter_map(|job| match job {
            Job::Request {
                user,
                request: Request::Append { messages },
            } => Some((user, &**messages)),
            _ => None,
        })
    }
}

impl<C> Job<C> {
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

    /// How many bytes of bodies it writes.
    fn bytes(&self) -> usize {
        match self {
            Self::Request {
                request: Request::Append { messages },
                ..
            } => body_bytes(messages),
            _ => 0,
        }
    }
}

/// How much memory messages take that are to be stored, with the mailbox that waits for that.
pub(super) fn memory_of(messages: &[Envelope]) -> u64 {
    MAILBOX_BYTES + body_bytes(messages) as u64 + MESSAGE_BYTES * messages.len() as u64
}

fn amount_of(messages: &[Envelope]) -> Amount {
    let mut amount = Amount::default();
    for message in messages {
        amount += Amount::of(message);
    }
    amount
}

fn body_bytes(messages: &[Envelope]) -> usize {
    messages.iter().map(|message| message.body.len()).sum()
}
