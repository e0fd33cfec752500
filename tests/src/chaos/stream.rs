//! A bad network for streams.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use mobileim_protocol::Instant;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::channel::{Conditions, Direction};
use super::ways::Ways;

/// What is read at a time.
const PIECE: usize = 16 * 1024;

/// So many pieces may be under way before no more are read.
const PIECES: usize = 64;

/// Stands between TCP clients and their server; dropping it closes every connection.
pub struct StreamProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    _tasks: JoinSet<()>,
}

/// What became of the connections since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Connections {
    /// Were opened, to the server too.
    pub opened: usize,
    /// Were closed, or reset, by the client first or later.
    pub closed_by_client: usize,
    /// Were closed, or reset, by the server first or later.
    pub closed_by_server: usize,
}

struct Shared {
    server: SocketAddr,
    ways: Ways,
    orders: watch::Sender<Orders>,
    connections: watch::Sender<Connections>,
}

/// What is to happen to connections, by their numbers.
#[derive(Debug, Clone, Copy, Default)]
struct Orders {
    /// New ones are reset at once.
    refusing: bool,
    /// Those before this number are reset.
    cut_before: usize,
    /// What goes to the server, and to the client, on those before this number is swallowed.
    swallow_before: [usize; 2],
}

/// What goes one way on one connection.
enum Piece {
    Bytes(Instant, Bytes),
    /// The end that sends has closed.
    End,
}

impl StreamProxy {
    /// A perfect network before a server. The seed says what it will draw.
    pub async fn start(server: SocketAddr, seed: u64) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            server,
            ways: Ways::perfect(seed),
            orders: watch::Sender::default(),
            connections: watch::Sender::default(),
        });
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, Arc::clone(&shared)));
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

    /// From now on the network is like this, one way: delay, jitter and bandwidth.
    pub fn set(&self, direction: Direction, conditions: Conditions) {
        self.shared.ways.set(direction, conditions);
    }

    /// Resets every connection that there is.
    pub fn cut(&self) {
        let opened = self.counted().opened;
        self.shared
            .orders
            .send_modify(|orders| orders.cut_before = opened);
    }

    /// Swallows what is sent this way on every connection that there is, its closing too. Nobody is told. Later
    /// connections are as they should be.
    pub fn half_open(&self, direction: Direction) {
        let opened = self.counted().opened;
        self.shared
            .orders
            .send_modify(|orders| orders.swallow_before[direction as usize] = opened);
    }

    /// Whether new connections are reset at once.
    pub fn refuse(&self, refusing: bool) {
        self.shared
            .orders
            .send_modify(|orders| orders.refusing = refusing);
    }

    /// What became of the connections.
    pub fn counted(&self) -> Connections {
        *self.shared.connections.borrow()
    }

    /// Waits until the connections are as they should be.
    pub async fn until(&self, reached: impl Fn(&Connections) -> bool) {
        let mut connections = self.shared.connections.subscribe();
        connections
            .wait_for(|connections| reached(connections))
            .await
            .expect("the proxy holds the sender");
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((client, _)) = listener.accept().await else {
            continue;
        };
        while connections.try_join_next().is_some() {}
        let server = if shared.orders.borrow().refusing {
            None
        } else {
            TcpStream::connect(shared.server).await.ok()
        };
        let Some(server) = server else {
            reset(&client);
            continue;
        };
        let mut number = 0;
        shared.connections.send_modify(|connections| {
            number = connections.opened;
            connections.opened += 1;
        });
        connections.spawn(run(number, client, server, Arc::clone(&shared)));
    }
}

/// Joins a client and the server until both have closed, or the connection is cut.
async fn run(number: usize, mut client: TcpStream, mut server: TcpStream, shared: Arc<Shared>) {
    for stream in [&client, &server] {
        // A message that waits for the next would be the proxy's doing. If it fails, the connection is gone.
        let _ = stream.set_nodelay(true);
    }
    let mut orders = shared.orders.subscribe();
    let finished = {
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        let both = async {
            tokio::join!(
                pump(&shared, number, Direction::ToServer, from_client, to_server),
                pump(&shared, number, Direction::ToClient, from_server, to_client),
            )
        };
        tokio::select! {
            ((), ()) = both => true,
            _ = orders.wait_for(|orders| number < orders.cut_before) => false,
        }
    };
    if !finished {
        reset(&client);
        reset(&server);
    }
}

/// Moves what is sent one way.
async fn pump(
    shared: &Shared,
    number: usize,
    direction: Direction,
    source: ReadHalf<'_>,
    sink: WriteHalf<'_>,
) {
    let (pieces, waiting) = mpsc::channel(PIECES);
    tokio::join!(
        read(shared, direction, source, pieces),
        write(shared, number, direction, sink, waiting),
    );
}

async fn read(
    shared: &Shared,
    direction: Direction,
    mut source: ReadHalf<'_>,
    pieces: mpsc::Sender<Piece>,
) {
    let mut buffer = BytesMut::new();
    loop {
        buffer.reserve(PIECE);
        let len = source.read_buf(&mut buffer).await.unwrap_or(0);
        if len == 0 {
            break;
        }
        let (arrives, line_free) = shared.ways.piece(direction, len);
        let piece = Piece::Bytes(arrives, buffer.split().freeze());
        if pieces.send(piece).await.is_err() {
            // The other end is gone, and will be told of here.
            return;
        }
        shared.ways.sleep_until(line_free).await;
    }
    shared
        .connections
        .send_modify(|connections| match direction {
            Direction::ToServer => connections.closed_by_client += 1,
            Direction::ToClient => connections.closed_by_server += 1,
        });
    // If nobody waits for it any more, the other end has closed too.
    let _ = pieces.send(Piece::End).await;
}

async fn write(
    shared: &Shared,
    number: usize,
    direction: Direction,
    mut sink: WriteHalf<'_>,
    mut pieces: mpsc::Receiver<Piece>,
) {
    let swallows = || number < shared.orders.borrow().swallow_before[direction as usize];
    while let Some(piece) = pieces.recv().await {
        match piece {
            Piece::Bytes(at, bytes) => {
                shared.ways.sleep_until(at).await;
                if !swallows() && sink.write_all(&bytes).await.is_err() {
                    return;
                }
            }
            Piece::End if swallows() => std::future::pending().await,
            Piece::End => {
                // If it cannot be told, the other end knows.
                let _ = sink.shutdown().await;
            }
        }
    }
}

/// Closes with a reset rather than an end, when it is dropped.
fn reset(stream: &TcpStream) {
    // If it fails, the connection is gone.
    let _ = stream.set_zero_linger();
}
