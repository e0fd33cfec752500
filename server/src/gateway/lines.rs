//! How many lines strangers can write into the log.

use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tracing::info;

/// How many lines there may be in a time.
const LINES: u32 = 100;
const TIME: Duration = Duration::from_secs(10);

/// Lines about connections that are somebody's fault: whoever makes those without end must not fill the disk.
#[derive(Debug, Default)]
pub(super) struct Lines(Mutex<Written>);

#[derive(Debug, Default)]
struct Written {
    /// When the time began.
    since: Option<Instant>,
    lines: u32,
    left_out: u64,
}

impl Lines {
    /// Returns whether there may be another line. Says how many were left out in the time before.
    pub(super) fn take(&self) -> bool {
        let (may_write, left_out) = self.0.lock().take(Instant::now());
        if left_out > 0 {
            info!(
                left_out,
                "more connections ended than there may be lines: --log debug has a line for each"
            );
        }
        may_write
    }
}

impl Written {
    fn take(&mut self, now: Instant) -> (bool, u64) {
        let is_over = self
            .since
            .is_none_or(|since| now.duration_since(since) >= TIME);
        let left_out = if is_over {
            let before = std::mem::take(self);
            self.since = Some(now);
            before.left_out
        } else {
            0
        };
        let may_write = self.lines < LINES;
        if may_write {
            self.lines += 1;
        } else {
            self.left_out += 1;
        }
        (may_write, left_out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_so_many_in_a_time_and_what_was_left_out_is_told_in_the_next() {
        let mut written = Written::default();
        let begin = Instant::now();
        let lines = (0..250).filter(|_| written.take(begin).0).count();
        assert_eq!(lines, 100);
        assert_eq!(written.take(begin + TIME), (true, 150));
        assert_eq!(written.take(begin + 2 * TIME), (true, 0));
    }
}
