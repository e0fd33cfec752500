//! Settings of who is told who is online.

use super::super::setting::settings;
use super::super::values::{NumberWithin, TimeWithin, Visibility};

settings! {
    /// Who is told which users are online, and when the others were.
    PresenceSettings in PRESENCE;

    /// Who may see whether a user is online: nobody; everyone, which is each user who asks; or ask, whom your back end names, which
    /// webhooks.presence asks
    visible_to: Visibility {
        key: "presence.visible-to",
        value: "WHOM",
        default: "nobody",
    }

    /// How many users a connection may watch at once
    max_watched: NumberWithin<1, 1_000> {
        key: "presence.max-watched",
        value: "N",
        default: "200",
    }

    /// How long a user is still shown online when the last session has ended: a page that is loaded again is back by then
    offline_after: TimeWithin<0, 300> {
        key: "presence.offline-after",
        value: "DURATION",
        default: "5s",
    }
}
