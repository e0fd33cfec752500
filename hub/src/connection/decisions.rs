//! What the application decides about messages, at once or later; and what waits for it.
//!
//! Acknowledgements, heartbeats and a logout do not: they are answered as they come. Of messages, those to the same receiver keep
//! their order. What is decided at once, with nothing to the same receiver before it, is done at once and costs nothing.

use std::future::Ready;
use std::task::Context;

use mobileim_protocol::{Instant, Message, SERVER};

use super::questions::{Decision, Questions};
use super::{Connection, Step};
use crate::server::Verdict;
use crate::trace::Step as Trace;

impl Connection {
    /// Does what the application has decided by now, and answers what the client has asked; has the task of `cx` woken when there is more:
    /// as long as something [is awaited](Self::is_asking).
    pub fn decide(&mut self, now: Instant, cx: &mut Context<'_>) -> Step {
        self.send_answers(cx);
        loop {
            let Some(questions) = &mut self.questions else {
                return Step::Continue;
            };
            let mut is_answered = false;
            while questions.poll_answer(cx) {
                is_answered = true;
            }
            if !is_answered {
                return self.more();
            }
            while let Some(turn) = self.questions.as_mut().and_then(|held| held.next()) {
                let at = turn.at();
                let step = match turn.decision {
                    Decision::Verdict(verdict) => self.act(now, turn.message, verdict, Some(at)),
                    Decision::Acceptance(acceptance) => {
                        self.c2s_decided(now, &turn.message, acceptance)
                    }
                };
                if let Step::Close(_) = step {
                    return step;
                }
            }
            if self.questions.as_ref().is_some_and(|held| held.is_empty()) {
                // An idle connection holds nothing for it.
                self.questions = None;
            }
        }
    }

    /// Whether the application has not decided yet about messages that came, or a question of the client's is not answered yet:
    /// [`Connection::decide`] is to be called.
    pub fn is_asking(&self) -> bool {
        self.questions.is_some() || self.client_questions.is_some()
    }

    /// Waits for what the application decides about a message.
    pub(super) fn ask_about(
        &mut self,
        now: Instant,
        message: Message<'_>,
        verdict: impl Future<Output = Verdict> + Send + 'static,
    ) -> Step {
        if self.is_full() {
            return self.drop_datagram();
        }
        self.trace(now, &message, Trace::Asked);
        let answer = async { Decision::Verdict(verdict.await) };
        self.questions().hold(message.into_owned(), Err(answer));
        self.more()
    }

    /// The application has decided at once: but another message to the same receiver may still wait for that.
    pub(super) fn decided(&mut self, now: Instant, message: Message<'_>, verdict: Verdict) -> Step {
        if !self.must_wait(&message) {
            return self.act(now, message, verdict, None);
        }
        if self.is_full() {
            return self.drop_datagram();
        }
        let decision = Ok::<_, Ready<_>>(Decision::Verdict(verdict));
        self.questions().hold(message.into_owned(), decision);
        self.more()
    }

    /// It is a message's turn. `at` says where it was among those that were held.
    fn act(
        &mut self,
        now: Instant,
        message: Message<'_>,
        verdict: Verdict,
        at: Option<usize>,
    ) -> Step {
        if at.is_some() && verdict == Verdict::Allow {
            self.trace(now, &message, Trace::AllowedByApplication);
        }
        if message.to.as_deref() == Some(SERVER) {
            self.may_be_accepted(now, message, verdict, at)
        } else {
            self.c2c_decided(now, message, verdict)
        }
    }

    pub(super) fn questions(&mut self) -> &mut Questions {
        self.questions
            .get_or_insert_with(|| Box::new(Questions::new(self.server.clone())))
    }

    /// Whether its sender has sent it again, while the application is asked about it.
    pub(super) fn is_asked_about(&self, message: &Message<'_>) -> bool {
        let questions = self.questions.as_ref();
        questions.is_some_and(|questions| questions.has(message))
    }

    /// Whether it is to wait for another one.
    fn must_wait(&self, message: &Message<'_>) -> bool {
        let (Some(questions), Some(to)) = (&self.questions, &message.to) else {
            return false;
        };
        questions.has_any_to(to)
    }

    /// Whether as many messages as may be wait for the application. A stream is not read then.
    fn is_full(&self) -> bool {
        let questions = self.questions.as_ref();
        questions.is_some_and(|questions| questions.is_full())
    }

    pub(super) fn more(&self) -> Step {
        if self.is_full() && !self.link.transport().is_datagram() {
            Step::Full
        } else {
            Step::Continue
        }
    }

    /// There is no room for it: as any datagram that is lost, it is sent again.
    fn drop_datagram(&self) -> Step {
        self.server.counters().lost_datagrams.count();
        self.more()
    }
}
