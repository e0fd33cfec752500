//! Questions to the server, and their answers.
//!
//! The server does not remember which it has answered, and no question does something else when it is asked twice. So a question
//! goes out again on each new link, and on a datagram link until it is answered, as long as somebody waits for that.

use alloc::string::String;
use alloc::vec::Vec;

use super::Client;
use super::output::{AskError, Event, Output, Unanswered};
use super::retry_after;
use super::send::new_fingerprint;
use super::timer::Timer;
use crate::codec::{self, DecodeError};
use crate::codes;
use crate::message::{Message, MessageType, SERVER};
use crate::payload;
use crate::question::{QuestionAnswer, encode_question};
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
    /// The parameters are the text of a JSON object, or nothing.
    pub fn ask(&mut self, now: Instant, name: &str, parameters: &str) -> Result<String, AskError> {
        let now = self.clock.read(now);
        let content = encode_question(name, parameters)?;
        if !self.has_login() {
            return Err(AskError::NotLoggedIn);
        }
        if self.questions.0.len() >= MAX_OPEN {
            return Err(AskError::TooMany);
        }
        let id = new_fingerprint(&mut self.rng);
        let from = self.user_id().ok_or(AskError::NotLoggedIn)?;
        let mut message = Message::new(MessageType::Question, from, SERVER).with_content(content);
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
            self.fail_question(at, Unanswered::TimedOut);
        }
        self.transmit_questions(now);
    }

    /// Sends what is due, as many as the server takes at once.
    pub(super) fn transmit_questions(&mut self, now: Instant) {
        let Some((link, session)) = self.standing.online() else {
            return self.schedule_questions(0);
        };
        let Some(at_once) = session.max_questions else {
            return self.fail_questions(&Unanswered::NotSupported);
        };
        for open in self.questions.0.iter_mut().take(at_once) {
            if open.due > now {
                continue;
            }
            let (link_id, body) = (link.id, open.body.clone());
            self.outputs.push_back(Output::Transmit {
                link: link_id,
                body,
            });
            open.transmissions += 1;
            open.due = if self.config.transport.is_datagram() {
                now + link.round_trip.timeout(open.transmissions)
            } else {
                // A stream loses nothing.
                open.until
            };
        }
        self.schedule_questions(at_once);
    }

    fn schedule_questions(&mut self, at_once: usize) {
        let open = &self.questions.0;
        let due = open.iter().take(at_once).map(|open| open.due);
        let next = open.iter().map(|open| open.until).chain(due).min();
        self.timers.set(Timer::Questions, next);
    }

    /// The link is gone: what was asked on it goes out on the next one.
    pub(super) fn ground_questions(&mut self) {
        for open in &mut self.questions.0 {
            open.due = Instant::default();
            open.transmissions = 0;
        }
        self.schedule_questions(0);
    }

    pub(super) fn fail_questions(&mut self, why: &Unanswered) {
        while !self.questions.0.is_empty() {
            self.fail_question(0, why.clone());
        }
        self.schedule_questions(0);
    }

    fn fail_question(&mut self, at: usize, why: Unanswered) {
        let Open { id, .. } = self.questions.0.remove(at);
        let answer = Err(why);
        self.emit(Event::Answered { id, answer });
    }

    pub(super) fn receive_answer(
        &mut self,
        now: Instant,
        message: &Message<'_>,
    ) -> Result<(), DecodeError> {
        let answer = payload::decode(message.content.as_deref())?;
        self.note_answer();
        let is_it = |open: &Open| message.fp.as_deref() == Some(&*open.id);
        let Some(at) = self.questions.0.iter().position(is_it) else {
            // It was answered before, or nobody waits for it any more.
            return Ok(());
        };
        let answer = match answer {
            QuestionAnswer::Given(answer) => Ok(answer),
            QuestionAnswer::Refused {
                code,
                text,
                retry_after,
            } => {
                let open = &mut self.questions.0[at];
                let again = now + retry_after::before_sending(retry_after);
                if code == codes::TOO_MANY_MESSAGES && again < open.until {
                    open.due = again;
                    self.transmit_questions(now);
                    return Ok(());
                }
                Err(Unanswered::Refused { code, text })
            }
        };
        let Open { id, .. } = self.questions.0.remove(at);
        self.emit(Event::Answered { id, answer });
        self.transmit_questions(now);
        Ok(())
    }
}
