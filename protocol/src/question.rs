//! What a client asks its server, and what it is answered (docs/protocol.md, "Questions").

use alloc::borrow::Cow;
use alloc::string::String;

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
}

/// Why a question is none that can be answered. The fault of whoever asks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadQuestion {
    /// The server has no answer to a question of this name: it may be of an earlier version.
    #[error("no such question: {0}")]
    Unknown(String),
    /// It is no JSON object that begins with `ask`, or one of its parameters is missing, or of the wrong type.
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
    pub const NAMES: [&'static str; 2] = ["devices", "removeDevice"];

    /// Reads a question from the content of its message.
    ///
    /// # Errors
    ///
    /// It is none that this version knows.
    pub fn decode(content: Option<&str>) -> Result<Self, BadQuestion> {
        let mut object = Reader::object(content.unwrap_or_default())?;
        let mut ask = None;
        if object.field()?.as_deref() == Some("ask") {
            object.string(&mut ask)?;
        }
        let ask: Cow<'_, str> = required(ask, "ask is missing, or not the first field")?;
        match &*ask {
            "devices" => {
                while object.field()?.is_some() {
                    object.skip()?;
                }
                Ok(Self::Devices)
            }
            "removeDevice" => {
                let mut device = None;
                while let Some(name) = object.field()? {
                    match &*name {
                        "device" => object.string(&mut device),
                        _ => object.skip(),
                    }?;
                }
                let device = required(device, "device is missing")?.into_owned();
                Ok(Self::RemoveDevice { device })
            }
            _ => Err(BadQuestion::Unknown(ask.into_owned())),
        }
    }
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
