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

    fn look_at<R>(&self, id: &str, look: impl FnOnce(&Group) -> R) -> Option<R> {
        self.get(id).map(|group| look(&group.read()))
    }

    /// Whether this user may write; if not, with which error it is refused.
    pub(crate) fn may_write(&self, id: &str, user: &str) -> Result<(), i64> {
        let may_write = |Group { settings, members }: &Group| {
            let role = members.get(user).ok_or(codes::NOT_A_MEMBER)?;
            let may = match settings.writers {
                Writers::All => !settings.muted.contains(user),
                Writers::Admins => *role > Role::Member,
                Writers::Server => false,
            };
            may.then_some(()).ok_or(codes::MAY_NOT_WRITE)
        };
        self.look_at(id, may_write)
            .unwrap_or(Err(codes::NO_SUCH_GROUP))
    }

    pub(crate) fn exists(&self, id: &str) -> bool {
        self.0.read().contains_key(id)
    }

    /// A user's role.
    pub(crate) fn role(&self, id: &str, user: &str) -> Option<Role> {
        self.look_at(id, |group| group.members.get(user).copied())?
    }

    /// Whether a user may read all that is kept of a group's history.
    pub(crate) fn reads_all(&self, id: &str, user: &str) -> bool {
        let reads_all = |group: &Group| {
            group.settings.history == HistoryFrom::All && group.members.contains_key(user)
        };
        self.look_at(id, reads_all).unwrap_or_default()
    }

    /// How many members there are.
    pub(crate) fn count(&self, id: &str) -> usize {
        self.look_at(id, |group| group.members.len())
            .unwrap_or_default()
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
        self.look_at(id, |group| group.members.keys().cloned().collect())
            .unwrap_or_default()
    }

    /// What people call it.
    pub(crate) fn name(&self, id: &str) -> Option<String> {
        self.look_at(id, |group| group.settings.name.clone())
    }

    /// A group as it is.
    pub(crate) fn view(&self, id: &str) -> Option<GroupView> {
        self.look_at(id, |group| GroupView {
            id: Arc::from(id),
            settings: group.settings.clone(),
            members: with_roles(&group.members),
        })
    }

    /// The same, without its members.
    pub(crate) fn summary(&self, id: &str) -> Option<GroupSummary> {
        self.look_at(id, |group| {
            let count = |role| group.members.values().filter(|it| **it == role).count();
            GroupSummary {
                settings: group.settings.clone(),
                members: group.members.len(),
                admins: count(Role::Admin),
                owners: count(Role::Owner),
            }
        })
    }

    /// The members of a group behind this one, in the order of their ids.
    pub(crate) fn members(
        &self,
        id: &str,
        after: &str,
        limit: usize,
    ) -> Option<Vec<(Arc<str>, Role)>> {
        let behind = (Bound::Excluded(after), Bound::Unbounded);
        self.look_at(id, |group| {
            with_roles(group.members.range::<str, _>(behind).take(limit))
        })
    }

    /// What is kept of a group once these have left, if that is something else.
    pub(crate) fn settings_without(&self, id: &str, leave: &[Arc<str>]) -> Option<GroupSettings> {
        let mut settings = self.look_at(id, |group| group.settings.clone())?;
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

fn with_roles<'a>(
    members: impl IntoIterator<Item = (&'a Arc<str>, &'a Role)>,
) -> Vec<(Arc<str>, Role)> {
    let members = members.into_iter();
    members
        .map(|(user, role)| (Arc::clone(user), *role))
        .collect()
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
