//! What an application counts that asks others about messages.

use crate::histogram::Durations;

/// What was asked about messages, and what came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct HookStats {
    /// Before a message between users.
    pub before_c2c: AskedStats,
    /// Before a message to the server.
    pub before_c2s: AskedStats,
}

/// What came of one question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct AskedStats {
    /// Messages that were allowed.
    pub allowed: u64,
    /// Messages whose text was changed.
    pub changed: u64,
    /// Messages that were refused.
    pub refused: u64,
    /// Messages that are to come again later.
    pub put_off: u64,
    /// Messages about which there was no clear answer in time, so that the verdict on failure held.
    pub unanswered: u64,
    /// Messages about which nobody was asked, as who is asked has failed, or too many wait: so it held too.
    pub unasked: u64,
    /// Requests that were answered clearly. One may be about many messages.
    pub requests_answered: u64,
    /// Requests that could not be sent, or were answered with an error.
    pub requests_failed: u64,
    /// Requests that were not answered in time.
    pub requests_too_slow: u64,
    /// Requests whose answer is none.
    pub requests_invalid: u64,
    /// How long requests took that were answered.
    pub time: Durations,
}

impl AskedStats {
    /// Messages, by what came of asking about them, under the names that are shown.
    pub const fn outcomes(&self) -> [(&'static str, u64); 6] {
        [
            ("allowed", self.allowed),
            ("changed", self.changed),
            ("refused", self.refused),
            ("put_off", self.put_off),
            ("unanswered", self.unanswered),
            ("unasked", self.unasked),
        ]
    }

    /// Requests, by what came of them, likewise.
    pub const fn requests(&self) -> [(&'static str, u64); 4] {
        [
            ("answered", self.requests_answered),
            ("failed", self.requests_failed),
            ("too_slow", self.requests_too_slow),
            ("invalid", self.requests_invalid),
        ]
    }
}
