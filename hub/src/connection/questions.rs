//! The messages of one connection about which the application is asked, and those behind them.
//!
//! Each waits for its own answer, so that several are asked about at once; but none is taken before another one to the same
//! receiver that came earlier. What a connection holds so is bounded, and what all of them hold together too: past that, each
//! holds one message, and reads nothing more before it is decided.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use mobileim_protocol::{Message, SERVER};

use crate::server::{Acceptance, ServerHandle, Verdict};

/// How many messages one connection holds, as many as a client of ours has under way, and about how many bytes.
const MAX_HELD: usize = 256;
const MAX_HELD_BYTES: usize = 256 * 1024;

/// About how many bytes all connections hold, before each holds one message.
const MAX_HELD_BYTES_IN_ALL: usize = 64 * 1024 * 1024;

/// What a message takes in memory beside its text.
const MESSAGE_BYTES: usize = 512;

/// The application's answer about a message.
pub(super) enum Decision {
    Verdict(Verdict),
    Acceptance(Acceptance),
}

type Awaited = Pin<Box<dyn Future<Output = (u64, Decision)> + Send>>;

pub(super) struct Questions {
    server: ServerHandle,
    /// In the order they came.
    held: VecDeque<Held>,
    awaited: FuturesUnordered<Awaited>,
    last_number: u64,
    bytes: usize,
}

struct Held {
    number: u64,
    message: Message<'static>,
    /// None as long as the application has not answered.
    decision: Option<Decision>,
}

/// A message whose turn it is, and where it was among those that are held.
pub(super) struct Turn {
    at: usize,
    pub(super) message: Message<'static>,
    pub(super) decision: Decision,
}

impl Questions {
    pub(super) fn new(server: ServerHandle) -> Self {
        Self {
            server,
            held: VecDeque::new(),
            awaited: FuturesUnordered::new(),
            last_number: 0,
            bytes: 0,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// Whether no more is to be read before something is decided.
    pub(super) fn is_full(&self) -> bool {
        self.held.len() >= MAX_HELD
            || self.bytes >= MAX_HELD_BYTES
            || (!self.is_empty() && self.server.asked().bytes() >= MAX_HELD_BYTES_IN_ALL)
    }

    /// Whether a message to this receiver is held: another one is to wait for it.
    pub(super) fn has_any_to(&self, receiver: &str) -> bool {
        self.held.iter().any(|held| held.is_to(receiver))
    }

    /// Whether it is this message that is held.
    pub(super) fn has(&self, message: &Message<'_>) -> bool {
        message.fingerprint_to_acknowledge().is_some()
            && self.held.iter().any(|held| {
                let held = &held.message;
                held.fp == message.fp && held.qos && held.to == message.to
            })
    }

    /// Holds a message until its question is answered, or one that is decided until those before it are.
    pub(super) fn hold(
        &mut self,
        message: Message<'static>,
        decision: Result<Decision, impl Future<Output = Decision> + Send + 'static>,
    ) {
        self.hold_at(self.held.len(), message, decision);
    }

    /// Puts a message back, whose turn it was, to wait for something more.
    pub(super) fn put_back(
        &mut self,
        at: usize,
        message: Message<'static>,
        answer: impl Future<Output = Decision> + Send + 'static,
    ) {
        self.hold_at(at, message, Err(answer));
    }

    fn hold_at(
        &mut self,
        at: usize,
        message: Message<'static>,
        decision: Result<Decision, impl Future<Output = Decision> + Send + 'static>,
    ) {
        self.last_number += 1;
        let number = self.last_number;
        let decision = match decision {
            Ok(decision) => Some(decision),
            Err(answer) => {
                let answer = async move { (number, answer.await) };
                self.awaited.push(Box::pin(answer));
                None
            }
        };
        let bytes = memory(&message);
        self.bytes += bytes;
        self.server.asked().add(bytes);
        let held = Held {
            number,
            message,
            decision,
        };
        self.held.insert(at, held);
    }

    /// Notes an answer that is there. Returns whether there was one; if not, `cx` is woken when there is.
    pub(super) fn poll_answer(&mut self, cx: &mut Context<'_>) -> bool {
        let Poll::Ready(Some((number, decision))) = self.awaited.poll_next_unpin(cx) else {
            return false;
        };
        let held = self.held.iter_mut().find(|held| held.number == number);
        if let Some(held) = held {
            held.decision = Some(decision);
        }
        true
    }

    /// Gives the next message that is decided, if none to the same receiver is before it.
    pub(super) fn next(&mut self) -> Option<Turn> {
        let is_next = |at: &usize| {
            let held = &self.held[*at];
            let before = self.held.iter().take(*at);
            held.decision.is_some() && !before.into_iter().any(|other| other.is_to(held.receiver()))
        };
        let at = (0..self.held.len()).find(is_next)?;
        let Held {
            message, decision, ..
        } = self.held.remove(at)?;
        let bytes = memory(&message);
        self.bytes -= bytes;
        self.server.asked().take(bytes);
        Some(Turn {
            at,
            message,
            decision: decision?,
        })
    }
}

impl Turn {
    /// Where it was.
    pub(super) const fn at(&self) -> usize {
        self.at
    }
}

impl Held {
    fn receiver(&self) -> &str {
        self.message.to.as_deref().unwrap_or(SERVER)
    }

    fn is_to(&self, receiver: &str) -> bool {
        self.receiver() == receiver
    }
}

impl Drop for Questions {
    fn drop(&mut self) {
        self.server.asked().take(self.bytes);
    }
}

fn memory(message: &Message<'_>) -> usize {
    message.content.as_deref().map_or(0, str::len) + MESSAGE_BYTES
}
