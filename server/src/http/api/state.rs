//! What became of a message that was sent before.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use mobileim_hub::store::{Part, Which};
use mobileim_hub::{ServerHandle, TraceStep};
use mobileim_protocol::SERVER;
use mobileim_protocol::mailbox::Position;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Asked;
use super::check::{check_fingerprint, check_sender, check_user};
use super::outcomes::{Outcome, Receiver};
use super::problem::Problem;
use super::waiting::answered;

/// What is known, and of whom.
type Known = BTreeMap<Arc<str>, (Outcome, Option<usize>)>;

/// For whom it is
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct For {
    /// A receiver, for whom it is looked up in the store, too
    #[param(min_length = 1, max_length = 256)]
    to: Option<String>,
}

/// What is known of a message
#[derive(Serialize, ToSchema)]
pub(super) struct MessageState {
    from: String,
    fp: String,
    /// For each receiver of whom something is known, or who was asked for
    receivers: Vec<Receiver>,
}

/// Says what became of a message
///
/// For each receiver: `unknown` if neither what the server remembers nor the store knows of it. What is fleeting is never known.
#[utoipa::path(
    get,
    path = "/api/v1/messages/{from}/{fp}",
    operation_id = "message",
    tag = "messages",
    params(
        ("from" = String, Path, description = "Its sender: a user's id, or 0 for the server", example = "0", min_length = 1, max_length = 256),
        ("fp" = String, Path, description = "Its fingerprint", example = "order-4711-sent", min_length = 1, max_length = 256),
        For
    ),
    responses((status = 200, description = "What is known", body = MessageState, example = json!({
        "from": "0",
        "fp": "order-4711-sent",
        "receivers": [{ "user": "alice", "outcome": "delivered" }]
    })))
)]
pub(super) async fn state(
    State(api): Asked,
    path: Result<Path<(String, String)>, PathRejection>,
    query: Result<Query<For>, QueryRejection>,
) -> Result<Json<MessageState>, Problem> {
    let Path((from, fp)) = path?;
    let Query(For { to }) = query?;
    let (from, fp) = (check_sender(from)?, check_fingerprint(fp)?);
    let server = api.serving()?.server;
    let mut known = remembered(&server, &from, &fp);
    if let Some(to) = to {
        check_user(&to)?;
        let to: Arc<str> = to.into();
        known.retain(|user, _| *user == to);
        let is_known = |known: &Known| {
            let outcome = known.get(&to).map(|(outcome, _)| *outcome);
            matches!(outcome, Some(Outcome::Delivered | Outcome::Expired))
        };
        if !is_known(&known) {
            let stored = stored(&server, &from, &fp, &to).await?;
            // It may have gone on meanwhile.
            known = remembered(&server, &from, &fp);
            known.retain(|user, _| *user == to);
            if !is_known(&known) {
                let was_stored = known
                    .get(&to)
                    .is_some_and(|(known, _)| *known == Outcome::Stored);
                let outcome = stored.or(was_stored.then_some(Outcome::Removed));
                if let Some(outcome) = outcome {
                    known.insert(Arc::clone(&to), (outcome, None));
                }
            }
        }
        known.entry(to).or_insert((Outcome::Unknown, None));
    }
    let receivers = known.into_iter();
    let receivers = receivers
        .map(|(user, (outcome, max_length))| Receiver::new(user.to_string(), outcome, max_length));
    Ok(Json(MessageState {
        from,
        fp,
        receivers: receivers.collect(),
    }))
}

/// What is remembered of a message.
fn remembered(server: &ServerHandle, from: &str, fp: &str) -> Known {
    let mut known = Known::new();
    for entry in server.view().trace(from, fp) {
        // Messages to the server are the application's own affair.
        let Some(to) = entry.to.filter(|to| **to != *SERVER) else {
            continue;
        };
        let Some(next) = outcome(entry.step) else {
            continue;
        };
        let holds = match known.get(&to).map(|(outcome, _)| *outcome) {
            Some(Outcome::Delivered) => true,
            Some(Outcome::Stored) => !matches!(next.0, Outcome::Delivered | Outcome::Expired),
            Some(_) => next.0 == Outcome::Acknowledged,
            None => false,
        };
        if !holds {
            known.insert(to, next);
        }
    }
    known
}

/// What the store says of a message.
async fn stored(
    server: &ServerHandle,
    from: &str,
    fp: &str,
    to: &str,
) -> Result<Option<Outcome>, Problem> {
    let which = Which::new(Some(from.into()), Some(fp.into()));
    let part = Part {
        after: Position::START,
        limit: 1,
        max_bytes: 0,
    };
    let found = answered(server.look_at_waiting(to, which, part)).await?;
    let now = server.driver().now();
    Ok(found.messages.first().map(|stored| {
        if stored.message.has_expired(now) {
            Outcome::Expired
        } else {
            Outcome::Stored
        }
    }))
}

/// What a step of a message says of it, if it changes anything.
const fn outcome(step: TraceStep) -> Option<(Outcome, Option<usize>)> {
    let outcome = match step {
        TraceStep::Received | TraceStep::Sent { .. } | TraceStep::SentAgain { .. } => {
            Outcome::OnItsWay
        }
        TraceStep::AcknowledgedAgain => Outcome::Acknowledged,
        TraceStep::Delivered | TraceStep::Fetched => Outcome::Delivered,
        TraceStep::Stored => Outcome::Stored,
        TraceStep::Expired => Outcome::Expired,
        TraceStep::NotTaken | TraceStep::PutOff { .. } => Outcome::NoRoom,
        TraceStep::Refused { why } => return Some(Outcome::refused(why)),
        TraceStep::RefusedByApplication { .. } => Outcome::Refused,
        _ => return None,
    };
    Some((outcome, None))
}
