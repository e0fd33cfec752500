//! Messages of the server, and of the back end in the name of users.

use std::collections::HashSet;
use std::time::Duration;

use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::{Extension, Json};
use mobileim_hub::{Push, ServerHandle, is_group_id};
use mobileim_protocol::{SERVER, codes};
use serde::Deserialize;
use utoipa::ToSchema;

use super::Asked;
use super::check::{check_fingerprint, check_user, check_users};
use super::outcomes::{Awaited, Outcomes};
use super::problem::Problem;
use super::refs::{Reply, refs};
use super::users::UserId;
use crate::auth::{ApiKey, Scope};

/// To so many users a message is sent before others have their turn.
const AT_ONCE: usize = 16;

/// How long it is waited at most, and if nothing is said, in ms. The latter is longer than a receiver has before a message is stored.
const MAX_WAIT: u64 = 30_000;
const WAIT: u64 = 500;

/// The longest time to live, in seconds: a year.
const MAX_TTL: u64 = 366 * 24 * 60 * 60;

/// A message of the server, or of the back end in the name of a user
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Message {
    /// In whose name it is sent, which needs the scope `send:as-user`: its receivers get it as that user's message, and acknowledge it so.
    /// The user's own clients hear nothing of it. Without it, it is the server's, which needs the scope `send`
    #[schema(value_type = Option<UserId>)]
    from: Option<String>,
    /// The ids of its receivers, or of groups. Who is named twice gets it once
    #[schema(min_items = 1, max_items = 1000, value_type = Vec<UserId>)]
    to: Vec<String>,
    /// Its fingerprint. What is kept, and sent again with it, is not delivered twice to the same user. Made up if there is none
    #[schema(min_length = 1, max_length = 256)]
    fp: Option<String>,
    /// How long the answer waits, in ms, for what becomes of what is kept. It comes as soon as that is known for all receivers
    #[serde(default = "some_time")]
    #[schema(default = 500, maximum = 30_000)]
    wait: u64,
    /// Its text
    text: String,
    /// The application's own type of message
    #[serde(default = "no_type")]
    #[schema(default = -1)]
    typeu: i32,
    /// Whether it is kept until its receiver has it
    #[serde(default)]
    #[schema(inline, default = "kept")]
    class: Class,
    /// How long it may wait for its receiver, in seconds. Later it is not delivered. Without it, as long as the store keeps messages. What is
    /// for a group has none
    #[schema(minimum = 1, maximum = 31_622_400)]
    ttl: Option<u64>,
    /// The message that it replies to
    reply_to: Option<Reply>,
    /// The users whom it mentions. Who has not read it is told how many such there are
    #[serde(default)]
    #[schema(max_items = 100, value_type = Vec<UserId>)]
    mentions: Vec<String>,
    /// Whether it mentions all who read it
    #[serde(default)]
    mentions_all: bool,
}

/// `kept`: until its receiver has it, who may be offline. `fleeting`: it goes to who is online, and nothing says whether it arrives
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Class {
    #[default]
    Kept,
    Fleeting,
}

pub(super) const fn no_type() -> i32 {
    -1
}

const fn some_time() -> u64 {
    WAIT
}

/// Sends a message
///
/// As the server, or in the name of a user. `delivered` and `stored` hold whatever happens; on its way is neither yet. If no answer
/// comes, or for some there was no room, send it again with the same fingerprint.
///
/// Of a group, `stored` is the last word: it stands in the group's history, and comes to all members. If the sender may not write in one of
/// the groups, it goes to nobody.
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
            { "user": "alice", "outcome": "delivered" },
            { "user": "bob", "outcome": "stored" }
        ]
    })),
        (status = 404, description = "There is no such group", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The user is no member of the group, or may not write in it", body = Problem, content_type = "application/problem+json", example = json!({
            "type": "about:blank",
            "title": "Conflict",
            "status": 409,
            "detail": "\"mallory\" is not a member of #team"
        }))
    )
)]
pub(super) async fn send(
    State(api): Asked,
    Extension(key): Extension<ApiKey>,
    message: Result<Json<Message>, JsonRejection>,
) -> Result<Json<Outcomes>, Problem> {
    let Json(Message {
        from,
        mut to,
        fp,
        wait,
        text,
        typeu,
        class,
        ttl,
        reply_to,
        mentions,
        mentions_all,
    }) = message?;
    may_send(&key, from.as_deref())?;
    check_users(&to)?;
    let has_ttl = ttl.is_some();
    let push = Push {
        refs: refs(reply_to, mentions, mentions_all)?,
        ..push(text, typeu, class, ttl)?
    };
    if wait > MAX_WAIT {
        return Err(Problem::invalid(format!(
            "expected to wait for {MAX_WAIT} ms at most"
        )));
    }
    let mut seen = HashSet::new();
    to.retain(|user| seen.insert(user.clone()));
    let server = api.serving()?.server;
    let sender = from.as_deref().unwrap_or(SERVER);
    for to in &to {
        check_written(&server, sender, to, has_ttl)?;
    }
    let fp = match fp {
        Some(fp) => check_fingerprint(fp)?,
        None => server.new_fingerprint(),
    };
    let watch = server.watch(sender, &fp);
    let mut awaited = Awaited::new(watch, to.len());
    for (number, user) in to.into_iter().enumerate() {
        if number % AT_ONCE == AT_ONCE - 1 {
            tokio::task::yield_now().await;
            // It may stop meanwhile: what is left then is sent again.
            api.serving()?;
        }
        let sent = match &from {
            Some(from) => server.send_on_behalf(from, &fp, &user, &push),
            None => server.send_as(&fp, &user, &push),
        };
        awaited.sent(user, sent, push.qos);
    }
    let stops = api.stops();
    let wait = Duration::from_millis(wait);
    tokio::select! {
        () = awaited.settle() => {}
        () = tokio::time::sleep(wait) => {}
        () = stops => {}
    }
    Ok(Json(awaited.outcomes(fp)))
}

/// What is for a group must be from somebody who may write there, and stays in its history.
fn check_written(
    server: &ServerHandle,
    from: &str,
    to: &str,
    has_ttl: bool,
) -> Result<(), Problem> {
    match server.refusal_to_write(from, to) {
        None => {}
        Some(codes::NO_SUCH_GROUP) => {
            return Err(Problem::not_found(format!("there is no such group: {to}")));
        }
        Some(codes::NOT_A_MEMBER) => {
            return Err(Problem::conflict(format!(
                "{from:?} is not a member of {to}"
            )));
        }
        Some(_) => {
            return Err(Problem::conflict(format!("{from:?} may not write in {to}")));
        }
    }
    if has_ttl && server.conversation_policy().groups && is_group_id(to) {
        return Err(Problem::invalid(format!(
            "what is written in a group stays there, and has no ttl: {to}"
        )));
    }
    Ok(())
}

/// Checks in whose name the holder of a key sends.
pub(super) fn may_send(key: &ApiKey, from: Option<&str>) -> Result<(), Problem> {
    let scope = match from {
        None => Scope::Send,
        Some(_) => Scope::SendAsUser,
    };
    if !key.may(scope) {
        return Err(Problem::forbidden(scope));
    }
    from.map_or(Ok(()), check_user)
}

/// What is sent, if it is right.
pub(super) fn push(
    content: String,
    typeu: i32,
    class: Class,
    ttl: Option<u64>,
) -> Result<Push, Problem> {
    if class == Class::Fleeting && ttl.is_some() {
        return Err(Problem::invalid(
            "what is fleeting does not wait, and has no ttl",
        ));
    }
    if !ttl.is_none_or(|ttl| (1..=MAX_TTL).contains(&ttl)) {
        return Err(Problem::invalid(format!(
            "expected a ttl of 1 to {MAX_TTL} seconds"
        )));
    }
    Ok(Push {
        content,
        typeu,
        qos: class == Class::Kept,
        ttl: ttl.map(Duration::from_secs),
        refs: None,
    })
}
