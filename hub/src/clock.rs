//! Where the time comes from.

use mobileim_protocol::Instant;

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// The time that deadlines are counted in. Never goes back.
    fn now(&self) -> Instant;

    /// The wall clock, in ms since 1970.
    fn unix_millis(&self) -> i64;
}
