//! Why events were not taken by the back end that they are sent to.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use mobileim_protocol::Transport;
use mobileim_server::TlsListeners;
use mobileim_server::events::{EventLog, EventPolicy, EventTarget};
use mobileim_server::outgoing::Trust;
use mobileim_server::store::{SqliteStore, StoreLimits};
use mobileim_tests::TestCertificate;
use mobileim_tests::application::{ANY_PORT, server};
use mobileim_tests::raw::RawConnection;
use mobileim_tests::within;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::Stage;

/// How long the back end may take. Those that answer do so at once.
const TIME: Duration = Duration::from_secs(2);

/// How a back end answers.
#[derive(Debug, Clone, Copy)]
enum Mood {
    /// With this: a status line and headers.
    With(&'static str),
    /// Never.
    Silent,
}

/// A back end that answers as a test says.
struct BackEnd {
    address: SocketAddr,
    mood: Arc<Mutex<Mood>>,
}

impl BackEnd {
    async fn begin(mood: Mood) -> Self {
        let listener = TcpListener::bind(ANY_PORT).await.unwrap();
        let address = listener.local_addr().unwrap();
        let mood = Arc::new(Mutex::new(mood));
        let moods = Arc::clone(&mood);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&moods)));
            }
        });
        Self { address, mood }
    }

    fn is(&self, mood: Mood) {
        *self.mood.lock() = mood;
    }
}

/// Answers one request.
async fn answer(stream: TcpStream, mood: Arc<Mutex<Mood>>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        let line = line.trim().to_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    stream.read_exact(&mut vec![0; length]).await?;
    let mood = *mood.lock();
    match mood {
        Mood::With(head) => {
            let answer =
                format!("HTTP/1.1 {head}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).await
        }
        Mood::Silent => std::future::pending().await,
    }
}

/// A server that sends events to a URL, and has one to send.
struct Sending {
    stage: Stage,
    _alice: RawConnection,
    _directory: TempDir,
}

impl Sending {
    async fn to(url: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let limits = StoreLimits::default();
        let store = SqliteStore::open(directory.path(), limits).await.unwrap();
        let log = EventLog::new(EventPolicy::new("online".parse().unwrap()));
        store.record_events(&log).await.unwrap();
        let secrets = "a secret of a test, long enough".parse().unwrap();
        let target = EventTarget::new(url.parse().unwrap(), Trust::default(), secrets, 10, TIME);
        let builder = server().http(ANY_PORT).store(Arc::new(store));
        let stage = Stage::with(builder.events(log, target)).await;
        let alice = RawConnection::log_in(Transport::Tcp, stage.server.addresses(), "alice").await;
        Self {
            stage,
            _alice: alice,
            _directory: directory,
        }
    }

    /// All that is counted, once the last error is like this.
    async fn once(&self, is_so: impl Fn(&Value) -> bool) -> Value {
        let so = async {
            loop {
                let stats = self.stage.get("/api/v1/stats").await.json();
                if is_so(&stats["events"]["webhook"]["lastError"]) {
                    return stats;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        within("an error", so).await
    }

    /// The last error, once it is of a kind.
    async fn error(&self, kind: &str) -> Value {
        let mut stats = self.once(|error| error["kind"] == kind).await;
        stats["events"]["webhook"]["lastError"].take()
    }
}

#[tokio::test]
async fn what_the_back_end_does_with_events_is_told_apart_until_it_takes_them() {
    let back_end = BackEnd::begin(Mood::With("500 Internal Server Error")).await;
    let url = format!("http://{}/events?key=hidden", back_end.address);
    let sending = Sending::to(&url).await;
    let stats = sending.once(|error| error["kind"] == "status").await;
    let trouble = stats["troubles"][0].as_str().unwrap();
    let expected = format!(
        "the back end at http://{}/events does not take events: it answers with status 500",
        back_end.address
    );
    assert_eq!(trouble, expected);
    assert!(!stats.to_string().contains("hidden"), "{stats}");
    let webhook = &stats["events"]["webhook"];
    assert!(webhook["requests"]["refused"].as_u64().unwrap() >= 1);
    let first = &webhook["lastError"];
    assert_eq!(first["status"], 500, "{first}");
    assert_eq!(first["text"], "it answers with status 500");
    let number = |error: &Value, name: &str| error[name].as_i64().unwrap();
    assert!(number(first, "since") <= number(first, "at"), "{first}");
    assert!(number(first, "at") < number(first, "nextAt"), "{first}");

    back_end.is(Mood::Silent);
    let slow = sending.error("too_slow").await;
    assert_eq!(slow["text"], "no whole answer within 2s");
    assert_eq!(slow["status"], Value::Null);
    assert_eq!(slow["since"], first["since"], "it is the same row of them");
    assert!(number(&slow, "tries") > number(first, "tries"), "{slow}");

    back_end.is(Mood::With(
        "302 Found\r\nLocation: https://user:word@app.example.com/log-in?token=hidden",
    ));
    let redirect = sending.error("redirect").await;
    assert_eq!(
        redirect["text"],
        "it redirects to \"https://app.example.com/log-in\", which is not followed: configure the URL at which it answers"
    );

    back_end.is(Mood::With("204 No Content"));
    let stats = sending.once(|error| error["takenAt"].is_i64()).await;
    let last = &stats["events"]["webhook"]["lastError"];
    assert_eq!(last["kind"], "redirect", "what was wrong is still known");
    assert_eq!(last["nextAt"], Value::Null);
    assert!(number(last, "takenAt") >= number(last, "at"), "{last}");
    assert_eq!(stats["troubles"], json!([]));
    assert!(
        stats["events"]["webhook"]["requests"]["taken"].as_u64() >= Some(1),
        "{stats}"
    );
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_told_apart_from_nobody_there() {
    // A server's own listener: it has a certificate that nobody vouches for.
    let certificate = TestCertificate::new();
    let listeners = TlsListeners::new(certificate.load()).http(ANY_PORT);
    let other = server().tls(listeners).start().await.unwrap();
    let https = other.addresses().https.unwrap();
    let sending = Sending::to(&format!("https://{https}/events")).await;
    let error = sending.error("certificate").await;
    let text = error["text"].as_str().unwrap();
    assert!(text.contains("invalid peer certificate"), "{text}");

    let free = TcpListener::bind(ANY_PORT).await.unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let sending = Sending::to(&format!("http://{address}/events")).await;
    let error = sending.error("no_answer").await;
    let text = error["text"].as_str().unwrap();
    assert!(text.contains("Connection refused"), "{text}");
}

#[tokio::test]
async fn what_is_sent_nowhere_has_no_errors() {
    let directory = tempfile::tempdir().unwrap();
    let limits = StoreLimits::default();
    let store = SqliteStore::open(directory.path(), limits).await.unwrap();
    let log = EventLog::new(EventPolicy::new("online".parse().unwrap()));
    store.record_events(&log).await.unwrap();
    let builder = server().http(ANY_PORT).store(Arc::new(store));
    let stage = Stage::with(builder.events(log, None)).await;
    let stats = stage.get("/api/v1/stats").await.json();
    assert_eq!(stats["events"]["webhook"], Value::Null);
    assert_eq!(stats["events"]["lost"], 0);
}
