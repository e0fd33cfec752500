//! Tokens that were used and are for one login only.

use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher as _, RandomState};
use std::net::SocketAddr;

use parking_lot::Mutex;

/// How many tokens are remembered at most, until they expire: some 30 MB.
const MAX_TOKENS: usize = 250_000;

/// What is known of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// It is new, and used from now on.
    First,
    /// It is the one that this address used.
    Again,
    /// It was used from another address.
    Elsewhere,
    /// It is new, and there is no room to remember it.
    NoRoom,
}

/// The tokens that were used, by their `jti`, until they expire. In memory: a restart forgets them.
#[derive(Debug)]
pub(super) struct UsedTokens {
    /// Two keys, so that nobody can make two tokens that look the same.
    hashers: [RandomState; 2],
    tokens: Mutex<Tokens>,
    max: usize,
}

#[derive(Debug, Default)]
struct Tokens {
    by_id: HashMap<[u64; 2], SocketAddr>,
    /// In the order in which they can be forgotten: when, in ms since 1970.
    expiring: BTreeSet<(i64, [u64; 2])>,
}

impl UsedTokens {
    pub(super) fn new() -> Self {
        Self::with_room_for(MAX_TOKENS)
    }

    fn with_room_for(max: usize) -> Self {
        Self {
            hashers: [RandomState::new(), RandomState::new()],
            tokens: Mutex::default(),
            max,
        }
    }

    /// Uses a token that is taken until `end`, in ms since 1970, from an address.
    pub(super) fn take(&self, id: &str, from: SocketAddr, end: i64, now: i64) -> Use {
        let id = self.hash(id);
        let mut tokens = self.tokens.lock();
        tokens.forget_expired(now);
        if let Some(used_from) = tokens.by_id.get(&id) {
            return if *used_from == from {
                Use::Again
            } else {
                Use::Elsewhere
            };
        }
        if tokens.by_id.len() >= self.max {
            return Use::NoRoom;
        }
        tokens.by_id.insert(id, from);
        tokens.expiring.insert((end, id));
        Use::First
    }

    /// Returns whether a token was used.
    pub(super) fn knows(&self, id: &str) -> bool {
        self.tokens.lock().by_id.contains_key(&self.hash(id))
    }

    fn hash(&self, id: &str) -> [u64; 2] {
        let [one, other] = &self.hashers;
        [one.hash_one(id), other.hash_one(id)]
    }
}

impl Tokens {
    fn forget_expired(&mut self, now: i64) {
        while let Some((end, id)) = self.expiring.first().copied()
            && end < now
        {
            self.expiring.remove(&(end, id));
            self.by_id.remove(&id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(port: u16) -> SocketAddr {
        ([127, 0, 0, 1], port).into()
    }

    #[test]
    fn a_token_is_used_once_until_it_expires() {
        let used = UsedTokens::new();
        assert!(!used.knows("a"));
        assert_eq!(used.take("a", address(1), 1000, 0), Use::First);
        assert!(used.knows("a"));
        assert_eq!(used.take("a", address(1), 1000, 1), Use::Again);
        assert_eq!(used.take("a", address(2), 1000, 1000), Use::Elsewhere);
        assert_eq!(used.take("b", address(2), 500, 0), Use::First);
        assert_eq!(used.take("c", address(3), 2000, 1001), Use::First);
        assert!(!used.knows("a") && !used.knows("b"));
    }

    #[test]
    fn what_is_remembered_is_bounded_and_nothing_is_forgotten_for_it() {
        let used = UsedTokens::with_room_for(2);
        assert_eq!(used.take("a", address(1), 10, 0), Use::First);
        assert_eq!(used.take("b", address(1), 20, 0), Use::First);
        assert_eq!(used.take("c", address(1), 30, 0), Use::NoRoom);
        assert!(used.knows("a") && used.knows("b"));
        assert_eq!(used.take("c", address(1), 30, 11), Use::First);
    }
}
