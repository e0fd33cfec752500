//! Whom the client watches.

use std::sync::Arc;

use mobileim_protocol::mailbox::SessionId;
use mobileim_protocol::{QuestionAnswer, codes};
use serde_json::{Value, json};

use super::client_questions::{Reply, refused};
use super::{Connection, State};
use crate::control;
use crate::deferred::Deferred;
use crate::presence::{self, Watcher};
use crate::sender::Sender;
use crate::server::{QuestionError, ServerHandle, Visible, presence_signal};

/// What a connection watches that has ever asked to.
pub(super) struct Watching {
    server: ServerHandle,
    watcher: Arc<Watcher>,
    /// In their order.
    users: Vec<Arc<str>>,
    /// The number of its last question, and of the last one that counts.
    asked: u64,
    answered: u64,
}

impl Connection {
    /// The client asks who of these is online.
    pub(super) fn ask_presence(
        &mut self,
        sender: &Sender,
        users: Vec<String>,
    ) -> Deferred<Result<Reply, QuestionError>> {
        let visible = match self.server.visible_to(sender, users) {
            Deferred::Ready(Err(error)) => return Err(error).into(),
            visible => visible,
        };
        let State::Online { session, .. } = self.state else {
            return Err(QuestionError::new(codes::NOT_LOGGED_IN, "not logged in")).into();
        };
        let server = &self.server;
        let watching = self
            .watching
            .get_or_insert_with(|| Box::new(Watching::new(server, sender, session)));
        watching.asked += 1;
        let number = watching.asked;
        visible.map(move |visible| Ok(Reply::Presence(number, visible?)))
    }

    /// Answers who is online, and watches from now on: unless it was answered meanwhile what the client has asked later.
    pub(super) fn answer_presence(&mut self, id: &str, number: u64, visible: Visible) {
        let (State::Online { user, .. }, Some(watching)) = (&self.state, &mut self.watching) else {
            return;
        };
        let Visible { users, hidden } = visible;
        let watches = number > watching.answered;
        let states = if watches {
            watching.answered = number;
            watching.begin(&users)
        } else {
            let states = users.iter().map(|user| self.server.presence_of(user));
            states.collect()
        };
        let told = users.iter().zip(&states);
        let told: Vec<_> = told.map(|(user, state)| in_json(user, *state)).collect();
        let hidden: Vec<_> = hidden.iter().map(|user| &**user).collect();
        let answer = json!({ "users": told, "hidden": hidden }).to_string();
        let body = control::answer(
            user,
            id,
            &QuestionAnswer::Given(answer),
            self.link.max_body(),
        );
        let Some(body) = body else {
            if watches {
                watching.end();
            }
            let why = "the answer is longer than the client takes: it is to watch fewer users";
            self.transmit_answer(id, &refused(codes::ANSWER_TOO_LONG, why.into()));
            return;
        };
        self.link.transmit(body);
        if watches {
            watching.confirm(&states, |watched, state| {
                let signal = presence_signal(watched, state);
                self.link.deliver(control::signalled(user, &signal));
            });
        }
    }
}

impl Watching {
    fn new(server: &ServerHandle, sender: &Sender, session: SessionId) -> Self {
        Self {
            server: server.clone(),
            watcher: server.presence().watcher(sender, session),
            users: Vec::new(),
            asked: 0,
            answered: 0,
        }
    }

    /// Watches these users, and no others.
    fn begin(&mut self, users: &[Arc<str>]) -> Vec<presence::State> {
        let states = users
            .iter()
            .map(|user| self.server.begin_to_watch(&self.watcher, user))
            .collect();
        for user in std::mem::replace(&mut self.users, users.to_vec()) {
            if self.users.binary_search(&user).is_err() {
                self.server.presence().end(&self.watcher, &user);
            }
        }
        states
    }

    /// The client was told this of each of them. What has changed meanwhile is told now.
    fn confirm(&self, told: &[presence::State], tell: impl Fn(&str, presence::State)) {
        for (user, told) in self.users.iter().zip(told) {
            let presence = self.server.presence();
            presence.confirm(&self.watcher, user, *told, |state| tell(user, state));
        }
    }

    fn end(&mut self) {
        for user in std::mem::take(&mut self.users) {
            self.server.presence().end(&self.watcher, &user);
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.end();
    }
}

fn in_json(user: &str, state: presence::State) -> Value {
    let mut told = json!({ "user": user, "online": state.online });
    if let Some(last_seen) = state.last_seen {
        told["lastSeen"] = last_seen.into();
    }
    told
}
