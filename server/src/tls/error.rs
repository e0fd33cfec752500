//! What can be wrong with a certificate and its key.

use std::io;
use std::path::PathBuf;

/// A certificate or its key cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file has no certificate in it.
    #[error(
        "there is no certificate in {}: a PEM file has -----BEGIN CERTIFICATE----- in it, and the server's own \
         certificate comes first", .0.display()
    )]
    NoCertificate(PathBuf),
    /// A file has no key in it.
    #[error(
        "there is no private key in {}: a PEM file has -----BEGIN PRIVATE KEY----- in it, and the key is not encrypted",
        .0.display()
    )]
    NoKey(PathBuf),
    /// What is in a file is damaged, or of a kind that is not supported.
    #[error("{} cannot be used: {why}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why, in the library's words.
        why: String,
    },
    /// The key belongs to another certificate.
    #[error(
        "the key in {} does not belong to the first certificate in {}", key.display(), certificate.display()
    )]
    Mismatch {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of the key.
        key: PathBuf,
    },
}
