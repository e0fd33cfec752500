//! What holds for all connections together: which pages may open one, how many there may be, and how much may wait for them.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use parking_lot::{Mutex, RwLock};
use rustix::process::{Resource, getrlimit};
use tracing::{info, warn};

use super::Limits;
use super::lines::Lines;
use super::origin::Origins;

/// Descriptors that neither connections nor HTTP take: for the store, for the listeners themselves.
const RESERVE: usize = 32;

/// What is known of all connections together.
#[derive(Debug)]
pub(crate) struct Admission {
    origins: RwLock<Arc<Origins>>,
    max_connections: AtomicUsize,
    open: AtomicUsize,
    /// Whether the log has been told that there are as many as may be.
    is_full: AtomicBool,
    max_per_address: AtomicUsize,
    by_address: Mutex<HashMap<IpAddr, usize>>,
    lines: Lines,
    max_outgoing: usize,
    /// Bytes that wait to be written, roughly.
    outgoing: AtomicUsize,
}

impl Admission {
    /// Lets in as many stream connections as are allowed, and as this process may have descriptors.
    pub(crate) fn new(origins: Origins, limits: &Limits) -> Self {
        Self {
            origins: RwLock::new(Arc::new(origins)),
            max_connections: AtomicUsize::new(at_most(limits, descriptors())),
            open: AtomicUsize::new(0),
            is_full: AtomicBool::new(false),
            max_per_address: AtomicUsize::new(bound(limits.connections_per_address)),
            by_address: Mutex::default(),
            lines: Lines::default(),
            max_outgoing: limits.outgoing_in_all,
            outgoing: AtomicUsize::new(0),
        }
    }

    /// More bytes wait to be written to a connection, to which as many do as `waiting`. Returns whether it may have them: if too
    /// many wait in all, only what is no more than its share, so that they do not become more.
    pub(super) fn fill(&self, bytes: usize, waiting: usize) -> bool {
        let all = self.outgoing.fetch_add(bytes, Ordering::Relaxed) + bytes;
        all <= self.max_outgoing
            || waiting <= self.max_outgoing / self.open.load(Ordering::Relaxed).max(1)
    }

    /// As many bytes do not wait any more.
    pub(super) fn drain(&self, bytes: usize) {
        self.outgoing.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// How many connections are open.
    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    /// How many bytes wait to be written to them, roughly.
    pub(crate) fn outgoing(&self) -> usize {
        self.outgoing.load(Ordering::Relaxed)
    }

    /// Which pages may connect.
    pub(crate) fn origins(&self) -> Arc<Origins> {
        Arc::clone(&self.origins.read())
    }

    /// Pages of other origins may connect from now on. Those that are connected stay.
    pub(crate) fn set_origins(&self, origins: Origins) {
        *self.origins.write() = Arc::new(origins);
    }

    /// There may be fewer connections from now on, or more, in all and from one address. None is closed for that.
    pub(crate) fn set_max_connections(&self, limits: &Limits) {
        let max = at_most(limits, descriptors());
        self.max_connections.store(max, Ordering::Relaxed);
        let per_address = bound(limits.connections_per_address);
        self.max_per_address.store(per_address, Ordering::Relaxed);
    }

    /// Takes a place among those of an address. Returns whether there was one; then [`Self::leave_from`] gives it back.
    pub(super) fn enter_from(&self, address: IpAddr) -> bool {
        let max = self.max_per_address.load(Ordering::Relaxed);
        let mut by_address = self.by_address.lock();
        let open = by_address.entry(address).or_default();
        let is_let_in = *open < max;
        if is_let_in {
            *open += 1;
        } else if *open == 0 {
            by_address.remove(&address);
        }
        is_let_in
    }

    /// Whether an address has a place left.
    pub(super) fn has_room_for(&self, address: IpAddr) -> bool {
        let max = self.max_per_address.load(Ordering::Relaxed);
        let open = self.by_address.lock().get(&address).copied();
        open.unwrap_or_default() < max
    }

    pub(super) fn leave_from(&self, address: IpAddr) {
        let mut by_address = self.by_address.lock();
        if let Some(open) = by_address.get_mut(&address) {
            *open -= 1;
            if *open == 0 {
                by_address.remove(&address);
            }
        }
    }

    /// How many lines there may be in the log.
    pub(super) fn lines(&self) -> &Lines {
        &self.lines
    }

    /// Takes a place for a connection. Returns whether there was one; then [`Self::leave`] gives it back.
    pub(super) fn enter(&self) -> bool {
        let max = self.max_connections.load(Ordering::Relaxed);
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
        let max = self.max_connections.load(Ordering::Relaxed);
        if open <= max - max.div_ceil(10)
            && self.is_full.load(Ordering::Relaxed)
            && self.is_full.swap(false, Ordering::Relaxed)
        {
            info!(connections = open, "there is room for connections again");
        }
    }
}

const fn bound(max: Option<usize>) -> usize {
    match max {
        Some(max) => max,
        None => usize::MAX,
    }
}

/// How many descriptors this process may have; none if there is no limit.
fn descriptors() -> Option<usize> {
    getrlimit(Resource::Nofile).current?.try_into().ok()
}

fn at_most(limits: &Limits, descriptors: Option<usize>) -> usize {
    let reserve = limits.http.connections.saturating_add(RESERVE);
    if let Some(all) = descriptors.filter(|all| *all <= reserve) {
        warn!(
            "there are {all} descriptors, and {reserve} are for the store and HTTP: raise the limit of open files, or allow fewer \
             HTTP connections"
        );
    }
    let possible = descriptors.map_or(usize::MAX, |all| all.saturating_sub(reserve).max(1));
    match limits.connections {
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
        let at_most = |connections, http, descriptors| {
            let mut limits = Limits {
                connections,
                ..Limits::default()
            };
            limits.http.connections = http;
            at_most(&limits, descriptors)
        };
        assert_eq!(at_most(None, 96, None), usize::MAX);
        assert_eq!(at_most(None, 96, Some(1024)), 1024 - 128);
        assert_eq!(at_most(None, 500, Some(1024)), 1024 - 532);
        assert_eq!(at_most(Some(100), 96, Some(1024)), 100);
        assert_eq!(at_most(Some(5000), 96, Some(1024)), 1024 - 128);
        assert_eq!(at_most(None, 96, Some(10)), 1);
        assert_eq!(at_most(None, usize::MAX, Some(1024)), 1);
    }

    #[test]
    fn an_address_has_so_many_places_and_nothing_is_kept_of_one_that_has_none() {
        let admission = Admission::new(
            Origins::Any,
            &Limits {
                connections_per_address: Some(2),
                ..Limits::default()
            },
        );
        let (one, other) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        assert!(admission.enter_from(one));
        assert!(admission.enter_from(one));
        assert!(!admission.enter_from(one));
        assert!(admission.enter_from(other));
        admission.leave_from(one);
        assert!(admission.enter_from(one));
        let none = Limits {
            connections_per_address: Some(0),
            ..Limits::default()
        };
        admission.set_max_connections(&none);
        assert!(!admission.enter_from("192.0.2.3".parse().unwrap()));
        for address in [one, one, other] {
            admission.leave_from(address);
        }
        assert!(admission.by_address.lock().is_empty());
    }

    #[test]
    fn a_place_that_is_left_is_taken_again() {
        let admission = Admission::new(
            Origins::Any,
            &Limits {
                connections: Some(2),
                ..Limits::default()
            },
        );
        assert!(admission.enter());
        assert!(admission.enter());
        assert!(!admission.enter());
        admission.leave();
        assert!(admission.enter());
        assert!(!admission.enter());
    }
}
