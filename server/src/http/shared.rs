//! What the HTTP listeners have together: limits, whom they trust, places for connections, and counters.

use std::sync::Arc;

use mobileim_hub::Counter;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::api::{Broadcasts, Rates, Requests};
use crate::gateway::{HttpLimits, TrustedProxies};

/// What all listeners share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(super) limits: HttpLimits,
    pub(super) proxies: Arc<TrustedProxies>,
    places: Arc<Semaphore>,
    pub(super) hits: Hits,
    pub(super) logins: Logins,
    pub(super) api: Requests,
    pub(super) rates: Rates,
    pub(super) broadcasts: Broadcasts,
}

/// How often each limit was hit.
#[derive(Debug, Default)]
pub(super) struct Hits {
    /// All places were taken: whoever comes waits.
    pub(super) connections: Counter,
    /// A request's head was too long.
    pub(super) head: Counter,
    /// A handshake or a request's head took too long, or no other request came.
    pub(super) head_time: Counter,
    /// A connection lasted too long.
    pub(super) time: Counter,
    /// A request's body was too long.
    pub(super) body: Counter,
}

/// What became of requests for a token.
#[derive(Debug, Default)]
pub(super) struct Logins {
    /// It was given.
    pub(super) given: Counter,
    /// The password is wrong, or there is no such user.
    pub(super) wrong: Counter,
    /// There were too many attempts.
    pub(super) too_many: Counter,
    /// Too many others were looked at.
    pub(super) busy: Counter,
    /// It was no such request.
    pub(super) invalid: Counter,
    /// The page's origin is not allowed.
    pub(super) origin_not_allowed: Counter,
}

impl Shared {
    /// Nothing was counted yet, and all places are free.
    pub(crate) fn new(limits: HttpLimits, proxies: Arc<TrustedProxies>) -> Arc<Self> {
        let places = limits.connections.min(Semaphore::MAX_PERMITS);
        Arc::new(Self {
            limits,
            proxies,
            places: Arc::new(Semaphore::new(places)),
            hits: Hits::default(),
            logins: Logins::default(),
            api: Requests::default(),
            rates: Rates::default(),
            broadcasts: Broadcasts::default(),
        })
    }

    /// Waits for a place for a connection.
    pub(super) async fn place(&self) -> OwnedSemaphorePermit {
        if self.places.available_permits() == 0 {
            self.hits.connections.count();
        }
        let free = Arc::clone(&self.places).acquire_owned();
        free.await.expect("it is never closed")
    }
}
