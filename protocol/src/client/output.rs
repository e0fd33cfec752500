//! What goes in and out of the client engine.

use alloc::string::String;

use super::timer::Timer;
use crate::codec::DecodeError;
use crate::message::{MAX_ID_LEN, Message};
use crate::timers::Deadline;

/// The number of a link: one attempt to reach the server. Later ones are greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct LinkId(pub u32);

/// A message to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The receiver's user id; [`SERVER`](crate::SERVER) for the server.
    pub to: String,
    /// The text.
    pub content: String,
    /// The application's own message type; −1 for none.
    pub typeu: i32,
    /// Whether it is to be acknowledged, and sent again until it is.
    pub qos: bool,
    /// Its fingerprint, if the application makes its own.
    pub fp: Option<String>,
    /// What it refers to: the text of a JSON object, in one line (docs/protocol.md, "Replies and mentions").
    pub refs: Option<String>,
}

impl Draft {
    /// A text with QoS and nothing special about it.
    pub fn new(to: impl Into<String>, content: impl Into<String>) -> Self {
        Self {
            to: to.into(),
            content: content.into(),
            typeu: -1,
            qos: true,
            fp: None,
            refs: None,
        }
    }
}

/// What the driver is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Nothing more; call [`handle_timeout`](super::Client::handle_timeout) at this time, if any.
    Timeout(Option<Deadline<Timer>>),
    /// Open a link; report [`handle_connected`](super::Client::handle_connected) or
    /// [`handle_disconnected`](super::Client::handle_disconnected).
    Connect {
        /// Its number.
        link: LinkId,
    },
    /// Get a token for the login on this link; report [`handle_token`](super::Client::handle_token) or
    /// [`handle_token_failure`](super::Client::handle_token_failure).
    RequestToken {
        /// Which login it is for.
        link: LinkId,
    },
    /// Send a body on the link. Nothing is to be reported.
    Transmit {
        /// The link.
        link: LinkId,
        /// JSON text, without framing.
        body: String,
    },
    /// Send what is still to be sent on the link, then close it. Nothing is to be reported.
    Disconnect {
        /// The link.
        link: LinkId,
    },
    /// Tell the application.
    Event(Event),
}

/// What the application is told.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The client's state is another one.
    StateChanged(State),
    /// The server accepted a login.
    LoggedIn {
        /// Server time of the first login in ms since 1970.
        first_login_time: i64,
        /// Whether it is the same login over a new link.
        reconnect: bool,
        /// The server's name and version, if it tells them.
        server: Option<String>,
    },
    /// So many messages had come for this device while it was away that the server kept none from then on. The user's other devices
    /// have them.
    Missed {
        /// From when on, in ms since 1970; until now.
        since: i64,
    },
    /// The server refused a login.
    LoginRefused {
        /// Why, see [`codes`](crate::codes).
        code: i64,
        /// Whether the client tries again by itself; else it is [`State::Closed`].
        retry: bool,
    },
    /// The link is gone; the client tries again by itself.
    LinkLost {
        /// Why.
        reason: LinkLostReason,
    },
    /// A message arrived, for the first time. Its acknowledgement is the next output, so whoever stores it does so first.
    Message {
        /// The message.
        message: Message<'static>,
        /// The hash of its sender and fingerprint, if it has QoS: to be stored, if there is storage, for
        /// [`restore_received`](super::Client::restore_received). Only the last
        /// [`RECEIVED_MEMORY`](super::RECEIVED_MEMORY) are of use.
        hash: Option<u64>,
    },
    /// A message is at its receiver, or safe on the server's disk. Storage forgets it.
    Delivered {
        /// Its fingerprint.
        fp: String,
    },
    /// A message is given up: it will not be sent again. Storage forgets it.
    Lost {
        /// The message.
        message: Message<'static>,
        /// Why.
        reason: LostReason,
    },
    /// The server ended the session for good; the client is [`State::Closed`].
    KickedOut {
        /// See [`codes`](crate::codes).
        code: i64,
        /// In the administrator's words.
        reason: Option<String>,
    },
    /// The server complains; or says why it has refused a message, which was [`Event::Lost`] right before.
    ServerError {
        /// See [`codes`](crate::codes).
        code: i64,
        /// In words.
        message: String,
    },
    /// A question is [answered](super::Client::ask), or will not be.
    Answered {
        /// Its id.
        id: String,
        /// What the server says: the text of a [`QuestionAnswer`](crate::QuestionAnswer), which may be a refusal; it was not looked at.
        answer: Result<String, Unanswered>,
    },
    /// Something is so at this moment: somebody types, or has read. It may be missed.
    Signalled {
        /// What the server says: the text of a [`Signal`](crate::Signal), which may be one of a later version; it was not looked at.
        signal: String,
    },
    /// What the server sent is not a message. It was ignored.
    BadMessage(DecodeError),
    /// A heartbeat went out.
    HeartbeatSent,
    /// The server answered the heartbeat.
    HeartbeatAnswered {
        /// After how many microseconds.
        round_trip_micros: u64,
    },
}

/// Where a client stands.
///
/// Complete by definition: a driver may match them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Never logged in.
    Offline,
    /// Opening a link.
    Connecting,
    /// The link is open, the login not yet answered.
    LoggingIn,
    /// Logged in.
    Online,
    /// The link is lost; waiting to try again.
    Waiting,
    /// Logged out, kicked or refused; only [`login`](super::Client::login) leads on.
    Closed,
}

/// Why a link is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LinkLostReason {
    /// The other side, or the network, closed it.
    Disconnected,
    /// It could not be opened.
    NeverOpened,
    /// Connecting took too long.
    ConnectTimeout,
    /// The server did not answer the login in time.
    LoginTimeout,
    /// No token could be had, or none came in time.
    NoToken,
    /// The server did not answer heartbeats.
    Silent,
    /// The server does not know this login any more (error 301).
    NotLoggedIn,
    /// The server refused the login for now.
    RefusedForNow,
    /// More arrived than can be held while nobody listens; the next link brings it again.
    Overflow,
    /// The server has ended the session for now, since it stops (error 305).
    SessionEnded,
}

/// Why a message is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LostReason {
    /// No acknowledgement came, although there was a link for [`Config::lost_after`](super::Config::lost_after).
    Unacknowledged,
    /// The server refused it with this code, see [`codes`](crate::codes).
    Refused(i64),
    /// None of the receiver's clients takes a body as long as this.
    TooLongForReceiver {
        /// The longest that one of them takes, in bytes.
        limit: usize,
    },
    /// It was sent before it was known that the server takes less.
    TooLong {
        /// The longest body that the server takes, in bytes.
        limit: usize,
    },
    /// Three links in a row were closed from outside right after it was sent on them. The server, or a proxy before it,
    /// does not take it, or the network broke three times at that moment: it may have arrived.
    BreaksLink,
    /// An earlier version kept it, and no server takes it: its receiver, its fingerprint or its length cannot be.
    Invalid,
    /// The user logged out.
    LoggedOut,
    /// Another user logged in.
    OtherUser,
}

/// Why a login cannot begin. The caller's fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum LoginError {
    /// The user id is empty.
    #[error("the user id is empty")]
    NoUserId,
    /// No user can have this id: it stands for the server or for nobody, or is longer than [`MAX_ID_LEN`].
    #[error(
        "the user id cannot be one: \"0\", \"-1\", or longer than {} bytes",
        MAX_ID_LEN
    )]
    BadUserId,
    /// Another user is logged in, or logging in.
    #[error("another user is logged in: log out first")]
    OtherUser,
}

/// Why a message was not taken. Nothing was sent or kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// Nobody is logged in or logging in.
    #[error("not logged in")]
    NotLoggedIn,
    /// A message without QoS needs a link, and there is none.
    #[error("offline, and the message asks for no delivery guarantee")]
    Offline,
    /// The receiver's user id is empty.
    #[error("the receiver's user id is empty")]
    NoReceiver,
    /// No user can have the receiver's id: it stands for nobody, or is longer than [`MAX_ID_LEN`].
    #[error(
        "the receiver's user id cannot be one: \"-1\", or longer than {} bytes",
        MAX_ID_LEN
    )]
    BadReceiver,
    /// The fingerprint is empty, or longer than [`MAX_ID_LEN`].
    #[error("the fingerprint is empty, or longer than {} bytes", MAX_ID_LEN)]
    BadFingerprint,
    /// What the message refers to is not the text of one JSON object in one line.
    #[error("what the message refers to is no JSON object in one line")]
    BadRefs,
    /// The fingerprint is that of a message that is still unacknowledged: this one has been taken already.
    #[error("the fingerprint is that of a message on its way")]
    FingerprintInUse,
    /// The body is longer than the server takes.
    #[error("the message takes {len} bytes, at most {limit} are allowed")]
    TooLong {
        /// Its length in bytes, as JSON.
        len: usize,
        /// What the server took at the last login, or [`Config::longest_body`](super::Config::longest_body).
        limit: usize,
    },
    /// Too many messages are unacknowledged.
    #[error("too many messages are unacknowledged")]
    OutboxFull,
}

/// Why a question was not asked. The caller's fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum AskError {
    /// Nobody is logged in or logging in.
    #[error("not logged in")]
    NotLoggedIn,
    /// The id is empty, or longer than [`MAX_ID_LEN`].
    #[error("the question's id is empty, or longer than {} bytes", MAX_ID_LEN)]
    BadId,
    /// Too many questions are unanswered.
    #[error("too many questions are unanswered")]
    TooMany,
    /// The body is longer than the server takes.
    #[error("the question takes {len} bytes, at most {limit} are allowed")]
    TooLong {
        /// Its length in bytes, as JSON.
        len: usize,
        /// What the server took at the last login, or [`Config::longest_body`](super::Config::longest_body).
        limit: usize,
    },
}

/// Why a question was not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum Unanswered {
    /// The server answers no questions.
    #[error("the server answers no questions")]
    NotSupported,
    /// There was no answer in time. What was asked for may have been done.
    #[error("no answer in time")]
    TimedOut,
    /// The user logged out, or the session ended for good.
    #[error("the session has ended")]
    SessionEnded,
}

/// Why a stored message was not taken back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// It is not a message.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// It was sent by another user than the one that logs in.
    #[error("it was sent by another user")]
    OtherUser,
    /// It has no QoS, no fingerprint or no receiver.
    #[error("it has no QoS, no fingerprint or no receiver")]
    NotRetransmittable,
}
