//! The form of the log.

use std::fmt;
use std::str::FromStr;

use super::super::setting::{Choice, Kind, Value};

/// The form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// A JSON object in each line.
    Json,
}

impl LogFormat {
    const fn choice(self) -> Choice {
        let (name, help) = match self {
            Self::Text => ("text", "Lines for people"),
            Self::Json => ("json", "A JSON object in each line, for programs"),
        };
        Choice { name, help }
    }
}

impl Value for LogFormat {
    const KIND: Kind = Kind::Choice(&[Self::Text.choice(), Self::Json.choice()]);
}

impl FromStr for LogFormat {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Text, Self::Json]
            .into_iter()
            .find(|format| format.choice().name == text)
            .ok_or("expected text or json")
    }
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.choice().name)
    }
}
