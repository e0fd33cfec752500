//! Who may see whom.

use std::time::Duration;

/// Who is told whether a user is online.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum VisibleTo {
    /// Nobody: the question is refused, and nothing is held for it.
    #[default]
    Nobody,
    /// Every other user who asks.
    Everyone,
    /// Whom the application says ([`Hooks::visible`](crate::Hooks::visible)).
    Asked,
}

/// Who is told of whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PresencePolicy {
    /// Who may see whom.
    pub visible_to: VisibleTo,
    /// How many users a connection may watch.
    pub max_watched: usize,
    /// A user whose last session has ended for less than this time is still told to be online: a page that is loaded again, or a client that
    /// is on another network, is back by then.
    pub offline_after: Duration,
}

impl Default for PresencePolicy {
    fn default() -> Self {
        Self {
            visible_to: VisibleTo::default(),
            max_watched: 200,
            offline_after: Duration::from_secs(5),
        }
    }
}
