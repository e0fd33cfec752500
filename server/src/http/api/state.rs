//! What became of a message that was sent before.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use mobileim_hub::store::{Part, WaitingMessage, Which};
use mobileim_hub::{Clock as _, ServerHandle, TraceEntry, TraceStep};
use mobileim_protocol::SERVER;
use mobileim_protocol::mailbox::Position;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Asked;
use super::check::{check_fingerprint, check_sender, check_user};
use super::outcomes::Outcome;
use super::problem::Problem;
use super::waiting::{MAX_BYTES, answered};
use super::why::{InStore, Known, Why};
use crate::clock::SystemClock;

/// How many messages are counted at most that stand before one.
const MAX_COUNTED: usize = 1000;

/// What is known, and of whom.
type ByReceiver = BTreeMap<Arc<str>, (Outcome, Option<usize>)>;

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
    receivers: Vec<ReceiverState>,
}

/// What is known of a message to one user
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReceiverState {
    user: String,
    outcome: Outcome,
    /// With `too_long`, the most bytes that are taken, as JSON with all that goes with the text
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    max_length: Option<usize>,
    /// Why it is not with the receiver, if it waits or has expired
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    why: Option<Why>,
}

/// Says what became of a message
///
/// For each receiver: `unknown` if neither what the server remembers nor the store knows of it. What is fleeting is never known. Of what
/// waits, why; of a receiver who is named with `to` also how many messages are stored before it, and when it expires.
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
        "receivers": [
            { "user": "alice", "outcome": "delivered" },
            { "user": "bob", "outcome": "stored", "why": { "reason": "offline", "text": "bob is offline; 2 messages are stored before it", "before": 2 } }
        ]
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
    let mut in_store = None;
    if let Some(to) = to {
        check_user(&to)?;
        let to: Arc<str> = to.into();
        known.retain(|user, _| *user == to);
        let is_known = |known: &ByReceiver| {
            let outcome = known.get(&to).map(|(outcome, _)| *outcome);
            matches!(outcome, Some(Outcome::Delivered | Outcome::Expired))
        };
        // What stays in a log the store does not look for by its fingerprint.
        if !is_known(&known) && !server.has_log(&from, &to) {
            let stored = stored(&server, &from, &fp, &to).await?;
            // It may have gone on meanwhile.
            known = remembered(&server, &from, &fp);
            known.retain(|user, _| *user == to);
            if !is_known(&known) {
                let was_stored = known
                    .get(&to)
                    .is_some_and(|(known, _)| *known == Outcome::Stored);
                let outcome = match &stored {
                    Some((outcome, _)) => Some(*outcome),
                    None => was_stored.then_some(Outcome::Removed),
                };
                if let Some(outcome) = outcome {
                    known.insert(Arc::clone(&to), (outcome, None));
                }
                in_store = stored.map(|(_, in_store)| in_store);
            }
        }
        known.entry(to).or_insert((Outcome::Unknown, None));
    }
    let mut steps = HashMap::<Arc<str>, Vec<TraceEntry>>::new();
    for step in server.view().trace(&from, &fp) {
        if let Some(to) = &step.to {
            steps.entry(Arc::clone(to)).or_default().push(step);
        }
    }
    let look = Known {
        view: server.view(),
        now: SystemClock::new().unix_millis(),
    };
    let receivers = known.into_iter().map(|(user, (outcome, max_length))| {
        let is_open = matches!(
            outcome,
            Outcome::OnItsWay | Outcome::Stored | Outcome::NoRoom | Outcome::Expired
        );
        let why = is_open.then(|| {
            let steps = steps.get(&user).map_or(&[][..], Vec::as_slice);
            look.why(&user, steps, in_store.as_ref())
        });
        ReceiverState {
            user: user.to_string(),
            outcome,
            max_length,
            why: why.flatten(),
        }
    });
    Ok(Json(MessageState {
        receivers: receivers.collect(),
        from,
        fp,
    }))
}

/// What is remembered of a message.
fn remembered(server: &ServerHandle, from: &str, fp: &str) -> ByReceiver {
    let mut known = ByReceiver::new();
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

/// What the store says of a message, and of what stands before it.
async fn stored(
    server: &ServerHandle,
    from: &str,
    fp: &str,
    to: &str,
) -> Result<Option<(Outcome, InStore)>, Problem> {
    let which = Which::new(Some(from.into()), Some(fp.into()));
    let part = Part {
        after: Position::START,
        limit: 1,
        max_bytes: 0,
    };
    let found = answered(server.look_at_waiting(to, which, part)).await?;
    let Some(stored) = found.messages.into_iter().next() else {
        return Ok(None);
    };
    let part = Part {
        after: Position::START,
        limit: MAX_COUNTED,
        max_bytes: MAX_BYTES,
    };
    let first = answered(server.look_at_waiting(to, Which::default(), part)).await?;
    let now = server.driver().now();
    let is_before = |other: &&WaitingMessage| other.position < stored.position;
    let is_counted = |other: &&WaitingMessage| !other.message.has_expired(now);
    let is_reached = !first.messages.iter().all(|other| is_before(&other));
    let outcome = if stored.message.has_expired(now) {
        Outcome::Expired
    } else {
        Outcome::Stored
    };
    let in_store = InStore {
        length: stored.message.body.len(),
        expires_at: stored.message.expires_at,
        before: (first.messages.iter().filter(is_before))
            .filter(is_counted)
            .count(),
        more_before: first.more && !is_reached,
    };
    Ok(Some((outcome, in_store)))
}

/// What a step of a message says of it, if it changes anything.
const fn outcome(step: TraceStep) -> Option<(Outcome, Option<usize>)> {
    let outcome = match step {
        TraceStep::Asked
        | TraceStep::Received
        | TraceStep::Sent { .. }
        | TraceStep::SentAgain { .. } => Outcome::OnItsWay,
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
