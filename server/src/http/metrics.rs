//! `/metrics`: what the server counts, as Prometheus reads it.
//!
//! Nothing in it names a user, an address or a message. What is counted is in [`Stats`]; here it gets its names.

mod asked;

use std::fmt;
use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use mobileim_hub::{Counts, Durations, Label, Stats};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{
    DescriptorEncoder, EncodeLabelSet, EncodeMetric, MetricEncoder, NoLabelSet, text,
};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use tokio::sync::watch;

use super::Looked;
use super::event_metrics;
use super::process::Usage;
use super::shared::Shared;
use crate::events::EventLog;
use crate::status::{Parts, Status};
use crate::submissions::{Delivering, SubmissionStats};

const CONTENT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Answers scrapes.
pub(super) fn route(http: Arc<Shared>) -> MethodRouter<watch::Receiver<Status>> {
    get(async move |looked: Looked| answer(&looked, &http))
}

/// Answers a scrape. Before the server serves there are only its process and HTTP to tell of.
fn answer(State(status): &Looked, http: &Arc<Shared>) -> Response {
    let status = status.borrow().clone();
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Sample {
        is_serving: matches!(status, Status::Serving(_)),
        counted: status.parts().map(Counted::read),
        http: Arc::clone(http),
        usage: Usage::read(),
    }));
    let mut text = String::new();
    text::encode(&mut text, &registry).expect("a string takes all");
    ([(CONTENT_TYPE, CONTENT)], text).into_response()
}

/// Everything at one time.
#[derive(Debug)]
struct Sample {
    is_serving: bool,
    counted: Option<Counted>,
    http: Arc<Shared>,
    usage: Option<Usage>,
}

/// What a server that serves has counted.
#[derive(Debug)]
struct Counted {
    stats: Stats,
    known_users: usize,
    connections: usize,
    outgoing: usize,
    submissions: Option<SubmissionStats>,
    store_works: bool,
    events: Option<EventLog>,
}

impl Collector for Sample {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut page = Page(encoder);
        page.gauge(
            "mobileim_serving",
            "Whether clients are served: 1, or 0 in a standby and in a server that stops",
            f64::from(u8::from(self.is_serving)),
        )?;
        page.info("mobileim_build", "The server's version")?;
        if let Some(counted) = &self.counted {
            counted.users(&mut page)?;
            counted.messages(&mut page)?;
            asked::encode(&counted.stats, &mut page)?;
            counted.store(&mut page)?;
            if let Some(submissions) = &counted.submissions {
                super::submissions::encode(submissions, &mut page)?;
            }
            if let Some(events) = &counted.events {
                event_metrics::write(events, &mut page)?;
            }
        }
        requests(&self.http, &mut page)?;
        match &self.usage {
            Some(usage) => usage.encode(&mut page),
            None => Ok(()),
        }
    }
}

impl Counted {
    fn read(parts: &Parts) -> Self {
        let Parts {
            server,
            admission,
            submissions,
            events,
            ..
        } = parts;
        Self {
            stats: server.stats(),
            known_users: server.view().known_users(),
            connections: admission.open(),
            outgoing: admission.outgoing(),
            submissions: submissions.as_ref().map(Delivering::stats),
            store_works: server.driver().store_trouble().is_none(),
            events: events.clone(),
        }
    }

    fn users(&self, page: &mut Page<'_>) -> fmt::Result {
        let stats = &self.stats;
        page.counter(
            "mobileim_panics",
            "Faults in the server that ended a connection, and not the server",
            number(stats.panics),
        )?;
        page.gauges(
            "mobileim_sessions",
            "Sessions now",
            by("transport", &stats.sessions),
        )?;
        page.counters(
            "mobileim_sessions_begun",
            "Sessions that began",
            by("transport", &stats.sessions_begun),
        )?;
        page.counters(
            "mobileim_sessions_ended",
            "Sessions that ended",
            by("reason", &stats.sessions_ended),
        )?;
        page.gauge(
            "mobileim_connections",
            "TCP and WebSocket connections now, logged in or not",
            number(self.connections as u64),
        )?;
        page.gauge(
            "mobileim_send_queue_bytes",
            "What waits to be written to them, but for less than 16 KiB each",
            number(self.outgoing as u64),
        )?;
        page.counters(
            "mobileim_connections_closed_without_session",
            "TCP and WebSocket connections that ended without a session",
            by("reason", &stats.closed_without_session),
        )?;
        page.counter(
            "mobileim_connections_refused",
            "Connections that were closed at once, as there were as many as may be",
            number(stats.refused_connections),
        )?;
        page.counter(
            "mobileim_failed_openings",
            "Connections that did not get as far as speaking: no TLS handshake, no PROXY header of a trusted proxy",
            number(stats.failed_openings),
        )?;
        page.counters("mobileim_logins", "Logins", by("outcome", &stats.logins))?;
        page.gauge(
            "mobileim_known_users",
            "Users who are online, or for whom something is under way or remembered",
            number(self.known_users as u64),
        )
    }

    fn messages(&self, page: &mut Page<'_>) -> fmt::Result {
        let stats = &self.stats;
        page.counters(
            "mobileim_messages",
            "Messages by what became of them; one that is stored is counted again when it is fetched",
            stats.messages.iter().map(|((kind, outcome), count)| {
                ([("kind", kind.name()), ("outcome", outcome.name())], count)
            }),
        )?;
        page.histogram(
            "mobileim_delivery_seconds",
            "From when a message came until its receiver had acknowledged it, of those that were not stored",
            &stats.delivery,
        )?;
        page.histogram(
            "mobileim_storing_seconds",
            "From when a message came until it was durable: how long a silent receiver was waited for, and the store",
            &stats.storing,
        )?;
        page.counter(
            "mobileim_retransmissions",
            "Messages that were sent again on the same session, as they were not acknowledged in time",
            number(stats.retransmissions),
        )?;
        page.gauge(
            "mobileim_mailbox_bytes",
            "What mailboxes hold in memory, but for less than 4 KiB each",
            number(stats.mailbox_bytes),
        )?;
        page.counter(
            "mobileim_messages_short_of_memory",
            "Messages that mailboxes had no room for, as all together had too little left: stored at once, or not taken",
            number(stats.short_of_memory),
        )?;
        page.counter(
            "mobileim_invalid_bodies",
            "Bodies that were no valid message, or too long for one",
            number(stats.invalid),
        )?;
        page.counter(
            "mobileim_lost_datagrams",
            "Datagrams that could not be sent, or were not as too many waited",
            number(stats.lost_datagrams),
        )?;
        page.counter(
            "mobileim_forged_datagrams",
            "Datagrams with the address of a session that are somebody else's, and were dropped",
            number(stats.forged_datagrams),
        )
    }

    fn store(&self, page: &mut Page<'_>) -> fmt::Result {
        let store = &self.stats.store;
        page.gauge(
            "mobileim_store_up",
            "Whether the store took what it was given last: 1 or 0",
            if self.store_works { 1.0 } else { 0.0 },
        )?;
        page.counter(
            "mobileim_store_messages_stored",
            "Messages that the database made durable",
            number(store.stored),
        )?;
        if let Some(amount) = store.amount {
            page.gauge(
                "mobileim_store_messages",
                "Messages that are stored now",
                number(amount.messages),
            )?;
            page.gauge(
                "mobileim_store_bytes",
                "What they count: their bodies, and 512 bytes each",
                number(amount.bytes),
            )?;
        }
        if let Some(disk) = store.disk {
            page.gauge(
                "mobileim_store_disk_free_bytes",
                "Free room of the disk that the store is on",
                number(disk.free),
            )?;
            page.gauge(
                "mobileim_store_disk_min_free_bytes",
                "How much of it is to stay free",
                number(disk.min_free),
            )?;
            page.gauge(
                "mobileim_store_disk_low",
                "Whether there is less, so that messages are refused: 1 or 0",
                f64::from(u8::from(disk.is_low)),
            )?;
        }
        page.counters(
            "mobileim_store_messages_refused",
            "Messages that were refused, as much as may be was stored, by the limit that was reached",
            samples(
                "limit",
                [
                    ("max-stored", store.refused.messages),
                    ("max-stored-bytes", store.refused.bytes),
                    ("max-stored-bytes-in-all", store.refused.bytes_in_all),
                    ("min-free-disk", store.refused.disk),
                ],
            ),
        )?;
        page.counter(
            "mobileim_store_messages_expired",
            "Messages that were removed unread, as they had waited as long as they may",
            number(store.expired),
        )?;
        page.gauge(
            "mobileim_store_queued_bytes",
            "Memory of what waits for the database",
            number(store.queued_bytes),
        )?;
        page.histogram(
            "mobileim_store_transaction_seconds",
            "How long the transactions of the database took, from begin to commit",
            &store.transactions,
        )
    }
}

/// What HTTP has counted.
fn requests(http: &Shared, page: &mut Page<'_>) -> fmt::Result {
    let of_api = http.api.read().into_iter();
    page.counters(
        "mobileim_api_requests",
        "Requests to the API by operation and status",
        of_api.map(|(operation, status, count)| {
            (
                [("operation", operation.to_owned()), ("status", status)],
                count,
            )
        }),
    )?;
    let hits = &http.hits;
    page.counters(
        "mobileim_http_limit_hits",
        "How often a limit of HTTP was hit",
        samples(
            "limit",
            [
                ("connections", &hits.connections),
                ("head", &hits.head),
                ("head_time", &hits.head_time),
                ("time", &hits.time),
                ("body", &hits.body),
            ]
            .map(|(limit, counter)| (limit, counter.read())),
        ),
    )?;
    let logins = &http.logins;
    page.counters(
        "mobileim_password_logins",
        "Requests for a token for a password",
        samples(
            "outcome",
            [
                ("given", &logins.given),
                ("wrong", &logins.wrong),
                ("too_many", &logins.too_many),
                ("busy", &logins.busy),
                ("invalid", &logins.invalid),
                ("origin_not_allowed", &logins.origin_not_allowed),
            ]
            .map(|(outcome, counter)| (outcome, counter.read())),
        ),
    )
}

/// What is being written. Names are without `_total`, which belongs to each counter.
pub(super) struct Page<'a>(DescriptorEncoder<'a>);

impl Page<'_> {
    fn metric(
        &mut self,
        name: &str,
        help: &str,
        kind: MetricType,
        write: impl FnOnce(MetricEncoder<'_>) -> fmt::Result,
    ) -> fmt::Result {
        write(self.0.encode_descriptor(name, help, None, kind)?)
    }

    pub(super) fn counter(&mut self, name: &str, help: &str, count: f64) -> fmt::Result {
        self.metric(name, help, MetricType::Counter, |encoder| {
            ConstCounter::new(count).encode(encoder)
        })
    }

    pub(super) fn gauge(&mut self, name: &str, help: &str, value: f64) -> fmt::Result {
        self.metric(name, help, MetricType::Gauge, |encoder| {
            ConstGauge::new(value).encode(encoder)
        })
    }

    /// One counter for each value of labels.
    pub(super) fn counters<S: EncodeLabelSet>(
        &mut self,
        name: &str,
        help: &str,
        counts: impl IntoIterator<Item = (S, u64)>,
    ) -> fmt::Result {
        self.metric(name, help, MetricType::Counter, |mut encoder| {
            for (labels, count) in counts {
                family(&mut encoder, &labels, &ConstCounter::new(count))?;
            }
            Ok(())
        })
    }

    /// The same for what can become fewer.
    pub(super) fn gauges<S: EncodeLabelSet>(
        &mut self,
        name: &str,
        help: &str,
        counts: impl IntoIterator<Item = (S, u64)>,
    ) -> fmt::Result {
        self.metric(name, help, MetricType::Gauge, |mut encoder| {
            for (labels, count) in counts {
                family(&mut encoder, &labels, &ConstGauge::new(number(count)))?;
            }
            Ok(())
        })
    }

    pub(super) fn histogram(
        &mut self,
        name: &str,
        help: &str,
        durations: &Durations,
    ) -> fmt::Result {
        self.metric(name, help, MetricType::Histogram, |encoder| {
            histogram(encoder, durations)
        })
    }

    /// One histogram for each value of labels.
    fn histograms<S: EncodeLabelSet, const N: usize>(
        &mut self,
        name: &str,
        help: &str,
        all: [(S, &Durations); N],
    ) -> fmt::Result {
        self.metric(name, help, MetricType::Histogram, |mut encoder| {
            all.into_iter().try_for_each(|(labels, durations)| {
                histogram(encoder.encode_family(&labels)?, durations)
            })
        })
    }

    fn info(&mut self, name: &str, help: &str) -> fmt::Result {
        self.metric(name, help, MetricType::Info, |mut encoder| {
            encoder.encode_info(&[("version", env!("CARGO_PKG_VERSION"))])
        })
    }
}

/// Counts as samples, by the values of one label.
fn by<L: Label>(
    label: &'static str,
    counts: &Counts<L>,
) -> impl Iterator<Item = ([(&'static str, &'static str); 1], u64)> {
    counts
        .iter()
        .map(move |(value, count)| ([(label, value.name())], count))
}

/// The same of values that have only names.
pub(super) fn samples<const N: usize>(
    label: &'static str,
    counts: [(&'static str, u64); N],
) -> [([(&'static str, &'static str); 1], u64); N] {
    counts.map(|(value, count)| ([(label, value)], count))
}

fn histogram(mut encoder: MetricEncoder<'_>, durations: &Durations) -> fmt::Result {
    let buckets: Vec<_> = durations
        .buckets()
        .map(|(bound, count)| {
            (
                bound.map_or(f64::INFINITY, |bound| bound.as_secs_f64()),
                count,
            )
        })
        .collect();
    let (sum, count) = (durations.sum().as_secs_f64(), durations.count());
    encoder.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)
}

fn family(
    encoder: &mut MetricEncoder<'_>,
    labels: &impl EncodeLabelSet,
    metric: &impl EncodeMetric,
) -> fmt::Result {
    metric.encode(encoder.encode_family(labels)?)
}

/// A count, as Prometheus has it: exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "said above")]
pub(super) const fn number(count: u64) -> f64 {
    count as f64
}
