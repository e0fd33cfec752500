//! Whose certificates are believed.

use std::path::Path;
use std::sync::Arc;

use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, version};

use crate::tls::{CertificateError, read_chain};

/// Who vouches for the certificates of services: whom the system trusts, and who is named beside them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trust(Vec<CertificateDer<'static>>);

impl Trust {
    /// Trusts those in a PEM file, too.
    pub fn and_those_in(path: &Path) -> Result<Self, CertificateError> {
        let certificates = read_chain(path)?;
        let mut roots = RootCertStore::empty();
        for certificate in &certificates {
            let added = roots.add(certificate.clone());
            added.map_err(|error| CertificateError::Unusable {
                path: path.to_owned(),
                why: error.to_string(),
            })?;
        }
        Ok(Self(certificates))
    }

    /// What rustls needs to know. Reads whom the system trusts, which takes some milliseconds: there may be hundreds.
    pub fn config(&self) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        roots.add_parsable_certificates(self.0.iter().cloned());
        ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[&version::TLS13, &version::TLS12])
            .expect("the provider has what both versions need")
            .with_root_certificates(roots)
            .with_no_client_auth()
    }
}
