//! The hub's end of an address.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use bytes::Bytes;
use mobileim_protocol::{Instant, Transport, datagram};
use parking_lot::Mutex;
use tracing::warn;

use super::outbox::{Datagram, Outbox};
use super::peers::Known;
use super::unproven::{Purpose, Sent, Unproven};
use crate::answers;
use crate::gateway::Limits;
use crate::handle::ServerHandle;
use crate::hub::{CloseReason, Evidence, Link};

pub(super) struct UdpLink {
    pub(super) address: SocketAddr,
    /// The address of this machine that the other end knows.
    local: Option<IpAddr>,
    /// In microseconds.
    last_seen: AtomicU64,
    closed: AtomicBool,
    limits: Limits,
    /// The longest body that the client takes, and the longest that is taken from it.
    max_body: AtomicUsize,
    max_incoming: AtomicUsize,
    /// Whether the client knows of parts, as it has said what it takes.
    knows_parts: AtomicBool,
    /// Whether `unproven` has become `None`.
    proven: AtomicBool,
    /// What the address may be sent; `None` once it has proved that it receives.
    unproven: Mutex<Option<Unproven>>,
    known: Arc<Known>,
    outbox: Arc<Outbox>,
    server: ServerHandle,
}

impl UdpLink {
    pub(super) fn new(
        address: SocketAddr,
        local: Option<IpAddr>,
        now: Instant,
        limits: Limits,
        known: Arc<Known>,
        outbox: Arc<Outbox>,
        server: ServerHandle,
    ) -> Self {
        let agreed = limits.agree(Transport::Udp, None);
        Self {
            address,
            local,
            last_seen: AtomicU64::new(now.as_micros()),
            closed: AtomicBool::new(false),
            limits,
            max_body: AtomicUsize::new(agreed.outgoing),
            max_incoming: AtomicUsize::new(agreed.incoming),
            knows_parts: AtomicBool::new(false),
            proven: AtomicBool::new(false),
            unproven: Mutex::new(Some(Unproven::default())),
            known,
            outbox,
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

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    /// What comes from this address from now on is a stranger's, unless somebody else is known there.
    pub(super) fn forget(&self) {
        let mut known = self.known.lock();
        if known
            .get(&self.address)
            .is_some_and(|peer| std::ptr::eq(&raw const *peer.link, self))
        {
            known.remove(&self.address);
        }
    }

    fn send(&self, body: Bytes, purpose: Purpose) {
        if self.is_closed() {
            return;
        }
        if self.proven.load(Ordering::Acquire) {
            return self.push(body);
        }
        let mut guard = self.unproven.lock();
        let Some(unproven) = guard.as_mut() else {
            drop(guard);
            return self.push(body);
        };
        match unproven.send(body, purpose) {
            Sent::Now(body) => self.push(body),
            Sent::Held => self.ask_for_proof(unproven),
            Sent::Lost => self.server.hub().counters().lost_datagrams.count(),
        }
    }

    /// Sends what waits, as far as it is paid for, and asks for a proof if some of it is not.
    fn release(&self, unproven: &mut Unproven) {
        while let Some(body) = unproven.release() {
            self.push(body);
        }
        self.ask_for_proof(unproven);
    }

    fn ask_for_proof(&self, unproven: &mut Unproven) {
        if let Some(body) = unproven.probe(self.server.now(), random_fingerprint, answers::probe) {
            self.push(body);
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
            body,
        };
        if !self.outbox.push(datagram) {
            self.server.hub().counters().lost_datagrams.count();
        }
    }
}

/// A fingerprint that nobody can guess; `None` if the system has no random numbers.
fn random_fingerprint() -> Option<String> {
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
        let unproven = self.unproven.lock();
        unproven.as_ref().map_or(usize::MAX, Unproven::allowance)
    }

    fn learn(&self, evidence: Evidence<'_>) {
        if self.proven.load(Ordering::Acquire) || self.is_closed() {
            return;
        }
        let mut guard = self.unproven.lock();
        let Some(unproven) = guard.as_mut() else {
            return;
        };
        match evidence {
            Evidence::Heard { bytes, kind } => unproven.hear(bytes, kind),
            Evidence::LoggedIn(user) => unproven.log_in(user),
            Evidence::Acknowledged { fp, .. } if unproven.is_proof(fp) => {
                self.proven.store(true, Ordering::Release);
                for body in guard.take().into_iter().flat_map(Unproven::into_held) {
                    self.push(body);
                }
                return;
            }
            Evidence::Acknowledged { bytes, .. } => unproven.acknowledge(bytes),
        }
        self.release(unproven);
    }

    fn peer(&self) -> Option<SocketAddr> {
        Some(self.address)
    }

    fn ping(&self) {}

    fn close(&self, _reason: CloseReason) {
        self.closed.store(true, Ordering::SeqCst);
        self.forget();
    }

    fn last_seen(&self) -> Instant {
        Instant::from_micros(self.last_seen.load(Ordering::Relaxed))
    }
}
