//! Messages that were submitted, and what is to be noted of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use mobileim_protocol::{SERVER, is_fingerprint, is_user_id};
use tokio::time::Instant;

/// A message that was submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Submission {
    pub(super) position: i64,
    /// A user's id, or that of the server.
    pub(super) sender: Arc<str>,
    pub(super) receiver: Arc<str>,
    pub(super) fp: Arc<str>,
    pub(super) text: String,
    pub(super) typeu: i32,
    /// When it is not to be delivered any more.
    pub(super) expires_at: Option<Instant>,
}

impl Submission {
    /// What is wrong with it; the function checks the same.
    pub(super) fn wrong(&self) -> Option<&'static str> {
        if *self.sender != *SERVER && !is_user_id(&self.sender) {
            return Some("bad_sender");
        }
        if !is_user_id(&self.receiver) {
            return Some("bad_receiver");
        }
        (!is_fingerprint(&self.fp)).then_some("bad_fp")
    }
}

/// What became of a message, as the table has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    Stored = 1,
    Delivered = 2,
    Refused = 3,
    Expired = 4,
}

/// What is to be noted in the table of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) state: State,
    pub(super) reason: Option<String>,
    /// Whether it was stored first.
    pub(super) was_stored: bool,
    /// It was stored or delivered before, and the table of messages knows which.
    pub(super) is_either: bool,
}

/// The names of a message of which nothing else is known here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Names {
    pub(super) sender: Arc<str>,
    pub(super) receiver: Arc<str>,
    pub(super) fp: Arc<str>,
}

/// What is to be noted at once.
#[derive(Debug, Default)]
pub(super) struct Marks {
    pub(super) by_position: BTreeMap<i64, Mark>,
    /// Of those that were stored and are fetched.
    pub(super) fetched: Vec<Names>,
}

impl Marks {
    pub(super) fn is_empty(&self) -> bool {
        self.by_position.is_empty() && self.fetched.is_empty()
    }

    pub(super) fn note(&mut self, position: i64, mark: Mark) {
        match self.by_position.get_mut(&position) {
            None => drop(self.by_position.insert(position, mark)),
            Some(before) => {
                let was_stored = before.was_stored || mark.was_stored;
                if mark.state > before.state {
                    *before = mark;
                }
                before.was_stored = was_stored;
            }
        }
    }
}
