//! The hub's end of an address.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use mobileim_protocol::{Instant, Secret, Transport, datagram};
use tokio::sync::Notify;
use tracing::warn;

use super::known::Known;
use super::send_queue::{Datagram, SendQueue};
use crate::gateway::Limits;
use mobileim_hub::{Budget, CloseReason, Evidence, Link, Peer, Purpose, ServerHandle};

/// Who was heard of so lately need not be asked whether it is still there: a forger cannot have it asked more often.
const LEAST_SILENCE: Duration = Duration::from_secs(1);
/// How long it has to answer, which takes a round trip, and another if a datagram is lost.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) struct UdpLink {
    pub(super) address: SocketAddr,
    /// The address of this machine that the other end knows.
    local: Option<IpAddr>,
    /// In microseconds.
    last_seen: AtomicU64,
    closed: AtomicBool,
    /// It is closed: nothing is decided for it any more.
    ended: Notify,
    limits: Arc<Limits>,
    /// The longest body that the client takes, and the longest that is taken from it.
    max_body: AtomicUsize,
    max_incoming: AtomicUsize,
    /// Whether the client knows of parts, as it has said what it takes.
    knows_parts: AtomicBool,
    /// What its datagrams begin with, and those for it: 0 if nothing.
    secret: AtomicU64,
    /// When it was last asked whether it is still there, as another logs in from its address, in microseconds.
    asked: AtomicU64,
    /// What the address may be sent.
    budget: Budget,
    known: Weak<Known>,
    send_queue: Arc<SendQueue>,
    server: ServerHandle,
}

/// Where a datagram came from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin {
    pub(super) address: SocketAddr,
    /// The address of this machine that it was sent to.
    pub(super) local: Option<IpAddr>,
    /// What it began with.
    pub(super) secret: Option<Secret>,
}

/// What becomes of who wants an address that another has.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Contest {
    /// It comes again: the other was heard of just now, or was asked.
    Waits,
    /// The same, and the other is to be asked whether it is still there.
    Ask,
    /// The other does not answer.
    IsGone,
}

impl UdpLink {
    pub(super) fn new(
        origin: Origin,
        now: Instant,
        limits: Arc<Limits>,
        known: Weak<Known>,
        send_queue: Arc<SendQueue>,
        server: ServerHandle,
    ) -> Self {
        let agreed = limits.agree(Transport::Udp, None);
        let Origin {
            address,
            local,
            secret,
        } = origin;
        Self {
            address,
            local,
            last_seen: AtomicU64::new(now.as_micros()),
            closed: AtomicBool::new(false),
            ended: Notify::new(),
            limits,
            max_body: AtomicUsize::new(agreed.outgoing),
            max_incoming: AtomicUsize::new(agreed.incoming),
            knows_parts: AtomicBool::new(false),
            secret: AtomicU64::new(secret.map_or(0, Secret::get)),
            asked: AtomicU64::new(0),
            budget: Budget::default(),
            known,
            send_queue,
            server,
        }
    }

    pub(super) fn touch(&self, now: Instant) {
        self.last_seen.store(now.as_micros(), Ordering::Relaxed);
    }

    pub(super) fn knows_parts(&self) -> bool {
        self.knows_parts.load(Ordering::Relaxed)
    }

    /// The longest body that is taken from the client, in bytes.
    pub(super) fn max_incoming(&self) -> usize {
        self.max_incoming.load(Ordering::Relaxed)
    }

    /// What its datagrams begin with.
    pub(super) fn secret(&self) -> Option<Secret> {
        Secret::new(self.secret.load(Ordering::Relaxed))
    }

    /// Somebody else wants to log in from this address: is who has it still there?
    pub(super) fn contest(&self, now: Instant) -> Contest {
        let (seen, asked) = (self.last_seen(), self.asked.load(Ordering::Relaxed));
        let asked = (asked != 0).then(|| Instant::from_micros(asked));
        match asked.filter(|asked| *asked > seen) {
            Some(asked) if now.since(asked) > PATIENCE => Contest::IsGone,
            Some(_) => Contest::Waits,
            None if now.since(seen) < LEAST_SILENCE => Contest::Waits,
            None => {
                self.asked.store(now.as_micros(), Ordering::Relaxed);
                Contest::Ask
            }
        }
    }

    /// Waits until it is closed: for one who waits.
    pub(super) async fn ended(&self) {
        self.ended.notified().await;
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    fn send(&self, body: Bytes, purpose: Purpose) {
        if self.is_closed() {
            return;
        }
        let driver = self.server.driver();
        let push = |body| self.push(body);
        // Asked only if a proof is: most datagrams are paid for.
        let now = || driver.now();
        if !(self.budget).send(now, body, purpose, random_fingerprint, push) {
            driver.counters().lost_datagrams.count();
        }
    }

    fn push(&self, body: Bytes) {
        if body.len() > datagram::MAX_DATAGRAM && self.knows_parts() {
            for part in datagram::cut(&body) {
                self.push_datagram(Bytes::from(part));
            }
        } else {
            self.push_datagram(body);
        }
    }

    fn push_datagram(&self, body: Bytes) {
        let datagram = Datagram {
            to: self.address,
            from: self.local,
            secret: self.secret(),
            body,
        };
        if !self.send_queue.push(datagram) {
            self.server.driver().counters().lost_datagrams.count();
        }
    }
}

/// A fingerprint that nobody can guess; `None` if the system has no random numbers.
pub(super) fn random_fingerprint() -> Option<String> {
    let mut bytes = [0; 16];
    if let Err(error) = getrandom::fill(&mut bytes) {
        warn!(%error, "no random numbers: UDP addresses cannot prove that they receive");
        return None;
    }
    let fp = uuid::Builder::from_random_bytes(bytes).into_uuid();
    Some(fp.to_string())
}

impl Link for UdpLink {
    fn transport(&self) -> Transport {
        Transport::Udp
    }

    fn peer(&self) -> Peer {
        Peer::at(Transport::Udp, self.address)
    }

    fn max_body(&self) -> usize {
        self.max_body.load(Ordering::Relaxed)
    }

    fn set_max_body(&self, max_body: Option<usize>) -> Option<usize> {
        let agreed = self.limits.agree(Transport::Udp, max_body);
        self.max_body.store(agreed.outgoing, Ordering::Relaxed);
        self.max_incoming.store(agreed.incoming, Ordering::Relaxed);
        self.knows_parts
            .store(max_body.is_some(), Ordering::Relaxed);
        max_body.map(|_| agreed.incoming)
    }

    fn transmit(&self, body: Bytes) {
        self.send(body, Purpose::Answer);
    }

    fn deliver(&self, body: Bytes) {
        self.send(body, Purpose::Message);
    }

    fn allowance(&self) -> usize {
        self.budget.allowance()
    }

    fn learn(&self, evidence: Evidence<'_>) {
        if !self.is_closed() {
            // The first holds: it is what all but the first login came with.
            if let Evidence::LoggedIn {
                secret: Some(secret),
                ..
            } = evidence
                && self.secret().is_none()
            {
                self.secret.store(secret.get(), Ordering::Relaxed);
            }
            let now = || self.server.driver().now();
            let push = |body| self.push(body);
            self.budget.learn(now, evidence, random_fingerprint, push);
        }
    }

    fn ping(&self) {}

    fn close(&self, _reason: CloseReason) {
        self.closed.store(true, Ordering::SeqCst);
        self.ended.notify_one();
        // What comes from this address from now on is a stranger's.
        if let Some(known) = self.known.upgrade() {
            known.remove(self);
        }
    }

    fn last_seen(&self) -> Instant {
        Instant::from_micros(self.last_seen.load(Ordering::Relaxed))
    }
}
