//! A store for one user that keeps the contract: a plain log, one request after the other, answers in that order. It
//! lets loads wait for what was asked after them as often as not.
//!
//! What it has done and what the mailbox has been told of it are two things: a crash may come between them.

use std::collections::{BTreeMap, VecDeque};

use mobileim_protocol::mailbox::{
    Completion, Envelope, Position, Request, StoreFailure, StoredMessage,
};

#[derive(Debug, Default)]
pub struct Store {
    pub durable: BTreeMap<Position, Envelope>,
    /// What stands in the logs that the user reads.
    pub log: BTreeMap<Position, StoredMessage>,
    /// How far the user has read them.
    pub cursor: Option<Position>,
    /// How far, as it is written down: with what is stored next.
    durable_cursor: Option<Position>,
    last_position: i64,
    /// Whether the next load waits for what was asked after it.
    loads_wait: bool,
    /// A load that was cancelled before its turn is [`Request::CancelLoad`].
    pub requests: VecDeque<Request>,
    pub answers: VecDeque<Completion>,
}

impl Store {
    /// Does what it was asked first, or fails to; of what it is to append, it takes this many before it fails.
    pub fn work(&mut self, failure: Option<(StoreFailure, usize)>) -> bool {
        let Some(request) = self.next() else {
            return false;
        };
        let answer = match (request, failure) {
            (Request::Append { messages }, failure) => {
                let room = failure.map_or(messages.len(), |(_, room)| room);
                let failure = (failure.map(|(why, _)| why)).filter(|_| room < messages.len());
                if failure == Some(StoreFailure::QuotaExceeded) {
                    return self.append_but_for_one_sender(messages, room);
                }
                let taken = messages.into_iter().take(room);
                let positions = taken.map(|message| Some(self.append(message))).collect();
                Completion::Appended { positions, failure }
            }
            (Request::Load { .. }, Some(_)) | (Request::CancelLoad, _) => Completion::NotLoaded,
            (
                Request::Load {
                    after,
                    limit,
                    max_bytes,
                },
                None,
            ) => self.load(after, limit, max_bytes),
            // A deletion that fails is not told to anybody.
            (Request::Delete { .. } | Request::Advance { .. }, Some(_)) => return true,
            (Request::Advance { through }, None) => {
                self.cursor = Some(through);
                return true;
            }
            (Request::Delete { position, .. }, None) => {
                self.durable.remove(&position);
                return true;
            }
        };
        self.answers.push_back(answer);
        true
    }

    /// What it does next.
    fn next(&mut self) -> Option<Request> {
        if !matches!(self.requests.front(), Some(Request::Load { .. })) {
            return self.requests.pop_front();
        }
        self.loads_wait = !self.loads_wait;
        let overtaking = usize::from(self.loads_wait && self.requests.len() > 1);
        self.requests.remove(overtaking)
    }

    /// Nobody waits for what is to be read.
    pub fn cancel_load(&mut self) {
        let is_load = |request: &&mut Request| matches!(request, Request::Load { .. });
        if let Some(load) = self.requests.iter_mut().find(is_load) {
            *load = Request::CancelLoad;
        }
    }

    /// Whoever sent the message with this number has as much stored as may be, and others have not.
    fn append_but_for_one_sender(&mut self, messages: Vec<Envelope>, first: usize) -> bool {
        let refused = messages[first].from.clone();
        let positions = messages.into_iter().enumerate().map(|(number, message)| {
            let is_taken = number < first || message.from != refused;
            is_taken.then(|| self.append(message))
        });
        let positions = positions.collect();
        let failure = None;
        self.answers
            .push_back(Completion::Appended { positions, failure });
        true
    }

    fn append(&mut self, message: Envelope) -> Position {
        let position = self.next_position();
        self.durable.insert(position, message);
        self.durable_cursor = self.cursor;
        position
    }

    /// Somebody writes into a log.
    pub fn write(&mut self, message: Envelope, is_own: bool) -> StoredMessage {
        let position = self.next_position();
        let stored = StoredMessage {
            seq: Some(self.log.len() as u64 + 1),
            is_own,
            ..StoredMessage::new(position, message)
        };
        self.log.insert(position, stored.clone());
        stored
    }

    fn next_position(&mut self) -> Position {
        self.last_position += 1;
        Position(self.last_position)
    }

    fn load(&self, after: Position, limit: usize, max_bytes: usize) -> Completion {
        let mut bytes = 0;
        let mut messages = Vec::new();
        let own = self.durable.iter();
        let own = own.map(|(position, message)| StoredMessage::new(*position, message.clone()));
        let logged = self.log.values();
        let logged = logged.filter(|stored| Some(stored.position) > self.cursor);
        let mut behind: Vec<_> = own.chain(logged.cloned()).collect();
        behind.retain(|stored| stored.position > after);
        behind.sort_by_key(|stored| stored.position);
        for stored in behind {
            bytes += stored.message.body.len();
            if messages.len() == limit || (bytes > max_bytes && !messages.is_empty()) {
                let more = true;
                return Completion::Loaded { messages, more };
            }
            messages.push(stored);
        }
        let more = false;
        Completion::Loaded { messages, more }
    }

    /// Whether it owes an answer, to an append or to a load.
    pub fn owes_an_answer(&self) -> bool {
        let is_answered = |request: &Request| {
            !matches!(request, Request::Delete { .. } | Request::Advance { .. })
        };
        !self.answers.is_empty() || self.requests.iter().any(is_answered)
    }

    /// How many appends the mailbox has no answer to.
    pub fn unanswered_appends(&self) -> usize {
        let asked = self.requests.iter();
        let done = self.answers.iter();
        asked
            .filter(|request| matches!(request, Request::Append { .. }))
            .count()
            + done
                .filter(|answer| matches!(answer, Completion::Appended { .. }))
                .count()
    }

    /// The server is gone: what was not done will not be, and nobody is there to be told.
    pub fn crash(&mut self) {
        self.requests.clear();
        self.answers.clear();
        self.cursor = self.durable_cursor;
    }
}
