//! Who is online, and who is told (docs/protocol.md, "Signals").

use std::sync::Arc;

use mobileim_protocol::{Instant, Signal, codes, is_user_id};

use super::{QuestionError, ServerHandle};
use crate::control;
use crate::deferred::Deferred;
use crate::event::Event;
use crate::presence::{Presence, State, VisibleTo, Watcher};
use crate::sender::Sender;
use crate::store::Seen;

/// Users of whom a client wants to know whether they are online, without any twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Visible {
    /// Those whom its user may see,
    pub(crate) users: Vec<Arc<str>>,
    /// and the others.
    pub(crate) hidden: Vec<Arc<str>>,
}

impl ServerHandle {
    pub(crate) fn presence(&self) -> &Presence {
        &self.0.presence
    }

    /// Finds out which of these users one may see.
    pub(crate) fn visible_to(
        &self,
        sender: &Sender,
        users: Vec<String>,
    ) -> Deferred<Result<Visible, QuestionError>> {
        let policy = self.presence().policy();
        let refused = |code, why: String| Deferred::Ready(Err(QuestionError::new(code, why)));
        if policy.visible_to == VisibleTo::Nobody {
            let why = "the server tells nobody who is online".to_owned();
            return refused(codes::NOT_ALLOWED, why);
        }
        let limit = policy.max_watched;
        if users.len() > limit {
            let why = format!(
                "{} users: a connection watches no more than {limit}",
                users.len()
            );
            return refused(codes::BAD_QUESTION, why);
        }
        let is_user = |id: &&String| is_user_id(id) && !self.is_group(id);
        if let Some(id) = users.iter().find(|id| !is_user(id)) {
            return refused(codes::BAD_QUESTION, format!("{id:?} is no user's id"));
        }
        let mut users: Vec<_> = users.into_iter().map(Arc::<str>::from).collect();
        users.sort_unstable();
        users.dedup();
        let is_asked = policy.visible_to == VisibleTo::Asked && !users.is_empty();
        let answer = is_asked.then(|| self.0.hooks.visible(self, &sender.user, &users));
        let Some(answer) = answer else {
            let hidden = Vec::new();
            return self.recalled(Visible { users, hidden });
        };
        let sort = move |visible: Option<Vec<Arc<str>>>| {
            let visible = visible.ok_or_else(|| {
                let why = "who may see whom cannot be found out now";
                QuestionError::new(codes::NOT_AVAILABLE, why)
            })?;
            let (users, hidden) = users
                .into_iter()
                .partition(|user| visible.iter().any(|other| **other == **user));
            Ok(Visible { users, hidden })
        };
        match answer {
            Deferred::Ready(visible) => match sort(visible) {
                Ok(visible) => self.recalled(visible),
                Err(error) => Err(error).into(),
            },
            Deferred::Pending(visible) => {
                let server = self.clone();
                Deferred::pending(async move {
                    let visible = sort(visible.await)?;
                    server.recalled(visible).wait().await
                })
            }
        }
    }

    /// Has the store say when those were online last of whom that is not known here.
    fn recalled(&self, visible: Visible) -> Deferred<Result<Visible, QuestionError>> {
        let is_unknown =
            |user: &&Arc<str>| !self.presence().has_seen(user) && !self.has_session(user);
        let unknown: Vec<_> = visible.users.iter().filter(is_unknown).cloned().collect();
        if unknown.is_empty() {
            return Ok(visible).into();
        }
        let server = self.clone();
        self.registry()
            .store()
            .last_seen(&unknown)
            .map(move |found| {
                // If it cannot be read now, it is not said.
                for Seen { user, at } in found.unwrap_or_default() {
                    server.presence().recall(&user, at);
                }
                Ok(visible)
            })
    }

    /// A session watches a user; says what its client is to be answered.
    pub(crate) fn begin_to_watch(&self, watcher: &Arc<Watcher>, user: &Arc<str>) -> State {
        let presence = self.presence();
        presence.begin(watcher, user, || self.has_session(user))
    }

    /// What is told of a user now.
    pub(crate) fn presence_of(&self, user: &str) -> State {
        self.presence().look(user, || self.has_session(user))
    }

    /// Notes who comes and goes.
    pub(super) fn note_presence(&self, event: &Event) {
        let presence = self.presence();
        if !presence.is_on() {
            return;
        }
        let wakes_at = match event {
            Event::Online {
                user,
                others: 0,
                replaces: None,
                ..
            } => presence.came(self.now(), user),
            Event::Offline {
                user,
                others: 0,
                replaced_by: None,
                ..
            } => {
                let at = self.unix_millis();
                self.registry().store().note_seen(user, at);
                presence.went(self.now(), user, at)
            }
            _ => None,
        };
        if let Some(at) = wakes_at {
            self.registry().wake_by(at);
        }
    }

    /// Tells what is to be told by now.
    pub(super) fn tell_presence(&self, now: Instant) {
        let tell = |watcher: &Watcher, user: &str, state: State| {
            self.registry().look_at(&watcher.mailbox, |known| {
                if known.session_id() == Some(watcher.session) {
                    known.transmit_to_mobileim(|| {
                        control::signalled(&watcher.user, &signal(user, state))
                    });
                }
            });
        };
        let is_online = |user: &str| self.has_session(user);
        self.presence().handle_timeout(now, is_online, tell);
    }

    fn has_session(&self, user: &str) -> bool {
        let mut has_session = false;
        let directory = self.registry().directory();
        directory.for_each_mailbox(user, |mailbox| {
            let found = self.registry().look_at(mailbox, |known| known.session_id());
            has_session |= found.flatten().is_some();
        });
        has_session
    }
}

/// What whoever watches a user is told.
pub(crate) fn signal(user: &str, State { online, last_seen }: State) -> Signal {
    Signal::Presence {
        with: user.to_owned(),
        online,
        last_seen,
    }
}
