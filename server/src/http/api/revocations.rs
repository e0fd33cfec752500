//! Revoking a user's tokens.

use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use tracing::info;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

use super::Asked;
use super::check::check_user;
use super::problem::Problem;
use super::sessions::{check_farewell, codes};
use super::users::UserId;
use super::waiting::answered;
use crate::auth::ApiKey;

/// The last ms of the year 9999: what is later is no time that anybody means.
const LATEST: i64 = 253_402_300_799_999;

/// Which tokens are revoked, and what the clients are told whose sessions end
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RevokeRequest {
    /// Tokens that were issued before this are refused, in ms since 1970: now, if nothing is said
    #[schema(minimum = 0, maximum = 253_402_300_799_999_i64)]
    before: Option<i64>,
    #[schema(schema_with = code_or_null)]
    code: Option<i32>,
    /// Why, for the clients: 256 bytes at most
    #[schema(max_length = 256, pattern = r"^[^\u0000-\u001f\u007f-\u009f]*$")]
    reason: Option<String>,
}

fn code_or_null() -> Schema {
    let null = ObjectBuilder::new().schema_type(Type::Null);
    codes().item(null).into()
}

/// The tokens are revoked
#[derive(Serialize, ToSchema)]
pub(super) struct RevokeAnswer {
    user: String,
    /// Tokens that were issued before this are refused, in ms since 1970: what was asked for, or what was before, if that is later
    before: i64,
    /// How many sessions were ended
    kicked: usize,
}

/// Whether something was taken back
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TakenBack {
    /// Whether tokens of the user were revoked
    taken_back: bool,
}

/// Revokes a user's tokens
///
/// Those that were issued before a time (`iat`) are refused, also by a server that takes over, and one that does not say when. The
/// user's sessions end. A back end that is asked about each login decides for itself, and is asked again.
#[utoipa::path(
    post,
    path = "/api/v1/users/{user}/revoke",
    operation_id = "revoke",
    tag = "users",
    params(("user" = UserId, Path, description = "The user's id", example = "alice")),
    request_body(content = RevokeRequest, example = json!({ "code": 2002, "reason": "the password was changed" })),
    responses((status = 200, description = "They are revoked, and that is durable", body = RevokeAnswer, example = json!({
        "user": "alice",
        "before": 1_767_225_600_000_i64,
        "kicked": 1
    })))
)]
pub(super) async fn revoke(
    State(api): Asked,
    Extension(key): Extension<ApiKey>,
    user: Result<Path<String>, PathRejection>,
    request: Result<Json<RevokeRequest>, JsonRejection>,
) -> Result<Json<RevokeAnswer>, Problem> {
    let Path(user) = user?;
    let Json(request) = request?;
    check_user(&user)?;
    let reason = request.reason.as_deref();
    let code = check_farewell(request.code, reason)?;
    if !request
        .before
        .is_none_or(|before| (0..=LATEST).contains(&before))
    {
        return Err(Problem::invalid(format!(
            "expected a time in ms since 1970 as before, up to {LATEST}"
        )));
    }
    let server = api.serving()?.server;
    let revoking = api
        .revocations
        .revoke(&user, request.before)
        .map_err(|full| Problem::unavailable(full.to_string()))?;
    // All of it is done before anything is waited for: whoever has asked may not wait for the answer.
    let kicked = server.kick_session(&user, None, code, reason);
    let before = revoking.before;
    info!(
        key = &*key.name,
        ?user,
        before,
        kicked,
        "tokens are revoked"
    );
    answered(revoking.kept).await.map_err(|why| {
        why.about(
            "the tokens are refused, but a server that takes over may not know that: ask again",
        )
    })?;
    Ok(Json(RevokeAnswer {
        user,
        before,
        kicked,
    }))
}

/// Takes back that a user's tokens were revoked
///
/// Those that have not expired are taken again.
#[utoipa::path(
    delete,
    path = "/api/v1/users/{user}/revoke",
    operation_id = "take_back",
    tag = "users",
    params(("user" = UserId, Path, description = "The user's id", example = "alice")),
    responses((status = 200, description = "They are not revoked any more", body = TakenBack, example = json!({ "takenBack": true })))
)]
pub(super) async fn take_back(
    State(api): Asked,
    Extension(key): Extension<ApiKey>,
    user: Result<Path<String>, PathRejection>,
) -> Result<Json<TakenBack>, Problem> {
    let Path(user) = user?;
    check_user(&user)?;
    api.serving()?;
    let (taken_back, removed) = api.revocations.take_back(&user);
    info!(
        key = &*key.name,
        ?user,
        taken_back,
        "it is taken back that tokens are revoked"
    );
    answered(removed).await.map_err(|why| {
        why.about(
            "the tokens are taken again, but a server that takes over may not know that: ask again",
        )
    })?;
    Ok(Json(TakenBack { taken_back }))
}
