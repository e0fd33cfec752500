//! One datagram a body (docs/protocol.md, "Framing").

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use bytes::Bytes;
use mobileim_protocol::client::LinkId;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tracing::debug;

use super::resolve::resolve;
use super::{LinkError, Reporter};
use crate::address::ServerAddress;

/// No datagram is longer.
const MAX_DATAGRAM: usize = 64 * 1024;

pub(super) async fn run(
    id: LinkId,
    address: &ServerAddress,
    reporter: &Reporter,
    outgoing: mpsc::UnboundedReceiver<String>,
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
/// Opening one proves nothing, so where a name has several addresses, each link tries the next.
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
    loop {
        let len = socket.recv(&mut buffer).await?;
        reporter
            .received(Bytes::copy_from_slice(&buffer[..len]))
            .await;
    }
}

/// A datagram that cannot be sent is one that was lost: the engine sends it again.
async fn send(socket: &UdpSocket, mut outgoing: mpsc::UnboundedReceiver<String>) {
    while let Some(body) = outgoing.recv().await {
        if let Err(error) = socket.send(body.as_bytes()).await {
            debug!(%error, len = body.len(), "datagram not sent");
        }
    }
}
