//! Listeners that are bound, and then serve.

use std::net::SocketAddr;
use std::sync::Arc;

use quinn_udp::UdpSocketState;
use tokio::net::{TcpListener, UdpSocket};

use super::Builder;
use super::listen::{Addresses, BindError, Listener};
use crate::essential::spawn_essential;
use crate::gateway::opening::Opening;
use crate::gateway::{self, Context};
use crate::http;
use crate::tls::{self, Certificates, Inside};

type Stream = (TcpListener, SocketAddr);
type Datagrams = (UdpSocket, UdpSocketState, SocketAddr);

/// All of a server's listeners; `None` for what is off.
pub(super) struct Bound {
    tcp: Option<Stream>,
    tcp_tls: Option<Stream>,
    udp: Option<Datagrams>,
    websocket: Option<Stream>,
    wss: Option<Stream>,
    http: Option<Stream>,
    https: Option<Stream>,
}

/// How connections begin, by listener.
pub(super) struct Openings {
    pub(super) tls: Option<Certificates>,
    /// Where a PROXY header comes first.
    pub(super) proxied: Vec<Listener>,
}

impl Openings {
    fn of(&self, listener: Listener, context: &Context) -> Opening {
        let inside = match listener {
            Listener::TcpTls => Some(Inside::Frames),
            Listener::Wss | Listener::Https => Some(Inside::Http),
            Listener::Tcp | Listener::Udp | Listener::WebSocket | Listener::Http => None,
        };
        let tls = self.tls.as_ref().zip(inside);
        let tls = tls.map(|(certificates, inside)| tls::acceptor(certificates, inside));
        let is_proxied = self.proxied.contains(&listener);
        Opening::new(tls).behind(is_proxied.then(|| Arc::clone(&context.proxies)))
    }
}

impl Bound {
    pub(super) async fn new(builder: &Builder) -> Result<Self, BindError> {
        let tls = builder.tls.as_ref();
        Ok(Self {
            tcp: bind_tcp(Listener::Tcp, builder.tcp).await?,
            tcp_tls: bind_tcp(Listener::TcpTls, tls.and_then(|tls| tls.tcp)).await?,
            udp: bind_udp(builder.udp).await?,
            websocket: bind_tcp(Listener::WebSocket, builder.websocket).await?,
            wss: bind_tcp(Listener::Wss, tls.and_then(|tls| tls.websocket)).await?,
            http: bind_tcp(Listener::Http, builder.http).await?,
            https: bind_tcp(Listener::Https, tls.and_then(|tls| tls.http)).await?,
        })
    }

    pub(super) fn addresses(&self) -> Addresses {
        let address = |bound: &Option<Stream>| bound.as_ref().map(|(_, address)| *address);
        Addresses {
            tcp: address(&self.tcp),
            tcp_tls: address(&self.tcp_tls),
            udp: self.udp.as_ref().map(|(_, _, address)| *address),
            websocket: address(&self.websocket),
            wss: address(&self.wss),
            http: address(&self.http),
            https: address(&self.https),
        }
    }

    /// Serves on each, in tasks of their own, until the server stops.
    pub(super) fn serve(self, openings: &Openings, demo_page: bool, context: &Context) {
        let addresses = self.addresses();
        let opening = |listener| openings.of(listener, context);
        for (bound, listener) in [(self.tcp, Listener::Tcp), (self.tcp_tls, Listener::TcpTls)] {
            if let Some((socket, _)) = bound {
                let serve = gateway::tcp::serve(socket, opening(listener), context.clone());
                spawn_essential("TCP", serve);
            }
        }
        if let Some((socket, state, _)) = self.udp {
            spawn_essential("UDP", gateway::udp::serve(socket, state, context.clone()));
        }
        for (bound, listener) in [
            (self.websocket, Listener::WebSocket),
            (self.wss, Listener::Wss),
        ] {
            if let Some((socket, _)) = bound {
                let serve = gateway::websocket::serve(socket, opening(listener), context.clone());
                spawn_essential("WebSocket", serve);
            }
        }
        let places = http::places();
        let page = demo_page.then_some(http::DemoPage {
            websocket: addresses.websocket,
            wss: addresses.wss,
        });
        for (bound, listener) in [(self.http, Listener::Http), (self.https, Listener::Https)] {
            if let Some((socket, _)) = bound {
                let places = Arc::clone(&places);
                let serve = http::serve(socket, opening(listener), page, places, context.clone());
                spawn_essential("HTTP", serve);
            }
        }
        if let Some(certificates) = &openings.tls {
            let (certificates, context) = (certificates.clone(), context.clone());
            spawn_essential("the certificate's watch", async move {
                tokio::select! {
                    () = context.stopped() => {}
                    () = tls::watch(certificates) => {}
                }
            });
        }
    }
}

async fn bind_tcp(
    listener: Listener,
    address: Option<SocketAddr>,
) -> Result<Option<Stream>, BindError> {
    let Some(address) = address else {
        return Ok(None);
    };
    let bound = async {
        let socket = TcpListener::bind(address).await?;
        let bound = socket.local_addr()?;
        Ok((socket, bound))
    };
    bound.await.map(Some).map_err(|source| BindError {
        listener,
        address,
        source,
    })
}

async fn bind_udp(address: Option<SocketAddr>) -> Result<Option<Datagrams>, BindError> {
    let Some(address) = address else {
        return Ok(None);
    };
    let bound = async {
        let socket = UdpSocket::bind(address).await?;
        let state = gateway::udp::prepare(&socket)?;
        let bound = socket.local_addr()?;
        Ok((socket, state, bound))
    };
    bound.await.map(Some).map_err(|source| BindError {
        listener: Listener::Udp,
        address,
        source,
    })
}
