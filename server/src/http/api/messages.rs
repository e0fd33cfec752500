//! Messages of the server.

use std::collections::HashSet;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use mobileim_hub::{Push, Sent};
use mobileim_protocol::{MAX_ID_LEN, is_fingerprint};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::problem::Problem;
use super::users::UserId;
use super::{Asked, check_users};

/// To so many users a message is sent before others have their turn.
const AT_ONCE: usize = 16;

/// A message of the server
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Message {
    /// The ids of its receivers. Who is named twice gets it once
    #[schema(min_items = 1, max_items = 1000, value_type = Vec<UserId>)]
    to: Vec<String>,
    /// Its text
    text: String,
    /// The application's own type of message
    #[serde(default = "no_type")]
    #[schema(default = -1)]
    typeu: i32,
    /// Whether it is kept until its receiver has it. If not, it goes to who is online
    #[serde(default = "with_qos")]
    #[schema(default = true)]
    qos: bool,
    /// Its fingerprint. With qos, what is sent again with it is not delivered twice to the same user. Made up if there is none
    #[schema(min_length = 1, max_length = 256)]
    fp: Option<String>,
}

const fn no_type() -> i32 {
    -1
}

const fn with_qos() -> bool {
    true
}

/// What became of a message at once
#[derive(Serialize, ToSchema)]
pub(super) struct Outcomes {
    /// Its fingerprint
    fp: String,
    /// Its receivers, in the order of the request
    receivers: Vec<Receiver>,
}

/// What became of a message to one user at once
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Receiver {
    user: String,
    outcome: Outcome,
    /// With `too_long`, the most bytes that are taken, as JSON with all that goes with the text
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    max_length: Option<usize>,
}

/// What became of it: `on_its_way`, also if the user is offline and it is to wait; repeated, one with this fingerprint came before, and
/// this one goes nowhere; offline, without qos; `no_room`, for now: send it again a little
/// later; `too_long` for the user's clients
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    OnItsWay,
    Repeated,
    Offline,
    NoRoom,
    TooLong,
}

/// Sends a message as the server
///
/// On its way is not delivered yet. If no answer comes, or for some there was no room, send it again with the same fingerprint.
#[utoipa::path(
    post,
    path = "/api/v1/messages",
    operation_id = "send",
    tag = "messages",
    request_body(content = Message, example = json!({
        "to": ["alice", "bob"],
        "text": "Your order is on its way",
        "typeu": 7,
        "fp": "order-4711-sent"
    })),
    responses((status = 200, description = "What became of it for each", body = Outcomes, example = json!({
        "fp": "order-4711-sent",
        "receivers": [
            { "user": "alice", "outcome": "on_its_way" },
            { "user": "bob", "outcome": "no_room" }
        ]
    })))
)]
pub(super) async fn send(
    State(api): Asked,
    message: Result<Json<Message>, JsonRejection>,
) -> Result<Json<Outcomes>, Problem> {
    let Json(Message {
        mut to,
        text: content,
        typeu,
        qos,
        fp,
    }) = message?;
    check_users(&to)?;
    let mut seen = HashSet::new();
    to.retain(|user| seen.insert(user.clone()));
    if !fp.as_deref().is_none_or(is_fingerprint) {
        return Err(Problem::invalid(format!(
            "expected a fingerprint of 1 to {MAX_ID_LEN} bytes"
        )));
    }
    let fp = match fp {
        Some(fp) => fp,
        None => api.serving()?.server.new_fingerprint(),
    };
    let push = Push {
        content,
        typeu,
        qos,
    };
    let mut receivers = Vec::with_capacity(to.len());
    for (number, user) in to.into_iter().enumerate() {
        if number % AT_ONCE == AT_ONCE - 1 {
            tokio::task::yield_now().await;
        }
        // It may stop meanwhile: what is left then is sent again.
        let sent = api.serving()?.server.send_as(&fp, &user, &push);
        receivers.push(Receiver::of(user, sent));
    }
    Ok(Json(Outcomes { fp, receivers }))
}

impl Receiver {
    fn of(user: String, sent: Sent) -> Self {
        let (outcome, max_length) = match sent {
            Sent::OnItsWay => (Outcome::OnItsWay, None),
            Sent::Repeated => (Outcome::Repeated, None),
            Sent::Offline => (Outcome::Offline, None),
            Sent::TooLong { limit } => (Outcome::TooLong, Some(limit)),
            _ => (Outcome::NoRoom, None),
        };
        Self {
            user,
            outcome,
            max_length,
        }
    }
}
