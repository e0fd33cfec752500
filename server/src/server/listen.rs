//! Where a server listens.

use std::fmt;
use std::io;
use std::net::SocketAddr;

use crate::tls::Certificates;

/// Where a server listens; `None` for what is off. Displayed as `tcp=127.0.0.1:8901 udp=…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Addresses {
    /// For TCP clients.
    pub tcp: Option<SocketAddr>,
    /// For TCP clients that use TLS.
    pub tcp_tls: Option<SocketAddr>,
    /// For UDP clients.
    pub udp: Option<SocketAddr>,
    /// For `WebSocket` clients.
    pub websocket: Option<SocketAddr>,
    /// For `WebSocket` clients that use TLS.
    pub wss: Option<SocketAddr>,
    /// For HTTP requests.
    pub http: Option<SocketAddr>,
    /// For HTTP requests that use TLS.
    pub https: Option<SocketAddr>,
    /// For requests to the API alone, if it has an address of its own.
    pub api: Option<SocketAddr>,
    /// The same, for those that use TLS.
    pub api_tls: Option<SocketAddr>,
}

impl Addresses {
    /// Those that are on.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Listener, SocketAddr)> {
        let all = [
            (Listener::Tcp, self.tcp),
            (Listener::TcpTls, self.tcp_tls),
            (Listener::Udp, self.udp),
            (Listener::WebSocket, self.websocket),
            (Listener::Wss, self.wss),
            (Listener::Http, self.http),
            (Listener::Https, self.https),
            (Listener::Api, self.api),
            (Listener::ApiTls, self.api_tls),
        ];
        let all = all.into_iter();
        all.filter_map(|(listener, address)| Some((listener, address?)))
    }
}

impl fmt::Display for Addresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (listener, address) in self.iter() {
            write!(f, "{separator}{listener}={address}")?;
            separator = " ";
        }
        Ok(())
    }
}

/// One of a server's listeners. Displayed as its command-line flag is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the name says it")]
pub enum Listener {
    Tcp,
    TcpTls,
    Udp,
    WebSocket,
    Wss,
    Http,
    Https,
    Api,
    ApiTls,
}

impl fmt::Display for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tcp => "tcp",
            Self::TcpTls => "tcp-tls",
            Self::Udp => "udp",
            Self::WebSocket => "ws",
            Self::Wss => "wss",
            Self::Http => "http",
            Self::Https => "https",
            Self::Api => "api",
            Self::ApiTls => "api-tls",
        })
    }
}

/// Listeners that use TLS, beside the others or in their place. Port 0 in an address stands for any free one.
#[derive(Debug, Clone)]
#[must_use]
pub struct TlsListeners {
    pub(super) certificates: Certificates,
    pub(super) tcp: Option<SocketAddr>,
    pub(super) websocket: Option<SocketAddr>,
    pub(super) http: Option<SocketAddr>,
    pub(super) api: Option<SocketAddr>,
}

impl TlsListeners {
    /// Listeners with this certificate, all off until they get an address. While the server runs, the certificate is read
    /// again when its files change.
    pub fn new(certificates: Certificates) -> Self {
        Self {
            certificates,
            tcp: None,
            websocket: None,
            http: None,
            api: None,
        }
    }

    /// Listens for TCP clients.
    pub fn tcp(mut self, address: impl Into<Option<SocketAddr>>) -> Self {
        self.tcp = address.into();
        self
    }

    /// Listens for `WebSocket` clients, at the path `/websocket`.
    pub fn websocket(mut self, address: impl Into<Option<SocketAddr>>) -> Self {
        self.websocket = address.into();
        self
    }

    /// Listens for HTTP requests.
    pub fn http(mut self, address: impl Into<Option<SocketAddr>>) -> Self {
        self.http = address.into();
        self
    }

    /// Listens for requests to the API, as [`Builder::api`](super::Builder::api) does.
    pub fn api(mut self, address: impl Into<Option<SocketAddr>>) -> Self {
        self.api = address.into();
        self
    }
}

/// A listener could not be bound to its address.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address} ({listener}): {source}")]
pub struct BindError {
    /// Which one.
    pub listener: Listener,
    /// Where it should have listened.
    pub address: SocketAddr,
    /// Why it cannot.
    pub source: io::Error,
}

impl BindError {
    pub(super) fn new(listener: Listener, address: SocketAddr, source: io::Error) -> Self {
        Self {
            listener,
            address,
            source,
        }
    }
}
