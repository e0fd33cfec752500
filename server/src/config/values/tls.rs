//! Files for TLS. They are read with the setting, so that what is wrong with one is told with its place.

use std::path::PathBuf;
use std::str::FromStr;

use super::super::setting::Value;
use crate::tls::{CertificateError, read_chain, read_key};

/// The file of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFile(pub PathBuf);

/// The file of a private key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFile(pub PathBuf);

impl Value for CertificateFile {}

impl Value for KeyFile {}

impl FromStr for CertificateFile {
    type Err = CertificateError;

    fn from_str(path: &str) -> Result<Self, Self::Err> {
        read_chain(path.as_ref())?;
        Ok(Self(path.into()))
    }
}

impl FromStr for KeyFile {
    type Err = CertificateError;

    fn from_str(path: &str) -> Result<Self, Self::Err> {
        read_key(path.as_ref())?;
        Ok(Self(path.into()))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_file_that_is_not_there_or_has_something_else_in_it_is_told() {
        let error = "/nonexistent".parse::<CertificateFile>().unwrap_err();
        let expected = "cannot read /nonexistent: No such file or directory (os error 2)";
        assert_eq!(error.to_string(), expected);
        let mut file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().to_owned();
        let path = path.to_str().unwrap();
        let error = path.parse::<CertificateFile>().unwrap_err().to_string();
        assert!(error.starts_with("there is no certificate in "), "{error}");
        let error = path.parse::<KeyFile>().unwrap_err().to_string();
        assert!(error.starts_with("there is no private key in "), "{error}");
        file.write_all(b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n")
            .unwrap();
        let error = path.parse::<CertificateFile>().unwrap_err().to_string();
        assert!(error.contains(" cannot be used: "), "{error}");
    }
}
