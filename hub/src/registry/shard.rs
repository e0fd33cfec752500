//! The users, unfinished connections and deadlines behind one lock.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use mobileim_protocol::Instant;

use super::memory::Memory;
use super::reach::Reach;
use super::timers::{Timer, Timers};
use super::turn::{Effect, Turn};
use super::user::User;
use super::{ConnectionId, Farewell, Shared};
use crate::link::{CloseReason, Link};
use crate::rate::{Rate, Used};
use crate::recent::Recent;

/// How many users without a session are known at most only since senders must repeat something to them. Beyond that,
/// order is up to those senders.
const MAX_AWAITING: usize = 256;

/// How many timers there may be before it is looked which of them still matter; and how many for each user.
const FEW_TIMERS: usize = 1024;
const TIMERS_EACH: usize = 8;

/// Of how many users without a session it is remembered what they have sent.
const CAPACITY: usize = 1024;

pub(super) struct Shard {
    pub(super) users: HashMap<Arc<str>, User>,
    /// Connections that have not logged in.
    pub(super) waiting: BTreeMap<ConnectionId, Arc<dyn Link>>,
    pub(super) timers: Timers,
    /// What is due and not done: of a turn that panicked, what was after that.
    due: VecDeque<(Instant, Timer)>,
    memory: Memory,
    reach: Reach,
    /// What users have used of their rate of messages, who have no session, and were past it or near.
    used: Recent<Used>,
    logins: Recent<i64>,
    /// Users without a session who await a repetition, or did.
    awaiting: VecDeque<Arc<str>>,
}

impl Shard {
    /// A shard without users, which remembers messages for `remember_for`.
    pub(super) fn new(remember_for: Duration) -> Self {
        Self {
            users: HashMap::new(),
            waiting: BTreeMap::new(),
            timers: Timers::default(),
            due: VecDeque::new(),
            memory: Memory::new(remember_for),
            reach: Reach::default(),
            used: Recent::new(CAPACITY),
            logins: Recent::new(CAPACITY),
            awaiting: VecDeque::new(),
        }
    }

    /// Runs `act` on a user of this shard, and forgets the user when there is nothing left to know.
    pub(super) fn visit<R>(
        &mut self,
        shared: &Shared,
        now: Instant,
        id: &str,
        effects: &mut Vec<Effect>,
        act: impl FnOnce(&mut User, &mut Turn<'_>) -> R,
    ) -> Option<R> {
        let user = self.users.get_mut(id)?;
        let mut turn = Turn {
            now,
            shared,
            timers: &mut self.timers,
            memory: &mut self.memory,
            reach: &mut self.reach,
            used: &mut self.used,
            logins: &mut self.logins,
            effects,
        };
        let result = act(user, &mut turn);
        if user.is_forgettable() {
            self.users.remove(id);
        } else if let Some(id) = user.begins_to_await() {
            self.awaiting.push_back(id);
            self.bound_awaiting(shared, now, effects);
        }
        self.prune_timers();
        Some(result)
    }

    /// Whether the server has accepted a message of a user's, known or not.
    pub(super) fn was_accepted(&mut self, now: Instant, user: &str, hash: u64) -> bool {
        let known = self.users.get(user);
        known.is_some_and(|user| user.was_accepted(hash))
            || self.memory.was_accepted(now, user, hash)
    }

    /// Whether a message to a user came before, known or not.
    pub(super) fn is_known(&mut self, now: Instant, user: &str, hash: u64) -> bool {
        let known = self.users.get(user);
        known.is_some_and(|user| user.knows(hash))
            || self.memory.received(now, user, hash).is_some()
    }

    /// A user sends a message. If it is one too many, says how long to wait before the next.
    pub(super) fn take_message(
        &mut self,
        now: Instant,
        user: &str,
        rate: Rate,
    ) -> Result<(), Duration> {
        let Some(user) = self.users.get_mut(user) else {
            // Who has no session any more says nothing that matters.
            return Ok(());
        };
        user.take_message(now, rate)
    }

    /// Past [`MAX_AWAITING`] users, stops waiting for the repetition that has been awaited longest.
    fn bound_awaiting(&mut self, shared: &Shared, now: Instant, effects: &mut Vec<Effect>) {
        if self.awaiting.len() > MAX_AWAITING
            && let Some(id) = self.awaiting.pop_front()
        {
            self.visit(shared, now, &id, effects, User::ends_to_await);
        }
    }

    /// Takes out the timers of users who are gone, if there are many.
    pub(super) fn prune_timers(&mut self) {
        let known = self.users.len() + self.waiting.len();
        if self.timers.len() <= FEW_TIMERS + TIMERS_EACH * known {
            return;
        }
        let Self {
            users,
            waiting,
            timers,
            ..
        } = self;
        timers.retain(|at, timer| match timer {
            Timer::Mailbox(id) => users.get(id).is_some_and(|user| user.wakes_at(at)),
            Timer::Session(id, session) | Timer::Token(id, session) => users
                .get(id)
                .is_some_and(|user| user.session_id() == Some(*session)),
            Timer::Forget(id) => users.get(id).is_some_and(User::has_accepted),
            Timer::Login(connection) => waiting.contains_key(connection),
        });
    }

    pub(super) fn handle_timeout(
        &mut self,
        shared: &Shared,
        now: Instant,
        effects: &mut Vec<Effect>,
    ) {
        while let Some(timer) = self.timers.pop_due(now) {
            self.due.push_back(timer);
        }
        while let Some((at, timer)) = self.due.pop_front() {
            match timer {
                Timer::Mailbox(id) => {
                    self.visit(shared, now, &id, effects, |user, turn| {
                        user.handle_mailbox_timeout(turn, at);
                    });
                }
                Timer::Session(id, session) => {
                    self.visit(shared, now, &id, effects, |user, turn| {
                        user.check_session(turn, session);
                    });
                }
                Timer::Token(id, session) => {
                    self.visit(shared, now, &id, effects, |user, turn| {
                        user.check_token(turn, session);
                    });
                }
                Timer::Forget(id) => {
                    self.visit(shared, now, &id, effects, User::forget_accepted);
                }
                Timer::Login(connection) => {
                    let resumed_at = shared.resumed_at();
                    if at < resumed_at {
                        // Its login may be there, and not be read yet.
                        let at = resumed_at + shared.config.login_timeout;
                        if self.waiting.contains_key(&connection) && now < at {
                            self.timers.insert(at, Timer::Login(connection));
                            shared.alarm.set_by(at);
                            continue;
                        }
                    }
                    if let Some(link) = self.waiting.remove(&connection) {
                        link.close(CloseReason::LoginTimeout);
                    }
                }
            }
        }
    }

    /// Ends every session and closes every connection, in the same order each time.
    pub(super) fn close_all(
        &mut self,
        shared: &Shared,
        now: Instant,
        farewell: &mut Farewell,
        effects: &mut Vec<Effect>,
    ) {
        for link in mem::take(&mut self.waiting).into_values() {
            let retry_after = farewell.next();
            link.close(CloseReason::ServerStopping { retry_after });
        }
        for id in self.known() {
            self.visit(shared, now, &id, effects, |user, turn| {
                user.send_away(turn, farewell.next());
            });
        }
    }

    /// Who has a live session, by user id.
    pub(super) fn online(&self) -> Vec<Arc<str>> {
        let mut online = self.known();
        online.retain(|id| self.users[id].session_id().is_some());
        online
    }

    /// Everybody of whom something is known, by user id.
    fn known(&self) -> Vec<Arc<str>> {
        #[expect(clippy::disallowed_methods, reason = "they are sorted")]
        let mut users: Vec<_> = self.users.keys().cloned().collect();
        users.sort_unstable();
        users
    }
}
