//! A bad network for datagrams.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mobileim_protocol::Instant;
use tokio::net::UdpSocket;
use tokio::sync::Notify;
use tokio::task::{AbortHandle, JoinSet};

use super::channel::{Conditions, Direction};
use super::ways::Ways;

const MAX_DATAGRAM: usize = 65_535;

/// Stands between UDP clients and their server; dropping it makes both unreachable for each other.
///
/// Each client address is shown to the server as one of the proxy's own, until [`UdpProxy::rebind`]. Flows of clients
/// that have gone away are kept: a test has few.
pub struct UdpProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    _tasks: JoinSet<()>,
}

/// How many datagrams went one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Datagrams {
    /// Came in.
    pub received: u64,
    /// Were lost.
    pub lost: u64,
    /// Were sent on twice.
    pub duplicated: u64,
    /// Were sent on after one that came in later.
    pub overtaken: u64,
}

struct Shared {
    server: SocketAddr,
    ways: Ways,
    front: UdpSocket,
    state: Mutex<State>,
    changed: Notify,
}

struct State {
    to_server: Tally,
    to_client: Tally,
    flows: HashMap<SocketAddr, Flow>,
    waiting: BinaryHeap<Reverse<Waiting>>,
    arrivals: u64,
}

/// What has gone one way.
#[derive(Default)]
struct Tally {
    counted: Datagrams,
    /// The latest to come in of those that were sent on.
    newest_sent: u64,
}

/// One client address.
struct Flow {
    outward: Arc<UdpSocket>,
    reader: AbortHandle,
    /// Where the server may still send to: nobody reads it, and nobody says so.
    forgotten: Vec<Arc<UdpSocket>>,
}

/// A datagram under way.
struct Waiting {
    at: Instant,
    /// Counts what came in.
    number: u64,
    direction: Direction,
    client: SocketAddr,
    body: Arc<[u8]>,
}

impl UdpProxy {
    /// A perfect network before a server. The seed says what it will draw.
    pub async fn start(server: SocketAddr, seed: u64) -> io::Result<Self> {
        let front = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = front.local_addr()?;
        let shared = Arc::new(Shared {
            server,
            ways: Ways::perfect(seed),
            front,
            state: Mutex::new(State {
                to_server: Tally::default(),
                to_client: Tally::default(),
                flows: HashMap::new(),
                waiting: BinaryHeap::new(),
                arrivals: 0,
            }),
            changed: Notify::new(),
        });
        let mut tasks = JoinSet::new();
        tasks.spawn(read_clients(Arc::clone(&shared)));
        tasks.spawn(send_when_due(Arc::clone(&shared)));
        Ok(Self {
            address,
            shared,
            _tasks: tasks,
        })
    }

    /// Where clients find it.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on the network is like this, both ways.
    pub fn set_both(&self, conditions: Conditions) {
        self.shared.ways.set_both(conditions);
    }

    /// From now on the network is like this, one way.
    pub fn set(&self, direction: Direction, conditions: Conditions) {
        self.shared.ways.set(direction, conditions);
    }

    /// Gives every client another address towards the server. What the server sends to the old one is swallowed.
    pub async fn rebind(&self) -> io::Result<()> {
        let clients: Vec<_> = self.shared.state().flows.keys().copied().collect();
        for client in clients {
            let outward = self.shared.open_outward().await?;
            let reader = spawn_reader(&self.shared, client, &outward);
            let mut state = self.shared.state();
            if let Some(flow) = state.flows.get_mut(&client) {
                flow.reader.abort();
                flow.reader = reader;
                let old = std::mem::replace(&mut flow.outward, outward);
                flow.forgotten.push(old);
            }
        }
        Ok(())
    }

    /// Somebody writes a client's address on a datagram, to the server, or the server's, to a client: it comes as if the other
    /// end had sent it. Done for each client.
    pub async fn forge(&self, direction: Direction, body: &[u8]) {
        let flows: Vec<_> = {
            let state = self.shared.state();
            let flows = state.flows.iter();
            flows
                .map(|(client, flow)| (*client, Arc::clone(&flow.outward)))
                .collect()
        };
        for (client, outward) in flows {
            // If nobody is there, it is lost.
            let _ = match direction {
                Direction::ToServer => outward.send(body).await,
                Direction::ToClient => self.shared.front.send_to(body, client).await,
            };
        }
    }

    /// What went one way since the start.
    pub fn counted(&self, direction: Direction) -> Datagrams {
        self.shared.state().tally(direction).counted
    }
}

impl Drop for UdpProxy {
    fn drop(&mut self) {
        for flow in self.shared.state().flows.values() {
            flow.reader.abort();
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn open_outward(&self) -> io::Result<Arc<UdpSocket>> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        socket.connect(self.server).await?;
        Ok(Arc::new(socket))
    }

    /// A datagram has come in.
    fn arrive(&self, direction: Direction, client: SocketAddr, body: &[u8]) {
        let mut state = self.state();
        // Under the lock: what comes in at once in two tasks has its number and its fate in the same order.
        let fate = self.ways.datagram(direction, body.len());
        state.arrivals += 1;
        let number = state.arrivals;
        let counted = &mut state.tally(direction).counted;
        counted.received += 1;
        counted.lost += u64::from(fate.first.is_none());
        counted.duplicated += u64::from(fate.second.is_some());
        let body: Arc<[u8]> = body.into();
        for at in fate.arrivals() {
            state.waiting.push(Reverse(Waiting {
                at,
                number,
                direction,
                client,
                body: Arc::clone(&body),
            }));
        }
        drop(state);
        self.changed.notify_one();
    }
}

impl State {
    fn tally(&mut self, direction: Direction) -> &mut Tally {
        match direction {
            Direction::ToServer => &mut self.to_server,
            Direction::ToClient => &mut self.to_client,
        }
    }

    /// The next datagram that is due, or when there will be one.
    fn next(&mut self, now: Instant) -> Result<Waiting, Option<Instant>> {
        match self.waiting.peek() {
            Some(Reverse(first)) if first.at <= now => {}
            later => return Err(later.map(|Reverse(first)| first.at)),
        }
        let Reverse(due) = self.waiting.pop().expect("it was just seen");
        let tally = self.tally(due.direction);
        tally.counted.overtaken += u64::from(due.number < tally.newest_sent);
        tally.newest_sent = tally.newest_sent.max(due.number);
        Ok(due)
    }
}

async fn read_clients(shared: Arc<Shared>) {
    let mut buffer = vec![0; MAX_DATAGRAM];
    loop {
        // An error is the report that a client is gone.
        let Ok((len, client)) = shared.front.recv_from(&mut buffer).await else {
            continue;
        };
        if !shared.state().flows.contains_key(&client) {
            let Ok(outward) = shared.open_outward().await else {
                continue;
            };
            let flow = Flow {
                reader: spawn_reader(&shared, client, &outward),
                outward,
                forgotten: Vec::new(),
            };
            shared.state().flows.insert(client, flow);
        }
        shared.arrive(Direction::ToServer, client, &buffer[..len]);
    }
}

fn spawn_reader(shared: &Arc<Shared>, client: SocketAddr, outward: &Arc<UdpSocket>) -> AbortHandle {
    let (shared, outward) = (Arc::clone(shared), Arc::clone(outward));
    let reader = tokio::spawn(async move {
        let mut buffer = vec![0; MAX_DATAGRAM];
        loop {
            // An error is the report that the server is gone; its clients find out as on a long way: by silence.
            if let Ok(len) = outward.recv(&mut buffer).await {
                shared.arrive(Direction::ToClient, client, &buffer[..len]);
            }
        }
    });
    reader.abort_handle()
}

async fn send_when_due(shared: Arc<Shared>) {
    loop {
        let next = shared.state().next(shared.ways.now());
        match next {
            Ok(due) => send(&shared, due).await,
            Err(None) => shared.changed.notified().await,
            Err(Some(at)) => tokio::select! {
                () = shared.ways.sleep_until(at) => {}
                () = shared.changed.notified() => {}
            },
        }
    }
}

async fn send(shared: &Shared, due: Waiting) {
    // If the other end is gone, so is the datagram.
    let _ = match due.direction {
        Direction::ToClient => shared.front.send_to(&due.body, due.client).await,
        Direction::ToServer => {
            let outward = shared
                .state()
                .flows
                .get(&due.client)
                .map(|flow| Arc::clone(&flow.outward));
            match outward {
                Some(outward) => outward.send(&due.body).await,
                None => return,
            }
        }
    };
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Waiting {}
