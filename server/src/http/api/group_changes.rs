//! Changes of groups, each made to its end.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher as _;
use std::sync::Arc;

use mobileim_hub::{Deferred, GroupChange, GroupError, ServerHandle};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::problem::Problem;
use super::{Api, STOPS};

/// How many groups are changed at once at most.
const AT_ONCE: usize = 64;

/// Has changes of one group made one after the other: each is checked against the group as it is then.
pub(in crate::http) struct GroupChanges {
    turns: [Arc<Mutex<()>>; AT_ONCE],
    hasher: RandomState,
}

impl Default for GroupChanges {
    fn default() -> Self {
        Self {
            turns: [(); AT_ONCE].map(|()| Arc::default()),
            hasher: RandomState::new(),
        }
    }
}

impl fmt::Debug for GroupChanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupChanges").finish_non_exhaustive()
    }
}

impl GroupChanges {
    /// Waits until no other change of this group is made.
    async fn turn(&self, group: &str) -> OwnedMutexGuard<()> {
        let hash = self.hasher.hash_one(group);
        let number = usize::try_from(hash % AT_ONCE as u64).expect("it is one of few");
        Arc::clone(&self.turns[number]).lock_owned().await
    }
}

/// Makes a change of a group, to its end also if whoever has asked for it does not wait for the answer.
pub(super) async fn change_group(
    api: &Arc<Api>,
    group: &str,
    change: impl FnOnce(&ServerHandle) -> Result<Deferred<Result<(), GroupError>>, Problem>
    + Send
    + 'static,
) -> Result<(), Problem> {
    let server = api.serving()?.server;
    let (shared, group) = (Arc::clone(&api.shared), group.to_owned());
    let made = tokio::spawn(async move {
        let _turn = shared.group_changes.turn(&group).await;
        change(&server)?.wait().await.map_err(Problem::from)
    });
    tokio::select! {
        made = made => match made {
            Ok(made) => made,
            Err(_) => Err(Problem::unavailable("it is not known whether that was done")),
        },
        () = api.stops() => Err(Problem::unavailable(STOPS)),
    }
}

/// Changes a group that there is, whatever it is like.
pub(super) async fn change_any(
    api: &Arc<Api>,
    group: &str,
    change: GroupChange,
) -> Result<(), Problem> {
    let id = group.to_owned();
    change_group(api, group, move |server| {
        Ok(server.change_group(&id, change))
    })
    .await
}

impl From<GroupError> for Problem {
    fn from(error: GroupError) -> Self {
        let detail = error.to_string();
        match error {
            GroupError::NoGroups | GroupError::Unknown => Self::not_found(detail),
            GroupError::Exists | GroupError::NoMember(_) | GroupError::TooMany(_) => {
                Self::conflict(detail)
            }
            GroupError::Store(_) => Self::unavailable(detail),
            _ => Self::invalid(detail),
        }
    }
}
