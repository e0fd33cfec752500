//! The three ways to a server.

use core::fmt;

use crate::sense_mode::SenseMode;

/// The longest body in bytes that `MobileIM`'s own clients and servers take, on each transport.
pub const MAX_BODY: usize = 64 * 1024;

/// How a link moves bodies.
///
/// Complete by definition: these are the transports of `MobileIMSDK` v6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transport {
    /// Frames on a stream; default port 8901.
    Tcp,
    /// One datagram a body; may lose, repeat and reorder; default port 7901.
    Udp,
    /// One text frame a body; default port 3000, path `/websocket`.
    WebSocket,
}

impl Transport {
    /// Whether what is sent may be lost, repeated or reordered while the link stands. Never without the feature `datagrams`, and
    /// then what is done about it is not compiled.
    pub const fn is_datagram(self) -> bool {
        cfg!(feature = "datagrams") && matches!(self, Self::Udp)
    }

    /// The longest body in bytes that an original server takes by default (docs/protocol.md, "Framing").
    pub const fn max_body(self) -> usize {
        match self {
            Self::Tcp => 6 * 1024,
            Self::Udp => 2048,
            Self::WebSocket => 64 * 1024,
        }
    }

    /// The longest body in bytes that an original client takes. On UDP it reads less of a datagram than its server.
    pub const fn max_body_of_client(self) -> usize {
        match self {
            Self::Tcp | Self::WebSocket => self.max_body(),
            Self::Udp => 1024,
        }
    }

    /// The longest frame with several bodies that a `MobileIM` client takes, in bytes; `None` if each goes by itself.
    pub const fn max_batch(self) -> Option<usize> {
        match self {
            Self::Tcp | Self::Udp => None,
            Self::WebSocket => Some(64 * 1024),
        }
    }

    /// The sense mode used if nothing is configured (docs/protocol.md, "Timing").
    pub const fn default_sense_mode(self) -> SenseMode {
        match self {
            Self::Tcp | Self::WebSocket => SenseMode::Mode15s,
            Self::Udp => SenseMode::Mode3s,
        }
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::WebSocket => "ws",
        })
    }
}
