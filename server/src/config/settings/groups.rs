//! Settings of groups.

use super::super::setting::settings;
use super::super::values::{NumberWithin, Switch};

settings! {
    /// Groups, which several users read and write in.
    GroupSettings in GROUPS;

    /// Whether there are groups: ids that begin with # are theirs, and no user's. They need a store
    enabled: Switch {
        key: "groups.enabled",
        default: "off",
    }

    /// How many members a group may have
    max_members: NumberWithin<1, 1_000_000> {
        key: "groups.max-members",
        value: "N",
        default: "100000",
    }
}
