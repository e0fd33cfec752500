//! A user's mailbox: made when there is something to do, run inline by whoever causes it, dropped when idle.

use std::sync::Arc;

use mobileim_protocol::Instant;
use mobileim_protocol::mailbox::{Accepted, Envelope, Mailbox, Output, SessionId};

use super::User;
use crate::hub::InMemory;
use crate::hub::link::Evidence;
use crate::hub::timers::Timer;
use crate::hub::turn::{Effect, Turn};
use crate::store::{Completion, Request};

impl User {
    /// Takes a message with QoS for this user.
    pub(in crate::hub) fn deliver(&mut self, turn: &mut Turn<'_>, message: Envelope) -> Accepted {
        if self.mailbox.is_none() {
            let mut mailbox = Box::new(Mailbox::new(turn.config().mailbox));
            if let Some(session) = &self.session {
                // The one that the login made became idle: it has seen the whole backlog.
                mailbox.assume_nothing_stored();
                let (transport, max_body) = (session.link.transport(), session.link.max_body());
                mailbox.attach(turn.now, session.id, transport, max_body);
            }
            self.mailbox = Some(mailbox);
        }
        let mailbox = self.mailbox.as_mut().expect("made above");
        let accepted = mailbox.deliver(turn.now, message);
        self.drain_mailbox(turn);
        accepted
    }

    pub(in crate::hub) fn in_memory(&self) -> InMemory {
        self.mailbox
            .as_ref()
            .map_or(InMemory::default(), |mailbox| InMemory {
                messages: mailbox.len(),
                bytes: mailbox.bytes(),
            })
    }

    /// The user has a message of `sender`.
    pub(in crate::hub) fn acknowledge(
        &mut self,
        turn: &mut Turn<'_>,
        session: SessionId,
        sender: &str,
        fp: &str,
    ) {
        let mut acknowledged = 0;
        if let Some(mailbox) = &mut self.mailbox {
            let before = mailbox.bytes();
            mailbox.acknowledge(turn.now, session, sender, fp);
            acknowledged = before - mailbox.bytes();
            self.drain_mailbox(turn);
        }
        if let Some(live) = self.session.as_ref().filter(|live| live.id == session) {
            let bytes = acknowledged;
            live.link.learn(Evidence::Acknowledged { fp, bytes });
        }
    }

    /// The store has answered later.
    pub(in crate::hub) fn complete(&mut self, turn: &mut Turn<'_>, completion: Completion) {
        if let Some(mailbox) = &mut self.mailbox {
            complete(mailbox, turn.now, completion);
            self.drain_mailbox(turn);
        }
    }

    /// A deadline of the mailbox has come, unless it was a later one than it had meanwhile.
    pub(in crate::hub) fn handle_mailbox_timeout(&mut self, turn: &mut Turn<'_>, at: Instant) {
        if self.mailbox_wakes_at != Some(at) {
            return;
        }
        self.mailbox_wakes_at = None;
        if let Some(mailbox) = &mut self.mailbox {
            mailbox.handle_timeout(turn.now);
            self.drain_mailbox(turn);
        }
    }

    /// Does what the mailbox puts out, and lets go of it when it has nothing more to do.
    pub(super) fn drain_mailbox(&mut self, turn: &mut Turn<'_>) {
        let Some(mailbox) = &mut self.mailbox else {
            return;
        };
        let wake_at = loop {
            let request = match mailbox.poll_output() {
                Output::Timeout(at) => break at,
                Output::Transmit { session: id, body } => {
                    if let Some(session) = self.session.as_ref().filter(|live| live.id == id) {
                        session.link.deliver(body);
                    }
                    continue;
                }
                Output::AcknowledgeSender { sender, fp, bridge } => {
                    turn.effects.push(Effect::AcknowledgeSender {
                        receiver: Arc::clone(&self.id),
                        sender,
                        fp,
                        bridge,
                    });
                    continue;
                }
                Output::Rejected { message, why } => {
                    turn.counters().rejected.count();
                    turn.effects.push(Effect::Rejected {
                        receiver: Arc::clone(&self.id),
                        message,
                        why,
                    });
                    continue;
                }
                Output::Append { messages } => Request::Append { messages },
                Output::Load {
                    after,
                    limit,
                    max_bytes,
                } => Request::Load {
                    after,
                    limit,
                    max_bytes,
                },
                Output::CancelLoad => Request::CancelLoad,
                Output::Delete { position } => Request::Delete { position },
                other => unreachable!("an output that this server does not know: {other:?}"),
            };
            if let Some(completion) = turn.submit(&self.id, request) {
                complete(mailbox, turn.now, completion);
            }
        };
        if mailbox.is_idle() {
            self.mailbox = None;
            return;
        }
        if let Some(at) = wake_at
            && self.mailbox_wakes_at.is_none_or(|earlier| at < earlier)
        {
            self.mailbox_wakes_at = Some(at);
            turn.schedule(at, Timer::Mailbox(Arc::clone(&self.id)));
        }
    }
}

fn complete(mailbox: &mut Mailbox, now: Instant, completion: Completion) {
    match completion {
        Completion::Appended { positions, failure } => mailbox.appended(now, &positions, failure),
        Completion::Loaded { messages, more } => mailbox.loaded(now, messages, more),
        Completion::NotLoaded => mailbox.not_loaded(now),
    }
}
