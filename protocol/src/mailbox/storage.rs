//! What goes to the store and comes back from it.

use alloc::vec::Vec;
use core::iter;

use super::Mailbox;
use super::backlog::Backlog;
use super::config::Mutation;
use super::entry::{Entry, Envelope, Position, Stored};
use super::log::Place;
use super::output::{Accepted, Cause, Output};
use super::store::{Completion, Removal, Request, StoreFailure};
use super::timer::Timer;
use crate::dedup::fingerprint_hash;
use crate::time::Instant;

/// What became of a batch, of what is still in the queue.
#[derive(Debug, Default)]
struct Settled {
    /// Their senders may know. With when they came.
    durable: Vec<(u64, Envelope, Instant)>,
    /// Of those, what is new in a conversation's log.
    logged: Vec<(Place, Envelope)>,
    /// There is no room for more of their senders.
    refused: Vec<u64>,
    failed: Vec<u64>,
}

impl Mailbox {
    /// The store's answer.
    pub fn handle_store(&mut self, now: Instant, completion: Completion) {
        match completion {
            Completion::Appended { positions, failure } => {
                let stands = |position: Option<Position>| position.map(|at| (at, None));
                let places = positions.into_iter().map(stands);
                self.appended(now, places, failure);
            }
            Completion::Logged { places, failure } => {
                let places = places.into_iter();
                let places = places.map(|place| Some((place.position, Some(place))));
                self.appended(now, places, failure);
            }
            Completion::Loaded { messages, more } => self.loaded(now, messages, more),
            Completion::NotLoaded => self.not_loaded(now),
        }
    }

    /// The first messages of the batch are durable, at these positions, but for those that are refused because their sender
    /// has too many (`None`); the others were not taken, because of `failure`.
    fn appended(
        &mut self,
        now: Instant,
        places: impl Iterator<Item = Option<(Position, Option<Place>)>>,
        failure: Option<StoreFailure>,
    ) {
        let Settled {
            durable,
            logged,
            refused,
            failed,
        } = self.settle_batch(places);
        for (place, message) in logged {
            self.outputs.push_back(Output::Logged { place, message });
        }
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
    fn settle_batch(
        &mut self,
        mut places: impl Iterator<Item = Option<(Position, Option<Place>)>>,
    ) -> Settled {
        let mut settled = Settled::default();
        let mut gone = Vec::new();
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
            match (places.next(), entry) {
                (Some(Some((position, place))), Some(entry)) => {
                    entry.stored = Stored::At(position);
                    if let Some(place) = place.filter(|place| place.is_new) {
                        settled.logged.push((place, entry.message.clone()));
                    }
                    if !entry.sender_acknowledged {
                        entry.sender_acknowledged = true;
                        let message = entry.message.clone();
                        settled.durable.push((hash, message, entry.since));
                    }
                }
                (Some(Some((position, None))), None) => gone.push((hash, position)),
                (Some(None), Some(_)) => settled.refused.push(hash),
                (None, Some(_)) => settled.failed.push(hash),
                // What stands in a log stays.
                (Some(Some((_, Some(_))) | None) | None, None) => {}
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
        self.reading.begin_anew();
        self.forget_expired(now);
        for timer in Timer::ALL {
            self.timers.set(timer, self.next(timer));
        }
    }

    /// A message has become durable: its sender may know.
    pub(super) fn is_durable(
        &mut self,
        now: Instant,
        hash: u64,
        message: Envelope,
        since: Instant,
    ) {
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
            self.advance();
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

    pub(super) fn reject(&mut self, message: Envelope, why: StoreFailure) {
        self.outputs.push_back(Output::Rejected { message, why });
    }
}
