//! Services that the server asks.

use std::path::Path;
use std::str::FromStr;

use super::super::setting::Value;
use crate::outgoing::{Address, AddressError, Trust};
use crate::tls::CertificateError;
use crate::webhook::{SecretError, Secrets};

/// The URL of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceUrl(pub Address);

impl Value for ServiceUrl {}

impl FromStr for ServiceUrl {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// Secrets that sign what a service is asked: never shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookSecret(pub Secrets);

impl Value for WebhookSecret {
    const SECRET: bool = true;
}

impl FromStr for WebhookSecret {
    type Err = SecretError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// Who is trusted, by the certificates in a file, which is read with the setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedFile(pub Trust);

impl Value for TrustedFile {}

impl FromStr for TrustedFile {
    type Err = CertificateError;

    fn from_str(path: &str) -> Result<Self, Self::Err> {
        Trust::and_those_in(Path::new(path)).map(Self)
    }
}
