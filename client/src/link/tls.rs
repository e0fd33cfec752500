//! Encrypted streams.

use std::io;
use std::sync::{Arc, OnceLock};

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, Error, InvalidMessage, RootCertStore, version,
};

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
    connecting
        .await
        .map_err(|error| io::Error::new(error.kind(), format!("TLS: {}", explain(&error))))
}

/// Trusts these, and nobody else.
pub(crate) fn config(roots: RootCertStore) -> ClientConfig {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&version::TLS13, &version::TLS12])
        .expect("the provider has what both versions need")
        .with_root_certificates(roots)
        .with_no_client_auth()
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
    Ok(Arc::clone(CONFIG.get_or_init(|| Arc::new(config(roots)))))
}

/// Says of a handshake what the library's words leave open: whose fault it is.
fn explain(error: &io::Error) -> String {
    let known = error.get_ref().and_then(|error| error.downcast_ref());
    match known {
        Some(Error::InvalidCertificate(error)) => match error {
            // The second and third: somebody who is trusted has the name of who did, by chance or not.
            CertificateError::UnknownIssuer
            | CertificateError::BadSignature
            | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
                "nobody who is trusted vouches for the server's certificate".to_owned()
            }
            error if is_for_signing(error) => {
                "the server's certificate is one for signing others (CA:TRUE), which servers must not use"
                    .to_owned()
            }
            error => format!("the server's certificate cannot be accepted: {error}"),
        },
        Some(Error::InvalidMessage(InvalidMessage::InvalidContentType)) => {
            "what the server says is no TLS".to_owned()
        }
        _ if error.kind() == io::ErrorKind::UnexpectedEof => {
            "the server closed instead of answering: it may not speak TLS".to_owned()
        }
        _ => error.to_string(),
    }
}

/// As many tools that make a certificate for trying out do by default.
fn is_for_signing(error: &CertificateError) -> bool {
    matches!(error, CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity"))
}
