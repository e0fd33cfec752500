//! Whom the application watches, in each session anew.

use mobileim_protocol::client::{Event, Unanswered};
use tracing::debug;

use super::Driver;

impl Driver {
    /// A session begins.
    pub(super) fn begin_session(&mut self, first_login_time: i64) {
        self.first_login_time = first_login_time;
        let user = self.engine.user_id().unwrap_or_default();
        let Some(question) = self.waiters.watching.question(user).map(str::to_owned) else {
            return;
        };
        let now = self.now();
        match self.engine.ask(now, None, &question) {
            Ok(id) => self.waiters.watching.asks_again(id),
            Err(error) => debug!("who is online is not asked: {error}"),
        }
    }

    /// A question is answered, or will not be.
    pub(super) fn answered(&mut self, id: &str, answer: Result<String, Unanswered>) {
        let text = answer.as_deref().ok();
        let Some(signals) = self.waiters.watching.take(id, text) else {
            return self.waiters.settle_question(id, answer);
        };
        for signal in signals {
            self.tell(Event::Signalled { signal }, None);
        }
    }
}
