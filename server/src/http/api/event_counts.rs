//! What is counted of events, and of the back end that they are sent to.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::stats::Named;
use crate::events::{AfterError, EventLog, SendingError, Sendings};
use crate::outgoing::Failure;
use crate::webhook::NoAnswer;

/// What was recorded of what happens
#[derive(Serialize, ToSchema)]
pub(super) struct EventCounts {
    /// Events that were recorded, by type
    #[schema(value_type = BTreeMap<String, u64>)]
    recorded: Named,
    /// Events that could not be recorded
    lost: u64,
    /// Events that were removed before everybody had read them
    dropped: u64,
    /// Events that are kept now
    kept: u64,
    /// What they count now, in bytes
    bytes: u64,
    /// By how many events each consumer is behind the newest now; webhook is the back end that they are sent to
    behind: BTreeMap<String, u64>,
    /// Not there if events are sent nowhere
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    webhook: Option<EventWebhook>,
}

/// The back end that events are sent to
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct EventWebhook {
    /// Requests with events, by what came of them
    #[schema(value_type = BTreeMap<String, u64>)]
    requests: Named,
    /// Why events were not taken last. Not there if they always were
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    last_error: Option<EventError>,
}

/// Why events were not taken last. Nothing of what was sent is in it, and nothing of the URL that it was sent to
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct EventError {
    kind: EventErrorKind,
    /// What it was answered with, if that is why
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    status: Option<u16>,
    /// The same for people
    text: String,
    /// When the first of the requests failed that failed in a row, in ms since 1970
    since: i64,
    /// When the last of them failed, in ms since 1970
    at: i64,
    /// How many they are
    tries: u64,
    /// When it is tried again, in ms since 1970. Not there if events were taken since
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_at: Option<i64>,
    /// When events were taken again, in ms since 1970. Not there if they were not
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    taken_at: Option<i64>,
}

/// What kind of error: `status`, it answers with a status that is no success; `too_slow`, it does not answer in time (`events.timeout`);
/// `certificate`, its certificate is not trusted or another one's; `redirect`, it is said to be elsewhere, which is not followed; `no_answer`,
/// it cannot be reached or breaks off
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum EventErrorKind {
    Status,
    TooSlow,
    Certificate,
    Redirect,
    NoAnswer,
}

impl EventCounts {
    pub(super) fn read(log: &EventLog) -> Self {
        let counted = log.counted();
        let lags = counted.lags.into_iter();
        let sendings = log.sendings();
        let is_sent = sendings.address().is_some();
        Self {
            recorded: counted.recorded.into_iter().collect(),
            lost: counted.lost,
            dropped: counted.dropped,
            kept: counted.stored,
            bytes: counted.bytes,
            behind: lags.map(|(name, lag)| (name, lag.events)).collect(),
            webhook: is_sent.then(|| EventWebhook::read(sendings)),
        }
    }
}

impl EventWebhook {
    fn read(sendings: &Sendings) -> Self {
        Self {
            requests: sendings.outcomes().into(),
            last_error: sendings.last_error().map(EventError::from),
        }
    }
}

impl From<SendingError> for EventError {
    fn from(error: SendingError) -> Self {
        let (next_at, taken_at) = match error.next {
            AfterError::TriedAgain(at) => (Some(at), None),
            AfterError::Taken(at) => (None, Some(at)),
        };
        Self {
            kind: EventErrorKind::of(&error.why),
            status: match &error.why {
                NoAnswer::Failed(Failure::Status(status)) => Some(status.as_u16()),
                _ => None,
            },
            text: error.why.to_string(),
            since: error.since,
            at: error.at,
            tries: error.tries,
            next_at,
            taken_at,
        }
    }
}

impl EventErrorKind {
    const fn of(why: &NoAnswer) -> Self {
        match why {
            NoAnswer::Failed(Failure::Status(_)) => Self::Status,
            NoAnswer::Failed(Failure::TooSlow(_)) => Self::TooSlow,
            NoAnswer::Failed(Failure::Certificate(_)) => Self::Certificate,
            NoAnswer::Failed(Failure::Redirect(_)) => Self::Redirect,
            // A long answer is one.
            NoAnswer::Busy | NoAnswer::Failed(Failure::NoAnswer(_) | Failure::TooLong(_)) => {
                Self::NoAnswer
            }
        }
    }
}
