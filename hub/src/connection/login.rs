//! LOGIN: who is on this connection.

use std::sync::Arc;
use std::time::Duration;

use mobileim_protocol::payload::{self, LoginRequest};
use mobileim_protocol::{Instant, MAX_ID_LEN, Message, NOBODY, SERVER, codes};

use super::{Answer, Connection, Decision, State, Step};
use crate::auth::{LoginSource, LoginVerdict};
use crate::control;
use crate::deferred::Deferred;
use crate::link::{CloseReason, Evidence};
use crate::registry::{LoggedIn, Login};

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
        if [SERVER, NOBODY].contains(&request.user_id.as_str()) {
            // Nobody can prove to be the server or nobody.
            return self.refuse_login(&request.user_id, codes::BAD_TOKEN, "not a user's id");
        }
        let has_session =
            matches!(&self.state, State::Online { user, .. } if **user == *request.user_id);
        let source = LoginSource::new(self.link.peer(), has_session);
        match self.server.authenticator().verify_from(&request, &source) {
            Deferred::Ready(verdict) => self.login_decided(now, request, verdict),
            Deferred::Pending(verdict) => Step::Wait(Box::pin(async move {
                Answer(Decision::Login(request, verdict.await))
            })),
        }
    }

    pub(super) fn login_decided(
        &mut self,
        now: Instant,
        request: LoginRequest,
        verdict: LoginVerdict,
    ) -> Step {
        let unix_millis = self.server.unix_millis();
        let valid_until = match verdict {
            LoginVerdict::Refuse(code) => return self.refuse_login(&request.user_id, code, ""),
            LoginVerdict::RefuseFor { code, why } => {
                return self.refuse_login(&request.user_id, code, &why);
            }
            LoginVerdict::Accept => None,
            LoginVerdict::AcceptUntil(until) => {
                let left = until.saturating_sub(unix_millis);
                Some(now + Duration::from_millis(left.try_into().unwrap_or(0)))
            }
        };
        let session = match &self.state {
            State::Online { user, session } if **user == *request.user_id => Some(*session),
            _ => {
                self.leave(now, CloseReason::LoggedOut);
                None
            }
        };
        let user = Arc::<str>::from(request.user_id);
        self.link.learn(Evidence::LoggedIn(&user));
        let login = Login {
            user: Arc::clone(&user),
            first_login_time: request.first_login_time,
            max_batch: request.max_batch,
            max_body: request.max_body,
            unix_millis,
            valid_until,
            link: Arc::clone(&self.link),
            session,
        };
        match self.server.login(now, login) {
            LoggedIn::Online(session) => {
                self.state = State::Online { user, session };
                Step::Continue
            }
            LoggedIn::Superseded => Step::Close(CloseReason::Kicked(codes::KICKED_DUPLICATE_LOGIN)),
        }
    }

    fn refuse_login(&mut self, user: &str, code: i64, why: &str) -> Step {
        self.answer(|limit| control::login_refused(code, limit));
        let separator = if why.is_empty() { "" } else { ": " };
        let cause = format!("code {code} for user {user:?}{separator}{why}");
        self.close_stream(CloseReason::LoginRefused, cause)
    }
}
