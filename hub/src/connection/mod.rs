//! What one connection says, and what the server answers: no networking, no clock, no tasks.
//!
//! A gateway gives each body that arrives to [`Connection::receive`] and does what the [`Step`] says. Answers leave
//! by the connection's [`Link`].

mod client_questions;
mod data;
mod decisions;
mod envelope;
mod login;
mod presence;
mod questions;
mod signals;

use std::borrow::Cow;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use mobileim_protocol::mailbox::SessionId;
use mobileim_protocol::payload::LoginRequest;
use mobileim_protocol::{Instant, Message, MessageType, NOBODY, codes, decode};

use crate::auth::LoginVerdict;
use crate::control;
use crate::devices::Placed;
use crate::link::{CloseReason, Evidence, Link};
use crate::rate::Used;
use crate::registry::ConnectionId;
use crate::sender::Sender;
use crate::server::ServerHandle;

/// How many invalid datagrams in a row are answered. Another program's complaint is no message of ours: two that complain
/// of each other must come to an end.
const INVALID_ANSWERED: u32 = 64;

/// The protocol logic of one connection, from its first byte to its last.
pub struct Connection {
    server: ServerHandle,
    link: Arc<dyn Link>,
    state: State,
    /// How many invalid bodies came since the last valid one.
    invalid_in_a_row: u32,
    /// What a stream is closed for, or would be, in words.
    cause: Option<String>,
    /// A message to the server that is to come again before any other.
    refused_for_now: Option<data::RefusedForNow>,
    /// How many messages were refused for now, less those that were taken since.
    excess: u32,
    /// What it has used of its rate of requests.
    requests: Used,
    /// Messages about which the application is asked, and what comes behind them.
    questions: Option<Box<questions::Questions>>,
    /// The client's questions whose answers take a while.
    client_questions: Option<Box<client_questions::ClientQuestions>>,
    /// The users whom the client watches.
    watching: Option<Box<presence::Watching>>,
}

enum State {
    /// A stream that has not logged in; the registry limits the time for that.
    Awaited(ConnectionId),
    /// An address that has not logged in: it holds no resources.
    Stranger,
    /// Logged in. The registry may have ended the session meanwhile.
    Online {
        user: Arc<str>,
        /// That of the device that it is on.
        mailbox: Arc<str>,
        session: SessionId,
        /// Whether it was told that its questions are answered.
        may_ask: bool,
    },
    /// It has ended, or is about to.
    Ended,
}

/// What a gateway is to do after a body.
#[must_use]
pub enum Step {
    /// Go on.
    Continue,
    /// Wait for the answer about a login and give it to [`Connection::resume`]; what else arrives waits.
    Wait(Pin<Box<dyn Future<Output = Answer> + Send>>),
    /// As many messages as may be wait for what the application decides: what else arrives waits, until
    /// [`Connection::decide`] says otherwise. Datagrams never wait for that: past the bound, messages are lost.
    Full,
    /// Write the rest, then close.
    Close(CloseReason),
}

/// What the application has decided about a login.
pub struct Answer {
    request: LoginRequest,
    verdict: LoginVerdict,
    /// The user's [`Authenticator::revocation`](crate::Authenticator::revocation) when it was asked.
    revocation: u64,
    /// Once it is accepted: the device that it is on, if that could be written down.
    placed: Option<Result<Placed, String>>,
}

impl Connection {
    /// A connection that was just opened; on datagrams, an address that was not heard of before.
    pub fn new(server: ServerHandle, now: Instant, link: Arc<dyn Link>) -> Self {
        let state = if link.transport().is_datagram() {
            State::Stranger
        } else {
            State::Awaited(server.connect(now, Arc::clone(&link)))
        };
        Self {
            server,
            link,
            state,
            invalid_in_a_row: 0,
            cause: None,
            refused_for_now: None,
            excess: 0,
            requests: Used::default(),
            questions: None,
            client_questions: None,
            watching: None,
        }
    }

    /// A body arrived.
    pub fn receive(&mut self, now: Instant, body: &[u8]) -> Step {
        let error = match decode(body) {
            Ok(message) => return self.receive_valid(now, body.len(), message),
            Err(error) => error,
        };
        // As in the original, bytes that are not UTF-8 count as replacement characters.
        if let Cow::Owned(text) = String::from_utf8_lossy(body)
            && let Ok(message) = decode(text.as_bytes())
        {
            return self.receive_valid(now, body.len(), message);
        }
        self.hear(body.len(), None);
        match envelope::read(body) {
            Some(message) if self.is_logged_in() => self.refuse_invalid_message(&message),
            _ => self.refuse_invalid(CloseReason::InvalidMessage, error.to_string()),
        }
    }

    /// The application has decided about what [`Connection::receive`] said to wait for.
    pub fn resume(&mut self, now: Instant, answer: Answer) -> Step {
        self.login_decided(now, answer)
    }

    /// Something arrived that is no valid message, and does not say which one it is (error 4, with a text that says why).
    ///
    /// Streams are closed. A datagram costs its sender nothing, and is answered only if its address is logged in, and not
    /// without end: nobody can make the server send to a third party by a forged address.
    pub fn refuse_invalid(&mut self, reason: CloseReason, why: String) -> Step {
        if !self.count_invalid() {
            return Step::Continue;
        }
        let to = match &self.state {
            State::Online { user, .. } => user,
            State::Awaited(_) => NOBODY,
            State::Stranger | State::Ended => return Step::Continue,
        };
        self.answer(|limit| control::error(to, codes::INVALID_MESSAGE, &why, limit));
        self.close_stream(reason, why)
    }

    /// The connection has ended, or is about to.
    pub fn close(&mut self, now: Instant, reason: CloseReason) {
        self.leave(now, reason);
    }

    /// Takes it out of the registry: its session ends, or it logs in.
    fn leave(&mut self, now: Instant, reason: CloseReason) {
        // What is not decided was not acknowledged: who sent it still has it.
        self.questions = None;
        self.client_questions = None;
        self.watching = None;
        match mem::replace(&mut self.state, State::Ended) {
            State::Awaited(connection) => {
                self.server.disconnect(connection);
                self.server.counters().closed_without_session(reason);
            }
            State::Stranger | State::Ended => {}
            State::Online {
                mailbox, session, ..
            } => self.server.end_session(now, &mailbox, session, reason),
        }
    }

    /// Who is logged in on it, or was until the registry ended the session.
    pub fn user(&self) -> Option<&str> {
        match &self.state {
            State::Online { user, .. } => Some(user),
            _ => None,
        }
    }

    /// What [`Step::Close`] came from, in words: for the log. No token and no text of a message is in it.
    pub fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    /// Why a login on datagrams was refused, in words, once: that closes nothing.
    pub fn take_refusal(&mut self) -> Option<String> {
        self.cause.take()
    }

    /// Asks who is logged in for a sign of life: to acknowledge this fingerprint, which nobody waits for.
    pub fn ask(&self, fp: &str) {
        if let State::Online { user, .. } = &self.state {
            self.answer(|limit| control::probe(user, fp, limit));
        }
    }

    /// Whether it has logged in.
    pub fn is_logged_in(&self) -> bool {
        matches!(self.state, State::Online { .. })
    }

    fn receive_valid(&mut self, now: Instant, bytes: usize, message: Message<'_>) -> Step {
        self.hear(bytes, Some(message.kind));
        let invalid_before = self.invalid_in_a_row;
        let step = self.receive_message(now, message);
        // JSON can still turn out to be no message.
        if self.invalid_in_a_row == invalid_before {
            self.invalid_in_a_row = 0;
        }
        step
    }

    fn hear(&self, bytes: usize, kind: Option<MessageType>) {
        self.link.learn(Evidence::Heard { bytes, kind });
    }

    /// Counts an invalid body. Returns whether to answer it.
    fn count_invalid(&mut self) -> bool {
        self.server.counters().invalid.count();
        self.invalid_in_a_row = self.invalid_in_a_row.saturating_add(1);
        !self.link.transport().is_datagram() || self.invalid_in_a_row <= INVALID_ANSWERED
    }

    /// A Ping or Pong of the transport's own arrived, which the gateway deals with: it counts as a heartbeat does.
    pub fn count_control(&mut self, now: Instant) -> Step {
        if self.may_ask(now) {
            return Step::Continue;
        }
        self.close_stream(CloseReason::TooManyMessages, "Pings or Pongs".to_owned())
    }

    /// Returns whether it may ask for something more now.
    fn may_ask(&mut self, now: Instant) -> bool {
        let rate = self.server.driver().config().quotas.requests;
        rate.is_none_or(|rate| self.requests.take(now, rate).is_ok())
    }

    fn receive_message(&mut self, now: Instant, message: Message<'_>) -> Step {
        if let MessageType::Login | MessageType::Echo | MessageType::KeepAlive = message.kind
            && !self.may_ask(now)
        {
            let cause = format!("messages of type {}", message.kind.code());
            return self.close_stream(CloseReason::TooManyMessages, cause);
        }
        match (message.kind, &self.state) {
            (MessageType::Login, _) => self.receive_login(now, &message),
            (MessageType::Logout, _) => Step::Close(CloseReason::LoggedOut),
            (MessageType::Echo, _) => {
                self.answer(|limit| control::echo(&message, limit));
                Step::Continue
            }
            (kind, State::Awaited(_) | State::Stranger | State::Ended) => {
                self.refuse_without_login(kind, &message)
            }
            (MessageType::KeepAlive, State::Online { user, .. }) => {
                self.answer(|limit| control::keep_alive(user, limit));
                Step::Continue
            }
            (
                MessageType::Received,
                State::Online {
                    mailbox, session, ..
                },
            ) => {
                if let (Some(sender), Some(fp)) = (&message.to, &message.content) {
                    let server = &self.server;
                    server.acknowledge(now, mailbox, *session, sender, fp);
                }
                Step::Continue
            }
            (MessageType::CommonData, State::Online { user, mailbox, .. }) => {
                let sender = Sender::new(user, mailbox);
                self.receive_data(now, &sender, message)
            }
            (
                MessageType::Question,
                State::Online {
                    user,
                    mailbox,
                    may_ask: true,
                    ..
                },
            ) => {
                let sender = Sender::new(user, mailbox);
                self.receive_question(now, &sender, &message)
            }
            (
                MessageType::Signal,
                State::Online {
                    user,
                    mailbox,
                    may_ask: true,
                    ..
                },
            ) => {
                let sender = Sender::new(user, mailbox);
                self.receive_signal(now, &sender, &message)
            }
            // What only a server sends, or a later version knows.
            _ => Step::Continue,
        }
    }

    /// Something came that needs a login (error 301).
    ///
    /// An address that is not logged in may be another server's, or this one's: what is itself an answer gets none.
    fn refuse_without_login(&mut self, kind: MessageType, message: &Message<'_>) -> Step {
        let asks = matches!(kind, MessageType::KeepAlive | MessageType::CommonData);
        if asks || !self.link.transport().is_datagram() {
            let max_body = self.link.max_body();
            self.answer(|limit| control::not_logged_in(message, limit.min(max_body)));
        }
        let cause = format!("a message of type {}", kind.code());
        self.close_stream(CloseReason::NotLoggedIn, cause)
    }

    /// Sends the longest form of an answer that may be sent now; `form` gives the longest of at most `limit` bytes. If there
    /// is none, a stranger gets no answer, and a session's waits.
    fn answer(&self, form: impl Fn(usize) -> Option<Bytes>) {
        let allowance = self.link.allowance();
        let answer = if self.is_logged_in() {
            // Its next answers are to find room too.
            [allowance / 4, allowance, usize::MAX]
                .into_iter()
                .find_map(form)
        } else {
            form(allowance)
        };
        if let Some(answer) = answer {
            self.link.transmit(answer);
        }
    }

    /// Closes a stream; an address cannot be closed.
    fn close_stream(&mut self, reason: CloseReason, cause: String) -> Step {
        let is_datagram = self.link.transport().is_datagram();
        let is_login = matches!(
            reason,
            CloseReason::LoginRefused | CloseReason::TooManyLogins
        );
        if is_login || !is_datagram {
            self.cause = Some(cause);
        }
        if is_datagram {
            return Step::Continue;
        }
        Step::Close(reason)
    }
}
