//! Signatures of requests, as [Standard Webhooks](https://www.standardwebhooks.com) has them: HMAC-SHA256 over the request's name,
//! its time and its body.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

/// The shortest secret, in bytes.
const MIN_LEN: usize = 24;

/// What the secrets of that specification begin with; the rest is base64.
const PREFIX: &str = "whsec_";

/// Secrets that requests are signed with, each of them, so that they can be replaced.
#[derive(Clone, PartialEq, Eq)]
pub struct Secrets(Vec<Vec<u8>>);

/// What is wrong with a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// There is none.
    #[error("there is no secret in it")]
    Missing,
    /// It can be guessed.
    #[error(
        "a secret must have {MIN_LEN} bytes at least, and this one has {0}: \"openssl rand -base64 48\" makes one"
    )]
    Short(usize),
    /// What follows the prefix is no base64.
    #[error("what follows {PREFIX} in a secret must be base64")]
    NoBase64,
}

impl FromStr for Secrets {
    type Err = SecretError;

    /// Reads secrets, one a line: the bytes of the line, or what it says in base64 after `whsec_`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let secrets: Vec<_> = lines.map(secret).collect::<Result<_, _>>()?;
        if secrets.is_empty() {
            return Err(SecretError::Missing);
        }
        Ok(Self(secrets))
    }
}

fn secret(line: &str) -> Result<Vec<u8>, SecretError> {
    let secret = match line.strip_prefix(PREFIX) {
        None => line.as_bytes().to_vec(),
        Some(text) => {
            let decoded = BASE64_STANDARD.decode(text);
            decoded.map_err(|_| SecretError::NoBase64)?
        }
    };
    if secret.len() < MIN_LEN {
        return Err(SecretError::Short(secret.len()));
    }
    Ok(secret)
}

impl Secrets {
    /// Returns a signature by each secret, with spaces between them.
    pub(super) fn sign(&self, id: &str, timestamp: &str, body: &str) -> String {
        let signatures = self.0.iter().map(|secret| {
            let mut mac =
                Hmac::<Sha256>::new_from_slice(secret).expect("a key may have any length");
            mac.update(format!("{id}.{timestamp}.").as_bytes());
            mac.update(body.as_bytes());
            format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
        });
        signatures.collect::<Vec<_>>().join(" ")
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's libraries.
    #[test]
    fn a_signature_is_that_of_the_specification() {
        let secrets: Secrets = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse().unwrap();
        let signature = secrets.sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "1614265330",
            "{\"test\": 2432232314}",
        );
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn each_of_several_secrets_signs() {
        let (one, other) = (
            "the first of the secrets here",
            "the other of the secrets here",
        );
        let sign = |text: &str| text.parse::<Secrets>().unwrap().sign("a", "1", "{}");
        assert_eq!(
            sign(&format!("{one}\n\n{other}\n")),
            [sign(one), sign(other)].join(" ")
        );
    }

    #[test]
    fn a_secret_that_is_none_is_told_and_one_that_is_is_not_shown() {
        let error = |text: &str| text.parse::<Secrets>().unwrap_err();
        assert_eq!(error(" \n"), SecretError::Missing);
        assert_eq!(error("short"), SecretError::Short(5));
        assert_eq!(error("whsec_AAAA"), SecretError::Short(3));
        assert_eq!(error("whsec_no base64"), SecretError::NoBase64);
        let secrets: Secrets = "0123456789abcdef0123456789abcdef".parse().unwrap();
        assert_eq!(format!("{secrets:?}"), "Secrets(1)");
    }
}
