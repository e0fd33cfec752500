//! What messages refer to.

use mobileim_protocol::Message;
use serde::{Deserialize, Serialize};

/// What a message refers to: for [`Draft::refs`](crate::Draft::refs), as [text](Self::to_text).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Refs {
    /// The message that it replies to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<ReplyTo>,
    /// The ids of the users whom it mentions, 100 at most. The server counts for each which such messages are
    /// [unread](crate::Conversation::mentions).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<String>,
    /// Whether it mentions all who read it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub mentions_all: bool,
}

/// A message that another one replies to.
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

impl Refs {
    /// What a message refers to; nothing, if that is not said in a way that this version knows.
    pub fn of(message: &Message<'_>) -> Self {
        let refs = message.refs.as_deref();
        let refs = refs.and_then(|refs| serde_json::from_str(refs).ok());
        refs.unwrap_or_default()
    }

    /// As a message has it.
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
