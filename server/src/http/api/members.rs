//! Who is in a group.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::{Extension, Json};
use mobileim_hub::GroupChange;
use serde::{Deserialize, Serialize};
use tracing::info;
use utoipa::ToSchema;

use super::Asked;
use super::check::{check_group, check_limit, check_user, check_users, cut};
use super::group_changes::change_any;
use super::group_words::GroupId;
use super::groups::{Group, Member, Page, checked, joining, read_now};
use super::problem::Problem;
use super::users::UserId;
use crate::auth::ApiKey;

/// Some of a group's members
#[derive(Serialize, ToSchema)]
pub(super) struct MembersPage {
    group: String,
    /// In the order of their ids' bytes
    members: Vec<Member>,
    /// If there are more: the `after` of the next page
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next: Option<String>,
}

/// Who is to be in a group
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Joining {
    /// Who joins; who is a member already has the role from now on
    #[schema(min_items = 1, max_items = 1000)]
    members: Vec<Member>,
    /// The user who adds them, as all members are told; the application if nobody is named
    #[schema(value_type = Option<UserId>)]
    by: Option<String>,
}

/// Who is not to be in a group any more
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Leaving {
    /// Their ids. All of them must be members
    #[schema(min_items = 1, max_items = 1000, value_type = Vec<UserId>)]
    users: Vec<String>,
    /// The user who removes them, or who leaves, as all members are told; the application if nobody is named
    #[schema(value_type = Option<UserId>)]
    by: Option<String>,
}

/// Lists who is in a group
///
/// Who is while all pages are read is in one of them, once.
#[utoipa::path(
    get,
    path = "/api/v1/groups/{group}/members",
    operation_id = "members",
    tag = "groups",
    params(("group" = GroupId, Path, description = "The group's id", example = "#team"), Page),
    responses(
        (status = 200, description = "Its members", body = MembersPage, example = json!({
            "group": "#team",
            "members": [{ "user": "alice", "role": "owner" }, { "user": "bob", "role": "member" }],
            "next": "bob"
        })),
        (status = 404, description = "There is no such group", body = Problem, content_type = "application/problem+json")
    )
)]
pub(super) async fn list(
    State(api): Asked,
    group: Result<Path<String>, PathRejection>,
    page: Result<Query<Page>, QueryRejection>,
) -> Result<Json<MembersPage>, Problem> {
    let Path(group) = group?;
    let Query(Page { after, limit }) = page?;
    let group = check_group(group)?;
    if let Some(after) = &after {
        check_user(after)?;
    }
    let limit = check_limit(limit)?;
    let server = api.serving()?.server;
    let after = after.unwrap_or_default();
    let members = server.group_members(&group, &after, limit + 1);
    let mut members = members.ok_or_else(|| Problem::not_found("there is no such group"))?;
    let last = cut(&mut members, limit);
    Ok(Json(MembersPage {
        group,
        next: last.map(|(user, _)| user.to_string()),
        members: members
            .into_iter()
            .map(|(user, role)| Member {
                user: user.to_string(),
                role: role.into(),
            })
            .collect(),
    }))
}

/// Adds members to a group, or gives them other roles
///
/// All of them or none. Asked again, it changes nothing but that the group is told once more.
#[utoipa::path(
    post,
    path = "/api/v1/groups/{group}/members",
    operation_id = "add_members",
    tag = "groups",
    params(("group" = GroupId, Path, description = "The group's id", example = "#team")),
    request_body(content = Joining, example = json!({ "members": [{ "user": "carol" }, { "user": "bob", "role": "admin" }] })),
    responses(
        (status = 200, description = "The group as it is now", body = Group, example = json!({
            "id": "#team",
            "name": "The team",
            "writers": "all",
            "history": "joining",
            "muted": [],
            "members": 3,
            "admins": 1,
            "owners": 1
        })),
        (status = 404, description = "There is no such group", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It would have too many members", body = Problem, content_type = "application/problem+json", example = json!({
            "type": "about:blank",
            "title": "Conflict",
            "status": 409,
            "detail": "a group has 100000 members at most"
        }))
    )
)]
pub(super) async fn add(
    State(api): Asked,
    Extension(key): Extension<ApiKey>,
    group: Result<Path<String>, PathRejection>,
    members: Result<Json<Joining>, JsonRejection>,
) -> Result<Json<Group>, Problem> {
    let Path(group) = group?;
    let Json(Joining { members, by }) = members?;
    let group = check_group(group)?;
    if members.is_empty() {
        return Err(Problem::invalid("expected 1 to 1000 members, not 0"));
    }
    let change = GroupChange {
        by: checked(by)?,
        join: joining(members)?,
        ..GroupChange::default()
    };
    let count = change.join.len();
    change_any(&api, &group, change).await?;
    info!(key = &*key.name, group, count, "a group has members");
    read_now(&api.serving()?.server, group)
}

/// Removes members from a group
///
/// All of them or none. They may read what was written before, as long as it is kept.
#[utoipa::path(
    post,
    path = "/api/v1/groups/{group}/members/remove",
    operation_id = "remove_members",
    tag = "groups",
    params(("group" = GroupId, Path, description = "The group's id", example = "#team")),
    request_body(content = Leaving, example = json!({ "users": ["bob"] })),
    responses(
        (status = 200, description = "The group as it is now", body = Group, example = json!({
            "id": "#team",
            "name": "The team",
            "writers": "all",
            "history": "joining",
            "muted": [],
            "members": 2,
            "admins": 0,
            "owners": 1
        })),
        (status = 404, description = "There is no such group", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "One of them is no member", body = Problem, content_type = "application/problem+json", example = json!({
            "type": "about:blank",
            "title": "Conflict",
            "status": 409,
            "detail": "\"bob\" is not a member"
        }))
    )
)]
pub(super) async fn remove(
    State(api): Asked,
    Extension(key): Extension<ApiKey>,
    group: Result<Path<String>, PathRejection>,
    users: Result<Json<Leaving>, JsonRejection>,
) -> Result<Json<Group>, Problem> {
    let Path(group) = group?;
    let Json(Leaving { users, by }) = users?;
    let group = check_group(group)?;
    check_users(&users)?;
    let users: BTreeSet<_> = users.into_iter().map(Arc::from).collect();
    let change = GroupChange {
        by: checked(by)?,
        leave: users.into_iter().collect(),
        ..GroupChange::default()
    };
    let count = change.leave.len();
    change_any(&api, &group, change).await?;
    info!(key = &*key.name, group, count, "a group has fewer members");
    read_now(&api.serving()?.server, group)
}
