//! Who is told when a user comes online, or goes.
//!
//! A connection says whom it watches. A change only notes that there is something to find out; it is found out, and told, by the hub's one
//! timer, in turns: so nobody is told two changes in the wrong order, a session that is back soon is no change, and many who watch one user
//! hold up nobody. What is told is what the registry says at that moment, so the last thing told is so.
//!
//! The locks here are taken before the registry's, never while one of those is held.

mod index;
mod policy;
mod queue;
mod seen;

use std::sync::Arc;

use mobileim_protocol::mailbox::SessionId;

pub(crate) use index::Presence;
pub use policy::{PresencePolicy, VisibleTo};

/// What is told of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) online: bool,
    /// Of one who is not: when the last session ended, in ms since 1970, if it is known.
    pub(crate) last_seen: Option<i64>,
}

/// A session that watches.
#[derive(Debug)]
pub(crate) struct Watcher {
    /// No other one has had it.
    number: u64,
    /// Whose.
    pub(crate) user: Arc<str>,
    pub(crate) mailbox: Arc<str>,
    pub(crate) session: SessionId,
}
