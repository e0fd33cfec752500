//! A group, as it is seen and changed.

use std::collections::BTreeSet;
use std::sync::Arc;

use mobileim_protocol::is_user_id;
use mobileim_protocol::mailbox::Role;
use serde::{Deserialize, Serialize};

/// Whether an id is a group's, where there are groups.
pub fn is_group_id(id: &str) -> bool {
    id.len() > 1 && id.starts_with('#') && is_user_id(id)
}

/// What is kept of a group beside its members.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct GroupSettings {
    /// What people call it.
    pub name: String,
    /// Who may write.
    pub writers: Writers,
    /// From where on a member may read what was written.
    pub history: HistoryFrom,
    /// Who may add members, where clients change groups.
    #[serde(skip_serializing_if = "Inviters::is_default")]
    pub invite: Inviters,
    /// Members who may not write.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub muted: BTreeSet<String>,
}

/// Who may write in a group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Writers {
    /// All members who are not muted.
    #[default]
    All,
    /// Its owner and its admins.
    Admins,
    /// The server alone.
    Server,
}

/// Who may add members to a group, where clients change groups.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Inviters {
    /// Its owner and its admins.
    #[default]
    Admins,
    /// All members.
    All,
}

impl Inviters {
    /// Whether nothing need be said of it: a version that does not know of it takes no other.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// From where on a member may read what was written in a group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum HistoryFrom {
    /// From where the member joined.
    #[default]
    Joining,
    /// All that is kept.
    All,
}

/// A change of a group, or a new one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupChange {
    /// The user who makes it, if it is not the application. Whether that is allowed is not checked here.
    pub by: Option<Arc<str>>,
    /// Who joins, or has another role from now on.
    pub join: Vec<(Arc<str>, Role)>,
    /// Who leaves.
    pub leave: Vec<Arc<str>>,
    /// In place of what is kept.
    pub settings: Option<GroupSettings>,
    /// Whether the group ends: nobody is in it any more.
    pub is_end: bool,
}

/// A group as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupView {
    /// Its id.
    pub id: Arc<str>,
    /// What is kept of it.
    pub settings: GroupSettings,
    /// Its members and their roles, by their ids.
    pub members: Vec<(Arc<str>, Role)>,
}

/// A group without its members.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupSummary {
    /// What is kept of it.
    pub settings: GroupSettings,
    /// How many members it has.
    pub members: usize,
    /// How many of them are admins.
    pub admins: usize,
    /// How many of them are owners.
    pub owners: usize,
}

/// Why a group cannot be changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GroupError {
    /// There are none here, as the server is configured.
    #[error("there are no groups on this server")]
    NoGroups,
    /// The id is not a group's.
    #[error("the id of a group begins with #, and has at most 256 bytes")]
    BadId,
    /// There is no such group.
    #[error("there is no such group")]
    Unknown,
    /// There is one already.
    #[error("there is such a group already")]
    Exists,
    /// Somebody who is to join or leave is no user.
    #[error("{0:?} is not a user's id")]
    NoUser(Arc<str>),
    /// Somebody who is to leave is no member.
    #[error("{0:?} is not a member")]
    NoMember(Arc<str>),
    /// The user who asks for it may not do that.
    #[error("{0}")]
    NotAllowed(&'static str),
    /// What is asked for makes no sense.
    #[error("{0}")]
    Bad(String),
    /// The user who wants another one owns as many as may be.
    #[error("a user who owns {0} groups makes no more")]
    OwnsTooMany(usize),
    /// More members than a group may have.
    #[error("a group has {0} members at most")]
    TooMany(usize),
    /// It could not be written down.
    #[error("it could not be written down: {0}")]
    Store(String),
}

/// How long the text is at most, in bytes, that names who joins and who leaves: what is longer no client might take.
const MAX_TEXT: usize = 16 << 10;

impl GroupChange {
    /// The text of the message that tells of it: a JSON object. Of very many it says only how many those are.
    pub(crate) fn text(&self) -> String {
        let text = serde_json::Value::from(self.fields()).to_string();
        if text.len() <= MAX_TEXT {
            return text;
        }
        let counts = [
            ("joinedCount", self.join.len()),
            ("leftCount", self.leave.len()),
        ];
        let settings = self.settings.as_ref().map(|settings| GroupSettings {
            muted: BTreeSet::new(),
            ..settings.clone()
        });
        let short = Self {
            join: Vec::new(),
            leave: Vec::new(),
            settings,
            ..self.clone()
        };
        let mut text = short.fields();
        let counts = counts.into_iter().filter(|(_, count)| *count > 0);
        text.extend(counts.map(|(name, count)| (name.to_owned(), count.into())));
        serde_json::Value::from(text).to_string()
    }

    fn fields(&self) -> serde_json::Map<String, serde_json::Value> {
        let joined = self.join.iter();
        let joined: serde_json::Map<_, _> = joined
            .map(|(user, role)| (user.to_string(), name_of(*role).into()))
            .collect();
        let mut text = serde_json::Map::new();
        if let Some(by) = &self.by {
            text.insert("by".into(), (&**by).into());
        }
        if !joined.is_empty() {
            text.insert("joined".into(), joined.into());
        }
        if !self.leave.is_empty() {
            let left: Vec<_> = self.leave.iter().map(ToString::to_string).collect();
            text.insert("left".into(), left.into());
        }
        if let Some(settings) = &self.settings {
            let settings = serde_json::to_value(settings);
            text.insert("settings".into(), settings.unwrap_or_default());
        }
        if self.is_end {
            text.insert("ended".into(), true.into());
        }
        text
    }
}

/// What a role is called outside.
pub(crate) const fn name_of(role: Role) -> &'static str {
    match role {
        Role::Member => "member",
        Role::Admin => "admin",
        Role::Owner => "owner",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_many_says_how_many_those_are() {
        let many = |count: usize| GroupChange {
            by: Some(Arc::from("alice")),
            join: (0..count)
                .map(|number| (Arc::from(format!("user {number}")), Role::Member))
                .collect(),
            leave: vec![Arc::from("bob")],
            ..GroupChange::default()
        };
        let read = |text: String| serde_json::from_str::<serde_json::Value>(&text).unwrap();
        let few = read(many(2).text());
        assert_eq!(few["joined"]["user 1"], "member");
        assert_eq!(few["left"][0], "bob");
        let text = many(5000).text();
        assert!(text.len() < 100, "{text}");
        let expected = serde_json::json!({ "by": "alice", "joinedCount": 5000, "leftCount": 1 });
        assert_eq!(read(text), expected);
    }
}
