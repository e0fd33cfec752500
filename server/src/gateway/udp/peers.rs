//! Who is behind which address.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use mobileim_protocol::Instant;
use mobileim_protocol::datagram::{self, Assembly};
use parking_lot::Mutex;

use super::link::UdpLink;
use super::outbox::Outbox;
use crate::gateway::Limits;
use mobileim_hub::{Answer, CloseReason, Connection, Evidence, Link, ServerHandle, Step};

/// How many bytes of long bodies that are not complete are held at most, of all addresses.
const MAX_PARTS: usize = 16 * 1024 * 1024;

/// How many datagrams of one address wait while the application decides about one.
const MAX_WAITING: usize = 64;

/// And how many bytes.
const MAX_WAITING_BYTES: usize = 256 * 1024;

/// The addresses that are logged in, or may soon be.
pub(super) struct Peers {
    server: ServerHandle,
    known: Arc<Known>,
    outbox: Arc<Outbox>,
    /// Long bodies of which parts have come.
    assembly: Mutex<Assembly<SocketAddr>>,
    limits: Limits,
}

pub(super) type Known = Mutex<HashMap<SocketAddr, Arc<Peer>>>;

pub(super) struct Peer {
    pub(super) link: Arc<UdpLink>,
    state: Mutex<State>,
}

struct State {
    connection: Connection,
    /// What came while the application decides; `None` while it does not.
    waiting: Option<VecDeque<Bytes>>,
}

impl Peers {
    pub(super) fn new(server: ServerHandle, outbox: Arc<Outbox>, limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            server,
            known: Arc::default(),
            outbox,
            assembly: Mutex::new(Assembly::new(4 * limits.max_body, MAX_PARTS)),
            limits,
        })
    }

    /// A datagram came from an address, to an address of this machine.
    pub(super) fn receive(self: &Arc<Self>, from: SocketAddr, to: Option<IpAddr>, body: &[u8]) {
        let now = self.server.driver().now();
        let known = self.known.lock().get(&from).cloned();
        let peer = known.unwrap_or_else(|| self.stranger(now, from, to));
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

    fn receive_body(self: &Arc<Self>, peer: &Arc<Peer>, body: &[u8]) {
        let mut state = peer.state.lock();
        if let Some(waiting) = &mut state.waiting {
            let bytes = waiting.iter().map(Bytes::len).sum::<usize>() + body.len();
            if waiting.len() < MAX_WAITING && bytes <= MAX_WAITING_BYTES {
                waiting.push_back(Bytes::copy_from_slice(body));
            } else {
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
            self.limits,
            Arc::clone(&self.known),
            Arc::clone(&self.outbox),
            self.server.clone(),
        ));
        let connection = Connection::new(self.server.clone(), now, Arc::<UdpLink>::clone(&link));
        Arc::new(Peer {
            link,
            state: Mutex::new(State {
                connection,
                waiting: None,
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
        match step {
            Step::Continue => {}
            Step::Wait(answer) => {
                state.waiting = Some(VecDeque::new());
                tokio::spawn(Arc::clone(self).wait(Arc::clone(peer), answer));
            }
            Step::Close(reason) => {
                state.connection.close(self.server.driver().now(), reason);
                peer.link.close(reason);
            }
        }
        if state.connection.is_logged_in() || state.waiting.is_some() {
            let address = peer.link.address;
            self.known.lock().insert(address, Arc::clone(peer));
            if peer.link.is_closed() {
                // It was closed before it was known.
                peer.link.forget();
            }
        } else {
            peer.link.forget();
        }
    }

    /// Waits for the application, then handles what came meanwhile.
    async fn wait(
        self: Arc<Self>,
        peer: Arc<Peer>,
        mut answer: Pin<Box<dyn Future<Output = Answer> + Send>>,
    ) {
        loop {
            let decided = answer.await;
            let mut state = peer.state.lock();
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
