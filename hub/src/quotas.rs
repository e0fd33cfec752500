//! How much of the server one user, one address and all together may use.

use std::net::{IpAddr, Ipv6Addr};

use crate::rate::Rate;

/// Bounds that hold unless they are `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Quotas {
    /// Messages of one user (`COMMON_DATA`, repetitions included). Past it they are refused with error 304, which says how long
    /// to wait; who goes on all the same is disconnected.
    pub messages: Option<Rate>,
    /// What else one connection asks for: logins, heartbeats and echoes. Past it the connection is closed.
    pub requests: Option<Rate>,
    /// Logins of all. Past it clients are told to come back later, each at another time.
    pub logins: Option<Rate>,
    /// Logins from one address; of IPv6, from one network of 64 bits.
    pub logins_per_address: Option<Rate>,
    /// Logins as one user from one address.
    pub logins_per_user: Option<Rate>,
    /// Whether what holds for addresses holds for this machine's own too, from where a proxy may connect.
    pub loopback: bool,
    /// How many stream connections may be open that have not logged in: when there are more, the oldest are closed.
    pub strangers: usize,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            messages: Some(Rate::new(200, 2000)),
            requests: Some(Rate::new(20, 200)),
            logins: Some(Rate::new(5000, 10_000)),
            logins_per_address: Some(Rate::new(50, 1000)),
            logins_per_user: Some(Rate::new(1, 20)),
            loopback: false,
            strangers: 4096,
        }
    }
}

impl Quotas {
    /// No bounds.
    pub const fn unlimited() -> Self {
        Self {
            messages: None,
            requests: None,
            logins: None,
            logins_per_address: None,
            logins_per_user: None,
            loopback: false,
            strangers: usize::MAX,
        }
    }

    /// What an address is counted by: of IPv6 its network, of which one customer has all addresses. `None` if it is not.
    pub fn network(&self, address: IpAddr) -> Option<IpAddr> {
        let address = address.to_canonical();
        if address.is_loopback() && !self.loopback {
            return None;
        }
        Some(match address {
            IpAddr::V4(_) => address,
            IpAddr::V6(address) => {
                let network = address.to_bits() >> 64 << 64;
                IpAddr::V6(Ipv6Addr::from_bits(network))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_counted_by_what_one_customer_has() {
        let quotas = Quotas::default();
        for (address, network) in [
            ("192.0.2.7", Some("192.0.2.7")),
            ("::ffff:192.0.2.7", Some("192.0.2.7")),
            ("2001:db8:1:2:3:4:5:6", Some("2001:db8:1:2::")),
            ("127.0.0.1", None),
            ("::1", None),
            ("::ffff:127.0.0.1", None),
        ] {
            let network = network.map(|network| network.parse().unwrap());
            assert_eq!(quotas.network(address.parse().unwrap()), network);
        }
        let all = Quotas {
            loopback: true,
            ..quotas
        };
        let own = "127.0.0.1".parse().unwrap();
        assert_eq!(all.network(own), Some(own));
    }
}
