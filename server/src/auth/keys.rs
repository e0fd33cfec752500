//! Keys that tokens are signed with.
//!
//! Each key is for one algorithm, which follows from the key and never from a token: so nobody can have a public key taken
//! for a secret (RFC 8725, section 3.1), and there is none for `none`.

use std::fmt;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};

/// The shortest secret, in bytes: as long as the hash (RFC 7518, section 3.2).
const MIN_SECRET: usize = 32;

/// The length of a point of P-256, uncompressed, in bytes.
pub(super) const P256_POINT: usize = 65;

/// Keys to verify tokens with.
#[derive(Clone)]
pub struct Keys {
    keys: Vec<Key>,
    /// What signs tokens for trying out.
    signing: Option<EncodingKey>,
}

#[derive(Clone)]
pub(super) struct Key {
    pub(super) algorithm: Algorithm,
    pub(super) key: DecodingKey,
}

/// What is wrong with a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// There is none.
    #[error("there is no key in it")]
    Missing,
    /// A secret can be guessed.
    #[error(
        "a secret must have {MIN_SECRET} bytes at least, and this one has {0}: \"openssl rand -base64 48\" makes one"
    )]
    ShortSecret(usize),
    /// A key that nobody but who makes tokens must have.
    #[error(
        "this is a private key: the server needs the public one, and should not have the other"
    )]
    Private,
    /// It is in another form, or of another kind.
    #[error("expected public keys in PEM form, of RSA, of the curve P-256 or of Ed25519")]
    Unknown,
}

impl Keys {
    /// No keys: for those who have others than what is configured.
    pub fn none() -> Self {
        Self {
            keys: Vec::new(),
            signing: None,
        }
    }

    /// Secrets, one a line, for HS256. All are accepted, so that they can be replaced one after the other; the first signs.
    pub fn from_secrets(secrets: &str) -> Result<Self, KeyError> {
        let secrets: Vec<&str> = secrets
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .collect();
        let first = secrets.first().ok_or(KeyError::Missing)?;
        if let Some(short) = secrets.iter().find(|secret| secret.len() < MIN_SECRET) {
            return Err(KeyError::ShortSecret(short.len()));
        }
        Ok(Self {
            signing: Some(EncodingKey::from_secret(first.as_bytes())),
            keys: secrets
                .iter()
                .map(|secret| Key {
                    algorithm: Algorithm::HS256,
                    key: DecodingKey::from_secret(secret.as_bytes()),
                })
                .collect(),
        })
    }

    /// Public keys in PEM form, one after the other: of RSA for RS256, of P-256 for ES256, of Ed25519 for `EdDSA`.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        const BEGIN: &str = "-----BEGIN";
        if pem.contains("PRIVATE KEY") {
            return Err(KeyError::Private);
        }
        let keys: Vec<_> = pem
            .split(BEGIN)
            .skip(1)
            .map(|block| public_key(format!("{BEGIN}{block}").as_bytes()))
            .collect::<Result<_, _>>()?;
        if keys.is_empty() {
            return Err(KeyError::Missing);
        }
        Ok(Self {
            keys,
            signing: None,
        })
    }

    /// These and others.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.keys.extend(others.keys);
        self.signing = self.signing.or(others.signing);
        self
    }

    /// Returns the keys for an algorithm.
    pub(super) fn of(&self, algorithm: Algorithm) -> impl Iterator<Item = &Key> {
        self.keys
            .iter()
            .filter(move |key| key.algorithm == algorithm)
    }

    /// Returns what signs tokens, with HS256, if there is a secret.
    pub(super) fn signing(&self) -> Option<&EncodingKey> {
        self.signing.as_ref()
    }
}

/// The same keys in the same order.
impl PartialEq for Keys {
    fn eq(&self, other: &Self) -> bool {
        self.keys.len() == other.keys.len() && self.keys.iter().zip(&other.keys).all(same)
    }
}

impl Eq for Keys {}

fn same((one, other): (&Key, &Key)) -> bool {
    let bytes = |key: &Key| key.key.try_get_as_bytes().map(<[u8]>::to_vec).ok();
    one.algorithm == other.algorithm && bytes(one) == bytes(other)
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let algorithms = self.keys.iter().map(|key| key.algorithm);
        f.debug_list().entries(algorithms).finish()
    }
}

fn public_key(pem: &[u8]) -> Result<Key, KeyError> {
    let rsa = DecodingKey::from_rsa_pem(pem).map(|key| (Algorithm::RS256, key));
    let (algorithm, key) = rsa
        .or_else(|_| DecodingKey::from_ec_pem(pem).map(|key| (Algorithm::ES256, key)))
        .or_else(|_| DecodingKey::from_ed_pem(pem).map(|key| (Algorithm::EdDSA, key)))
        .map_err(|_| KeyError::Unknown)?;
    let is_other_curve = algorithm == Algorithm::ES256
        && key
            .try_get_as_bytes()
            .is_ok_and(|point| point.len() != P256_POINT);
    if is_other_curve {
        return Err(KeyError::Unknown);
    }
    Ok(Key { algorithm, key })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_none_is_told() {
        for (pem, expected) in [
            ("", KeyError::Missing),
            ("no key", KeyError::Missing),
            (
                include_str!("../../tests/data/jwt/rsa.pem"),
                KeyError::Private,
            ),
            (
                include_str!("../../tests/data/jwt/p384.pub.pem"),
                KeyError::Unknown,
            ),
            (
                "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
                KeyError::Unknown,
            ),
        ] {
            assert_eq!(Keys::from_pem(pem).unwrap_err(), expected);
        }
        assert_eq!(Keys::from_secrets("\n \n").unwrap_err(), KeyError::Missing);
        let short = Keys::from_secrets("a secret of at least 32 bytes in all\nshort\n");
        assert_eq!(short.unwrap_err(), KeyError::ShortSecret(5));
    }
}
