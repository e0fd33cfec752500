//! The users, unfinished connections and deadlines behind one lock.

use std::collections::HashMap;
use std::sync::Arc;

use mobileim_protocol::Instant;

use super::link::{CloseReason, Link};
use super::timers::{Timer, Timers};
use super::turn::{Effect, Turn};
use super::user::User;
use super::{ConnectionId, Hub};

#[derive(Default)]
pub(super) struct Shard {
    pub(super) users: HashMap<Arc<str>, User>,
    /// Connections that have not logged in.
    pub(super) waiting: HashMap<ConnectionId, Arc<dyn Link>>,
    pub(super) timers: Timers,
}

impl Shard {
    /// Runs `act` on a user of this shard, and forgets the user when there is nothing left to know.
    pub(super) fn visit<R>(
        &mut self,
        hub: &Hub,
        now: Instant,
        id: &str,
        effects: &mut Vec<Effect>,
        act: impl FnOnce(&mut User, &mut Turn<'_>) -> R,
    ) -> Option<R> {
        let user = self.users.get_mut(id)?;
        let mut turn = Turn {
            now,
            hub,
            timers: &mut self.timers,
            effects,
        };
        let result = act(user, &mut turn);
        if user.is_forgettable() {
            self.users.remove(id);
        }
        Some(result)
    }

    pub(super) fn handle_timeout(&mut self, hub: &Hub, now: Instant, effects: &mut Vec<Effect>) {
        let mut due = Vec::new();
        while let Some(timer) = self.timers.pop_due(now) {
            due.push(timer);
        }
        for (at, timer) in due {
            match timer {
                Timer::Mailbox(id) => {
                    self.visit(hub, now, &id, effects, |user, turn| {
                        user.handle_mailbox_timeout(turn, at);
                    });
                }
                Timer::Session(id, session) => {
                    self.visit(hub, now, &id, effects, |user, turn| {
                        user.check_session(turn, session);
                    });
                }
                Timer::Forget(id) => {
                    self.visit(hub, now, &id, effects, User::forget_accepted);
                }
                Timer::Login(connection) => {
                    if let Some(link) = self.waiting.remove(&connection) {
                        link.close(CloseReason::LoginTimeout);
                    }
                }
            }
        }
    }

    pub(super) fn close_all(&mut self, hub: &Hub, now: Instant, effects: &mut Vec<Effect>) {
        for (_, link) in self.waiting.drain() {
            link.close(CloseReason::ServerStopping);
        }
        let ids: Vec<_> = self.users.keys().cloned().collect();
        for id in ids {
            self.visit(hub, now, &id, effects, |user, turn| {
                user.close(turn, CloseReason::ServerStopping);
            });
        }
    }
}
