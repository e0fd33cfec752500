//! Who may see who is online.

use std::fmt;
use std::str::FromStr;

use mobileim_hub::VisibleTo;

use super::super::setting::{Choice, Kind, Value};

/// The rule by which users see each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visibility(pub VisibleTo);

const ALL: [Visibility; 3] = [
    Visibility(VisibleTo::Nobody),
    Visibility(VisibleTo::Everyone),
    Visibility(VisibleTo::Asked),
];

impl Visibility {
    const fn choice(self) -> Choice {
        let (name, help) = match self.0 {
            VisibleTo::Nobody => ("nobody", "Nobody: there is no such question"),
            VisibleTo::Everyone => ("everyone", "Each user who asks"),
            VisibleTo::Asked => ("ask", "Whom your back end names: webhooks.presence asks it"),
        };
        Choice { name, help }
    }
}

impl Value for Visibility {
    const KIND: Kind = Kind::Choice(&[ALL[0].choice(), ALL[1].choice(), ALL[2].choice()]);
}

impl FromStr for Visibility {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        ALL.into_iter()
            .find(|one| one.choice().name == text)
            .ok_or("expected nobody, everyone or ask")
    }
}

impl fmt::Display for Visibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.choice().name)
    }
}
