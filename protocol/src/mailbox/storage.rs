//! What goes to the store and comes back from it.

use super::Mailbox;
use super::entry::{Entry, Envelope, Position, Stored, StoredMessage, Ticket};
use super::output::{Accepted, Output, StoreFailure};
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
        /// Whether an answer of the store is awaited.
        loading: bool,
    },
}

impl Backlog {
    pub(super) const fn unknown() -> Self {
        Self::Behind {
            loaded: Position::START,
            loading: false,
        }
    }
}

impl Mailbox {
    /// The store has made a message durable.
    pub fn stored(&mut self, now: Instant, ticket: Ticket, position: Position) {
        if let Some(index) = self
            .settling
            .iter()
            .position(|settling| *settling == ticket)
        {
            self.settling.swap_remove(index);
            self.outputs.push_back(Output::Delete { position });
            return;
        }
        let Some(entry) = self.queue.find_ticket(ticket) else {
            return;
        };
        entry.stored = Stored::At(position);
        if !entry.sender_acknowledged {
            entry.sender_acknowledged = true;
            let (hash, message) = (entry.hash, entry.message.clone());
            self.done.insert(now, hash);
            self.wake_when_forgotten();
            self.acknowledge_sender(message);
        }
        self.release_memory();
        self.load_backlog();
    }

    /// The store did not take a message.
    pub fn not_stored(&mut self, now: Instant, ticket: Ticket, why: StoreFailure) {
        if let Some(index) = self
            .settling
            .iter()
            .position(|settling| *settling == ticket)
        {
            self.settling.swap_remove(index);
            return;
        }
        if !self.sessions.is_empty()
            && let Some(entry) = self
                .queue
                .window_mut()
                .find(|entry| entry.stored == Stored::Appending(ticket))
        {
            // The receiver is there and may yet acknowledge it.
            let persist_at =
                (why == StoreFailure::Unavailable).then_some(now + self.config.persist_retry);
            entry.stored = Stored::Not { persist_at };
            self.wake_at = [self.wake_at, persist_at].into_iter().flatten().min();
            return;
        }
        let Some((index, entry)) = self.queue.remove_ticket(ticket) else {
            return;
        };
        // Its sender will send it again; what the same sender sent after it must not be there before it.
        for successor in self.queue.remove_successors(&entry, index) {
            if let Stored::Appending(ticket) = successor.stored {
                self.settling.push(ticket);
            }
            self.reject(successor.message);
        }
        self.reject(entry.message);
        self.load_backlog();
    }

    /// What the store holds behind the position that [`Output::Load`] named; `more` where the limit cut it.
    pub fn loaded(&mut self, now: Instant, messages: Vec<StoredMessage>, more: bool) {
        if self.is_for_an_ended_session() {
            return;
        }
        let Backlog::Behind {
            loaded,
            loading: true,
        } = self.backlog
        else {
            return;
        };
        let through = messages
            .last()
            .map_or(loaded, |last| last.position.max(loaded));
        self.queue.drop_stored_tail(Some(through));
        for stored in messages {
            let entry = Entry::from_store(stored);
            if self.queue.find(entry.hash).is_none() {
                self.queue.insert_loaded(entry);
            }
        }
        if more {
            self.backlog = Backlog::Behind {
                loaded: through,
                loading: false,
            };
        } else {
            // The store answers in order: what it was asked to append before this is in `messages`, and what is
            // left of the tail was put out after it.
            self.queue.join_tail();
            self.backlog = Backlog::Nothing;
        }
        self.load_backlog();
        self.transmit(now);
    }

    /// The store could not be read. It is asked again after [`persist_retry`](super::Config::persist_retry).
    pub fn not_loaded(&mut self, now: Instant) {
        if self.is_for_an_ended_session() {
            return;
        }
        if let Backlog::Behind { loading, .. } = &mut self.backlog {
            *loading = false;
            self.wake_by(now + self.config.persist_retry);
        }
    }

    /// Whether what was read was asked for by a session that has ended, and from where that one had come to.
    fn is_for_an_ended_session(&mut self) -> bool {
        let abandoned = self.abandoned_loads > 0;
        self.abandoned_loads = self.abandoned_loads.saturating_sub(1);
        abandoned
    }

    /// Takes a message that cannot go to the sessions now (rules 2 and 6).
    pub(super) fn deliver_to_store(&mut self, message: Envelope) -> Accepted {
        let tail_bytes = self.queue.bytes() - self.queue.window_bytes();
        if self.appending() >= self.config.max_messages
            || (tail_bytes > 0 && tail_bytes + message.body.len() > self.config.max_bytes)
        {
            return Accepted::Overloaded;
        }
        if self.backlog == Backlog::Nothing {
            // The window is full. What is in it goes to the store before what follows it, below.
            self.backlog = Backlog::unknown();
        }
        let entry = Entry::new(message, Stored::Not { persist_at: None });
        self.queue.push_tail(entry);
        self.persist(self.queue.len());
        Accepted::New
    }

    /// Appends what was not acknowledged in time (rule 2), and whatever stands before it: the store keeps the order.
    pub(super) fn persist_overdue(&mut self, now: Instant) {
        let overdue = self.queue.window().enumerate().filter(
            |(_, entry)| matches!(entry.stored, Stored::Not { persist_at: Some(at) } if at <= now),
        );
        if let Some((last, _)) = overdue.last() {
            self.persist(last + 1);
        }
    }

    /// The last session ended: everything lives in the store from now on.
    pub(super) fn retreat_to_store(&mut self, now: Instant) {
        self.persist(self.queue.len());
        self.queue.open_gap_before_all();
        if let Backlog::Behind { loading: true, .. } = self.backlog {
            self.abandoned_loads += 1;
        }
        self.backlog = Backlog::unknown();
        self.release_memory();
        self.done.forget_expired(now);
        self.wake_at = self.next_deadline();
    }

    /// Asks for stored messages if there is a session to send them on, and room for them.
    pub(super) fn load_backlog(&mut self) {
        let has_room = self.queue.window_len() <= self.config.load_window / 2
            && self.queue.window_bytes() <= self.config.max_bytes / 2;
        if let Backlog::Behind {
            loaded, loading, ..
        } = &mut self.backlog
            && !*loading
            && has_room
            && !self.sessions.is_empty()
        {
            *loading = true;
            self.outputs.push_back(Output::Load {
                after: *loaded,
                limit: self.config.load_window,
                max_bytes: self.config.max_bytes / 2,
            });
        }
    }

    /// Asks the store to append what it was not asked to, of the first `count` messages.
    fn persist(&mut self, count: usize) {
        for entry in self.queue.iter_mut().take(count) {
            if matches!(entry.stored, Stored::Not { .. }) {
                self.last_ticket.0 += 1;
                entry.stored = Stored::Appending(self.last_ticket);
                self.outputs.push_back(Output::Append {
                    ticket: self.last_ticket,
                    message: entry.message.clone(),
                });
            }
        }
    }

    /// Lets go of what is in the store and need not be in memory.
    fn release_memory(&mut self) {
        let full = self.queue.len() >= self.config.max_messages
            || self.queue.bytes() >= self.config.max_bytes;
        if !full && !self.sessions.is_empty() {
            return;
        }
        self.queue.drop_stored_tail(None);
    }

    /// How many messages are on their way into the store.
    fn appending(&self) -> usize {
        self.settling.len() + self.queue.len() - self.queue.window_len()
    }

    fn reject(&mut self, message: Envelope) {
        self.outputs.push_back(Output::Rejected {
            sender: message.from,
            fp: message.fp,
        });
    }
}
