//! Settings that belong to no section.

use super::super::setting::settings;
use super::super::values::{
    DataDir, DatabaseUrl, LogFilter, LogFormat, Name, SenseModes, StoreKind, Switch, Time,
};

settings! {
    /// What belongs to no section.
    GeneralSettings in GENERAL;

    /// For development: accepts any token, listens on this machine only, serves the chat page; keeps messages
    /// in memory, unless told otherwise
    dev: Switch {
        key: "dev",
        default: "off",
    }

    /// How quickly dead connections are noticed: 3s, 5s, 10s, 15s, 30s, 60s or 120s for TCP and WebSocket;
    /// "udp=10s" for UDP, which has no 5s and 15s; "tcp=…" and "ws=…" for one alone
    sense: SenseModes {
        key: "sense",
        value: "MODE",
        default: "15s,udp=3s",
    }

    /// The directory for what must survive a restart; made if it is not there
    data_dir: DataDir {
        key: "data-dir",
        value: "DIR",
        otherwise: "none",
    }

    /// Where messages wait for offline receivers
    store: StoreKind {
        key: "store",
        value: "KIND",
        otherwise: "postgres with --database-url, sqlite with --data-dir, else memory",
    }

    /// The URL of the PostgreSQL database, with user and password. Other users of this machine can see a command
    /// line; the variable keeps the password from them
    database_url: DatabaseUrl {
        key: "database-url",
        value: "URL",
        otherwise: "none",
    }

    /// How long the server may take to stop, such as 10s: what is on its way to receivers is put into the store
    drain_time: Time {
        key: "drain-time",
        value: "DURATION",
        default: "10s",
        live: true,
    }

    /// Within which time the clients of a server that stops come back, each at another moment; of more than 5000 for each
    /// second, within as many seconds as that takes. 0s for no such time
    drain_spread: Time {
        key: "drain-spread",
        value: "DURATION",
        otherwise: "2ms for each session, 5s at most",
        live: true,
    }

    /// The fingerprint of a message that is followed: each of its steps is a line in the log, without its text
    trace_fp: Name {
        key: "trace-fp",
        value: "FP",
        otherwise: "none",
        live: true,
    }

    /// The form of the log
    log_format: LogFormat {
        key: "log-format",
        value: "FORMAT",
        default: "text",
    }

    /// What is logged to standard error: error, warn, info, debug or trace; "info,sqlx=debug" for one
    /// part alone
    log: LogFilter {
        key: "log",
        value: "LEVEL",
        default: "info",
        live: true,
    }
}
