//! Questions to the server, and their answers.
//!
//! The server does not remember which it has answered, and no question does something else when it is asked twice. So a question
//! goes out again on each new link, and on a datagram link until it is answered, as long as somebody waits for that.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use super::Client;
use super::output::{AskError, Event, Output, Unanswered};
use super::send::new_fingerprint;
use super::standing::Link;
use super::timer::Timer;
use crate::codec;
use crate::message::{Message, MessageType, SERVER, is_fingerprint};
use crate::time::Instant;

/// How many questions an application may wait for. Of these the server is asked as many at once as it takes.
const MAX_OPEN: usize = 64;

/// The questions that are not answered, in the order in which they were asked.
#[derive(Debug, Default)]
pub(super) struct Questions(Vec<Open>);

#[derive(Debug)]
struct Open {
    id: String,
    body: String,
    /// Who asks waits no longer than this.
    until: Instant,
    /// When it goes out, the next time; on a new link at once.
    due: Instant,
    /// How often it went out on this link.
    transmissions: u32,
}

impl Client {
    /// Asks the server, now or as soon as there is a link; if the client waits to connect again, it waits no longer.
    /// [`Event::Answered`] says what comes of it, within [`Config::answer_timeout`](super::Config::answer_timeout). Returns the
    /// question's id.
    ///
    /// The question is as [`encode_question`](crate::encode_question) writes it. With the id of one that is not answered it is that
    /// one, and is not asked again; without an id, it is given one.
    pub fn ask(
        &mut self,
        now: Instant,
        id: Option<String>,
        question: &str,
    ) -> Result<String, AskError> {
        let now = self.clock.read(now);
        if !self.has_login() {
            return Err(AskError::NotLoggedIn);
        }
        let id = id.unwrap_or_else(|| new_fingerprint(&mut self.rng));
        if !is_fingerprint(&id) {
            return Err(AskError::BadId);
        }
        if self.questions.has(&id) {
            return Ok(id);
        }
        if self.questions.0.len() >= MAX_OPEN {
            return Err(AskError::TooMany);
        }
        let from = self.user_id().ok_or(AskError::NotLoggedIn)?;
        let mut message = Message::new(MessageType::Question, from, SERVER).with_content(question);
        message.fp = Some((&id).into());
        let body = codec::encode(&message);
        let (len, limit) = (body.len(), self.max_body);
        if len > limit {
            return Err(AskError::TooLong { len, limit });
        }
        self.questions.0.push(Open {
            id: id.clone(),
            body,
            until: now + self.config.answer_timeout,
            due: Instant::default(),
            transmissions: 0,
        });
        self.transmit_questions(now);
        self.end_wait(now);
        Ok(id)
    }

    /// Gives up what has waited too long.
    pub(super) fn check_questions(&mut self, now: Instant) {
        while let Some(at) = self.questions.0.iter().position(|open| open.until <= now) {
            self.end_question(at, Err(Unanswered::TimedOut));
        }
        self.transmit_questions(now);
    }

    /// Sends what is due, as many as the server takes at once.
    pub(super) fn transmit_questions(&mut self, now: Instant) {
        let Some((Link { id, round_trip, .. }, session)) = self.standing.online() else {
            return self.schedule_questions(0);
        };
        let Some(at_once) = session.max_questions else {
            return self.fail_questions(Unanswered::NotSupported);
        };
        for open in self.questions.0.iter_mut().take(at_once) {
            if open.due > now {
                continue;
            }
            let body = open.body.clone();
            self.outputs.push_back(Output::Transmit { link: *id, body });
            open.transmissions += 1;
            open.due = if self.config.transport.is_datagram() {
                now + round_trip.timeout(open.transmissions)
            } else {
                // A stream loses nothing.
                open.until
            };
        }
        self.schedule_questions(at_once);
    }

    fn schedule_questions(&mut self, at_once: usize) {
        self.timers.set(Timer::Questions, None);
        for (index, open) in self.questions.0.iter().enumerate() {
            let due = if index < at_once {
                open.due
            } else {
                open.until
            };
            self.timers.set_by(Timer::Questions, due.min(open.until));
        }
    }

    /// The user has sent too much: nothing is asked before the wait is over, and then what was refused again.
    pub(super) fn hold_questions(&mut self, now: Instant, refused: &str, until: Instant) {
        for open in &mut self.questions.0 {
            if open.due <= until || open.id == refused {
                open.due = until;
            }
        }
        self.transmit_questions(now);
    }

    /// The link is gone: what was asked on it goes out on the next one.
    pub(super) fn ground_questions(&mut self) {
        for open in &mut self.questions.0 {
            open.due = Instant::default();
            open.transmissions = 0;
        }
        self.schedule_questions(0);
    }

    pub(super) fn fail_questions(&mut self, why: Unanswered) {
        while !self.questions.0.is_empty() {
            self.end_question(0, Err(why));
        }
        self.schedule_questions(0);
    }

    pub(super) fn receive_answer(&mut self, now: Instant, message: &Message<'_>) {
        self.note_answer();
        let id = message.fp.as_deref().unwrap_or_default();
        // Else it was answered before, or nobody waits for it any more.
        if let Some(at) = self.questions.place(id) {
            let answer = message.content.as_deref().unwrap_or_default();
            self.end_question(at, Ok(answer.to_owned()));
            self.transmit_questions(now);
        }
    }

    fn end_question(&mut self, at: usize, answer: Result<String, Unanswered>) {
        let Open { id, .. } = self.questions.0.remove(at);
        self.emit(Event::Answered { id, answer });
    }
}

impl Questions {
    /// Whether somebody waits for the answer to this one.
    pub(super) fn has(&self, id: &str) -> bool {
        self.place(id).is_some()
    }

    /// Where a question is.
    fn place(&self, id: &str) -> Option<usize> {
        self.0.iter().position(|open| open.id == id)
    }
}
