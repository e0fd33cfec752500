//! An authenticator that changes while the server runs.

use std::sync::Arc;

use mobileim_hub::{AuthStats, Authenticator, Deferred, LoginSource, LoginVerdict};
use mobileim_protocol::payload::LoginRequest;
use parking_lot::RwLock;

use super::Authentication;
use crate::revocations::Revocations;

/// An authenticator in whose place another one can be put. Clones are one and the same.
///
/// Sessions that are live stay so: of each, the token was right when it logged in, and counts until it expires.
#[derive(Debug, Clone)]
pub struct Replaceable {
    current: Arc<RwLock<Arc<Authentication>>>,
    revocations: Revocations,
}

impl Replaceable {
    /// With the first one. In a tokio runtime it begins to fetch the keys that it needs.
    pub fn new(authentication: Authentication) -> Self {
        authentication.start();
        let revocations = Revocations::default();
        let authentication = authentication.heed(&revocations);
        Self {
            current: Arc::new(RwLock::new(Arc::new(authentication))),
            revocations,
        }
    }

    /// The tokens that are refused though they are right.
    pub fn revocations(&self) -> &Revocations {
        &self.revocations
    }

    /// The one that decides now: not to be asked with the lock held.
    pub(super) fn current(&self) -> Arc<Authentication> {
        Arc::clone(&self.current.read())
    }

    /// From now on this one decides. Tokens that were used, where each is for one login, stay so.
    pub fn replace(&self, authentication: Authentication) {
        let mut authentication = authentication.heed(&self.revocations);
        let mut current = self.current.write();
        authentication.succeed(&current);
        authentication.start();
        *current = Arc::new(authentication);
    }
}

impl Authenticator for Replaceable {
    fn verify(&self, request: &LoginRequest) -> Deferred<LoginVerdict> {
        self.current().verify(request)
    }

    fn verify_from(&self, request: &LoginRequest, source: &LoginSource) -> Deferred<LoginVerdict> {
        self.current().verify_from(request, source)
    }

    fn revocation(&self, user: &str) -> u64 {
        self.revocations.number(user)
    }

    fn stats(&self) -> AuthStats {
        let mut stats = self.current().stats();
        (stats.revoked_users, stats.revoked_logins) = self.revocations.counted();
        stats
    }

    fn trouble(&self) -> Option<String> {
        self.current().trouble()
    }
}
