//! The group that there is in some worlds, and how it changes.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use mobileim_hub::store::{LogPart, log_of_group};
use mobileim_hub::{GroupChange, GroupError};
use mobileim_protocol::mailbox::Role;

use super::world::World;

const GROUP: &str = "#all";

/// A change that the application waits for.
pub(super) struct GroupChanging {
    leaves: Option<Arc<str>>,
    ends: Pin<Box<dyn Future<Output = Result<(), GroupError>> + Send>>,
}

impl World {
    /// Instead of a user, now and then.
    pub(super) fn perhaps_group(&mut self) -> Option<String> {
        let to_group = self.plan.has_conversations && self.rng_of_conversations.bool();
        to_group.then(|| GROUP.to_owned())
    }

    /// The application makes the group; later, now and then, somebody joins or leaves it. It waits for one change after the other.
    pub(super) fn change_group(&mut self) {
        let Some(server) = &self.server else { return };
        if !self.group_changes.is_empty() {
            return;
        }
        let users: BTreeSet<_> = self
            .devices
            .iter()
            .map(|device| device.user.clone())
            .collect();
        let users: Vec<_> = users.into_iter().map(Arc::<str>::from).collect();
        let rng = &mut self.rng_of_conversations;
        let (leaves, changed) = match server.handle.group(GROUP) {
            None => {
                let join = users.into_iter().map(|user| (user, Role::Member)).collect();
                let change = GroupChange {
                    join,
                    ..GroupChange::default()
                };
                (None, server.handle.create_group(GROUP, change))
            }
            Some(_) if rng.u32(0..100) >= 5 => return,
            Some(group) => {
                let user = Arc::clone(&users[rng.usize(0..users.len())]);
                let is_member = group.members.iter().any(|(member, _)| *member == user);
                let mut change = GroupChange::default();
                if is_member {
                    change.leave.push(Arc::clone(&user));
                } else {
                    change.join.push((Arc::clone(&user), Role::Member));
                }
                (
                    is_member.then_some(user),
                    server.handle.change_group(GROUP, change),
                )
            }
        };
        let ends = Box::pin(changed.wait());
        self.log(|| format!("application: the group changes, {leaves:?} leaves"));
        self.group_changes.push(GroupChanging { leaves, ends });
        self.serve(|_, _| {});
    }

    /// Whoever leaves gets nothing that is not logged by then, if the change is made; if it is not known whether it is, perhaps.
    pub(super) fn follow_changes(&mut self) {
        let mut cx = Context::from_waker(Waker::noop());
        let mut left = Vec::new();
        self.group_changes
            .retain_mut(|change| match change.ends.as_mut().poll(&mut cx) {
                Poll::Pending => true,
                Poll::Ready(ended) => {
                    if ended.is_ok() {
                        left.extend(change.leaves.take());
                    }
                    false
                }
            });
        for user in left {
            self.left(&user);
        }
    }

    /// To a user who has left nothing comes that does not stand in the log before that.
    pub(super) fn left(&mut self, user: &str) {
        let devices = self.devices.iter().enumerate();
        let devices = devices.filter(|(_, device)| device.user == *user);
        let devices: BTreeSet<_> = devices.map(|(index, _)| index).collect();
        let disk = self.disk.lock();
        let log = log_of_group(GROUP);
        let part = LogPart::After(0);
        let page = disk
            .logs()
            .page(&log, Some(user), part, usize::MAX, usize::MAX);
        let readable = page.messages.into_iter().map(|logged| logged.message);
        let readable: BTreeSet<_> = readable.map(|message| message.fp).collect();
        self.model
            .leave(GROUP, &devices, |fp| readable.contains(fp));
    }

    /// The server has started: of changes that were under way when it was killed, it is known now whether they were made.
    pub(super) fn look_at_members(&mut self) {
        let members = self.disk.lock().logs().groups();
        let is_member = |user: &str| {
            members
                .iter()
                .any(|group| group.members.iter().any(|(member, _)| **member == *user))
        };
        let users: BTreeSet<_> = self
            .devices
            .iter()
            .map(|device| device.user.clone())
            .collect();
        let left: Vec<_> = users.into_iter().filter(|user| !is_member(user)).collect();
        for user in left {
            self.left(&user);
        }
    }
}
