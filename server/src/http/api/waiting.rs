//! What waits for a user.

use std::sync::Arc;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::{Extension, Json};
use mobileim_hub::Deferred;
use mobileim_hub::store::{Part, WaitingMessage, Which};
use mobileim_protocol::mailbox::Position;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Asked;
use super::check::{check_fingerprint, check_limit, check_sender, check_user};
use super::problem::Problem;
use crate::auth::{ApiKey, Scope};

/// How many bytes of messages one answer is made of at most, but always of one message.
pub(super) const MAX_BYTES: usize = 4 << 20;

/// What part is to be shown
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Page {
    /// Only what stands behind this: the `next` of the page before
    after: Option<i64>,
    /// How many messages at most: 100 if nothing is said
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
    /// Whether the texts are shown, too, which needs the scope `messages:read`
    #[serde(default)]
    text: bool,
}

/// Which messages are taken away
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Meant {
    /// Those of this sender alone: a user's id, or 0 for the server
    #[param(min_length = 1, max_length = 256)]
    from: Option<String>,
    /// Those with this fingerprint alone
    #[param(min_length = 1, max_length = 256)]
    fp: Option<String>,
}

/// What waits for a user
#[derive(Serialize, ToSchema)]
pub(super) struct WaitingPage {
    user: String,
    /// In the order in which they will be delivered
    messages: Vec<Waits>,
    /// If there are more: the `after` of the next page
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next: Option<i64>,
}

/// A message that waits
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Waits {
    /// Its sender: a user's id, or 0 for the server
    from: String,
    /// Its fingerprint
    fp: String,
    /// When it was stored, in ms since 1970; null if the store, which is in memory, does not know
    #[schema(required = true)]
    stored_at: Option<i64>,
    /// How many bytes it has, as JSON with all that goes with the text
    bytes: usize,
    /// The application's own type of message
    typeu: i32,
    /// Its text, if that was asked for
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    text: Option<String>,
}

/// How many messages were taken away
#[derive(Serialize, ToSchema)]
pub(super) struct Purged {
    purged: u64,
}

/// Lists what waits for a user
///
/// What is stored and not acknowledged by the user's client; it may be on its way there. Nothing of what is only in memory.
#[utoipa::path(
    get,
    path = "/api/v1/users/{user}/waiting",
    operation_id = "waiting",
    tag = "users",
    params(("user" = super::users::UserId, Path, description = "The user's id", example = "alice"), Page),
    responses((status = 200, description = "What waits", body = WaitingPage, example = json!({
        "user": "alice",
        "messages": [{
            "from": "0",
            "fp": "order-4711-sent",
            "storedAt": 1_767_225_600_000_i64,
            "bytes": 131,
            "typeu": 7
        }],
        "next": 42
    })))
)]
pub(super) async fn list(
    State(api): Asked,
    Extension(key): Extension<ApiKey>,
    user: Result<Path<String>, PathRejection>,
    page: Result<Query<Page>, QueryRejection>,
) -> Result<Json<WaitingPage>, Problem> {
    let Path(user) = user?;
    let Query(Page { after, limit, text }) = page?;
    check_user(&user)?;
    let limit = check_limit(limit)?;
    if text && !key.may(Scope::MessagesRead) {
        return Err(Problem::forbidden(Scope::MessagesRead));
    }
    let server = api.serving()?.server;
    let part = Part {
        after: after.map_or(Position::START, Position),
        limit,
        max_bytes: MAX_BYTES,
    };
    let found = answered(server.look_at_waiting(&user, Which::default(), part)).await?;
    let last = found.messages.last().map(|last| last.position.0);
    let now = server.driver().now();
    let messages = found.messages.into_iter();
    let messages = messages.filter(|waits| !waits.message.has_expired(now));
    Ok(Json(WaitingPage {
        user,
        messages: messages.map(|waits| Waits::of(waits, text)).collect(),
        next: last.filter(|_| found.more),
    }))
}

/// Takes away what waits for a user
///
/// All of it, or what is of one sender or has one fingerprint. Nothing of it is sent any more once this is answered, but what has been
/// sent already. Their senders are told nothing: they have been acknowledged.
#[utoipa::path(
    delete,
    path = "/api/v1/users/{user}/waiting",
    operation_id = "purge",
    tag = "users",
    params(("user" = super::users::UserId, Path, description = "The user's id", example = "alice"), Meant),
    responses((status = 200, description = "How many messages those were", body = Purged, example = json!({ "purged": 3 })))
)]
pub(super) async fn purge(
    State(api): Asked,
    user: Result<Path<String>, PathRejection>,
    meant: Result<Query<Meant>, QueryRejection>,
) -> Result<Json<Purged>, Problem> {
    let Path(user) = user?;
    let Query(Meant { from, fp }) = meant?;
    check_user(&user)?;
    let from = from.map(check_sender).transpose()?.map(Arc::from);
    let fp = fp.map(check_fingerprint).transpose()?.map(Arc::from);
    let server = api.serving()?.server;
    let purged = answered(server.purge(&user, &Which::new(from, fp))).await?;
    Ok(Json(Purged { purged }))
}

/// Waits for what the store says.
pub(super) async fn answered<T>(answer: Deferred<Result<T, String>>) -> Result<T, Problem> {
    let answer = match answer {
        Deferred::Ready(answer) => answer,
        Deferred::Pending(answer) => answer.await,
    };
    answer.map_err(Problem::unavailable)
}

impl Waits {
    fn of(waits: WaitingMessage, with_text: bool) -> Self {
        let message = waits.message;
        let decoded = mobileim_protocol::decode(&message.body).ok();
        let content = decoded
            .as_ref()
            .and_then(|decoded| decoded.content.as_deref());
        Self {
            from: message.from.to_string(),
            fp: message.fp.to_string(),
            stored_at: waits.stored_at,
            bytes: message.body.len(),
            typeu: decoded.as_ref().map_or(0, |decoded| decoded.typeu),
            text: content.filter(|_| with_text).map(str::to_owned),
        }
    }
}
