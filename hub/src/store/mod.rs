//! Where messages wait for receivers that are offline or silent.

mod completions;
mod limits;
mod log;
mod logs;
mod memory;
mod none;
mod stats;
mod waiting;

use std::sync::Arc;

use mobileim_protocol::mailbox::Position;

pub use mobileim_protocol::mailbox::{Completion, Removal, Request};

pub use completions::Completions;
pub use limits::{Amount, Full, StoreLimits};
pub use log::{
    CHANGE_LANE, Conversation, EVERYBODY, Keep, LogLimits, LogOwner, LogPage, LogPart,
    LoggedMessage, MAX_UNREAD, ReadMark, StoredGroup, log_of_group, log_of_pair, owner_of_log,
};
pub use logs::Logs;
pub use memory::MemoryStore;
pub use none::NoStore;
pub use stats::{DiskStats, Refused, StoreStats};
pub use waiting::{Part, Waiting, WaitingMessage, Which};

use crate::deferred::Deferred;

/// When a user's last session ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The user's id.
    pub user: Arc<str>,
    /// In ms since 1970.
    pub at: i64,
}

/// Keeps the messages that mailboxes hand over, in the order they came: for each user a plain log. Whether a message
/// is there twice is not its affair.
///
/// For one user, a store handles requests in the order they were submitted, and answers in that order: either
/// always at once, by returning the completion, or always later, by handing it to the [`Completions`]. Only a
/// [`Request::Load`] may be overtaken by what was submitted after it; and what there is no room for is refused at once in
/// any case. [`Request::Delete`], [`Request::Advance`] and [`Request::CancelLoad`] have no answer.
///
/// What is appended for a mailbox that keeps a conversation's log ([`owner_of_log`]) is numbered in it, without holes, and answered by
/// [`Completion::Logged`]: a message that is there already, by its sender and fingerprint, has its place. What it changes of who reads the
/// log is durable with it; two users' log has both as readers from its first message on. A [`Request::Load`] for a user gives, in the order of their positions,
/// what is stored for the user and what stands in the logs that the user reads, from where the user began to until where that ended, and behind what this mailbox has
/// read ([`Request::Advance`]; a device that is new begins at the end).
pub trait Store: Send + Sync {
    /// Takes a request. Called with a shard of the hub locked: must not block, wait, or call the hub.
    fn submit(&self, user: &Arc<str>, request: Request) -> Option<Completion>;

    /// How messages that are answered later reach the hub; called once, before the first request.
    fn start(&self, completions: Completions) {
        drop(completions);
    }

    /// Reads a part of a conversation's log, as far as this user may, or anybody: so many messages and bytes of bodies at most, but one in any case.
    /// If it cannot be read, says why.
    fn read_log(
        &self,
        log: &Arc<str>,
        reader: Option<&Arc<str>>,
        part: LogPart,
        limit: usize,
        max_bytes: usize,
    ) -> Deferred<Result<LogPage, String>> {
        let _ = (log, reader, part, limit, max_bytes);
        Deferred::Ready(Err("no conversation is kept here".to_owned()))
    }

    /// A user has read a log up to a number, if not further before. Answers with what is so then, once it is durable.
    fn mark_read(
        &self,
        user: &Arc<str>,
        log: &Arc<str>,
        seq: u64,
    ) -> Deferred<Result<ReadMark, String>> {
        let _ = (user, log, seq);
        Deferred::Ready(Err("no conversation is kept here".to_owned()))
    }

    /// The conversations that a user reads, those with the latest messages first, behind one that was read before, and so many at most.
    fn conversations(
        &self,
        user: &Arc<str>,
        before: Option<Position>,
        limit: usize,
    ) -> Deferred<Result<Vec<Conversation>, String>> {
        let _ = (user, before, limit);
        Deferred::Ready(Err("no conversation is kept here".to_owned()))
    }

    /// A user's last session ended then, in ms since 1970: remembered as soon as may be. Nobody waits for it, and if it is lost, nothing else
    /// is. It is called where somebody is told of it ([`PresencePolicy`](crate::PresencePolicy)), with nothing locked.
    fn note_seen(&self, user: &Arc<str>, at: i64) {
        let _ = (user, at);
    }

    /// When the last sessions of these users ended, of those of whom that is remembered.
    fn last_seen(&self, users: &[Arc<str>]) -> Deferred<Result<Vec<Seen>, String>> {
        let _ = users;
        Deferred::Ready(Ok(Vec::new()))
    }

    /// Looks at what is stored for a user. If that cannot be read, says why.
    fn look(&self, user: &Arc<str>, which: Which, part: Part) -> Deferred<Result<Waiting, String>> {
        let _ = (user, which, part);
        Deferred::Ready(Ok(Waiting::default()))
    }

    /// Takes away what is stored for a user, and says how many those were; what an append before it has not answered for may stay.
    /// A load that is submitted later does not find them. Called as [`Store::submit`] is.
    fn purge(&self, user: &Arc<str>, which: Which) -> Deferred<Result<u64, String>> {
        let _ = (user, which);
        Deferred::Ready(Ok(0))
    }

    /// The server stops: resolves when everything that was submitted before is durable or has failed. What is
    /// submitted later may fail.
    fn close(&self) -> Deferred<()> {
        Deferred::Ready(())
    }

    /// Finds out whether messages can be stored now; if not, why.
    fn check(&self) -> Deferred<Result<(), String>> {
        Deferred::Ready(Ok(()))
    }

    /// Why messages can not be stored, as far as it is known without finding out.
    fn trouble(&self) -> Option<String> {
        None
    }

    /// Other limits hold from now on, for what is new. How long messages wait does not change.
    fn set_limits(&self, limits: StoreLimits) {
        let _ = limits;
    }

    /// Counts since it was opened, if it counts.
    fn stats(&self) -> StoreStats {
        StoreStats::default()
    }
}

#[cfg(test)]
mod tests;
