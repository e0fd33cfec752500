//! Peers that are gone without a word: half-open streams, frozen pages, a NAT that has forgotten a client.
//!
//! All with the shortest sense mode: a client gives a stream up within 5 s, the server within 7 s. How late that
//! may be noticed on a busy machine is bounded generously; how early is not.

use std::sync::Arc;
use std::time::Duration;

use mobileim_client::{ServerAddress, State, Transport};
use mobileim_tests::chaos::{Direction, StreamProxy, UdpProxy};
use mobileim_tests::raw::RawConnection;
use mobileim_tests::{ALL_TRANSPORTS, Ledger, Program, ServerProgram, Talker, seed, within};
use rustix::process::Signal;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::{go_on, settle};

const SENSE: [&str; 2] = ["--sense", "3s,udp=3s"];

/// What the sense mode says of streams: the client's time-out and the server's.
const CLIENT_TIMEOUT: Duration = Duration::from_secs(5);
const SERVER_TIMEOUT: Duration = Duration::from_secs(7);
/// The longest time between two heartbeats, and so that for which a link may have been quiet before it died.
const INTERVAL: Duration = Duration::from_secs(3);
/// What a busy machine may add.
const GRACE: Duration = Duration::from_secs(10);
/// What rounding may take away.
const ROUNDING: Duration = Duration::from_millis(100);

/// Of networks that draw nothing.
const SEED: u64 = 0;

const STREAMS: [Transport; 2] = [Transport::Tcp, Transport::WebSocket];

/// Says this many messages to each other.
fn both_say(alice: &Talker, bob: &Talker, messages: usize) {
    for _ in 0..messages {
        alice.say(bob.name());
        bob.say(alice.name());
    }
}

/// Alice, on a good link; bob, behind a proxy; both have heard each other.
struct Pair {
    ledger: Arc<Ledger>,
    alice: Talker,
    bob: Talker,
    proxy: StreamProxy,
}

impl Pair {
    async fn meet(server: &ServerProgram, transport: Transport, name: &str) -> Self {
        let ledger = Arc::new(Ledger::default());
        let proxy = StreamProxy::start(server.socket_addr(transport), SEED)
            .await
            .unwrap();
        let behind = ServerAddress::from_socket_addr(transport, proxy.address());
        let pair = Self {
            alice: Talker::new(format!("alice-{name}"), server.address(transport), &ledger),
            bob: Talker::new(format!("bob-{name}"), behind, &ledger),
            ledger,
            proxy,
        };
        pair.alice.login().await;
        pair.bob.login().await;
        both_say(&pair.alice, &pair.bob, 1);
        let heard = pair.ledger.until(|now| now.acknowledged == 2);
        within("first messages", heard).await;
        pair
    }
}

#[tokio::test]
async fn a_client_leaves_a_half_open_stream_in_time_and_nothing_is_lost() {
    let data = tempfile::tempdir().unwrap();
    let server = Arc::new(ServerProgram::start(data.path(), &SENSE).await);
    let mut cases = JoinSet::new();
    for transport in STREAMS {
        for (ways, name) in [
            (&Direction::BOTH[..], "both"),
            (&[Direction::ToServer], "up"),
            (&[Direction::ToClient], "down"),
        ] {
            let server = Arc::clone(&server);
            cases.spawn(async move {
                let name = format!("{transport}-{name}");
                let pair = Pair::meet(&server, transport, &name).await;
                let died = Instant::now();
                for way in ways {
                    pair.proxy.half_open(*way);
                }
                both_say(&pair.alice, &pair.bob, 20);
                within(
                    "verdict of the client",
                    pair.ledger.until(|now| now.links_lost == 1),
                )
                .await;
                let took = died.elapsed();
                println!("{name}: the client leaves after {took:?}");
                // An answer was awaited for as long as it may take.
                assert!(took + INTERVAL + ROUNDING >= CLIENT_TIMEOUT, "{took:?}");
                // If the server's messages still arrive, they are signs of life, until it gives up.
                assert!(took < SERVER_TIMEOUT + GRACE, "{took:?}");
                println!("{name}: {}", settle(&pair.ledger).await);
            });
        }
    }
    while let Some(case) = cases.join_next().await {
        case.unwrap();
    }
}

#[tokio::test]
async fn the_server_leaves_a_half_open_stream_in_time_and_keeps_what_is_sent_meanwhile() {
    const MESSAGES: usize = 20;
    let data = tempfile::tempdir().unwrap();
    let server = Arc::new(ServerProgram::start(data.path(), &SENSE).await);
    let mut cases = JoinSet::new();
    for transport in STREAMS {
        let server = Arc::clone(&server);
        cases.spawn(async move {
            let pair = Pair::meet(&server, transport, &transport.to_string()).await;
            let died = Instant::now();
            for way in Direction::BOTH {
                pair.proxy.half_open(way);
            }
            // Else a new login would end the old session before its time.
            pair.proxy.refuse(true);
            both_say(&pair.alice, &pair.bob, MESSAGES);
            let left = pair.proxy.until(|now| now.closed_by_server == 1);
            within("verdict of the server", left).await;
            let took = died.elapsed();
            println!("{transport}: the server leaves after {took:?}");
            assert!(took + INTERVAL + ROUNDING >= SERVER_TIMEOUT, "{took:?}");
            assert!(took < SERVER_TIMEOUT + GRACE, "{took:?}");
            // Bob is still away, and what alice told him is safe.
            let safe = pair.ledger.until(|now| now.acknowledged == 2 + MESSAGES);
            within("acknowledgements to alice", safe).await;
            assert_ne!(pair.bob.client().state(), State::Online);
            pair.proxy.refuse(false);
            println!("{transport}: {}", settle(&pair.ledger).await);
        });
    }
    while let Some(case) = cases.join_next().await {
        case.unwrap();
    }
}

#[tokio::test]
async fn a_frozen_page_finds_everything_once_when_it_thaws() {
    const MEANWHILE: usize = 20;
    const AFTERWARDS: usize = 5;
    let data = tempfile::tempdir().unwrap();
    let server = Arc::new(ServerProgram::start(data.path(), &SENSE).await);
    let mut cases = JoinSet::new();
    for transport in ALL_TRANSPORTS {
        let server = Arc::clone(&server);
        cases.spawn(async move {
            let mut page = Page::open(&server, transport).await;
            page.tell(1).await;
            page.hears(1).await;
            page.program.signal(Signal::STOP);
            page.tell(MEANWHILE).await;
            page.until_forgotten().await;
            page.tell(AFTERWARDS).await;
            page.program.signal(Signal::CONT);
            page.hears(MEANWHILE + AFTERWARDS).await;
            // It is back, not only its messages.
            page.tell(1).await;
            page.hears(1).await;
            page.program.signal(Signal::TERM);
            assert_eq!(page.program.line().await, None, "{transport}: once each");
            let (status, log) = page.program.end().await;
            assert_eq!(status.code(), Some(0), "{transport}: not kicked: {log}");
            println!("{transport}: thawed after {log:?}");
        });
    }
    while let Some(case) = cases.join_next().await {
        case.unwrap();
    }
}

/// A `mobileim listen` that can be frozen, and alice, who writes to it.
struct Page {
    program: Program,
    _storage: tempfile::TempDir,
    transport: Transport,
    /// Through which the server can be seen to leave.
    proxy: Option<StreamProxy>,
    ledger: Arc<Ledger>,
    alice: Talker,
    name: String,
    heard: usize,
}

impl Page {
    async fn open(server: &ServerProgram, transport: Transport) -> Self {
        let direct = server.socket_addr(transport);
        let proxy = if transport == Transport::Udp {
            None
        } else {
            Some(StreamProxy::start(direct, SEED).await.unwrap())
        };
        let address = proxy.as_ref().map_or(direct, StreamProxy::address);
        let address = match transport {
            Transport::WebSocket => format!("{address}/websocket"),
            Transport::Tcp | Transport::Udp => address.to_string(),
        };
        let (flag, name) = (format!("--{transport}"), format!("page-{transport}"));
        let ledger = Arc::new(Ledger::default());
        let storage = tempfile::tempdir().unwrap();
        let outbox = storage.path().to_str().expect("it has a name");
        let args = [
            "listen", "--json", &flag, &address, "--user", &name, "--outbox", outbox,
        ];
        let page = Self {
            program: Program::start("mobileim", &args),
            _storage: storage,
            transport,
            proxy,
            alice: Talker::new(
                format!("alice-{transport}"),
                server.address(transport),
                &ledger,
            ),
            ledger,
            name,
            heard: 0,
        };
        page.alice.login().await;
        page
    }

    /// Alice sends this many messages, and has them acknowledged.
    async fn tell(&self, messages: usize) {
        let before = self.ledger.totals().acknowledged;
        for _ in 0..messages {
            self.alice.say(&self.name);
        }
        let told = self
            .ledger
            .until(|now| now.acknowledged == before + messages);
        within("acknowledgements", told).await;
    }

    /// The next this many lines are the next messages.
    async fn hears(&mut self, messages: usize) {
        for _ in 0..messages {
            let line = self.program.line().await.expect("it was not kicked");
            let message: Value = serde_json::from_str(&line).unwrap();
            assert_eq!(message["content"], self.heard.to_string(), "{line}");
            self.heard += 1;
        }
    }

    /// Waits until the server has dropped the session.
    async fn until_forgotten(&self) {
        match &self.proxy {
            Some(proxy) => {
                let left = proxy.until(|now| now.closed_by_server == 1);
                within("verdict of the server", left).await;
            }
            // Nobody is told; so this much longer than the server's time-out for UDP.
            None => tokio::time::sleep(Duration::from_secs(12)).await,
        }
        println!("{}: forgotten", self.transport);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_udp_client_whose_address_changes_keeps_its_session_and_loses_nothing() {
    const REBINDINGS: usize = 5;
    let mut rng = fastrand::Rng::with_seed(seed());
    let data = tempfile::tempdir().unwrap();
    let server = ServerProgram::start(data.path(), &SENSE).await;
    let proxy = UdpProxy::start(server.socket_addr(Transport::Udp), rng.u64(..))
        .await
        .unwrap();
    let ledger = Arc::new(Ledger::default());
    let behind = ServerAddress::from_socket_addr(Transport::Udp, proxy.address());
    let alice = Talker::new("alice", server.address(Transport::Udp), &ledger);
    let bob = Talker::new("bob", behind, &ledger);
    alice.login().await;
    let first_login_time = bob.login().await;
    let stop = watch::Sender::new(false);
    alice.talk(bob.name(), 8, stop.subscribe());
    bob.talk(alice.name(), 8, stop.subscribe());
    for _ in 0..REBINDINGS {
        go_on(&ledger, rng.usize(100..200)).await;
        let lost = ledger.totals().links_lost;
        proxy.rebind().await.unwrap();
        let noticed = ledger.until(|now| now.links_lost > lost);
        within("the server's answer to a stranger", noticed).await;
    }
    stop.send_replace(true);
    println!("under load: {}", settle(&ledger).await);

    // While nobody says anything, it is the next heartbeat that finds out.
    proxy.rebind().await.unwrap();
    for _ in 0..10 {
        alice.say(bob.name());
    }
    println!("idle: {}", settle(&ledger).await);
    // He was never logged in anew.
    assert_eq!(bob.login().await, first_login_time);
}

#[tokio::test]
async fn a_server_that_was_paused_hears_what_came_meanwhile_before_it_judges() {
    let data = tempfile::tempdir().unwrap();
    let mut server = ServerProgram::start(data.path(), &SENSE).await;
    let mut clients = Vec::new();
    for transport in ALL_TRANSPORTS {
        let address = server.socket_addr(transport);
        let mut client = RawConnection::open_at(transport, address).await;
        let user = format!("alice-{transport}");
        assert_eq!(client.log_in_as(&user, "t", 0).await.0, 0);
        clients.push(client);
    }
    let heartbeats = async {
        for _ in 0..4 {
            for client in &mut clients {
                client.send(&json!({ "type": 1 })).await;
            }
            tokio::time::sleep(INTERVAL).await;
        }
    };
    // Longer than the time-outs on all transports.
    tokio::join!(
        server.pause(SERVER_TIMEOUT + INTERVAL + GRACE / 10),
        heartbeats
    );
    for client in &mut clients {
        client
            .send(&json!({ "type": 5, "dataContent": "there?" }))
            .await;
        loop {
            let answer = client.receive_json().await;
            match answer["type"].as_i64() {
                Some(51) => {}
                Some(53) => break,
                _ => panic!("{answer}"),
            }
        }
    }
    let (_, log) = server.terminate().await;
    assert!(log.contains("the process did not run for"), "{log}");
    assert!(!log.contains("no sign of life"), "{log}");
}
