//! The delivery engine that the server runs for each user with something to do: no networking, no clock, no threads.
//!
//! [`Mailbox`] owns what was promised to one user and is not yet acknowledged. The sender of a message is
//! acknowledged when the receiver has acknowledged it or the store has made it durable, never before:
//!
//! 1. Receiver online: sent at once; the receiver's ACK acknowledges the sender. No store is touched.
//! 2. No ACK in time ([`Config::persist_after`]), no session, or the session ends: appended to the store, and the sender
//!    acknowledged when that is durable.
//! 3. At login what is stored goes first, in order, in windows; each is deleted when it is acknowledged. What comes while the store
//!    is being read waits for its answer, as long as for an acknowledgement: if nothing is stored before it, no store is touched.
//! 4. To a silent receiver it is sent again: on streams after 2 s and then doubling, one message at a time; on
//!    datagram sessions by the measured time to acknowledge (RFC 6298). Never without a session.
//! 5. A repeated (sender, fingerprint) is not delivered again: acknowledged if done, left alone if pending.
//! 6. Memory is bounded; past the bound messages live in the store only, behind those in memory. So does a message that
//!    is longer than the sessions take and came before they did.
//! 7. What has a time to live ([`Envelope::expires_at`]) and waits longer is not delivered, unless it is on its way to a session.
//! 8. What comes while all sessions take less is refused: its sender is not told that it is delivered.
//! 9. What others write into a conversation's log that the user reads goes to the sessions as what is stored does, and in its place
//!    among that. It is not removed when it is acknowledged: how far the log is read goes forward ([`Request::Advance`]), never past
//!    what waits for an acknowledgement. What is too long for all sessions when its turn comes is passed by.
//!
//! One sender's messages keep their order, also if one of them could not be taken: until its sender repeats it
//! (or has had the time to), what the same sender sent after it is not taken either.
//!
//! **Every call that takes `now` must be followed by draining [`Mailbox::poll_output`] until it returns
//! [`Output::Timeout`]**. The store handles one mailbox's [`Request`]s in the order they were put out, and answers in that
//! order; only a load may be overtaken by what was put out after it. It is a plain log: each append gets a position of
//! its own, greater than all before it, and a repeated message is its mailbox's affair. One append and one load are
//! unanswered at a time, at most.

mod backlog;
mod config;
mod delivery;
mod entry;
mod log;
mod memory;
mod output;
mod queue;
mod repetition;
mod storage;
mod store;
mod timer;

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

pub use config::Config;
#[doc(hidden)]
pub use config::Mutation;
pub use entry::{Envelope, Position, StoredMessage};
pub use log::{Change, Place, Role};
pub use memory::{Known, Recollection};
pub use output::{Accepted, Cause, Output};
pub use store::{Completion, Removal, Request, StoreFailure};
pub use timer::Timer;

use crate::dedup::DedupMemory;
use crate::retransmit::RoundTripTime;
use crate::time::Instant;
use crate::timers::Timers;
use crate::transport::Transport;
use backlog::{Backlog, Load};
use log::Reading;
use queue::Queue;
use repetition::AwaitedRepetitions;

/// The number of a session: one logged-in connection. Never used twice by one server process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub u64);

/// The state machine of one user's deliveries. See the [module](self) for the contract.
#[derive(Debug)]
pub struct Mailbox {
    config: Config,
    sessions: Vec<Session>,
    /// What is in memory, in the order it came: first the window that may be sent, then the tail behind a gap.
    queue: Queue,
    /// What the store may hold that is not in the window.
    backlog: Backlog,
    /// Whether the store is reading.
    load: Load,
    /// How far the user has read the logs of conversations.
    reading: Reading,
    /// The store could not be read, and is not asked again before this time.
    load_at: Option<Instant>,
    /// What the store was asked to append and has not answered for. What of it is no longer in the queue was
    /// acknowledged meanwhile, and is to be deleted once it has a position.
    appending: Vec<u64>,
    /// Messages that the receiver has acknowledged.
    delivered: DedupMemory,
    /// Messages whose sender was acknowledged since they are stored.
    stored: DedupMemory,
    /// Messages whose sender was told that they cannot be kept. It stays at that, whatever came after them.
    refused: DedupMemory,
    /// Messages whose sender was told that they are too long for all sessions. It stays at that, whoever logs in later.
    too_long: DedupMemory,
    /// The longest body that a client of the user's has taken, if it is known. It counts while there is no session.
    reach: Option<usize>,
    /// How many bytes of memory there are for it at present, of what all mailboxes may take together.
    room: usize,
    /// What could not be taken, and is to be repeated.
    awaited: AwaitedRepetitions,
    /// Each is a lower bound: it may fire early, and finds out then.
    timers: Timers<Timer, { Timer::ALL.len() }>,
    outputs: VecDeque<Output>,
}

/// What is known of a live session.
#[derive(Debug)]
struct Session {
    id: SessionId,
    transport: Transport,
    /// The longest body in bytes that its client takes.
    max_body: usize,
    acknowledge_time: RoundTripTime,
}

impl Mailbox {
    /// What a message takes in memory beside its body.
    pub const MESSAGE_BYTES: usize = 256;

    /// An empty mailbox of a user without a session.
    pub fn new(config: Config) -> Self {
        Self {
            sessions: Vec::new(),
            queue: Queue::default(),
            backlog: Backlog::unknown(),
            load: Load::None,
            reading: Reading::new(),
            load_at: None,
            appending: Vec::new(),
            delivered: DedupMemory::new(config.remembered, Some(config.remember_for)),
            stored: DedupMemory::new(config.remembered, Some(config.remember_for)),
            refused: DedupMemory::new(config.remembered, Some(config.remember_for)),
            too_long: DedupMemory::new(config.remembered, Some(config.remember_for)),
            reach: None,
            room: usize::MAX,
            awaited: AwaitedRepetitions::default(),
            timers: Timers::new(&Timer::ALL),
            outputs: VecDeque::new(),
            config,
        }
    }

    /// Says that the store holds nothing for this user: for a mailbox that is made while its user is online
    /// and whose predecessor was [idle](Mailbox::is_idle).
    pub fn assume_nothing_stored(&mut self) {
        self.backlog = Backlog::Nothing;
    }

    /// Says what the longest body is, in bytes, that any client of the user's has taken, if that is known. While there is no
    /// session, what is longer is refused: nobody would ever be shown it.
    pub fn set_reach(&mut self, longest: Option<usize>) {
        self.reach = longest;
    }

    /// Says how many bytes of memory there are for this mailbox at present, as [`Mailbox::memory`] counts: less than its own bounds
    /// if all mailboxes together have nearly as much as they may. What there is no room for is stored at once, and read in smaller
    /// parts; what the store does not take as fast is not taken. What it holds already stays.
    pub fn set_room(&mut self, bytes: usize) {
        self.room = bytes;
    }

    /// The user logged in: whatever waits is sent on this session, oldest first. What is longer than `max_body` bytes
    /// is left in the store, for a session that takes it: sent, it would break this one again and again.
    pub fn attach(&mut self, now: Instant, id: SessionId, transport: Transport, max_body: usize) {
        if self.sessions.iter().all(|live| live.max_body < max_body) {
            self.read_backlog_anew();
        }
        self.sessions.push(Session {
            id,
            transport,
            max_body,
            acknowledge_time: RoundTripTime::new(),
        });
        self.queue.ground();
        self.expire(now);
        self.load_backlog(now);
        self.transmit(now);
        self.timers.set(Timer::Expire, self.next(Timer::Expire));
    }

    /// A session ended. With the last one, whatever is not acknowledged goes to the store.
    pub fn detach(&mut self, now: Instant, id: SessionId) {
        self.sessions.retain(|session| session.id != id);
        if self.sessions.is_empty() {
            self.retreat_to_store(now);
        } else {
            // Order may have to be kept otherwise on what is left.
            self.queue.ground();
            self.expire(now);
            self.transmit(now);
            self.timers.set(Timer::Expire, self.next(Timer::Expire));
        }
    }

    /// Whether there is nothing to do and nothing to remember, so that the mailbox can be dropped.
    ///
    /// Its successor must be told by [`Mailbox::assume_nothing_stored`] if this one has a session.
    pub fn is_idle(&self) -> bool {
        self.queue.is_empty()
            && self.appending.is_empty()
            && self.load == Load::None
            && self.delivered.is_empty()
            && self.stored.is_empty()
            && self.refused.is_empty()
            && self.too_long.is_empty()
            && self.awaited.is_empty()
            && self.outputs.is_empty()
            && (self.sessions.is_empty() || matches!(self.backlog, Backlog::Nothing))
    }

    /// How many messages are in memory.
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    /// Whether no message is in memory.
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// How many bytes of bodies are in memory.
    pub fn bytes(&self) -> usize {
        self.queue.bytes()
    }

    /// How many bytes of memory that takes: bodies, and what is kept with each; rather more than less.
    pub fn memory(&self) -> usize {
        self.queue.bytes() + self.queue.len() * Self::MESSAGE_BYTES
    }

    /// The next thing for the server to do; [`Output::Timeout`] when there is nothing more.
    pub fn poll_output(&mut self) -> Output {
        self.outputs
            .pop_front()
            .unwrap_or_else(|| Output::Timeout(self.timers.next()))
    }

    /// Whether one of the sessions takes this message.
    fn is_deliverable(&self, message: &Envelope) -> bool {
        !self.sessions.is_empty() && message.body.len() <= self.longest_body()
    }

    /// The longest body that can be shown to the user, as far as that is known.
    fn limit(&self) -> Option<usize> {
        if self.sessions.is_empty() {
            self.reach
        } else {
            Some(self.longest_body())
        }
    }

    /// The longest body that one of the sessions takes; 0 without a session.
    fn longest_body(&self) -> usize {
        let longest = self.sessions.iter().map(|session| session.max_body).max();
        longest.unwrap_or_default()
    }

    /// How many messages there is room for, without bodies; one in any case.
    fn messages_in_room(&self) -> usize {
        (self.room / Self::MESSAGE_BYTES).max(1)
    }

    /// [`Config::max_messages`], as far as there is room.
    fn max_messages(&self) -> usize {
        self.config.max_messages.min(self.messages_in_room())
    }

    /// [`Config::max_bytes`], as far as there is room.
    fn max_bytes(&self) -> usize {
        self.config.max_bytes.min(self.room)
    }

    /// [`Config::load_window`], as far as there is room.
    fn load_window(&self) -> usize {
        self.config.load_window.min(self.messages_in_room())
    }

    /// How long a receiver has before a message goes to the store (rule 2).
    fn persist_after(&self) -> Duration {
        let measured = self
            .sessions
            .iter()
            .filter_map(|session| session.acknowledge_time.smoothed())
            .max()
            .unwrap_or_default();
        self.config
            .persist_after
            .max((measured * 2).into())
            .min(self.config.persist_after_max)
    }
}
