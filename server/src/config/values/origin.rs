//! Which pages may connect.

use std::fmt;
use std::str::FromStr;

use super::super::setting::{Kind, Value};
use crate::gateway::{Origins, PageOrigin};

const ANY: &str = "*";

/// The origins whose pages may open a WebSocket; `*` for any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedOrigins(pub Origins);

impl Value for AllowedOrigins {
    const KIND: Kind = Kind::List;
}

impl FromStr for AllowedOrigins {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == ANY {
            return Ok(Self(Origins::Any));
        }
        let origins: Result<Vec<PageOrigin>, _> = text.split(',').map(str::parse).collect();
        match origins {
            Ok(origins) => Ok(Self(Origins::Listed(origins))),
            Err(error) => Err(format!("{error}, or \"{ANY}\" alone")),
        }
    }
}

impl fmt::Display for AllowedOrigins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Origins::Any => f.write_str(ANY),
            Origins::SameHost => f.write_str("the same host"),
            Origins::Listed(origins) => {
                let all: Vec<_> = origins.iter().map(ToString::to_string).collect();
                f.write_str(&all.join(","))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_can_be_read() {
        for text in [
            "*",
            "https://a.net",
            "https://*.a.net,http://localhost:5173",
        ] {
            assert_eq!(text.parse::<AllowedOrigins>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_expected_is_told() {
        let error = "https://a.net,*".parse::<AllowedOrigins>().unwrap_err();
        assert!(error.ends_with("without a path, or \"*\" alone"), "{error}");
    }
}
