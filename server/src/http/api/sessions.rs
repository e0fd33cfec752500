//! A user's sessions, and their end.

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use mobileim_hub::{Clock as _, Label as _};
use mobileim_protocol::codes;
use mobileim_protocol::mailbox::SessionId;
use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Schema, Type};
use utoipa::{IntoParams, ToSchema};

use super::Asked;
use super::check::check_user;
use super::problem::Problem;
use super::users::UserId;
use crate::clock::SystemClock;

/// The longest reason in bytes: what a client is told must fit into a datagram.
const MAX_REASON: usize = 256;

/// A user's sessions
#[derive(Serialize, ToSchema)]
pub(super) struct Sessions {
    user: String,
    /// None if the user is offline
    sessions: Vec<Session>,
}

/// A connection that is logged in
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Session {
    /// Its number, as long as the server runs
    id: u64,
    /// tcp, udp or websocket
    #[schema(value_type = String)]
    transport: &'static str,
    /// The client's address and port; behind a trusted proxy what that says, with port 0 if it says none
    #[schema(required = true)]
    address: Option<String>,
    /// Whether it is encrypted
    tls: bool,
    /// The origin of the page, if it is one
    #[schema(required = true)]
    origin: Option<String>,
    /// What its client calls the device that it is on, if it says so
    #[schema(required = true)]
    device: Option<String>,
    /// What kind of device that is, as its client says
    #[schema(required = true)]
    platform: Option<String>,
    /// When it began, in ms since 1970
    since: i64,
    /// When something came from it, in ms since 1970
    last_heard: i64,
}

/// What a client is told that is sent away
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Farewell {
    #[param(schema_with = code)]
    code: Option<i32>,
    /// Why, for the client: 256 bytes at most
    #[param(max_length = 256, pattern = r"^[^\u0000-\u001f\u007f-\u009f]*$")]
    reason: Option<String>,
}

fn code() -> Schema {
    codes().into()
}

/// The codes that a client may be told.
pub(super) fn codes() -> OneOfBuilder {
    let whole = |least: i64, most: i64| {
        let number = ObjectBuilder::new().schema_type(Type::Integer);
        number.minimum(Some(least)).maximum(Some(most))
    };
    let own = codes::KICKED_BY_ADMINISTRATOR;
    OneOfBuilder::new()
        .description(Some(
            "What the client is told: 2, by an administrator, or a code of the application's own, from 1025 on",
        ))
        .item(whole(own, own))
        .item(whole(codes::FIRST_APPLICATION_REFUSAL, i32::MAX.into()))
        .default(Some(own.into()))
}

/// How many sessions were ended
#[derive(Serialize, ToSchema)]
pub(super) struct Kicked {
    kicked: usize,
}

/// Lists a user's sessions
///
/// A user who is offline, or does not exist, has none.
#[utoipa::path(
    get,
    path = "/api/v1/users/{user}/sessions",
    operation_id = "sessions",
    tag = "users",
    params(("user" = UserId, Path, description = "The user's id", example = "alice")),
    responses((status = 200, description = "The user's sessions", body = Sessions, example = json!({
        "user": "alice",
        "sessions": [{
            "id": 7,
            "transport": "websocket",
            "address": "203.0.113.7:50412",
            "tls": true,
            "origin": "https://app.example.com",
            "device": "0f8fad5b-d9cb-469f-a165-70867728950e",
            "platform": "web",
            "since": 1_767_225_600_000_i64,
            "lastHeard": 1_767_225_660_000_i64
        }]
    })))
)]
pub(super) async fn list(
    State(api): Asked,
    user: Result<Path<String>, PathRejection>,
) -> Result<Json<Sessions>, Problem> {
    let Path(user) = user?;
    check_user(&user)?;
    let server = api.serving()?.server;
    let view = server.view();
    let now = SystemClock::new().unix_millis();
    let sessions = view.sessions(&user).into_iter().map(|session| {
        let silence = view.silence(&session).as_millis();
        let device = session.device;
        Session {
            id: session.id.0,
            transport: session.peer.transport.name(),
            address: session.peer.address.map(|address| address.to_string()),
            tls: session.peer.tls,
            origin: session.peer.origin.as_deref().map(str::to_owned),
            platform: device.as_ref().and_then(|device| device.platform.clone()),
            device: device.map(|device| device.id),
            since: session.since,
            last_heard: now - i64::try_from(silence).unwrap_or(now),
        }
    });
    let sessions = sessions.collect();
    Ok(Json(Sessions { user, sessions }))
}

/// Ends all sessions of a user
///
/// The clients are told not to come back. Whoever may still log in can.
#[utoipa::path(
    delete,
    path = "/api/v1/users/{user}/sessions",
    operation_id = "kick_all",
    tag = "users",
    params(("user" = UserId, Path, description = "The user's id", example = "alice"), Farewell),
    responses((status = 200, description = "How many were ended", body = Kicked, example = json!({ "kicked": 1 })))
)]
pub(super) async fn kick_all(
    State(api): Asked,
    user: Result<Path<String>, PathRejection>,
    farewell: Result<Query<Farewell>, QueryRejection>,
) -> Result<Json<Kicked>, Problem> {
    let Path(user) = user?;
    let Query(farewell) = farewell?;
    check_user(&user)?;
    let code = farewell.check()?;
    let server = api.serving()?.server;
    let kicked = server.kick_session(&user, None, code, farewell.reason.as_deref());
    Ok(Json(Kicked { kicked }))
}

/// Ends one session of a user
///
/// If it is the one that is there: not another one that has taken its place.
#[utoipa::path(
    delete,
    path = "/api/v1/users/{user}/sessions/{id}",
    operation_id = "kick",
    tag = "users",
    params(
        ("user" = UserId, Path, description = "The user's id", example = "alice"),
        ("id" = u64, Path, description = "The session's number", example = 7),
        Farewell
    ),
    responses(
        (status = 200, description = "It was ended", body = Kicked, example = json!({ "kicked": 1 })),
        (status = 404, description = "The user has no such session", body = Problem, content_type = "application/problem+json",
            example = json!({
                "type": "about:blank",
                "title": "Not Found",
                "status": 404,
                "detail": "the user has no session with this number"
            }))
    )
)]
pub(super) async fn kick(
    State(api): Asked,
    path: Result<Path<(String, String)>, PathRejection>,
    farewell: Result<Query<Farewell>, QueryRejection>,
) -> Result<Json<Kicked>, Problem> {
    let Path((user, id)) = path?;
    let Query(farewell) = farewell?;
    check_user(&user)?;
    let code = farewell.check()?;
    let Ok(id) = id.parse() else {
        return Err(Problem::invalid("expected the number of a session"));
    };
    let server = api.serving()?.server;
    let reason = farewell.reason.as_deref();
    if server.kick_session(&user, Some(SessionId(id)), code, reason) == 0 {
        return Err(Problem::not_found(
            "the user has no session with this number",
        ));
    }
    Ok(Json(Kicked { kicked: 1 }))
}

impl Farewell {
    /// Returns the code.
    fn check(&self) -> Result<i64, Problem> {
        check_farewell(self.code, self.reason.as_deref())
    }
}

/// Returns the code that a client is told with this reason, if it may be told both.
pub(super) fn check_farewell(code: Option<i32>, reason: Option<&str>) -> Result<i64, Problem> {
    let own = codes::KICKED_BY_ADMINISTRATOR;
    let code = code.map_or(own, i64::from);
    if code != own && code < codes::FIRST_APPLICATION_REFUSAL {
        return Err(Problem::invalid(
            "expected a code that is 2, or 1025 or more",
        ));
    }
    let is_allowed =
        |reason: &str| reason.len() <= MAX_REASON && !reason.contains(char::is_control);
    if !reason.is_none_or(is_allowed) {
        return Err(Problem::invalid(format!(
            "expected a reason of {MAX_REASON} bytes at most, on one line"
        )));
    }
    Ok(code)
}
