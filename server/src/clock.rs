//! The machine's clocks.

use std::sync::OnceLock;
use std::time::{Instant as Moment, SystemTime, UNIX_EPOCH};

use mobileim_hub::Clock;
use mobileim_protocol::Instant;

/// When the first of them was made.
static START: OnceLock<Moment> = OnceLock::new();

/// The machine's clocks. All of a process tell the same time.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    start: Moment,
}

impl SystemClock {
    /// A clock that counts from when the first one was made.
    pub fn new() -> Self {
        Self {
            start: *START.get_or_init(Moment::now),
        }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        let micros = self.start.elapsed().as_micros();
        Instant::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
    }

    fn unix_millis(&self) -> i64 {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |time| {
                i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
            })
    }
}
