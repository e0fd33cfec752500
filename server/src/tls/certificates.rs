//! A certificate with its key, which may be replaced while the server runs.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use parking_lot::RwLock;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::server::{
    ClientHello, NoServerSessionStorage, ProducesTickets, ResolvesServerCert,
};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{Error, ServerConfig, version};
use x509_cert::Certificate;
use x509_cert::der::Decode as _;

use super::error::CertificateError;
use super::files::{read_chain, read_key};

/// So long before a certificate expires the log warns.
const SOON: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A certificate with its key, from two PEM files. Clones are handles on the same: a [reload](Self::reload) is for all, and
/// for every handshake that comes later.
#[derive(Clone)]
pub struct Certificates(Arc<Shared>);

struct Shared {
    certificate: PathBuf,
    key: PathBuf,
    current: RwLock<Arc<CertifiedKey>>,
    /// Lets clients that come back skip the costly part. It outlives a reload, as do the sessions.
    ticketer: Option<Arc<dyn ProducesTickets>>,
}

impl Certificates {
    /// Reads a certificate, followed by those that vouch for it, and its private key, from PEM files.
    pub fn load(
        certificate: impl Into<PathBuf>,
        key: impl Into<PathBuf>,
    ) -> Result<Self, CertificateError> {
        let (certificate, key) = (certificate.into(), key.into());
        let current = RwLock::new(read(&certificate, &key)?);
        Ok(Self(Arc::new(Shared {
            certificate,
            key,
            current,
            // Without the system's random numbers, which it is made of, all handshakes are whole ones.
            ticketer: ring::Ticketer::new().ok(),
        })))
    }

    /// Reads the files again, and returns whether there is another certificate or key in them. If they cannot be used, what
    /// was there before stays.
    pub fn reload(&self) -> Result<bool, CertificateError> {
        let Shared {
            certificate,
            key,
            current,
            ..
        } = &*self.0;
        let read = read(certificate, key)?;
        // A key belongs to its certificate: another one comes with another certificate.
        let is_other = current.read().cert != read.cert;
        if is_other {
            *current.write() = read;
        }
        Ok(is_other)
    }

    /// Returns what is wrong with the time for which the certificate is valid: it is over, will be soon, or has not begun.
    pub fn trouble(&self, now: SystemTime) -> Option<String> {
        let current = Arc::clone(&self.0.current.read());
        let validity = Certificate::from_der(current.end_entity_cert().ok()?)
            .ok()?
            .tbs_certificate
            .validity;
        let path = self.path().display();
        let (begin, end) = (
            validity.not_before.to_system_time(),
            validity.not_after.to_system_time(),
        );
        let told = |time| humantime::format_rfc3339_seconds(time);
        if now > end {
            let end = told(end);
            Some(format!(
                "the certificate in {path} HAS EXPIRED at {end}: clients refuse to connect"
            ))
        } else if now + SOON > end {
            let end = told(end);
            Some(format!("the certificate in {path} expires at {end}"))
        } else if now < begin {
            let begin = told(begin);
            Some(format!(
                "the certificate in {path} is not valid before {begin}: clients refuse to connect"
            ))
        } else {
            None
        }
    }

    /// Returns the path of the certificate's file.
    pub fn path(&self) -> &Path {
        &self.0.certificate
    }

    pub(super) fn server_config(&self) -> ServerConfig {
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[&version::TLS13, &version::TLS12])
            .expect("the provider has what both versions need")
            .with_no_client_auth()
            .with_cert_resolver(Arc::<Shared>::clone(&self.0));
        config.session_storage = Arc::new(NoServerSessionStorage {});
        if let Some(ticketer) = &self.0.ticketer {
            config.ticketer = Arc::clone(ticketer);
        }
        config
    }
}

fn read(certificate: &Path, key: &Path) -> Result<Arc<CertifiedKey>, CertificateError> {
    let chain: Vec<CertificateDer<'static>> = read_chain(certificate)?;
    let private = read_key(key)?;
    let certified = CertifiedKey::from_der(chain, private, &ring::default_provider());
    match certified {
        Ok(certified) => Ok(Arc::new(certified)),
        Err(Error::InconsistentKeys(_)) => Err(CertificateError::Mismatch {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
        }),
        Err(error @ Error::InvalidCertificate(_)) => Err(CertificateError::Unusable {
            path: certificate.to_owned(),
            why: error.to_string(),
        }),
        Err(error) => Err(CertificateError::Unusable {
            path: key.to_owned(),
            why: error.to_string(),
        }),
    }
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificates")
            .field("certificate", &self.certificate)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl ResolvesServerCert for Shared {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.read()))
    }
}
