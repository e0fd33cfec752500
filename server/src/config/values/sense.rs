//! Sense modes.

use std::fmt;
use std::str::FromStr;

use mobileim_protocol::{ParseSenseModeError, SenseMode, Transport};

use super::super::setting::{Kind, Value};

/// Sense modes of transports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SenseModes(Vec<Sense>);

impl SenseModes {
    /// Returns the transports that are named, with their modes. If there are two of one, the last one counts.
    pub fn iter(&self) -> impl Iterator<Item = (Transport, SenseMode)> {
        self.0.iter().flat_map(|sense| sense.iter())
    }
}

impl Value for SenseModes {
    const KIND: Kind = Kind::List;
}

impl FromStr for SenseModes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split(',')
            .map(str::parse)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl fmt::Display for SenseModes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, sense) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "," };
            write!(f, "{separator}{sense}")?;
        }
        Ok(())
    }
}

/// A sense mode, for one transport or for both streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sense {
    transport: Option<Transport>,
    mode: SenseMode,
}

impl Sense {
    fn iter(self) -> impl Iterator<Item = (Transport, SenseMode)> {
        let (first, second) = match self.transport {
            Some(transport) => (transport, None),
            None => (Transport::Tcp, Some(Transport::WebSocket)),
        };
        std::iter::once(first)
            .chain(second)
            .map(move |transport| (transport, self.mode))
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

impl fmt::Display for Sense {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.transport {
            None => "",
            Some(Transport::Tcp) => "tcp=",
            Some(Transport::Udp) => "udp=",
            Some(Transport::WebSocket) => "ws=",
        })?;
        self.mode.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mode_without_a_transport_is_for_streams() {
        let transports = |text: &str| {
            let modes: SenseModes = text.parse().unwrap();
            modes
                .iter()
                .map(|(transport, _)| transport)
                .collect::<Vec<_>>()
        };
        assert_eq!(transports("10s"), [Transport::Tcp, Transport::WebSocket]);
        assert_eq!(transports("udp=10s"), [Transport::Udp]);
    }

    #[test]
    fn what_is_shown_can_be_read() {
        let text = "10s,tcp=5s,udp=3s,ws=120s";
        assert_eq!(text.parse::<SenseModes>().unwrap().to_string(), text);
    }

    #[test]
    fn what_there_is_not_is_named() {
        for (text, error) in [
            (
                "10s,sctp=3s",
                "no such transport: \"sctp\" (tcp, udp or ws)",
            ),
            (
                "udp=4s",
                "no such sense mode: \"4s\" (3s, 5s, 10s, 15s, 30s, 60s or 120s)",
            ),
        ] {
            assert_eq!(text.parse::<SenseModes>(), Err(error.to_owned()));
        }
    }
}
