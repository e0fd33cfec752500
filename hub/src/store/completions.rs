//! The way back for a store that answers later.

use std::sync::Arc;

use super::Completion;

/// The way back for a [`Store`](super::Store) that answers later.
#[derive(Clone)]
pub struct Completions(Arc<Complete>);

type Complete = dyn Fn(&str, Completion) + Send + Sync;

impl Completions {
    /// A way back to the mailboxes; [`ServerHandle::new`](crate::ServerHandle::new) makes
    /// the one to its registry.
    pub fn new(complete: impl Fn(&str, Completion) + Send + Sync + 'static) -> Self {
        Self(Arc::new(complete))
    }

    /// Gives a user's mailbox the answer to a request. Not to be called from [`Store::submit`](super::Store::submit).
    pub fn complete(&self, user: &str, completion: Completion) {
        (self.0)(user, completion);
    }
}
