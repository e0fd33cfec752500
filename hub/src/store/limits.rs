//! How much is kept for one user and for all, and for how long.

use std::ops::{AddAssign, SubAssign};
use std::time::Duration;

use mobileim_protocol::mailbox::Envelope;

/// What a store keeps at most. On by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreLimits {
    /// How many messages wait for one user at most, and half of it of the first sender who sends many: see
    /// [`StoreLimits::admit`]. What comes beyond is refused: it is not acknowledged, and what waits already stays. `None`: as
    /// many as there is room for.
    pub max_messages: Option<u64>,
    /// How many bytes wait for one user at most, likewise. See [`Amount::of`].
    pub max_bytes: Option<u64>,
    /// How many bytes wait for all users together at most. A database gives each sender a share of it, too, whoever it is for.
    pub max_bytes_in_all: Option<u64>,
    /// How many bytes of a disk that the store writes to itself stay free: with less, what is new gets the room of what was
    /// fetched, and is refused beyond that. 0: none. `None`: [`StoreLimits::MIN_FREE_DISK`], or a tenth of a smaller disk.
    pub min_free_disk: Option<u64>,
    /// How long a message waits at most; then it is removed unread. `None`: until its receiver has it.
    pub max_age: Option<Duration>,
}

/// A number of messages, and the bytes that they count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Amount {
    /// How many messages.
    pub messages: u64,
    /// How many bytes.
    pub bytes: u64,
}

/// Why a message is not stored, though the store works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Full {
    /// As many messages as may be wait for the receiver, of this sender or in all.
    Messages,
    /// As many bytes as may be wait for the receiver, of this sender or in all.
    Bytes,
    /// As many bytes as may be wait for all users together.
    BytesInAll,
    /// The disk has too little free room.
    Disk,
}

impl Amount {
    /// What a message counts beside its body, in bytes: names, fingerprint and what keeps it in order; rather more than less.
    pub const MESSAGE_BYTES: u64 = 512;

    /// What a message counts.
    #[must_use]
    pub fn of(message: &Envelope) -> Self {
        Self {
            messages: 1,
            bytes: Self::MESSAGE_BYTES + message.body.len() as u64,
        }
    }
}

impl AddAssign for Amount {
    fn add_assign(&mut self, more: Self) {
        self.messages = self.messages.saturating_add(more.messages);
        self.bytes = self.bytes.saturating_add(more.bytes);
    }
}

impl SubAssign for Amount {
    fn sub_assign(&mut self, less: Self) {
        self.messages = self.messages.saturating_sub(less.messages);
        self.bytes = self.bytes.saturating_sub(less.bytes);
    }
}

impl StoreLimits {
    /// How many messages wait for one user at most, by default.
    pub const MAX_MESSAGES: u64 = 10_000;
    /// How many bytes wait for one user at most, by default: 64 MiB.
    pub const MAX_BYTES: u64 = 64 << 20;
    /// How many bytes wait for all users at most, by default: 16 GiB.
    pub const MAX_BYTES_IN_ALL: u64 = 16 << 30;
    /// How many bytes of the disk stay free, by default: 256 MiB.
    pub const MIN_FREE_DISK: u64 = 256 << 20;
    /// How long they wait at most, by default: 30 days.
    pub const MAX_AGE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

    /// No limits but the disk's.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            max_messages: None,
            max_bytes: None,
            max_bytes_in_all: None,
            min_free_disk: Some(0),
            max_age: None,
        }
    }

    /// With at most `max_messages` messages a user; `None` for any number.
    #[must_use]
    pub const fn with_max_messages(mut self, max_messages: Option<u64>) -> Self {
        self.max_messages = max_messages;
        self
    }

    /// With at most `max_bytes` bytes a user; `None` for any number.
    #[must_use]
    pub const fn with_max_bytes(mut self, max_bytes: Option<u64>) -> Self {
        self.max_bytes = max_bytes;
        self
    }

    /// With at most `max_bytes` bytes of all users together; `None` for any number.
    #[must_use]
    pub const fn with_max_bytes_in_all(mut self, max_bytes: Option<u64>) -> Self {
        self.max_bytes_in_all = max_bytes;
        self
    }

    /// With at least `bytes` bytes of the disk free; `None` for what fits most disks.
    #[must_use]
    pub const fn with_min_free_disk(mut self, bytes: Option<u64>) -> Self {
        self.min_free_disk = bytes;
        self
    }

    /// With messages that wait at most `max_age`; `None` for ever.
    #[must_use]
    pub const fn with_max_age(mut self, max_age: Option<Duration>) -> Self {
        self.max_age = max_age;
        self
    }

    /// Finds out whether one more message may wait for a user for whom so much is `waiting`, so much of it `of_sender`.
    ///
    /// A sender may have as much there as there is room left, and one message in any case. So one noisy sender takes
    /// half of the room, a second one half of what is left, and there is some for everybody else.
    pub const fn admit(
        self,
        message: Amount,
        waiting: Amount,
        of_sender: Amount,
    ) -> Result<(), Full> {
        let is_first = of_sender.messages == 0;
        let (more, bytes) = (message.messages, message.bytes);
        if !has_room(
            self.max_messages,
            more,
            waiting.messages,
            of_sender.messages,
            is_first,
        ) {
            return Err(Full::Messages);
        }
        if !has_room(
            self.max_bytes,
            bytes,
            waiting.bytes,
            of_sender.bytes,
            is_first,
        ) {
            return Err(Full::Bytes);
        }
        Ok(())
    }

    /// Returns the time in ms since 1970 before which stored messages are too old.
    pub fn oldest(self, now: i64) -> i64 {
        self.max_age.map_or(i64::MIN, |max_age| {
            now.saturating_sub(i64::try_from(max_age.as_millis()).unwrap_or(i64::MAX))
        })
    }
}

const fn has_room(
    max: Option<u64>,
    more: u64,
    waiting: u64,
    of_sender: u64,
    is_first: bool,
) -> bool {
    match max {
        None => true,
        Some(max) => {
            let room = max.saturating_sub(waiting);
            more <= room && (is_first || of_sender.saturating_add(more) <= room)
        }
    }
}

impl Default for StoreLimits {
    fn default() -> Self {
        Self {
            max_messages: Some(Self::MAX_MESSAGES),
            max_bytes: Some(Self::MAX_BYTES),
            max_bytes_in_all: Some(Self::MAX_BYTES_IN_ALL),
            min_free_disk: None,
            max_age: Some(Self::MAX_AGE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(messages: u64) -> Amount {
        Amount { messages, bytes: 0 }
    }

    /// How much of each noisy sender is admitted, one after the other.
    fn fill(limits: StoreLimits, message: Amount) -> Vec<u64> {
        let (mut waiting, mut admitted) = (Amount::default(), Vec::new());
        while limits.admit(message, waiting, Amount::default()).is_ok() {
            let mut of_sender = Amount::default();
            while limits.admit(message, waiting, of_sender).is_ok() {
                waiting += message;
                of_sender += message;
            }
            admitted.push(of_sender.messages);
        }
        admitted
    }

    #[test]
    fn each_noisy_sender_takes_half_of_what_is_left() {
        let fill = |max| {
            let limits = StoreLimits::none().with_max_messages(Some(max));
            let filled = fill(limits, messages(1));
            assert_eq!(filled.iter().sum::<u64>(), max, "no more than may wait");
            filled
        };
        assert_eq!(fill(1), [1]);
        assert_eq!(fill(2), [1, 1]);
        assert_eq!(fill(20), [10, 5, 3, 1, 1]);
        assert_eq!(fill(10_000)[..4], [5000, 2500, 1250, 625]);
        assert!(fill(10_000).len() > 10);
    }

    #[test]
    fn of_bytes_as_well() {
        let limits = StoreLimits::none().with_max_bytes(Some(20_999));
        let message = Amount {
            messages: 1,
            bytes: 1000,
        };
        assert_eq!(fill(limits, message), [10, 5, 3, 1, 1]);
        let long = Amount {
            messages: 1,
            bytes: 21_000,
        };
        let refused = limits.admit(long, Amount::default(), Amount::default());
        assert_eq!(refused, Err(Full::Bytes));
    }

    #[test]
    fn without_a_limit_everything_is_admitted() {
        let all = Amount {
            messages: u64::MAX,
            bytes: u64::MAX,
        };
        assert_eq!(StoreLimits::none().admit(all, all, all), Ok(()));
    }
}
