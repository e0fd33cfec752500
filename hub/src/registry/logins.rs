//! How many logins are let through to be verified: of all, of one address, and of one address as one user.
//!
//! What is remembered of addresses has a fixed size: past that the oldest is forgotten, and may begin anew. Not of a user
//! alone: whoever fails as somebody else must not keep that user out.

use std::net::IpAddr;
use std::time::Duration;

use mobileim_protocol::Instant;

use crate::quotas::Quotas;
use crate::rate::Used;
use crate::recent::Recent;

/// Of how many addresses, and addresses with a user, it is remembered.
const CAPACITY: usize = 1 << 16;

/// Which bound a login is past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TooManyLogins {
    /// Of this address.
    OfAddress,
    /// Of this user from this address.
    OfUser,
    /// Of all.
    InAll,
}

/// Logins that came.
#[derive(Debug)]
pub(super) struct Logins {
    of_addresses: Recent<Used>,
    of_users: Recent<Used>,
    in_all: Used,
    /// Who was sent away to come later.
    waiting: Used,
}

impl Logins {
    pub(super) fn new() -> Self {
        Self {
            of_addresses: Recent::new(CAPACITY),
            of_users: Recent::new(CAPACITY),
            in_all: Used::default(),
            waiting: Used::default(),
        }
    }

    /// A login came. If it is one too many, says of what, and how long to wait before the next.
    pub(super) fn take(
        &mut self,
        now: Instant,
        address: Option<IpAddr>,
        user: &str,
        quotas: &Quotas,
    ) -> Result<(), (TooManyLogins, Duration)> {
        if let Some(network) = address.and_then(|address| quotas.network(address)) {
            if let Some(rate) = quotas.logins_per_address {
                let taken = self.of_addresses.get_or_default(network).take(now, rate);
                taken.map_err(|wait| (TooManyLogins::OfAddress, wait))?;
            }
            if let Some(rate) = quotas.logins_per_user {
                let of_user = self.of_users.get_or_default((network, user));
                let taken = of_user.take(now, rate);
                taken.map_err(|wait| (TooManyLogins::OfUser, wait))?;
            }
        }
        let Some(rate) = quotas.logins else {
            return Ok(());
        };
        self.in_all.take(now, rate).map_err(|wait| {
            // Each gets a time of its own, so that they do not come back together.
            let place = self.waiting.queue(now, rate);
            (TooManyLogins::InAll, place.max(wait))
        })
    }
}
