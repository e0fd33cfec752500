//! What the server counts, for who looks at it now: metrics have all of it, for those who keep it.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Json;
use axum::extract::State;
use mobileim_hub::store::StoreStats;
use mobileim_hub::{AskedStats, AuthStats, Counts, Durations, Label};
use serde::Serialize;
use utoipa::ToSchema;

use super::event_counts::EventCounts;
use super::problem::Problem;

/// By name
pub(super) type Named = BTreeMap<&'static str, u64>;

/// What the server counts. What is not said to be now is since it began to serve
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Statistics {
    /// Now, in ms since 1970
    at: u64,
    /// For how long it has served, in seconds
    uptime: u64,
    /// The sessions now, by transport
    #[schema(value_type = BTreeMap<String, u64>)]
    sessions: Named,
    /// The TCP and WebSocket connections now, logged in or not
    connections: u64,
    /// Users who are online, or for whom something is under way or remembered, now
    known_users: u64,
    /// What became of logins
    #[schema(value_type = BTreeMap<String, u64>)]
    logins: Named,
    /// What became of messages, by outcome
    #[schema(value_type = BTreeMap<String, u64>)]
    messages: Named,
    delivery: Times,
    storing: Times,
    /// Messages that were sent again on the same session, as they were not acknowledged in time
    retransmissions: u64,
    /// What mailboxes hold in memory now, in bytes
    mailbox_bytes: u64,
    /// What waits to be written to connections now, in bytes
    send_queue_bytes: u64,
    store: Storage,
    webhooks: Webhooks,
    /// Not there if no events are recorded
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    events: Option<EventCounts>,
    /// What is wrong now, in words
    troubles: Vec<String>,
}

/// What the back end was asked
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Webhooks {
    login: Asked,
    before_c2c: Asked,
    before_c2s: Asked,
}

/// What became of a question to the back end
#[derive(Serialize, ToSchema)]
pub(super) struct Asked {
    /// Logins or messages about which it was asked, or was to be, by what came of it
    #[schema(value_type = BTreeMap<String, u64>)]
    outcomes: Named,
    /// Requests in which it was asked, by what came of them; one may be about many messages
    #[schema(value_type = BTreeMap<String, u64>)]
    requests: Named,
    time: Times,
}

/// How long something took, in classes. Each has how many took longer than the class before it, and no longer than its bound
#[derive(Serialize, ToSchema)]
pub(super) struct Times {
    /// The bounds of the classes, in seconds. The last class has none
    bounds: Vec<f64>,
    /// How many there were in each class, one more than there are bounds
    counts: Vec<u64>,
}

/// What the message store has, and has done
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Storage {
    /// Whether it took what it was given last
    works: bool,
    /// Messages that the database made durable
    stored: u64,
    /// Messages that are stored now
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    messages: Option<u64>,
    /// What they count now, in bytes
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    bytes: Option<u64>,
    /// Free room of its disk now, in bytes
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    disk_free: Option<u64>,
    /// Whether that is less than is to stay free, so that messages are refused
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    disk_low: Option<bool>,
    /// Messages that were refused, by the limit that was reached
    #[schema(value_type = BTreeMap<String, u64>)]
    refused: Named,
    /// Messages that were removed unread, as they had waited as long as they may
    expired: u64,
    /// Memory of what waits for the database now, in bytes
    queued_bytes: u64,
    transactions: Times,
}

fn named<L: Label>(counts: &Counts<L>) -> Named {
    let counts = counts.iter();
    counts.map(|(label, count)| (label.name(), count)).collect()
}

impl From<&Durations> for Times {
    fn from(durations: &Durations) -> Self {
        let (bounds, counts): (Vec<_>, Vec<_>) = durations.buckets().unzip();
        let bounds = bounds.into_iter().flatten();
        Self {
            bounds: bounds.map(|bound| bound.as_secs_f64()).collect(),
            counts,
        }
    }
}

impl Storage {
    fn new(store: &StoreStats, works: bool) -> Self {
        Self {
            works,
            stored: store.stored,
            messages: store.amount.map(|amount| amount.messages),
            bytes: store.amount.map(|amount| amount.bytes),
            disk_free: store.disk.map(|disk| disk.free),
            disk_low: store.disk.map(|disk| disk.is_low),
            refused: [
                ("max-stored", store.refused.messages),
                ("max-stored-bytes", store.refused.bytes),
                ("max-stored-bytes-in-all", store.refused.bytes_in_all),
                ("min-free-disk", store.refused.disk),
            ]
            .into(),
            expired: store.expired,
            queued_bytes: store.queued_bytes,
            transactions: Times::from(&store.transactions),
        }
    }
}

impl Asked {
    /// Of logins, of which each has a request of its own unless the answer is known.
    fn about_logins(auth: &AuthStats) -> Self {
        Self {
            outcomes: [
                ("answered", auth.webhook_answered),
                ("cached", auth.webhook_cached),
                ("busy", auth.webhook_busy),
            ]
            .into(),
            requests: [
                ("answered", auth.webhook_answered),
                ("failed", auth.webhook_failed),
                ("too_slow", auth.webhook_too_slow),
                ("invalid", auth.webhook_invalid),
            ]
            .into(),
            time: Times::from(&auth.webhook_time),
        }
    }

    fn about_messages(asked: &AskedStats) -> Self {
        Self {
            outcomes: asked.outcomes().into(),
            requests: asked.requests().into(),
            time: Times::from(&asked.time),
        }
    }
}

/// Looks at what the server counts
///
/// The counters that the admin page draws. `/metrics` has more, for Prometheus.
#[utoipa::path(
    get,
    path = "/api/v1/stats",
    operation_id = "stats",
    tag = "server",
    responses((status = 200, description = "The counters", body = Statistics, example = json!({
        "at": 1_767_225_600_000_u64,
        "uptime": 3600,
        "sessions": { "tcp": 2, "udp": 0, "websocket": 40 },
        "connections": 43,
        "knownUsers": 57,
        "logins": { "accepted": 61, "refused": 2 },
        "messages": { "delivered": 1200, "stored": 31 },
        "delivery": { "bounds": [0.001, 0.01], "counts": [1100, 99, 1] },
        "storing": { "bounds": [0.001, 0.01], "counts": [0, 30, 1] },
        "retransmissions": 3,
        "mailboxBytes": 4096,
        "sendQueueBytes": 0,
        "webhooks": {
            "login": { "outcomes": { "answered": 61 }, "requests": { "answered": 61 }, "time": { "bounds": [0.1], "counts": [60, 1] } },
            "beforeC2c": { "outcomes": { "allowed": 900 }, "requests": { "answered": 41 }, "time": { "bounds": [0.1], "counts": [41, 0] } },
            "beforeC2s": { "outcomes": { "allowed": 0 }, "requests": { "answered": 0 }, "time": { "bounds": [0.1], "counts": [0, 0] } }
        },
        "events": {
            "recorded": { "online": 42, "delivered": 1200 },
            "lost": 0,
            "dropped": 0,
            "kept": 1242,
            "bytes": 310_000,
            "behind": { "orders": 3, "webhook": 40 },
            "webhook": {
                "requests": { "taken": 12, "refused": 3, "too_slow": 0, "failed": 0 },
                "lastError": {
                    "kind": "status",
                    "status": 500,
                    "text": "it answers with status 500",
                    "since": 1_767_225_590_000_i64,
                    "at": 1_767_225_597_000_i64,
                    "tries": 3,
                    "nextAt": 1_767_225_600_500_i64
                }
            }
        },
        "troubles": [],
        "store": {
            "works": true,
            "stored": 31,
            "messages": 12,
            "bytes": 7300,
            "diskFree": 52_000_000_000_u64,
            "diskLow": false,
            "refused": { "max-stored": 0 },
            "expired": 0,
            "queuedBytes": 0,
            "transactions": { "bounds": [0.001, 0.01], "counts": [0, 31, 0] }
        }
    })))
)]
pub(super) async fn answer(State(api): super::Asked) -> Result<Json<Statistics>, Problem> {
    let parts = api.serving()?;
    let stats = parts.server.stats();
    let driver = parts.server.driver();
    let store_trouble = driver.store_trouble();
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    Ok(Json(Statistics {
        at: now.map_or(0, |now| {
            now.as_secs() * 1000 + u64::from(now.subsec_millis())
        }),
        uptime: parts.since.elapsed().as_secs(),
        sessions: named(&stats.sessions),
        connections: parts.admission.open() as u64,
        known_users: parts.server.view().known_users() as u64,
        logins: named(&stats.logins),
        messages: named(&stats.messages.by_second()),
        delivery: Times::from(&stats.delivery),
        storing: Times::from(&stats.storing),
        retransmissions: stats.retransmissions,
        mailbox_bytes: stats.mailbox_bytes,
        send_queue_bytes: parts.admission.outgoing() as u64,
        store: Storage::new(&stats.store, store_trouble.is_none()),
        webhooks: Webhooks {
            login: Asked::about_logins(&stats.auth),
            before_c2c: Asked::about_messages(&stats.hooks.before_c2c),
            before_c2s: Asked::about_messages(&stats.hooks.before_c2s),
        },
        events: parts.events.as_ref().map(EventCounts::read),
        troubles: [
            store_trouble,
            driver.login_trouble(),
            driver.hook_trouble(),
            parts
                .events
                .as_ref()
                .and_then(|log| log.sendings().trouble()),
        ]
        .into_iter()
        .flatten()
        .collect(),
    }))
}
