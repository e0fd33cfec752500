//! Tokens that are refused though they are right and have not expired, as whoever gave them out has revoked them.
//!
//! For each user it is known up to when tokens were issued that do not count: the latest such time, however often it was said. A
//! revocation counts from the moment it is asked for, before it is durable, so that nobody is let in meanwhile; in the database
//! there is the same, in the same order.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use mobileim_hub::{Clock as _, Counter, Deferred};
use parking_lot::RwLock;
use tokio::time::Instant;

use crate::clock::SystemClock;

/// How many users' tokens may be revoked at a time: some 200 MB with names as long as they may be, 100 MB with usual ones.
pub(crate) const MAX_USERS: usize = 1_000_000;

/// How long a revocation counts unless said otherwise.
pub(crate) const KEPT_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How often those are removed that do not count any more.
const SWEEP_EVERY: Duration = Duration::from_secs(600);

/// Whose tokens are refused, and up to when they were issued. Clones are one and the same.
///
/// A [`Replaceable`](crate::auth::Replaceable) asks its own. An authenticator of an application's own may ask [`Self::refuses`].
#[derive(Debug, Clone, Default)]
pub struct Revocations(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    known: RwLock<Known>,
    /// In ms.
    kept_for: AtomicU64,
    /// Logins that were refused for it.
    refused: Counter,
}

#[derive(Default)]
struct Known {
    users: HashMap<Box<str>, Revoked>,
    /// Where they are durable.
    keeper: Option<Box<dyn Keeper>>,
    last_number: u64,
}

#[derive(Debug, Clone, Copy)]
struct Revoked {
    times: Times,
    /// Each revocation has another one.
    number: u64,
    /// When it was asked for, if it was since the server has begun.
    at: Option<Instant>,
}

/// When, in ms since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Times {
    /// Tokens that were issued before this are refused.
    pub(crate) before: i64,
    /// It counts for a time from then on: from `before`, or from when it was asked for if that was later.
    pub(crate) since: i64,
}

/// A user's tokens are revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Revocation {
    pub(crate) user: Box<str>,
    pub(crate) times: Times,
}

/// Keeps revocations beyond the end of the server. It does what it is told in the order in which it is told; called with a lock held,
/// so it must not block.
pub(crate) trait Keeper: Send + Sync {
    /// Keeps one, in place of an earlier one of the user's. Resolves when it is durable; if it is not, says why.
    fn put(&self, revocation: Revocation) -> Deferred<Result<(), String>>;

    /// Keeps none of the user's any more.
    fn remove(&self, user: &str) -> Deferred<Result<(), String>>;

    /// Keeps none any more that has counted since before this, or some of them now and others next time.
    fn remove_old(&self, since: i64);
}

/// There are too many users already whose tokens are revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("tokens of {MAX_USERS} users are revoked already")]
pub struct TooManyRevoked;

/// A revocation that counts.
#[must_use]
pub struct Revoking {
    /// Tokens that were issued before this are refused, in ms since 1970.
    pub before: i64,
    /// Resolves when it is durable, if there is something that keeps it; if it does not, says why. It counts in any case, as long as
    /// the server runs.
    pub kept: Deferred<Result<(), String>>,
}

impl Revocations {
    /// Refuses a user's tokens that were issued before this, in ms since 1970, or before now. If that was said of a later time
    /// already, that one stays.
    pub fn revoke(&self, user: &str, before: Option<i64>) -> Result<Revoking, TooManyRevoked> {
        let now = now();
        let times = Times {
            before: before.unwrap_or(now),
            since: before.unwrap_or(now).max(now),
        };
        let mut known = self.0.known.write();
        let times = match known.users.get(user) {
            Some(earlier) => times.and(earlier.times),
            None if known.users.len() >= MAX_USERS => return Err(TooManyRevoked),
            None => times,
        };
        known.insert(user.into(), times, Some(Instant::now()));
        let user = user.into();
        let kept = match &known.keeper {
            Some(keeper) => keeper.put(Revocation { user, times }),
            None => Deferred::Ready(Ok(())),
        };
        let Times { before, .. } = times;
        Ok(Revoking { before, kept })
    }

    /// Takes back what was revoked of a user's. Returns whether there was something, and what resolves when it is durable.
    pub fn take_back(&self, user: &str) -> (bool, Deferred<Result<(), String>>) {
        let mut known = self.0.known.write();
        let was_there = known.users.remove(user);
        let removed = match &known.keeper {
            // It may be there even so, if it could not be removed before.
            Some(keeper) => keeper.remove(user),
            None => Deferred::Ready(Ok(())),
        };
        (was_there.is_some_and(|it| self.counts(&it)), removed)
    }

    /// Returns whether a user's token is refused that was issued then, in ms since 1970, or does not say when. It counts as a login
    /// that was refused.
    pub fn refuses(&self, user: &str, issued_at: Option<i64>) -> bool {
        let before = self.of(user).map(|revoked| revoked.times.before);
        let refuses =
            before.is_some_and(|before| issued_at.is_none_or(|issued_at| issued_at < before));
        if refuses {
            self.0.refused.count();
        }
        refuses
    }

    /// From now on a revocation counts for so long. That must be as long as the longest life of a token: one that lives longer is
    /// taken again afterwards.
    pub fn set_kept_for(&self, time: Duration) {
        let millis = time.as_millis().try_into().unwrap_or(u64::MAX);
        self.0.kept_for.store(millis, Ordering::Relaxed);
    }

    /// Returns the number of the user's latest revocation; 0 if there is none.
    pub(crate) fn number(&self, user: &str) -> u64 {
        self.of(user).map_or(0, |revoked| revoked.number)
    }

    /// Returns when the latest revocation of a user's was asked for, if there is one and the server ran then.
    pub(crate) fn asked_at(&self, user: &str) -> Option<Instant> {
        self.of(user)?.at
    }

    /// Returns how many users there are whose tokens are revoked, and how many logins were refused for it.
    pub(crate) fn counted(&self) -> (u64, u64) {
        let users = self.0.known.read().users.len() as u64;
        (users, self.0.refused.read())
    }

    /// These were there before, and this keeps them from now on.
    pub(crate) fn keep_in(
        &self,
        before: impl IntoIterator<Item = Revocation>,
        keeper: impl Keeper + 'static,
    ) {
        let mut known = self.0.known.write();
        for Revocation { user, times } in before {
            known.insert(user, times, None);
        }
        known.keeper = Some(Box::new(keeper));
    }

    /// Removes those that do not count any more, now and then, for ever.
    pub(crate) async fn keep_sweeping(self) {
        let mut interval = tokio::time::interval(SWEEP_EVERY);
        loop {
            interval.tick().await;
            self.sweep(now());
        }
    }

    /// Removes those that do not count any more at this time.
    pub(crate) fn sweep(&self, now: i64) {
        let oldest = self.oldest(now);
        let mut known = self.0.known.write();
        known
            .users
            .retain(|_, revoked| revoked.times.since >= oldest);
        if let Some(keeper) = &known.keeper {
            keeper.remove_old(oldest);
        }
    }

    fn of(&self, user: &str) -> Option<Revoked> {
        let revoked = *self.0.known.read().users.get(user)?;
        self.counts(&revoked).then_some(revoked)
    }

    fn counts(&self, revoked: &Revoked) -> bool {
        revoked.times.since >= self.oldest(now())
    }

    /// What has counted since before this does not count any more.
    fn oldest(&self, now: i64) -> i64 {
        let kept_for = self.0.kept_for.load(Ordering::Relaxed);
        now.saturating_sub_unsigned(kept_for)
    }
}

impl Default for Inner {
    fn default() -> Self {
        Self {
            known: RwLock::default(),
            kept_for: AtomicU64::new(KEPT_FOR.as_millis().try_into().unwrap_or(u64::MAX)),
            refused: Counter::default(),
        }
    }
}

impl Known {
    fn insert(&mut self, user: Box<str>, times: Times, at: Option<Instant>) {
        self.last_number += 1;
        let number = self.last_number;
        self.users.insert(user, Revoked { times, number, at });
    }
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Known({})", self.users.len())
    }
}

impl Times {
    /// The later of each.
    fn and(self, other: Self) -> Self {
        Self {
            before: self.before.max(other.before),
            since: self.since.max(other.since),
        }
    }
}

/// In ms since 1970.
fn now() -> i64 {
    SystemClock::new().unix_millis()
}

#[cfg(test)]
mod tests;
