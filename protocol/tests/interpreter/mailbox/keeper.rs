//! Bytes as what writers, the store and the clock do to a mailbox that keeps the log of a conversation.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use mobileim_protocol::Instant;
use mobileim_protocol::mailbox::{
    Accepted, Completion, Config, Envelope, Mailbox, Output, Place, Position, Request, StoreFailure,
};

use super::super::input::Input;
use super::model::id_of;
use super::people::Id;
use super::trace;

const WRITERS: [&str; 2] = ["dave", "erin"];

/// Carries out what the bytes say, checks after each step, and at the end that everything stands in the log.
pub fn run(input: &[u8], change: impl FnOnce(&mut Config)) {
    let mut input = Input::new(input);
    let mut config = Config {
        max_messages: input.one_of(&[6, 2, 16]),
        max_bytes: input.one_of(&[4096, 512]),
        remembered: input.one_of(&[4096, 3]),
        ..Config::default()
    };
    change(&mut config);
    let mut keeper = Keeper::new(config);
    while !input.is_empty() {
        keeper.step(&mut input);
        keeper.check_order();
    }
    keeper.everything_is_logged();
}

struct Keeper {
    mailbox: Mailbox,
    config: Config,
    now: Instant,
    deadline: Option<Instant>,
    /// Everything that was ever written, and by which writer.
    messages: Vec<(usize, Envelope)>,
    /// What each writer has no acknowledgement for, in the order it was written.
    outboxes: [VecDeque<Id>; 2],
    acknowledged: BTreeSet<Id>,
    /// What the store has.
    log: Vec<Id>,
    append: Option<Vec<Envelope>>,
    answer: Option<Completion>,
    /// The number of what was told last, or stands there since before the server began.
    told: u64,
}

impl Keeper {
    fn new(config: Config) -> Self {
        Self {
            mailbox: Mailbox::new(config),
            config,
            now: Instant::from_millis(1_000_000),
            deadline: None,
            messages: Vec::new(),
            outboxes: Default::default(),
            acknowledged: BTreeSet::new(),
            log: Vec::new(),
            append: None,
            answer: None,
            told: 0,
        }
    }

    fn step(&mut self, input: &mut Input<'_>) {
        let choice = input.number(15);
        trace(|| format!("step {choice}"));
        match choice {
            0..=5 => self.write(input),
            6 => self.repeat(),
            7..=9 => {
                let room = input.below(4);
                let failure = match input.number(5) {
                    0 | 1 => Some(StoreFailure::Unavailable),
                    2 => Some(StoreFailure::QuotaExceeded),
                    _ => None,
                };
                self.store_works(room, failure);
            }
            10..=12 => self.store_answers(),
            13 => {
                self.now = self.now + Duration::from_millis(input.number(0xfff));
                self.wake();
                // Nobody waits for longer before that.
                self.repeat();
            }
            14 => self.crash(),
            _ => {
                // A copy of what was done with long ago.
                if let Some(id) = input.index(self.messages.len())
                    && self.acknowledged.contains(&id)
                {
                    self.deliver(id);
                }
            }
        }
    }

    fn write(&mut self, input: &mut Input<'_>) {
        let writer = input.below(WRITERS.len());
        let id = self.messages.len();
        let message = Envelope {
            from: WRITERS[writer].into(),
            fp: id.to_string().into(),
            bridge: false,
            body: Bytes::from("x".repeat(input.below(241))),
            expires_at: None,
            on_behalf: false,
            lane: None,
            change: None,
        };
        self.messages.push((writer, message));
        self.outboxes[writer].push_back(id);
        self.deliver(id);
    }

    fn repeat(&mut self) {
        let ids: Vec<_> = self.outboxes.iter().flatten().copied().collect();
        for id in ids {
            self.deliver(id);
        }
    }

    fn deliver(&mut self, id: Id) {
        let message = self.messages[id].1.clone();
        let accepted = self.mailbox.deliver(self.now, message);
        trace(|| format!("  deliver {id}: {accepted:?}"));
        let known = [Accepted::New, Accepted::Repeated, Accepted::Overloaded];
        assert!(known.contains(&accepted), "message {id}: {accepted:?}");
        self.drain();
    }

    /// Does what it was asked, or as much of it before it fails: what is there already it has room for.
    fn store_works(&mut self, room: usize, failure: Option<StoreFailure>) {
        let Some(messages) = self.append.take() else {
            return;
        };
        let room = failure.map_or(messages.len(), |_| room);
        let failure = failure.filter(|_| room < messages.len());
        let taken = messages.iter().take(room).map(id_of);
        let places = taken.map(|id| {
            let there = self.log.iter().position(|other| *other == id);
            let index = there.unwrap_or(self.log.len());
            if there.is_none() {
                self.log.push(id);
            }
            let seq = index as u64 + 1;
            let stands = i64::try_from(seq).expect("a short log") * 3;
            Place {
                position: Position(stands),
                seq,
                is_new: there.is_none(),
            }
        });
        let places = places.collect();
        self.answer = Some(Completion::Logged { places, failure });
    }

    fn store_answers(&mut self) {
        if let Some(answer) = self.answer.take() {
            trace(|| format!("  {answer:?}"));
            self.mailbox.handle_store(self.now, answer);
            self.drain();
        }
    }

    fn wake(&mut self) {
        if self.deadline.is_some_and(|at| at <= self.now) {
            self.mailbox.handle_timeout(self.now);
            self.drain();
        }
    }

    /// What the store has done stays, though nobody was told. Writers find out, and repeat themselves.
    fn crash(&mut self) {
        (self.append, self.answer) = (None, None);
        self.mailbox = Mailbox::new(self.config);
        self.told = self.log.len() as u64;
        self.repeat();
    }

    fn drain(&mut self) {
        loop {
            let output = self.mailbox.poll_output();
            trace(|| format!("    {output:?}"));
            match output {
                Output::Timeout(deadline) => {
                    self.deadline = deadline.map(|deadline| deadline.at);
                    return;
                }
                Output::Store(Request::Append { messages }) => {
                    let is_first = self.append.is_none() && self.answer.is_none();
                    assert!(is_first, "one append at a time");
                    self.append = Some(messages);
                }
                Output::Logged { place, message } => {
                    let id = id_of(&message);
                    assert_eq!(place.seq, self.told + 1, "told in the log's order, once");
                    assert!(place.is_new && !self.acknowledged.contains(&id));
                    self.told = place.seq;
                }
                Output::AcknowledgeSender { fp, .. } => {
                    let id: Id = fp.parse().expect("a fingerprint that was given");
                    let stands = self.log.iter().position(|other| *other == id);
                    let is_told = stands.is_some_and(|index| (index as u64) < self.told);
                    assert!(is_told, "message {id} is acknowledged, and was not told of");
                    self.acknowledged.insert(id);
                    self.forget(id);
                }
                Output::Rejected { message, why } => {
                    // Whoever is told that there is no room gives up.
                    if why == StoreFailure::QuotaExceeded {
                        self.forget(id_of(&message));
                    }
                }
                other => panic!("a log's mailbox has nobody to do that for: {other:?}"),
            }
        }
    }

    fn forget(&mut self, id: Id) {
        let outbox = &mut self.outboxes[self.messages[id].0];
        outbox.retain(|other| *other != id);
    }

    /// What one writer wrote stands in the log in its order.
    fn check_order(&self) {
        for writer in 0..WRITERS.len() {
            let ids = self.log.iter().filter(|id| self.messages[**id].0 == writer);
            assert!(ids.is_sorted(), "not in the order it was written");
        }
    }

    /// From now on nothing fails, and what waits for a copy that nobody sends again has waited for long enough.
    fn everything_is_logged(&mut self) {
        for _ in 0..20 + self.messages.len() {
            self.now = self.now + Duration::from_secs(10);
            self.wake();
            self.repeat();
            while self.append.is_some() || self.answer.is_some() {
                self.store_works(0, None);
                self.store_answers();
            }
            self.check_order();
        }
        assert_eq!(self.outboxes, [[]; 2], "never acknowledged");
        assert_eq!(self.told, self.log.len() as u64);
        assert_eq!((self.mailbox.len(), self.mailbox.bytes()), (0, 0));
    }
}
