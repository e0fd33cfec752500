//! Sockets with their addresses.

use std::net::SocketAddr;

use quinn_udp::UdpSocketState;
use tokio::net::{TcpListener, TcpSocket, UdpSocket};

use super::listen::{BindError, Listener};
use crate::gateway;

/// The longest queue of connections that are not accepted yet.
const BACKLOG: u32 = 1024;

/// Takes an address for a listener that is to listen later: until then, the system refuses whoever connects.
pub(super) fn bind_tcp(
    listener: Listener,
    address: Option<SocketAddr>,
) -> Result<Option<(TcpSocket, SocketAddr)>, BindError> {
    let bind = |address: SocketAddr| {
        let socket = if address.is_ipv4() {
            TcpSocket::new_v4()
        } else {
            TcpSocket::new_v6()
        }?;
        // As a listener: connections of an earlier one may not have ended yet.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        let bound = socket.local_addr()?;
        Ok((socket, bound))
    };
    address
        .map(|address| bind(address).map_err(|source| BindError::new(listener, address, source)))
        .transpose()
}

/// Lets clients in at an address.
pub(super) fn begin_to_listen(
    listener: Listener,
    (socket, address): (TcpSocket, SocketAddr),
) -> Result<TcpListener, BindError> {
    let listens = socket.listen(BACKLOG);
    listens.map_err(|source| BindError::new(listener, address, source))
}

pub(super) async fn bind_http(
    listener: Listener,
    address: Option<SocketAddr>,
) -> Result<Option<(TcpListener, SocketAddr)>, BindError> {
    let Some(address) = address else {
        return Ok(None);
    };
    let bound = async {
        let socket = TcpListener::bind(address).await?;
        let bound = socket.local_addr()?;
        Ok((socket, bound))
    };
    bound
        .await
        .map(Some)
        .map_err(|source| BindError::new(listener, address, source))
}

pub(super) async fn bind_udp(
    address: Option<SocketAddr>,
) -> Result<Option<(UdpSocket, UdpSocketState, SocketAddr)>, BindError> {
    let Some(address) = address else {
        return Ok(None);
    };
    let bound = async {
        let socket = UdpSocket::bind(address).await?;
        let state = gateway::udp::prepare(&socket)?;
        let bound = socket.local_addr()?;
        Ok((socket, state, bound))
    };
    bound
        .await
        .map(Some)
        .map_err(|source| BindError::new(Listener::Udp, address, source))
}
