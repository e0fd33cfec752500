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

use mobileim_server::auth::{ApiAccess, ApiKeys};
use mobileim_server::{Builder, Config, Running};
use mobileim_tests::application::{ANY_PORT, server};
use serde_json::Value;
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
        let made = ApiKeys::make(
            "shop",
            "send,send:as-user,send:broadcast,messages:read,users:read,users:write,server:read,events:read,groups:read,groups:write,history:read",
        )
        .unwrap();
        let keys = ApiAccess::new(Some(made.line.parse().unwrap()));
        let server = builder.api_keys(keys.clone()).start().await.unwrap();
        Self {
            server,
            keys,
            key: made.key,
        }
    }

    /// One with groups, and with the history of what two users write.
    async fn conversing() -> Self {
        Self::with(server().http(ANY_PORT).config(conversing())).await
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
