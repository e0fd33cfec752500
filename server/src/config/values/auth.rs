//! Who may log in: keys and names.

use std::fmt;
use std::str::FromStr;

use super::super::setting::Value;
use crate::auth::{ApiKeys, KeyError, Keys, Users};

/// Reads a file, and what it means.
fn read<T, E: fmt::Display>(
    path: &str,
    meaning: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("cannot read it: {error}"))?;
    meaning(&text).map_err(|error| error.to_string())
}

/// Secrets that sign tokens: never shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JwtSecret(pub Keys);

impl Value for JwtSecret {
    const SECRET: bool = true;
}

impl FromStr for JwtSecret {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Keys::from_secrets(text).map(Self)
    }
}

/// The public keys in a file, which is read with the setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKeys(pub Keys);

impl Value for PublicKeys {}

impl FromStr for PublicKeys {
    type Err = String;

    fn from_str(path: &str) -> Result<Self, Self::Err> {
        read(path, Keys::from_pem).map(Self)
    }
}

/// The users in a file, which is read with the setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsersFile(pub Users);

impl Value for UsersFile {}

impl FromStr for UsersFile {
    type Err = String;

    fn from_str(path: &str) -> Result<Self, Self::Err> {
        read(path, str::parse).map(Self)
    }
}

/// The keys for the API in a file, which is read with the setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeysFile(pub ApiKeys);

impl Value for ApiKeysFile {}

impl FromStr for ApiKeysFile {
    type Err = String;

    fn from_str(path: &str) -> Result<Self, Self::Err> {
        read(path, str::parse).map(Self)
    }
}

/// A name that is not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(pub String);

impl Value for Name {}

impl FromStr for Name {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err("expected a name");
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_shown() {
        let secret: JwtSecret = "0123456789abcdef0123456789abcdef".parse().unwrap();
        assert_eq!(format!("{secret:?}"), "JwtSecret([HS256])");
    }

    #[test]
    fn what_is_wrong_is_told() {
        let error = "short".parse::<JwtSecret>().unwrap_err().to_string();
        assert!(error.starts_with("a secret must have 32 bytes"), "{error}");
        let error = "/nonexistent".parse::<PublicKeys>().unwrap_err();
        assert!(error.starts_with("cannot read it: "), "{error}");
        assert!("".parse::<Name>().is_err());
    }
}
