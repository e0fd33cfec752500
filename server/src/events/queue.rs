//! What waits to be recorded, and what is asked of who records it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use mobileim_hub::Event;
use mobileim_protocol::mailbox::SessionId;
use tokio::sync::oneshot;

use super::log::Unread;
use super::page::Page;
use super::record::Record;

/// How many events may wait for the database, and how many bytes of them. Beyond that they are lost, and counted.
const MAX_QUEUED: usize = 1 << 17;
const MAX_QUEUED_BYTES: usize = 64 << 20;

/// What an entry takes in memory beside what is recorded of it.
const ENTRY_BYTES: usize = 256;

/// What is given to the store's writer.
pub(crate) enum Job {
    /// Something is to be recorded.
    Record(Box<Entry>),
    /// Something is to be read.
    Read(Ask),
    /// A consumer moves, or is removed.
    Move(Move),
}

/// Something that has happened.
#[derive(Debug)]
pub(crate) struct Entry {
    /// What is recorded of it.
    pub(crate) record: Option<Record>,
    /// What becomes of a session.
    pub(crate) session: Option<SessionChange>,
    /// What waits until it is.
    pub(crate) waits: Option<Event>,
}

/// What becomes of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SessionChange {
    /// It began.
    Begins {
        session: SessionId,
        user: Arc<str>,
        /// Where from, as events say it.
        peer: String,
    },
    /// It has ended.
    Ends(SessionId),
}

/// Events are to be read.
pub(crate) struct Ask {
    /// Behind this position.
    pub(crate) after: i64,
    pub(crate) limit: usize,
    pub(crate) max_bytes: usize,
    pub(crate) answer: oneshot::Sender<Result<Page, Unread>>,
}

/// A consumer moves.
pub(crate) struct Move {
    pub(crate) name: String,
    /// Where to; `None` if it is removed.
    pub(crate) to: Option<i64>,
    pub(crate) answer: oneshot::Sender<Result<(), Unread>>,
}

/// What the journal and the writer share.
#[derive(Debug, Default)]
pub(crate) struct State {
    queued: AtomicUsize,
    queued_bytes: AtomicUsize,
    /// Events that could not be recorded, and of which nothing says so yet.
    lost: AtomicU64,
    lost_in_all: AtomicU64,
    /// Refused logins that are not recorded one by one, and of which nothing says so yet.
    omitted_logins: AtomicU64,
    /// Whether the database did not take the last ones.
    fails: AtomicBool,
}

impl State {
    /// Counts an entry in. Returns whether there is room for it.
    pub(crate) fn take_in(&self, entry: &Entry) -> bool {
        let bytes = entry.bytes();
        let is_full = self.queued.load(Ordering::Relaxed) >= MAX_QUEUED
            || self.queued_bytes.load(Ordering::Relaxed) + bytes > MAX_QUEUED_BYTES;
        if is_full {
            return false;
        }
        self.queued.fetch_add(1, Ordering::Relaxed);
        self.queued_bytes.fetch_add(bytes, Ordering::Relaxed);
        true
    }

    /// What was taken in does not wait any more.
    pub(crate) fn let_go(&self, entry: &Entry) {
        self.queued.fetch_sub(1, Ordering::Relaxed);
        self.queued_bytes
            .fetch_sub(entry.bytes(), Ordering::Relaxed);
    }

    /// Events are lost.
    pub(crate) fn lose(&self, count: u64) {
        self.lost.fetch_add(count, Ordering::Relaxed);
        self.lost_in_all.fetch_add(count, Ordering::Relaxed);
    }

    /// How many are lost of which nothing says so yet.
    pub(crate) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// It is recorded that as many are lost.
    pub(crate) fn told_lost(&self, count: u64) {
        self.lost.fetch_sub(count, Ordering::Relaxed);
    }

    /// A refused login is not recorded by itself.
    pub(crate) fn omit_login(&self) {
        self.omitted_logins.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn omitted_logins(&self) -> u64 {
        self.omitted_logins.load(Ordering::Relaxed)
    }

    /// It is recorded that as many logins were refused.
    pub(crate) fn told_logins(&self, count: u64) {
        self.omitted_logins.fetch_sub(count, Ordering::Relaxed);
    }

    pub(crate) fn lost_in_all(&self) -> u64 {
        self.lost_in_all.load(Ordering::Relaxed)
    }

    pub(crate) fn fails(&self) -> bool {
        self.fails.load(Ordering::Relaxed)
    }

    pub(crate) fn set_fails(&self, fails: bool) {
        self.fails.store(fails, Ordering::Relaxed);
    }
}

impl Entry {
    /// What it takes in memory, about.
    fn bytes(&self) -> usize {
        let peer = match &self.session {
            Some(SessionChange::Begins { peer, .. }) => peer.len(),
            Some(SessionChange::Ends(_)) | None => 0,
        };
        ENTRY_BYTES + peer + self.record.as_ref().map_or(0, Record::bytes)
    }
}
