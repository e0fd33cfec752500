//! The one timer of all connections.

use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::time::Duration;

use mobileim_hub::{Clock, ServerHandle};
use mobileim_protocol::Instant;
use tracing::warn;

use crate::gateway::Context;

/// By how much the timer is late when something has kept the whole process from running.
const ABSENCE: Duration = Duration::from_secs(1);

/// Comes back to the hub at each of its deadlines.
pub(super) async fn keep(clock: Arc<dyn Clock>, context: Context) {
    let server = &context.server;
    let driver = server.driver();
    let stopped = context.stopped();
    tokio::pin!(stopped);
    let mut presence = Presence::new(clock.now());
    loop {
        let deadline = driver.next_deadline();
        let due = async {
            match deadline {
                Some(at) => tokio::time::sleep(at.since(clock.now())).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = &mut stopped => return,
            () = due => {}
            () = driver.deadline_moved() => {}
        }
        // Whichever of the two it was: after a pause both may be there, and an earlier deadline is no reason to judge.
        let now = clock.now();
        if let Some(absent) = presence.missed(deadline, now) {
            warn!(
                "the process did not run for {absent:.1?}: silence in that time is held against nobody"
            );
            driver.note_absence(now);
        }
        if deadline.is_some_and(|at| at <= now) {
            do_what_is_due(server, &*clock);
        }
    }
}

/// Finds out that the process did not run, by a deadline that was passed.
struct Presence {
    /// When it was last known to run.
    seen: Instant,
}

impl Presence {
    const fn new(now: Instant) -> Self {
        Self { seen: now }
    }

    /// It runs now: how long it did not, if for long, and something was due meanwhile.
    ///
    /// What was due before it was last seen was not late. Wherever it stood when it was stopped, asleep or on its way to be,
    /// it was seen before.
    fn missed(&mut self, deadline: Option<Instant>, now: Instant) -> Option<Duration> {
        let seen = std::mem::replace(&mut self.seen, now);
        let late = now.since(deadline?.max(seen));
        (late > ABSENCE).then_some(late)
    }
}

fn do_what_is_due(server: &ServerHandle, clock: &dyn Clock) {
    let handle = || server.driver().handle_timeout(clock.now());
    // What was due after that which panicked is still to be done.
    while panic::catch_unwind(AssertUnwindSafe(handle)).is_err() {
        server.driver().counters().panics.count();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(secs: u64) -> Instant {
        Instant::from_micros(secs * 1_000_000)
    }

    #[test]
    fn a_deadline_that_is_kept_is_no_absence() {
        let mut presence = Presence::new(at(0));
        assert_eq!(presence.missed(Some(at(60)), at(60)), None);
        assert_eq!(presence.missed(Some(at(61)), at(62)), None);
        // Nothing was due, or not yet.
        assert_eq!(presence.missed(None, at(1_000)), None);
        assert_eq!(presence.missed(Some(at(3_000)), at(2_000)), None);
    }

    #[test]
    fn what_was_due_long_before_it_was_seen_is_not_late() {
        let mut presence = Presence::new(at(100));
        assert_eq!(presence.missed(Some(at(7)), at(101)), None);
    }

    #[test]
    fn a_process_that_was_stopped_is_found_out_wherever_it_stood() {
        let absent = Some(Duration::from_secs(4));
        // Asleep until a deadline.
        let mut presence = Presence::new(at(1));
        assert_eq!(presence.missed(Some(at(8)), at(12)), absent);
        assert_eq!(presence.missed(Some(at(12)), at(12)), None);
        // Stopped before it asked for the deadline, which had passed when it did; the same if told of an earlier one.
        let mut presence = Presence::new(at(0));
        assert_eq!(presence.missed(Some(at(30)), at(1)), None);
        assert_eq!(presence.missed(Some(at(8)), at(12)), absent);
    }
}
