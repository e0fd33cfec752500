//! How long a body the clients of users take that take less than others.
//!
//! A message that is longer than any client of its receiver has taken is not stored for one: nobody would be shown it, though its
//! sender was told that it is delivered. It is known since the server began, of the last users in each shard.

use mobileim_protocol::MAX_BODY;

use crate::recent::Recent;

/// Of how many users it is known in one shard.
const CAPACITY: usize = 1024;

/// The longest body that a client of each user has taken.
#[derive(Debug)]
pub(super) struct Reach(Recent<usize>);

impl Default for Reach {
    fn default() -> Self {
        Self(Recent::new(CAPACITY))
    }
}

impl Reach {
    /// A client of the user has logged in that takes bodies of this many bytes.
    pub(super) fn note(&mut self, user: &str, max_body: usize) {
        if let Some(longest) = self.0.get_mut(user) {
            *longest = max_body.max(*longest);
        } else if max_body < MAX_BODY {
            // Most users' clients take everything: nothing is kept of them.
            self.0.insert(user, max_body);
        }
    }

    /// The longest body that any client of the user has taken; `None` if that is not known, or everything.
    pub(super) fn of(&self, user: &str) -> Option<usize> {
        self.0
            .get(user)
            .copied()
            .filter(|longest| *longest < MAX_BODY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_of_a_users_clients_counts() {
        let mut reach = Reach::default();
        assert_eq!(reach.of("bob"), None);
        for (max_body, known) in [
            (1024, Some(1024)),
            (6144, Some(6144)),
            (1024, Some(6144)),
            (MAX_BODY, None),
            (1024, None),
        ] {
            reach.note("bob", max_body);
            assert_eq!(reach.of("bob"), known);
        }
    }

    #[test]
    fn of_too_many_users_the_first_is_forgotten() {
        let mut reach = Reach::default();
        for number in 0..=CAPACITY {
            reach.note(&format!("user {number}"), 1024);
        }
        assert_eq!(reach.of("user 0"), None);
        assert_eq!(reach.of("user 1"), Some(1024));
        assert_eq!(reach.0.len(), CAPACITY);
    }
}
