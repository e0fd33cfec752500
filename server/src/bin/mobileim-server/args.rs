//! The command line.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use mobileim_protocol::{ParseSenseModeError, SenseMode, Transport};
use mobileim_server::store::Limits;

/// An instant-messaging server that speaks the MobileIMSDK v6 protocol over WebSocket, TCP and UDP.
///
/// When every listener is bound, one line on standard output says where: "ready tcp=127.0.0.1:8901 udp=…".
/// Logs go to standard error; `MOBILEIM_LOG` sets what is logged, such as `debug`.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
pub(crate) struct Args {
    /// For development: accepts any token, listens on this machine only, serves the chat page; keeps messages
    /// in memory, unless told otherwise
    #[arg(long, env = "MOBILEIM_DEV")]
    pub(crate) dev: bool,

    /// Where to listen for TCP clients; "off" to switch it off, port 0 for any free port
    #[arg(long, value_name = "ADDR", env = "MOBILEIM_TCP", default_value_t = Listen::loopback(8901))]
    pub(crate) tcp: Listen,

    /// Where to listen for UDP clients
    #[arg(long, value_name = "ADDR", env = "MOBILEIM_UDP", default_value_t = Listen::loopback(7901))]
    pub(crate) udp: Listen,

    /// Where to listen for WebSocket clients (path /websocket)
    #[arg(long, value_name = "ADDR", env = "MOBILEIM_WS", default_value_t = Listen::loopback(3000))]
    pub(crate) ws: Listen,

    /// Where to listen for HTTP requests: /healthz, /readyz and the chat page
    #[arg(long, value_name = "ADDR", env = "MOBILEIM_HTTP", default_value_t = Listen::loopback(8080))]
    pub(crate) http: Listen,

    /// How quickly dead connections are noticed: 3s, 5s, 10s, 15s, 30s, 60s or 120s for TCP and WebSocket
    /// [default: 15s]; "udp=10s" for UDP [default: 3s; has no 5s and 15s]; "tcp=…" and "ws=…" for one alone
    #[arg(
        long,
        value_name = "MODE",
        env = "MOBILEIM_SENSE",
        value_delimiter = ','
    )]
    pub(crate) sense: Vec<Sense>,

    /// The directory for what must survive a restart; made if it is not there
    #[arg(long, value_name = "DIR", env = "MOBILEIM_DATA_DIR")]
    pub(crate) data_dir: Option<PathBuf>,

    /// Where messages wait for offline receivers [default: postgres with --database-url, sqlite with --data-dir,
    /// else memory]
    #[arg(long, value_enum, env = "MOBILEIM_STORE")]
    pub(crate) store: Option<StoreKind>,

    /// The URL of the PostgreSQL database, with user and password. Other users of this machine can see a command
    /// line; the variable keeps the password from them
    #[arg(
        long,
        value_name = "URL",
        env = "MOBILEIM_DATABASE_URL",
        hide_env_values = true
    )]
    pub(crate) database_url: Option<DatabaseUrl>,

    /// How many messages wait for one user at most, in SQLite or PostgreSQL: more are refused, and their
    /// senders told; "unlimited" for no limit
    #[arg(long, value_name = "N", env = "MOBILEIM_MAX_STORED", default_value_t = MaxStored(Some(Limits::MAX_MESSAGES)))]
    pub(crate) max_stored: MaxStored,

    /// How long a message waits at most, in SQLite or PostgreSQL, such as 12h or 90d, before it is removed unread;
    /// "unlimited" for no limit
    #[arg(long, value_name = "DURATION", env = "MOBILEIM_MAX_STORED_AGE", default_value_t = MaxStoredAge(Some(Limits::MAX_AGE)))]
    pub(crate) max_stored_age: MaxStoredAge,
}

/// The address of a database, with its password: never shown.
#[derive(Clone)]
pub(crate) struct DatabaseUrl(pub(crate) String);

impl FromStr for DatabaseUrl {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseUrl(…)")
    }
}

/// How to switch a limit off.
const UNLIMITED: &str = "unlimited";

/// How many messages wait for one user at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MaxStored(pub(crate) Option<u64>);

impl FromStr for MaxStored {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            UNLIMITED | "0" => Ok(Self(None)),
            number => match number.parse() {
                Ok(number) => Ok(Self(Some(number))),
                Err(_) => Err(format!("expected a number or \"{UNLIMITED}\"")),
            },
        }
    }
}

impl fmt::Display for MaxStored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(number) => number.fmt(f),
            None => f.write_str(UNLIMITED),
        }
    }
}

/// How long a message waits at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MaxStoredAge(pub(crate) Option<Duration>);

impl FromStr for MaxStoredAge {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            UNLIMITED | "0" => Ok(Self(None)),
            duration => match humantime::parse_duration(duration) {
                Ok(Duration::ZERO) => Ok(Self(None)),
                Ok(duration) => Ok(Self(Some(duration))),
                Err(_) => Err(format!(
                    "expected a duration such as 12h or 90d, or \"{UNLIMITED}\""
                )),
            },
        }
    }
}

impl fmt::Display for MaxStoredAge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(duration) => humantime::format_duration(duration).fmt(f),
            None => f.write_str(UNLIMITED),
        }
    }
}

/// Where to listen, if at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Listen(pub(crate) Option<SocketAddr>);

impl Listen {
    const fn loopback(port: u16) -> Self {
        Self(Some(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)))
    }
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "off" {
            return Ok(Self(None));
        }
        let address = text.parse().map_err(
            |_| "expected an IP address and a port, such as 0.0.0.0:8901 or [::]:8901, or \"off\"",
        )?;
        Ok(Self(Some(address)))
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(address) => address.fmt(f),
            None => f.write_str("off"),
        }
    }
}

/// A sense mode, for one transport or for both streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sense {
    transport: Option<Transport>,
    pub(crate) mode: SenseMode,
}

impl Sense {
    /// What it is for.
    pub(crate) fn transports(self) -> impl Iterator<Item = Transport> {
        let (first, second) = match self.transport {
            Some(transport) => (transport, None),
            None => (Transport::Tcp, Some(Transport::WebSocket)),
        };
        std::iter::once(first).chain(second)
    }
}

impl FromStr for Sense {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (transport, mode) = match text.split_once('=') {
            None => (None, text),
            Some(("tcp", mode)) => (Some(Transport::Tcp), mode),
            Some(("udp", mode)) => (Some(Transport::Udp), mode),
            Some(("ws", mode)) => (Some(Transport::WebSocket), mode),
            Some((other, _)) => {
                return Err(format!("no such transport: {other:?} (tcp, udp or ws)"));
            }
        };
        let mode = mode
            .parse()
            .map_err(|error: ParseSenseModeError| error.to_string())?;
        Ok(Self { transport, mode })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StoreKind {
    /// In a file in --data-dir
    Sqlite,
    /// In the database of --database-url
    Postgres,
    /// In memory, until the server stops
    Memory,
    /// Nowhere: a message to an offline receiver is not acknowledged
    None,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn a_sense_mode_without_a_transport_is_for_streams() {
        let sense: Sense = "10s".parse().unwrap();
        let transports: Vec<_> = sense.transports().collect();
        assert_eq!(transports, [Transport::Tcp, Transport::WebSocket]);
        let sense: Sense = "udp=10s".parse().unwrap();
        assert_eq!(sense.transports().collect::<Vec<_>>(), [Transport::Udp]);
    }

    #[test]
    fn a_listener_can_be_switched_off() {
        assert_eq!("off".parse(), Ok(Listen(None)));
        assert!("8901".parse::<Listen>().is_err());
    }

    #[test]
    fn limits_can_be_given_and_switched_off() {
        assert_eq!("500".parse(), Ok(MaxStored(Some(500))));
        let week = Duration::from_secs(7 * 24 * 60 * 60);
        assert_eq!("7d".parse(), Ok(MaxStoredAge(Some(week))));
        for off in ["unlimited", "0"] {
            assert_eq!(off.parse(), Ok(MaxStored(None)));
            assert_eq!(off.parse(), Ok(MaxStoredAge(None)));
        }
        assert_eq!("0s".parse(), Ok(MaxStoredAge(None)));
        assert!("-1".parse::<MaxStored>().is_err());
        assert!("7".parse::<MaxStoredAge>().is_err());
    }

    #[test]
    fn a_database_url_is_not_shown() {
        let args = Args::parse_from([
            "mobileim-server",
            "--database-url",
            "postgres://im:secret@db",
        ]);
        assert!(!format!("{args:?}").contains("secret"));
    }
}
