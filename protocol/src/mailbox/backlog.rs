//! What the store has for the user, from its messages and from the logs that the user reads, on its way back to the sessions.

use alloc::vec::Vec;

use super::Mailbox;
use super::config::Mutation;
use super::entry::{Entry, Envelope, Position, Stored, StoredMessage};
use super::output::Output;
use super::store::{Removal, Request};
use super::timer::Timer;
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

impl Mailbox {
    /// The store holds these messages behind the position that the load named, and `more` if the limit cut it.
    pub(super) fn loaded(&mut self, now: Instant, messages: Vec<StoredMessage>, more: bool) {
        if !self.end_load(now) {
            return;
        }
        let Backlog::Behind { loaded } = self.backlog else {
            return;
        };
        let read = messages.last().map_or(loaded, |last| last.position);
        let missed = self.reading.take_missed_in(loaded, read);
        let missed = missed.filter(|_| !self.config.has(Mutation::ForgetLogged));
        let more = more || missed.is_some();
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
        self.advance();
        if more {
            self.backlog = Backlog::Behind {
                loaded: missed.map_or(through, |first| through.min(first.before())),
            };
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
    pub(super) fn what_has_room(
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
    pub(super) fn not_loaded(&mut self, now: Instant) {
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

    /// A log that the user reads has got a message, which the store has. What a session can have at once it gets; the rest is read.
    ///
    /// They come in the order of their positions, from all logs that the user reads. One that comes later than one behind it is sent as
    /// well; but if the later one is acknowledged before it comes, and the server ends then, it is passed by.
    pub fn take_logged(&mut self, now: Instant, stored: StoredMessage) {
        if self.sessions.is_empty() {
            return;
        }
        let position = stored.position;
        match self.backlog {
            Backlog::Nothing if stored.is_own || self.has_room_for(&stored.message) => {
                self.take_loaded(now, stored);
                self.advance();
                self.transmit(now);
            }
            Backlog::Nothing => {
                // What stands before it is in the window, or was.
                let loaded = position.before();
                self.backlog = Backlog::Behind { loaded };
                self.load_backlog(now);
            }
            Backlog::Behind { loaded } if self.load == Load::None => {
                let loaded = loaded.min(position.before());
                self.backlog = Backlog::Behind { loaded };
            }
            Backlog::Behind { .. } => self.reading.miss(position),
        }
    }

    /// Puts a stored message into the window, unless it is there, or was delivered.
    ///
    /// The store may hold a message twice: its sender repeated it after a restart, or so late that it was not
    /// remembered. The one that stands first counts.
    fn take_loaded(&mut self, now: Instant, stored: StoredMessage) {
        let position = stored.position;
        let (is_own, in_log) = (stored.is_own, stored.seq.is_some());
        if in_log {
            self.reading.read(position);
        }
        let entry = Entry::from_store(now, stored);
        let hash = entry.hash;
        if is_own {
            return self.done(position, in_log, Removal::Acknowledged);
        }
        if self.delivered.contains(hash) {
            return self.done(position, in_log, Removal::Acknowledged);
        }
        let is_late = entry.message.has_expired(now) && !self.config.has(Mutation::OutliveTime);
        if is_late && self.queue.find(hash).is_none() {
            self.done(position, in_log, Removal::Expired);
            let message = entry.message;
            return self.outputs.push_back(Output::Expired { message });
        }
        self.expire_by(entry.message.expires_at);
        if let Some(copy) = self.queue.remove_from_tail(hash) {
            if let Stored::At(position) = copy.stored {
                self.done(position, copy.in_log, Removal::Copy);
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
                Stored::At(_) => self.done(position, in_log, Removal::Copy),
                Stored::Not { .. } | Stored::Appending => {
                    copy.stored = Stored::At(position);
                    copy.in_log = in_log;
                    if !copy.sender_acknowledged {
                        copy.sender_acknowledged = true;
                        let (message, since) = (copy.message.clone(), copy.since);
                        self.is_durable(now, hash, message, since);
                    }
                }
            },
        }
    }

    /// Puts a stored message into the window, if a session takes it. If not, it stays where it is, and in a log is passed by.
    fn insert_loaded(&mut self, entry: Entry) {
        if self.is_deliverable(&entry.message) {
            self.queue.insert_loaded(entry);
        } else if let Some(position) = entry.position_in_log() {
            self.reading.done(position);
        }
    }

    /// A session begins that takes more than the others: what was passed over for them waits in the store.
    pub(super) fn read_backlog_anew(&mut self) {
        if self.sessions.is_empty() {
            return;
        }
        self.abandon_load();
        self.backlog = Backlog::unknown();
        self.reading.begin_anew();
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
    pub(super) fn is_reading(&self) -> bool {
        !self.sessions.is_empty() && self.load != Load::None
    }

    /// What is being read is not for the sessions that there will be.
    pub(super) fn abandon_load(&mut self) {
        if self.load == Load::Awaited {
            self.load = Load::Abandoned;
            self.outputs.push_back(Output::Store(Request::CancelLoad));
        }
    }

    /// Asks for stored messages if there is a session to send them on, and room for them: once at a time, and not
    /// soon after the store could not be read.
    pub(super) fn load_backlog(&mut self, now: Instant) {
        self.load_at = self.load_at.filter(|at| *at > now);
        let Backlog::Behind { mut loaded } = self.backlog else {
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
        if let Some(missed) = self.reading.take_missed() {
            loaded = loaded.min(missed.before());
            self.backlog = Backlog::Behind { loaded };
        }
        self.load = Load::Awaited;
        self.outputs.push_back(Output::Store(Request::Load {
            after: loaded,
            limit: load_window,
            max_bytes: max_bytes / 2,
        }));
    }

    pub(super) fn delete(&mut self, position: Position, why: Removal) {
        self.outputs
            .push_back(Output::Store(Request::Delete { position, why }));
    }

    /// A message that the store has is done with: it is removed, or passed by if it is from a log.
    pub(super) fn done(&mut self, position: Position, in_log: bool, why: Removal) {
        if in_log {
            self.reading.done(position);
        } else {
            self.delete(position, why);
        }
    }

    /// Tells the store how far the user has read the logs, if that is further than before.
    pub(super) fn advance(&mut self) {
        if !self.reading.has_news() {
            return;
        }
        let waiting = self.queue.iter().filter_map(Entry::position_in_log).min();
        let waiting = waiting.filter(|_| !self.config.has(Mutation::AdvanceTooFar));
        if let Some(through) = self.reading.advance(waiting) {
            self.outputs
                .push_back(Output::Store(Request::Advance { through }));
        }
    }
}
