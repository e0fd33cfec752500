//! Which sessions a user may have at once.

use std::fmt;
use std::str::FromStr;

use mobileim_hub::Sessions;

use super::super::setting::{Choice, Kind, Value};

/// The rule by which a login ends other sessions of its user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionRule(pub Sessions);

const ALL: [SessionRule; 3] = [
    SessionRule(Sessions::Single),
    SessionRule(Sessions::PerDevice),
    SessionRule(Sessions::PerPlatform),
];

impl SessionRule {
    const fn choice(self) -> Choice {
        let (name, help) = match self.0 {
            Sessions::Single => ("single", "One, whatever it is on, as the original has it"),
            Sessions::PerDevice => ("per-device", "One on each device"),
            Sessions::PerPlatform => (
                "per-platform",
                "One on each kind of device: another one of the same kind takes its place",
            ),
        };
        Choice { name, help }
    }
}

impl Value for SessionRule {
    const KIND: Kind = Kind::Choice(&[ALL[0].choice(), ALL[1].choice(), ALL[2].choice()]);
}

impl FromStr for SessionRule {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        ALL.into_iter()
            .find(|one| one.choice().name == text)
            .ok_or("expected single, per-device or per-platform")
    }
}

impl fmt::Display for SessionRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.choice().name)
    }
}
