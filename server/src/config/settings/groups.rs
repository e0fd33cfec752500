//! Settings of groups.

use super::super::setting::settings;
use super::super::values::{ClientGroupsRule, NumberWithin, Switch};

settings! {
    /// Groups, which several users read and write in.
    GroupSettings in GROUPS;

    /// Whether there are groups: ids that begin with # are theirs, and no user's. They need a store
    enabled: Switch {
        key: "groups.enabled",
        default: "off",
    }

    /// What clients may do with groups: off, write and read in them; change, members change them too, each by the own role; create, any user
    /// may make one, too
    clients: ClientGroupsRule {
        key: "groups.clients",
        value: "RULE",
        default: "off",
    }

    /// How many groups a user may own who makes another one
    max_owned: NumberWithin<1, 1_000_000> {
        key: "groups.max-owned",
        value: "N",
        default: "100",
    }

    /// How many members a group may have
    max_members: NumberWithin<1, 1_000_000> {
        key: "groups.max-members",
        value: "N",
        default: "100000",
    }
}
