//! Whose certificates are trusted, if not those that the system trusts.

use std::io;
use std::path::{Path, PathBuf};

use tokio_rustls::rustls::RootCertStore;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;

/// Certificates that are to be trusted cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no certificate in the file.
    #[error("there is no certificate in {}: a PEM file has -----BEGIN CERTIFICATE----- in it", .0.display())]
    NoCertificate(PathBuf),
    /// What is in the file is damaged.
    #[error("{} cannot be used: {why}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why, in the library's words.
        why: String,
    },
}

/// Reads the certificates in a PEM file.
pub(crate) fn read(path: &Path) -> Result<RootCertStore, TrustError> {
    let text = std::fs::read(path).map_err(|source| TrustError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    let unusable = |why: String| TrustError::Unusable {
        path: path.to_owned(),
        why,
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
        let added = roots.add(certificate);
        added.map_err(|error| unusable(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(TrustError::NoCertificate(path.to_owned()));
    }
    Ok(roots)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn what_cannot_be_trusted_is_told_with_its_file() {
        let error = read(Path::new("/nonexistent")).unwrap_err().to_string();
        assert!(error.starts_with("cannot read /nonexistent: "), "{error}");
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let error = read(file.path()).unwrap_err().to_string();
        assert!(error.starts_with("there is no certificate in "), "{error}");
        file.write_all(b"-----BEGIN CERTIFICATE-----\naGk=\n-----END CERTIFICATE-----\n")
            .unwrap();
        let error = read(file.path()).unwrap_err().to_string();
        assert!(error.contains(" cannot be used: "), "{error}");
    }
}
