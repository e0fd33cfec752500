//! What one connection says, and what the server answers: no networking, no clock, no tasks.
//!
//! A gateway gives each body that arrives to [`Connection::receive`] and does what the [`Step`] says. Answers leave
//! by the connection's [`Link`].

mod data;
mod envelope;
mod login;

use std::borrow::Cow;
use std::pin::Pin;
use std::sync::Arc;

use mobileim_protocol::mailbox::SessionId;
use mobileim_protocol::payload::LoginRequest;
use mobileim_protocol::{Instant, Message, MessageType, NOBODY, codes, decode};

use crate::auth::LoginVerdict;
use crate::hooks::{Acceptance, Verdict};
use crate::hub::{CloseReason, ConnectionId, Link};
use crate::{ServerHandle, answers};

/// The protocol logic of one connection, from its first byte to its last.
pub struct Connection {
    server: ServerHandle,
    link: Arc<dyn Link>,
    state: State,
}

enum State {
    /// Not logged in; a stream's number in the hub, which limits the time for that.
    Anonymous(Option<ConnectionId>),
    /// Logged in. The hub may have ended the session meanwhile.
    Online { user: Arc<str>, session: SessionId },
}

/// What a gateway is to do after a body.
#[must_use]
pub enum Step {
    /// Go on.
    Continue,
    /// Wait for the answer and give it to [`Connection::resume`]; what else arrives waits.
    Wait(Pin<Box<dyn Future<Output = Answer> + Send>>),
    /// Write what is left to be written, then close.
    Close(CloseReason),
}

/// What the application has decided about something that a connection sent.
pub struct Answer(Decision);

enum Decision {
    Login(LoginRequest, LoginVerdict),
    C2c(Message<'static>, Verdict),
    C2s(Message<'static>, Acceptance),
}

impl Connection {
    /// A connection that was just opened; on datagrams, an address that was not heard of before.
    pub fn new(server: ServerHandle, now: Instant, link: Arc<dyn Link>) -> Self {
        // An address holds no resources before it has logged in.
        let connection =
            (!link.transport().is_datagram()).then(|| server.hub().connect(now, Arc::clone(&link)));
        Self {
            server,
            link,
            state: State::Anonymous(connection),
        }
    }

    /// A body arrived.
    pub fn receive(&mut self, now: Instant, body: &[u8]) -> Step {
        let error = match decode(body) {
            Ok(message) => return self.receive_message(now, message),
            Err(error) => error,
        };
        // As in the original, bytes that are not UTF-8 count as replacement characters.
        if let Cow::Owned(text) = String::from_utf8_lossy(body)
            && let Ok(message) = decode(text.as_bytes())
        {
            return self.receive_message(now, message);
        }
        match envelope::read(body) {
            Some(message) if self.is_logged_in() => self.refuse_invalid_message(&message),
            _ => self.refuse_invalid(CloseReason::InvalidMessage, error.to_string()),
        }
    }

    /// The application has decided about what [`Connection::receive`] said to wait for.
    pub fn resume(&mut self, now: Instant, answer: Answer) -> Step {
        match answer.0 {
            Decision::Login(request, verdict) => self.login_decided(now, request, verdict),
            Decision::C2c(message, verdict) => self.c2c_decided(now, message, verdict),
            Decision::C2s(message, acceptance) => self.c2s_decided(now, &message, acceptance),
        }
    }

    /// Something arrived that is no valid message, and does not say which one it is (error 4, with a text that says why).
    ///
    /// Streams are closed. A datagram costs its sender nothing, and is answered only if its address is logged in:
    /// nobody can make the server send to a third party by a forged address.
    pub fn refuse_invalid(&mut self, reason: CloseReason, why: String) -> Step {
        self.server.hub().counters().invalid.count();
        let to = match &self.state {
            State::Online { user, .. } => user,
            State::Anonymous(Some(_)) => NOBODY,
            State::Anonymous(None) => return Step::Continue,
        };
        self.link
            .transmit(answers::error(to, codes::INVALID_MESSAGE, why));
        self.close_stream(reason)
    }

    /// The connection has ended, or is about to.
    pub fn close(&mut self, now: Instant, reason: CloseReason) {
        match std::mem::replace(&mut self.state, State::Anonymous(None)) {
            State::Anonymous(Some(connection)) => self.server.hub().disconnect(connection),
            State::Anonymous(None) => {}
            State::Online { user, session } => {
                self.server.hub().logout(now, &user, session, reason);
            }
        }
    }

    /// Whether it has logged in.
    pub fn is_logged_in(&self) -> bool {
        matches!(self.state, State::Online { .. })
    }

    fn receive_message(&mut self, now: Instant, message: Message<'_>) -> Step {
        match (message.kind, &self.state) {
            (MessageType::Login, _) => self.receive_login(now, &message),
            (MessageType::Logout, _) => Step::Close(CloseReason::LoggedOut),
            (MessageType::Echo, _) => {
                self.link.transmit(answers::echo(message));
                Step::Continue
            }
            (_, State::Anonymous(_)) => {
                let error = answers::message_refused(
                    NOBODY,
                    codes::NOT_LOGGED_IN,
                    &message,
                    self.link.max_body(),
                );
                self.link.transmit(error);
                self.close_stream(CloseReason::NotLoggedIn)
            }
            (MessageType::KeepAlive, State::Online { user, .. }) => {
                self.link.transmit(answers::keep_alive(user));
                Step::Continue
            }
            (MessageType::Received, State::Online { user, session }) => {
                if let (Some(sender), Some(fp)) = (&message.to, &message.content) {
                    let hub = self.server.hub();
                    hub.acknowledge(now, user, *session, sender, fp);
                }
                Step::Continue
            }
            (MessageType::CommonData, State::Online { user, .. }) => {
                let user = Arc::clone(user);
                self.receive_data(now, &user, message)
            }
            // What only a server sends, or a later version knows.
            _ => Step::Continue,
        }
    }

    /// Closes where there is something to close: an address cannot be.
    fn close_stream(&self, reason: CloseReason) -> Step {
        if self.link.transport().is_datagram() {
            Step::Continue
        } else {
            Step::Close(reason)
        }
    }
}
