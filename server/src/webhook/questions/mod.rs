//! The back end is asked about messages before anybody gets them: those between users, and those to the server.
//!
//! Its clear answer counts. If there is none in time, a verdict holds that is configured. What the server sends itself is asked about by
//! nobody.

mod asker;
mod failure;
mod form;
mod health;
mod presence;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mobileim_hub::{Deferred, HookStats, Hooks, ServerHandle, Verdict};
use mobileim_protocol::Message;
use parking_lot::Mutex;

use self::asker::{Asker, Counters};
pub use self::failure::OnFailure;
use self::presence::PresenceQuestion;
pub use self::presence::PresenceSettings;
use super::Secrets;
use crate::outgoing::{Address, Trust};

/// What the back end is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Question {
    /// Before a message between users is delivered.
    BeforeC2c,
    /// Before a message to the server is taken.
    BeforeC2s,
}

impl Question {
    const fn name(self) -> &'static str {
        match self {
            Self::BeforeC2c => "beforeC2c",
            Self::BeforeC2s => "beforeC2s",
        }
    }
}

/// How a question is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the types and the names say it")]
pub struct QuestionSettings {
    pub address: Address,
    /// Who vouches for its certificate.
    pub trust: Trust,
    /// What signs the requests.
    pub secrets: Secrets,
    /// How long a message waits for the answer.
    pub time: Duration,
    /// How many requests are under way at once.
    pub concurrency: usize,
    /// How many messages one of them has at most.
    pub batch: usize,
    /// The verdict if there is no answer.
    pub on_failure: OnFailure,
}

/// Asks a back end about messages: [`Hooks`] whose questions can change while the server runs. Clones are one and the same.
#[derive(Debug, Clone, Default)]
pub struct MessageQuestions(Arc<All>);

#[derive(Debug, Default)]
struct All {
    before_c2c: Slot,
    before_c2s: Slot,
    presence: PresenceQuestion,
}

/// A place for one question.
#[derive(Debug, Default)]
struct Slot {
    /// Whether there is one: all that is looked at otherwise.
    is_asked: AtomicBool,
    asker: Mutex<Option<Arc<Asker>>>,
    counters: Arc<Counters>,
}

impl MessageQuestions {
    /// From now on, a question is asked so, or not at all. One that is asked as before goes on as it was.
    pub fn set(&self, question: Question, settings: Option<QuestionSettings>) {
        self.slot(question).set(question, settings);
    }

    /// From now on, who may see whom is asked so, or not at all.
    pub fn set_presence(&self, settings: Option<PresenceSettings>) {
        self.0.presence.set(settings);
    }

    fn slot(&self, question: Question) -> &Slot {
        match question {
            Question::BeforeC2c => &self.0.before_c2c,
            Question::BeforeC2s => &self.0.before_c2s,
        }
    }
}

impl Slot {
    fn set(&self, question: Question, settings: Option<QuestionSettings>) {
        let mut asker = self.asker.lock();
        if asker.as_ref().map(|asker| asker.settings()) == settings.as_ref() {
            return;
        }
        let counters = || Arc::clone(&self.counters);
        *asker = settings.map(|settings| Arc::new(Asker::new(question, settings, counters())));
        self.is_asked.store(asker.is_some(), Ordering::Relaxed);
    }

    /// Why there are no answers at present.
    fn trouble(&self) -> Option<String> {
        let asker = self.asker.lock().clone();
        asker.and_then(|asker| asker.trouble())
    }

    fn ask(&self, message: &Message<'_>) -> Deferred<Verdict> {
        if !self.is_asked.load(Ordering::Relaxed) {
            return Verdict::Allow.into();
        }
        let Some(asker) = self.asker.lock().clone() else {
            return Verdict::Allow.into();
        };
        Deferred::pending(asker.ask(form::about(message)))
    }
}

impl Hooks for MessageQuestions {
    fn before_c2c(&self, _server: &ServerHandle, message: &Message<'_>) -> Deferred<Verdict> {
        self.0.before_c2c.ask(message)
    }

    fn before_c2s(&self, _server: &ServerHandle, message: &Message<'_>) -> Deferred<Verdict> {
        self.0.before_c2s.ask(message)
    }

    fn visible(
        &self,
        _server: &ServerHandle,
        user: &Arc<str>,
        users: &[Arc<str>],
    ) -> Deferred<Option<Vec<Arc<str>>>> {
        Deferred::pending(self.0.presence.ask(user, users))
    }

    fn stats(&self) -> HookStats {
        let mut stats = HookStats::default();
        stats.before_c2c = self.0.before_c2c.counters.read();
        stats.before_c2s = self.0.before_c2s.counters.read();
        stats
    }

    fn trouble(&self) -> Option<String> {
        let All {
            before_c2c,
            before_c2s,
            presence,
        } = &*self.0;
        let about_messages = before_c2c.trouble().or_else(|| before_c2s.trouble());
        about_messages.or_else(|| presence.trouble())
    }
}

#[cfg(test)]
mod tests;
