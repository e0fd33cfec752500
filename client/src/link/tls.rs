//! Encrypted streams.

use std::io;
use std::sync::{Arc, OnceLock};

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::address::ServerAddress;

/// Does the TLS handshake, and checks the server's certificate.
pub(super) async fn wrap(
    stream: TcpStream,
    address: &ServerAddress,
    config: Option<&Arc<ClientConfig>>,
) -> io::Result<TlsStream<TcpStream>> {
    let config = match config {
        Some(config) => Arc::clone(config),
        None => system_config()?,
    };
    let name = ServerName::try_from(address.host().to_owned()).map_err(io::Error::other)?;
    let connecting = TlsConnector::from(config).connect(name, stream);
    // Its errors do not say what they are about.
    connecting
        .await
        .map_err(|error| io::Error::new(error.kind(), format!("TLS: {error}")))
}

/// Trusts whom the system trusts. Read once: there may be hundreds of certificates.
fn system_config() -> io::Result<Arc<ClientConfig>> {
    static CONFIG: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    if let Some(config) = CONFIG.get() {
        return Ok(Arc::clone(config));
    }
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        return Err(io::Error::new(
            io::ErrorKind::NotFound,
            "the system has no root certificates",
        ));
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::clone(CONFIG.get_or_init(|| Arc::new(config))))
}
