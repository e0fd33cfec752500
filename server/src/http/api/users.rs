//! Who is online.

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Asked;
use super::check::{check_limit, check_user, check_users};
use super::problem::Problem;

/// A user's id: 256 bytes at most, and not 0, which is the server's, nor -1, which is nobody's
#[derive(ToSchema)]
#[schema(pattern = r"^(?!(0|-1)$)[\s\S]{1,256}$")]
#[expect(dead_code, reason = "for the document")]
pub(super) struct UserId(String);

/// Users who may be online
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OnlineQuestion {
    /// Their ids
    #[schema(min_items = 1, max_items = 1000, value_type = Vec<UserId>)]
    users: Vec<String>,
}

/// Those of them who are
#[derive(Serialize, ToSchema)]
pub(super) struct OnlineAnswer {
    /// Their ids, in the order of the question
    online: Vec<String>,
}

/// Says who of many users is online
///
/// Whoever has a session is.
#[utoipa::path(
    post,
    path = "/api/v1/users/online",
    operation_id = "online",
    tag = "users",
    request_body(content = OnlineQuestion, example = json!({ "users": ["alice", "bob", "carol"] })),
    responses((status = 200, description = "Those who are online", body = OnlineAnswer, example = json!({
        "online": ["alice", "carol"]
    })))
)]
pub(super) async fn online(
    State(api): Asked,
    question: Result<Json<OnlineQuestion>, JsonRejection>,
) -> Result<Json<OnlineAnswer>, Problem> {
    let Json(OnlineQuestion { users }) = question?;
    check_users(&users)?;
    let server = api.serving()?.server;
    let online = users
        .into_iter()
        .filter(|user| server.is_online(user))
        .collect();
    Ok(Json(OnlineAnswer { online }))
}

/// What part of them is to be shown
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Page {
    /// Only those behind this id: the `next` of the page before
    #[param(min_length = 1, max_length = 256)]
    after: Option<String>,
    /// How many at most: 100 if nothing is said
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// Some of those who are online
#[derive(Serialize, ToSchema)]
pub(super) struct OnlinePage {
    /// Their ids, in the order of their bytes
    online: Vec<String>,
    /// If there are more: the `after` of the next page
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next: Option<String>,
}

/// Lists who is online
///
/// Whoever is online while all pages are read is in one of them, once.
#[utoipa::path(
    get,
    path = "/api/v1/users/online",
    operation_id = "all_online",
    tag = "users",
    params(Page),
    responses((status = 200, description = "Who is online", body = OnlinePage, example = json!({
        "online": ["alice", "carol"],
        "next": "carol"
    })))
)]
pub(super) async fn all(
    State(api): Asked,
    page: Result<Query<Page>, QueryRejection>,
) -> Result<Json<OnlinePage>, Problem> {
    let Query(Page { after, limit }) = page?;
    if let Some(after) = &after {
        check_user(after)?;
    }
    let limit = check_limit(limit)?;
    let online = api.serving()?.server.view().online();
    let begin = after.map_or(0, |after| online.partition_point(|user| **user <= *after));
    let rest = &online[begin..];
    let page = &rest[..limit.min(rest.len())];
    let last = page.last().filter(|_| page.len() < rest.len());
    Ok(Json(OnlinePage {
        online: page.iter().map(ToString::to_string).collect(),
        next: last.map(ToString::to_string),
    }))
}
