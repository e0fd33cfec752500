//! What passes between clients: nothing of it is acknowledged, stored or told to who is offline (docs/protocol.md, "Signals").

use alloc::string::String;

use crate::codec::DecodeError;
use crate::json::Reader;
use crate::payload::{Object, Payload, required};

/// Something that is so now.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Signal {
    /// Somebody writes something.
    Typing {
        /// The other user, or a group.
        with: String,
        /// Who; not said by the one who does.
        by: Option<String>,
    },
    /// Somebody has read a conversation.
    Read {
        /// The other user, or a group.
        with: String,
        /// Who: the user, on another device, or the other one.
        by: Option<String>,
        /// Up to the message with this number.
        seq: u64,
        /// Of the user's own mark, how many messages behind it are unread.
        unread: Option<u64>,
        /// How many of those mention the user, if any does.
        mentions: Option<u64>,
    },
    /// A user came online, or went: to whom watches that user.
    Presence {
        /// The user.
        with: String,
        /// Whether one of the user's sessions is live.
        online: bool,
        /// When the last one ended, in ms since 1970.
        last_seen: Option<i64>,
    },
    /// Something that this version does not know.
    Unknown,
}

impl Payload for Signal {
    fn decode(json: &str) -> Result<Self, DecodeError> {
        let (mut signal, mut with, mut by) = (None, None, None);
        let (mut seq, mut unread, mut mentions) = (None, None, None);
        let (mut online, mut last_seen) = (false, None);
        let mut object = Reader::object(json)?;
        while let Some(name) = object.field()? {
            match &*name {
                "signal" => object.string(&mut signal),
                "with" => object.string(&mut with),
                "by" => object.string(&mut by),
                "seq" => object.integer(&mut seq),
                "unread" => object.integer(&mut unread),
                "mentions" => object.integer(&mut mentions),
                "online" => object.boolean(&mut online),
                "lastSeen" => object.integer(&mut last_seen),
                _ => object.skip(),
            }?;
        }
        let number = |integer: Option<i64>| integer.and_then(|number| u64::try_from(number).ok());
        let with = || required(with.map(Into::into), "with is missing");
        let by = by.map(Into::into);
        Ok(match required(signal.as_deref(), "signal is missing")? {
            "typing" => Self::Typing { with: with()?, by },
            "read" => Self::Read {
                with: with()?,
                by,
                seq: required(number(seq), "seq is missing")?,
                unread: number(unread),
                mentions: number(mentions),
            },
            "presence" => Self::Presence {
                with: with()?,
                online,
                last_seen,
            },
            _ => Self::Unknown,
        })
    }

    fn encode(&self) -> String {
        let mut object = Object::default();
        match self {
            Self::Typing { with, by } => {
                object.string("signal", "typing");
                object.string("with", with);
                if let Some(by) = by {
                    object.string("by", by);
                }
            }
            Self::Read {
                with,
                by,
                seq,
                unread,
                mentions,
            } => {
                object.string("signal", "read");
                object.string("with", with);
                if let Some(by) = by {
                    object.string("by", by);
                }
                object.integer("seq", i64::try_from(*seq).unwrap_or(i64::MAX));
                for (name, count) in [("unread", unread), ("mentions", mentions)] {
                    if let Some(count) = count {
                        object.integer(name, i64::try_from(*count).unwrap_or(i64::MAX));
                    }
                }
            }
            Self::Presence {
                with,
                online,
                last_seen,
            } => {
                object.string("signal", "presence");
                object.string("with", with);
                object.json("online", if *online { "true" } else { "false" });
                if let Some(last_seen) = last_seen {
                    object.integer("lastSeen", *last_seen);
                }
            }
            Self::Unknown => object.string("signal", ""),
        }
        object.end()
    }
}
