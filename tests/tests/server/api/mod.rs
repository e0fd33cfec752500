//! The HTTP API.

mod access;
mod admin;
mod broadcasts;
mod event_errors;
mod events;
mod group_messages;
mod groups;
mod history;
mod limits;
mod messages;
mod revocations;
mod sessions;
mod steps;
mod waiting;
mod why;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use mobileim_server::auth::{ApiAccess, ApiKeys};
use mobileim_server::events::EventLog;
use mobileim_server::store::{SqliteStore, StoreLimits};
use mobileim_server::{Builder, Config, Running};
use mobileim_tests::application::{ANY_PORT, server};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A server with an API, and a key that may do everything.
struct Stage {
    server: Running,
    keys: ApiAccess,
    key: String,
}

/// What a request is answered with.
#[derive(Debug)]
struct Answer {
    status: u16,
    /// In lower case.
    head: String,
    text: String,
}

impl Stage {
    async fn start() -> Self {
        Self::with(server().http(ANY_PORT)).await
    }

    async fn with(builder: Builder) -> Self {
        let (keys, key) = Self::keys();
        let server = builder.api_keys(keys.clone()).start().await.unwrap();
        Self { server, keys, key }
    }

    /// A key that may do everything.
    fn keys() -> (ApiAccess, String) {
        let made = ApiKeys::make(
            "shop",
            "send,send:as-user,send:broadcast,messages:read,users:read,users:write,server:read,events:read,groups:read,groups:write,history:read",
        )
        .unwrap();
        let keys = ApiAccess::new(Some(made.line.parse().unwrap()));
        (keys, made.key)
    }

    /// One with groups, and with the history of what two users write.
    async fn conversing() -> Self {
        Self::with(server().http(ANY_PORT).config(conversing())).await
    }

    /// The same with messages in memory, and with a database.
    async fn conversing_with_each_store() -> Vec<(Self, TempDir)> {
        let directory = tempfile::tempdir().unwrap();
        let with_database = Self::conversing_in(directory.path(), None).await;
        vec![
            (Self::conversing().await, tempfile::tempdir().unwrap()),
            (with_database, directory),
        ]
    }

    /// One with a database in a directory, and with what is recorded there of events.
    async fn conversing_in(directory: &Path, events: Option<EventLog>) -> Self {
        let store = SqliteStore::open(directory, StoreLimits::none());
        let store = store.await.unwrap();
        if let Some(log) = &events {
            store.record_events(log).await.unwrap();
        }
        let groups = store.groups().await.unwrap();
        let mut builder = server().http(ANY_PORT).config(conversing());
        if let Some(log) = events {
            builder = builder.events(log, None);
        }
        let (keys, key) = Self::keys();
        let bound = builder.api_keys(keys.clone()).bind().await.unwrap();
        let server = bound.groups(groups).start(Arc::new(store)).await.unwrap();
        Self { server, keys, key }
    }

    /// Where the API is.
    fn address(&self) -> SocketAddr {
        let addresses = self.server.addresses();
        addresses.api.or(addresses.http).unwrap()
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "").await
    }

    async fn delete(&self, path: &str) -> Answer {
        self.ask("DELETE", path, "").await
    }

    async fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask("POST", path, &body.to_string()).await
    }

    async fn ask(&self, method: &str, path: &str, body: &str) -> Answer {
        let headers = format!(
            "Authorization: Bearer {}\r\nContent-Type: application/json\r\n",
            self.key
        );
        ask(self.address(), method, path, &headers, body).await
    }
}

/// Groups are small, so that one can be full.
fn conversing() -> Config {
    let mut config = Config::default();
    config.conversations.groups = true;
    config.conversations.direct = true;
    config.max_members = 5;
    config.trace_memory = 4 << 20;
    config
}

async fn ask(http: SocketAddr, method: &str, path: &str, headers: &str, body: &str) -> Answer {
    let mut stream = TcpStream::connect(http).await.unwrap();
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {http}\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, text) = answer.split_once("\r\n\r\n").unwrap();
    Answer {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        head: head.to_lowercase(),
        text: text.to_owned(),
    }
}

impl Answer {
    /// What is answered to what is right.
    fn json(&self) -> Value {
        assert_eq!(self.status, 200, "{self:?}");
        assert!(
            self.head.contains("content-type: application/json"),
            "{self:?}"
        );
        assert!(self.head.contains("cache-control: no-store"), "{self:?}");
        serde_json::from_str(&self.text).unwrap()
    }

    /// What is said of what is wrong.
    fn problem(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        assert!(
            self.head.contains("content-type: application/problem+json"),
            "{self:?}"
        );
        let problem: Value = serde_json::from_str(&self.text).unwrap();
        assert_eq!(problem["type"], "about:blank");
        assert_eq!(problem["status"], status);
        assert!(!problem["title"].as_str().unwrap().is_empty());
        problem
    }

    /// The same, with a word of what is wrong.
    fn complains(&self, status: u16, what: &str) {
        let problem = self.problem(status);
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(what), "{detail}");
    }
}
