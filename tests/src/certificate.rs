//! A certificate that nobody knows but the test, in files as a server reads them.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use mobileim_server::Certificates;
use rcgen::{CertificateParams, KeyPair};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// A certificate for 127.0.0.1, which vouches for itself.
pub struct TestCertificate {
    directory: TempDir,
}

impl TestCertificate {
    /// A new one.
    pub fn new() -> Self {
        let this = Self {
            directory: TempDir::new().expect("there is room"),
        };
        this.renew();
        this
    }

    /// Puts another one into the same files.
    pub fn renew(&self) {
        let params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        fs::write(self.key(), key.serialize_pem()).unwrap();
        fs::write(self.certificate(), certificate.pem()).unwrap();
    }

    /// The path of the certificate.
    pub fn certificate(&self) -> PathBuf {
        self.directory.path().join("certificate.pem")
    }

    /// The path of its private key.
    pub fn key(&self) -> PathBuf {
        self.directory.path().join("key.pem")
    }

    /// As a server has it.
    pub fn load(&self) -> Certificates {
        Certificates::load(self.certificate(), self.key()).expect("it is a certificate")
    }

    /// Connects to a server that is to have this certificate, as it is in its file now, and offers HTTP/1.1.
    pub async fn connect(&self, address: SocketAddr) -> io::Result<TlsStream<TcpStream>> {
        let stream = TcpStream::connect(address).await?;
        self.encrypt(stream).await
    }

    /// Does the handshake on a connection.
    pub async fn encrypt(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        let certificate = CertificateDer::from_pem_file(self.certificate()).unwrap();
        roots.add(certificate).unwrap();
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let name = ServerName::try_from("127.0.0.1").unwrap();
        TlsConnector::from(Arc::new(config))
            .connect(name, stream)
            .await
    }
}

impl Default for TestCertificate {
    fn default() -> Self {
        Self::new()
    }
}
