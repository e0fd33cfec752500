//! `/metrics`, its page in the docs and its dashboard.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use mobileim_protocol::Transport;
use mobileim_server::events::{EventLog, EventPolicy};
use mobileim_server::store::{PostgresStore, SqliteStore, StoreLimits};
use mobileim_server::{AcceptAnyToken, Server, Submissions};
use mobileim_test_postgres::Cluster;
use mobileim_tests::application::ANY_PORT;
use mobileim_tests::raw::{RawConnection, data, received};
use serde_json::Value;

use crate::http::get;

/// One scrape: what each metric is, and each sample by its name with labels.
struct Scrape {
    text: String,
    kinds: BTreeMap<String, String>,
    samples: BTreeMap<String, f64>,
}

impl Scrape {
    async fn of(http: SocketAddr) -> Self {
        let answer = get(http, "/metrics").await;
        let (head, text) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        assert!(head.contains("openmetrics-text"), "{head}");
        let mut kinds = BTreeMap::new();
        let mut samples = BTreeMap::new();
        for line in text.lines() {
            if let Some(kind) = line.strip_prefix("# TYPE ") {
                let (name, kind) = kind.split_once(' ').unwrap();
                kinds.insert(name.to_owned(), kind.to_owned());
            } else if !line.starts_with('#') {
                let (name, value) = line.rsplit_once(' ').unwrap();
                samples.insert(name.to_owned(), value.parse().unwrap());
            }
        }
        Self {
            text: text.to_owned(),
            kinds,
            samples,
        }
    }

    fn value(&self, sample: &str) -> f64 {
        let value = self.samples.get(sample);
        *value.unwrap_or_else(|| panic!("no {sample} in {}", self.text))
    }

    /// Names as queries have them.
    fn queried(&self) -> BTreeSet<String> {
        let kinds = self.kinds.iter();
        kinds
            .flat_map(|(name, kind)| match kind.as_str() {
                "counter" => vec![format!("{name}_total")],
                "histogram" => ["bucket", "sum", "count"]
                    .map(|part| format!("{name}_{part}"))
                    .to_vec(),
                "info" => vec![format!("{name}_info")],
                _ => vec![name.clone()],
            })
            .collect()
    }
}

#[tokio::test]
async fn what_happens_is_counted_by_kind_and_outcome_and_nobody_is_named() {
    let server = Server::builder(AcceptAnyToken)
        .tcp(ANY_PORT)
        .udp(ANY_PORT)
        .http(ANY_PORT)
        .start()
        .await
        .unwrap();
    let http = server.addresses().http.unwrap();
    let addresses = server.addresses();
    let mut alice = RawConnection::log_in(Transport::Tcp, addresses, "alice").await;
    let mut bob = RawConnection::log_in(Transport::Udp, addresses, "bob").await;
    // Delivered, and once more.
    alice.send(&data("alice", "bob", "1", "secret text")).await;
    assert_eq!(bob.receive_json().await["fp"], "1");
    bob.send(&received("bob", "alice", "1")).await;
    alice.receive_json().await;
    alice.send(&data("alice", "bob", "1", "secret text")).await;
    alice.receive_json().await;
    // Stored.
    alice
        .send(&data("alice", "carol", "2", "secret text"))
        .await;
    alice.receive_json().await;
    // To the server.
    alice.send(&data("alice", "0", "3", "secret text")).await;
    alice.receive_json().await;
    let mut stranger = RawConnection::open(Transport::Tcp, addresses).await;
    stranger.send(&data("mallory", "bob", "4", "hi")).await;
    assert_eq!(stranger.receive_json().await["type"], 52);
    stranger.expect_closed().await;
    alice.send_body("no JSON").await;
    assert_eq!(alice.receive_json().await["type"], 52);
    alice.expect_closed().await;
    let mut scrape = Scrape::of(http).await;
    // The server closes before it is told that all is read.
    while scrape.value(r#"mobileim_sessions{transport="tcp"}"#) > 0.0 {
        scrape = Scrape::of(http).await;
    }
    for (sample, expected) in [
        (r#"mobileim_sessions{transport="udp"}"#, 1.0),
        (r#"mobileim_sessions{transport="websocket"}"#, 0.0),
        (r#"mobileim_sessions_begun_total{transport="tcp"}"#, 1.0),
        (
            r#"mobileim_sessions_ended_total{reason="invalid_message"}"#,
            1.0,
        ),
        (
            r#"mobileim_connections_closed_without_session_total{reason="not_logged_in"}"#,
            1.0,
        ),
        (r#"mobileim_logins_total{outcome="accepted"}"#, 2.0),
        (
            r#"mobileim_messages_total{kind="c2c",outcome="delivered"}"#,
            1.0,
        ),
        (
            r#"mobileim_messages_total{kind="c2c",outcome="repeated"}"#,
            1.0,
        ),
        (
            r#"mobileim_messages_total{kind="c2c",outcome="stored"}"#,
            1.0,
        ),
        (
            r#"mobileim_messages_total{kind="c2s",outcome="delivered"}"#,
            1.0,
        ),
        ("mobileim_delivery_seconds_count", 1.0),
        (r#"mobileim_delivery_seconds_bucket{le="+Inf"}"#, 1.0),
        ("mobileim_storing_seconds_count", 1.0),
        ("mobileim_store_up", 1.0),
        ("mobileim_invalid_bodies_total", 1.0),
    ] {
        let value = scrape.value(sample);
        assert!(
            (value - expected).abs() < 0.1,
            "{sample} {value} in {}",
            scrape.text
        );
    }
    assert!(scrape.value("process_resident_memory_bytes") > 1e6);
    assert!(scrape.value("process_open_fds") > 3.0);
    for name in ["alice", "bob", "carol", "mallory", "secret"] {
        assert!(!scrape.text.contains(name), "{name}: {}", scrape.text);
    }
}

/// What a server with a database has counted after one message was stored.
async fn with_a_message_in_a_database() -> Scrape {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(directory.path(), StoreLimits::default())
        .await
        .unwrap();
    let log = EventLog::new(EventPolicy::new("all".parse().unwrap()));
    store.record_events(&log).await.unwrap();
    let server = Server::builder(AcceptAnyToken)
        .tcp(ANY_PORT)
        .http(ANY_PORT)
        .store(Arc::new(store))
        .events(log, None)
        .start()
        .await
        .unwrap();
    let mut alice = RawConnection::log_in(Transport::Tcp, server.addresses(), "alice").await;
    alice.send(&data("alice", "bob", "1", "hi")).await;
    assert_eq!(alice.receive_json().await["type"], 4);
    Scrape::of(server.addresses().http.unwrap()).await
}

/// The same, with what is counted only with `PostgreSQL`.
async fn with_every_store() -> Scrape {
    let database = Cluster::shared().create_database();
    let store = PostgresStore::connect(&database.url, StoreLimits::default()).await;
    let store = Arc::new(store.unwrap());
    let submissions = Submissions::new(&store, Duration::from_secs(60));
    let bound = Server::builder(AcceptAnyToken).http(ANY_PORT).bind().await;
    let bound = bound.unwrap().submissions(submissions);
    let server = bound.start(store).await.unwrap();
    let mut all = Scrape::of(server.addresses().http.unwrap()).await;
    server.shutdown().await;
    let of_sqlite = with_a_message_in_a_database().await;
    all.kinds.extend(of_sqlite.kinds);
    all
}

#[tokio::test]
async fn what_a_database_does_is_counted() {
    let scrape = with_a_message_in_a_database().await;
    for sample in [
        "mobileim_store_messages_stored_total",
        "mobileim_store_messages",
    ] {
        assert!((scrape.value(sample) - 1.0).abs() < 0.1, "{sample}");
    }
    assert!(scrape.value("mobileim_store_transaction_seconds_count") > 0.9);
    assert!(scrape.value("mobileim_store_transaction_seconds_sum") > 0.0);
    assert!(scrape.value("mobileim_store_bytes") > 512.0);
    assert!(scrape.value("mobileim_store_disk_free_bytes") > 1.0);
    for limit in [
        "max-stored",
        "max-stored-bytes",
        "max-stored-bytes-in-all",
        "min-free-disk",
    ] {
        let sample = format!(r#"mobileim_store_messages_refused_total{{limit="{limit}"}}"#);
        assert!(scrape.value(&sample) < 0.1, "{sample}");
    }
}

/// The names in the first column of the docs' table of metrics, and their kinds.
fn documented(page: &str) -> BTreeMap<String, String> {
    let text = fs::read_to_string(format!("../docs/{page}")).unwrap();
    let rows = text
        .lines()
        .filter(|line| line.starts_with("| `mobileim_") || line.starts_with("| `process_"));
    rows.map(|row| {
        let mut cells = row.split('|').map(str::trim).skip(1);
        let name = cells.next().unwrap().trim_matches('`');
        (name.to_owned(), cells.next().unwrap().to_owned())
    })
    .collect()
}

#[tokio::test]
async fn every_metric_is_in_the_docs() {
    let scrape = with_every_store().await;
    let actual: BTreeMap<_, _> = scrape
        .kinds
        .iter()
        .map(|(name, kind)| {
            let suffix = match kind.as_str() {
                "counter" => "_total",
                "info" => "_info",
                _ => "",
            };
            (format!("{name}{suffix}"), kind.clone())
        })
        .collect();
    for page in ["server.md", "server.zh.md"] {
        assert_eq!(documented(page), actual, "{page}");
    }
}

#[tokio::test]
async fn the_dashboard_asks_for_metrics_that_there_are_and_for_all_of_the_servers_own() {
    let scrape = with_every_store().await;
    let known = scrape.queried();
    let text = fs::read_to_string("../docs/grafana-dashboard.json").unwrap();
    let dashboard: Value = serde_json::from_str(&text).unwrap();
    let mut asked = BTreeSet::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        assert_ne!(panel["title"], Value::Null);
        for target in panel["targets"].as_array().into_iter().flatten() {
            let query = target["expr"].as_str().unwrap();
            let names = query.split(|c: char| !c.is_alphanumeric() && c != '_');
            let names =
                names.filter(|name| name.starts_with("mobileim_") || name.starts_with("process_"));
            asked.extend(names.map(str::to_owned));
        }
    }
    let unknown: Vec<_> = asked.difference(&known).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    let families = scrape.kinds.keys();
    let not_asked: Vec<_> = families
        .filter(|name| name.starts_with("mobileim_") && *name != "mobileim_build")
        .filter(|name| !asked.iter().any(|asked| asked.starts_with(*name)))
        .collect();
    assert!(not_asked.is_empty(), "{not_asked:?}");
}
