//! What members may change of their group, each by the own role (docs/server.md, "Groups").

use std::sync::Arc;

use mobileim_protocol::mailbox::Role;

use super::asked::AskedChange;
use super::group::{GroupChange, GroupError, GroupSettings, Inviters};
use super::groups::Group;

/// How many members clients may mute in a group: those who are stand in each change of its settings.
const MAX_MUTED: usize = 1000;

/// The group has no owner then.
const ONLY_OWNER: &str = "the only owner makes somebody else the owner first, or ends the group";

/// A member who asks for a change, and the group as it is then. What is so already needs no right.
struct Asker<'a> {
    group: &'a Group,
    user: &'a Arc<str>,
    role: Role,
}

impl Group {
    /// What a user's change changes; `None` if all of it is so already.
    pub(super) fn decide(
        &self,
        user: &Arc<str>,
        asked: &AskedChange,
    ) -> Result<Option<GroupChange>, GroupError> {
        let group = self;
        let role = self.role(user).ok_or(GroupError::Unknown)?;
        let member = Asker { group, user, role };
        let join = member.join(asked)?;
        let leave = member.leave(&asked.remove)?;
        let mut settings = member.settings(asked)?;
        member.mute(asked, &mut settings)?;
        for left in &leave {
            settings.muted.remove(&**left);
        }
        let settings = (settings != self.settings).then_some(settings);
        if join.is_empty() && leave.is_empty() && settings.is_none() {
            return Ok(None);
        }
        let change = GroupChange {
            by: Some(Arc::clone(user)),
            join,
            leave,
            settings,
            is_end: false,
        };
        if self.loses_its_owner(&change) {
            return Err(GroupError::NotAllowed(ONLY_OWNER));
        }
        Ok(Some(change))
    }

    /// The end of the group, as a user wants it.
    pub(super) fn decide_end(&self, user: &Arc<str>) -> Result<GroupChange, GroupError> {
        let role = self.role(user).ok_or(GroupError::Unknown)?;
        needs(role == Role::Owner, "an owner ends a group")?;
        Ok(GroupChange {
            by: Some(Arc::clone(user)),
            is_end: true,
            ..GroupChange::default()
        })
    }

    /// Whether it has an owner, and none after a change.
    fn loses_its_owner(&self, change: &GroupChange) -> bool {
        let is_owner = |user: &Arc<str>| self.role(user) == Some(Role::Owner);
        let role_after = |user: &Arc<str>| change.join.iter().find(|(other, _)| other == user);
        let stays = |user: &Arc<str>| {
            !change.leave.contains(user)
                && role_after(user).is_none_or(|(_, role)| *role == Role::Owner)
        };
        let demoted = change.join.iter().map(|(user, _)| user);
        let mut touched = demoted.chain(&change.leave);
        if !touched.any(|user| is_owner(user) && !stays(user)) {
            return false;
        }
        let is_made = change.join.iter().any(|(_, role)| *role == Role::Owner);
        !is_made && !self.owners().any(stays)
    }
}

impl Asker<'_> {
    /// Who joins, or has another role.
    fn join(&self, asked: &AskedChange) -> Result<Vec<(Arc<str>, Role)>, GroupError> {
        let mut join = Vec::new();
        let is_open = self.group.settings.invite == Inviters::All;
        for (user, role) in asked.members() {
            match self.group.role(user) {
                Some(before) if before == role => continue,
                None if role == Role::Member => {
                    let why = "an owner or an admin adds members";
                    needs(is_open || self.is_admin(), why)?;
                }
                _ => needs(self.is_owner(), "an owner gives roles")?,
            }
            join.push((Arc::clone(user), role));
        }
        Ok(join)
    }

    /// Who leaves.
    fn leave(&self, remove: &[Arc<str>]) -> Result<Vec<Arc<str>>, GroupError> {
        let mut leave = Vec::new();
        for user in remove {
            let Some(role) = self.group.role(user).filter(|_| !leave.contains(user)) else {
                continue;
            };
            if user != self.user {
                self.needs_power_over(role)?;
            }
            leave.push(Arc::clone(user));
        }
        Ok(leave)
    }

    fn settings(&self, asked: &AskedChange) -> Result<GroupSettings, GroupError> {
        let before = &self.group.settings;
        let mut settings = before.clone();
        if let Some(name) = &asked.name {
            settings.name.clone_from(name);
        }
        settings.writers = asked.writers.unwrap_or(before.writers);
        let is_same = settings == *before;
        let why = "an owner or an admin names a group, and says who writes";
        needs(is_same || self.is_admin(), why)?;
        let is_same = [None, Some(before.history)].contains(&asked.history)
            && [None, Some(before.invite)].contains(&asked.invite);
        settings.history = asked.history.unwrap_or(before.history);
        settings.invite = asked.invite.unwrap_or(before.invite);
        needs(
            is_same || self.is_owner(),
            "an owner says who adds members, and from where on they read",
        )?;
        Ok(settings)
    }

    fn mute(&self, asked: &AskedChange, settings: &mut GroupSettings) -> Result<(), GroupError> {
        let lists = [(&asked.mute, true), (&asked.unmute, false)];
        for (users, is_muted) in lists {
            for user in users {
                if settings.muted.contains(&**user) == is_muted {
                    continue;
                }
                let role = self.group.role(user);
                let role = role.ok_or_else(|| GroupError::NoMember(Arc::clone(user)))?;
                self.needs_power_over(role)?;
                if is_muted {
                    settings.muted.insert(user.to_string());
                } else {
                    settings.muted.remove(&**user);
                }
            }
        }
        let has_room = asked.mute.is_empty() || settings.muted.len() <= MAX_MUTED;
        needs(has_room, "1000 members are muted at most")
    }

    fn needs_power_over(&self, role: Role) -> Result<(), GroupError> {
        needs(
            self.is_admin(),
            "an owner or an admin removes and mutes members",
        )?;
        let why = "an owner removes and mutes owners and admins";
        needs(self.is_owner() || role == Role::Member, why)
    }

    fn is_admin(&self) -> bool {
        self.role >= Role::Admin
    }

    fn is_owner(&self) -> bool {
        self.role == Role::Owner
    }
}

fn needs(is_so: bool, why: &'static str) -> Result<(), GroupError> {
    if is_so {
        return Ok(());
    }
    Err(GroupError::NotAllowed(why))
}
