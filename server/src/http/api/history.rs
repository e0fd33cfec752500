//! What is kept of conversations.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use mobileim_hub::store::{Conversation, LogPage, LogPart, LoggedMessage, owner_of_log};
use mobileim_hub::{Refs, ServerHandle};
use mobileim_protocol::mailbox::Position;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Asked;
use super::check::{check_group, check_limit, check_user, cut};
use super::group_words::GroupId;
use super::problem::Problem;
use super::refs::Reply;
use super::users::UserId;
use super::waiting::{MAX_BYTES, answered};

/// What part is to be shown
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Part {
    /// The last messages that have lower numbers than this. Without it and without `after`: the last that there are
    #[param(minimum = 0)]
    before: Option<i64>,
    /// The first messages that have higher numbers than this
    #[param(minimum = 0)]
    after: Option<i64>,
    /// How many at most: 100 if nothing is said
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// What part of them is to be shown
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Page {
    /// Only those with earlier messages: the `next` of the page before
    before: Option<i64>,
    /// How many at most: 100 if nothing is said
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// A part of a conversation
#[derive(Serialize, ToSchema)]
pub(super) struct HistoryPage {
    /// In the order of their numbers
    messages: Vec<HistoryMessage>,
    /// Whether there are more in that direction: with `after`, behind these; else before them
    more: bool,
    /// The number of the first message that is kept, and may be read: what is missing before it is not kept any more. If none is, the number
    /// that the next will have
    first: u64,
    /// The number of the last one; 0 if there never was one
    last: u64,
}

/// A message of a conversation
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct HistoryMessage {
    /// Its number in the conversation: the first has 1, and none is missing between two
    seq: u64,
    /// Its sender: a user's id, or 0 for the server
    from: String,
    /// Its fingerprint
    fp: String,
    /// When it was stored, in ms since 1970
    stored_at: i64,
    /// The application's own type of message; -10 if it says how a group has changed
    typeu: i32,
    #[schema(required = true)]
    text: Option<String>,
    /// The message that it replies to
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reply_to: Option<Reply>,
    /// The users whom it mentions
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    mentions: Vec<String>,
    /// Whether it mentions all who read it
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    mentions_all: bool,
}

/// Some of a user's conversations
#[derive(Serialize, ToSchema)]
pub(super) struct ConversationsPage {
    user: String,
    /// Those with the latest messages first
    conversations: Vec<OneConversation>,
    /// If there are more: the `before` of the next page
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next: Option<i64>,
}

/// A conversation of a user's
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct OneConversation {
    /// A user's id, or a group's, which begins with #
    with: String,
    /// The number of the last message that the user may read
    last_seq: u64,
    /// Up to which message the user has read; 0 if none
    read_seq: u64,
    /// How many messages of others stand behind that, counted to 1000
    #[schema(maximum = 1000)]
    unread: u64,
    /// How many of those mention the user, or all
    #[schema(maximum = 1000)]
    mentions: u64,
    /// That message, if it is kept
    #[schema(required = true)]
    last: Option<HistoryMessage>,
}

/// Shows what was written in a group
///
/// All that is kept, also of a group that has ended.
#[utoipa::path(
    get,
    path = "/api/v1/groups/{group}/history",
    operation_id = "group_history",
    tag = "groups",
    params(("group" = GroupId, Path, description = "The group's id", example = "#team"), Part),
    responses(
        (status = 200, description = "A part of it", body = HistoryPage, example = json!({
            "messages": [{
                "seq": 41,
                "from": "alice",
                "fp": "1f0c7a52",
                "storedAt": 1_767_225_600_000_i64,
                "typeu": -1,
                "text": "hi"
            }],
            "more": true,
            "first": 12,
            "last": 41
        })),
        (status = 404, description = "There is no such group, and nothing is kept of one", body = Problem, content_type = "application/problem+json")
    )
)]
pub(super) async fn of_group(
    State(api): Asked,
    group: Result<Path<String>, PathRejection>,
    part: Result<Query<Part>, QueryRejection>,
) -> Result<Json<HistoryPage>, Problem> {
    let Path(group) = group?;
    let Query(part) = part?;
    let group = check_group(group)?;
    let (part, limit) = part.read()?;
    let server = api.serving()?.server;
    if !server.conversation_policy().groups {
        return Err(Problem::not_found("there are no groups on this server"));
    }
    let page = answered(server.group_history(&group, part, limit, MAX_BYTES)).await?;
    if page.last == 0 && server.group_summary(&group).is_none() {
        return Err(Problem::not_found("there is no such group"));
    }
    Ok(Json(page.into()))
}

/// Lists a user's conversations
///
/// Groups that the user is in or was, and, where what two users write to each other is kept, those users. The ones with the latest messages
/// come first; one that gets a message while pages are read may be missing in them.
#[utoipa::path(
    get,
    path = "/api/v1/users/{user}/conversations",
    operation_id = "conversations",
    tag = "users",
    params(("user" = UserId, Path, description = "The user's id", example = "alice"), Page),
    responses(
        (status = 200, description = "The user's conversations", body = ConversationsPage, example = json!({
            "user": "alice",
            "conversations": [{
                "with": "#team",
                "lastSeq": 41,
                "readSeq": 38,
                "unread": 2,
                "mentions": 1,
                "last": {
                    "seq": 41,
                    "from": "alice",
                    "fp": "1f0c7a52",
                    "storedAt": 1_767_225_600_000_i64,
                    "typeu": -1,
                    "text": "hi"
                }
            }],
            "next": 1207
        })),
        (status = 404, description = "There are no groups on this server, and no history", body = Problem, content_type = "application/problem+json")
    )
)]
pub(super) async fn conversations(
    State(api): Asked,
    user: Result<Path<String>, PathRejection>,
    page: Result<Query<Page>, QueryRejection>,
) -> Result<Json<ConversationsPage>, Problem> {
    let Path(user) = user?;
    let Query(Page { before, limit }) = page?;
    check_user(&user)?;
    let limit = check_limit(limit)?;
    let server = api.serving()?.server;
    let policy = server.conversation_policy();
    if !policy.direct && !policy.groups {
        return Err(Problem::not_found(
            "no conversation is kept here: neither groups.enabled nor history.direct is on",
        ));
    }
    let reader: Arc<str> = Arc::from(&*user);
    let before = before.map(Position);
    let mut found = answered(server.conversations(&reader, before, limit + 1)).await?;
    let next = cut(&mut found, limit).map(|last| last.position.0);
    let conversations = found.into_iter();
    let conversations = conversations.filter_map(|found| OneConversation::of(&user, found));
    Ok(Json(ConversationsPage {
        conversations: conversations.collect(),
        user,
        next,
    }))
}

/// Shows what a user and another, or a group, have written
///
/// As far as the user may read it: of a group from where the user joined, or all of it if the group is so, up to where the user left.
#[utoipa::path(
    get,
    path = "/api/v1/users/{user}/history/{with}",
    operation_id = "history",
    tag = "users",
    params(
        ("user" = UserId, Path, description = "The user's id", example = "alice"),
        ("with" = UserId, Path, description = "The id of the other user, or of a group", example = "bob"),
        Part
    ),
    responses(
        (status = 200, description = "A part of it", body = HistoryPage, example = json!({
            "messages": [{
                "seq": 7,
                "from": "bob",
                "fp": "77ab20d1",
                "storedAt": 1_767_225_600_000_i64,
                "typeu": -1,
                "text": "hello"
            }],
            "more": false,
            "first": 1,
            "last": 7
        })),
        (status = 404, description = "No history is kept of such conversations", body = Problem, content_type = "application/problem+json")
    )
)]
pub(super) async fn of_user(
    State(api): Asked,
    path: Result<Path<(String, String)>, PathRejection>,
    part: Result<Query<Part>, QueryRejection>,
) -> Result<Json<HistoryPage>, Problem> {
    let Path((user, with)) = path?;
    let Query(part) = part?;
    check_user(&user)?;
    check_user(&with)?;
    let (part, limit) = part.read()?;
    let server = api.serving()?.server;
    check_kept(&server, &user, &with)?;
    let page = server.history(&Arc::from(user), &with, part, limit, MAX_BYTES);
    Ok(Json(answered(page).await?.into()))
}

fn check_kept(server: &ServerHandle, user: &str, with: &str) -> Result<(), Problem> {
    if server.has_log(user, with) {
        return Ok(());
    }
    Err(Problem::not_found(
        "no history is kept of what two users write to each other: history.direct is off",
    ))
}

impl Part {
    fn read(self) -> Result<(LogPart, usize), Problem> {
        let limit = check_limit(self.limit)?;
        let part = match (self.before, self.after) {
            (Some(_), Some(_)) => {
                return Err(Problem::invalid("expected before or after, not both"));
            }
            // The highest number that a store compares with.
            (before, None) => LogPart::Before(number(before.unwrap_or(i64::MAX))?),
            (None, Some(after)) => LogPart::After(number(after)?),
        };
        Ok((part, limit))
    }
}

fn number(seq: i64) -> Result<u64, Problem> {
    u64::try_from(seq).map_err(|_| Problem::invalid("expected a number of a message, from 0"))
}

impl From<LogPage> for HistoryPage {
    fn from(page: LogPage) -> Self {
        Self {
            messages: page
                .messages
                .into_iter()
                .map(HistoryMessage::from)
                .collect(),
            more: page.more,
            first: page.first,
            last: page.last,
        }
    }
}

impl From<LoggedMessage> for HistoryMessage {
    fn from(logged: LoggedMessage) -> Self {
        let decoded = mobileim_protocol::decode(&logged.message.body).ok();
        let refs = Refs::of(&logged.message.body).unwrap_or_default();
        Self {
            seq: logged.seq,
            from: logged.message.from.to_string(),
            fp: logged.message.fp.to_string(),
            stored_at: logged.stored_at,
            typeu: decoded.as_ref().map_or(0, |decoded| decoded.typeu),
            text: decoded.and_then(|decoded| decoded.content.map(Into::into)),
            reply_to: refs.reply_to.map(Reply::from),
            mentions: refs.mentions,
            mentions_all: refs.mentions_all,
        }
    }
}

impl OneConversation {
    fn of(user: &str, found: Conversation) -> Option<Self> {
        Some(Self {
            with: owner_of_log(&found.log)?.seen_by(user).to_owned(),
            last_seq: found.last_seq,
            read_seq: found.read_seq,
            unread: found.unread,
            mentions: found.mentions,
            last: found.last.map(HistoryMessage::from),
        })
    }
}
