//! Addresses to listen on.

use std::fmt;
use std::net::{SocketAddr, ToSocketAddrs};
use std::str::FromStr;

use super::super::setting::Value;

/// The address to listen on; none if it is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listen(pub Option<SocketAddr>);

impl Value for Listen {}

const EXPECTED: &str =
    "expected an address and a port, such as localhost:8901, 0.0.0.0:8901 or [::]:8901, or \"off\"";

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "off" {
            return Ok(Self(None));
        }
        if let Ok(address) = text.parse() {
            return Ok(Self(Some(address)));
        }
        let address = match text.rsplit_once(':') {
            Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => resolve(text)?,
            _ => return Err(EXPECTED.to_owned()),
        };
        Ok(Self(Some(address)))
    }
}

/// Returns the address of a name, of IPv4 if it has one: clients of the original speak nothing else.
fn resolve(text: &str) -> Result<SocketAddr, String> {
    let addresses = text.to_socket_addrs().map_err(|error| error.to_string())?;
    addresses
        .min_by_key(|address| !address.is_ipv4())
        .ok_or_else(|| "this name has no address".to_owned())
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(address) => address.fmt(f),
            None => f.write_str("off"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_can_be_read() {
        for text in ["127.0.0.1:8901", "[::]:0", "off"] {
            assert_eq!(text.parse::<Listen>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn it_is_an_address_with_a_port() {
        for text in [
            "8901",
            "127.0.0.1",
            ":8901",
            "localhost:",
            "localhost:99999",
            "",
        ] {
            assert_eq!(text.parse::<Listen>(), Err(EXPECTED.to_owned()), "{text}");
        }
    }

    #[test]
    fn it_may_be_a_name() {
        let listen: Listen = "localhost:3000".parse().unwrap();
        assert_eq!(listen.to_string(), "127.0.0.1:3000");
        let error = "no-such-host.invalid:1".parse::<Listen>().unwrap_err();
        assert!(error.contains("failed to lookup"), "{error}");
    }
}
