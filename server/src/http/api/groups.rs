//! Groups: made, read, changed and ended.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::{Extension, Json};
use mobileim_hub::{GroupChange, GroupSettings, GroupSummary, ServerHandle};
use mobileim_protocol::mailbox;
use serde::{Deserialize, Serialize};
use tracing::info;
use utoipa::{IntoParams, ToSchema};

use super::Asked;
use super::check::{MAX_USERS, check_group, check_limit, check_user, cut};
use super::group_changes::{change_any, change_group};
use super::group_words::{GroupId, HistoryFrom, Inviters, Role, Writers};
use super::problem::Problem;
use super::users::UserId;
use crate::auth::ApiKey;

/// The longest name, in bytes.
const MAX_NAME: usize = 256;

/// A member, or who is to be one
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Member {
    #[schema(value_type = UserId)]
    pub(super) user: String,
    #[serde(default)]
    #[schema(inline, default = "member")]
    pub(super) role: Role,
}

/// A group to be made
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewGroup {
    /// Made up if there is none
    #[schema(value_type = Option<GroupId>)]
    id: Option<String>,
    /// What people call it, in 256 bytes at most
    #[serde(default)]
    #[schema(max_length = 256)]
    name: String,
    #[serde(default)]
    #[schema(inline, default = "all")]
    writers: Writers,
    #[serde(default)]
    #[schema(inline, default = "joining")]
    history: HistoryFrom,
    #[serde(default)]
    #[schema(inline, default = "admins")]
    invite: Inviters,
    /// Who may not write
    #[serde(default)]
    #[schema(max_items = 1000, value_type = Vec<UserId>)]
    muted: Vec<String>,
    /// Who is in it. More can be added
    #[serde(default)]
    #[schema(max_items = 1000)]
    members: Vec<Member>,
    /// The user who makes it, as its members are told; the application if nobody is named. Whether that is allowed is for you to check
    #[schema(value_type = Option<UserId>)]
    by: Option<String>,
}

/// What is to be changed of a group: what is left out stays
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OtherSettings {
    /// What people call it, in 256 bytes at most
    #[schema(max_length = 256)]
    name: Option<String>,
    #[schema(inline)]
    writers: Option<Writers>,
    #[schema(inline)]
    history: Option<HistoryFrom>,
    #[schema(inline)]
    invite: Option<Inviters>,
    /// All who may not write from now on
    #[schema(max_items = 1000, value_type = Option<Vec<UserId>>)]
    muted: Option<Vec<String>>,
    /// The user who changes it
    #[schema(value_type = Option<UserId>)]
    by: Option<String>,
}

/// A group
#[derive(Serialize, ToSchema)]
pub(super) struct Group {
    id: String,
    name: String,
    #[schema(inline)]
    writers: Writers,
    #[schema(inline)]
    history: HistoryFrom,
    #[schema(inline)]
    invite: Inviters,
    /// Who may not write
    muted: Vec<String>,
    /// How many members it has
    members: usize,
    /// How many of them are admins
    admins: usize,
    /// How many of them are owners
    owners: usize,
}

/// What part of them is to be shown
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Page {
    /// Only those behind this id: the `next` of the page before
    #[param(min_length = 1, max_length = 256)]
    pub(super) after: Option<String>,
    /// How many at most: 100 if nothing is said
    #[param(minimum = 1, maximum = 1000)]
    pub(super) limit: Option<usize>,
}

/// Some of the groups
#[derive(Serialize, ToSchema)]
pub(super) struct GroupsPage {
    /// Their ids, in the order of their bytes
    groups: Vec<String>,
    /// If there are more: the `after` of the next page
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next: Option<String>,
}

/// Who ends it
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct EndedBy {
    /// The user who ends it, as its members are told; the application if nobody is named
    #[param(min_length = 1, max_length = 256)]
    by: Option<String>,
}

/// The group has ended
#[derive(Serialize, ToSchema)]
pub(super) struct GroupEnded {
    /// Its id
    ended: String,
}

/// Makes a group
///
/// Its members are told by a message of the server's, with the `typeu` -10, which is the first of the group. One that was made with an id of
/// yours is not made twice: then the answer is 409.
#[utoipa::path(
    post,
    path = "/api/v1/groups",
    operation_id = "make_group",
    tag = "groups",
    request_body(content = NewGroup, example = json!({
        "id": "#team",
        "name": "The team",
        "members": [{ "user": "alice", "role": "owner" }, { "user": "bob" }]
    })),
    responses(
        (status = 200, description = "The group", body = Group, example = json!({
            "id": "#team",
            "name": "The team",
            "writers": "all",
            "history": "joining",
            "invite": "admins",
            "muted": [],
            "members": 2,
            "admins": 0,
            "owners": 1
        })),
        (status = 404, description = "There are no groups on this server", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "There is such a group already, or it would have too many members", body = Problem, content_type = "application/problem+json", example = json!({
            "type": "about:blank",
            "title": "Conflict",
            "status": 409,
            "detail": "there is such a group already"
        }))
    )
)]
pub(super) async fn make(
    State(api): Asked,
    Extension(key): Extension<ApiKey>,
    group: Result<Json<NewGroup>, JsonRejection>,
) -> Result<Json<Group>, Problem> {
    let Json(NewGroup {
        id,
        members,
        by,
        name,
        writers,
        history,
        invite,
        muted,
    }) = group?;
    let settings = OtherSettings {
        name: Some(name),
        writers: Some(writers),
        history: Some(history),
        invite: Some(invite),
        muted: Some(muted),
        by: None,
    };
    settings.check()?;
    let change = GroupChange {
        by: checked(by)?,
        join: joining(members)?,
        settings: Some(settings.instead_of(GroupSettings::default())),
        ..GroupChange::default()
    };
    let server = api.serving()?.server;
    let id = match id {
        Some(id) => check_group(id)?,
        None => format!("#{}", server.new_fingerprint()),
    };
    change_group(&api, |server| server.create_group(&id, change)).await?;
    info!(key = &*key.name, group = id, "a group is made");
    read_now(&server, id)
}

/// Lists the groups
///
/// What is there while all pages are read is in one of them, once.
#[utoipa::path(
    get,
    path = "/api/v1/groups",
    operation_id = "groups",
    tag = "groups",
    params(Page),
    responses((status = 200, description = "Their ids", body = GroupsPage, example = json!({
        "groups": ["#lobby", "#team"],
        "next": "#team"
    })))
)]
pub(super) async fn list(
    State(api): Asked,
    page: Result<Query<Page>, QueryRejection>,
) -> Result<Json<GroupsPage>, Problem> {
    let Query(Page { after, limit }) = page?;
    let after = after.map(check_group).transpose()?.unwrap_or_default();
    let limit = check_limit(limit)?;
    let server = api.serving()?.server;
    let mut groups = server.group_ids(&after, limit + 1);
    let last = cut(&mut groups, limit);
    Ok(Json(GroupsPage {
        next: last.map(ToString::to_string),
        groups: groups.iter().map(ToString::to_string).collect(),
    }))
}

/// Says what a group is
///
/// Without its members, who may be many.
#[utoipa::path(
    get,
    path = "/api/v1/groups/{group}",
    operation_id = "group",
    tag = "groups",
    params(("group" = GroupId, Path, description = "The group's id", example = "#team")),
    responses(
        (status = 200, description = "The group", body = Group, example = json!({
            "id": "#team",
            "name": "The team",
            "writers": "all",
            "history": "joining",
            "invite": "admins",
            "muted": ["mallory"],
            "members": 500,
            "admins": 2,
            "owners": 1
        })),
        (status = 404, description = "There is no such group", body = Problem, content_type = "application/problem+json")
    )
)]
pub(super) async fn read(
    State(api): Asked,
    group: Result<Path<String>, PathRejection>,
) -> Result<Json<Group>, Problem> {
    let Path(group) = group?;
    read_now(&api.serving()?.server, check_group(group)?)
}

/// Changes a group
///
/// Its name, who may write, from where on members read, and who is muted. Its members are told, as of all changes, by a message of the
/// server's with the `typeu` -10.
#[utoipa::path(
    patch,
    path = "/api/v1/groups/{group}",
    operation_id = "change_group",
    tag = "groups",
    params(("group" = GroupId, Path, description = "The group's id", example = "#team")),
    request_body(content = OtherSettings, example = json!({ "writers": "admins", "muted": ["mallory"] })),
    responses(
        (status = 200, description = "The group as it is now", body = Group, example = json!({
            "id": "#team",
            "name": "The team",
            "writers": "admins",
            "history": "joining",
            "invite": "admins",
            "muted": ["mallory"],
            "members": 500,
            "admins": 2,
            "owners": 1
        })),
        (status = 404, description = "There is no such group", body = Problem, content_type = "application/problem+json")
    )
)]
pub(super) async fn change(
    State(api): Asked,
    Extension(key): Extension<ApiKey>,
    group: Result<Path<String>, PathRejection>,
    settings: Result<Json<OtherSettings>, JsonRejection>,
) -> Result<Json<Group>, Problem> {
    let Path(group) = group?;
    let Json(mut settings) = settings?;
    let group = check_group(group)?;
    settings.check()?;
    let by = checked(settings.by.take())?;
    let server = api.serving()?.server;
    let change = |before| GroupChange {
        by,
        settings: Some(settings.instead_of(before)),
        ..GroupChange::default()
    };
    change_group(&api, |server| server.change_group_with(&group, change)).await?;
    info!(key = &*key.name, group, "a group is changed");
    read_now(&server, group)
}

/// Ends a group
///
/// Nobody is in it any more: its members are told, and keep what they may read of it, as long as that is kept.
#[utoipa::path(
    delete,
    path = "/api/v1/groups/{group}",
    operation_id = "end_group",
    tag = "groups",
    params(("group" = GroupId, Path, description = "The group's id", example = "#team"), EndedBy),
    responses(
        (status = 200, description = "It has ended", body = GroupEnded, example = json!({ "ended": "#team" })),
        (status = 404, description = "There is no such group", body = Problem, content_type = "application/problem+json")
    )
)]
pub(super) async fn end(
    State(api): Asked,
    Extension(key): Extension<ApiKey>,
    group: Result<Path<String>, PathRejection>,
    by: Result<Query<EndedBy>, QueryRejection>,
) -> Result<Json<GroupEnded>, Problem> {
    let Path(group) = group?;
    let Query(EndedBy { by }) = by?;
    let group = check_group(group)?;
    let change = GroupChange {
        by: checked(by)?,
        is_end: true,
        ..GroupChange::default()
    };
    change_any(&api, &group, change).await?;
    info!(key = &*key.name, group, "a group has ended");
    Ok(Json(GroupEnded { ended: group }))
}

/// A group as it is now, if there is one.
pub(super) fn read_now(server: &ServerHandle, id: String) -> Result<Json<Group>, Problem> {
    let GroupSummary {
        settings,
        members,
        admins,
        owners,
    } = summary(server, &id)?;
    Ok(Json(Group {
        id,
        name: settings.name,
        writers: settings.writers.into(),
        history: settings.history.into(),
        invite: settings.invite.into(),
        muted: settings.muted.into_iter().collect(),
        members,
        admins,
        owners,
    }))
}

fn summary(server: &ServerHandle, id: &str) -> Result<GroupSummary, Problem> {
    let summary = server.group_summary(id);
    summary.ok_or_else(|| Problem::not_found("there is no such group"))
}

/// Who joins, and in which role: of who is named twice, the last.
pub(super) fn joining(members: Vec<Member>) -> Result<Vec<(Arc<str>, mailbox::Role)>, Problem> {
    check_count(members.len())?;
    let mut joining = BTreeMap::new();
    for Member { user, role } in members {
        check_user(&user)?;
        joining.insert(Arc::from(user), role.into());
    }
    Ok(joining.into_iter().collect())
}

/// The user who makes a change.
pub(super) fn checked(by: Option<String>) -> Result<Option<Arc<str>>, Problem> {
    if let Some(by) = &by {
        check_user(by)?;
    }
    Ok(by.map(Arc::from))
}

impl OtherSettings {
    fn check(&self) -> Result<(), Problem> {
        let is_long = |name: &String| name.len() > MAX_NAME;
        if self.name.as_ref().is_some_and(is_long) {
            return Err(Problem::invalid(format!(
                "expected a name of {MAX_NAME} bytes at most"
            )));
        }
        let muted = self.muted.as_deref().unwrap_or_default();
        check_count(muted.len())?;
        muted.iter().try_for_each(|user| check_user(user))
    }

    fn instead_of(self, before: GroupSettings) -> GroupSettings {
        let mut settings = before;
        settings.name = self.name.unwrap_or(settings.name);
        settings.writers = self.writers.map_or(settings.writers, Into::into);
        settings.history = self.history.map_or(settings.history, Into::into);
        settings.invite = self.invite.map_or(settings.invite, Into::into);
        let muted = self.muted.map(|muted| muted.into_iter().collect());
        settings.muted = muted.unwrap_or(settings.muted);
        settings
    }
}

fn check_count(count: usize) -> Result<(), Problem> {
    if count <= MAX_USERS {
        return Ok(());
    }
    Err(Problem::invalid(format!(
        "expected {MAX_USERS} users at most, not {count}"
    )))
}
