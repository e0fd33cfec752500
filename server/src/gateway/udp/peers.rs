//! Who is behind which address.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures_util::FutureExt as _;
use mobileim_protocol::datagram::{self, Assembly};
use mobileim_protocol::{Instant, Transport};
use parking_lot::Mutex;
use tracing::{debug, info};

use super::link::UdpLink;
use super::send_queue::SendQueue;
use crate::gateway::Limits;
use crate::gateway::admission::Admission;
use mobileim_hub::{
    Answer, CloseReason, Connection, Evidence, Link, Rate, ServerHandle, Step, Used,
};

/// How many bytes of long bodies that are not complete are held at most, of all addresses.
const MAX_PARTS: usize = 16 * 1024 * 1024;

/// How many datagrams of one address wait while the application decides about one, and how many bytes.
const MAX_WAITING: usize = 64;
const MAX_WAITING_BYTES: usize = 256 * 1024;

/// The same for an address that has not logged in: its LOGIN again.
const MAX_WAITING_BEFORE_LOGIN: usize = 4;
const MAX_WAITING_BYTES_BEFORE_LOGIN: usize = 8 * 1024;

/// How many datagrams of strangers are looked at for each login that may come, but for what comes at once: the rest is dropped
/// before it costs anything, so that the socket's buffer, which all share, is emptied as fast as it fills.
const PER_LOGIN: u32 = 4;

/// The addresses that are logged in, or may soon be.
pub(super) struct Peers {
    server: ServerHandle,
    known: Arc<Known>,
    send_queue: Arc<SendQueue>,
    /// Long bodies of which parts have come.
    assembly: Mutex<Assembly<SocketAddr>>,
    limits: Arc<Limits>,
    admission: Arc<Admission>,
    /// How many datagrams of addresses that are not known may be looked at, if not all.
    of_strangers: Option<Rate>,
    strangers: Mutex<Used>,
}

/// Who is behind which address, and how many of them are undecided.
#[derive(Default)]
pub(super) struct Known {
    peers: Mutex<HashMap<SocketAddr, Arc<Peer>>>,
    undecided: AtomicUsize,
}

impl Known {
    fn get(&self, address: SocketAddr) -> Option<Arc<Peer>> {
        self.peers.lock().get(&address).cloned()
    }

    fn insert(&self, peer: &Arc<Peer>) {
        let address = peer.link.address;
        self.peers.lock().insert(address, Arc::clone(peer));
    }

    /// Forgets an address, unless another link has taken it over.
    pub(super) fn remove(&self, link: &UdpLink) {
        let mut peers = self.peers.lock();
        let known = peers.get(&link.address);
        if known.is_some_and(|peer| std::ptr::eq(&raw const *peer.link, link)) {
            peers.remove(&link.address);
        }
    }
}

pub(super) struct Peer {
    pub(super) link: Arc<UdpLink>,
    state: Mutex<State>,
}

struct State {
    connection: Connection,
    /// What came while the application decides; `None` while it does not.
    waiting: Option<VecDeque<Bytes>>,
    standing: Standing,
}

/// What an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Nothing is known of it.
    Stranger,
    /// Its login is being decided.
    Undecided,
    /// It is logged in.
    Session,
}

impl State {
    /// What the address is now.
    fn current(&self) -> Standing {
        if self.connection.is_logged_in() {
            Standing::Session
        } else if self.waiting.is_some() {
            Standing::Undecided
        } else {
            Standing::Stranger
        }
    }

    /// Lets a datagram wait for the application. Returns whether there is room for it.
    fn hold(&mut self, body: &[u8]) -> bool {
        let (max, max_bytes) = match self.standing {
            Standing::Session => (MAX_WAITING, MAX_WAITING_BYTES),
            _ => (MAX_WAITING_BEFORE_LOGIN, MAX_WAITING_BYTES_BEFORE_LOGIN),
        };
        let waiting = self.waiting.get_or_insert_default();
        let bytes = waiting.iter().map(Bytes::len).sum::<usize>() + body.len();
        let has_room = waiting.len() < max && bytes <= max_bytes;
        if has_room {
            waiting.push_back(Bytes::copy_from_slice(body));
        }
        has_room
    }
}

impl Peers {
    pub(super) fn new(
        server: ServerHandle,
        send_queue: Arc<SendQueue>,
        limits: Arc<Limits>,
        admission: Arc<Admission>,
    ) -> Arc<Self> {
        let logins = server.driver().config().quotas.logins;
        let of_strangers =
            logins.map(|rate| Rate::new(rate.per_second().saturating_mul(PER_LOGIN), rate.burst()));
        Arc::new(Self {
            server,
            known: Arc::default(),
            send_queue,
            assembly: Mutex::new(Assembly::new(4 * limits.max_body, MAX_PARTS)),
            limits,
            admission,
            of_strangers,
            strangers: Mutex::default(),
        })
    }

    /// A datagram came from an address, to an address of this machine.
    pub(super) fn receive(self: &Arc<Self>, from: SocketAddr, to: Option<IpAddr>, body: &[u8]) {
        let now = self.server.driver().now();
        let peer = match self.known.get(from) {
            Some(peer) => peer,
            None if self.looks_at_stranger(now) => self.stranger(now, from, to),
            None => return self.server.driver().counters().lost_datagrams.count(),
        };
        peer.link.touch(now);
        if datagram::is_part(body) && peer.link.knows_parts() {
            let whole = self.assembly.lock().receive(now, from, body);
            if let Some(body) = whole {
                self.receive_body(&peer, &body);
            }
        } else {
            self.receive_body(&peer, body);
        }
    }

    fn looks_at_stranger(&self, now: Instant) -> bool {
        self.of_strangers
            .is_none_or(|rate| self.strangers.lock().take(now, rate).is_ok())
    }

    fn receive_body(self: &Arc<Self>, peer: &Arc<Peer>, body: &[u8]) {
        let mut state = peer.state.lock();
        if state.waiting.is_some() {
            if !state.hold(body) {
                self.server.driver().counters().lost_datagrams.count();
            }
            return;
        }
        let step = self.handle(&peer.link, &mut state.connection, body);
        self.act(peer, &mut state, step);
    }

    fn stranger(&self, now: Instant, address: SocketAddr, local: Option<IpAddr>) -> Arc<Peer> {
        let link = Arc::new(UdpLink::new(
            address,
            local,
            now,
            Arc::clone(&self.limits),
            Arc::downgrade(&self.known),
            Arc::clone(&self.send_queue),
            self.server.clone(),
        ));
        let connection = Connection::new(self.server.clone(), now, Arc::<UdpLink>::clone(&link));
        Arc::new(Peer {
            link,
            state: Mutex::new(State {
                connection,
                waiting: None,
                standing: Standing::Stranger,
            }),
        })
    }

    fn handle(&self, link: &UdpLink, connection: &mut Connection, body: &[u8]) -> Step {
        let max_body = link.max_incoming();
        if body.len() > max_body {
            link.learn(Evidence::Heard {
                bytes: body.len(),
                kind: None,
            });
            let why = format!(
                "a datagram of {} bytes, at most {max_body} are allowed",
                body.len(),
            );
            return connection.refuse_invalid(CloseReason::OversizedMessage, why);
        }
        connection.receive(self.server.driver().now(), body)
    }

    fn act(self: &Arc<Self>, peer: &Arc<Peer>, state: &mut State, step: Step) {
        if let Some(cause) = state.connection.take_refusal() {
            let peer = peer.link.address;
            if self.admission.lines().take() {
                info!(transport = %Transport::Udp, %peer, cause, "login refused");
            } else {
                debug!(transport = %Transport::Udp, %peer, cause, "login refused");
            }
        }
        match step {
            Step::Continue => {}
            Step::Wait(answer) => {
                if state.standing == Standing::Stranger && self.is_full() {
                    self.server.driver().counters().lost_datagrams.count();
                    return;
                }
                state.waiting = Some(VecDeque::new());
                tokio::spawn(Arc::clone(self).wait_or_fail(Arc::clone(peer), answer));
            }
            Step::Close(reason) => {
                state.connection.close(self.server.driver().now(), reason);
                peer.link.close(reason);
            }
        }
        self.change_standing(peer, state);
    }

    /// Whether as many addresses wait for the application to decide about their login as may; what others send is lost meanwhile,
    /// and sent again. An address costs nothing.
    fn is_full(&self) -> bool {
        let max = self.server.driver().config().quotas.strangers;
        self.known.undecided.load(Ordering::Relaxed) >= max
    }

    /// Notes what the address has become, if that has changed.
    fn change_standing(&self, peer: &Arc<Peer>, state: &mut State) {
        let standing = state.current();
        let before = std::mem::replace(&mut state.standing, standing);
        if standing == before {
            return;
        }
        match (before, standing) {
            (Standing::Undecided, _) => self.known.undecided.fetch_sub(1, Ordering::Relaxed),
            (_, Standing::Undecided) => self.known.undecided.fetch_add(1, Ordering::Relaxed),
            _ => 0,
        };
        if before == Standing::Stranger {
            self.known.insert(peer);
        }
        // It may have been closed before it was known.
        if standing == Standing::Stranger || peer.link.is_closed() {
            self.known.remove(&peer.link);
        }
    }

    /// What handled a datagram of this address has panicked.
    pub(super) fn fail(self: &Arc<Self>, address: SocketAddr) {
        self.server.driver().counters().panics.count();
        if let Some(peer) = self.known.get(address) {
            self.fail_peer(&peer);
        }
    }

    fn fail_peer(self: &Arc<Self>, peer: &Arc<Peer>) {
        let mut state = peer.state.lock();
        state.waiting = None;
        self.act(peer, &mut state, Step::Close(CloseReason::Failed));
    }

    async fn wait_or_fail(
        self: Arc<Self>,
        peer: Arc<Peer>,
        answer: Pin<Box<dyn Future<Output = Answer> + Send>>,
    ) {
        let wait = Arc::clone(&self).wait(Arc::clone(&peer), answer);
        if AssertUnwindSafe(wait).catch_unwind().await.is_err() {
            self.server.driver().counters().panics.count();
            self.fail_peer(&peer);
        }
    }

    /// Waits for the application, then handles what came meanwhile.
    async fn wait(
        self: Arc<Self>,
        peer: Arc<Peer>,
        mut answer: Pin<Box<dyn Future<Output = Answer> + Send>>,
    ) {
        let login_time = self.server.driver().config().login_timeout;
        let undecided = peer.state.lock().standing == Standing::Undecided;
        loop {
            let decided = if undecided {
                // As on a stream, which is closed then.
                tokio::time::timeout(login_time, answer).await.ok()
            } else {
                Some(answer.await)
            };
            let mut state = peer.state.lock();
            let Some(decided) = decided else {
                state.waiting = None;
                return self.change_standing(&peer, &mut state);
            };
            let mut step = state.connection.resume(self.server.driver().now(), decided);
            let waiting = loop {
                if !matches!(step, Step::Continue) {
                    break step;
                }
                match state.waiting.as_mut().and_then(VecDeque::pop_front) {
                    Some(body) => step = self.handle(&peer.link, &mut state.connection, &body),
                    None => break step,
                }
            };
            if let Step::Wait(next) = waiting {
                answer = next;
                continue;
            }
            state.waiting = None;
            return self.act(&peer, &mut state, waiting);
        }
    }
}

#[cfg(test)]
mod tests {
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
        let decide = decide.clone();
        let verify = move |_: &LoginRequest| {
            let mut decide = decide.clone();
            Deferred::pending(async move {
                decide.wait_for(|decided| *decided).await.unwrap();
                LoginVerdict::Refuse(1025)
            })
        };
        let mut config = Config::default();
        config.quotas = quotas;
        let server = ServerHandle::new(Parts {
            config,
            store: Arc::new(NoStore),
            authenticator: Arc::new(verify),
            hooks: Arc::new(()),
            clock: Arc::new(SystemClock::new()),
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
        };
        encode(
            &Message::new(MessageType::Login, NOBODY, SERVER)
                .with_content(payload::encode(&request)),
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
        while !peers.known.peers.lock().is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(peers.known.undecided.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn forged_logins_that_nobody_has_decided_about_are_bounded_and_forgotten() {
        let (decided, decide) = watch::channel(false);
        let peers = peers(&decide);
        flood(&peers, 10);
        assert_eq!(peers.known.peers.lock().len(), MAX_UNDECIDED);
        assert_eq!(peers.known.undecided.load(Ordering::Relaxed), MAX_UNDECIDED);
        let held = peers.known.get(address(1)).unwrap();
        let held = held.state.lock().waiting.as_ref().unwrap().len();
        assert_eq!(held, MAX_WAITING_BEFORE_LOGIN);

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
}
