//! Conversations that the server keeps a log of: groups, and users where it keeps history.

use std::collections::BTreeMap;

use mobileim_protocol::{Signal, payload};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::QuestionError;
use crate::handle::{Client, Command};
use crate::questions::read;
use crate::refs::Refs;

/// One of the user's conversations.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Conversation {
    /// The other user, or the group.
    pub with: String,
    /// The number of the last message.
    pub last_seq: u64,
    /// The last message, unless it is not kept any more.
    pub last: Option<HistoryMessage>,
    /// Up to which message the user has read, on whatever device.
    pub read_seq: u64,
    /// How many messages of others stand behind that, counted to 1000.
    pub unread: u64,
    /// How many of those mention the user, or all.
    #[serde(default)]
    pub mentions: u64,
    /// The group's name.
    pub name: Option<String>,
    /// The user's role in the group: `owner`, `admin` or `member`.
    pub role: Option<String>,
}

/// Some of the user's conversations, those with the latest messages first.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ConversationPage {
    /// The conversations.
    pub conversations: Vec<Conversation>,
    /// For [`Client::conversations`], which then gives the next page; `None` if this is the last one.
    pub next: Option<i64>,
}

/// A message of a conversation's log.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct HistoryMessage {
    /// Its number in the conversation, from 1 and without holes.
    pub seq: u64,
    /// When the server has stored it, in ms since 1970.
    pub at: i64,
    /// The sender's user id; [`SERVER`](crate::SERVER) for the server.
    pub from: String,
    /// Its fingerprint: with the sender it tells whether it is known already.
    pub fp: String,
    /// The application's own message type; −10 of the server's messages to a group that tell of a change of it.
    #[serde(default = "no_type")]
    pub typeu: i32,
    /// The text; `None` if it is too long for an answer.
    pub text: Option<String>,
    /// What it refers to.
    #[serde(default)]
    pub refs: Refs,
}

const fn no_type() -> i32 {
    -1
}

/// A part of the log of a conversation, in order.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct HistoryPage {
    /// The messages.
    pub messages: Vec<HistoryMessage>,
    /// Whether there are more in the direction that was asked for.
    pub more: bool,
    /// The number of the first message that is kept for the user,
    pub first: u64,
    /// and of the last one.
    pub last: u64,
}

/// Which messages of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The last ones.
    Last,
    /// The last ones before this number.
    Before(u64),
    /// The first ones behind this number.
    After(u64),
}

/// A group that the user is in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Group {
    /// Its id.
    pub group: String,
    /// Its name.
    pub name: String,
    /// Who writes in it: `all`, `admins` or `server`.
    pub writers: String,
    /// From where on a member may read what was written: `joining` or `all`.
    pub history: String,
    /// Who may add members, where clients change groups: `admins` or `all`.
    #[serde(default)]
    pub invite: String,
    /// The user's role: `owner`, `admin` or `member`.
    pub role: String,
    /// The number of its members.
    pub count: u64,
    /// The members' ids and roles, if they are no more than 500.
    pub members: Option<BTreeMap<String, String>>,
}

/// What is to be so of a group, or what a new one is like. What is left out stays, or is as usual.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct GroupOptions {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Who writes in it: `all`, `admins` or `server`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub writers: Option<String>,
    /// From where on a member may read what was written: `joining` or `all`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<String>,
    /// Who may add members: `admins` or `all`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invite: Option<String>,
    /// Who is to be in it, and in which role: `owner`, `admin` or `member`.
    pub members: BTreeMap<String, String>,
    /// Who is not to be in it.
    pub remove: Vec<String>,
    /// Members who are not to write,
    pub mute: Vec<String>,
    /// and who are to write again.
    pub unmute: Vec<String>,
}

/// Up to where the user has read a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ReadMark {
    /// The other user, or the group.
    pub with: String,
    /// The number of the last message that is read.
    pub read_seq: u64,
    /// How many messages of others stand behind that, counted to 1000.
    pub unread: u64,
    /// How many of those mention the user, or all.
    #[serde(default)]
    pub mentions: u64,
}

impl Client {
    /// The user's conversations that have a log, those with the latest messages first: the first page, or the one behind that whose
    /// [`next`](ConversationPage::next) this was.
    pub async fn conversations(
        &self,
        before: Option<i64>,
    ) -> Result<ConversationPage, QuestionError> {
        let parameters = json!({ "before": before }).to_string();
        read(&self.ask("conversations", &parameters).await?)
    }

    /// Messages of a conversation, with a user or a group: as many as the limit says, 200 at most, or as have room in an answer.
    ///
    /// # Errors
    ///
    /// Among others, [`QuestionError::Refused`] with code 314 if no history is kept of it.
    pub async fn history(
        &self,
        with: &str,
        part: Part,
        limit: u32,
    ) -> Result<HistoryPage, QuestionError> {
        let (before, after) = match part {
            Part::Last => (None, None),
            Part::Before(seq) => (Some(seq), None),
            Part::After(seq) => (None, Some(seq)),
        };
        let parameters =
            json!({ "with": with, "before": before, "after": after, "limit": limit }).to_string();
        read(&self.ask("history", &parameters).await?)
    }

    /// A group that the user is in.
    ///
    /// # Errors
    ///
    /// Among others, [`QuestionError::Refused`] with code 314 if the user is in no such group.
    pub async fn group(&self, id: &str) -> Result<Group, QuestionError> {
        let parameters = json!({ "group": id }).to_string();
        read(&self.ask("group", &parameters).await?)
    }

    /// Makes a group with this id, `#` and what is no other group's, where the server lets users do that. The user owns it.
    ///
    /// # Errors
    ///
    /// Among others, [`QuestionError::Refused`] with code 315 if the user may not do that.
    pub async fn create_group(
        &self,
        id: &str,
        options: &GroupOptions,
    ) -> Result<Group, QuestionError> {
        read(&self.ask_group("createGroup", id, options).await?)
    }

    /// Changes a group that the user is in, as far as the user's role lets it; says what it is like then, or `None` if the user is in it no
    /// more.
    ///
    /// # Errors
    ///
    /// Among others, [`QuestionError::Refused`] with code 314 if the user is in no such group, and 315 if the user may not do that.
    pub async fn change_group(
        &self,
        id: &str,
        options: &GroupOptions,
    ) -> Result<Option<Group>, QuestionError> {
        let answer = self.ask_group("changeGroup", id, options).await?;
        let is_in = read::<Value>(&answer)?.get("role").is_some();
        is_in.then(|| read(&answer)).transpose()
    }

    /// Leaves a group: if the user is in none with this id, nothing happens.
    ///
    /// # Errors
    ///
    /// Among others, [`QuestionError::Refused`] with code 315 if the user is its only owner.
    pub async fn leave_group(&self, id: &str) -> Result<(), QuestionError> {
        let parameters = json!({ "group": id }).to_string();
        self.ask("leaveGroup", &parameters).await.map(drop)
    }

    /// Ends a group that the user owns, for all members: if the user is in none with this id, nothing happens.
    ///
    /// # Errors
    ///
    /// Among others, [`QuestionError::Refused`] with code 315 if the user does not own it.
    pub async fn end_group(&self, id: &str) -> Result<(), QuestionError> {
        let parameters = json!({ "group": id }).to_string();
        self.ask("endGroup", &parameters).await.map(drop)
    }

    async fn ask_group(
        &self,
        name: &str,
        id: &str,
        options: &GroupOptions,
    ) -> Result<String, QuestionError> {
        let mut parameters = json!(options);
        parameters["group"] = id.into();
        self.ask(name, &parameters.to_string()).await
    }

    /// The user has read a conversation up to a message: on all devices, and forwards only.
    ///
    /// # Errors
    ///
    /// Among others, [`QuestionError::Refused`] with code 314 if no history is kept of it.
    pub async fn mark_read(&self, with: &str, seq: u64) -> Result<ReadMark, QuestionError> {
        let parameters = json!({ "with": with, "seq": seq }).to_string();
        read(&self.ask("markRead", &parameters).await?)
    }

    /// Tells the others in a conversation that the user types, if they and the client are online. They are told by
    /// [`Event::Signalled`](crate::Event::Signalled).
    pub fn typing(&self, with: &str) {
        let typing = Signal::Typing {
            with: with.to_owned(),
            by: None,
        };
        self.command(Command::Signal(payload::encode(&typing)));
    }
}
