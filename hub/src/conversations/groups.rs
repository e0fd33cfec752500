//! The groups that there are: who is in each, and who may write.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use mobileim_protocol::codes;
use mobileim_protocol::mailbox::{Change, Role};
use parking_lot::{Mutex, RwLock};
use tracing::warn;

use super::asked::AskedChange;
use super::group::{
    GroupChange, GroupError, GroupSettings, GroupSummary, GroupView, HistoryFrom, Writers,
};
use super::turns::{Turn, Turns};
use crate::store::StoredGroup;

/// All groups, by id. What is changed in them is written down before.
#[derive(Default)]
pub(crate) struct Groups {
    by_id: RwLock<HashMap<Arc<str>, Arc<RwLock<Group>>>>,
    /// How many groups a user owns.
    owned: Mutex<HashMap<Arc<str>, usize>>,
    /// How many have ended since the server began.
    ended: AtomicU64,
    /// Changes of a group are made one after the other,
    turns: Turns,
    /// and of those who make one, one after the other.
    makers: Turns,
}

#[derive(Default)]
pub(super) struct Group {
    pub(super) settings: GroupSettings,
    members: BTreeMap<Arc<str>, Role>,
}

impl Group {
    pub(super) fn role(&self, user: &str) -> Option<Role> {
        self.members.get(user).copied()
    }

    pub(super) fn owners(&self) -> impl Iterator<Item = &Arc<str>> {
        let members = self.members.iter();
        members.filter_map(|(user, role)| (*role == Role::Owner).then_some(user))
    }
}

impl Groups {
    /// Those that were written down.
    pub(crate) fn new(known: Vec<StoredGroup>) -> Self {
        let mut owned = HashMap::new();
        let groups = known.into_iter().map(|group| {
            let settings = settings(&group.id, &group.settings);
            let members = group.members.into_iter().collect();
            let known = Group { settings, members };
            for owner in known.owners() {
                *owned.entry(Arc::clone(owner)).or_default() += 1;
            }
            (group.id, Arc::new(RwLock::new(known)))
        });
        Self {
            by_id: RwLock::new(groups.collect()),
            owned: Mutex::new(owned),
            ..Self::default()
        }
    }

    /// Waits until no other change of a group is under way: what is found out then holds until the turn is given back.
    pub(crate) async fn turn(&self, id: &str) -> Turn {
        self.turns.take(id).await
    }

    /// The same of those whom a user makes.
    pub(crate) async fn turn_of_maker(&self, user: &str) -> Turn {
        self.makers.take(user).await
    }

    /// How many have ended since the server began.
    pub(crate) fn ended(&self) -> u64 {
        self.ended.load(Ordering::Acquire)
    }

    /// How many groups a user owns.
    pub(crate) fn owned(&self, user: &str) -> usize {
        self.owned.lock().get(user).copied().unwrap_or_default()
    }

    /// What a user's change changes; `None` if all of it is so already.
    pub(crate) fn decide(
        &self,
        id: &str,
        user: &Arc<str>,
        asked: &AskedChange,
    ) -> Result<Option<GroupChange>, GroupError> {
        let decided = self.look_at(id, |group| group.decide(user, asked));
        decided.unwrap_or(Err(GroupError::Unknown))
    }

    /// The end of a group, as a user wants it.
    pub(crate) fn decide_end(&self, id: &str, user: &Arc<str>) -> Result<GroupChange, GroupError> {
        let decided = self.look_at(id, |group| group.decide_end(user));
        decided.unwrap_or(Err(GroupError::Unknown))
    }

    fn get(&self, id: &str) -> Option<Arc<RwLock<Group>>> {
        self.by_id.read().get(id).cloned()
    }

    /// A user has another role in a group.
    fn count_owner(&self, user: &Arc<str>, before: Option<Role>, now: Option<Role>) {
        let owns = |role| role == Some(Role::Owner);
        if owns(before) == owns(now) {
            return;
        }
        let mut owned = self.owned.lock();
        let count = owned.entry(Arc::clone(user)).or_default();
        if owns(now) {
            *count += 1;
        } else {
            *count = count.saturating_sub(1);
        }
        if *count == 0 {
            owned.remove(user);
        }
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
        self.by_id.read().contains_key(id)
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
            let mut groups = self.by_id.write();
            Arc::clone(groups.entry(Arc::from(id)).or_default())
        };
        let mut group = group.write();
        if let Some(text) = &change.settings {
            group.settings = settings(id, text);
        }
        for (user, role) in &change.join {
            let before = group.members.insert(Arc::clone(user), *role);
            self.count_owner(user, before, Some(*role));
        }
    }

    /// The same, of those who are told of it first.
    pub(crate) fn leave(&self, id: &str, change: &Change) {
        if change.is_end {
            let ended = self.by_id.write().remove(id);
            self.ended.fetch_add(1, Ordering::Release);
            for owner in ended.iter().flat_map(|ended| owners(ended)) {
                self.count_owner(&owner, Some(Role::Owner), None);
            }
        } else if let Some(group) = self.get(id) {
            let mut group = group.write();
            for user in &change.leave {
                let before = group.members.remove(user);
                self.count_owner(user, before, None);
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
        let groups = self.by_id.read();
        #[expect(clippy::disallowed_methods, reason = "they are sorted")]
        let behind = groups.keys().filter(|id| ***id > *after);
        let mut ids: Vec<_> = behind.cloned().collect();
        ids.sort_unstable();
        ids.truncate(limit);
        ids
    }
}

fn owners(group: &RwLock<Group>) -> Vec<Arc<str>> {
    group.read().owners().cloned().collect()
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
