//! `COMMON_DATA`: messages to other users (C2C) and to the server (C2S).

use std::borrow::Cow;
use std::time::Duration;

use mobileim_protocol::{Instant, Message, SERVER, codes, is_fingerprint, is_receiver};

use super::questions::Decision;
use super::{Connection, State, Step};
use crate::control;
use crate::deferred::Deferred;
use crate::link::CloseReason;
use crate::refs::{Refs, RefsError};
use crate::sender::Sender;
use crate::server::{Acceptance, Verdict};
use crate::stats::{MessageKind, Outcome};
use crate::trace::Step as Trace;

/// How long after its wait a message to the server may take to come again, before what follows is taken without it.
/// Original clients repeat within this time, if at all.
const REPETITION_TIME: Duration = Duration::from_secs(30);

/// How many more messages may be refused for now than are taken before the connection is closed: a client of ours has no more under way
/// than a window, an original one repeats each twice.
const MAX_EXCESS: u32 = 1000;

/// A message to the server that is to come again before any other. Those to users their mailboxes wait for.
pub(super) struct RefusedForNow {
    fp: Box<str>,
    until: Instant,
}

impl RefusedForNow {
    fn new(waits_until: Instant, message: &Message<'_>) -> Option<Self> {
        let fp = message.fingerprint_to_acknowledge()?;
        Some(Self {
            fp: fp.into(),
            until: waits_until + REPETITION_TIME,
        })
    }
}

impl Connection {
    pub(super) fn receive_data<'a>(
        &mut self,
        now: Instant,
        sender: &'a Sender,
        mut message: Message<'a>,
    ) -> Step {
        if !is_valid(&message) {
            return self.refuse_invalid_message(&message);
        }
        message.from = Some(Cow::Borrowed(&sender.user));
        // It is the log's to say.
        message.seq = None;
        match self.refs_of(&message) {
            Ok(refs) => message.refs = refs.map(Cow::Owned),
            Err(error) => return self.refuse_invalid_because(&message, &error.to_string()),
        }
        self.note_received(now, &message);
        let taken = self.server.registry().take_message(now, &sender.mailbox);
        if self.is_asked_about(&message) {
            let counters = self.server.counters();
            counters.message(kind(&message), Outcome::Repeated);
            return Step::Continue;
        }
        if let Err(wait) = taken {
            return self.refuse_flood(now, message, wait);
        }
        // Some are always taken, of a flood too: it is not over for that.
        self.excess = self.excess.saturating_sub(1);
        if message.to.as_deref() == Some(SERVER) {
            self.receive_c2s(now, sender, message)
        } else {
            self.receive_c2c(now, message)
        }
    }

    fn receive_c2c(&mut self, now: Instant, message: Message<'_>) -> Step {
        if let (Some(sender), Some(to)) = (self.sender(), message.to.as_deref())
            && let Some(code) = self.server.refusal_of_group(&sender.user, to)
        {
            return self.refuse_message(now, code, None, &message);
        }
        match self.server.hooks().before_c2c(&self.server, &message) {
            Deferred::Ready(verdict) => self.decided(now, message, verdict),
            // It was asked about before, and its mailbox knows what to answer.
            Deferred::Pending(_) if self.is_known(now, &message) => {
                self.c2c_decided(now, message, Verdict::Allow)
            }
            Deferred::Pending(verdict) => self.ask_about(now, message, verdict),
        }
    }

    fn receive_c2s(&mut self, now: Instant, sender: &Sender, message: Message<'_>) -> Step {
        if self.was_accepted(now, sender, &message) || self.comes_behind_refused(now, &message) {
            return Step::Continue;
        }
        match self.server.hooks().before_c2s(&self.server, &message) {
            Deferred::Ready(verdict) => self.decided(now, message, verdict),
            Deferred::Pending(verdict) => self.ask_about(now, message, verdict),
        }
    }

    /// The user sends too much. What follows must not wait for this one before what is in front of it is decided.
    fn refuse_flood(&mut self, now: Instant, message: Message<'_>, wait: Duration) -> Step {
        if let step @ Step::Close(_) = self.count_excess() {
            return step;
        }
        self.decided(now, message, Verdict::RefuseForNow(wait))
    }

    pub(super) fn c2c_decided(
        &mut self,
        now: Instant,
        mut message: Message<'_>,
        verdict: Verdict,
    ) -> Step {
        match verdict {
            Verdict::Allow => {}
            Verdict::Replace(content) => self.replace(now, &mut message, content),
            refusal => return self.refused(now, &message, refusal),
        }
        if let (Some(sender), Some(to)) = (self.sender(), &message.to) {
            self.server.deliver(now, &sender, to, &message);
        }
        Step::Continue
    }

    pub(super) fn may_be_accepted(
        &mut self,
        now: Instant,
        mut message: Message<'_>,
        verdict: Verdict,
        at: Option<usize>,
    ) -> Step {
        // Since it was asked about, it may have been accepted on another connection, or one before it may have been refused for now.
        if at.is_some()
            && let Some(sender) = self.sender()
            && (self.was_accepted(now, &sender, &message)
                || self.comes_behind_refused(now, &message))
        {
            return Step::Continue;
        }
        match verdict {
            Verdict::Allow => {}
            Verdict::Replace(content) => self.replace(now, &mut message, content),
            refusal => return self.refused(now, &message, refusal),
        }
        match self.server.hooks().c2s(&self.server, &message) {
            Deferred::Ready(acceptance) => self.c2s_decided(now, &message, acceptance),
            Deferred::Pending(acceptance) => {
                let answer = async { Decision::Acceptance(acceptance.await) };
                let message = message.into_owned();
                let questions = self.questions();
                match at {
                    // Nothing overtakes it meanwhile.
                    Some(at) => questions.put_back(at, message, answer),
                    None => questions.hold(message, Err(answer)),
                }
                self.more()
            }
        }
    }

    pub(super) fn c2s_decided(
        &mut self,
        now: Instant,
        message: &Message<'_>,
        acceptance: Acceptance,
    ) -> Step {
        match acceptance {
            Acceptance::Accept => {}
            Acceptance::Refuse(code) => return self.refuse_message(now, code, None, message),
            Acceptance::RefuseSaying { code, text } => {
                return self.refuse_message(now, code, Some(&text), message);
            }
            Acceptance::RefuseForNow(wait) => return self.refuse_for_now(now, message, wait),
        }
        self.trace(now, message, Trace::Accepted);
        let counters = self.server.counters();
        counters.message(MessageKind::ClientToServer, Outcome::Delivered);
        if let Some(sender) = self.sender()
            && !self.server.accept(now, &sender, message)
            && let Some(fp) = message.fingerprint_to_acknowledge()
        {
            self.acknowledge_c2s(&sender.user, fp, message.bridge);
        }
        Step::Continue
    }

    fn refused(&mut self, now: Instant, message: &Message<'_>, verdict: Verdict) -> Step {
        match verdict {
            Verdict::Refuse(code) => self.refuse_message(now, code, None, message),
            Verdict::RefuseSaying { code, text } => {
                self.refuse_message(now, code, Some(&text), message)
            }
            Verdict::RefuseForNow(wait) => self.refuse_for_now(now, message, wait),
            Verdict::Allow | Verdict::Replace(_) => Step::Continue,
        }
    }

    fn replace(&self, now: Instant, message: &mut Message<'_>, content: String) {
        self.trace(now, message, Trace::ChangedByApplication);
        message.content = Some(content.into());
    }

    /// Whether its mailbox has had it before.
    fn is_known(&self, now: Instant, message: &Message<'_>) -> bool {
        let (Some(sender), Some(to)) = (self.sender(), &message.to) else {
            return false;
        };
        let fp = message.fingerprint_to_acknowledge();
        fp.is_some_and(|fp| self.server.is_known(now, &sender, to, fp))
    }

    /// Returns whether a message to the server was accepted before, and acknowledges it then.
    fn was_accepted(&self, now: Instant, sender: &Sender, message: &Message<'_>) -> bool {
        let Some(fp) = message.fingerprint_to_acknowledge() else {
            return false;
        };
        let is_repeated = self.server.was_accepted(now, sender, fp);
        if is_repeated {
            let counters = self.server.counters();
            counters.message(MessageKind::ClientToServer, Outcome::Repeated);
            if !self.server.accept_again(sender, message) {
                self.acknowledge_c2s(&sender.user, fp, message.bridge);
            }
        }
        is_repeated
    }

    fn acknowledge_c2s(&self, user: &str, fp: &str, bridge: bool) {
        self.link
            .transmit(control::acknowledgement(SERVER, user, fp, bridge));
    }

    /// The application will not have it: a sender that waits for an acknowledgement is told.
    fn refuse_message(
        &self,
        now: Instant,
        code: i64,
        why: Option<&str>,
        message: &Message<'_>,
    ) -> Step {
        self.trace(now, message, Trace::RefusedByApplication { code });
        self.server
            .counters()
            .message(kind(message), Outcome::Refused);
        if message.qos {
            self.name_refused(code, why, message);
        }
        if let (State::Online { user, .. }, Some(to)) = (&self.state, message.to.as_deref())
            && message.qos
        {
            self.server.refuse_by_application(user, to, message, code);
        }
        Step::Continue
    }

    /// It is not taken now: a sender that waits for an acknowledgement is told to wait, and to send this again then.
    /// `from` is the session's user.
    fn refuse_for_now(&mut self, now: Instant, message: &Message<'_>, wait: Duration) -> Step {
        self.trace(now, message, Trace::PutOff { wait });
        self.server
            .counters()
            .message(kind(message), Outcome::TooMany);
        let (Some(sender), Some(to)) = (self.sender(), message.to.as_deref()) else {
            return Step::Continue;
        };
        let tell = if to == SERVER {
            self.refused_for_now = RefusedForNow::new(now + wait, message);
            message.qos
        } else {
            self.server.put_off(now, &sender, to, message, wait)
        };
        if tell {
            let max_body = self.link.max_body();
            self.answer(|limit| {
                control::too_many_messages(&sender.user, message, wait, limit.min(max_body))
            });
        }
        Step::Continue
    }

    /// Who is logged in on it, and on which device.
    fn sender(&self) -> Option<Sender> {
        match &self.state {
            State::Online { user, mailbox, .. } => Some(Sender::new(user, mailbox)),
            _ => None,
        }
    }

    pub(super) fn trace(&self, now: Instant, message: &Message<'_>, step: Trace) {
        self.server.registry().trace().message(now, message, step);
    }

    /// Of a message to a user, its mailbox remembers that.
    fn note_received(&self, now: Instant, message: &Message<'_>) {
        if message.to.as_deref() == Some(SERVER) {
            self.trace(now, message, Trace::Received);
        } else {
            self.server.registry().trace().log(message, Trace::Received);
        }
    }

    /// The user sends too much. A client that does not heed that is not heard for ever.
    pub(super) fn count_excess(&mut self) -> Step {
        self.excess += 1;
        if self.excess <= MAX_EXCESS {
            return Step::Continue;
        }
        self.cause = Some(format!(
            "{MAX_EXCESS} more than were taken, that it was told to wait with"
        ));
        Step::Close(CloseReason::TooManyMessages)
    }

    /// Returns whether a message to the server is to come again before this one, which its sender sends again then, too.
    fn comes_behind_refused(&mut self, now: Instant, message: &Message<'_>) -> bool {
        let is_behind = |refused: &RefusedForNow| {
            let is_it = message.fp.as_deref() == Some(&*refused.fp);
            message.qos && !is_it && now < refused.until
        };
        let refused = self.refused_for_now.as_ref();
        if refused.is_some_and(is_behind) {
            let counters = self.server.counters();
            counters.message(MessageKind::ClientToServer, Outcome::Overloaded);
            return true;
        }
        if message.qos {
            self.refused_for_now = None;
        }
        false
    }

    /// No server can do anything with it. Its sender is told which one it is, and the connection stands: closed, it
    /// would come back with the same message again and again, and with nothing else.
    pub(super) fn refuse_invalid_message(&mut self, message: &Message<'_>) -> Step {
        if self.count_invalid() {
            self.name_refused(codes::INVALID_MESSAGE, None, message);
        }
        Step::Continue
    }

    fn refuse_invalid_because(&mut self, message: &Message<'_>, why: &str) -> Step {
        if self.count_invalid() {
            self.name_refused(codes::INVALID_MESSAGE, Some(why), message);
        }
        Step::Continue
    }

    /// What a message refers to, as it goes on. Whoever cannot ask is no client of ours, and says nothing of the kind.
    fn refs_of(&self, message: &Message<'_>) -> Result<Option<String>, RefsError> {
        match &message.refs {
            Some(refs) if matches!(self.state, State::Online { may_ask: true, .. }) => {
                Ok(Refs::read(refs)?.written())
            }
            _ => Ok(None),
        }
    }

    fn name_refused(&self, code: i64, why: Option<&str>, message: &Message<'_>) {
        if let State::Online { user, .. } = &self.state {
            let max_body = self.link.max_body();
            self.answer(|limit| {
                control::message_refused(user, code, why, message, limit.min(max_body))
            });
        }
    }
}

fn kind(message: &Message<'_>) -> MessageKind {
    match message.to.as_deref() {
        Some(SERVER) => MessageKind::ClientToServer,
        _ => MessageKind::ClientToClient,
    }
}

/// Returns whether `COMMON_DATA` has a receiver that can be one and, if that is to acknowledge it, a fingerprint.
fn is_valid(message: &Message<'_>) -> bool {
    let fp_is_valid = match message.fp.as_deref() {
        None | Some("") => !message.qos,
        Some(fp) => is_fingerprint(fp),
    };
    fp_is_valid && message.to.as_deref().is_some_and(is_receiver)
}
