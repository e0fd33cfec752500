//! Whom a datagram is of, and what strangers cost.

mod secrets;

use std::net::Ipv4Addr;

use mobileim_hub::store::NoStore;
use mobileim_hub::{Config, Deferred, LoginVerdict, Parts, Quotas};
use mobileim_protocol::payload::{self, LoginRequest};
use mobileim_protocol::{Message, MessageType, NOBODY, SERVER, encode};
use tokio::sync::watch;

use super::*;
use crate::clock::SystemClock;
use crate::gateway::Origins;

const MAX_UNDECIDED: usize = 100;

/// Peers of a server that decides about logins when `decide` says so.
fn peers(decide: &watch::Receiver<bool>) -> Arc<Peers> {
    let mut quotas = Quotas::unlimited();
    quotas.strangers = MAX_UNDECIDED;
    peers_with(decide, quotas)
}

fn peers_with(decide: &watch::Receiver<bool>, quotas: Quotas) -> Arc<Peers> {
    deciding(decide, quotas, LoginVerdict::Refuse(1025))
}

/// The same, with this decision.
fn deciding(decide: &watch::Receiver<bool>, quotas: Quotas, verdict: LoginVerdict) -> Arc<Peers> {
    let decide = decide.clone();
    let verify = move |_: &LoginRequest| {
        let (mut decide, verdict) = (decide.clone(), verdict.clone());
        Deferred::pending(async move {
            decide.wait_for(|decided| *decided).await.unwrap();
            verdict
        })
    };
    let mut config = Config::default();
    config.quotas = quotas;
    let server = ServerHandle::new(Parts {
        config,
        store: Arc::new(NoStore),
        authenticator: Arc::new(verify),
        hooks: Arc::new(()),
        journal: Arc::new(()),
        clock: Arc::new(SystemClock::new()),
        devices: mobileim_hub::Devices::default(),
        groups: Vec::new(),
        seed: 1,
    });
    let limits = Arc::new(Limits::default());
    let admission = Arc::new(Admission::new(Origins::Any, &limits));
    Peers::new(server, Arc::default(), limits, admission)
}

fn login() -> String {
    let request = LoginRequest {
        user_id: "mallory".to_owned(),
        token: "forged".to_owned(),
        extra: None,
        first_login_time: 0,
        max_batch: None,
        max_body: None,
        secret: None,
        device: None,
    };
    encode(
        &Message::new(MessageType::Login, NOBODY, SERVER).with_content(payload::encode(&request)),
    )
}

fn address(number: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, number).into()
}

/// Lets `rounds` datagrams come from each of twice as many addresses as may be undecided.
fn flood(peers: &Arc<Peers>, rounds: usize) {
    for _ in 0..rounds {
        for number in 1..=2 * u16::try_from(MAX_UNDECIDED).unwrap() {
            peers.receive(address(number), None, login().as_bytes());
        }
    }
}

async fn all_forgotten(peers: &Arc<Peers>) {
    while peers.known.len() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(peers.known.undecided.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn forged_logins_that_nobody_has_decided_about_are_bounded_and_forgotten() {
    let (decided, decide) = watch::channel(false);
    let peers = peers(&decide);
    flood(&peers, 10);
    assert_eq!(peers.known.len(), MAX_UNDECIDED);
    assert_eq!(peers.known.undecided.load(Ordering::Relaxed), MAX_UNDECIDED);
    let held = peers.known.get(address(1)).unwrap();
    let held = held.state.lock().waiting.as_ref().unwrap().len();
    assert_eq!(held, peer::MAX_WAITING_BEFORE_LOGIN);

    decided.send_replace(true);
    all_forgotten(&peers).await;
    peers.receive(address(u16::MAX), None, login().as_bytes());
    assert!(peers.known.get(address(u16::MAX)).is_some());
}

#[tokio::test]
async fn of_a_flood_of_strangers_few_are_looked_at_and_who_is_known_is_heard() {
    let (_never, decide) = watch::channel(false);
    let mut quotas = Quotas::unlimited();
    quotas.logins = Some(Rate::new(1, 10));
    let peers = peers_with(&decide, quotas);
    let lost = || peers.server.stats().lost_datagrams;
    peers.receive(address(1), None, login().as_bytes());
    for number in 2..=1000 {
        peers.receive(address(number), None, b"garbage");
    }
    let lost_of_garbage = lost();
    assert!((900..=992).contains(&lost_of_garbage), "{lost_of_garbage}");
    // It waits for the decision, as the first did.
    peers.receive(address(1), None, login().as_bytes());
    let held = peers.known.get(address(1)).unwrap();
    assert_eq!(held.state.lock().waiting.as_ref().unwrap().len(), 1);
    assert_eq!(lost(), lost_of_garbage);
}

#[tokio::test(start_paused = true)]
async fn a_login_that_is_never_decided_keeps_nobody_out_for_long() {
    let (_never, decide) = watch::channel(false);
    let peers = peers(&decide);
    flood(&peers, 1);
    tokio::time::sleep(Config::default().login_timeout).await;
    all_forgotten(&peers).await;
}
