//! What an authenticator counts.

use crate::histogram::Durations;

/// How often an authenticator has asked others, and what came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct AuthStats {
    /// The keys of an identity provider were fetched.
    pub keys_fetched: u64,
    /// They could not be fetched.
    pub keys_failed: u64,
    /// The back end has answered who may log in.
    pub webhook_answered: u64,
    /// It was not asked, as it had answered a moment ago.
    pub webhook_cached: u64,
    /// It could not be asked, or has answered with an error.
    pub webhook_failed: u64,
    /// It has not answered in time.
    pub webhook_too_slow: u64,
    /// What it has answered is no answer.
    pub webhook_invalid: u64,
    /// It was not asked, as too many requests waited for it.
    pub webhook_busy: u64,
    /// How long its answers took.
    pub webhook_time: Durations,
    /// Users of whom tokens are revoked, now.
    pub revoked_users: u64,
    /// Logins that were refused as their tokens were revoked.
    pub revoked_logins: u64,
}
