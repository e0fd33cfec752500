//! The newest events, in memory: what consumers that keep up read.

use std::collections::VecDeque;
use std::sync::Arc;

use super::page::Recorded;

/// How many there are at most, and how many bytes of bodies.
const MAX_EVENTS: usize = 4096;
const MAX_BYTES: usize = 4 << 20;

/// The newest events in their order.
#[derive(Debug, Default)]
pub(super) struct Tail {
    events: VecDeque<Recorded>,
    bytes: usize,
    /// Everything behind this position is here.
    after: i64,
}

impl Tail {
    /// With nothing behind this position.
    pub(super) fn begin(&mut self, last: i64) {
        *self = Self {
            after: last,
            ..Self::default()
        };
    }

    pub(super) fn push(&mut self, position: i64, at: i64, body: Arc<str>) {
        self.bytes += body.len();
        self.events.push_back(Recorded { position, at, body });
        while self.events.len() > MAX_EVENTS || self.bytes > MAX_BYTES {
            let Some(oldest) = self.events.pop_front() else {
                return;
            };
            self.bytes -= oldest.body.len();
            self.after = oldest.position;
        }
    }

    /// The next events behind a position, if all of them are here.
    pub(super) fn read(&self, after: i64, limit: usize, max_bytes: usize) -> Option<Vec<Recorded>> {
        if after < self.after {
            return None;
        }
        let first = self.events.partition_point(|event| event.position <= after);
        let mut bytes = 0;
        let behind = self.events.iter().skip(first).take(limit);
        let events = behind.enumerate().take_while(|(index, event)| {
            bytes += event.body.len();
            *index == 0 || bytes <= max_bytes
        });
        Some(events.map(|(_, event)| event.clone()).collect())
    }
}

impl Tail {
    /// When the first event behind a position was recorded, in ms since 1970; if it is not here, the oldest that is.
    pub(super) fn since(&self, after: i64) -> Option<i64> {
        let first = self.events.partition_point(|event| event.position <= after);
        self.events.get(first).map(|event| event.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn positions(events: Option<Vec<Recorded>>) -> Option<Vec<i64>> {
        Some(events?.iter().map(|event| event.position).collect())
    }

    #[test]
    fn what_is_behind_a_position_is_read_as_far_as_it_is_all_there() {
        let mut tail = Tail::default();
        tail.begin(10);
        assert_eq!(positions(tail.read(9, 5, 100)), None);
        assert_eq!(positions(tail.read(10, 5, 100)), Some(vec![]));
        for position in [11, 12, 15] {
            tail.push(position, 0, "{}".into());
        }
        assert_eq!(positions(tail.read(10, 2, 100)), Some(vec![11, 12]));
        assert_eq!(positions(tail.read(12, 5, 100)), Some(vec![15]));
        // One in any case.
        assert_eq!(positions(tail.read(10, 5, 1)), Some(vec![11]));
    }

    #[test]
    fn it_is_bounded_in_number_and_bytes() {
        let mut tail = Tail::default();
        for position in 1..=5000 {
            tail.push(position, 0, "{}".into());
        }
        assert_eq!(positions(tail.read(903, 1, 100)), None);
        assert_eq!(positions(tail.read(904, 1, 100)), Some(vec![905]));
        tail.push(5001, 0, "x".repeat(MAX_BYTES).into());
        assert_eq!(positions(tail.read(4999, 1, 100)), None);
        assert_eq!(positions(tail.read(5000, 1, 100)), Some(vec![5001]));
    }
}
