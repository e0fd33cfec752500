//! Who is behind which address.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use mobileim_protocol::Instant;
use parking_lot::Mutex;

use super::link::UdpLink;
use super::outbox::Outbox;
use crate::hub::{CloseReason, Evidence, Link};
use crate::{Answer, Connection, ServerHandle, Step};

/// How many datagrams of one address wait while the application decides about one.
const MAX_WAITING: usize = 64;

/// The addresses that are logged in, or may soon be.
pub(super) struct Peers {
    server: ServerHandle,
    known: Arc<Known>,
    outbox: Arc<Outbox>,
    max_body: usize,
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
    pub(super) fn new(server: ServerHandle, outbox: Arc<Outbox>, max_body: usize) -> Arc<Self> {
        Arc::new(Self {
            server,
            known: Arc::default(),
            outbox,
            max_body,
        })
    }

    /// A datagram came from an address, to an address of this machine.
    pub(super) fn receive(self: &Arc<Self>, from: SocketAddr, to: Option<IpAddr>, body: &[u8]) {
        let now = self.server.now();
        let known = self.known.lock().get(&from).cloned();
        let peer = known.unwrap_or_else(|| self.stranger(now, from, to));
        peer.link.touch(now);
        let mut state = peer.state.lock();
        if let Some(waiting) = &mut state.waiting {
            if waiting.len() < MAX_WAITING {
                waiting.push_back(Bytes::copy_from_slice(body));
            } else {
                self.server.hub().counters().lost_datagrams.count();
            }
            return;
        }
        let step = self.handle(&peer.link, &mut state.connection, body);
        self.act(&peer, &mut state, step);
    }

    fn stranger(&self, now: Instant, address: SocketAddr, local: Option<IpAddr>) -> Arc<Peer> {
        let link = Arc::new(UdpLink::new(
            address,
            local,
            now,
            self.max_body,
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
        if body.len() > self.max_body {
            link.learn(Evidence::Heard {
                bytes: body.len(),
                kind: None,
            });
            let why = format!(
                "a datagram of {} bytes, at most {} are allowed",
                body.len(),
                self.max_body
            );
            return connection.refuse_invalid(CloseReason::OversizedMessage, why);
        }
        connection.receive(self.server.now(), body)
    }

    fn act(self: &Arc<Self>, peer: &Arc<Peer>, state: &mut State, step: Step) {
        match step {
            Step::Continue => {}
            Step::Wait(answer) => {
                state.waiting = Some(VecDeque::new());
                tokio::spawn(Arc::clone(self).wait(Arc::clone(peer), answer));
            }
            Step::Close(reason) => {
                state.connection.close(self.server.now(), reason);
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
            let mut step = state.connection.resume(self.server.now(), decided);
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
