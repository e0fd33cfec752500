//! Settings of what is kept of conversations.

use super::super::setting::settings;
use super::super::values::{DirectHistory, KeptFor, Limit, Switch};

settings! {
    /// What is kept of conversations, and can be read again.
    HistorySettings in HISTORY;

    /// How long what two users write to each other is kept and can be read again: off, a duration such as 90d, or forever. It needs a
    /// store. With it on, a message is acknowledged when it is stored, and comes to all devices of both
    direct: DirectHistory {
        key: "history.direct",
        value: "DURATION",
        default: "off",
    }

    /// How long what is written in a group is kept and can be read, also by members who were away: a duration or forever
    groups: KeptFor {
        key: "history.groups",
        value: "DURATION",
        default: "30days",
    }

    /// How many messages of what two users write to each other are kept at most, the last ones; "unlimited" for no limit
    direct_messages: Limit<u64> {
        key: "history.direct-messages",
        value: "N",
        default: "unlimited",
    }

    /// The same of a group
    group_messages: Limit<u64> {
        key: "history.group-messages",
        value: "N",
        default: "unlimited",
    }

    /// Whether a user is told up to where the other one has read what they write to each other
    read_receipts: Switch {
        key: "history.read-receipts",
        default: "off",
    }
}
