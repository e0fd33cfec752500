//! One datagram a body, or a part of a long one (docs/protocol.md, "Framing").

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use mobileim_protocol::client::LinkId;
use mobileim_protocol::datagram::{self, Assembly};
use mobileim_protocol::{MAX_BODY, Secret};
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
    secret: Option<Secret>,
    reporter: &Reporter,
    outgoing: mpsc::UnboundedReceiver<Outgoing>,
) -> Result<(), LinkError> {
    let socket = open(id, address).await?;
    reporter.connected().await;
    let is_known = AtomicBool::new(false);
    let way = Way {
        socket,
        secret,
        is_known,
    };
    tokio::select! {
        ended = way.receive(reporter) => ended,
        () = way.send(outgoing) => Ok(()),
    }
}

/// A socket, and what its datagrams begin with.
struct Way {
    socket: UdpSocket,
    secret: Option<Secret>,
    /// Whether the server puts the secret on its datagrams, and so expects it on ours: it knows it by the LOGIN. An original one never
    /// does.
    is_known: AtomicBool,
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

impl Way {
    /// An error here is the server's machine saying that nobody listens, or the own machine that there is no way.
    async fn receive(&self, reporter: &Reporter) -> Result<(), LinkError> {
        let mut buffer = vec![0; MAX_DATAGRAM];
        let mut assembly = Assembly::new(MAX_PARTS, MAX_PARTS);
        let started = Instant::now();
        loop {
            let len = self.socket.recv(&mut buffer).await?;
            let Some(datagram) = self.of_server(&buffer[..len]) else {
                debug!(len, "a datagram without the secret");
                continue;
            };
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

    /// What a datagram carries, unless somebody has forged the server's address on it.
    fn of_server<'a>(&self, datagram: &'a [u8]) -> Option<&'a [u8]> {
        let (secret, rest) = Secret::split(datagram);
        if secret.is_some() && secret == self.secret {
            self.is_known.store(true, Ordering::Relaxed);
        }
        (secret == self.agreed()).then_some(rest)
    }

    /// What datagrams begin with, in both directions.
    fn agreed(&self) -> Option<Secret> {
        self.secret
            .filter(|_| self.is_known.load(Ordering::Relaxed))
    }

    /// A datagram that cannot be sent is one that was lost: the engine sends it again.
    async fn send(&self, mut outgoing: mpsc::UnboundedReceiver<Outgoing>) {
        let mut buffer = Vec::new();
        while let Some(Outgoing { body, cut }) = outgoing.recv().await {
            if cut && body.len() > datagram::MAX_DATAGRAM {
                for part in datagram::cut(body.as_bytes()) {
                    self.send_datagram(&part, &mut buffer).await;
                }
            } else {
                self.send_datagram(body.as_bytes(), &mut buffer).await;
            }
        }
    }

    async fn send_datagram(&self, datagram: &[u8], buffer: &mut Vec<u8>) {
        let mut whole = datagram;
        if let Some(secret) = self.agreed() {
            buffer.clear();
            secret.write(datagram, buffer);
            whole = buffer;
        }
        if let Err(error) = self.socket.send(whole).await {
            debug!(%error, len = whole.len(), "datagram not sent");
        }
    }
}
