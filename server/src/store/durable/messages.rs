//! What a database must do to hold messages.

use std::sync::Arc;

use mobileim_protocol::mailbox::{Envelope, Position, StoredMessage};

use super::age::{KnownTime, Now};
use super::event_tables::EventTables;
use super::log_tables::{LogReads, LogTables};
use super::mentions::Mentions;
use mobileim_hub::store::{Amount, WaitingMessage, Which};

/// What the store asks of a connection.
pub(in crate::store) trait Messages:
    EventTables + LogTables + LogReads + Mentions
{
    /// Stores messages in this order, behind all that are or ever were stored.
    fn append(
        &mut self,
        messages: &[NewMessage<'_>],
        stored_at: i64,
    ) -> impl Future<Output = sqlx::Result<Vec<Position>>> + Send;

    /// Reads a receiver's oldest messages, of those not stored before a time. Outside of transactions.
    fn load(
        &mut self,
        receiver: &str,
        wanted: PageRequest,
        not_before: i64,
    ) -> impl Future<Output = sqlx::Result<Page>> + Send;

    /// Looks at a receiver's oldest messages that are meant, of those not stored before a time. Outside of transactions.
    fn look(
        &mut self,
        receiver: &str,
        which: &Which,
        wanted: PageRequest,
        not_before: i64,
    ) -> impl Future<Output = sqlx::Result<Page>> + Send;

    /// Removes a receiver's messages that are meant; gives them.
    fn purge(
        &mut self,
        receiver: &str,
        which: &Which,
    ) -> impl Future<Output = sqlx::Result<Vec<Removed>>> + Send;

    /// Removes messages; gives those that were there.
    fn delete(
        &mut self,
        positions: &[i64],
    ) -> impl Future<Output = sqlx::Result<Vec<Removed>>> + Send;

    /// Removes some messages that were stored before a time, the oldest first; gives them.
    fn delete_old(
        &mut self,
        before: i64,
        limit: u32,
    ) -> impl Future<Output = sqlx::Result<Vec<Removed>>> + Send;

    /// Removes some messages that are of no use any more at this time, in ms since 1970, those first that were so first; gives them.
    fn delete_expired(
        &mut self,
        now: i64,
        limit: u32,
    ) -> impl Future<Output = sqlx::Result<Vec<Removed>>> + Send;

    /// How much each of these receivers has, counted no further than to a number of messages.
    fn count(
        &mut self,
        receivers: &[Arc<str>],
        limit: u64,
    ) -> impl Future<Output = sqlx::Result<Vec<Amount>>> + Send;

    /// How much each of these receivers has of a sender, counted no further than to a number of messages.
    fn count_of_senders(
        &mut self,
        pairs: &[Pair],
        limit: u64,
    ) -> impl Future<Output = sqlx::Result<Vec<Amount>>> + Send;

    /// How much there is in all: looked up, not counted.
    fn total(&mut self) -> impl Future<Output = sqlx::Result<Amount>> + Send;

    /// What is known of the time.
    fn known_time(&mut self) -> impl Future<Output = sqlx::Result<KnownTime>> + Send;

    /// Keeps the time by which messages get old, in ms since 1970.
    fn save_time(&mut self, millis: i64) -> impl Future<Output = sqlx::Result<()>> + Send;
}

/// A message to be stored.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct NewMessage<'a> {
    pub(in crate::store) receiver: &'a str,
    pub(in crate::store) message: &'a Envelope,
    /// When it is of no use any more, in ms since 1970.
    pub(in crate::store) expires_at: Option<i64>,
}

/// A message that was removed.
#[derive(Debug)]
pub(in crate::store) struct Removed {
    pub(in crate::store) position: i64,
    pub(in crate::store) receiver: String,
    pub(in crate::store) sender: String,
    pub(in crate::store) fp: String,
    /// What it counted.
    pub(in crate::store) bytes: u64,
}

/// A receiver, and who has sent something.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::store) struct Pair {
    pub(in crate::store) receiver: Arc<str>,
    pub(in crate::store) sender: Arc<str>,
}

/// What part of a receiver's messages is read.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct PageRequest {
    /// Only what is stored behind this.
    pub(in crate::store) after: Position,
    /// How many messages at most, but always one.
    pub(in crate::store) limit: usize,
    /// How many bytes of bodies at most, but always one message.
    pub(in crate::store) max_bytes: usize,
}

impl PageRequest {
    /// How many rows to ask for: one more shows whether there are more.
    pub(in crate::store) fn rows(self) -> i64 {
        let limit = i64::try_from(self.limit.max(1)).unwrap_or(i64::MAX);
        limit.saturating_add(1)
    }

    pub(in crate::store) fn max_bytes(self) -> i64 {
        i64::try_from(self.max_bytes).unwrap_or(i64::MAX)
    }
}

/// What was read.
#[derive(Debug, Default)]
pub(in crate::store) struct Page {
    pub(in crate::store) messages: Vec<StoredMessage>,
    /// The times of each of them.
    pub(in crate::store) times: Vec<Times>,
    /// Whether there are more behind it.
    pub(in crate::store) more: bool,
    bytes: usize,
}

/// When a message was stored, and when it is of no use any more, in ms since 1970.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct Times {
    pub(in crate::store) stored_at: i64,
    pub(in crate::store) expires_at: Option<i64>,
}

impl Page {
    /// What was read, as a mailbox takes it.
    pub(super) fn stored(self, now: Now) -> Vec<StoredMessage> {
        let messages = self.messages.into_iter().zip(self.times);
        let stored = messages.map(|(stored, times)| StoredMessage {
            message: Envelope {
                expires_at: times.expires_at.map(|wall| now.at_wall(wall)),
                ..stored.message
            },
            ..stored
        });
        stored.collect()
    }

    /// What was read, with when it was stored.
    pub(super) fn waiting(self, now: Now) -> Vec<WaitingMessage> {
        let stored_at: Vec<_> = self.times.iter().map(|times| times.stored_at).collect();
        let waiting = self.stored(now).into_iter().zip(stored_at);
        let waiting = waiting.map(|(stored, stored_at)| WaitingMessage {
            position: stored.position,
            message: stored.message,
            stored_at: Some(stored_at),
        });
        waiting.collect()
    }

    /// How long the bodies of what was read are together.
    pub(super) fn bytes_of_bodies(&self) -> usize {
        let bodies = self.messages.iter();
        bodies.map(|stored| stored.message.body.len()).sum()
    }

    /// One more was read.
    pub(in crate::store) fn push(&mut self, message: StoredMessage, times: Times) {
        self.messages.push(message);
        self.times.push(times);
    }

    /// Whether a next message of this many bytes has room; if not, the page is complete.
    pub(in crate::store) fn has_room(&mut self, wanted: PageRequest, bytes: usize) -> bool {
        self.bytes += bytes;
        self.more = !self.messages.is_empty()
            && (self.messages.len() >= wanted.limit || self.bytes > wanted.max_bytes);
        !self.more
    }
}
