//! Who is online.

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::problem::Problem;
use super::{Asked, check_users};

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
