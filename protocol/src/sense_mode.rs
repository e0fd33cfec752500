//! The heartbeat timing table (docs/protocol.md, "Timing").

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::string::ToString;
use core::fmt;
use core::str::FromStr;

use crate::time::Span;
use crate::transport::Transport;

/// How quickly both ends notice that a link is dead, named by the heartbeat interval.
///
/// Complete by definition: these are the modes of `MobileIMSDK` v6. Without a word from the server, client and
/// server must be set to the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the name says it")]
pub enum SenseMode {
    Mode3s,
    Mode5s,
    Mode10s,
    Mode15s,
    Mode30s,
    Mode60s,
    Mode120s,
}

/// What a [`SenseMode`] means on a transport.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// Between two heartbeats of the client.
    pub interval: Span,
    /// The client gives the link up after this time without an answer.
    pub client_timeout: Span,
    /// The server drops the session after this time without any byte from it.
    pub server_timeout: Span,
}

impl SenseMode {
    /// All of them, quickest first.
    pub const ALL: [Self; 7] = [
        Self::Mode3s,
        Self::Mode5s,
        Self::Mode10s,
        Self::Mode15s,
        Self::Mode30s,
        Self::Mode60s,
        Self::Mode120s,
    ];

    /// The heartbeat interval in seconds, which names the mode.
    pub const fn seconds(self) -> u64 {
        match self {
            Self::Mode3s => 3,
            Self::Mode5s => 5,
            Self::Mode10s => 10,
            Self::Mode15s => 15,
            Self::Mode30s => 30,
            Self::Mode60s => 60,
            Self::Mode120s => 120,
        }
    }

    /// The row of the table; `None` if the original has no such mode on this transport (5 s and 15 s on UDP).
    pub const fn timing(self, transport: Transport) -> Option<Timing> {
        let (client, server) = match (self, transport.is_datagram()) {
            (Self::Mode3s, false) => (5, 7),
            (Self::Mode5s, false) => (8, 11),
            (Self::Mode10s, false) => (15, 15),
            (Self::Mode15s, false) => (20, 20),
            (Self::Mode30s, false) => (35, 35),
            (Self::Mode60s, false) => (65, 65),
            (Self::Mode120s, false) => (125, 125),
            (Self::Mode3s, true) => (10, 10),
            (Self::Mode10s, true) => (21, 21),
            (Self::Mode30s, true) => (61, 62),
            (Self::Mode60s, true) => (121, 122),
            (Self::Mode120s, true) => (241, 242),
            (Self::Mode5s | Self::Mode15s, true) => return None,
        };
        Some(Timing {
            interval: Span::from_secs(self.seconds()),
            client_timeout: Span::from_secs(client),
            server_timeout: Span::from_secs(server),
        })
    }
}

impl Timing {
    /// The timing for a heartbeat interval that a server asks for, which need not be one of the modes.
    ///
    /// A mode's own interval gives that mode's timing; any other follows the table's rule: 5 s past one
    /// interval on streams, 1 s past two intervals on datagrams. Held between 1 s and 10 min, so that no
    /// server can make a client spin or fall silent.
    pub fn for_interval(interval: Span, transport: Transport) -> Self {
        let interval = interval.clamp(Span::from_secs(1), Span::from_secs(600));
        SenseMode::ALL
            .into_iter()
            .filter_map(|mode| mode.timing(transport))
            .find(|timing| timing.interval == interval)
            .unwrap_or_else(|| {
                let timeout = if transport.is_datagram() {
                    interval * 2 + Span::from_secs(1)
                } else {
                    interval + Span::from_secs(5)
                };
                Self {
                    interval,
                    client_timeout: timeout,
                    server_timeout: timeout,
                }
            })
    }
}

/// A text that names no [`SenseMode`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no such sense mode: {0:?} (3s, 5s, 10s, 15s, 30s, 60s or 120s)")]
pub struct ParseSenseModeError(String);

impl FromStr for SenseMode {
    type Err = ParseSenseModeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|mode| mode.to_string() == text)
            .ok_or_else(|| ParseSenseModeError(text.to_owned()))
    }
}

impl fmt::Display for SenseMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}s", self.seconds())
    }
}
