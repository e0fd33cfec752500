//! Who may log in: keys and names.

use std::fmt;
use std::str::FromStr;

use super::super::setting::Value;
use crate::auth::{ApiKeys, ApiKeysError, KeyError, Keys, Users, UsersError};

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
        let pem =
            std::fs::read_to_string(path).map_err(|error| format!("cannot read it: {error}"))?;
        let keys = Keys::from_pem(&pem).map_err(|error| error.to_string())?;
        Ok(Self(keys))
    }
}

/// The users in a file, which is read with the setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsersFile(pub Users);

impl Value for UsersFile {}

impl FromStr for UsersFile {
    type Err = String;

    fn from_str(path: &str) -> Result<Self, Self::Err> {
        let text =
            std::fs::read_to_string(path).map_err(|error| format!("cannot read it: {error}"))?;
        let users = text
            .parse()
            .map_err(|error: UsersError| error.to_string())?;
        Ok(Self(users))
    }
}

/// The keys for the API in a file, which is read with the setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeysFile(pub ApiKeys);

impl Value for ApiKeysFile {}

impl FromStr for ApiKeysFile {
    type Err = String;

    fn from_str(path: &str) -> Result<Self, Self::Err> {
        let text =
            std::fs::read_to_string(path).map_err(|error| format!("cannot read it: {error}"))?;
        let keys = text
            .parse()
            .map_err(|error: ApiKeysError| error.to_string())?;
        Ok(Self(keys))
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
