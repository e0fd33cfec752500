//! What goes to the store and comes back from it.

use alloc::vec::Vec;
use core::iter;

use super::Mailbox;
use super::config::Mutation;
use super::entry::{Entry, Envelope, Position, Stored, StoredMessage};
use super::output::{Accepted, Cause, Output};
use super::store::{Completion, Removal, Request, StoreFailure};
use super::timer::Timer;
use crate::dedup::fingerprint_hash;
use crate::time::Instant;

/// What the store may hold that is not in the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Backlog {
    /// Nothing: the window is all there is.
    Nothing,
    /// Perhaps something.
    Behind {
        /// Everything up to here is, or was, in the window.
        loaded: Position,
    },
}

impl Backlog {
    pub(super) const fn unknown() -> Self {
        Self::Behind {
            loaded: Position::START,
        }
    }
}

/// The one [`Request::Load`] that may be unanswered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Load {
    /// None is.
    None,
    /// The answer is for the sessions there are.
    Awaited,
    /// The answer is of no use: the sessions that it was for have ended, or one that takes longer bodies has begun.
    Abandoned,
}

/// What became of a batch, of what is still in the queue.
#[derive(Debug, Default)]
struct Settled {
    /// Their senders may know. With when they came.
    durable: Vec<(u64, Envelope, Instant)>,
    /// There is no room for more of their senders.
    refused: Vec<u64>,
    failed: Vec<u64>,
}

impl Mailbox {
    /// The store's answer.
    pub fn handle_store(&mut self, now: Instant, completion: Completion) {
        match completion {
            Completion::Appended { positions, failure } => self.appended(now, &positions, failure),
            Completion::Loaded { messages, more } => self.loaded(now, messages, more),
            Completion::NotLoaded => self.not_loaded(now),
        }
    }

    /// The first messages of the batch are durable, at these positions, but for those that are refused because their sender
    /// has too many (`None`); the others were not taken, because of `failure`.
    fn appended(
        &mut self,
        now: Instant,
        positions: &[Option<Position>],
        failure: Option<StoreFailure>,
    ) {
        let Settled {
            durable,
            refused,
            failed,
        } = self.settle_batch(positions);
        for (hash, message, since) in durable {
            self.is_durable(now, hash, message, since);
        }
        self.not_appended(now, &refused, StoreFailure::QuotaExceeded);
        self.not_appended(now, &failed, failure.unwrap_or(StoreFailure::Unavailable));
        self.persist_due(now);
        self.timers.set(Timer::Persist, self.next(Timer::Persist));
        self.release_undeliverable();
        self.release_memory();
        self.load_backlog(now);
    }

    /// Notes what became of the batch.
    fn settle_batch(&mut self, positions: &[Option<Position>]) -> Settled {
        let mut settled = Settled::default();
        let mut gone = Vec::new();
        let mut positions = positions.iter().copied();
        let batch = core::mem::take(&mut self.appending);
        // What of it is still in the queue stands there in the same order.
        let is_appending = |entry: &&mut Entry| entry.stored == Stored::Appending;
        let mut queued = self.queue.iter_mut().filter(is_appending);
        let mut next = queued.next();
        for hash in batch {
            let entry = next.take_if(|entry| entry.hash == hash);
            if entry.is_some() {
                next = queued.next();
            }
            match (positions.next(), entry) {
                (Some(Some(position)), Some(entry)) => {
                    entry.stored = Stored::At(position);
                    if !entry.sender_acknowledged {
                        entry.sender_acknowledged = true;
                        let message = entry.message.clone();
                        settled.durable.push((hash, message, entry.since));
                    }
                }
                (Some(Some(position)), None) => gone.push((hash, position)),
                (Some(None), Some(_)) => settled.refused.push(hash),
                (None, Some(_)) => settled.failed.push(hash),
                (Some(None) | None, None) => {}
            }
        }
        drop(queued);
        for (hash, position) in gone {
            let why = if self.delivered.contains(hash) {
                Removal::Acknowledged
            } else if self.queue.find(hash).is_some() {
                // It was found in the store already.
                Removal::Copy
            } else {
                Removal::Expired
            };
            self.delete(position, why);
        }
        settled
    }

    /// The store holds these messages behind the position that the load named, and `more` if the limit cut it.
    fn loaded(&mut self, now: Instant, messages: Vec<StoredMessage>, more: bool) {
        if !self.end_load(now) {
            return;
        }
        let Backlog::Behind { loaded } = self.backlog else {
            return;
        };
        let (messages, more) = if self.config.has(Mutation::ForgetBacklog) {
            (Vec::new(), false)
        } else {
            self.what_has_room(messages, more)
        };
        let through = messages
            .last()
            .map_or(loaded, |last| last.position.max(loaded));
        self.queue.drop_stored_tail(Some(through));
        if self.config.has(Mutation::OvertakeBacklog) {
            self.queue.join_tail(now);
        }
        for stored in messages {
            self.take_loaded(now, stored);
        }
        if more {
            self.backlog = Backlog::Behind { loaded: through };
            self.persist_due(now);
        } else {
            // The store answers in order: what it was asked to append before this is in `messages`, and what is
            // left of the tail was put out after it.
            let persist_at = now + self.persist_after();
            if self.queue.join_tail(persist_at) {
                self.timers.set_by(Timer::Persist, persist_at);
            }
            self.backlog = Backlog::Nothing;
        }
        self.load_backlog(now);
        self.transmit(now);
    }

    /// The first of the messages that were read, as many as there is room for now, and whether there are more: there may be less
    /// than when the store was asked. One in any case, since whoever asks again is to get further.
    fn what_has_room(
        &self,
        mut messages: Vec<StoredMessage>,
        more: bool,
    ) -> (Vec<StoredMessage>, bool) {
        let mut memory = self.memory();
        let beyond = messages.iter().skip(1).position(|stored| {
            memory += stored.message.body.len() + Self::MESSAGE_BYTES;
            memory > self.room
        });
        if let Some(beyond) = beyond {
            messages.truncate(1 + beyond);
        }
        (messages, more || beyond.is_some())
    }

    /// The store could not be read. It is asked again after [`store_retry`](super::Config::store_retry), whatever
    /// happens until then.
    fn not_loaded(&mut self, now: Instant) {
        if self.end_load(now) {
            let load_at = now + self.config.store_retry;
            self.load_at = Some(load_at);
            self.timers
                .set(Timer::RetryLoad, self.next(Timer::RetryLoad));
            self.persist_due(now);
        }
    }

    /// The store has answered. Returns whether the answer is of use; if not, asks for what is wanted now.
    fn end_load(&mut self, now: Instant) -> bool {
        let load = core::mem::replace(&mut self.load, Load::None);
        if load == Load::Abandoned {
            self.load_backlog(now);
        }
        load == Load::Awaited
    }

    /// Puts a stored message into the window, unless it is there, or was delivered.
    ///
    /// The store may hold a message twice: its sender repeated it after a restart, or so late that it was not
    /// remembered. The one that stands first counts.
    fn take_loaded(&mut self, now: Instant, stored: StoredMessage) {
        let position = stored.position;
        let entry = Entry::from_store(now, stored);
        let hash = entry.hash;
        if self.delivered.contains(hash) {
            return self.delete(position, Removal::Acknowledged);
        }
        let is_late = entry.message.has_expired(now) && !self.config.has(Mutation::OutliveTime);
        if is_late && self.queue.find(hash).is_none() {
            self.delete(position, Removal::Expired);
            let message = entry.message;
            return self.outputs.push_back(Output::Expired { message });
        }
        self.expire_by(entry.message.expires_at);
        if let Some(copy) = self.queue.remove_from_tail(hash) {
            if let Stored::At(position) = copy.stored {
                self.delete(position, Removal::Copy);
            }
            self.insert_loaded(entry);
            if !copy.sender_acknowledged {
                self.is_durable(now, hash, copy.message, copy.since);
            }
            return;
        }
        match self.queue.find_mut(hash) {
            None => self.insert_loaded(entry),
            Some(copy) => match copy.stored {
                Stored::At(other) if other == position => {}
                Stored::At(_) => self.delete(position, Removal::Copy),
                Stored::Not { .. } | Stored::Appending => {
                    copy.stored = Stored::At(position);
                    if !copy.sender_acknowledged {
                        copy.sender_acknowledged = true;
                        let (message, since) = (copy.message.clone(), copy.since);
                        self.is_durable(now, hash, message, since);
                    }
                }
            },
        }
    }

    /// Puts a stored message into the window, if a session takes it. If not, it stays where it is.
    fn insert_loaded(&mut self, entry: Entry) {
        if self.is_deliverable(&entry.message) {
            self.queue.insert_loaded(entry);
        }
    }

    /// Takes a message that cannot go to the sessions now (rules 2 and 6).
    pub(super) fn deliver_to_store(
        &mut self,
        now: Instant,
        hash: u64,
        message: Envelope,
    ) -> Accepted {
        if !self.has_room_in_tail_for(&message) {
            self.await_repetition(now, &message, &[hash]);
            return Accepted::Overloaded;
        }
        if self.backlog == Backlog::Nothing {
            // The window is full. What is in it goes to the store before what follows it.
            self.backlog = Backlog::unknown();
        }
        let mut persist_at = now;
        if self.is_reading() {
            // If nothing is stored before it, it goes to the sessions, and need not be.
            persist_at = now + self.persist_after();
            self.timers.set_by(Timer::Persist, persist_at);
        }
        let persist_at = Some(persist_at);
        self.queue
            .push_tail(Entry::new(now, hash, message, Stored::Not { persist_at }));
        self.persist_due(now);
        Accepted::New
    }

    /// Whether a message may wait for the store: the tail is as large as the window at most. And both together no
    /// larger than two, also if a session that came and went has made all of it the tail, and then the window.
    fn has_room_in_tail_for(&self, message: &Envelope) -> bool {
        let Self { queue, .. } = self;
        let (max_messages, max_bytes) = (self.max_messages(), self.max_bytes());
        let tail = queue.len() - queue.window_len();
        let tail_bytes = queue.bytes() - queue.window_bytes();
        tail < max_messages
            && queue.len() < 2 * max_messages
            && (tail_bytes == 0 || tail_bytes + message.body.len() <= max_bytes)
            && queue.bytes() <= 2 * max_bytes
    }

    /// Asks the store to append what is to be in it and is not: one batch at a time, so that one which fails takes
    /// along whatever stands behind it.
    ///
    /// That is what was not acknowledged in time (rule 2), what is behind the gap, unless that may close at any moment, and
    /// whatever stands before it: the store keeps the order. Without a session, everything.
    pub(super) fn persist_due(&mut self, now: Instant) {
        if !self.appending.is_empty() {
            return;
        }
        let must_store_tail = !self.is_reading() && self.queue.has_tail_to_store();
        let count = if self.sessions.is_empty() || must_store_tail {
            self.queue.len()
        } else {
            let overdue = |entry: &Entry| entry.persist_at().is_some_and(|at| at <= now);
            let last = self.queue.iter().rposition(overdue);
            last.map_or(0, |last| last + 1)
        };
        let mut messages = Vec::new();
        for entry in self.queue.iter_mut().take(count) {
            if matches!(entry.stored, Stored::Not { .. }) {
                entry.stored = Stored::Appending;
                self.appending.push(entry.hash);
                messages.push(entry.message.clone());
            }
        }
        if self.config.has(Mutation::AcknowledgeBeforeCommit) {
            for message in messages.clone() {
                let hash = fingerprint_hash(&message.from, &message.fp);
                self.acknowledge_sender(hash, message, Cause::Stored, None);
            }
        }
        if !messages.is_empty() {
            self.outputs
                .push_back(Output::Store(Request::Append { messages }));
        }
    }

    /// The last session ended: everything lives in the store from now on.
    pub(super) fn retreat_to_store(&mut self, now: Instant) {
        self.queue.open_gap_before_all();
        self.abandon_load();
        self.backlog = Backlog::unknown();
        self.expire(now);
        self.persist_due(now);
        self.release_memory();
        self.forget_expired(now);
        for timer in Timer::ALL {
            self.timers.set(timer, self.next(timer));
        }
    }

    /// A session begins that takes more than the others: what was passed over for them waits in the store.
    pub(super) fn read_backlog_anew(&mut self) {
        if self.sessions.is_empty() {
            return;
        }
        self.abandon_load();
        self.backlog = Backlog::unknown();
    }

    /// Whoever has the store takes away what is stored for the user and is meant: of what is in memory, that is let go of here, and what
    /// is being read is read again. To be followed by [`Mailbox::go_on`], once the store was asked.
    pub fn purge(&mut self, is_meant: impl Fn(&Envelope) -> bool) {
        if self.config.has(Mutation::KeepPurged) {
            return;
        }
        self.queue.remove_stored(is_meant);
        self.abandon_load();
    }

    /// Goes on with what is stored.
    pub fn go_on(&mut self, now: Instant) {
        self.load_backlog(now);
        self.transmit(now);
    }

    /// Whether the store is about to say if anything is stored that must be sent first.
    fn is_reading(&self) -> bool {
        !self.sessions.is_empty() && self.load != Load::None
    }

    /// What is being read is not for the sessions that there will be.
    fn abandon_load(&mut self) {
        if self.load == Load::Awaited {
            self.load = Load::Abandoned;
            self.outputs.push_back(Output::Store(Request::CancelLoad));
        }
    }

    /// Asks for stored messages if there is a session to send them on, and room for them: once at a time, and not
    /// soon after the store could not be read.
    pub(super) fn load_backlog(&mut self, now: Instant) {
        self.load_at = self.load_at.filter(|at| *at > now);
        let Backlog::Behind { loaded } = self.backlog else {
            return;
        };
        let (load_window, max_bytes) = (self.load_window(), self.max_bytes());
        let has_room = self.queue.window_len() <= load_window / 2
            && self.queue.window_bytes() <= max_bytes / 2;
        if self.load != Load::None || !has_room || self.sessions.is_empty() {
            return;
        }
        if let Some(load_at) = self.load_at {
            return self.timers.set_by(Timer::RetryLoad, load_at);
        }
        self.load = Load::Awaited;
        self.outputs.push_back(Output::Store(Request::Load {
            after: loaded,
            limit: load_window,
            max_bytes: max_bytes / 2,
        }));
    }

    /// A message has become durable: its sender may know.
    fn is_durable(&mut self, now: Instant, hash: u64, message: Envelope, since: Instant) {
        self.awaited.remove(message.lane(), hash);
        self.stored.insert(now, hash);
        self.wake_when_forgotten();
        let after = now.span_since(since);
        self.acknowledge_sender(hash, message, Cause::Stored, Some(after));
    }

    /// The store did not take these messages, which stand in the queue in this order.
    fn not_appended(&mut self, now: Instant, failed: &[u64], why: StoreFailure) {
        for hash in failed {
            let online = !self.sessions.is_empty();
            if let Some(entry) = self.queue.find_in_window(*hash).filter(|_| online) {
                // The receiver is there and may yet acknowledge it.
                let persist_at =
                    (why == StoreFailure::Unavailable).then(|| now + self.config.store_retry);
                entry.stored = Stored::Not { persist_at };
                if let Some(at) = persist_at {
                    self.timers.set_by(Timer::Persist, at);
                }
            } else if let Some((index, entry)) = self.queue.remove(*hash) {
                match why {
                    // Its sender will repeat it; what the same sender sent after it must not be there before it.
                    StoreFailure::Unavailable => {
                        let successors = self.queue.remove_successors(&entry, index);
                        let repeated = iter::once(&entry).chain(&successors);
                        let repeated = repeated.filter(|entry| !entry.message.on_behalf);
                        let hashes: Vec<_> = repeated.clone().map(|entry| entry.hash).collect();
                        if let Some(first) = repeated.clone().next() {
                            self.await_repetition(now, &first.message, &hashes);
                        }
                        for successor in successors {
                            self.reject(successor.message, why);
                        }
                    }
                    StoreFailure::QuotaExceeded => {
                        self.refused.insert(now, *hash);
                        self.wake_when_forgotten();
                    }
                    StoreFailure::NoStore => {}
                }
                self.reject(entry.message, why);
            }
        }
    }

    /// Lets go of what is in the store and that no session takes, though it came into the window behind the backlog.
    fn release_undeliverable(&mut self) {
        if !self.sessions.is_empty() {
            let max_body = self.longest_body();
            self.queue.drop_stored_longer_than(max_body);
        }
    }

    /// Lets go of what is in the store and need not be in memory.
    fn release_memory(&mut self) {
        let full =
            self.queue.len() >= self.max_messages() || self.queue.bytes() >= self.max_bytes();
        if !full && !self.sessions.is_empty() {
            return;
        }
        self.queue.drop_stored_tail(None);
    }

    pub(super) fn delete(&mut self, position: Position, why: Removal) {
        self.outputs
            .push_back(Output::Store(Request::Delete { position, why }));
    }

    pub(super) fn reject(&mut self, message: Envelope, why: StoreFailure) {
        self.outputs.push_back(Output::Rejected { message, why });
    }
}
