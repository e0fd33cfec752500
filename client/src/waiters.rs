//! Who waits for what the engine will tell.

use std::collections::HashMap;

use mobileim_protocol::client::{Event, Unanswered};
use tokio::sync::oneshot;

use crate::error::{LoginError, QuestionError, SendError};
use crate::handle::LoggedIn;
use crate::presence::Watching;

/// Callers of `login`, awaited deliveries and answers.
#[derive(Debug, Default)]
pub(crate) struct Waiters {
    logins: Vec<oneshot::Sender<Result<LoggedIn, LoginError>>>,
    /// For those.
    restored: usize,
    /// By fingerprint.
    deliveries: HashMap<String, oneshot::Sender<Result<(), SendError>>>,
    /// By their ids.
    questions: HashMap<String, oneshot::Sender<Result<String, QuestionError>>>,
    pub(crate) watching: Watching,
}

impl Waiters {
    pub(crate) fn add_login(&mut self, reply: oneshot::Sender<Result<LoggedIn, LoginError>>) {
        self.logins.push(reply);
    }

    /// So many messages of earlier runs go out with the login.
    pub(crate) fn add_restored(&mut self, restored: usize) {
        self.restored += restored;
    }

    pub(crate) fn add_delivery(
        &mut self,
        fp: String,
        reply: oneshot::Sender<Result<(), SendError>>,
    ) {
        self.deliveries.insert(fp, reply);
    }

    pub(crate) fn add_question(
        &mut self,
        id: String,
        reply: oneshot::Sender<Result<String, QuestionError>>,
    ) {
        self.questions.insert(id, reply);
    }

    /// Tells who has asked. The application hears of it in no other way.
    pub(crate) fn settle_question(&mut self, id: &str, answer: Result<String, Unanswered>) {
        if let Some(reply) = self.questions.remove(id) {
            let _ = reply.send(answer.map_err(QuestionError::from));
        }
    }

    /// Tells those who waited for this event.
    pub(crate) fn notice(&mut self, event: &Event) {
        match event {
            Event::LoggedIn {
                first_login_time, ..
            } => {
                let restored = std::mem::take(&mut self.restored);
                self.settle_logins(&Ok(LoggedIn {
                    first_login_time: *first_login_time,
                    restored,
                }));
            }
            Event::LoginRefused { code, retry: false } => {
                self.settle_logins(&Err(LoginError::Refused { code: *code }));
                self.end_session();
            }
            Event::KickedOut { code, reason } => {
                self.settle_logins(&Err(LoginError::KickedOut {
                    code: *code,
                    reason: reason.clone(),
                }));
                self.end_session();
            }
            Event::Delivered { fp } => self.settle_delivery(fp, Ok(())),
            Event::Lost { message, reason } => {
                if let Some(fp) = &message.fp {
                    self.settle_delivery(fp, Err(SendError::Lost(*reason)));
                }
            }
            _ => {}
        }
    }

    /// The application logged out. Deliveries are settled by the events that the engine sends for each.
    pub(crate) fn log_out(&mut self) {
        self.settle_logins(&Err(LoginError::LoggedOut));
    }

    fn end_session(&mut self) {
        for (_, reply) in self.deliveries.drain() {
            let _ = reply.send(Err(SendError::SessionEnded));
        }
    }

    fn settle_logins(&mut self, answer: &Result<LoggedIn, LoginError>) {
        for reply in self.logins.drain(..) {
            // Whoever asked may have gone away; so below.
            let _ = reply.send(answer.clone());
        }
    }

    fn settle_delivery(&mut self, fp: &str, outcome: Result<(), SendError>) {
        if let Some(reply) = self.deliveries.remove(fp) {
            let _ = reply.send(outcome);
        }
    }
}
