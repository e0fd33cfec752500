//! How a server stops.

use std::time::Duration;

/// How many sessions are to come back in a second at most, to this server or to the one that takes over.
const SESSIONS_A_SECOND: u32 = 5_000;

/// The spread for each session where none is set, and the longest for as many as may come back in that time.
const FOR_EACH: Duration = Duration::from_millis(2);
const FOR_MANY: Duration = Duration::from_secs(5);

/// The times of a server that stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Drain {
    /// How long it may take in all. What a store has not taken by then was not acknowledged, and is still at its senders.
    pub time: Duration,
    /// Its clients come back within this time, each at another one; of more than 5,000 for each second, within as many seconds
    /// as that takes. `None` for 2 ms for each session, 5 s at most but for so many.
    pub spread: Option<Duration>,
}

impl Default for Drain {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(10),
            spread: None,
        }
    }
}

impl Drain {
    /// With another time in all.
    #[must_use]
    pub fn with_time(self, time: Duration) -> Self {
        Self { time, ..self }
    }

    /// With another spread; zero for clients that come back as soon as they like.
    #[must_use]
    pub fn with_spread(self, spread: impl Into<Option<Duration>>) -> Self {
        Self {
            spread: spread.into(),
            ..self
        }
    }

    /// The spread for this many sessions.
    pub(super) fn spread_for(self, sessions: usize) -> Duration {
        let sessions = u32::try_from(sessions).unwrap_or(u32::MAX);
        let least = match self.spread {
            Some(Duration::ZERO) => return Duration::ZERO,
            Some(spread) => spread,
            None => FOR_MANY.min(FOR_EACH * sessions),
        };
        let seconds = sessions / SESSIONS_A_SECOND;
        least.max(Duration::from_secs(seconds.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spread_grows_with_the_number_of_sessions() {
        let millis = |drain: Drain| {
            [0, 3, 2500, 25_000, 30_000, 100_000]
                .map(|sessions| drain.spread_for(sessions).as_millis())
        };
        assert_eq!(millis(Drain::default()), [0, 6, 5000, 5000, 6000, 20_000]);
        let set = Drain::default().with_spread(Duration::from_secs(7));
        assert_eq!(millis(set), [7000, 7000, 7000, 7000, 7000, 20_000]);
        let none = Drain::default().with_spread(Duration::ZERO);
        assert_eq!(none.spread_for(100_000), Duration::ZERO);
    }
}
