//! How much is kept for one user, and for how long.

use std::time::Duration;

/// What a store keeps at most. On by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreLimits {
    /// How many messages wait for one user at most, and half of it of the first sender who sends many: see
    /// [`StoreLimits::admit`]. What comes beyond is refused: it is not acknowledged, and what waits already stays. `None`: as
    /// many as there is room for.
    pub max_messages: Option<u64>,
    /// How long a message waits at most; then it is removed unread. `None`: until its receiver has it.
    pub max_age: Option<Duration>,
}

impl StoreLimits {
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

    /// With at most `max_messages` messages a user; `None` for any number.
    #[must_use]
    pub const fn with_max_messages(mut self, max_messages: Option<u64>) -> Self {
        self.max_messages = max_messages;
        self
    }

    /// With messages that wait at most `max_age`; `None` for ever.
    #[must_use]
    pub const fn with_max_age(mut self, max_age: Option<Duration>) -> Self {
        self.max_age = max_age;
        self
    }

    /// Returns whether one more message of a sender may wait for a user for whom `waiting` messages wait, `of_sender` of
    /// them from that sender.
    ///
    /// A sender may have as many messages there as there is room left, and one in any case. So one noisy sender takes
    /// half of the room, a second one half of what is left, and there is some for everybody else.
    #[must_use]
    pub const fn admit(self, waiting: u64, of_sender: u64) -> bool {
        match self.max_messages {
            None => true,
            Some(max) => {
                let room = max.saturating_sub(waiting);
                room > 0 && (of_sender == 0 || of_sender < room)
            }
        }
    }

    /// Returns the time in ms since 1970 before which stored messages are too old.
    pub fn oldest(self, now: i64) -> i64 {
        self.max_age.map_or(i64::MIN, |max_age| {
            now.saturating_sub(i64::try_from(max_age.as_millis()).unwrap_or(i64::MAX))
        })
    }
}

impl Default for StoreLimits {
    fn default() -> Self {
        Self {
            max_messages: Some(Self::MAX_MESSAGES),
            max_age: Some(Self::MAX_AGE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many messages of each noisy sender are admitted, one after the other.
    fn fill(max: u64) -> Vec<u64> {
        let limits = StoreLimits::none().with_max_messages(Some(max));
        let (mut waiting, mut admitted) = (0, Vec::new());
        while waiting < max {
            let mut of_sender = 0;
            while limits.admit(waiting, of_sender) {
                waiting += 1;
                of_sender += 1;
            }
            admitted.push(of_sender);
        }
        assert!(!limits.admit(waiting, 0), "no more than may wait");
        admitted
    }

    #[test]
    fn each_noisy_sender_takes_half_of_what_is_left() {
        assert_eq!(fill(1), [1]);
        assert_eq!(fill(2), [1, 1]);
        assert_eq!(fill(20), [10, 5, 3, 1, 1]);
        assert_eq!(fill(10_000)[..4], [5000, 2500, 1250, 625]);
        assert!(fill(10_000).len() > 10);
    }

    #[test]
    fn without_a_limit_everything_is_admitted() {
        assert!(StoreLimits::none().admit(u64::MAX, u64::MAX));
    }
}
