//! From one link to the next: connect, log in, keep alive, give up, wait.

use alloc::string::String;

use super::config::Mutation;
use super::output::{Event, LinkId, LinkLostReason, LostReason, Output, State, Unanswered};
use super::pacing::{Pacing, Server};
use super::retry_after;
use super::standing::{Link, Session, Stage, Standing};
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
        match self.standing.link_mut(link) {
            Some(Link { stage, .. }) if matches!(stage, Stage::Opening) => {
                *stage = Stage::LoggingIn { transmissions: 0 };
            }
            _ => return,
        }
        self.timers.set(Timer::Connect, None);
        self.timers
            .set(Timer::Login, Some(now + self.config.login_timeout));
        self.tell_state();
        self.transmit_login(now);
    }

    /// The link could not be opened, or was closed from outside.
    pub fn handle_disconnected(&mut self, now: Instant, link: LinkId) {
        let now = self.clock.read(now);
        let reason = match self.standing.link_mut(link).map(|link| &link.stage) {
            None | Some(Stage::Unopened) => return,
            Some(Stage::Opening) => LinkLostReason::NeverOpened,
            Some(Stage::LoggingIn { .. } | Stage::Online(_)) => LinkLostReason::Disconnected,
        };
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

    /// The token that [`Output::RequestToken`] asked for.
    pub fn handle_token(&mut self, now: Instant, link: LinkId, token: String) {
        let now = self.clock.read(now);
        let Some(link) = self.link_without_token(link) else {
            return;
        };
        link.token = Some(token);
        if let Stage::Online(session) = &mut link.stage {
            session.refreshing = Some(0);
        }
        let is_unopened = matches!(link.stage, Stage::Unopened);
        self.token_failed = false;
        self.timers.set(Timer::Token, None);
        if is_unopened {
            self.open_link(now);
        }
        self.transmit_login(now);
    }

    /// There is no token for [`Output::RequestToken`]; the client tries again later.
    pub fn handle_token_failure(&mut self, now: Instant, link: LinkId) {
        let now = self.clock.read(now);
        if self.link_without_token(link).is_some() {
            self.give_up_token(now);
        }
    }

    fn link_without_token(&mut self, id: LinkId) -> Option<&mut Link> {
        let link = self.standing.link_mut(id);
        link.filter(|link| link.token.is_none())
    }

    pub(super) fn give_up_token(&mut self, now: Instant) {
        if self.state() == State::Online {
            // The session goes on as long as the old token is valid.
            return self.refresh_later(now);
        }
        self.token_failed = true;
        self.lose_link(now, LinkLostReason::NoToken);
    }

    pub(super) fn connect(&mut self, now: Instant) {
        self.last_link.0 = self.last_link.0.wrapping_add(1);
        let id = self.last_link;
        let token = match self.account.as_ref().map(|account| &account.token) {
            Some(Token::Fixed(token)) => Some(token.clone()),
            Some(Token::Ask) | None => None,
        };
        let has_token = token.is_some();
        self.standing = Standing::Linked(Link {
            id,
            token,
            round_trip: RoundTripTime::new(),
            stage: Stage::Unopened,
        });
        self.not_before = None;
        self.timers.set(Timer::Reconnect, None);
        self.tell_state();
        if has_token || !self.token_failed {
            self.open_link(now);
        }
        if !has_token {
            // While the link opens, to lose no time; if there was no token the last time, before a link is opened.
            self.outputs.push_back(Output::RequestToken { link: id });
            self.timers
                .set(Timer::Token, Some(now + self.config.login_timeout));
        }
    }

    fn open_link(&mut self, now: Instant) {
        let link = self.last_link;
        if let Some(link) = self.standing.link_mut(link) {
            link.stage = Stage::Opening;
        }
        self.timers
            .set(Timer::Connect, Some(now + self.config.connect_timeout));
        self.outputs.push_back(Output::Connect { link });
    }

    /// Sends LOGIN, once the link is open and the token is known, or another one with a new token; on a datagram link again and
    /// again.
    pub(super) fn transmit_login(&mut self, now: Instant) {
        let Standing::Linked(Link {
            id,
            token: Some(token),
            round_trip,
            stage,
        }) = &mut self.standing
        else {
            return;
        };
        let (Stage::LoggingIn { transmissions }
        | Stage::Online(Session {
            refreshing: Some(transmissions),
            ..
        })) = stage
        else {
            return;
        };
        let Some(account) = &self.account else {
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
            secret: self.config.secret,
            device: self.config.device.clone(),
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
        self.outputs.push_back(Output::Transmit { link: *id, body });
        *transmissions += 1;
        if transport.is_datagram() {
            let wait = round_trip.timeout(*transmissions);
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
        self.outbox.set_pacing(Pacing::new(transport, server));
        let reconnect = self.first_login_time != 0;
        let first_login_time = response.first_login_time;
        self.first_login_time = first_login_time;
        self.timers.set(Timer::Login, None);
        self.timers.set(Timer::LoginRetransmit, None);
        self.max_body = response.max_body.unwrap_or(self.config.server_max_body);
        if let Some(link) = self.standing.link_mut(self.last_link) {
            link.stage = Stage::Online(Session {
                max_batch: response.max_batch,
                max_questions: response.max_questions,
                knows_parts: response.max_body.is_some(),
                keep_alive: KeepAlive::new(now, timing, transport),
                heartbeat_sent: None,
                valid_until: None,
                refreshing: None,
            });
        }
        self.schedule_keep_alive();
        self.note_expiry(now, response);
        self.tell_state();
        self.emit(Event::LoggedIn {
            first_login_time,
            reconnect,
            server: response.server.clone(),
        });
        if let Some(since) = response.missed_since {
            self.emit(Event::Missed { since });
        }
        for entry in self.outbox.take_longer_than(self.max_body) {
            let limit = self.max_body;
            self.report_lost(&entry, LostReason::TooLong { limit });
        }
        self.transmit_outbox(now);
        self.transmit_questions(now);
        if !self.backoff.is_fresh() {
            // Whether this server does more than accept and drop: its answer ends the back-off.
            self.doubt_link(now);
        }
    }

    /// The server has answered something that came after the login: it works, and the back-off begins anew. Not the
    /// login alone: a server that accepts and drops would be asked again without pause.
    pub(super) fn note_answer(&mut self) {
        self.backoff.reset();
        self.addresses.note_answer();
    }

    /// Gives the link up, if it still stands, and waits to open another.
    pub(super) fn lose_link(&mut self, now: Instant, reason: LinkLostReason) {
        let was_reached = self.state() == State::Online
            || matches!(
                reason,
                LinkLostReason::NoToken
                    | LinkLostReason::RefusedForNow
                    | LinkLostReason::SessionEnded
            );
        if !was_reached {
            self.outbox.excuse();
        }
        let is_open = !matches!(
            reason,
            LinkLostReason::NeverOpened | LinkLostReason::Disconnected
        );
        self.leave_link(is_open, Standing::Waiting);
        self.emit(Event::LinkLost { reason });
        let wait = if self.addresses.fail(reason) {
            // Of several servers most likely all but one are not there: they are passed over.
            Span::ZERO
        } else {
            self.backoff.next_delay(&mut self.rng)
        };
        self.timers.set(Timer::Reconnect, Some(now + wait));
        self.tell_state();
    }

    /// The same, as the server says; it may say how many ms to stay away. The wait is then no shorter, whatever gives reason
    /// to hurry, but for a [`login`](Client::login).
    pub(super) fn leave_for_now(
        &mut self,
        now: Instant,
        reason: LinkLostReason,
        retry_after: Option<u64>,
    ) {
        self.lose_link(now, reason);
        if let Some(wait) = retry_after {
            let not_before = now + retry_after::before_connecting(wait, &mut self.rng);
            self.not_before = Some(not_before);
            if !self.timers.is_later(Timer::Reconnect, not_before) {
                self.timers.set(Timer::Reconnect, Some(not_before));
            }
        }
    }

    /// Ends everything but the outbox; only a login leads on.
    pub(super) fn close(&mut self) {
        let next = if matches!(self.standing, Standing::Offline) {
            Standing::Offline
        } else {
            Standing::Closed
        };
        self.leave_link(true, next);
        self.held.clear();
        self.outputs.drop_received();
        self.fail_questions(Unanswered::SessionEnded);
        self.tell_state();
    }

    fn leave_link(&mut self, is_open: bool, next: Standing) {
        if let Standing::Linked(Link { id, stage, .. }) =
            core::mem::replace(&mut self.standing, next)
            && is_open
            && !matches!(stage, Stage::Unopened)
        {
            self.outputs.push_back(Output::Disconnect { link: id });
        }
        self.held.link_lost();
        self.timers.clear_all();
        self.outbox.ground();
        self.ground_questions();
    }

    /// There is reason to believe that a link can be had, or that the one there is died unnoticed.
    pub(super) fn hurry(&mut self, now: Instant) {
        match self.state() {
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
        if !matches!(self.standing, Standing::Waiting) {
            return;
        }
        let hurried = self.hurried_at.map(|last| last + HURRY_INTERVAL);
        let at = [hurried, self.not_before]
            .into_iter()
            .flatten()
            .fold(now, Instant::max);
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
        if let Some((_, session)) = self.standing.session_mut() {
            session.keep_alive.probe(now);
            self.check_link(now);
        }
    }

    /// Sends the heartbeat that is due, or gives the link up.
    pub(super) fn check_link(&mut self, now: Instant) {
        let (Some((link, session)), Some(account)) = (self.standing.session_mut(), &self.account)
        else {
            return;
        };
        match session.keep_alive.handle_timeout(now) {
            Verdict::Wait => {}
            Verdict::Beat => {
                let message = Message::new(MessageType::KeepAlive, &account.user_id, SERVER)
                    .with_content("{}");
                let body = codec::encode(&message);
                self.outputs.push_back(Output::Transmit { link, body });
                session.heartbeat_sent = Some(now);
                self.emit(Event::HeartbeatSent);
            }
            Verdict::GiveUp => return self.lose_link(now, LinkLostReason::Silent),
        }
        self.schedule_keep_alive();
    }

    pub(super) fn schedule_keep_alive(&mut self) {
        let session = self.standing.online();
        let deadline = session.map(|(_, session)| session.keep_alive.deadline());
        self.timers.set(Timer::KeepAlive, deadline);
    }

    /// Tells the driver where the client stands, if that is news.
    fn tell_state(&mut self) {
        let state = self.state();
        if self.told != state {
            self.told = state;
            self.emit(Event::StateChanged(state));
        }
    }
}
