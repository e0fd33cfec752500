//! Proxies in front of the server, and what they say of who is behind them.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use ipnet::IpNet;

/// The header in which a proxy says whom it was asked by.
pub(crate) const FORWARDED_FOR: &str = "x-forwarded-for";

/// The proxies whose word is taken for the address of a client, as networks: `10.0.0.0/8,::1`. By default there are none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether an address is a proxy's. An IPv4 address may be written as IPv6.
    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Returns the address of the client behind a peer, by what the `X-Forwarded-For` headers of its request say: each proxy
    /// appends whom it was asked by. So the last one that is no proxy is the client, and what is before it is only the client's word.
    ///
    /// The port is 0 where the proxy does not say it. None if the peer is the client, as far as is known.
    pub(crate) fn client_behind<'a>(
        &self,
        peer: IpAddr,
        headers: impl DoubleEndedIterator<Item = &'a str>,
    ) -> Option<SocketAddr> {
        if !self.trusts(peer) {
            return None;
        }
        let mut client = None;
        for address in headers.rev().flat_map(|header| header.rsplit(',')) {
            // What comes before something that is no address came from who knows whom.
            let Some(address) = parse(address.trim()) else {
                break;
            };
            client = Some(address);
            if !self.trusts(address.ip()) {
                break;
            }
        }
        client
    }
}

/// Returns an address with its port, or 0.
fn parse(text: &str) -> Option<SocketAddr> {
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    let ip: IpAddr = bare.unwrap_or(text).parse().ok()?;
    Some(SocketAddr::new(ip, 0))
}

impl FromStr for TrustedProxies {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let network = |text: &str| {
            let text = text.trim();
            let address = text
                .parse::<IpAddr>()
                .map(|ip| IpNet::from(ip.to_canonical()));
            address.or_else(|_| text.parse::<IpNet>()).map_err(
                |_| "expected addresses or networks, such as 192.0.2.7, 10.0.0.0/8 or fd00::/8",
            )
        };
        text.split(',')
            .map(network)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl fmt::Display for TrustedProxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&all.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies() -> TrustedProxies {
        "10.0.0.0/8,192.0.2.7,fd00::/8".parse().unwrap()
    }

    #[test]
    fn an_address_is_a_proxys_that_is_in_one_of_the_networks() {
        for (address, is_trusted) in [
            ("10.1.2.3", true),
            ("11.1.2.3", false),
            ("192.0.2.7", true),
            ("192.0.2.8", false),
            ("::ffff:192.0.2.7", true),
            ("fd00::1", true),
            ("::1", false),
        ] {
            assert_eq!(
                proxies().trusts(address.parse().unwrap()),
                is_trusted,
                "{address}"
            );
        }
        assert!(!TrustedProxies::default().trusts([10, 0, 0, 1].into()));
    }

    #[test]
    fn what_is_shown_can_be_read_and_what_is_no_network_is_refused() {
        assert_eq!(proxies().to_string(), "10.0.0.0/8,192.0.2.7/32,fd00::/8");
        assert_eq!(proxies().to_string().parse(), Ok(proxies()));
        for text in [
            "",
            "proxy.example.com",
            "10.0.0.0/33",
            "10.0.0.1,",
            "10.0.0.1:80",
        ] {
            assert!(text.parse::<TrustedProxies>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_client_is_the_last_one_that_is_no_proxy() {
        for (peer, headers, expected) in [
            ("203.0.113.9", &["198.51.100.1"][..], None),
            ("10.0.0.1", &[], None),
            ("10.0.0.1", &["198.51.100.1"], Some("198.51.100.1:0")),
            (
                "10.0.0.1",
                &["forged, 198.51.100.1, 10.0.0.2"],
                Some("198.51.100.1:0"),
            ),
            (
                "10.0.0.1",
                &["9.9.9.9,198.51.100.1", "10.0.0.2"],
                Some("198.51.100.1:0"),
            ),
            (
                "10.0.0.1",
                &["198.51.100.1:4711"],
                Some("198.51.100.1:4711"),
            ),
            ("10.0.0.1", &["2001:db8::1"], Some("[2001:db8::1]:0")),
            ("10.0.0.1", &["[2001:db8::1]"], Some("[2001:db8::1]:0")),
            (
                "10.0.0.1",
                &["[2001:db8::1]:4711"],
                Some("[2001:db8::1]:4711"),
            ),
            ("10.0.0.1", &["10.0.0.3, 10.0.0.2"], Some("10.0.0.3:0")),
            ("10.0.0.1", &["198.51.100.1, unknown"], None),
            (
                "10.0.0.1",
                &["198.51.100.1, unknown, 10.0.0.2"],
                Some("10.0.0.2:0"),
            ),
            ("10.0.0.1", &[""], None),
        ] {
            let client = proxies().client_behind(peer.parse().unwrap(), headers.iter().copied());
            assert_eq!(
                client.map(|client| client.to_string()).as_deref(),
                expected,
                "{headers:?}"
            );
        }
    }
}
