//! What users change of groups by themselves (docs/server.md, "Groups").

use std::sync::Arc;

use mobileim_protocol::codes;
use mobileim_protocol::mailbox::Role;
use serde_json::{Value, json};

use super::ServerHandle;
use super::answers::QuestionError;
use crate::conversations::{AskedChange, ClientGroups, GroupChange, GroupError};
use crate::deferred::Deferred;
use crate::sender::Sender;
use crate::store::{LogPart, log_of_group};

type Answered = Deferred<Result<String, QuestionError>>;

impl ServerHandle {
    pub(super) fn make_group_of(&self, sender: &Sender, id: &str, asked: &str) -> Answered {
        let asked = match self.read_change(ClientGroups::Create, asked) {
            Ok(asked) => asked,
            Err(refused) => return Err(refused.into()).into(),
        };
        let (server, user, id) = (self.clone(), Arc::clone(&sender.user), Arc::<str>::from(id));
        Deferred::begun(async move {
            server.make_group(&user, &id, &asked).await?;
            Ok(server.group_now(&user, &id).to_string())
        })
    }

    pub(super) fn change_group_of(&self, sender: &Sender, id: &str, asked: &str) -> Answered {
        let asked = match self.read_change(ClientGroups::Change, asked) {
            Ok(asked) => asked,
            Err(refused) => return Err(refused.into()).into(),
        };
        self.change_of(sender, id, move |server, user, id| {
            let change = server.groups().decide(id, user, &asked)?;
            if let Some(change) = &change {
                server.check_change(id, change)?;
            }
            Ok(change)
        })
    }

    pub(super) fn leave_group_of(&self, sender: &Sender, id: &str) -> Answered {
        if let Err(refused) = self.check_clients(ClientGroups::Change) {
            return Err(refused.into()).into();
        }
        self.change_of(sender, id, |server, user, id| {
            let asked = AskedChange::leaving(user);
            let_be(server.groups().decide(id, user, &asked))
        })
    }

    pub(super) fn end_group_of(&self, sender: &Sender, id: &str) -> Answered {
        if let Err(refused) = self.check_clients(ClientGroups::Change) {
            return Err(refused.into()).into();
        }
        self.change_of(sender, id, |server, user, id| {
            let_be(server.groups().decide_end(id, user).map(Some))
        })
    }

    fn read_change(&self, needed: ClientGroups, content: &str) -> Result<AskedChange, GroupError> {
        self.check_clients(needed)?;
        AskedChange::read(content)
    }

    /// Whether clients may do as much with groups.
    fn check_clients(&self, needed: ClientGroups) -> Result<(), GroupError> {
        let policy = self.registry().config().conversations;
        if !policy.groups {
            return Err(GroupError::NoGroups);
        }
        if policy.clients >= needed {
            return Ok(());
        }
        Err(GroupError::NotAllowed(match needed {
            ClientGroups::Create => "clients make no groups on this server",
            _ => "clients change no groups on this server",
        }))
    }

    /// Has a user's change of a group made, and answers with what is so then.
    fn change_of(
        &self,
        sender: &Sender,
        id: &str,
        decide: impl FnOnce(&Self, &Arc<str>, &str) -> Result<Option<GroupChange>, GroupError>
        + Send
        + 'static,
    ) -> Answered {
        let (server, user, group) = (self.clone(), Arc::clone(&sender.user), id.to_owned());
        let asker = Arc::clone(&user);
        let changed = self.change_in_turn(id, move |server, id| decide(server, &asker, id));
        changed.map(move |changed| {
            changed?;
            Ok(server.group_now(&user, &group).to_string())
        })
    }

    async fn make_group(
        &self,
        user: &Arc<str>,
        id: &Arc<str>,
        asked: &AskedChange,
    ) -> Result<(), GroupError> {
        let groups = self.groups();
        let makers = groups.turn_of_maker(user).await;
        let (turn, is_used) = loop {
            let ended = groups.ended();
            let is_used = self.was_there(id).await?;
            let turn = groups.turn(id).await;
            // One that has ended meanwhile may be it.
            if groups.ended() == ended {
                break (turn, is_used);
            }
        };
        if groups.role(id, user) == Some(Role::Owner) {
            return Ok(());
        }
        let change = asked.new_group(user);
        self.check_change(id, &change)?;
        // What is kept of one that has ended is none of the user's business.
        if is_used || groups.exists(id) {
            return Err(GroupError::Exists);
        }
        let limit = self.registry().config().max_owned;
        if groups.owned(user) >= limit {
            return Err(GroupError::OwnsTooMany(limit));
        }
        self.write_change(vec![turn, makers], id, change).await
    }

    /// Whether something is kept of a group with this id.
    async fn was_there(&self, id: &str) -> Result<bool, GroupError> {
        let part = LogPart::After(0);
        let store = self.registry().store();
        let read = store.read_log(&log_of_group(id), None, part, 1, 1);
        let page = read.wait().await.map_err(GroupError::Store)?;
        Ok(!page.messages.is_empty())
    }

    /// What a user is told of a group that has changed: its id alone, if the user is not in it.
    fn group_now(&self, user: &str, id: &str) -> Value {
        self.group_view(user, id)
            .unwrap_or_else(|| json!({ "group": id }))
    }
}

/// Whoever is not in a group need not leave it.
fn let_be(
    decided: Result<Option<GroupChange>, GroupError>,
) -> Result<Option<GroupChange>, GroupError> {
    match decided {
        Err(GroupError::Unknown) => Ok(None),
        decided => decided,
    }
}

impl From<GroupError> for QuestionError {
    fn from(error: GroupError) -> Self {
        let code = match error {
            GroupError::NoGroups | GroupError::Unknown | GroupError::NoMember(_) => {
                codes::NOT_FOUND
            }
            GroupError::BadId | GroupError::NoUser(_) | GroupError::Bad(_) => codes::BAD_QUESTION,
            GroupError::Exists
            | GroupError::TooMany(_)
            | GroupError::OwnsTooMany(_)
            | GroupError::NotAllowed(_) => codes::NOT_ALLOWED,
            GroupError::Store(_) => codes::NOT_AVAILABLE,
        };
        let text = match error {
            // It is not told whether there is one.
            GroupError::Unknown => "the user is in no such group".to_owned(),
            error => error.to_string(),
        };
        Self::new(code, text)
    }
}
