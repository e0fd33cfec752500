//! The server is killed again and again under load, and two back ends read what has happened: one that events are sent to, which is
//! slow, refuses, and breaks off after it has taken them, and one that asks for them, and forgets where it was. Each has every fact
//! once, in order for each user. The same if a standby takes over.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use mobileim_server::auth::ApiKeys;
use mobileim_test_postgres::Cluster;
use mobileim_tests::{Ledger, ServerProgram, Talker, free_address, seed, within};
use parking_lot::Mutex;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::crashes::Load;
use crate::go_on;

/// How many messages are acknowledged in a round before the server is killed.
const ROUND: std::ops::Range<usize> = 700..1200;

/// How long a back end may be behind when all is over.
const PATIENCE: Duration = Duration::from_secs(120);

/// How often the server is killed on each database.
fn rounds() -> usize {
    std::env::var("MOBILEIM_FAULT_ROUNDS").map_or(3, |rounds| {
        rounds.parse().expect("MOBILEIM_FAULT_ROUNDS is a number")
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn back_ends_have_every_fact_once_whatever_is_killed_on_sqlite() {
    kill_again_and_again("SQLite", &[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn back_ends_have_every_fact_once_whatever_is_killed_on_postgres() {
    let database = Cluster::shared().create_database();
    kill_again_and_again("PostgreSQL", &["--database-url", &database.url]).await;
}

async fn kill_again_and_again(what: &str, more_args: &[&str]) {
    let mut scene = Scene::set(more_args).await;
    let mut rng = scene.rng.fork();
    let api = free_address();
    let mut server = ServerProgram::start(scene.data.path(), &scene.args(&api.to_string())).await;
    let asking = scene.ask(vec![api]);
    let mut load = Load::begin(&server).await;
    for _ in 0..rounds() {
        load.turn_over(&mut rng).await;
        go_on(&load.ledger, rng.usize(ROUND)).await;
        server.kill().await;
        tokio::time::sleep(Duration::from_millis(rng.u64(..100))).await;
        server.start_again().await;
    }
    let ledger = Arc::clone(&load.ledger);
    load.finish().await;
    scene.nothing_waits(&[api]).await;
    let verdict = load.end().await;
    // So that all sessions have ended.
    let (status, log) = server.terminate().await;
    assert_eq!(status.code(), Some(0), "{log}");
    server.start_again().await;
    scene
        .judge(&format!("{what}: {verdict}"), asking, &ledger)
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn back_ends_have_every_fact_once_when_standbys_take_over_on_sqlite() {
    take_over_again_and_again("SQLite", &[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn back_ends_have_every_fact_once_when_standbys_take_over_on_postgres() {
    let database = Cluster::shared().create_database();
    take_over_again_and_again("PostgreSQL", &["--database-url", &database.url]).await;
}

/// The server is killed under load, its standby takes over, and the one that was killed is the next standby.
async fn take_over_again_and_again(what: &str, more_args: &[&str]) {
    // Much is said while the next standby starts, and a slow back end is to have it all.
    let mut scene = Scene::set(&[&["--events-batch=1000"], more_args].concat()).await;
    let mut rng = scene.rng.fork();
    let apis = [free_address(), free_address()];
    let [first, second] = apis.map(|api| api.to_string());
    let data = scene.data.path();
    let mut server = ServerProgram::start(data, &scene.args(&first)).await;
    let mut standby = ServerProgram::stand_by(data, &scene.args(&second)).await;
    let asking = scene.ask(apis.to_vec());
    let mut load = Load::of(|name, transport, ledger| {
        let both = [server.address(transport), standby.address(transport)];
        Talker::of_two(name, both, ledger)
    })
    .await;
    for _ in 0..rounds() {
        load.turn_over(&mut rng).await;
        go_on(&load.ledger, rng.usize(ROUND)).await;
        server.kill().await;
        standby.takes_over().await;
        std::mem::swap(&mut server, &mut standby);
        standby.stand_by_again().await;
    }
    let ledger = Arc::clone(&load.ledger);
    load.finish().await;
    scene.nothing_waits(&apis).await;
    let verdict = load.end().await;
    // So that all sessions have ended.
    let (status, log) = server.terminate().await;
    assert_eq!(status.code(), Some(0), "{log}");
    standby.takes_over().await;
    scene
        .judge(
            &format!("{what} with a standby: {verdict}"),
            asking,
            &ledger,
        )
        .await;
}

/// What servers with events have: a directory, a key, and a back end that events are sent to.
struct Scene {
    data: TempDir,
    key: String,
    rng: fastrand::Rng,
    taker: Taker,
    args: Vec<String>,
    stop: watch::Sender<bool>,
    began: Instant,
}

impl Scene {
    async fn set(more_args: &[&str]) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed());
        let data = tempfile::tempdir().unwrap();
        let in_data = |name: &str| data.path().join(name).to_str().unwrap().to_owned();
        let key = ApiKeys::make("test", "events:read,server:read").unwrap();
        std::fs::write(in_data("keys"), format!("{}\n", key.line)).unwrap();
        std::fs::write(in_data("secret"), "a secret of a test, long enough").unwrap();
        let taker = Taker::begin(rng.fork()).await;
        let mut args = vec![
            "--events-types=all".to_owned(),
            "--events-timeout=1s".to_owned(),
            format!("--events-url=http://{}/events", taker.address),
            format!("--events-secret-file={}", in_data("secret")),
            format!("--api-keys-file={}", in_data("keys")),
        ];
        args.extend(more_args.iter().map(|arg| (*arg).to_owned()));
        Self {
            data,
            key: key.key,
            rng,
            taker,
            args,
            stop: watch::Sender::new(false),
            began: Instant::now(),
        }
    }

    /// Those of a server with its API there.
    fn args<'a>(&'a self, api: &'a str) -> Vec<&'a str> {
        let args = self.args.iter().map(String::as_str);
        args.chain(["--api", api]).collect()
    }

    /// Somebody asks for events, at these addresses.
    fn ask(&mut self, apis: Vec<SocketAddr>) -> JoinHandle<Seen> {
        let stopping = self.stop.subscribe();
        let asking = ask_for_events(apis, self.key.clone(), self.rng.fork(), stopping);
        tokio::spawn(asking)
    }

    /// What was shown is acknowledged, too, if need be once more: the servers at these addresses have nothing stored.
    async fn nothing_waits(&self, apis: &[SocketAddr]) {
        let headers = format!("Authorization: Bearer {}\r\n", self.key);
        let is_all = async {
            for api in apis.iter().cycle() {
                let stats = ask(*api, "GET", "/api/v1/stats", &headers, "").await;
                if stats.is_some_and(|stats| stats["store"]["messages"] == 0) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        let in_time = tokio::time::timeout(PATIENCE, is_all).await;
        in_time.expect("everything is acknowledged");
    }

    /// All is over, and a server serves: both back ends have all.
    async fn judge(self, what: &str, asking: JoinHandle<Seen>, ledger: &Ledger) {
        self.stop.send_replace(true);
        let asked = within("the one that asks", asking).await.unwrap();
        let sent = self.taker.until(asked.last).await;
        println!(
            "{what}; {} kills in {:.1} s; events: {} for who asks ({} twice), {} for whom they are sent to ({} twice, of {} requests {} failed)",
            rounds(),
            self.began.elapsed().as_secs_f64(),
            asked.events.len(),
            asked.twice,
            sent.seen.events.len(),
            sent.seen.twice,
            sent.requests,
            sent.failures
        );
        assert_eq!(ids(&asked), ids(&sent.seen));
        for seen in [&asked, &sent.seen] {
            seen.judge(ledger);
            let crashed = |event: &&Value| event["reason"] == "server_crashed";
            assert!(seen.events.iter().filter(crashed).count() >= rounds());
        }
    }
}

/// What a back end has seen.
#[derive(Debug, Default, Clone)]
struct Seen {
    /// Each event once, in the order in which it came first.
    events: Vec<Value>,
    ids: BTreeSet<String>,
    /// The position of the last.
    last: i64,
    twice: usize,
}

fn ids(seen: &Seen) -> BTreeSet<&str> {
    seen.ids.iter().map(String::as_str).collect()
}

impl Seen {
    fn take(&mut self, events: &[Value]) {
        for event in events {
            let kind = event["type"].as_str().unwrap();
            assert!(!["gap", "lost"].contains(&kind), "{event}");
            let id = event["id"].as_str().unwrap().to_owned();
            let position = event["position"].as_i64().unwrap();
            if self.ids.insert(id) {
                // Nothing that is new comes behind what is newer.
                assert!(position > self.last, "{event} after {}", self.last);
                self.events.push(event.clone());
            } else {
                self.twice += 1;
            }
            self.last = self.last.max(position);
        }
    }

    /// Compares it with what the clients know.
    fn judge(&self, ledger: &Ledger) {
        let mut online = HashMap::<&str, u64>::new();
        let mut sessions = 0;
        let mut messages = BTreeMap::<(String, String), BTreeMap<String, Vec<&str>>>::new();
        for event in &self.events {
            let kind = event["type"].as_str().unwrap();
            match kind {
                "online" => {
                    let user = event["user"].as_str().unwrap();
                    let session = event["session"].as_u64().unwrap();
                    let before = online.insert(user, session);
                    assert_eq!(before, None, "{event}: the one before has ended");
                    sessions += 1;
                }
                "offline" => {
                    let user = event["user"].as_str().unwrap();
                    let session = event["session"].as_u64().unwrap();
                    assert_eq!(online.remove(user), Some(session), "{event}");
                }
                "delivered" | "stored" | "fetched" => {
                    let text = |name: &str| event[name].as_str().unwrap().to_owned();
                    let conversation = messages.entry((text("from"), text("to")));
                    let facts = conversation.or_default().entry(text("fp")).or_default();
                    facts.push(kind);
                }
                other => panic!("{other}: {event}"),
            }
        }
        assert!(online.is_empty(), "without an end: {online:?}");
        assert!(sessions > 20, "{sessions} sessions");
        let sent = ledger.sent();
        assert_eq!(
            messages.keys().collect::<Vec<_>>(),
            sent.keys().collect::<Vec<_>>()
        );
        for (conversation, messages) in &messages {
            assert_eq!(messages.len(), sent[conversation], "{conversation:?}");
            for (fp, facts) in messages {
                let position = |kind: &str| facts.iter().position(|fact| *fact == kind);
                let is_right = match (
                    position("delivered"),
                    position("stored"),
                    position("fetched"),
                ) {
                    (Some(_), None, None) => true,
                    // Also if it was delivered while it was being stored, or repeated after a crash.
                    (_, Some(stored), Some(fetched)) => stored < fetched,
                    _ => false,
                };
                assert!(is_right, "{conversation:?} {fp}: {facts:?}");
            }
        }
    }
}

/// Asks for events as a consumer with a name, which sometimes does not come to say where it is. Ends when there are no more.
async fn ask_for_events(
    apis: Vec<SocketAddr>,
    key: String,
    mut rng: fastrand::Rng,
    stopping: watch::Receiver<bool>,
) -> Seen {
    let mut seen = Seen::default();
    let mut api = apis[0];
    let mut others = apis.into_iter().cycle().skip(1);
    let headers = format!("Authorization: Bearer {key}\r\nContent-Type: application/json\r\n");
    loop {
        let is_stopping = *stopping.borrow();
        let path = "/api/v1/events?consumer=asker&limit=300&wait=1";
        let Some(answer) = ask(api, "GET", path, &headers, "").await else {
            // It is killed, and comes back, or another one does.
            api = others.next().expect("they go round");
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let events = answer["events"].as_array().unwrap();
        if events.is_empty() && is_stopping {
            return seen;
        }
        seen.take(events);
        if rng.u8(..4) > 0 {
            let position = format!(r#"{{"position":{}}}"#, answer["position"]);
            let path = "/api/v1/events/consumers/asker";
            ask(api, "PUT", path, &headers, &position).await;
        }
    }
}

/// Sends a request. `None` if there is no whole answer, or none that says yes.
pub(crate) async fn ask(
    api: SocketAddr,
    method: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> Option<Value> {
    let mut stream = TcpStream::connect(api).await.ok()?;
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {api}\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    let (head, text) = answer.split_once("\r\n\r\n")?;
    if !head.starts_with("HTTP/1.1 200") {
        return None;
    }
    serde_json::from_str(text).ok()
}

/// Takes events, if it is in the mood.
struct Taker {
    address: SocketAddr,
    taken: Arc<Mutex<Taken>>,
    last: watch::Receiver<i64>,
}

#[derive(Debug, Default, Clone)]
struct Taken {
    seen: Seen,
    requests: usize,
    failures: usize,
    /// The body of each batch by its id, which is the same if it comes again from the same server.
    batches: HashMap<String, String>,
}

impl Taken {
    /// Takes a batch, and says where the last event stands.
    fn take(&mut self, id: String, body: &str) -> i64 {
        let message: Value = serde_json::from_str(body).unwrap();
        self.seen.take(message["events"].as_array().unwrap());
        let before = self.batches.insert(id, body.to_owned());
        assert!(before.is_none_or(|before| before == body));
        self.seen.last
    }
}

impl Taker {
    async fn begin(mut rng: fastrand::Rng) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let taken = Arc::<Mutex<Taken>>::default();
        let (moved, last) = watch::channel(0);
        let account = Arc::clone(&taken);
        tokio::spawn(async move {
            let moved = Arc::new(moved);
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (rng, account) = (rng.fork(), Arc::clone(&account));
                tokio::spawn(serve(stream, rng, account, Arc::clone(&moved)));
            }
        });
        Self {
            address,
            taken,
            last,
        }
    }

    /// Waits until it has this event.
    async fn until(mut self, position: i64) -> Taken {
        let come = self.last.wait_for(|last| *last >= position);
        let come = tokio::time::timeout(PATIENCE, come).await;
        assert!(come.is_ok(), "{:?}", self.taken.lock().seen.last);
        self.taken.lock().clone()
    }
}

/// Answers the requests on one connection.
async fn serve(
    mut stream: TcpStream,
    mut rng: fastrand::Rng,
    account: Arc<Mutex<Taken>>,
    moved: Arc<watch::Sender<i64>>,
) {
    while let Some((id, body)) = read_request(&mut stream).await {
        let mood = rng.u8(..20);
        account.lock().requests += 1;
        if mood < 3 {
            account.lock().failures += 1;
        }
        let status = match mood {
            // It does not even look.
            0 => "500 Internal Server Error",
            1 => {
                // For longer than it is waited for.
                tokio::time::sleep(Duration::from_millis(1500)).await;
                return;
            }
            _ => {
                moved.send_replace(account.lock().take(id, &body));
                if mood == 2 {
                    // It has them, and nobody hears of it.
                    return;
                }
                if mood < 8 {
                    tokio::time::sleep(Duration::from_millis(rng.u64(..200))).await;
                }
                "204 No Content"
            }
        };
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// The id and the body of the next request, if there is a whole one.
async fn read_request(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut read = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&read);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let header = |name: &str| {
                let mut lines = head.lines();
                let line = lines.find(|line| line.to_lowercase().starts_with(name))?;
                Some(line.split_once(':')?.1.trim().to_owned())
            };
            let length: usize = header("content-length:")?.parse().ok()?;
            if body.len() >= length {
                return Some((header("webhook-id:")?, body.to_owned()));
            }
        }
        let mut part = vec![0; 65536];
        match stream.read(&mut part).await {
            Ok(0) | Err(_) => return None,
            Ok(count) => read.extend_from_slice(&part[..count]),
        }
    }
}
