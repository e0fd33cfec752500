//! A look from outside: who is online, from where, and what waits for them.

use std::sync::Arc;
use std::time::Duration;

use mobileim_protocol::Instant;

use crate::devices::user_of;
use crate::registry::{InMemory, Registry, SessionView};
use crate::trace::TraceEntry;

/// A look at a server. Each answer is true for each user by itself at some moment while it is made.
#[derive(Clone, Copy)]
pub struct View<'a> {
    registry: &'a Registry,
    now: Instant,
}

impl<'a> View<'a> {
    pub(crate) const fn new(registry: &'a Registry, now: Instant) -> Self {
        Self { registry, now }
    }

    /// Returns whether a user has a live session.
    pub fn is_online(self, user: &str) -> bool {
        !self.sessions(user).is_empty()
    }

    /// Everybody who has a live session, by user id.
    pub fn online(self) -> Vec<Arc<str>> {
        let mut users = self.registry.online();
        if !self.registry.directory().is_single() {
            for user in &mut users {
                let id = user_of(user);
                if id.len() < user.len() {
                    *user = Arc::from(id);
                }
            }
        }
        users.sort_unstable();
        users.dedup();
        users
    }

    /// A user's live sessions.
    pub fn sessions(self, user: &str) -> Vec<SessionView> {
        let look = |mailbox: &str| self.registry.look_at(mailbox, |user| user.session_view());
        let directory = self.registry.directory();
        if directory.is_single() {
            return look(user).flatten().into_iter().collect();
        }
        let mailboxes = directory.all_mailboxes(user);
        let sessions = mailboxes.iter().filter_map(|mailbox| look(mailbox));
        sessions.flatten().collect()
    }

    /// For how long nothing has come from a session.
    pub fn silence(self, session: &SessionView) -> Duration {
        self.now.since(session.last_seen)
    }

    /// How much of what is on its way to a user is in memory.
    pub fn in_memory(self, user: &str) -> InMemory {
        let mut sum = InMemory::default();
        for mailbox in self.registry.directory().all_mailboxes(user) {
            if let Some(found) = self.registry.look_at(&mailbox, |user| user.in_memory()) {
                sum.messages += found.messages;
                sum.bytes += found.bytes;
            }
        }
        sum
    }

    /// What happened lately to a message with QoS of this sender, in order; nothing if that is forgotten, or not remembered at all
    /// ([`Config::trace_memory`](crate::Config::trace_memory)).
    pub fn trace(self, from: &str, fp: &str) -> Vec<TraceEntry> {
        self.registry.trace().of(from, fp)
    }

    /// Since when what happens to messages like this one is remembered; what came before is forgotten. `None` if nothing is.
    pub fn trace_since(self, from: &str, fp: &str) -> Option<Instant> {
        self.registry.trace().since(from, fp)
    }

    /// How many bytes of memory that takes now.
    pub fn trace_memory(self) -> usize {
        self.registry.trace().memory()
    }

    /// How long ago something happened; nothing, if it is yet to come.
    pub fn ago(self, at: Instant) -> Duration {
        self.now.since(at)
    }

    /// How long it is until something happens; nothing, if it has happened.
    pub fn until(self, at: Instant) -> Duration {
        at.since(self.now)
    }

    /// How many users have a session, or messages in memory or on their way. What is remembered of others is bounded in all.
    pub fn known_users(self) -> usize {
        self.registry.known_users()
    }
}
