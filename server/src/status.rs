//! Where a server stands, for those who look from outside.

use std::sync::Arc;
use std::time::Instant;

use mobileim_hub::ServerHandle;

use crate::events::EventLog;
use crate::gateway::admission::Admission;
use crate::submissions::Delivering;

/// From its start to its end.
#[derive(Clone)]
pub(crate) enum Status {
    /// It does not serve yet; why not.
    Waiting(String),
    /// It serves.
    Serving(Parts),
    /// It serves nobody any more, and what it was given is put into the store.
    Draining(Parts),
    /// It has ended.
    Ended,
}

/// What there is to look at.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) server: ServerHandle,
    pub(crate) admission: Arc<Admission>,
    pub(crate) submissions: Option<Delivering>,
    /// Since when it serves.
    pub(crate) since: Instant,
    /// If events are recorded.
    pub(crate) events: Option<EventLog>,
}

impl Status {
    /// What there is to look at, once it has begun to serve.
    pub(crate) fn parts(&self) -> Option<&Parts> {
        match self {
            Self::Serving(parts) | Self::Draining(parts) => Some(parts),
            Self::Waiting(_) | Self::Ended => None,
        }
    }
}
