//! `COMMON_DATA`: messages to other users (C2C) and to the server (C2S).

use std::borrow::Cow;
use std::sync::Arc;

use mobileim_protocol::{Instant, Message, NOBODY, SERVER};

use super::{Answer, Connection, Decision, State, Step, is_valid_id};
use crate::hooks::{Acceptance, Verdict};
use crate::hub::CloseReason;
use crate::{Deferred, answers};

impl Connection {
    pub(super) fn receive_data<'a>(
        &mut self,
        now: Instant,
        user: &'a Arc<str>,
        mut message: Message<'a>,
    ) -> Step {
        if let Err(why) = check(&message) {
            return self.refuse_invalid(CloseReason::InvalidMessage, why.to_owned());
        }
        message.from = Some(Cow::Borrowed(user));
        if message.to.as_deref() == Some(SERVER) {
            self.receive_c2s(now, user, message)
        } else {
            self.receive_c2c(now, message)
        }
    }

    fn receive_c2c(&mut self, now: Instant, message: Message<'_>) -> Step {
        match self.server.hooks().before_c2c(&self.server, &message) {
            Deferred::Ready(verdict) => self.c2c_decided(now, message, verdict),
            Deferred::Pending(verdict) => {
                let message = message.into_owned();
                Step::Wait(Box::pin(async move {
                    Answer(Decision::C2c(message, verdict.await))
                }))
            }
        }
    }

    pub(super) fn c2c_decided(
        &mut self,
        now: Instant,
        mut message: Message<'_>,
        verdict: Verdict,
    ) -> Step {
        match verdict {
            Verdict::Allow => {}
            Verdict::Replace(content) => message.content = Some(content.into()),
            Verdict::Refuse(code) => return self.refuse_message(code, &message),
        }
        if let (State::Online { user, .. }, Some(to)) = (&self.state, &message.to) {
            self.server.hub().deliver(now, user, to, &message);
        }
        Step::Continue
    }

    fn receive_c2s(&mut self, now: Instant, user: &str, message: Message<'_>) -> Step {
        if let Some(fp) = message.fingerprint_to_acknowledge()
            && self.server.hub().was_accepted(now, user, fp)
        {
            self.acknowledge_c2s(user, fp, message.bridge);
            return Step::Continue;
        }
        match self.server.hooks().c2s(&self.server, &message) {
            Deferred::Ready(acceptance) => self.c2s_decided(now, &message, acceptance),
            Deferred::Pending(acceptance) => {
                let message = message.into_owned();
                Step::Wait(Box::pin(async move {
                    Answer(Decision::C2s(message, acceptance.await))
                }))
            }
        }
    }

    pub(super) fn c2s_decided(
        &mut self,
        now: Instant,
        message: &Message<'_>,
        acceptance: Acceptance,
    ) -> Step {
        if let Acceptance::Refuse(code) = acceptance {
            return self.refuse_message(code, message);
        }
        if let State::Online { user, .. } = &self.state
            && let Some(fp) = message.fingerprint_to_acknowledge()
        {
            self.server.hub().remember_accepted(now, user, fp);
            self.acknowledge_c2s(user, fp, message.bridge);
        }
        Step::Continue
    }

    fn acknowledge_c2s(&self, user: &str, fp: &str, bridge: bool) {
        self.link
            .transmit(answers::acknowledgement(SERVER, user, fp, bridge));
    }

    /// The application will not have it: a sender that waits for an acknowledgement is told.
    fn refuse_message(&self, code: i64, message: &Message<'_>) -> Step {
        self.server.hub().counters().refused.count();
        if let (State::Online { user, .. }, true) = (&self.state, message.qos) {
            let error = answers::message_refused(user, code, message, self.link.max_body());
            self.link.transmit(error);
        }
        Step::Continue
    }
}

/// What makes `COMMON_DATA` invalid.
fn check(message: &Message<'_>) -> Result<(), &'static str> {
    match message.to.as_deref() {
        None | Some("" | NOBODY) => return Err("the message has no receiver"),
        Some(to) if !is_valid_id(to) => return Err("the receiver's user id is too long"),
        Some(_) => {}
    }
    match message.fp.as_deref() {
        None | Some("") if message.qos => Err("a message with QoS needs a fingerprint (fp)"),
        Some(fp) if fp.len() > super::MAX_ID_LEN => Err("the fingerprint (fp) is too long"),
        _ => Ok(()),
    }
}
