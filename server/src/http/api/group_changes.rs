//! Changes of groups, each decided on by what the group is like when its turn has come.

use std::sync::Arc;

use mobileim_hub::{Deferred, GroupChange, GroupError, ServerHandle};

use super::problem::Problem;
use super::{Api, STOPS};

/// Has a change of a group made, to its end also if whoever has asked for it does not wait for the answer.
pub(super) async fn change_group(
    api: &Arc<Api>,
    change: impl FnOnce(&ServerHandle) -> Deferred<Result<(), GroupError>>,
) -> Result<(), Problem> {
    let server = api.serving()?.server;
    let made = tokio::spawn(change(&server).wait());
    tokio::select! {
        made = made => match made {
            Ok(made) => made.map_err(Problem::from),
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
    change_group(api, |server| server.change_group(group, change)).await
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
