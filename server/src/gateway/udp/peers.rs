//! Who is behind which address.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Poll, Waker};

use futures_util::FutureExt as _;
use mobileim_protocol::datagram::{self, Assembly};
use mobileim_protocol::{Instant, Secret, Transport};
use parking_lot::Mutex;
use tracing::{debug, info};

use super::known::Known;
use super::link::{Contest, Origin, UdpLink, random_fingerprint};
use super::peer::{self, Peer, Standing, State};
use super::send_queue::SendQueue;
use crate::gateway::Limits;
use crate::gateway::admission::Admission;
use mobileim_hub::{
    Answer, CloseReason, Connection, Evidence, Link, Rate, ServerHandle, Step, Used,
};

/// How many bytes of long bodies that are not complete are held at most, of all addresses.
const MAX_PARTS: usize = 16 * 1024 * 1024;

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

impl Peers {
    pub(super) fn new(
        server: ServerHandle,
        send_queue: Arc<SendQueue>,
        limits: Arc<Limits>,
        admission: Arc<Admission>,
    ) -> Arc<Self> {
        let quotas = server.driver().config().quotas;
        let of_strangers = quotas
            .logins
            .map(|rate| Rate::new(rate.per_second().saturating_mul(PER_LOGIN), rate.burst()));
        Arc::new(Self {
            server,
            known: Arc::new(Known::new(Arc::clone(&admission), quotas)),
            send_queue,
            assembly: Mutex::new(Assembly::new(4 * limits.max_body, MAX_PARTS)),
            limits,
            admission,
            of_strangers,
            strangers: Mutex::default(),
        })
    }

    /// A datagram came from an address, to an address of this machine.
    pub(super) fn receive(self: &Arc<Self>, from: SocketAddr, to: Option<IpAddr>, datagram: &[u8]) {
        let now = self.server.driver().now();
        let (secret, body) = Secret::split(datagram);
        let known = self.known.get(from);
        let known = known.filter(|peer| peer.has_said(secret));
        let origin = Origin {
            address: from,
            local: to,
            secret,
        };
        let Some(peer) = known.or_else(|| self.stranger(now, origin, body)) else {
            return;
        };
        peer.link.touch(now);
        if datagram::is_part(body) && peer.link.knows_parts() {
            let whole = self.assembly.lock().receive(now, from, body);
            if let Some(body) = whole {
                self.receive_body(&peer, secret, &body);
            }
        } else {
            self.receive_body(&peer, secret, body);
        }
    }

    /// A datagram came from an address that is not known, or does not begin with what those of the session there do. Returns who is
    /// to be heard, if anybody.
    fn stranger(self: &Arc<Self>, now: Instant, origin: Origin, body: &[u8]) -> Option<Arc<Peer>> {
        let counters = self.server.driver().counters();
        if !self.looks_at_stranger(now) {
            counters.lost_datagrams.count();
            return None;
        }
        if let Some(known) = self.known.get(origin.address) {
            if known.is_of(origin.secret, body) {
                return Some(known);
            }
            if peer::login(body).is_none() || !self.has_gone(now, &known) {
                counters.forged_datagrams.count();
                return None;
            }
        }
        if !self.known.has_room_for(origin.address) {
            counters.closed_without_session(CloseReason::TooManyConnections);
            return None;
        }
        let link = Arc::new(UdpLink::new(
            origin,
            now,
            Arc::clone(&self.limits),
            Arc::downgrade(&self.known),
            Arc::clone(&self.send_queue),
            self.server.clone(),
        ));
        let connection = Connection::new(self.server.clone(), now, Arc::<UdpLink>::clone(&link));
        Some(Arc::new(Peer::new(link, connection)))
    }

    /// Somebody else logs in from an address, or pretends to. Returns whether who has it is gone, and ends that session then: it is asked
    /// before, so that nobody can end it by another's address.
    fn has_gone(self: &Arc<Self>, now: Instant, peer: &Arc<Peer>) -> bool {
        match peer.link.contest(now) {
            Contest::Waits => false,
            Contest::Ask => {
                if let Some(fp) = random_fingerprint() {
                    peer.state.lock().connection.ask(&fp);
                }
                false
            }
            Contest::IsGone => {
                let mut state = peer.state.lock();
                state.waiting = None;
                self.act(peer, &mut state, Step::Close(CloseReason::Expired));
                true
            }
        }
    }

    fn looks_at_stranger(&self, now: Instant) -> bool {
        self.of_strangers
            .is_none_or(|rate| self.strangers.lock().take(now, rate).is_ok())
    }

    fn receive_body(self: &Arc<Self>, peer: &Arc<Peer>, secret: Option<Secret>, body: &[u8]) {
        let mut state = peer.state.lock();
        if state.waiting.is_some() {
            if !state.hold(secret, body) {
                self.server.driver().counters().lost_datagrams.count();
            }
            return;
        }
        let step = self.handle(&peer.link, &mut state.connection, body);
        self.act(peer, &mut state, step);
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
            // Datagrams are never too many: they are lost then.
            Step::Continue | Step::Full => {}
            Step::Wait(answer) => {
                if state.standing == Standing::Stranger && self.is_full() {
                    self.server.driver().counters().lost_datagrams.count();
                    return;
                }
                state.waiting = Some(VecDeque::new());
                let wait = Arc::clone(self).wait(Arc::clone(peer), answer);
                tokio::spawn(Arc::clone(self).or_fail(Arc::clone(peer), wait));
            }
            Step::Close(reason) => {
                state.connection.close(self.server.driver().now(), reason);
                peer.link.close(reason);
            }
        }
        self.await_decisions(peer, state);
        self.change_standing(peer, state);
    }

    /// Sees to it that a task waits for what the application decides about messages, if it is asked.
    fn await_decisions(self: &Arc<Self>, peer: &Arc<Peer>, state: &mut State) {
        if !state.connection.is_asking() {
            return;
        }
        if let Some(waker) = &state.deciding {
            return waker.wake_by_ref();
        }
        state.deciding = Some(Waker::noop().clone());
        let decide = Arc::clone(self).decide(Arc::clone(peer));
        tokio::spawn(Arc::clone(self).or_fail(Arc::clone(peer), decide));
    }

    /// Does what the application decides about the messages of an address, until it is asked no more, or the address is closed.
    async fn decide(self: Arc<Self>, peer: Arc<Peer>) {
        let decided = poll_fn(|cx| {
            let mut state = peer.state.lock();
            let step = state.connection.decide(self.server.driver().now(), cx);
            if state.connection.is_asking() && !matches!(step, Step::Close(_)) {
                state.deciding = Some(cx.waker().clone());
                return Poll::Pending;
            }
            state.deciding = None;
            self.act(&peer, &mut state, step);
            Poll::Ready(())
        });
        tokio::select! {
            biased;
            () = peer.link.ended() => {
                let mut state = peer.state.lock();
                state.deciding = None;
                state.connection.close(self.server.driver().now(), CloseReason::Disconnected);
            }
            () = decided => {}
        }
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
        state.deciding = None;
        self.act(peer, &mut state, Step::Close(CloseReason::Failed));
    }

    /// Does something for an address; a panic there ends its session.
    async fn or_fail(self: Arc<Self>, peer: Arc<Peer>, act: impl Future<Output = ()> + Send) {
        if AssertUnwindSafe(act).catch_unwind().await.is_err() {
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
                    Some(held) if !peer.is_of(held.secret, &held.body) => {
                        self.server.driver().counters().forged_datagrams.count();
                    }
                    Some(held) => {
                        step = self.handle(&peer.link, &mut state.connection, &held.body);
                    }
                    None => break step,
                }
            };
            if let Step::Wait(next) = waiting {
                self.await_decisions(&peer, &mut state);
                answer = next;
                continue;
            }
            state.waiting = None;
            return self.act(&peer, &mut state, waiting);
        }
    }
}

#[cfg(test)]
mod tests;
