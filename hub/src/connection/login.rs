//! LOGIN: who is on this connection.

use std::sync::Arc;
use std::time::Duration;

use mobileim_protocol::payload::{self, LoginRequest};
use mobileim_protocol::{Instant, MAX_ID_LEN, Message, codes, is_user_id};

use super::{Answer, Connection, State, Step};
use crate::auth::{LoginSource, LoginVerdict};
use crate::control;
use crate::deferred::Deferred;
use crate::link::{CloseReason, Evidence};
use crate::registry::{LoggedIn, Login, TooManyLogins};
use crate::stats::LoginOutcome;

impl Connection {
    pub(super) fn receive_login(&mut self, now: Instant, message: &Message<'_>) -> Step {
        let request: LoginRequest = match payload::decode(message.content.as_deref()) {
            Ok(request) => request,
            Err(error) => {
                let why = format!("LOGIN: {error}");
                return self.refuse_invalid(CloseReason::InvalidMessage, why);
            }
        };
        if request.user_id.is_empty() || request.user_id.len() > MAX_ID_LEN {
            let why = "LOGIN: loginUserId is empty or too long".to_owned();
            return self.refuse_invalid(CloseReason::InvalidMessage, why);
        }
        let is_group = self.server.is_group(&request.user_id);
        if is_group || !is_user_id(&request.user_id) {
            // Nobody can prove to be the server or nobody.
            return self.refuse_login(&request, codes::BAD_TOKEN, None, "not a user's id");
        }
        if request
            .device
            .as_ref()
            .is_some_and(|device| !device.is_valid())
        {
            let why = "LOGIN: deviceId or platform is too long".to_owned();
            return self.refuse_invalid(CloseReason::InvalidMessage, why);
        }
        if request.secret.is_none() && self.needs_secret() {
            let why = "its datagrams carry no secret";
            return self.refuse_login(&request, codes::BAD_TOKEN, None, why);
        }
        let peer = self.link.peer();
        let address = peer.address.map(|address| address.ip());
        let taken = self
            .server
            .registry()
            .take_login(now, address, &request.user_id);
        if let Err((what, wait)) = taken {
            return self.refuse_login_for_now(&request, what, wait);
        }
        let has_session =
            matches!(&self.state, State::Online { user, .. } if **user == *request.user_id);
        let source = LoginSource::new(peer, has_session);
        let authenticator = self.server.authenticator();
        let revocation = authenticator.revocation(&request.user_id);
        let answer = move |request, verdict| Answer {
            request,
            verdict,
            revocation,
            placed: None,
        };
        match authenticator.verify_from(&request, &source) {
            Deferred::Ready(verdict) => self.login_decided(now, answer(request, verdict)),
            Deferred::Pending(verdict) => {
                Step::Wait(Box::pin(async move { answer(request, verdict.await) }))
            }
        }
    }

    /// Whether only clients are let in here whose datagrams carry a secret.
    fn needs_secret(&self) -> bool {
        self.link.transport().is_datagram() && self.server.driver().config().datagram_secrets
    }

    pub(super) fn login_decided(&mut self, now: Instant, answer: Answer) -> Step {
        let unix_millis = self.server.unix_millis();
        let valid_until = match &answer.verdict {
            LoginVerdict::Refuse(code) => {
                return self.refuse_login(&answer.request, *code, None, "");
            }
            LoginVerdict::RefuseFor {
                code,
                why,
                retry_after,
            } => {
                return self.refuse_login(&answer.request, *code, *retry_after, why);
            }
            LoginVerdict::Accept => None,
            LoginVerdict::AcceptUntil(until) => {
                let left = until.saturating_sub(unix_millis);
                Some(now + Duration::from_millis(left.try_into().unwrap_or(0)))
            }
        };
        let Answer {
            request,
            verdict,
            revocation,
            placed,
        } = answer;
        let user = Arc::<str>::from(&*request.user_id);
        let placed = placed.map_or_else(
            || self.server.place(&user, request.device.as_ref()),
            Deferred::Ready,
        );
        let placed = match placed {
            Deferred::Ready(placed) => placed,
            Deferred::Pending(placed) => {
                return Step::Wait(Box::pin(async move {
                    let placed = Some(placed.await);
                    Answer {
                        request,
                        verdict,
                        revocation,
                        placed,
                    }
                }));
            }
        };
        let placed = match placed {
            Ok(placed) => placed,
            Err(why) => {
                let code = codes::TEMPORARILY_UNAVAILABLE;
                return self.refuse_login(&request, code, None, &why);
            }
        };
        let session = match &self.state {
            State::Online {
                mailbox, session, ..
            } if *mailbox == placed.mailbox => Some(*session),
            _ => {
                self.leave(now, CloseReason::LoggedOut);
                None
            }
        };
        let is_mobileim = request.is_of_mobileim();
        let secret = request.secret;
        self.link.learn(Evidence::LoggedIn {
            user: &user,
            secret,
        });
        let login = Login {
            mailbox: Arc::clone(&placed.mailbox),
            device: request.device.map(Box::new),
            missed_since: placed.missed_since,
            first_login_time: request.first_login_time,
            max_batch: request.max_batch,
            max_body: request.max_body,
            is_mobileim,
            unix_millis,
            valid_until,
            link: Arc::clone(&self.link),
            session,
        };
        match self.server.login(now, login) {
            LoggedIn::Online(session) => {
                self.server.counters().login(LoginOutcome::Accepted);
                self.server.displace_devices(now, &placed.mailbox);
                let holds = self.server.authenticator().revocation(&user) == revocation;
                self.state = State::Online {
                    user,
                    mailbox: placed.mailbox,
                    session,
                    may_ask: is_mobileim,
                };
                if holds {
                    return Step::Continue;
                }
                // Whoever has ended the user's sessions meanwhile has not found this one.
                self.leave(now, CloseReason::TokenExpired);
                Step::Close(CloseReason::TokenExpired)
            }
            LoggedIn::Superseded => {
                self.server.counters().login(LoginOutcome::Superseded);
                Step::Close(CloseReason::Kicked(codes::KICKED_DUPLICATE_LOGIN))
            }
        }
    }

    /// There are too many logins.
    fn refuse_login_for_now(
        &mut self,
        request: &LoginRequest,
        what: TooManyLogins,
        wait: Duration,
    ) -> Step {
        let (outcome, cause) = match what {
            TooManyLogins::OfAddress => (LoginOutcome::TooManyOfAddress, "from its address"),
            TooManyLogins::OfUser => (LoginOutcome::TooManyOfUser, "as one user from its address"),
            TooManyLogins::InAll => (LoginOutcome::TooManyInAll, "in all"),
        };
        self.server.counters().login(outcome);
        self.tell_of_refusal(request, codes::TEMPORARILY_UNAVAILABLE);
        self.answer_refusal(request, codes::TEMPORARILY_UNAVAILABLE, Some(wait));
        self.close_stream(CloseReason::TooManyLogins, cause.to_owned())
    }

    fn refuse_login(
        &mut self,
        request: &LoginRequest,
        code: i64,
        retry_after: Option<Duration>,
        why: &str,
    ) -> Step {
        let outcome = LoginOutcome::of_refusal(code);
        self.server.counters().login(outcome);
        self.tell_of_refusal(request, code);
        self.answer_refusal(request, code, retry_after);
        let user = &request.user_id;
        let separator = if why.is_empty() { "" } else { ": " };
        let cause = format!("code {code} for user {user:?}{separator}{why}");
        self.close_stream(CloseReason::LoginRefused, cause)
    }

    fn tell_of_refusal(&self, request: &LoginRequest, code: i64) {
        let peer = self.link.peer();
        self.server.login_refused(&request.user_id, peer, code);
    }

    /// Tells the client that it is refused. An original client takes any refusal for the last word: if it is to come back, it
    /// is told nothing, and does so by itself.
    fn answer_refusal(&self, request: &LoginRequest, code: i64, retry_after: Option<Duration>) {
        if code != codes::TEMPORARILY_UNAVAILABLE || request.is_of_mobileim() {
            self.answer(|limit| control::login_refused(code, retry_after, limit));
        }
    }
}
