//! One datagram a body, or a part of a long one (docs/protocol.md, "Framing").

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use bytes::Bytes;
use mobileim_protocol::MAX_BODY;
use mobileim_protocol::client::LinkId;
use mobileim_protocol::datagram::{self, Assembly};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tracing::debug;

use super::resolve::resolve;
use super::{LinkError, Outgoing, Reporter};
use crate::address::ServerAddress;

/// No datagram is longer.
const MAX_DATAGRAM: usize = 64 * 1024;

/// How many bytes of bodies that are not complete are held at most.
const MAX_PARTS: usize = 8 * MAX_BODY;

pub(super) async fn run(
    id: LinkId,
    address: &ServerAddress,
    reporter: &Reporter,
    outgoing: mpsc::UnboundedReceiver<Outgoing>,
) -> Result<(), LinkError> {
    let socket = open(id, address).await?;
    reporter.connected().await;
    tokio::select! {
        ended = receive(&socket, reporter) => ended,
        () = send(&socket, outgoing) => Ok(()),
    }
}

/// A socket that speaks with the server alone.
///
/// Opening one proves nothing, so if a name has several addresses, each link tries the next.
async fn open(id: LinkId, address: &ServerAddress) -> io::Result<UdpSocket> {
    let servers = resolve(address).await?;
    let turn = usize::try_from(id.0).unwrap_or(0);
    let server = servers[turn % servers.len()];
    let any: SocketAddr = match server {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(server).await?;
    Ok(socket)
}

/// An error here is the server's machine saying that nobody listens, or the own machine that there is no way.
async fn receive(socket: &UdpSocket, reporter: &Reporter) -> Result<(), LinkError> {
    let mut buffer = vec![0; MAX_DATAGRAM];
    let mut assembly = Assembly::new(MAX_PARTS, MAX_PARTS);
    let started = Instant::now();
    loop {
        let len = socket.recv(&mut buffer).await?;
        let datagram = &buffer[..len];
        let body = if datagram::is_part(datagram) {
            let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
            let now = mobileim_protocol::Instant::from_micros(micros);
            assembly.receive(now, (), datagram).map(Bytes::from)
        } else {
            Some(Bytes::copy_from_slice(datagram))
        };
        if let Some(body) = body {
            reporter.received(body).await;
        }
    }
}

/// A datagram that cannot be sent is one that was lost: the engine sends it again.
async fn send(socket: &UdpSocket, mut outgoing: mpsc::UnboundedReceiver<Outgoing>) {
    while let Some(Outgoing { body, cut }) = outgoing.recv().await {
        if cut && body.len() > datagram::MAX_DATAGRAM {
            for part in datagram::cut(body.as_bytes()) {
                send_datagram(socket, &part).await;
            }
        } else {
            send_datagram(socket, body.as_bytes()).await;
        }
    }
}

async fn send_datagram(socket: &UdpSocket, datagram: &[u8]) {
    if let Err(error) = socket.send(datagram).await {
        debug!(%error, len = datagram.len(), "datagram not sent");
    }
}
