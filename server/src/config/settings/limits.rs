//! Settings of what users, addresses and connections may use.

use std::time::Duration;

use mobileim_hub::Rate;

use super::super::setting::settings;
use super::super::values::{Count, KIB, Lifetime, Limit, Size, SizeWithin, Switch, TimeWithin};

settings! {
    /// What users, addresses and connections may use.
    LimitSettings in LIMITS;

    /// How many TCP and WebSocket connections there may be; more are closed at once
    max_connections: Limit<u64> {
        key: "limits.max-connections",
        value: "N",
        otherwise: "the hard limit of open files, less 32 for the store, and http-connections",
        live: true,
    }

    /// How many of those one address may have; of IPv6, one network of 64 bits
    max_connections_per_address: Limit<u64> {
        key: "limits.max-connections-per-address",
        value: "N",
        default: "1000",
        live: true,
    }

    /// How many of those there may be that have not logged in: when there are more, the oldest are closed. As many UDP
    /// addresses may wait for the decision about their login
    max_unauthenticated: Limit<u64> {
        key: "limits.max-unauthenticated",
        value: "N",
        default: "4096",
    }

    /// How long a connection may take to log in, handshakes of TLS and WebSocket included
    login_time: TimeWithin<1, 300> {
        key: "limits.login-time",
        value: "DURATION",
        default: "5s",
    }

    /// How long a message may be, with all that goes with it: 64KiB at most, as no client takes more. Clients of MobileIM are
    /// told; an original one that uses WebSocket is disconnected when it sends more
    max_body: SizeWithin<{ 6 * KIB }, { 64 * KIB }> {
        key: "limits.max-body",
        value: "SIZE",
        default: "64KiB",
    }

    /// The same for original clients that use TCP, which must be set to it; on UDP it is 2KiB from them and 1KiB to them
    max_body_tcp: SizeWithin<KIB, { 64 * KIB }> {
        key: "limits.max-body-tcp",
        value: "SIZE",
        default: "6KiB",
    }

    /// How many HTTP connections are served at once; others wait for a place
    http_connections: Count {
        key: "limits.http-connections",
        value: "N",
        default: "96",
    }

    /// How long the head of an HTTP request may be, that of one for a WebSocket included
    http_head: SizeWithin<{ 8 * KIB }, { 64 * KIB }> {
        key: "limits.http-head",
        value: "SIZE",
        default: "16KiB",
    }

    /// How long the head of an HTTP request may take to arrive, and before it a TLS handshake. A request for a WebSocket has
    /// the time to log in
    http_head_time: TimeWithin<1, 300> {
        key: "limits.http-head-time",
        value: "DURATION",
        default: "5s",
    }

    /// How long an HTTP connection may last in all
    http_time: TimeWithin<1, 3600> {
        key: "limits.http-time",
        value: "DURATION",
        default: "1m",
    }

    /// How long the body of an HTTP request may be
    http_body: SizeWithin<KIB, { 1024 * KIB }> {
        key: "limits.http-body",
        value: "SIZE",
        default: "4KiB",
    }

    /// The same for one to the API, which may name many users
    api_body: SizeWithin<KIB, { 1024 * KIB }> { key: "limits.api-body", value: "SIZE", default: "256KiB", }

    /// How many messages one user may send, such as 50/s for long and 500 at once. More are refused with the time to wait
    /// (error 304), and the connection of who goes on all the same is closed
    message_rate: Limit<Rate> {
        key: "limits.message-rate",
        value: "RATE",
        default: "200/s,burst=2000",
    }

    /// How many requests to the API may come with one key. More are answered with 429, and the time to wait
    api_rate: Limit<Rate> { key: "limits.api-rate", value: "RATE", default: "1000/s", }

    /// How many logins, heartbeats and echoes may come on one connection; past it, it is closed
    request_rate: Limit<Rate> {
        key: "limits.request-rate",
        value: "RATE",
        default: "20/s,burst=200",
    }

    /// How many logins are looked at. Of more, MobileIM clients are told when to come back, each at another time (1027);
    /// original ones are disconnected, and come back by themselves
    login_rate: Limit<Rate> {
        key: "limits.login-rate",
        value: "RATE",
        default: "5000/s,burst=10000",
    }

    /// The same for one address; of IPv6, for one network of 64 bits
    login_rate_per_address: Limit<Rate> {
        key: "limits.login-rate-per-address",
        value: "RATE",
        default: "50/s,burst=1000",
    }

    /// The same for one user from one address
    login_rate_per_user: Limit<Rate> {
        key: "limits.login-rate-per-user",
        value: "RATE",
        default: "1/s,burst=20",
    }

    /// Whether what is limited by address is so for addresses of this machine itself too. A proxy on it that does not tell
    /// the real addresses connects from there
    limit_loopback: Switch {
        key: "limits.limit-loopback",
        default: "off",
    }

    /// How many bytes may wait to be written to one TCP or WebSocket connection before it is closed for not reading
    send_queue: Limit<Size> {
        key: "limits.send-queue",
        value: "SIZE",
        default: "4MiB",
    }

    /// How many bytes may wait to be written to all of them: past it, connections are closed that have more than their share
    send_queues: Limit<Size> {
        key: "limits.send-queues",
        value: "SIZE",
        default: "256MiB",
    }

    /// How many bytes of messages under way mailboxes may hold in memory, all together: the nearer to it, the sooner a message to
    /// who does not take it is stored instead, or is not taken, and its sender sends it again
    mailbox_memory: Limit<Size> {
        key: "limits.mailbox-memory",
        value: "SIZE",
        default: "256MiB",
    }

    /// How many messages wait for one user at most: more are refused, and their senders told; "unlimited" for no limit
    max_stored: Limit<u64> {
        key: "limits.max-stored",
        value: "N",
        default: "10000",
        live: true,
    }

    /// How many bytes wait for one user at most, likewise: the messages, and 512 bytes for each
    max_stored_bytes: Limit<Size> {
        key: "limits.max-stored-bytes",
        value: "SIZE",
        default: "64MiB",
        live: true,
    }

    /// How many bytes wait for all users together at most, likewise
    max_stored_bytes_in_all: Limit<Size> {
        key: "limits.max-stored-bytes-in-all",
        value: "SIZE",
        default: "16GiB",
        live: true,
    }

    /// How many bytes of the disk with the data directory stay free, with SQLite: with less, new messages that must be stored are
    /// refused, but for the room of those that are fetched; 0 for no such limit
    min_free_disk: Limit<Size> {
        key: "limits.min-free-disk",
        value: "SIZE",
        otherwise: "256MiB, but a tenth of the disk at most",
        live: true,
    }

    /// How long a message waits at most, in SQLite or PostgreSQL, such as 12h or 90d, before it is removed unread;
    /// "unlimited" for no limit
    max_stored_age: Limit<Duration> {
        key: "limits.max-stored-age",
        value: "DURATION",
        default: "30days",
    }

    /// With PostgreSQL, how long it is to be seen there what became of a message that a back end has sent with SQL
    submissions_kept: Lifetime {
        key: "limits.submissions-kept",
        value: "DURATION",
        default: "7days",
    }
}
