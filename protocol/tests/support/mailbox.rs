//! A mailbox with a virtual clock and a store that answers when the test says so.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test file uses its own part"
)]

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use mobileim_protocol::mailbox::{
    Accepted, Cause, Completion, Config, Envelope, Mailbox, Output, Place, Position, Request,
    SessionId, StoreFailure, StoredMessage, Timer,
};
use mobileim_protocol::{Instant, Message, MessageType, Transport, encode};

pub const SESSION: SessionId = SessionId(1);

pub struct Harness {
    pub mailbox: Mailbox,
    pub now: Instant,
    pub deadline: Option<Instant>,
    /// What the deadline is for.
    pub timer: Option<Timer>,
    /// What is durable.
    pub store: BTreeMap<i64, Envelope>,
    next_position: i64,
    /// What stands in the logs that the user reads.
    pub log: Vec<StoredMessage>,
    /// How far the user has read them, as the store knows.
    pub cursor: i64,
    /// Each way that it came.
    pub advances: Vec<i64>,
    /// Whether it is the mailbox of a log.
    pub keeps_log: bool,
    /// What got its place in that log: the number and the fingerprint.
    pub logged: Vec<(u64, String)>,
    requests: VecDeque<Request>,
    /// How the store answers appends and loads: with this failure, if any.
    pub failure: Option<StoreFailure>,
    /// The longest body that sessions take.
    pub max_body: usize,
    /// How many messages of an append it takes before it fails.
    pub room: usize,
    /// Whether the store answers by itself.
    pub store_answers: bool,
    /// Texts sent to sessions.
    pub transmitted: Vec<(SessionId, String)>,
    /// Senders and fingerprints that were acknowledged.
    pub acknowledged: Vec<(String, String)>,
    /// Why senders were acknowledged.
    pub causes: Vec<Cause>,
    /// Senders and fingerprints of what was stored and then acknowledged by the receiver.
    pub fetched: Vec<(String, String)>,
    /// Fingerprints that were rejected.
    pub rejected: Vec<String>,
    /// Fingerprints of what expired.
    pub expired: Vec<String>,
    /// Everything that the store was ever asked to append, in order.
    pub appended: Vec<String>,
    /// How often it was asked to read, and how often it did.
    pub loads: usize,
    pub reads: usize,
    /// Whether loads wait until nothing else is to be done.
    pub loads_wait: bool,
}

impl Harness {
    pub fn new() -> Self {
        Self::with_config(Config::default())
    }

    pub fn with_config(config: Config) -> Self {
        Self {
            mailbox: Mailbox::new(config),
            now: Instant::from_millis(1_000_000),
            deadline: None,
            timer: None,
            store: BTreeMap::new(),
            next_position: 1,
            log: Vec::new(),
            cursor: 0,
            advances: Vec::new(),
            keeps_log: false,
            logged: Vec::new(),
            requests: VecDeque::new(),
            failure: None,
            max_body: usize::MAX,
            room: 0,
            store_answers: true,
            transmitted: Vec::new(),
            acknowledged: Vec::new(),
            causes: Vec::new(),
            fetched: Vec::new(),
            rejected: Vec::new(),
            expired: Vec::new(),
            appended: Vec::new(),
            loads: 0,
            reads: 0,
            loads_wait: false,
        }
    }

    /// A mailbox whose user is online.
    pub fn online(transport: Transport) -> Self {
        let mut harness = Self::new();
        harness.attach(SESSION, transport);
        harness
    }

    /// A server process that was killed and started again: only the store is left.
    pub fn restart(&mut self) {
        let store = std::mem::take(&mut self.store);
        let log = std::mem::take(&mut self.log);
        let (next_position, cursor) = (self.next_position, self.cursor);
        *self = Self {
            store,
            next_position,
            log,
            cursor,
            now: self.now,
            ..Self::new()
        };
    }

    pub fn attach(&mut self, session: SessionId, transport: Transport) {
        let max_body = self.max_body;
        self.call(|mailbox, now| mailbox.attach(now, session, transport, max_body));
    }

    pub fn detach(&mut self, session: SessionId) {
        self.call(|mailbox, now| mailbox.detach(now, session));
    }

    pub fn deliver(&mut self, from: &str, text: &str) -> Accepted {
        self.deliver_with(from, text, |_| {})
    }

    pub fn deliver_with(
        &mut self,
        from: &str,
        text: &str,
        adapt: impl FnOnce(&mut Envelope),
    ) -> Accepted {
        let mut envelope = envelope(from, text);
        adapt(&mut envelope);
        self.call(|mailbox, now| mailbox.deliver(now, envelope))
    }

    /// Somebody writes into a log that the user reads, which the mailbox is not yet told.
    pub fn write(&mut self, from: &str, text: &str) -> StoredMessage {
        let stored = StoredMessage {
            seq: Some(self.log.len() as u64 + 1),
            is_own: from == "bob",
            ..StoredMessage::new(Position(self.next_position), envelope(from, text))
        };
        self.next_position += 1;
        self.log.push(stored.clone());
        stored
    }

    pub fn tell(&mut self, stored: StoredMessage) {
        self.call(|mailbox, now| mailbox.take_logged(now, stored));
    }

    /// Somebody writes into a log that the user reads, and the mailbox is told.
    pub fn write_and_tell(&mut self, from: &str, text: &str) {
        let stored = self.write(from, text);
        self.tell(stored);
    }

    pub fn acknowledge(&mut self, from: &str, text: &str) {
        self.acknowledge_on(SESSION, from, text);
    }

    pub fn acknowledge_on(&mut self, session: SessionId, from: &str, text: &str) {
        self.call(|mailbox, now| mailbox.acknowledge(now, session, from, text));
    }

    /// The texts that were sent since the last look.
    pub fn sent(&mut self) -> Vec<String> {
        self.transmitted.drain(..).map(|(_, text)| text).collect()
    }

    /// The fingerprints that were acknowledged to their senders since the last look.
    pub fn acknowledged_fps(&mut self) -> Vec<String> {
        self.acknowledged.drain(..).map(|(_, fp)| fp).collect()
    }

    pub fn stored_texts(&self) -> Vec<String> {
        self.store
            .values()
            .map(|envelope| envelope.fp.to_string())
            .collect()
    }

    pub fn advance(&mut self, duration: Duration) {
        let end = self.now + duration;
        while let Some(deadline) = self.deadline.filter(|deadline| *deadline <= end) {
            assert!(deadline >= self.now, "a deadline in the past would spin");
            self.now = deadline;
            self.call(|mailbox, now| mailbox.handle_timeout(now));
        }
        self.now = end;
    }

    pub fn call<T>(&mut self, f: impl FnOnce(&mut Mailbox, Instant) -> T) -> T {
        let result = f(&mut self.mailbox, self.now);
        self.drain();
        if self.store_answers {
            self.answer_all();
        }
        result
    }

    /// Lets the store answer everything that it was asked, and what follows from that.
    pub fn answer_all(&mut self) {
        while self.answer_one() {}
    }

    /// Lets the store answer what it was asked first.
    pub fn answer_one(&mut self) -> bool {
        let is_ready = |request: &Request| !matches!(request, Request::Load { .. });
        let index = self.requests.iter().position(is_ready);
        let index = index.filter(|_| self.loads_wait).unwrap_or_default();
        let Some(request) = self.requests.remove(index) else {
            return false;
        };
        let completion = match (request, self.failure) {
            (Request::Append { messages }, failure) => {
                let room = if failure.is_some() {
                    self.room
                } else {
                    usize::MAX
                };
                let taken = messages.into_iter().take(room);
                if self.keeps_log {
                    let places = taken.map(|message| self.place(&message)).collect();
                    return self.answer(Completion::Logged { places, failure });
                }
                let positions = taken.map(|message| {
                    let position = self.next_position;
                    self.next_position += 1;
                    self.store.insert(position, message);
                    Some(Position(position))
                });
                let positions = positions.collect();
                Completion::Appended { positions, failure }
            }
            // It stands where the load stood that it cancelled.
            (Request::Load { .. }, Some(_)) | (Request::CancelLoad, _) => Completion::NotLoaded,
            (
                Request::Load {
                    after,
                    limit,
                    max_bytes,
                },
                None,
            ) => {
                self.reads += 1;
                let (messages, more) = self.read(after, limit, max_bytes);
                Completion::Loaded { messages, more }
            }
            (Request::Delete { position, .. }, _) => {
                self.store.remove(&position.0);
                self.drain();
                return true;
            }
            (Request::Advance { through }, _) => {
                self.cursor = through.0;
                self.drain();
                return true;
            }
        };
        self.answer(completion)
    }

    fn answer(&mut self, completion: Completion) -> bool {
        self.mailbox.handle_store(self.now, completion);
        self.drain();
        true
    }

    fn read(&self, after: Position, limit: usize, max_bytes: usize) -> (Vec<StoredMessage>, bool) {
        let own = self.store.iter();
        let own =
            own.map(|(position, message)| StoredMessage::new(Position(*position), message.clone()));
        let logged = self
            .log
            .iter()
            .filter(|stored| stored.position.0 > self.cursor);
        let mut behind: Vec<_> = own.chain(logged.cloned()).collect();
        behind.retain(|stored| stored.position > after);
        behind.sort_by_key(|stored| stored.position);
        let mut bytes = 0;
        let mut messages = Vec::new();
        for stored in behind {
            bytes += stored.message.body.len();
            if messages.len() == limit || (bytes > max_bytes && !messages.is_empty()) {
                return (messages, true);
            }
            messages.push(stored);
        }
        (messages, false)
    }

    /// Where a message stands in the log that the mailbox keeps.
    fn place(&mut self, message: &Envelope) -> Place {
        let mut there = self.log.iter();
        let there = there.position(|stored| stored.message.fp == message.fp);
        let index = there.unwrap_or_else(|| {
            self.write(&message.from, &message.fp);
            self.log.len() - 1
        });
        Place {
            position: self.log[index].position,
            seq: index as u64 + 1,
            is_new: there.is_none(),
        }
    }

    fn drain(&mut self) {
        loop {
            match self.mailbox.poll_output() {
                Output::Timeout(deadline) => {
                    self.deadline = deadline.map(|deadline| deadline.at);
                    self.timer = deadline.map(|deadline| deadline.timer);
                    return;
                }
                Output::Transmit { session, body, .. } => {
                    let message = mobileim_protocol::decode(&body).unwrap();
                    self.transmitted
                        .push((session, message.content.unwrap().into_owned()));
                }
                Output::AcknowledgeSender {
                    sender, fp, cause, ..
                } => {
                    self.causes.push(cause);
                    self.acknowledged.push((sender.to_string(), fp.to_string()));
                }
                Output::Store(request) => self.submit(request),
                Output::Fetched { sender, fp, .. } => {
                    self.fetched.push((sender.to_string(), fp.to_string()));
                }
                Output::Logged { place, message } => {
                    self.logged.push((place.seq, message.fp.to_string()));
                }
                Output::Rejected { message, .. } => self.rejected.push(message.fp.to_string()),
                Output::Expired { message } => self.expired.push(message.fp.to_string()),
            }
        }
    }

    fn submit(&mut self, request: Request) {
        let is_load =
            |request: &Request| matches!(request, Request::Load { .. } | Request::CancelLoad);
        let is_append = |request: &Request| matches!(request, Request::Append { .. });
        match &request {
            Request::Append { messages } => {
                assert!(!self.requests.iter().any(is_append), "one append at a time");
                let fps = messages.iter().map(|message| message.fp.to_string());
                self.appended.extend(fps);
            }
            Request::Load { .. } => {
                assert!(!self.requests.iter().any(is_load), "one load at a time");
                self.loads += 1;
            }
            Request::CancelLoad => {
                if let Some(load) = self.requests.iter_mut().find(|request| is_load(request)) {
                    *load = Request::CancelLoad;
                }
                return;
            }
            Request::Delete { position, .. } => {
                assert!(
                    !self.log.iter().any(|stored| stored.position == *position),
                    "nothing is removed from a log"
                );
            }
            Request::Advance { through } => self.advances.push(through.0),
        }
        self.requests.push_back(request);
    }
}

fn envelope(from: &str, text: &str) -> Envelope {
    let body = Message::new(MessageType::CommonData, from, "bob")
        .with_content(text)
        .with_qos(text);
    Envelope {
        from: from.into(),
        fp: text.into(),
        bridge: false,
        body: Bytes::from(encode(&body)),
        expires_at: None,
        on_behalf: false,
        lane: None,
        change: None,
    }
}
