//! What has happened, for back ends that ask.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event as Sent, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream::unfold;
use mobileim_hub::Clock as _;
use serde::{Deserialize, Serialize};
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};

use super::problem::Problem;
use super::{Api, Asked};
use crate::clock::SystemClock;
use crate::events::{Consumer, EventLog, Page, Recorded, Unread, is_consumer_name};
use crate::status::Status;

/// How many events one answer has, unless it is asked for others, and at most.
const FEW: usize = 100;
const MOST: usize = 1000;

/// How far before the newest event one may begin without knowing a position.
const MAX_TAIL: i64 = 1000;

/// How many bytes of events one answer has, about.
const MAX_BYTES: usize = 1 << 20;

/// How long a question may wait for an event, in seconds.
const LONGEST_WAIT: u64 = 30;

/// How long before the end of its connection a stream ends, so that it ends as such.
const END_BEFORE: Duration = Duration::from_secs(5);

const STREAM: &str = "text/event-stream";

/// Where an event stream goes on that was interrupted.
const LAST: &str = "last-event-id";

/// Which events are asked for
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct EventQuestion {
    /// Events behind this position; without it and consumer, from the oldest that is kept
    #[param(minimum = 0)]
    after: Option<i64>,
    /// In place of after, how many positions to begin before the newest event: to look at what happens now
    #[param(minimum = 0, maximum = 1000)]
    tail: Option<usize>,
    /// How many at most
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<usize>,
    /// If there are none, how many seconds to wait for one
    #[param(minimum = 0, maximum = 30, default = 0)]
    wait: Option<u64>,
    /// In place of after, the name of a consumer: those behind the position that is kept for it. A new one begins with the oldest
    #[param(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9._-]+$")]
    consumer: Option<String>,
}

/// Events in their order
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the document")]
pub(super) struct Events {
    events: Vec<RecordedEvent>,
    /// The position to go on behind
    position: i64,
}

/// Something that has happened. docs/events.md says what each type has
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the document")]
pub(super) struct RecordedEvent {
    /// Where it stands
    position: i64,
    /// The same if it is the same event again
    id: String,
    /// What it says, such as online or stored
    #[schema(rename = "type")]
    kind: String,
    /// When, in ms since 1970
    #[schema(required = false)]
    at: i64,
}

/// Reads what has happened
///
/// Those behind a position, in their order. With `Accept: text/event-stream` it is a stream, which goes on behind `Last-Event-ID`.
/// An event of type gap says that events before it are not kept any more.
#[utoipa::path(
    get,
    path = "/api/v1/events",
    operation_id = "events",
    tag = "events",
    params(EventQuestion),
    responses(
        (status = 200, description = "Events", body = Events, example = json!({
            "events": [{
                "position": 7,
                "id": "5e0c3d2a91b04f6b8a7d1c9e0f234567",
                "type": "stored",
                "at": 1_767_225_600_000_i64,
                "from": "alice",
                "to": "bob",
                "fp": "1f0c7a52"
            }],
            "position": 7
        })),
        (status = 404, description = "No events are recorded", body = Problem, content_type = "application/problem+json",
            example = json!({
                "type": "about:blank",
                "title": "Not Found",
                "status": 404,
                "detail": "no events are recorded: events.types says which are"
            }))
    )
)]
pub(super) async fn read(
    State(api): Asked,
    question: Result<Query<EventQuestion>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Query(question) = question?;
    let log = log(&api)?;
    let limit = question.limit.unwrap_or(FEW);
    if !(1..=MOST).contains(&limit) {
        return Err(Problem::invalid(format!(
            "expected a limit from 1 to {MOST}"
        )));
    }
    let wait = question.wait.unwrap_or(0);
    if wait > LONGEST_WAIT {
        return Err(Problem::invalid(format!(
            "expected 0 to {LONGEST_WAIT} seconds to wait"
        )));
    }
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    let is_stream = accepted.is_some_and(|accepted| accepted.contains(STREAM));
    let after = begin(&log, &question, &headers, is_stream).await?;
    let reader = Reader {
        log,
        consumer: question.consumer,
        limit,
        status: api.status.clone(),
    };
    if is_stream {
        let place = place(&api)?;
        let time = api.shared.limits.time.saturating_sub(END_BEFORE);
        return Ok(stream(reader, after, place, time));
    }
    let _place = if wait > 0 { Some(place(&api)?) } else { None };
    let page = reader.next(after, Duration::from_secs(wait)).await?;
    let position = page.last().unwrap_or(after);
    let mut text = page.to_json();
    text.pop();
    let text = format!("{text},\"position\":{position}}}");
    Ok(([(CONTENT_TYPE, "application/json")], text).into_response())
}

/// The position behind which to begin.
async fn begin(
    log: &EventLog,
    question: &EventQuestion,
    headers: &HeaderMap,
    is_stream: bool,
) -> Result<i64, Problem> {
    if let Some(last) = headers.get(LAST).filter(|_| is_stream) {
        let last = last.to_str().ok().and_then(|last| last.parse().ok());
        return last
            .filter(|last: &i64| *last >= 0)
            .ok_or_else(|| Problem::invalid("expected the position of an event in Last-Event-ID"));
    }
    if let Some(tail) = question.tail {
        if question.after.is_some() || question.consumer.is_some() {
            return Err(Problem::invalid(
                "expected after, tail or consumer, and one of them",
            ));
        }
        return match i64::try_from(tail) {
            Ok(tail) if tail <= MAX_TAIL => Ok((log.last() - tail).max(log.removed_through())),
            _ => Err(Problem::invalid(format!(
                "expected a tail from 0 to {MAX_TAIL}"
            ))),
        };
    }
    match (question.after, &question.consumer) {
        (Some(_), Some(_)) => Err(Problem::invalid("expected after or consumer, not both")),
        (Some(after), None) if after >= 0 => Ok(after),
        (Some(_), None) => Err(Problem::invalid("expected a position that is 0 or more")),
        (None, None) => Ok(log.removed_through()),
        (None, Some(name)) => {
            check_name(name)?;
            if let Some(consumer) = log.consumer(name) {
                return Ok(consumer.position);
            }
            let oldest = log.removed_through();
            log.move_consumer(name, Some(oldest)).await?;
            Ok(oldest)
        }
    }
}

/// Who reads.
struct Reader {
    log: EventLog,
    consumer: Option<String>,
    limit: usize,
    status: watch::Receiver<Status>,
}

impl Reader {
    /// The next events, or none if none come in time or the server stops.
    async fn next(&self, after: i64, wait: Duration) -> Result<Page, Problem> {
        self.saw();
        let mut status = self.status.clone();
        let page = tokio::select! {
            page = self.log.read(after, self.limit, MAX_BYTES, wait) => page?,
            _ = status.wait_for(|status| !matches!(status, Status::Serving(_))) => Page::default(),
        };
        self.saw();
        Ok(page)
    }

    fn is_stopping(&self) -> bool {
        !matches!(&*self.status.borrow(), Status::Serving(_))
    }

    /// The consumer is there.
    fn saw(&self) {
        if let Some(name) = &self.consumer {
            self.log
                .saw_consumer(name, SystemClock::new().unix_millis());
        }
    }
}

/// Answers with events as they come.
fn stream(reader: Reader, after: i64, place: OwnedSemaphorePermit, time: Duration) -> Response {
    let ends = Instant::now() + time;
    let told = VecDeque::new();
    let events = unfold((reader, after, told, place), move |state| next(state, ends));
    Sse::new(events)
        .keep_alive(KeepAlive::default())
        .into_response()
}

type Streaming = (Reader, i64, VecDeque<Recorded>, OwnedSemaphorePermit);

async fn next(
    (reader, mut after, mut told, place): Streaming,
    ends: Instant,
) -> Option<(Result<Sent, Infallible>, Streaming)> {
    while told.is_empty() {
        let left = ends.saturating_duration_since(Instant::now());
        if left.is_zero() || reader.is_stopping() {
            return None;
        }
        let page = reader.next(after, left).await.ok()?;
        after = page.last().unwrap_or(after);
        told.extend(page.told());
    }
    let event = told.pop_front()?;
    let sent = Sent::default()
        .id(event.position.to_string())
        .data(event.to_json());
    Some((Ok(sent), (reader, after, told, place)))
}

fn log(api: &Api) -> Result<EventLog, Problem> {
    let parts = api.serving()?;
    parts
        .events
        .ok_or_else(|| Problem::not_found("no events are recorded: events.types says which are"))
}

/// There is a bounded number of questions that wait: each has a connection.
fn place(api: &Api) -> Result<OwnedSemaphorePermit, Problem> {
    Arc::clone(&api.waiting)
        .try_acquire_owned()
        .map_err(|_| Problem::unavailable("as many wait for events as may"))
}

fn check_name(name: &str) -> Result<(), Problem> {
    if is_consumer_name(name) {
        return Ok(());
    }
    Err(Problem::invalid(
        "a consumer's name has 1 to 64 letters, digits, dots, dashes and underscores of ASCII",
    ))
}

impl From<Unread> for Problem {
    fn from(error: Unread) -> Self {
        let detail = error.to_string();
        match error {
            Unread::Fails(_) | Unread::Closed => Self::unavailable(detail),
            Unread::TooManyConsumers => Self::new(StatusCode::CONFLICT, detail),
        }
    }
}

/// Those who read events
#[derive(Serialize, ToSchema)]
pub(super) struct Consumers {
    /// By name
    consumers: Vec<ConsumerState>,
}

/// How far a consumer is
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConsumerState {
    /// webhook is the back end that events are sent to
    name: String,
    /// The last event that it has
    position: i64,
    /// How many positions the newest event is ahead
    behind: i64,
    /// When it came last, in ms since 1970
    seen_at: i64,
}

/// Where a consumer is to go on
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPosition {
    /// The last event that it has
    #[schema(minimum = 0)]
    position: i64,
}

/// Lists those who read events
///
/// Consumers whose position is kept, by name.
#[utoipa::path(
    get,
    path = "/api/v1/events/consumers",
    operation_id = "consumers",
    tag = "events",
    responses(
        (status = 200, description = "The consumers", body = Consumers, example = json!({
            "consumers": [{ "name": "orders", "position": 41, "behind": 1, "seenAt": 1_767_225_600_000_i64 }]
        })),
        (status = 404, description = "No events are recorded", body = Problem, content_type = "application/problem+json",
            example = json!({
                "type": "about:blank",
                "title": "Not Found",
                "status": 404,
                "detail": "no events are recorded: events.types says which are"
            }))
    )
)]
pub(super) async fn list(State(api): Asked) -> Result<Json<Consumers>, Problem> {
    let log = log(&api)?;
    let last = log.last();
    let state = |(name, consumer): (String, Consumer)| ConsumerState {
        name,
        position: consumer.position,
        behind: (last - consumer.position).max(0),
        seen_at: consumer.seen_at,
    };
    let consumers = log.consumers().into_iter().map(state).collect();
    Ok(Json(Consumers { consumers }))
}

/// Notes how far a consumer is
///
/// What it has it does not get again; what all have is not kept. It is made if there is none of this name.
#[utoipa::path(
    put,
    path = "/api/v1/events/consumers/{name}",
    operation_id = "move_consumer",
    tag = "events",
    params(("name" = String, Path, description = "The consumer's name", example = "orders", min_length = 1, max_length = 64,
        pattern = "^[A-Za-z0-9._-]+$")),
    request_body(content = NewPosition, example = json!({ "position": 42 })),
    responses(
        (status = 204, description = "It is noted"),
        (status = 404, description = "No events are recorded", body = Problem, content_type = "application/problem+json",
            example = json!({
                "type": "about:blank",
                "title": "Not Found",
                "status": 404,
                "detail": "no events are recorded: events.types says which are"
            })),
        (status = 409, description = "There are as many consumers as there may be", body = Problem,
            content_type = "application/problem+json", example = json!({
                "type": "about:blank",
                "title": "Conflict",
                "status": 409,
                "detail": "there are as many consumers as there may be"
            }))
    )
)]
pub(super) async fn put(
    State(api): Asked,
    name: Result<Path<String>, PathRejection>,
    position: Result<Json<NewPosition>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let Path(name) = name?;
    let Json(NewPosition { position }) = position?;
    let log = log(&api)?;
    check_name(&name)?;
    if name == EventLog::WEBHOOK {
        return Err(Problem::invalid(
            "webhook is the back end that events are sent to: it moves by taking them",
        ));
    }
    let last = log.last();
    if !(0..=last).contains(&position) {
        return Err(Problem::invalid(format!(
            "expected a position from 0 to {last}, which is that of the newest event"
        )));
    }
    log.move_consumer(&name, Some(position)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a consumer
///
/// No events are kept for it any more.
#[utoipa::path(
    delete,
    path = "/api/v1/events/consumers/{name}",
    operation_id = "remove_consumer",
    tag = "events",
    params(("name" = String, Path, description = "The consumer's name", example = "orders", min_length = 1, max_length = 64,
        pattern = "^[A-Za-z0-9._-]+$")),
    responses(
        (status = 204, description = "It is removed"),
        (status = 404, description = "There is no such consumer", body = Problem, content_type = "application/problem+json",
            example = json!({
                "type": "about:blank",
                "title": "Not Found",
                "status": 404,
                "detail": "there is no such consumer"
            }))
    )
)]
pub(super) async fn remove(
    State(api): Asked,
    name: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, Problem> {
    let Path(name) = name?;
    let log = log(&api)?;
    check_name(&name)?;
    if log.consumer(&name).is_none() {
        return Err(Problem::not_found("there is no such consumer"));
    }
    log.move_consumer(&name, None).await?;
    Ok(StatusCode::NO_CONTENT)
}
