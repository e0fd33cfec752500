//! Where a server is, and how it is spoken to.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use mobileim_protocol::Transport;

/// The address of a server, as a URL.
///
/// | scheme | transport | default port |
/// | --- | --- | --- |
/// | `tcp` | TCP | 8901 |
/// | `tls` | TCP with TLS | 8901 |
/// | `udp` | UDP | 7901 |
/// | `ws` | WebSocket | 3000 |
/// | `wss` | WebSocket with TLS | 443 |
///
/// The path, for WebSocket only, is `/websocket` if none is given.
///
/// ```
/// use mobileim_client::ServerAddress;
///
/// let address: ServerAddress = "ws://im.example.com".parse()?;
/// assert_eq!(address.to_string(), "ws://im.example.com:3000/websocket");
/// # Ok::<(), mobileim_client::AddressError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerAddress {
    scheme: Scheme,
    /// A name or an IP address, without brackets.
    host: String,
    port: u16,
    /// With its slash and query; empty but for WebSocket.
    path: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Tcp,
    Tls,
    Udp,
    Ws,
    Wss,
}

const DEFAULT_PATH: &str = "/websocket";

impl Scheme {
    const ALL: [Self; 5] = [Self::Tcp, Self::Tls, Self::Udp, Self::Ws, Self::Wss];

    const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Udp => "udp",
            Self::Ws => "ws",
            Self::Wss => "wss",
        }
    }

    const fn default_port(self) -> u16 {
        match self {
            Self::Tcp | Self::Tls => 8901,
            Self::Udp => 7901,
            Self::Ws => 3000,
            Self::Wss => 443,
        }
    }

    const fn transport(self) -> Transport {
        match self {
            Self::Tcp | Self::Tls => Transport::Tcp,
            Self::Udp => Transport::Udp,
            Self::Ws | Self::Wss => Transport::WebSocket,
        }
    }
}

impl ServerAddress {
    /// A server at an IP address, without TLS.
    pub fn from_socket_addr(transport: Transport, address: SocketAddr) -> Self {
        let (scheme, path) = match transport {
            Transport::Tcp => (Scheme::Tcp, ""),
            Transport::Udp => (Scheme::Udp, ""),
            Transport::WebSocket => (Scheme::Ws, DEFAULT_PATH),
        };
        Self {
            scheme,
            host: address.ip().to_string(),
            port: address.port(),
            path: path.to_owned(),
        }
    }

    /// How messages are moved.
    pub fn transport(&self) -> Transport {
        self.scheme.transport()
    }

    /// Whether the link is encrypted, and the server's certificate checked.
    pub fn is_encrypted(&self) -> bool {
        matches!(self.scheme, Scheme::Tls | Scheme::Wss)
    }

    /// The server's name or IP address, without the brackets that an IPv6 address has in a URL.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The server's port.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            scheme,
            host,
            port,
            path,
        } = self;
        let scheme = scheme.name();
        if host.contains(':') {
            write!(f, "{scheme}://[{host}]:{port}{path}")
        } else {
            write!(f, "{scheme}://{host}:{port}{path}")
        }
    }
}

/// A text that is not a [`ServerAddress`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// No scheme, or another than the five.
    #[error("{0:?} does not begin with tcp://, tls://, udp://, ws:// or wss://")]
    Scheme(String),
    /// What follows the scheme is not a host, optionally with a port.
    #[error("{0:?} is not HOST or HOST:PORT")]
    Authority(String),
    /// A path if the transport has none.
    #[error("{0:?}: only ws:// and wss:// addresses have a path")]
    Path(String),
    /// Something in the path or query that an address has only encoded, as by `%20`, or a fragment.
    #[error("{0:?}: a path has neither spaces, nor other characters than ASCII's, nor a #")]
    Characters(String),
    /// One of several addresses has another transport than the first.
    #[error("{0}: all addresses of a server have one transport, here {1}")]
    OtherTransport(String, Transport),
    /// An encrypted address in a build without the feature `tls`.
    #[error("{0:?}: built without TLS")]
    NoTls(String),
}

impl FromStr for ServerAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (scheme, rest) = text
            .split_once("://")
            .and_then(|(name, rest)| {
                let is_it = |it: &Scheme| it.name().eq_ignore_ascii_case(name);
                let scheme = Scheme::ALL.into_iter().find(is_it)?;
                Some((scheme, rest))
            })
            .ok_or_else(|| AddressError::Scheme(text.to_owned()))?;
        let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let (host, port) = split_authority(authority)
            .ok_or_else(|| AddressError::Authority(authority.to_owned()))?;
        let path = match (scheme.transport(), path) {
            (Transport::WebSocket, "" | "/") => DEFAULT_PATH.to_owned(),
            (Transport::WebSocket, path) if path.starts_with('?') => {
                format!("{DEFAULT_PATH}{path}")
            }
            (Transport::WebSocket, path) => path.to_owned(),
            (Transport::Tcp | Transport::Udp, "" | "/") => String::new(),
            (Transport::Tcp | Transport::Udp, _) => {
                return Err(AddressError::Path(text.to_owned()));
            }
        };
        if !path.chars().all(|c| c.is_ascii_graphic() && c != '#') {
            return Err(AddressError::Characters(text.to_owned()));
        }
        let address = Self {
            scheme,
            host: host.to_owned(),
            port: port.unwrap_or(scheme.default_port()),
            path,
        };
        if address.is_encrypted() && !cfg!(feature = "tls") {
            return Err(AddressError::NoTls(text.to_owned()));
        }
        Ok(address)
    }
}

/// Host without brackets, and port if there is one.
fn split_authority(authority: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = if let Some(rest) = authority.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        let port = if rest.is_empty() {
            None
        } else {
            Some(rest.strip_prefix(':')?)
        };
        (host, port)
    } else if let Some((host, port)) = authority.rsplit_once(':') {
        (host, Some(port))
    } else {
        (authority, None)
    };
    let bracketed = authority.starts_with('[');
    let is_host = |c: char| {
        c.is_alphanumeric() || matches!(c, '.' | '-' | '_') || (bracketed && matches!(c, ':' | '%'))
    };
    if host.is_empty() || !host.chars().all(is_host) {
        return None;
    }
    match port {
        Some(port) => {
            let port = port.parse().ok().filter(|port| *port != 0)?;
            Some((host, Some(port)))
        }
        None => Some((host, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Result<String, AddressError> {
        text.parse::<ServerAddress>().map(|it| it.to_string())
    }

    #[test]
    fn ports_and_path_have_defaults() {
        for (text, expected) in [
            ("tcp://im.example.com", "tcp://im.example.com:8901"),
            ("tcp://im.example.com:1/", "tcp://im.example.com:1"),
            ("udp://[::1]", "udp://[::1]:7901"),
            ("udp://[::1]:5", "udp://[::1]:5"),
            ("ws://h", "ws://h:3000/websocket"),
            ("ws://h?a=b", "ws://h:3000/websocket?a=b"),
            ("ws://h:80/im", "ws://h:80/im"),
            ("WS://h/im?token=a%20b", "ws://h:3000/im?token=a%20b"),
        ] {
            assert_eq!(shown(text).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "im.example.com",
            "http://h",
            "tcp://",
            "tcp://:1",
            "tcp://h:",
            "tcp://h:99999",
            "tcp://::1",
            "tcp://[::1",
            "tcp://[::1]1",
            "tcp://h/path",
            "ws://user@h",
            "ws://h h",
            "tcp://h:0",
            "ws://h/a b",
            "ws://h/#part",
            "ws://h/网络",
        ] {
            assert!(shown(text).is_err(), "{text:?}");
        }
    }

    #[cfg(feature = "tls")]
    #[test]
    fn tls_has_schemes_of_its_own() {
        assert_eq!(shown("wss://h").as_deref(), Ok("wss://h:443/websocket"));
        assert_eq!(shown("tls://h").as_deref(), Ok("tls://h:8901"));
    }
}
