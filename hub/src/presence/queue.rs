//! Of whom there may be something to tell, and when.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use std::time::Duration;

use mobileim_protocol::Instant;

/// How long the others have their turn when there is more to tell than in one.
const PAUSE: Duration = Duration::from_millis(1);

/// The earliest first; of those of one instant, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Queue {
    due: BinaryHeap<Reverse<(Instant, u64, Arc<str>)>>,
    last_number: u64,
    resume_at: Instant,
}

impl Queue {
    pub(super) fn push(&mut self, at: Instant, user: Arc<str>) {
        self.last_number += 1;
        self.due.push(Reverse((at, self.last_number, user)));
    }

    /// The next user of whom there is something to tell by now.
    pub(super) fn pop(&mut self, now: Instant) -> Option<Arc<str>> {
        let Reverse((at, ..)) = self.due.peek()?;
        if *at > now {
            return None;
        }
        self.due.pop().map(|Reverse((_, _, user))| user)
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        let Reverse((at, ..)) = self.due.peek()?;
        Some((*at).max(self.resume_at))
    }

    /// A turn ends, and there may be more to tell.
    pub(super) fn pause(&mut self, now: Instant) {
        self.resume_at = now + PAUSE;
    }
}
