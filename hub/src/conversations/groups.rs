//! The groups that there are: who is in each, and who may write.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use mobileim_protocol::codes;
use mobileim_protocol::mailbox::{Change, Role};
use parking_lot::RwLock;
use tracing::warn;

use super::group::{GroupSettings, GroupSummary, GroupView, HistoryFrom, Writers};
use crate::store::StoredGroup;

/// All groups, by id. What is changed in them is written down before.
#[derive(Default)]
pub(crate) struct Groups(RwLock<HashMap<Arc<str>, Arc<RwLock<Group>>>>);

#[derive(Default)]
struct Group {
    settings: GroupSettings,
    members: BTreeMap<Arc<str>, Role>,
}

impl Groups {
    /// Those that were written down.
    pub(crate) fn new(known: Vec<StoredGroup>) -> Self {
        let groups = known.into_iter().map(|group| {
            let settings = settings(&group.id, &group.settings);
            let members = group.members.into_iter().collect();
            let known = Group { settings, members };
            (group.id, Arc::new(RwLock::new(known)))
        });
        Self(RwLock::new(groups.collect()))
    }

    fn get(&self, id: &str) -> Option<Arc<RwLock<Group>>> {
        self.0.read().get(id).cloned()
    }

    /// Whether this user may write; if not, with which error it is refused.
    pub(crate) fn may_write(&self, id: &str, user: &str) -> Result<(), i64> {
        let group = self.get(id).ok_or(codes::NO_SUCH_GROUP)?;
        let group = group.read();
        let role = group.members.get(user).ok_or(codes::NOT_A_MEMBER)?;
        let may = match group.settings.writers {
            Writers::All => !group.settings.muted.contains(user),
            Writers::Admins => *role > Role::Member,
            Writers::Server => false,
        };
        may.then_some(()).ok_or(codes::MAY_NOT_WRITE)
    }

    pub(crate) fn exists(&self, id: &str) -> bool {
        self.0.read().contains_key(id)
    }

    /// A user's role.
    pub(crate) fn role(&self, id: &str, user: &str) -> Option<Role> {
        self.get(id)?.read().members.get(user).copied()
    }

    /// Whether a user may read all that is kept of a group's history.
    pub(crate) fn reads_all(&self, id: &str, user: &str) -> bool {
        self.get(id).is_some_and(|group| {
            let group = group.read();
            group.settings.history == HistoryFrom::All && group.members.contains_key(user)
        })
    }

    /// How many members there are.
    pub(crate) fn count(&self, id: &str) -> usize {
        self.get(id).map_or(0, |group| group.read().members.len())
    }

    /// A change of a group was written down.
    pub(crate) fn join(&self, id: &str, change: &Change) {
        let group = {
            let mut groups = self.0.write();
            Arc::clone(groups.entry(Arc::from(id)).or_default())
        };
        let mut group = group.write();
        if let Some(text) = &change.settings {
            group.settings = settings(id, text);
        }
        for (user, role) in &change.join {
            group.members.insert(Arc::clone(user), *role);
        }
    }

    /// The same, of those who are told of it first.
    pub(crate) fn leave(&self, id: &str, change: &Change) {
        if change.is_end {
            self.0.write().remove(id);
        } else if let Some(group) = self.get(id) {
            let mut group = group.write();
            for user in &change.leave {
                group.members.remove(user);
                group.settings.muted.remove(&**user);
            }
        }
    }

    /// The members, by their ids. Whoever does something for each has no lock then.
    pub(crate) fn all_members(&self, id: &str) -> Vec<Arc<str>> {
        self.get(id).map_or(Vec::new(), |group| {
            let group = group.read();
            group.members.keys().cloned().collect()
        })
    }

    /// What is kept of a group, and how many members it has.
    pub(crate) fn settings(&self, id: &str) -> Option<(GroupSettings, usize)> {
        let group = self.get(id)?;
        let group = group.read();
        Some((group.settings.clone(), group.members.len()))
    }

    /// A group as it is.
    pub(crate) fn view(&self, id: &str) -> Option<GroupView> {
        let group = self.get(id)?;
        let group = group.read();
        let members = group.members.iter();
        Some(GroupView {
            id: Arc::from(id),
            settings: group.settings.clone(),
            members: members
                .map(|(user, role)| (Arc::clone(user), *role))
                .collect(),
        })
    }

    /// The same, without its members.
    pub(crate) fn summary(&self, id: &str) -> Option<GroupSummary> {
        let group = self.get(id)?;
        let group = group.read();
        let count = |role| group.members.values().filter(|it| **it == role).count();
        Some(GroupSummary {
            settings: group.settings.clone(),
            members: group.members.len(),
            admins: count(Role::Admin),
            owners: count(Role::Owner),
        })
    }

    /// The members of a group behind this one, in the order of their ids.
    pub(crate) fn members(
        &self,
        id: &str,
        after: &str,
        limit: usize,
    ) -> Option<Vec<(Arc<str>, Role)>> {
        let group = self.get(id)?;
        let group = group.read();
        let behind = (Bound::Excluded(after), Bound::Unbounded);
        let behind = group.members.range::<str, _>(behind).take(limit);
        Some(
            behind
                .map(|(user, role)| (Arc::clone(user), *role))
                .collect(),
        )
    }

    /// What is kept of a group once these have left, if that is something else.
    pub(crate) fn settings_without(&self, id: &str, leave: &[Arc<str>]) -> Option<GroupSettings> {
        let mut settings = self.get(id)?.read().settings.clone();
        let count = settings.muted.len();
        settings
            .muted
            .retain(|muted| !leave.iter().any(|user| **user == **muted));
        (settings.muted.len() < count).then_some(settings)
    }

    /// The ids of groups behind this one, in their order.
    pub(crate) fn ids(&self, after: &str, limit: usize) -> Vec<Arc<str>> {
        let groups = self.0.read();
        #[expect(clippy::disallowed_methods, reason = "they are sorted")]
        let behind = groups.keys().filter(|id| ***id > *after);
        let mut ids: Vec<_> = behind.cloned().collect();
        ids.sort_unstable();
        ids.truncate(limit);
        ids
    }
}

fn settings(id: &str, text: &str) -> GroupSettings {
    serde_json::from_str(text).unwrap_or_else(|error| {
        warn!(
            group = id,
            "what is kept of a group cannot be read, and is taken as nothing: {error}"
        );
        GroupSettings::default()
    })
}
