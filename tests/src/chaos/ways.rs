//! Both ways through a bad network on one clock: what the proxies have in common.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mobileim_protocol::Instant;

use super::channel::{Channel, Conditions, Direction, Fate};

/// A channel each way, in real time.
#[derive(Debug)]
pub(super) struct Ways {
    epoch: tokio::time::Instant,
    channels: Mutex<[Channel; 2]>,
}

impl Ways {
    /// A perfect network. The seed says what it will draw.
    pub(super) fn perfect(seed: u64) -> Self {
        Self {
            epoch: tokio::time::Instant::now(),
            channels: Mutex::new([
                Channel::new(Conditions::PERFECT, seed),
                Channel::new(Conditions::PERFECT, !seed),
            ]),
        }
    }

    /// From now on the network is like this, one way.
    pub(super) fn set(&self, direction: Direction, conditions: Conditions) {
        self.channels()[direction as usize].set(conditions);
    }

    /// From now on the network is like this, both ways.
    pub(super) fn set_both(&self, conditions: Conditions) {
        for direction in Direction::BOTH {
            self.set(direction, conditions);
        }
    }

    /// What becomes of a datagram that comes in now.
    pub(super) fn datagram(&self, direction: Direction, len: usize) -> Fate {
        self.channels()[direction as usize].datagram(self.now(), len)
    }

    /// When a piece of a stream that comes in now arrives, and when the line can take the next one.
    pub(super) fn piece(&self, direction: Direction, len: usize) -> (Instant, Instant) {
        let channel = &mut self.channels()[direction as usize];
        let arrives = channel.piece(self.now(), len);
        (arrives, channel.line_free_at())
    }

    pub(super) fn now(&self) -> Instant {
        let micros = self.epoch.elapsed().as_micros();
        Instant::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
    }

    /// Returns at once if the time has come.
    pub(super) async fn sleep_until(&self, at: Instant) {
        if at > self.now() {
            tokio::time::sleep_until(self.epoch + Duration::from_micros(at.as_micros())).await;
        }
    }

    fn channels(&self) -> MutexGuard<'_, [Channel; 2]> {
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
