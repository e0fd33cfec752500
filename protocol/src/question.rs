//! What a client asks its server, and what it is answered (docs/protocol.md, "Questions").

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use crate::codec::DecodeError;
use crate::codes;
use crate::json::Reader;
use crate::payload::{Object, Payload, required};

/// A question of a client's, as its server takes it. Complete: a server answers each.
///
/// Each may come again, over another link or as its answer was lost: so none does something else when it is asked twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Which devices the user has.
    Devices,
    /// Removes a device of the user's.
    RemoveDevice {
        /// What its client calls it; empty for the one of clients that name none.
        device: String,
    },
    /// The user's conversations, those with the latest messages first.
    Conversations {
        /// Those behind the page whose `next` this was.
        before: Option<i64>,
        /// How many at most, if it says so.
        limit: Option<u64>,
    },
    /// A part of the history of a conversation.
    History {
        /// The other user, or a group.
        with: String,
        /// Only messages with lower numbers, the last of them; if neither is said, the last there are.
        before: Option<u64>,
        /// Only messages with higher numbers, the first of them.
        after: Option<u64>,
        /// How many at most, if it says so.
        limit: Option<u64>,
    },
    /// The user has read a conversation, on whatever device.
    MarkRead {
        /// The other user, or a group.
        with: String,
        /// Up to the message with this number.
        seq: u64,
    },
    /// A group that the user is in.
    Group {
        /// Its id.
        group: String,
    },
    /// Makes a group, unless there is one of the user's with this id.
    CreateGroup {
        /// The id it is to have.
        group: String,
        /// The question's whole content: what it is to be like stands there.
        change: String,
    },
    /// Changes a group that the user is in.
    ChangeGroup {
        /// Its id.
        group: String,
        /// The question's whole content: what is to be so from then on stands there.
        change: String,
    },
    /// The user leaves a group.
    LeaveGroup {
        /// Its id.
        group: String,
    },
    /// Ends a group that the user owns.
    EndGroup {
        /// Its id.
        group: String,
    },
    /// Who of these users is online; and the connection is told when that changes, until it asks for others or ends.
    Presence {
        /// Their ids. Nobody is watched any more if there are none.
        users: Vec<String>,
    },
}

/// Why a question is none that can be answered. The fault of whoever asks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadQuestion {
    /// The server has no answer to a question of this name: it may be of an earlier version.
    #[error("no such question: {0}")]
    Unknown(String),
    /// It is no JSON object with `ask`, or one of its parameters is missing, or of the wrong type.
    #[error(transparent)]
    Malformed(#[from] DecodeError),
}

impl BadQuestion {
    /// The code that the answer says.
    pub const fn code(&self) -> i64 {
        match self {
            Self::Unknown(_) => codes::UNKNOWN_QUESTION,
            Self::Malformed(_) => codes::BAD_QUESTION,
        }
    }
}

impl Question {
    /// The names of all, in the order of the table in docs/protocol.md.
    pub const NAMES: [&'static str; 11] = [
        "devices",
        "removeDevice",
        "conversations",
        "history",
        "markRead",
        "group",
        "createGroup",
        "changeGroup",
        "leaveGroup",
        "endGroup",
        "presence",
    ];

    /// Reads a question from the content of its message.
    ///
    /// # Errors
    ///
    /// It is none that this version knows.
    pub fn decode(content: Option<&str>) -> Result<Self, BadQuestion> {
        let content = content.unwrap_or_default();
        let ask = required(name_of(content)?, "ask is missing")?;
        if !Self::NAMES.contains(&&*ask) {
            return Err(BadQuestion::Unknown(ask.into_owned()));
        }
        let parameters = Parameters::read(content)?;
        Ok(match &*ask {
            "devices" => Self::Devices,
            "removeDevice" => Self::RemoveDevice {
                device: required(parameters.device, "device is missing")?.into_owned(),
            },
            "conversations" => Self::Conversations {
                before: parameters.before,
                limit: parameters.limit.and_then(number),
            },
            "history" => Self::History {
                with: required(parameters.with, "with is missing")?.into_owned(),
                before: parameters.before.and_then(number),
                after: parameters.after.and_then(number),
                limit: parameters.limit.and_then(number),
            },
            "markRead" => Self::MarkRead {
                with: required(parameters.with, "with is missing")?.into_owned(),
                seq: required(parameters.seq.and_then(number), "seq is missing")?,
            },
            "group" => Self::Group {
                group: parameters.group()?,
            },
            "createGroup" => Self::CreateGroup {
                group: parameters.group()?,
                change: content.into(),
            },
            "changeGroup" => Self::ChangeGroup {
                group: parameters.group()?,
                change: content.into(),
            },
            "leaveGroup" => Self::LeaveGroup {
                group: parameters.group()?,
            },
            "endGroup" => Self::EndGroup {
                group: parameters.group()?,
            },
            "presence" => {
                let users = required(parameters.users, "users is missing")?;
                let users = users.into_iter().map(Cow::into_owned).collect();
                Self::Presence { users }
            }
            _ => return Err(BadQuestion::Unknown(ask.into_owned())),
        })
    }
}

/// What questions say beside their names: each means the same in all of them.
#[derive(Default)]
struct Parameters<'a> {
    device: Option<Cow<'a, str>>,
    with: Option<Cow<'a, str>>,
    group: Option<Cow<'a, str>>,
    before: Option<i64>,
    after: Option<i64>,
    limit: Option<i64>,
    seq: Option<i64>,
    users: Option<Vec<Cow<'a, str>>>,
}

impl<'a> Parameters<'a> {
    fn read(content: &'a str) -> Result<Self, DecodeError> {
        let mut parameters = Self::default();
        let mut object = Reader::object(content)?;
        while let Some(name) = object.field()? {
            match &*name {
                "device" => object.string(&mut parameters.device),
                "with" => object.string(&mut parameters.with),
                "group" => object.string(&mut parameters.group),
                "before" => object.integer(&mut parameters.before),
                "after" => object.integer(&mut parameters.after),
                "limit" => object.integer(&mut parameters.limit),
                "seq" => object.integer(&mut parameters.seq),
                "users" => object.strings(&mut parameters.users),
                _ => object.skip(),
            }?;
        }
        Ok(parameters)
    }

    fn group(self) -> Result<String, DecodeError> {
        Ok(required(self.group, "group is missing")?.into_owned())
    }
}

/// Its name, whatever its parameters are.
fn name_of(content: &str) -> Result<Option<Cow<'_, str>>, DecodeError> {
    let mut ask = None;
    let mut object = Reader::object(content)?;
    while let Some(name) = object.field()? {
        match &*name {
            "ask" => object.string(&mut ask),
            _ => object.skip(),
        }?;
    }
    Ok(ask)
}

/// A number of something; less than none is as if it were not said.
fn number(integer: i64) -> Option<u64> {
    u64::try_from(integer).ok()
}

/// Writes a question of this name. The parameters are the text of a JSON object without an `ask`, or nothing.
///
/// # Errors
///
/// The parameters are no such text.
pub fn encode_question(name: &str, parameters: &str) -> Result<String, DecodeError> {
    let mut question = Object::default();
    question.string("ask", name);
    if !parameters.is_empty() {
        let mut object = Reader::object(parameters)?;
        while let Some(name) = object.field()? {
            question.json(&name, object.written()?);
        }
    }
    Ok(question.end())
}

/// What a question is answered (type 80).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QuestionAnswer {
    /// What was asked for: the text of a JSON value.
    Given(String),
    /// Why there is no answer.
    Refused {
        /// See [`codes`](crate::codes).
        code: i64,
        /// In words.
        text: String,
    },
}

impl Payload for QuestionAnswer {
    fn decode(json: &str) -> Result<Self, DecodeError> {
        let (mut answer, mut error) = (None, None);
        let mut object = Reader::object(json)?;
        while let Some(name) = object.field()? {
            match &*name {
                "answer" => answer = Some(object.written()?),
                "error" => error = Some(object.written()?),
                _ => object.skip()?,
            }
        }
        let Some(error) = error else {
            return Ok(Self::Given(required(answer, "answer is missing")?.into()));
        };
        let (mut code, mut text) = (None, None);
        let mut object = Reader::object(error)?;
        while let Some(name) = object.field()? {
            match &*name {
                "code" => object.int64(code.insert(0)),
                "text" => object.string(&mut text),
                _ => object.skip(),
            }?;
        }
        Ok(Self::Refused {
            code: required(code, "code is missing")?,
            text: text.unwrap_or_default().into_owned(),
        })
    }

    fn encode(&self) -> String {
        let mut object = Object::default();
        match self {
            Self::Given(answer) => object.json("answer", answer),
            Self::Refused { code, text } => {
                let mut error = Object::default();
                error.integer("code", *code);
                error.string("text", text);
                object.json("error", &error.end());
            }
        }
        object.end()
    }
}
