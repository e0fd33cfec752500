//! Another token before the one expires, so that the session goes on: another LOGIN on the same link.

use super::output::Output;
use super::timer::Timer;
use super::{Client, Token};
use crate::backoff::random_between;
use crate::payload::LoginResponse;
use crate::time::{Instant, Span};

/// How long before it expires a token is replaced at the latest, and twice that at the earliest; of one that is valid for a short
/// time, a quarter of that.
const MARGIN: Span = Span::from_secs(300);

/// However short a token is valid, another one is not asked for before.
const SOONEST: Span = Span::from_millis(500);

/// The shortest wait before a token that could not be had is asked for again.
const RETRY: Span = Span::from_secs(1);

impl Client {
    /// The server has said how long the token is valid, or nothing.
    pub(super) fn note_expiry(&mut self, now: Instant, response: &LoginResponse) {
        let can_ask = self
            .account
            .as_ref()
            .is_some_and(|account| account.token == Token::Ask);
        let life = response.token_expires_in.filter(|_| can_ask);
        let life = life.map(Span::from_millis);
        let Some((_, session)) = self.standing.session_mut() else {
            return;
        };
        session.valid_until = life.map(|life| now + life);
        let at = life.map(|life| {
            let margin = (life / 4).min(MARGIN);
            // At a time of its own, so that clients that came together do not come together again.
            let before = random_between(&mut self.rng, margin, margin * 2);
            ((now + life) - before).max(now + SOONEST)
        });
        self.timers.set(Timer::Refresh, at);
    }

    /// It is time for another token.
    pub(super) fn ask_for_new_token(&mut self, now: Instant) {
        let link = self.last_link;
        if self.standing.session_mut().is_none() {
            return;
        }
        if let Some(link) = self.standing.link_mut(link) {
            link.token = None;
        }
        self.outputs.push_back(Output::RequestToken { link });
        let until = now + self.config.login_timeout;
        self.timers.set(Timer::Token, Some(until));
    }

    /// There is no other token now. As long as the old one is valid, there is time to ask again.
    pub(super) fn refresh_later(&mut self, now: Instant) {
        self.timers.set(Timer::Token, None);
        let Some((_, session)) = self.standing.session_mut() else {
            return;
        };
        let left = session.valid_until.map(|until| until.span_since(now));
        let wait = left.map(|left| (left / 3).max(RETRY));
        self.timers.set(Timer::Refresh, wait.map(|wait| now + wait));
    }

    /// Whether another LOGIN is out.
    pub(super) fn is_refreshing(&self) -> bool {
        self.standing
            .online()
            .is_some_and(|(_, session)| session.refreshing.is_some())
    }

    /// The server takes the other token: the session goes on.
    pub(super) fn refreshed(&mut self, now: Instant, response: &LoginResponse) {
        if let Some((_, session)) = self.standing.session_mut() {
            session.refreshing = None;
        }
        self.timers.set(Timer::LoginRetransmit, None);
        self.note_answer();
        self.note_expiry(now, response);
    }
}
