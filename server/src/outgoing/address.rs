//! Whom the server may ask.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use reqwest::Url;

/// The URL of a service: by HTTPS, or by HTTP on this machine. Displayed without its query, which may have a secret in it.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(Url);

/// What is wrong with a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// It is no URL of a service.
    #[error("expected a URL such as https://id.example.com/keys")]
    NoUrl,
    /// Whoever is on the way could change what comes by it.
    #[error("expected https: http is for services on this machine, such as http://127.0.0.1:9000/")]
    NotEncrypted,
    /// It would be seen by whoever sees the configuration, and is sent nowhere.
    #[error("a URL must not have a user or a password in it")]
    Credentials,
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text).map_err(|_| AddressError::NoUrl)?;
        if !url.has_host() {
            return Err(AddressError::NoUrl);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(AddressError::Credentials);
        }
        match url.scheme() {
            "https" => Ok(Self(url)),
            "http" if is_loopback(&url) => Ok(Self(url)),
            "http" => Err(AddressError::NotEncrypted),
            _ => Err(AddressError::NoUrl),
        }
    }
}

impl Address {
    pub(super) fn url(&self) -> &Url {
        &self.0
    }

    pub(super) fn is_encrypted(&self) -> bool {
        self.0.scheme() == "https"
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_matches(['[', ']']);
    host == "localhost" || bare.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut url = self.0.clone();
        url.set_query(None);
        url.set_fragment(None);
        url.fmt(f)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_encrypted_or_on_this_machine_is_an_address() {
        let error = |text: &str| text.parse::<Address>().err();
        for good in [
            "https://id.example.com/keys",
            "https://10.0.0.1:8443",
            "http://localhost:9000/login",
            "http://127.0.0.2/",
            "http://[::1]:9000/keys",
        ] {
            assert_eq!(error(good), None, "{good}");
        }
        for (bad, expected) in [
            ("", AddressError::NoUrl),
            ("id.example.com/keys", AddressError::NoUrl),
            ("file:///etc/passwd", AddressError::NoUrl),
            ("https://", AddressError::NoUrl),
            ("http://id.example.com/keys", AddressError::NotEncrypted),
            ("http://localhost.example.com/", AddressError::NotEncrypted),
            ("http://169.254.169.254/", AddressError::NotEncrypted),
            ("https://user:word@example.com/", AddressError::Credentials),
        ] {
            assert_eq!(error(bad), Some(expected), "{bad}");
        }
    }

    #[test]
    fn what_may_be_secret_is_not_shown() {
        let address: Address = "https://example.com/keys?key=secret#part".parse().unwrap();
        assert_eq!(address.to_string(), "https://example.com/keys");
        assert_eq!(format!("{address:?}"), "https://example.com/keys");
    }
}
