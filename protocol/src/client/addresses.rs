//! Which of a server's addresses is next.
//!
//! After a failure the next one, after success the same: a link that has worked and broke was most likely broken by the network. An
//! address at which nobody answers is passed over at once, as that of a standby is; once all were, the client waits.

use super::output::LinkLostReason;

#[derive(Debug)]
pub(super) struct Addresses {
    count: usize,
    current: usize,
    /// How many were passed over since the client waited last.
    passed_over: usize,
    /// Whether the server there has answered more than the login.
    has_worked: bool,
}

impl Addresses {
    pub(super) fn new(count: usize) -> Self {
        Self {
            count,
            current: 0,
            passed_over: 0,
            has_worked: false,
        }
    }

    pub(super) fn current(&self) -> usize {
        self.current
    }

    /// The server has answered something that came after the login.
    pub(super) fn note_answer(&mut self) {
        self.has_worked = true;
    }

    /// A link is lost. Returns whether the next attempt need not wait.
    pub(super) fn fail(&mut self, reason: LinkLostReason) -> bool {
        let has_worked = core::mem::take(&mut self.has_worked);
        let is_unanswered = matches!(
            reason,
            LinkLostReason::NeverOpened
                | LinkLostReason::ConnectTimeout
                | LinkLostReason::LoginTimeout
        );
        let is_sent_away = matches!(
            reason,
            LinkLostReason::RefusedForNow | LinkLostReason::SessionEnded
        );
        let is_broken = matches!(
            reason,
            LinkLostReason::Disconnected | LinkLostReason::Silent | LinkLostReason::NotLoggedIn
        ) && !has_worked;
        if is_unanswered || is_sent_away || is_broken {
            self.current += 1;
            if self.current >= self.count {
                self.current = 0;
            }
        }
        let passed_over = if is_unanswered {
            self.passed_over + 1
        } else {
            0
        };
        let goes_on = is_unanswered && passed_over < self.count;
        self.passed_over = if goes_on { passed_over } else { 0 };
        goes_on
    }
}
