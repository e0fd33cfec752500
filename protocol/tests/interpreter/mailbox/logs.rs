//! The logs of conversations that the user reads: others write into them, the server tells the mailbox, and how far they are read goes
//! forward past what is done with, and past nothing else.

use std::collections::BTreeSet;

use bytes::Bytes;
use mobileim_protocol::mailbox::{Envelope, Position, StoredMessage};

use super::super::input::Input;
use super::World;
use super::model::{Model, id_of};
use super::people::Id;
use super::store::Store;
use super::trace;

/// Who writes into each log, behind those that send to the user alone. The user writes into both.
const WRITERS: [&str; 2] = ["dave", "erin"];
const USER: &str = "bob";

/// What is true of logs besides the promises that hold for all messages.
#[derive(Debug, Default)]
pub struct Logs {
    /// Passed by, or so it was asked since the server began.
    passed: BTreeSet<Id>,
    /// How far the mailbox said last that they are read.
    pub(super) through: Option<Position>,
    /// All sessions that there were at some time of this mailbox's take less.
    too_long: BTreeSet<Id>,
}

impl Logs {
    /// Another mailbox takes over.
    pub fn begin_life(&mut self) {
        self.through = None;
        self.too_long.clear();
    }
}

impl World {
    /// What happens where there are logs besides what happens anyway.
    pub(super) fn step_of_logs(&mut self, choice: u64, input: &mut Input<'_>) {
        match choice {
            32..=34 => self.write(input),
            35 => {
                for _ in 0..input.below(16) {
                    self.write(input);
                }
            }
            36 | 37 => {
                self.tell_of_log();
            }
            _ => while self.tell_of_log() {},
        }
    }

    /// Somebody writes into a log.
    fn write(&mut self, input: &mut Input<'_>) {
        let log = input.below(WRITERS.len());
        let is_own = input.number(3) == 3;
        let filling = input.below(241);
        let id = self.model.messages.len();
        let message = Envelope {
            from: (if is_own { USER } else { WRITERS[log] }).into(),
            fp: id.to_string().into(),
            bridge: false,
            body: Bytes::from(format!("{id}|{}", "x".repeat(filling))),
            expires_at: None,
            on_behalf: false,
            lane: None,
            change: None,
        };
        trace(|| format!("  write {id} into log {log}; own: {is_own}"));
        let id = self.model.send(self.senders.len() + log, message.clone());
        if is_own {
            self.model.lose(id);
        }
        let stored = self.store.write(message, is_own);
        self.untold.push_back(stored);
    }

    /// The server tells the mailbox of what was written first.
    pub(super) fn tell_of_log(&mut self) -> bool {
        let Some(stored) = self.untold.pop_front() else {
            return false;
        };
        trace(|| format!("  tell of {}", id_of(&stored.message)));
        self.model.begin(self.now);
        self.model.tell_of_log(&stored);
        self.mailbox.take_logged(self.now, stored);
        self.drain();
        true
    }
}

impl Model {
    /// Before the mailbox is told of a message in a log.
    fn tell_of_log(&mut self, stored: &StoredMessage) {
        let id = id_of(&stored.message);
        let known = self.life.delivered.contains(&self.config, self.latest, id);
        if !self.sessions.is_empty() && !known {
            self.life.loaded.insert(id);
        }
    }

    /// Before outputs are watched: what no session takes may be passed by.
    pub fn note_too_long(&mut self, store: &Store) {
        let limits = self.sessions.values().map(|kind| kind.max_body);
        let Some(longest) = limits.max() else {
            return;
        };
        let rows = store.log.values();
        let too_long = rows.filter(|stored| stored.message.body.len() > longest);
        self.logs
            .too_long
            .extend(too_long.map(|stored| id_of(&stored.message)));
    }

    /// The mailbox says how far the logs are read.
    pub fn advance(&mut self, through: Position, store: &Store) {
        assert!(self.logs.through < Some(through), "it goes back");
        self.logs.through = Some(through);
        let rows = store
            .log
            .values()
            .filter(|stored| stored.position <= through);
        for stored in rows.filter(|stored| Some(stored.position) > store.cursor) {
            let id = id_of(&stored.message);
            let sent = &mut self.messages[id];
            let is_too_long = self.logs.too_long.contains(&id);
            assert!(
                sent.received || stored.is_own || is_too_long,
                "message {id} is passed by, and not received"
            );
            sent.lost |= !sent.received;
            self.logs.passed.insert(id);
        }
    }

    /// The server is gone, and with it what it had not written down.
    pub fn forget_passed(&mut self) {
        self.logs = Logs::default();
    }

    /// An idle mailbox with a session has passed by all that it was told of and its sessions take.
    pub fn check_logs_idle(&self, store: &Store, untold: Option<Position>) {
        if self.sessions.is_empty() {
            return;
        }
        let told = store.log.values().filter(|stored| {
            let is_told = untold.is_none_or(|first| stored.position < first);
            is_told && Some(stored.position) > store.cursor
        });
        let mut told = told.map(|stored| id_of(&stored.message));
        let waiting =
            told.find(|id| !(self.logs.passed.contains(id) || self.logs.too_long.contains(id)));
        assert_eq!(waiting, None, "idle, and that is not passed by");
    }
}
