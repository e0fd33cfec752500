//! How often a token may be used.

use std::fmt;
use std::str::FromStr;

use super::super::setting::{Choice, Kind, Value};

/// How often a token lets somebody in on UDP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UdpTokens {
    /// As often as somebody comes with it, until it expires.
    Any,
    /// Once.
    Once,
}

impl UdpTokens {
    const ALL: [Self; 2] = [Self::Any, Self::Once];

    const fn choice(self) -> Choice {
        let (name, help) = match self {
            Self::Any => (
                "any",
                "As often as somebody comes with it, until it expires",
            ),
            Self::Once => ("once", "Once: it must have a claim jti that is its own"),
        };
        Choice { name, help }
    }
}

impl Value for UdpTokens {
    const KIND: Kind = Kind::Choice(&[Self::ALL[0].choice(), Self::ALL[1].choice()]);
}

impl FromStr for UdpTokens {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|one| one.choice().name == text)
            .ok_or("expected any or once")
    }
}

impl fmt::Display for UdpTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.choice().name)
    }
}
