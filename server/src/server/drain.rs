//! How a server stops.

use std::time::Duration;

/// How many sessions are to come back in a second at most, to this server or to the one that takes over.
const SESSIONS_A_SECOND: u32 = 5_000;

/// The times of a server that stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Drain {
    /// How long it may take in all. What a store has not taken by then was not acknowledged, and is still at its senders.
    pub time: Duration,
    /// Its clients come back within this time, each at another one; of more than 5,000 for each second, within as many seconds
    /// as that takes.
    pub spread: Duration,
}

impl Default for Drain {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(10),
            spread: Duration::from_secs(5),
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
    pub fn with_spread(self, spread: Duration) -> Self {
        Self { spread, ..self }
    }

    /// The spread for this many sessions.
    pub(super) fn spread_for(self, sessions: usize) -> Duration {
        if self.spread.is_zero() {
            return self.spread;
        }
        let sessions = u32::try_from(sessions).unwrap_or(u32::MAX);
        self.spread.max(Duration::from_secs(
            sessions.div_ceil(SESSIONS_A_SECOND).into(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spread_grows_with_the_number_of_sessions() {
        let spread = |sessions| Drain::default().spread_for(sessions).as_secs();
        assert_eq!([0, 25_000, 25_001, 100_000].map(spread), [5, 5, 6, 20]);
        let none = Drain::default().with_spread(Duration::ZERO);
        assert_eq!(none.spread_for(100_000), Duration::ZERO);
    }
}
