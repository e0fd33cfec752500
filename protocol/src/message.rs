//! One message of the wire (docs/protocol.md, "One message").

use alloc::borrow::Cow;

/// The user id that stands for the server, in `from` and `to`.
pub const SERVER: &str = "0";

/// The user id that stands for nobody: the `to` of an answer to somebody who is not logged in.
pub const NOBODY: &str = "-1";

/// The longest user id and fingerprint, in bytes of UTF-8.
pub const MAX_ID_LEN: usize = 256;

/// Returns whether a message can be sent to this user id: the server's, or one that a user can have.
pub fn is_receiver(id: &str) -> bool {
    id == SERVER || is_user_id(id)
}

/// A character that no user's id has, as it is none for interchange (Unicode, 23.7): for names that are made of ids.
pub const NO_ID_HAS: char = '\u{FFFF}';

/// The same in UTF-8.
const NO_ID_HAS_UTF8: [u8; 3] = [0xEF, 0xBF, 0xBF];

/// Returns whether a user can have this id.
pub fn is_user_id(id: &str) -> bool {
    !matches!(id, "" | SERVER | NOBODY) && id.len() <= MAX_ID_LEN && !is_reserved(id)
}

/// Returns whether an id has [`NO_ID_HAS`]. By its bytes, as the standard library's search for a character is 3 KB of a page's engine.
fn is_reserved(id: &str) -> bool {
    id.as_bytes()
        .windows(3)
        .any(|three| three == NO_ID_HAS_UTF8)
}

/// Returns whether a message can have this fingerprint.
pub fn is_fingerprint(fp: &str) -> bool {
    !fp.is_empty() && fp.len() <= MAX_ID_LEN
}

/// What a message is: the wire's `type`.
///
/// The list is complete for `MobileIMSDK` v6, and has what `MobileIM` adds; anything else is kept as [`MessageType::Unknown`] and ignored by
/// both ends, so that a later version can add to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MessageType {
    /// 0, from a client: [`LoginRequest`](crate::payload::LoginRequest).
    Login,
    /// 1, from a client: the heartbeat.
    KeepAlive,
    /// 2, from either: the application's own text.
    CommonData,
    /// 3, from a client: ends the session, without an answer.
    Logout,
    /// 4, from either: acknowledges the fingerprint in its content.
    Received,
    /// 5, from a client: asks for its own content back.
    Echo,
    /// 30, from a client to the server: a [`Question`](crate::Question). Only a server that says so takes it.
    Question,
    /// 31, from a client: a [`Signal`](crate::Signal), which passes. Only a server that takes questions takes it.
    Signal,
    /// 50, from the server: [`LoginResponse`](crate::payload::LoginResponse).
    LoginResponse,
    /// 51, from the server: answers the heartbeat.
    KeepAliveResponse,
    /// 52, from the server: [`ErrorResponse`](crate::payload::ErrorResponse).
    ErrorResponse,
    /// 53, from the server: answers [`MessageType::Echo`].
    EchoResponse,
    /// 54, from the server: [`Kickout`](crate::payload::Kickout).
    Kickout,
    /// 80, from the server: a [`QuestionAnswer`](crate::QuestionAnswer), with the fingerprint of the question. Only `MobileIM` clients are sent it.
    Answer,
    /// 81, from the server: a [`Signal`](crate::Signal), which passes. Only `MobileIM` clients are sent it.
    Signalled,
    /// A number that this version does not know.
    Unknown(i32),
}

impl MessageType {
    /// The number on the wire.
    pub const fn code(self) -> i32 {
        match self {
            Self::Login => 0,
            Self::KeepAlive => 1,
            Self::CommonData => 2,
            Self::Logout => 3,
            Self::Received => 4,
            Self::Echo => 5,
            Self::Question => 30,
            Self::Signal => 31,
            Self::LoginResponse => 50,
            Self::KeepAliveResponse => 51,
            Self::ErrorResponse => 52,
            Self::EchoResponse => 53,
            Self::Kickout => 54,
            Self::Answer => 80,
            Self::Signalled => 81,
            Self::Unknown(code) => code,
        }
    }

    /// The type that a number on the wire stands for.
    pub const fn from_code(code: i32) -> Self {
        match code {
            0 => Self::Login,
            1 => Self::KeepAlive,
            2 => Self::CommonData,
            3 => Self::Logout,
            4 => Self::Received,
            5 => Self::Echo,
            30 => Self::Question,
            31 => Self::Signal,
            50 => Self::LoginResponse,
            51 => Self::KeepAliveResponse,
            52 => Self::ErrorResponse,
            53 => Self::EchoResponse,
            54 => Self::Kickout,
            80 => Self::Answer,
            81 => Self::Signalled,
            code => Self::Unknown(code),
        }
    }
}

/// One message of the wire, borrowing from the bytes it was decoded from where it can.
///
/// Field for field the JSON object of docs/protocol.md, in its order. `None` is a field that is absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message<'a> {
    /// Whether it came over the bridge to MobileIMSDK-Web.
    pub bridge: bool,
    /// What it is (`type`).
    pub kind: MessageType,
    /// The body (`dataContent`): the application's text, or a control message's JSON in a string.
    pub content: Option<Cow<'a, str>>,
    /// The sender's user id; the server overwrites it with the session's.
    pub from: Option<Cow<'a, str>>,
    /// The receiver's user id.
    pub to: Option<Cow<'a, str>>,
    /// The fingerprint: the message's unique id. Required if `qos` is set.
    pub fp: Option<Cow<'a, str>>,
    /// Whether the receiver must acknowledge (`QoS`).
    pub qos: bool,
    /// The application's own message type; −1 if it sets none, 0 if the field is absent.
    pub typeu: i32,
    /// Server timestamp in ms since 1970; −1 if there is none, 0 if the field is absent.
    pub sm: i64,
    /// Its number in a conversation that has a log, from 1, as the server says to `MobileIM` clients. Nobody else says it.
    pub seq: Option<u64>,
    /// What it refers to, a message that it replies to or users whom it mentions: the text of a JSON object, in one line. `MobileIM` peers
    /// alone say it, and are told it.
    pub refs: Option<Cow<'a, str>>,
}

impl<'a> Message<'a> {
    /// A message with neither QoS nor fingerprint, and −1 in `typeu` and `sm`, as the original writes them.
    pub fn new(
        kind: MessageType,
        from: impl Into<Cow<'a, str>>,
        to: impl Into<Cow<'a, str>>,
    ) -> Self {
        Self {
            bridge: false,
            kind,
            content: None,
            from: Some(from.into()),
            to: Some(to.into()),
            fp: None,
            qos: false,
            typeu: -1,
            sm: -1,
            seq: None,
            refs: None,
        }
    }

    /// The same with a body.
    #[must_use]
    pub fn with_content(mut self, content: impl Into<Cow<'a, str>>) -> Self {
        self.content = Some(content.into());
        self
    }

    /// The same with a fingerprint, to be acknowledged by its receiver.
    #[must_use]
    pub fn with_qos(mut self, fp: impl Into<Cow<'a, str>>) -> Self {
        self.fp = Some(fp.into());
        self.qos = true;
        self
    }

    /// The same with the application's own message type.
    #[must_use]
    pub fn with_typeu(mut self, typeu: i32) -> Self {
        self.typeu = typeu;
        self
    }

    /// The acknowledgement (type 4) of the message with fingerprint `fp`, in the name of `from`.
    pub fn received(
        from: impl Into<Cow<'a, str>>,
        to: impl Into<Cow<'a, str>>,
        fp: impl Into<Cow<'a, str>>,
        bridge: bool,
    ) -> Self {
        Self {
            bridge,
            ..Self::new(MessageType::Received, from, to).with_content(fp)
        }
    }

    /// The fingerprint that has to be acknowledged; `None` if the message asks for no acknowledgement.
    ///
    /// A message that asks for one but has no fingerprint (or an empty one) cannot be acknowledged: `None` too.
    pub fn fingerprint_to_acknowledge(&self) -> Option<&str> {
        self.fp.as_deref().filter(|fp| self.qos && !fp.is_empty())
    }

    /// The same message, owning its text.
    pub fn into_owned(self) -> Message<'static> {
        let own = |text: Option<Cow<'a, str>>| text.map(|text| Cow::Owned(text.into_owned()));
        Message {
            bridge: self.bridge,
            kind: self.kind,
            content: own(self.content),
            from: own(self.from),
            to: own(self.to),
            fp: own(self.fp),
            qos: self.qos,
            typeu: self.typeu,
            sm: self.sm,
            seq: self.seq,
            refs: own(self.refs),
        }
    }
}
