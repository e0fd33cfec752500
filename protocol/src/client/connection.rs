//! From one link to the next: connect, log in, keep alive, give up, wait.

use alloc::string::String;

use super::config::Mutation;
use super::output::{Event, LinkId, LinkLostReason, LostReason, Output, State};
use super::pacing::{Pacing, Server};
use super::timer::Timer;
use super::{Client, Token};
use crate::codec;
use crate::codes;
use crate::keep_alive::{KeepAlive, Verdict};
use crate::message::{Message, MessageType, SERVER};
use crate::payload::{self, LoginRequest, LoginResponse};
use crate::retransmit::RoundTripTime;
use crate::sense_mode::Timing;
use crate::time::{Instant, Span};

/// A reason to hurry ends a wait at once, but no two of them within this time: somebody who types while the server is
/// down must not keep it down.
const HURRY_INTERVAL: Span = Span::from_secs(2);

impl Client {
    /// The link is open.
    pub fn handle_connected(&mut self, now: Instant, link: LinkId) {
        let now = self.clock.read(now);
        if self.link != Some(link) || !self.opening || self.state != State::Connecting {
            return;
        }
        self.timers.set(Timer::Connect, None);
        self.timers
            .set(Timer::Login, Some(now + self.config.login_timeout));
        self.set_state(State::LoggingIn);
        self.transmit_login(now);
    }

    /// The link could not be opened, or was closed from outside.
    pub fn handle_disconnected(&mut self, now: Instant, link: LinkId) {
        let now = self.clock.read(now);
        if self.link == Some(link) && self.opening {
            let reason = if self.state == State::Connecting {
                LinkLostReason::NeverOpened
            } else {
                LinkLostReason::Disconnected
            };
            self.link = None;
            let to_blame = if self.config.has(Mutation::NeverSetAside) {
                None
            } else {
                self.outbox.blame(now)
            };
            self.lose_link(now, reason);
            if let Some(entry) = to_blame {
                self.report_lost(&entry, LostReason::BreaksLink);
            }
        }
    }

    /// The token that [`Output::RequestToken`] asked for.
    pub fn handle_token(&mut self, now: Instant, link: LinkId, token: String) {
        let now = self.clock.read(now);
        if self.link == Some(link) && self.token.is_none() {
            self.token = Some(token);
            self.token_failed = false;
            self.timers.set(Timer::Token, None);
            if !self.opening {
                self.open_link(now, link);
            }
            self.transmit_login(now);
        }
    }

    /// There is no token for [`Output::RequestToken`]; the client tries again later.
    pub fn handle_token_failure(&mut self, now: Instant, link: LinkId) {
        let now = self.clock.read(now);
        if self.link == Some(link) && self.token.is_none() {
            self.give_up_token(now);
        }
    }

    pub(super) fn give_up_token(&mut self, now: Instant) {
        self.token_failed = true;
        self.lose_link(now, LinkLostReason::NoToken);
    }

    pub(super) fn connect(&mut self, now: Instant) {
        self.last_link.0 = self.last_link.0.wrapping_add(1);
        let link = self.last_link;
        self.link = Some(link);
        self.login_transmissions = 0;
        self.round_trip = RoundTripTime::new();
        self.timers.set(Timer::Reconnect, None);
        self.set_state(State::Connecting);
        self.opening = false;
        self.token = match self.account.as_ref().map(|account| &account.token) {
            Some(Token::Fixed(token)) => Some(token.clone()),
            Some(Token::Ask) | None => None,
        };
        if self.token.is_some() || !self.token_failed {
            self.open_link(now, link);
        }
        if self.token.is_none() {
            // While the link opens, to lose no time; where there was no token the last time, before a link is opened.
            self.outputs.push_back(Output::RequestToken { link });
            self.timers
                .set(Timer::Token, Some(now + self.config.login_timeout));
        }
    }

    fn open_link(&mut self, now: Instant, link: LinkId) {
        self.opening = true;
        self.timers
            .set(Timer::Connect, Some(now + self.config.connect_timeout));
        self.outputs.push_back(Output::Connect { link });
    }

    /// Sends LOGIN, once the link is open and the token is known; on a datagram link again and again.
    pub(super) fn transmit_login(&mut self, now: Instant) {
        let (State::LoggingIn, Some(link), Some(token), Some(account)) =
            (self.state, self.link, &self.token, &self.account)
        else {
            return;
        };
        let transport = self.config.transport;
        let request = payload::encode(&LoginRequest {
            user_id: account.user_id.clone(),
            token: token.clone(),
            extra: account.extra.clone(),
            first_login_time: self.first_login_time,
            max_batch: transport.max_batch(),
            max_body: Some(self.config.max_body),
        });
        let message =
            Message::new(MessageType::Login, &account.user_id, SERVER).with_content(request);
        let body = codec::encode(&message);
        if body.len() > self.config.server_max_body {
            // Nothing longer was agreed yet: it would be refused each time.
            self.close();
            let code = codes::INVALID_MESSAGE;
            return self.emit(Event::LoginRefused { code, retry: false });
        }
        self.outputs.push_back(Output::Transmit { link, body });
        self.login_transmissions += 1;
        if transport.is_datagram() {
            let wait = self.round_trip.timeout(self.login_transmissions);
            self.timers.set(Timer::LoginRetransmit, Some(now + wait));
        }
    }

    /// The server accepted the login.
    pub(super) fn go_online(&mut self, now: Instant, response: &LoginResponse) {
        let transport = self.config.transport;
        let interval = response
            .keep_alive_interval
            .and_then(|millis| u64::try_from(millis).ok())
            .filter(|millis| *millis > 0)
            .map_or_else(
                || Span::from_secs(self.config.sense_mode.seconds()),
                Span::from_millis,
            );
        let timing = Timing::for_interval(interval, transport);
        let says_more = response.keep_alive_interval.is_some()
            || response.max_batch.is_some()
            || response.max_body.is_some();
        let server = if says_more {
            Server::MobileIm
        } else {
            Server::Original
        };
        self.outbox
            .set_pacing(Pacing::new(transport.is_datagram(), server));
        let reconnect = self.first_login_time != 0;
        let first_login_time = response.first_login_time;
        self.first_login_time = first_login_time;
        self.timers.set(Timer::Login, None);
        self.timers.set(Timer::LoginRetransmit, None);
        self.max_batch = response.max_batch;
        self.max_body = response.max_body.unwrap_or(self.config.server_max_body);
        self.knows_parts = response.max_body.is_some();
        self.keep_alive = Some(KeepAlive::new(now, timing, transport));
        self.schedule_keep_alive();
        self.set_state(State::Online);
        self.emit(Event::LoggedIn {
            first_login_time,
            reconnect,
            server: response.server.clone(),
        });
        for entry in self.outbox.take_longer_than(self.max_body) {
            let limit = self.max_body;
            self.report_lost(&entry, LostReason::TooLong { limit });
        }
        self.transmit_outbox(now);
        if !self.backoff.is_fresh() {
            // Whether this server does more than accept and drop: its answer ends the back-off.
            self.doubt_link(now);
        }
    }

    /// The server has answered something that came after the login: it works, and the back-off begins anew. Not the
    /// login alone: a server that accepts and drops would be asked again without pause.
    pub(super) fn note_answer(&mut self) {
        self.backoff.reset();
    }

    /// Gives the link up, if it still stands, and waits to open another.
    pub(super) fn lose_link(&mut self, now: Instant, reason: LinkLostReason) {
        let was_reached = self.state == State::Online
            || matches!(
                reason,
                LinkLostReason::NoToken | LinkLostReason::RefusedForNow
            );
        if !was_reached {
            self.outbox.excuse();
        }
        self.leave_link();
        self.emit(Event::LinkLost { reason });
        let wait = self.backoff.next_delay(&mut self.rng);
        self.timers.set(Timer::Reconnect, Some(now + wait));
        self.set_state(State::Waiting);
    }

    /// Ends everything but the outbox; only a login leads on.
    pub(super) fn close(&mut self) {
        self.leave_link();
        self.held.clear();
        self.outputs.drop_received();
        if self.state != State::Offline {
            self.set_state(State::Closed);
        }
    }

    fn leave_link(&mut self) {
        if let Some(link) = self.link.take().filter(|_| self.opening) {
            self.outputs.push_back(Output::Disconnect { link });
        }
        self.token = None;
        self.held.link_lost();
        self.max_batch = None;
        self.knows_parts = false;
        self.keep_alive = None;
        self.heartbeat_sent = None;
        self.timers.clear_all();
        self.outbox.ground();
    }

    /// There is reason to believe that a link can be had, or that the one there is died unnoticed.
    pub(super) fn hurry(&mut self, now: Instant) {
        match self.state {
            State::Waiting => {
                self.backoff.reset();
                self.end_wait(now);
            }
            State::Online => self.doubt_link(now),
            State::Offline | State::Connecting | State::LoggingIn | State::Closed => {}
        }
    }

    /// Connects now if the client waits to, or as soon as it may hurry again.
    pub(super) fn end_wait(&mut self, now: Instant) {
        if self.state != State::Waiting {
            return;
        }
        let last = self.hurried_at;
        let at = last.map_or(now, |last| now.max(last + HURRY_INTERVAL));
        if at <= now {
            self.hurried_at = Some(now);
            self.connect(now);
        } else if self.timers.is_later(Timer::Reconnect, at) {
            self.hurried_at = Some(at);
            self.timers.set(Timer::Reconnect, Some(at));
        }
    }

    /// Asks the server for a sign of life now.
    pub(super) fn doubt_link(&mut self, now: Instant) {
        if let Some(keep_alive) = &mut self.keep_alive {
            keep_alive.probe(now);
            self.check_link(now);
        }
    }

    /// Sends the heartbeat that is due, or gives the link up.
    pub(super) fn check_link(&mut self, now: Instant) {
        let (Some(keep_alive), Some(link), Some(account)) =
            (&mut self.keep_alive, self.link, &self.account)
        else {
            return;
        };
        match keep_alive.handle_timeout(now) {
            Verdict::Wait => {}
            Verdict::Beat => {
                let message = Message::new(MessageType::KeepAlive, &account.user_id, SERVER)
                    .with_content("{}");
                let body = codec::encode(&message);
                self.outputs.push_back(Output::Transmit { link, body });
                self.heartbeat_sent = Some(now);
                self.emit(Event::HeartbeatSent);
            }
            Verdict::GiveUp => return self.lose_link(now, LinkLostReason::Silent),
        }
        self.schedule_keep_alive();
    }

    pub(super) fn schedule_keep_alive(&mut self) {
        let deadline = self.keep_alive.as_ref().map(KeepAlive::deadline);
        self.timers.set(Timer::KeepAlive, deadline);
    }

    fn set_state(&mut self, state: State) {
        if self.state != state {
            self.state = state;
            self.emit(Event::StateChanged(state));
        }
    }
}
