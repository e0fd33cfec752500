//! What becomes of a message about which there is no answer.

use std::fmt;
use std::str::FromStr;

use super::super::setting::{Choice, Kind, Value};
use crate::webhook::OnFailure;

const ALL: [OnFailure; 3] = [OnFailure::Retry, OnFailure::Allow, OnFailure::Refuse];

const fn choice(verdict: OnFailure) -> Choice {
    let (name, help) = match verdict {
        OnFailure::Retry => (
            "retry",
            "Its sender keeps it, and sends it again after some seconds (error 304)",
        ),
        OnFailure::Allow => ("allow", "It goes on its way"),
        OnFailure::Refuse => ("refuse", "It is refused for good (error 1027)"),
    };
    Choice { name, help }
}

impl Value for OnFailure {
    const KIND: Kind = Kind::Choice(&[choice(ALL[0]), choice(ALL[1]), choice(ALL[2])]);
}

impl FromStr for OnFailure {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        ALL.into_iter()
            .find(|one| choice(*one).name == text)
            .ok_or("expected retry, allow or refuse")
    }
}

impl fmt::Display for OnFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(choice(*self).name)
    }
}
