//! Addresses to listen on.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use super::super::setting::Value;

/// The address to listen on; none if it is off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listen(pub Option<SocketAddr>);

impl Value for Listen {}

impl FromStr for Listen {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "off" {
            return Ok(Self(None));
        }
        let address = text.parse().map_err(
            |_| "expected an IP address and a port, such as 0.0.0.0:8901 or [::]:8901, or \"off\"",
        )?;
        Ok(Self(Some(address)))
    }
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
        let expected =
            "expected an IP address and a port, such as 0.0.0.0:8901 or [::]:8901, or \"off\"";
        for text in ["8901", "127.0.0.1", ""] {
            assert_eq!(text.parse::<Listen>(), Err(expected));
        }
    }
}
