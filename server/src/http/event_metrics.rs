//! What is counted of events.

use std::fmt;

use mobileim_hub::Clock as _;

use super::metrics::{Page, number, samples};
use crate::clock::SystemClock;
use crate::events::{Counted, EventLog};

pub(super) fn write(log: &EventLog, page: &mut Page<'_>) -> fmt::Result {
    let Counted {
        recorded,
        dropped,
        lost,
        stored,
        bytes,
        lags,
    } = log.counted();
    page.counters(
        "mobileim_events_recorded",
        "Events that were recorded for back ends, by type",
        recorded
            .into_iter()
            .map(|(kind, count)| ([("type", kind)], count)),
    )?;
    page.counter(
        "mobileim_events_lost",
        "Events that could not be recorded, as the database did not take them and too many waited",
        number(lost),
    )?;
    page.counter(
        "mobileim_events_dropped",
        "Events that were removed before everybody had read them, as there were too many or they were too old",
        number(dropped),
    )?;
    page.gauge(
        "mobileim_events_kept",
        "Events that are kept now",
        number(stored),
    )?;
    page.gauge(
        "mobileim_events_kept_bytes",
        "What they count",
        number(bytes),
    )?;
    let now = SystemClock::new().unix_millis();
    let waiting =
        |since: Option<i64>| since.map_or(0, |since| now.saturating_sub(since).max(0) / 1000);
    page.gauges(
        "mobileim_event_consumer_behind",
        "By how many events a consumer is behind the newest",
        lags.iter()
            .map(|(name, lag)| ([("consumer", name.clone())], lag.events)),
    )?;
    page.gauges(
        "mobileim_event_consumer_behind_seconds",
        "For how long the first event waits that a consumer has not; of one that is far behind, at least",
        lags.iter().map(|(name, lag)| {
            ([("consumer", name.clone())], waiting(lag.since).unsigned_abs())
        }),
    )?;
    let sendings = log.sendings();
    page.counters(
        "mobileim_event_webhook_requests",
        "Requests with events to the back end by outcome",
        samples("outcome", sendings.outcomes()),
    )?;
    page.histogram(
        "mobileim_event_webhook_seconds",
        "How long the back end took to take events",
        &sendings.time(),
    )
}
