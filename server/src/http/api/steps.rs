//! What happened to a message, step by step, as far as the server remembers it.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use mobileim_hub::{Clock as _, TraceStep, View};
use mobileim_protocol::Instant;
use serde::Serialize;
use utoipa::ToSchema;

use super::Asked;
use super::check::{check_fingerprint, check_sender};
use super::problem::Problem;
use crate::clock::SystemClock;

/// What happened to a message
#[derive(Serialize, ToSchema)]
pub(super) struct MessageSteps {
    from: String,
    fp: String,
    /// Since when the server remembers what happens to messages like this, in ms since 1970; what came before is forgotten. Not there if
    /// it remembers nothing (`[explain]`)
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    since: Option<i64>,
    /// In their order
    steps: Vec<MessageStep>,
}

/// Something that happened to a message
#[derive(Serialize, ToSchema)]
pub(super) struct MessageStep {
    /// When, in ms since 1970
    at: i64,
    /// The receiver; not there if it is forgotten
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    to: Option<String>,
    /// What, such as received, sent, stored or delivered
    step: &'static str,
    /// The receiver's session that it was sent to
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    session: Option<u64>,
    /// The code that the application has refused it with
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    code: Option<i64>,
    /// The same for people
    text: String,
}

/// Says what happened to a message
///
/// Each step with its time: received, sent to which session, sent again, acknowledged, stored, refused. From memory, for as long as that
/// has room; steps of a message that is forgotten are none.
#[utoipa::path(
    get,
    path = "/api/v1/messages/{from}/{fp}/steps",
    operation_id = "message_steps",
    tag = "messages",
    params(
        ("from" = String, Path, description = "Its sender: a user's id, or 0 for the server", example = "0", min_length = 1, max_length = 256),
        ("fp" = String, Path, description = "Its fingerprint", example = "order-4711-sent", min_length = 1, max_length = 256)
    ),
    responses((status = 200, description = "What is remembered", body = MessageSteps, example = json!({
        "from": "0",
        "fp": "order-4711-sent",
        "since": 1_767_222_000_000_i64,
        "steps": [
            { "at": 1_767_225_600_000_i64, "to": "alice", "step": "received", "text": "received" },
            { "at": 1_767_225_600_001_i64, "to": "alice", "step": "sent", "session": 7, "text": "sent to session 7" },
            { "at": 1_767_225_600_040_i64, "to": "alice", "step": "delivered", "text": "acknowledged by its receiver" }
        ]
    })))
)]
pub(super) async fn list(
    State(api): Asked,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<Json<MessageSteps>, Problem> {
    let Path((from, fp)) = path?;
    let (from, fp) = (check_sender(from)?, check_fingerprint(fp)?);
    let server = api.serving()?.server;
    let view = server.view();
    let now = SystemClock::new().unix_millis();
    let steps = view.trace(&from, &fp).into_iter();
    let steps = steps.map(|entry| MessageStep {
        at: time(view, now, entry.at),
        to: entry.to.map(|to| to.to_string()),
        step: name(entry.step),
        session: match entry.step {
            TraceStep::Sent { session } | TraceStep::SentAgain { session } => Some(session),
            _ => None,
        },
        code: match entry.step {
            TraceStep::RefusedByApplication { code } => Some(code),
            _ => None,
        },
        text: entry.step.to_string(),
    });
    let steps = steps.collect();
    let since = view.trace_since(&from, &fp);
    Ok(Json(MessageSteps {
        since: since.map(|since| time(view, now, since)),
        steps,
        from,
        fp,
    }))
}

/// Returns a time of the server's clock in ms since 1970.
fn time(view: View<'_>, now: i64, at: Instant) -> i64 {
    now - i64::try_from(view.ago(at).as_millis()).unwrap_or(now)
}

const fn name(step: TraceStep) -> &'static str {
    match step {
        TraceStep::Received => "received",
        TraceStep::PutOff { .. } => "put_off",
        TraceStep::SeenBefore => "seen_before",
        TraceStep::NotTaken => "not_taken",
        TraceStep::Sent { .. } => "sent",
        TraceStep::SentAgain { .. } => "sent_again",
        TraceStep::Delivered => "delivered",
        TraceStep::Stored => "stored",
        TraceStep::Fetched => "fetched",
        TraceStep::AcknowledgedAgain => "acknowledged_again",
        TraceStep::Expired => "expired",
        TraceStep::Refused { .. } => "refused",
        TraceStep::Accepted => "accepted",
        TraceStep::Asked => "asked",
        TraceStep::AllowedByApplication => "allowed_by_application",
        TraceStep::ChangedByApplication => "changed_by_application",
        TraceStep::RefusedByApplication { .. } => "refused_by_application",
        _ => "other",
    }
}
