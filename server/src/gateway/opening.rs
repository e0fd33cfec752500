//! What comes on a connection before what it is for: a proxy's word for whom it is, and a TLS handshake.

use std::net::SocketAddr;
use std::sync::Arc;

use mobileim_hub::CloseReason;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::proxies::TrustedProxies;
use super::proxy_header;
use super::stream::Stream;

/// How the connections of a listener begin.
#[derive(Clone, Default)]
pub(crate) struct Opening {
    /// Who may connect, with a PROXY header first.
    proxies: Option<Arc<TrustedProxies>>,
    tls: Option<TlsAcceptor>,
}

/// An opening that failed.
pub(crate) struct Failed {
    pub(crate) reason: CloseReason,
    pub(crate) cause: String,
    /// Where the client may still read why, if that is of use.
    pub(crate) stream: Option<Stream>,
}

impl Opening {
    /// With a handshake, if there is something to do it with.
    pub(crate) fn new(tls: Option<TlsAcceptor>) -> Self {
        Self { proxies: None, tls }
    }

    /// With a PROXY header before that, if these proxies are all that may connect.
    pub(crate) fn behind(self, proxies: Option<Arc<TrustedProxies>>) -> Self {
        Self { proxies, ..self }
    }

    /// Returns whether what follows is encrypted.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.tls.is_some()
    }

    /// Returns whether a proxy says first whose connection it is.
    pub(super) fn is_proxied(&self) -> bool {
        self.proxies.is_some()
    }

    /// Returns whether a connection begins with what it is for.
    pub(super) fn is_nothing(&self) -> bool {
        self.proxies.is_none() && self.tls.is_none()
    }

    /// Waits for all of it, as long as the other end lets it. If the peer is a proxy that names the client, `learn` is told.
    pub(crate) async fn open(
        &self,
        mut tcp: TcpStream,
        peer: SocketAddr,
        learn: impl FnOnce(SocketAddr),
    ) -> Result<Stream, Failed> {
        if let Some(proxies) = &self.proxies {
            let refused = |cause| Failed {
                reason: CloseReason::NotProxied,
                cause,
                stream: None,
            };
            if !proxies.trusts(peer.ip()) {
                return Err(refused("the peer is no trusted proxy".to_owned()));
            }
            if let Some(client) = proxy_header::read(&mut tcp).await.map_err(refused)? {
                learn(client);
            }
        }
        let Some(tls) = &self.tls else {
            return Ok(Stream::Plain(tcp));
        };
        let accepted = tls.accept(tcp).into_fallible().await;
        accepted.map(Stream::from).map_err(|(error, tcp)| Failed {
            reason: CloseReason::HandshakeFailed,
            cause: error.to_string(),
            stream: Some(Stream::Plain(tcp)),
        })
    }
}
