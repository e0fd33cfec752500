//! Settings of events.

use super::super::setting::settings;
use super::super::values::{
    Count, KIB, Lifetime, ServiceUrl, SizeWithin, Switch, TimeWithin, WebhookSecret,
};
use crate::events::{EventTypes, UserPatterns};

settings! {
    /// What is recorded in the database for back ends that must not miss it, and sent to them.
    EventSettings in EVENTS;

    /// What is recorded of what happens: online, offline, kicked, login-refused, delivered, stored, fetched, refused, expired, logged (one in
    /// the log of its conversation), message (one to the server); "all" for all of it. It needs SQLite or PostgreSQL; from nothing to something,
    /// or back, needs a restart
    types: EventTypes { key: "events.types", value: "TYPE", otherwise: "nothing is recorded", live: true, }

    /// For whom: users by id, where * at the end stands for any end, as in shop-*. An event is recorded if one of the users that it
    /// names is among them
    users: UserPatterns { key: "events.users", value: "USER", default: "*", live: true, }

    /// Whether the texts of messages are in events: of those that are stored, and those to the server
    text: Switch { key: "events.text", default: "off", live: true, }

    /// How long events are kept for those who read them, and tried to be sent
    keep: Lifetime { key: "events.keep", value: "DURATION", default: "3days", live: true, }

    /// How many bytes of events are kept at most: of more, the oldest are removed, whoever has read them
    max_bytes: SizeWithin<{ 1024 * KIB }, { 1024 * 1024 * 1024 * KIB }> {
        key: "events.max-bytes",
        value: "SIZE",
        default: "1GiB",
        live: true,
    }

    /// The URL of the back end that events are sent to, signed, as soon as they are recorded
    url: ServiceUrl { key: "events.url", value: "URL", otherwise: "none: back ends read them from the API", live: true, }

    /// The secret that signs what is sent, of 24 bytes at least; a file may have several, one a line, and each signs
    secret: WebhookSecret { key: "events.secret", value: "SECRET", otherwise: "none", live: true, }

    /// How many events are sent at once at most
    batch: Count { key: "events.batch", value: "N", default: "100", live: true, }

    /// How long the back end may take to take them
    timeout: TimeWithin<1, 60> { key: "events.timeout", value: "DURATION", default: "10s", live: true, }
}
