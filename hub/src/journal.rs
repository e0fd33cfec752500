//! Where what has happened is written down, before others rely on it.

use std::sync::Arc;

use crate::event::Event;

/// Writes down what happens, for a back end that must not miss it.
///
/// What is acknowledged to a sender is in the journal: the acknowledgement waits for that.
pub trait Journal: Send + Sync {
    /// How the hub hears that something is written down; called once, before the first [`Journal::record`].
    fn start(&self, recorded: Recorded) {
        drop(recorded);
    }

    /// Takes what has happened. Returns whether what follows from it waits: then [`Recorded::recorded`] is called with it later,
    /// also if it could not be written down.
    ///
    /// What concerns one user comes in the order in which it happened, as that user's shard is locked: must not block, wait, or
    /// call the hub.
    fn record(&self, event: &Event) -> bool;

    /// Returns whether it keeps texts of messages.
    fn keeps_text(&self) -> bool {
        false
    }
}

/// Nothing is written down.
impl Journal for () {
    fn record(&self, _event: &Event) -> bool {
        false
    }
}

/// The way back for a [`Journal`] that writes later.
#[derive(Clone)]
pub struct Recorded(Arc<dyn Fn(&Event) + Send + Sync>);

impl Recorded {
    /// A way back; [`ServerHandle::new`](crate::ServerHandle::new) makes the one to itself.
    pub fn new(recorded: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        Self(Arc::new(recorded))
    }

    /// What waited for this may be done. Not to be called from [`Journal::record`].
    pub fn recorded(&self, event: &Event) {
        (self.0)(event);
    }
}
