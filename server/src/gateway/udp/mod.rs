//! UDP: one datagram a body, or a part of a long one; a session is an address and port (docs/protocol.md, "Framing").
//!
//! One task a socket. It takes datagrams in batches, runs each through its connection, and sends what that left in
//! the [`SendQueue`] in batches again. An address is known from its login until its session ends.

mod known;
mod link;
mod peer;
mod peers;
mod send_queue;

use std::array;
use std::io::{self, IoSliceMut};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use quinn_udp::{BATCH_SIZE, RecvMeta, UdpSocketState};
use tokio::io::Interest;
use tokio::net::UdpSocket;
use tracing::{debug, info};

use super::Context;
use peers::Peers;
use send_queue::SendQueue;

/// The longest datagram that there is.
const MAX_DATAGRAM: usize = 65_535;

/// What is asked of the kernel for each direction.
const SOCKET_BUFFER: usize = 4 * 1024 * 1024;

/// How many batches are taken in a row: this one task has all users of UDP, and its turn comes as seldom as that of a connection which
/// keeps a thread busy.
const BATCHES_IN_A_ROW: usize = 16;

/// Makes a socket ready for batches.
pub(crate) fn prepare(socket: &UdpSocket) -> io::Result<UdpSocketState> {
    let state = UdpSocketState::new(socket.into())?;
    // As far as the system lets it grow: what arrives while a batch is handled must find room.
    for set in [
        UdpSocketState::set_recv_buffer_size,
        UdpSocketState::set_send_buffer_size,
    ] {
        if let Err(error) = set(&state, socket.into(), SOCKET_BUFFER) {
            debug!(%error, "the UDP socket keeps its buffers");
        }
    }
    if let Ok(bytes) = state.recv_buffer_size(socket.into())
        && bytes < SOCKET_BUFFER
    {
        info!(
            bytes,
            wanted = SOCKET_BUFFER,
            "the system limits the buffer of the UDP socket (Linux: net.core.rmem_max): in a rush, datagrams get lost"
        );
    }
    #[cfg(target_os = "linux")]
    allow_fragments(socket)?;
    Ok(state)
}

/// Lets IPv4 cut what is longer than the path takes: quinn-udp forbids it, as QUIC wants it, but a message of
/// 1,500 bytes has no other way. IPv6 sockets keep their own prohibition, which nothing safe can lift.
#[cfg(target_os = "linux")]
fn allow_fragments(socket: &UdpSocket) -> io::Result<()> {
    use rustix::net::sockopt::{Ipv4PathMtuDiscovery, set_ip_mtu_discover};
    Ok(set_ip_mtu_discover(socket, Ipv4PathMtuDiscovery::WANT)?)
}

/// Runs a socket until the server stops, and then sends what is left.
pub(crate) async fn serve(socket: UdpSocket, state: UdpSocketState, context: Context) {
    let Context { server, limits, .. } = &context;
    let send_queue = Arc::new(SendQueue::default());
    let peers = Peers::new(
        server.clone(),
        Arc::clone(&send_queue),
        Arc::clone(limits),
        Arc::clone(&context.admission),
    );
    let mut receiver = Receiver::new(&state);
    let stopped = context.stopped();
    tokio::pin!(stopped);
    let mut stopping = false;
    while !stopping {
        tokio::select! {
            () = &mut stopped => stopping = true,
            readable = socket.readable() => {
                send_queue.expect_flush();
                let batch = readable.and_then(|()| {
                    (0..BATCHES_IN_A_ROW).try_for_each(|_| receiver.receive(&socket, &state, &peers))
                });
                if let Err(error) = batch && error.kind() != io::ErrorKind::WouldBlock {
                    // Reported for an earlier datagram whose receiver is gone, most likely.
                    debug!(%error, "cannot receive datagrams");
                }
            }
            () = send_queue.filled() => {}
        }
        send_queue
            .flush(&socket, &state, server.driver().counters())
            .await;
    }
}

/// The buffers that batches are received in.
struct Receiver {
    buffer: Vec<u8>,
    meta: [RecvMeta; BATCH_SIZE],
}

impl Receiver {
    fn new(state: &UdpSocketState) -> Self {
        debug!(
            batch = BATCH_SIZE,
            coalesced = state.gro_segments(),
            segments = state.max_gso_segments(),
            "UDP batching"
        );
        Self {
            buffer: vec![0; BATCH_SIZE * MAX_DATAGRAM],
            meta: [RecvMeta::default(); BATCH_SIZE],
        }
    }

    /// Takes one batch from the socket and lets the peers handle it.
    fn receive(
        &mut self,
        socket: &UdpSocket,
        state: &UdpSocketState,
        peers: &Arc<Peers>,
    ) -> io::Result<()> {
        let mut chunks = self.buffer.chunks_exact_mut(MAX_DATAGRAM);
        let mut slices: [IoSliceMut<'_>; BATCH_SIZE] =
            array::from_fn(|_| IoSliceMut::new(chunks.next().expect("a chunk for each")));
        let count = socket.try_io(Interest::READABLE, || {
            state.recv(socket.into(), &mut slices, &mut self.meta)
        })?;
        for (meta, slice) in self.meta.iter().zip(&slices).take(count) {
            // One buffer may hold several datagrams of one sender, each but the last of `stride` bytes.
            for body in slice[..meta.len].chunks(meta.stride.max(1)) {
                let receive = || peers.receive(meta.addr, meta.dst_ip, body);
                // One address's fault is not all others'.
                if panic::catch_unwind(AssertUnwindSafe(receive)).is_err() {
                    peers.fail(meta.addr);
                }
            }
        }
        Ok(())
    }
}
