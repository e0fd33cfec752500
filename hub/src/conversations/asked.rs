//! What a client asks to be so of a group.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use mobileim_protocol::mailbox;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

use super::group::{GroupChange, GroupError, GroupSettings, HistoryFrom, Inviters, Writers};

/// The longest name, in bytes.
const MAX_NAME: usize = 256;

/// How many users a question names at most.
const MAX_USERS: usize = 1000;

/// What is to be so of a group, as a question says it: what is left out stays.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct AskedChange {
    pub(super) name: Option<String>,
    pub(super) writers: Option<Writers>,
    pub(super) history: Option<HistoryFrom>,
    pub(super) invite: Option<Inviters>,
    /// Who is to be in it, and in which role.
    members: Option<Members>,
    /// Who is not to be in it.
    #[serde(default, deserialize_with = "users")]
    pub(super) remove: Vec<Arc<str>>,
    #[serde(default, deserialize_with = "users")]
    pub(super) mute: Vec<Arc<str>>,
    #[serde(default, deserialize_with = "users")]
    pub(super) unmute: Vec<Arc<str>>,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Members(BTreeMap<Arc<str>, mailbox::Role>);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Role {
    Member,
    Admin,
    Owner,
}

impl AskedChange {
    /// Reads it from the content of a question.
    pub(crate) fn read(content: &str) -> Result<Self, GroupError> {
        let asked: Self =
            serde_json::from_str(content).map_err(|error| GroupError::Bad(error.to_string()))?;
        if asked
            .name
            .as_ref()
            .is_some_and(|name| name.len() > MAX_NAME)
        {
            let why = format!("a name has {MAX_NAME} bytes at most");
            return Err(GroupError::Bad(why));
        }
        let lists = [&asked.remove, &asked.mute, &asked.unmute];
        let count = asked.members().count() + lists.map(Vec::len).iter().sum::<usize>();
        if count > MAX_USERS {
            let why = format!("{MAX_USERS} users are named at most, not {count}");
            return Err(GroupError::Bad(why));
        }
        let is_to_be_in = |user: &&Arc<str>| asked.members().any(|(member, _)| member == *user);
        let is_to_speak = |user: &&Arc<str>| asked.unmute.contains(user);
        let both = asked.remove.iter().find(is_to_be_in);
        let both = both.or_else(|| asked.mute.iter().find(is_to_speak));
        match both {
            Some(user) => Err(GroupError::Bad(format!("{user:?} is to be both"))),
            None => Ok(asked),
        }
    }

    /// That a user leaves.
    pub(crate) fn leaving(user: &Arc<str>) -> Self {
        Self {
            remove: vec![Arc::clone(user)],
            ..Self::default()
        }
    }

    /// A group of which this user is the owner.
    pub(crate) fn new_group(&self, owner: &Arc<str>) -> GroupChange {
        let members = self.members().filter(|(user, _)| *user != owner);
        let members = members.map(|(user, role)| (Arc::clone(user), role));
        let owner = Arc::clone(owner);
        GroupChange {
            by: Some(Arc::clone(&owner)),
            join: members.chain([(owner, mailbox::Role::Owner)]).collect(),
            settings: Some(GroupSettings {
                name: self.name.clone().unwrap_or_default(),
                writers: self.writers.unwrap_or_default(),
                history: self.history.unwrap_or_default(),
                invite: self.invite.unwrap_or_default(),
                ..GroupSettings::default()
            }),
            ..GroupChange::default()
        }
    }

    pub(super) fn members(&self) -> impl Iterator<Item = (&Arc<str>, mailbox::Role)> {
        let members = self.members.iter().flat_map(|members| &members.0);
        members.map(|(user, role)| (user, *role))
    }
}

fn users<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Arc<str>>, D::Error> {
    let users = Option::<Vec<String>>::deserialize(deserializer)?;
    Ok(users.into_iter().flatten().map(Arc::from).collect())
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of users, or an object that gives each a role")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut users: A) -> Result<Members, A::Error> {
        let mut members = Members::default();
        while let Some(user) = users.next_element::<String>()? {
            members.0.insert(user.into(), mailbox::Role::Member);
        }
        Ok(members)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut users: A) -> Result<Members, A::Error> {
        let mut members = Members::default();
        while let Some((user, role)) = users.next_entry::<String, Role>()? {
            let role = match role {
                Role::Member => mailbox::Role::Member,
                Role::Admin => mailbox::Role::Admin,
                Role::Owner => mailbox::Role::Owner,
            };
            members.0.insert(user.into(), role);
        }
        Ok(members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_is_read_or_refused_in_words() {
        let read = |content: &str| AskedChange::read(content).map_err(|error| error.to_string());
        let listed = read(r#"{"ask":"x","members":["alice","bob"],"other":[7]}"#).unwrap();
        let roles = read(r#"{"members":{"bob":"member","alice":"member"},"name":null}"#).unwrap();
        assert_eq!(listed, roles);
        for (content, expected) in [
            ("{", "EOF"),
            (r#"{"members":"bob"}"#, "expected a list of users"),
            (r#"{"members":[7]}"#, "expected a string"),
            (
                r#"{"members":{"bob":"boss"}}"#,
                "unknown variant `boss`, expected one of `member`, `admin`, `owner`",
            ),
            (r#"{"writers":"none"}"#, "unknown variant `none`"),
            (r#"{"history":"never"}"#, "unknown variant `never`"),
            (r#"{"remove":{}}"#, "expected a sequence"),
            (
                r#"{"members":["bob"],"remove":["bob"]}"#,
                "\"bob\" is to be both",
            ),
            (
                r#"{"mute":["bob"],"unmute":["bob"]}"#,
                "\"bob\" is to be both",
            ),
        ] {
            let told = read(content).unwrap_err();
            assert!(told.contains(expected), "{content}: {told}");
        }
        let long = serde_json::json!({ "name": "x".repeat(257) }).to_string();
        assert_eq!(read(&long).unwrap_err(), "a name has 256 bytes at most");
        let many: Vec<_> = (0..1001).map(|number| number.to_string()).collect();
        let many = serde_json::json!({ "remove": many }).to_string();
        let told = read(&many).unwrap_err();
        assert_eq!(told, "1000 users are named at most, not 1001");
    }
}
