//! Who is let in before anything is known of whom: which pages, and how many connections.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rustix::process::{Resource, getrlimit};
use tracing::{info, warn};

use super::origin::Origins;

/// Descriptors that connections do not take: for the store, for HTTP, for the listeners themselves.
const RESERVE: usize = 128;

/// What is known of all connections together.
#[derive(Debug)]
pub(crate) struct Admission {
    pub(super) origins: Origins,
    max_connections: usize,
    open: AtomicUsize,
    /// Whether the log has been told that there are as many as may be.
    is_full: AtomicBool,
}

impl Admission {
    /// Lets in as many stream connections as are allowed, and as this process may have descriptors.
    pub(crate) fn new(origins: Origins, max_connections: Option<usize>) -> Self {
        Self {
            origins,
            max_connections: at_most(max_connections, descriptors()),
            open: AtomicUsize::new(0),
            is_full: AtomicBool::new(false),
        }
    }

    /// Takes a place for a connection. Returns whether there was one; then [`Self::leave`] gives it back.
    pub(super) fn enter(&self) -> bool {
        let max = self.max_connections;
        let took = |open| (open < max).then_some(open + 1);
        let is_let_in = self
            .open
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, took)
            .is_ok();
        if !is_let_in && !self.is_full.swap(true, Ordering::Relaxed) {
            warn!(
                connections = max,
                "as many connections as may be: others are refused"
            );
        }
        is_let_in
    }

    pub(super) fn leave(&self) {
        let open = self.open.fetch_sub(1, Ordering::Relaxed) - 1;
        // Not at each that comes and goes at the limit.
        if open <= self.max_connections - self.max_connections.div_ceil(10)
            && self.is_full.load(Ordering::Relaxed)
            && self.is_full.swap(false, Ordering::Relaxed)
        {
            info!(connections = open, "there is room for connections again");
        }
    }
}

/// How many descriptors this process may have; none if there is no limit.
fn descriptors() -> Option<usize> {
    getrlimit(Resource::Nofile).current?.try_into().ok()
}

fn at_most(allowed: Option<usize>, descriptors: Option<usize>) -> usize {
    let possible = descriptors.map_or(usize::MAX, |all| all.saturating_sub(RESERVE).max(1));
    match allowed {
        Some(allowed) if allowed <= possible => allowed,
        Some(allowed) => {
            warn!(
                "{allowed} connections are allowed, and there are descriptors for {possible}: raise the limit of open files"
            );
            possible
        }
        None => possible,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_as_are_allowed_and_as_there_are_descriptors_for() {
        assert_eq!(at_most(None, None), usize::MAX);
        assert_eq!(at_most(None, Some(1024)), 1024 - RESERVE);
        assert_eq!(at_most(Some(100), Some(1024)), 100);
        assert_eq!(at_most(Some(5000), Some(1024)), 1024 - RESERVE);
        assert_eq!(at_most(None, Some(10)), 1);
    }

    #[test]
    fn a_place_that_is_left_is_taken_again() {
        let admission = Admission::new(Origins::Any, Some(2));
        assert!(admission.enter());
        assert!(admission.enter());
        assert!(!admission.enter());
        admission.leave();
        assert!(admission.enter());
        assert!(!admission.enter());
    }
}
