//! What happens to messages on their way: for an operator who is asked where one is.
//!
//! Two look at the same steps: the log, which follows one message that is named before, and the memory of what happened lately, in which
//! any can be looked up. Neither has anything of a text.

mod recorder;
mod step;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use mobileim_protocol::{Instant, Message, decode, fingerprint_hash};
use parking_lot::RwLock;
use tracing::info;

use self::recorder::Recorder;
use crate::event::{Delivery, Event};

pub use step::Step;

#[derive(Debug)]
pub(crate) struct Trace {
    /// Whether one is followed: all that is looked at otherwise.
    follows: AtomicBool,
    /// The fingerprint of the message that is followed.
    fp: RwLock<Option<Box<str>>>,
    recorder: Option<Recorder>,
}

/// Something that happened to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TraceEntry {
    /// When.
    pub at: Instant,
    /// The receiver, or the server; `None` if what was said of it first is forgotten.
    pub to: Option<Arc<str>>,
    /// What.
    pub step: Step,
}

impl Trace {
    /// One that remembers within so many bytes, or nothing at 0.
    pub(crate) fn new(memory: usize) -> Self {
        Self {
            follows: AtomicBool::new(false),
            fp: RwLock::new(None),
            recorder: (memory > 0).then(|| Recorder::new(memory)),
        }
    }

    /// Follows a message in the log.
    pub(crate) fn follow(&self, fp: Option<&str>) {
        *self.fp.write() = fp.map(Into::into);
        self.follows.store(fp.is_some(), Ordering::Relaxed);
    }

    fn follows(&self, fp: Option<&str>) -> bool {
        self.follows.load(Ordering::Relaxed) && fp.is_some() && self.fp.read().as_deref() == fp
    }

    /// Something happens to a message with QoS, which the log tells at another place, on its way to a receiver.
    pub(crate) fn remember(&self, now: Instant, hash: u64, to: &str, step: Step) {
        if let Some(recorder) = &self.recorder {
            recorder.record(now, hash, to, step);
        }
    }

    /// Something happens to a message: remembered if it is one with QoS.
    pub(crate) fn message(&self, now: Instant, message: &Message<'_>, step: Step) {
        if let Some(recorder) = &self.recorder
            && let Some(fp) = message.fingerprint_to_acknowledge()
        {
            let from = message.from.as_deref().unwrap_or_default();
            let to = message.to.as_deref().unwrap_or_default();
            recorder.record(now, fingerprint_hash(from, fp), to, step);
        }
        self.log(message, step);
    }

    /// Something happens to a message that only the log tells.
    pub(crate) fn log(&self, message: &Message<'_>, what: impl std::fmt::Display) {
        let fp = message.fp.as_deref();
        if self.follows(fp) {
            let (from, to) = (message.from.as_deref(), message.to.as_deref());
            info!(fp, from, to, qos = message.qos, "trace: {what}");
        }
    }

    /// A body is sent to a user's session.
    pub(crate) fn transmission(
        &self,
        now: Instant,
        hash: Option<u64>,
        user: &str,
        body: &[u8],
        step: Step,
    ) {
        if let Some(hash) = hash {
            self.remember(now, hash, user, step);
        }
        if !self.follows.load(Ordering::Relaxed) {
            return;
        }
        let Ok(message) = decode(body) else { return };
        if self.follows(message.fp.as_deref()) {
            let fp = message.fp.as_deref();
            info!(fp, to = user, "trace: {step}");
        }
    }

    /// Something has happened to a message with QoS. What its mailbox has not remembered is remembered here.
    pub(crate) fn event(&self, now: impl FnOnce() -> Instant, event: &Event) {
        let (delivery, step): (&Delivery, Step) = match event {
            Event::Delivered(delivery) => (delivery, Step::Delivered),
            Event::Stored(delivery) => (delivery, Step::Stored),
            Event::Fetched(delivery) => (delivery, Step::Fetched),
            Event::Repeated(delivery) => (delivery, Step::AcknowledgedAgain),
            Event::Refused { delivery, why } if !why.is_by_application() => {
                (delivery, Step::Refused { why: *why })
            }
            Event::Expired(delivery) => (delivery, Step::Expired),
            // What the application decides was noted when it was said.
            Event::Refused { .. }
            | Event::Online { .. }
            | Event::Offline { .. }
            | Event::LoginRefused { .. }
            | Event::Received { .. } => return,
        };
        let from = delivery.from.id();
        if let (Some(recorder), Step::Refused { .. }) = (&self.recorder, step) {
            let hash = fingerprint_hash(from, &delivery.fp);
            recorder.record(now(), hash, &delivery.to, step);
        }
        if self.follows(Some(&delivery.fp)) {
            let (fp, to) = (&*delivery.fp, &*delivery.to);
            info!(fp, from, to, "trace: {step}");
        }
    }

    /// What is remembered of a message, in order.
    pub(crate) fn of(&self, from: &str, fp: &str) -> Vec<TraceEntry> {
        let hash = fingerprint_hash(from, fp);
        (self.recorder.as_ref()).map_or_else(Vec::new, |recorder| recorder.find(hash))
    }

    /// Since when messages like this one are remembered.
    pub(crate) fn since(&self, from: &str, fp: &str) -> Option<Instant> {
        let recorder = self.recorder.as_ref()?;
        recorder.since(fingerprint_hash(from, fp))
    }

    /// How much memory what is remembered takes, in bytes.
    pub(crate) fn memory(&self) -> usize {
        self.recorder.as_ref().map_or(0, Recorder::memory)
    }
}
