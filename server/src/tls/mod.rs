//! Encryption by TLS: certificates that are read again when they change, and what is agreed with clients.

mod certificates;
mod error;
mod files;
mod watch;

use std::sync::Arc;

use tokio_rustls::TlsAcceptor;

pub use certificates::Certificates;
pub use error::CertificateError;
pub(crate) use files::{read_chain, read_key};
pub(crate) use watch::watch;

/// What a listener speaks inside of TLS.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Inside {
    /// The frames of MobileIMSDK, for which there is no name in ALPN.
    Frames,
    /// HTTP/1.1, which a `WebSocket` begins with.
    Http,
}

/// Returns what accepts the handshakes of a listener.
pub(crate) fn acceptor(certificates: &Certificates, inside: Inside) -> TlsAcceptor {
    let mut config = certificates.server_config();
    if let Inside::Http = inside {
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
    }
    TlsAcceptor::from(Arc::new(config))
}
