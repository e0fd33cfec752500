//! What waits for a user, for those who look at it or take it away, which no mailbox does.

use std::sync::Arc;

use mobileim_protocol::mailbox::{Envelope, Position};

/// Which of the messages for a user are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Which {
    /// Those of this sender, or of any.
    pub from: Option<Arc<str>>,
    /// Those with this fingerprint, or with any.
    pub fp: Option<Arc<str>>,
}

/// What part of them is to be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Only what is stored behind this.
    pub after: Position,
    /// How many messages at most, but always one.
    pub limit: usize,
    /// How many bytes of bodies at most, but always one message.
    pub max_bytes: usize,
}

/// A message that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingMessage {
    /// Where it stands.
    pub position: Position,
    /// The message.
    pub message: Envelope,
    /// When it was stored, in ms since 1970, if that is known.
    pub stored_at: Option<i64>,
}

/// Messages that wait, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Waiting {
    /// The first of them.
    pub messages: Vec<WaitingMessage>,
    /// Whether there are more behind these.
    pub more: bool,
}

impl Waiting {
    /// What waits in several mailboxes, in order.
    pub(crate) fn merged(all: Vec<Self>, part: Part) -> Self {
        let mut more = all.iter().any(|waiting| waiting.more);
        let messages = all.into_iter().flat_map(|waiting| waiting.messages);
        let mut messages: Vec<_> = messages.collect();
        messages.sort_by_key(|waiting| waiting.position);
        let mut bytes = 0;
        let fitting = messages.iter().take(part.limit.max(1));
        let fitting = fitting.take_while(|waiting| {
            bytes += waiting.message.body.len();
            bytes <= part.max_bytes
        });
        let fitting = fitting.count();
        more |= messages.len() > fitting.max(1);
        messages.truncate(fitting.max(1));
        Self { messages, more }
    }
}

impl Which {
    /// All of this sender with this fingerprint; of any, where there is none.
    pub const fn new(from: Option<Arc<str>>, fp: Option<Arc<str>>) -> Self {
        Self { from, fp }
    }

    /// Returns whether this one is meant.
    pub fn includes(&self, message: &Envelope) -> bool {
        self.from.as_ref().is_none_or(|from| *from == message.from)
            && self.fp.as_ref().is_none_or(|fp| *fp == message.fp)
    }
}
