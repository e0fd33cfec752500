//! How much is kept for one user, and for how long.

use std::time::Duration;

/// What a store keeps at most. On by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// How many messages wait for one user at most. Those that come when so many wait are refused: they are not
    /// acknowledged, and what waits already stays. `None`: as many as there is room for.
    pub max_messages: Option<u64>,
    /// How long a message waits at most; then it is removed unread. `None`: until its receiver has it.
    pub max_age: Option<Duration>,
}

impl Limits {
    /// How many messages wait for one user at most, by default.
    pub const MAX_MESSAGES: u64 = 10_000;
    /// How long they wait at most, by default: 30 days.
    pub const MAX_AGE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

    /// No limits but the disk's.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            max_messages: None,
            max_age: None,
        }
    }

    /// With so many messages a user at most; `None` for any number.
    #[must_use]
    pub const fn with_max_messages(mut self, max_messages: Option<u64>) -> Self {
        self.max_messages = max_messages;
        self
    }

    /// With messages that wait so long at most; `None` for ever.
    #[must_use]
    pub const fn with_max_age(mut self, max_age: Option<Duration>) -> Self {
        self.max_age = max_age;
        self
    }

    /// Messages stored before this time, in ms since 1970, are too old.
    pub(super) fn oldest(self, now: i64) -> i64 {
        self.max_age.map_or(i64::MIN, |max_age| {
            now.saturating_sub(i64::try_from(max_age.as_millis()).unwrap_or(i64::MAX))
        })
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_messages: Some(Self::MAX_MESSAGES),
            max_age: Some(Self::MAX_AGE),
        }
    }
}
