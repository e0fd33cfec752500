//! What a message refers to: another that it replies to, and users whom it mentions (docs/protocol.md, "Replies and mentions").

use mobileim_protocol::{Message, decode, is_fingerprint, is_receiver, is_user_id};
use serde::{Deserialize, Serialize};

/// How many users a message mentions by name at most.
pub const MAX_MENTIONS: usize = 100;

/// What a message refers to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Refs {
    /// The message that it replies to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<ReplyTo>,
    /// The users whom it mentions, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<String>,
    /// Whether it mentions all who read it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mentions_all: bool,
}

/// A message that another replies to. That it exists is not checked: it may be one that is kept nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyTo {
    /// Its sender.
    pub from: String,
    /// Its fingerprint.
    pub fp: String,
    /// Its number in the conversation, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
}

/// Why this is nothing that a message can refer to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RefsError {
    /// It is written otherwise.
    #[error("what a message refers to cannot be read: {0}")]
    Malformed(String),
    /// What it replies to has no sender or no fingerprint that a message can have, or a number that none has.
    #[error("what a message replies to has a sender and a fingerprint, and a number from 1")]
    BadReply,
    /// Whom it mentions is no user.
    #[error("{0:?} is not a user's id, and cannot be mentioned")]
    NoUser(String),
    /// It mentions more users than a message may.
    #[error("a message mentions {MAX_MENTIONS} users at most")]
    TooMany,
}

impl Refs {
    /// Reads what a message of a client's refers to. Fields that are not known are skipped.
    ///
    /// # Errors
    ///
    /// It is not written as it must be, or says what cannot be.
    pub fn read(written: &str) -> Result<Self, RefsError> {
        let refs = serde_json::from_str::<Self>(written);
        let refs = refs.map_err(|error| RefsError::Malformed(error.to_string()))?;
        refs.checked()
    }

    /// The same of one that was put together otherwise.
    ///
    /// # Errors
    ///
    /// It says what cannot be.
    pub fn checked(mut self) -> Result<Self, RefsError> {
        let is_number = |seq: u64| (1..=i64::MAX.unsigned_abs()).contains(&seq);
        let is_message = |reply: &ReplyTo| {
            is_receiver(&reply.from) && is_fingerprint(&reply.fp) && reply.seq.is_none_or(is_number)
        };
        if !self.reply_to.as_ref().is_none_or(is_message) {
            return Err(RefsError::BadReply);
        }
        let mut mentions = Vec::new();
        for user in self.mentions {
            if !is_user_id(&user) {
                return Err(RefsError::NoUser(user));
            }
            if mentions.len() == MAX_MENTIONS {
                return Err(RefsError::TooMany);
            }
            if !mentions.contains(&user) {
                mentions.push(user);
            }
        }
        self.mentions = mentions;
        Ok(self)
    }

    /// Whether there is nothing that it refers to.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// As a message has it: one line. Nothing, if there is nothing to say.
    pub fn written(&self) -> Option<String> {
        let is_said = !self.is_empty();
        is_said.then(|| serde_json::to_string(self).unwrap_or_default())
    }

    /// What a message refers to that is in a mailbox or a log.
    pub fn of(body: &[u8]) -> Option<Self> {
        let message = decoded(body)?;
        Self::read(message.refs.as_deref()?).ok()
    }

    /// Whether such a message mentions a user.
    pub fn mention(&self, user: &str) -> bool {
        self.mentions_all || self.mentions.iter().any(|mentioned| mentioned == user)
    }
}

/// The same message, as it is for a client that knows nothing of this; `None` if it is that already.
pub(crate) fn without_refs(body: &[u8]) -> Option<String> {
    let mut message = decoded(body)?;
    message.refs.take()?;
    Some(mobileim_protocol::encode(&message))
}

/// A message that may have such. It comes last in what is written here, so by far the most are known not to by their end.
fn decoded(body: &[u8]) -> Option<Message<'_>> {
    let may_have = body.ends_with(b"}}");
    may_have.then(|| decode(body).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use mobileim_protocol::{MessageType, encode};

    use super::*;

    fn message(refs: Option<&str>) -> String {
        let mut message = Message::new(MessageType::CommonData, "alice", "#team")
            .with_content("}}")
            .with_qos("1");
        message.refs = refs.map(Into::into);
        encode(&message)
    }

    #[test]
    fn what_is_written_is_read() {
        let written = r#"{"replyTo":{"from":"bob","fp":"7","seq":12},"mentions":["bob","eve"],"mentionsAll":true}"#;
        let refs = Refs::read(written).unwrap();
        assert_eq!(refs.written().as_deref(), Some(written));
        assert_eq!(Refs::of(message(Some(written)).as_bytes()), Some(refs));
        assert_eq!(Refs::of(message(None).as_bytes()), None);
        assert_eq!(Refs::read("{}").unwrap().written(), None);
    }

    #[test]
    fn a_user_is_mentioned_once_and_what_is_not_known_is_skipped() {
        let refs = Refs::read(r#"{"mentions":["bob","eve","bob"],"later":[{}]}"#).unwrap();
        assert_eq!(refs.mentions, ["bob", "eve"]);
        assert!(refs.mention("eve") && !refs.mention("alice"));
    }

    #[test]
    fn what_cannot_be_is_said() {
        let many: Vec<_> = (0..=MAX_MENTIONS)
            .map(|user| user.to_string() + "a")
            .collect();
        for (written, why) in [
            (r#"{"mentions":"bob"}"#.to_owned(), "cannot be read"),
            (
                r#"{"replyTo":{"from":"bob"}}"#.to_owned(),
                "missing field `fp`",
            ),
            (
                r#"{"replyTo":{"from":"","fp":"1"}}"#.to_owned(),
                "a sender and a fingerprint",
            ),
            (
                r#"{"replyTo":{"from":"bob","fp":""}}"#.to_owned(),
                "a sender and a fingerprint",
            ),
            (
                r#"{"replyTo":{"from":"bob","fp":"1","seq":0}}"#.to_owned(),
                "a number from 1",
            ),
            (
                r#"{"replyTo":{"from":"bob","fp":"1","seq":9223372036854775808}}"#.to_owned(),
                "a number from 1",
            ),
            (
                r#"{"mentions":["0"]}"#.to_owned(),
                "\"0\" is not a user's id",
            ),
            (
                serde_json::json!({ "mentions": many }).to_string(),
                "100 users at most",
            ),
        ] {
            let error = Refs::read(&written).unwrap_err().to_string();
            assert!(error.contains(why), "{written}: {error}");
        }
    }

    #[test]
    fn a_client_that_knows_nothing_of_it_is_sent_the_message_without() {
        let plain = message(None);
        let with = message(Some(r#"{"mentions":["bob"]}"#));
        assert_eq!(without_refs(with.as_bytes()).as_deref(), Some(&*plain));
        assert_eq!(without_refs(plain.as_bytes()), None);
        assert_eq!(without_refs(b"}}"), None);
    }
}
