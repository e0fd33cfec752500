//! What comes on a connection before what it is for: a TLS handshake.

use std::io;

use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::stream::Stream;

/// How the connections of a listener begin.
#[derive(Clone, Default)]
pub(crate) struct Opening {
    tls: Option<TlsAcceptor>,
}

/// A handshake that failed.
pub(crate) struct Failed {
    pub(crate) error: io::Error,
    /// Where the client may still read why.
    pub(crate) stream: Stream,
}

impl Opening {
    /// With a handshake, if there is something to do it with.
    pub(crate) fn new(tls: Option<TlsAcceptor>) -> Self {
        Self { tls }
    }

    /// Returns whether what follows is encrypted.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.tls.is_some()
    }

    /// Returns whether a connection begins with what it is for.
    pub(super) fn is_nothing(&self) -> bool {
        self.tls.is_none()
    }

    /// Does the handshake. It takes as long as the client lets it.
    pub(crate) async fn encrypt(&self, tcp: TcpStream) -> Result<Stream, Failed> {
        let Some(tls) = &self.tls else {
            return Ok(Stream::Plain(tcp));
        };
        match tls.accept(tcp).into_fallible().await {
            Ok(tls) => Ok(tls.into()),
            Err((error, tcp)) => Err(Failed {
                error,
                stream: Stream::Plain(tcp),
            }),
        }
    }
}
