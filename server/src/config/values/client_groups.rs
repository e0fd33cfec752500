//! What clients may do with groups.

use std::fmt;
use std::str::FromStr;

use mobileim_hub::ClientGroups;

use super::super::setting::{Choice, Kind, Value};

/// What clients may do with groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientGroupsRule(pub ClientGroups);

const ALL: [ClientGroupsRule; 3] = [
    ClientGroupsRule(ClientGroups::Off),
    ClientGroupsRule(ClientGroups::Change),
    ClientGroupsRule(ClientGroups::Create),
];

impl ClientGroupsRule {
    const fn choice(self) -> Choice {
        let (name, help) = match self.0 {
            ClientGroups::Off => ("off", "Write and read in them"),
            ClientGroups::Change => ("change", "Members change them, each by the own role"),
            ClientGroups::Create => ("create", "Besides, any user may make one"),
        };
        Choice { name, help }
    }
}

impl Value for ClientGroupsRule {
    const KIND: Kind = Kind::Choice(&[ALL[0].choice(), ALL[1].choice(), ALL[2].choice()]);
}

impl FromStr for ClientGroupsRule {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        ALL.into_iter()
            .find(|one| one.choice().name == text)
            .ok_or("expected off, change or create")
    }
}

impl fmt::Display for ClientGroupsRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.choice().name)
    }
}
