//! A user's mailbox: made when there is something to do, run inline by whoever causes it, dropped when idle.

use std::sync::Arc;
use std::time::Duration;

use mobileim_protocol::mailbox::{
    Accepted, Cause, Completion, Envelope, Known, Mailbox, Output, Recollection, SessionId,
    StoredMessage,
};
use mobileim_protocol::{Instant, fingerprint_hash};

use super::logged::{Reader, addressee, with_seq};
use super::{Session, User};
use crate::deferred::Deferred;
use crate::event::{Delivery, Event};
use crate::link::Evidence;
use crate::origin::Origin;
use crate::registry::memory::Remembered;
use crate::registry::seen::InMemory;
use crate::registry::timers::Timer;
use crate::registry::turn::{Effect, Turn};
use crate::store::Which;
use crate::trace::Step;

impl User {
    /// Takes a message with QoS for this user.
    pub(crate) fn deliver(&mut self, turn: &mut Turn<'_>, message: Envelope) -> Accepted {
        let hash = fingerprint_hash(&message.from, &message.fp);
        let to = addressee(&self.id, &self.name, &message.from);
        turn.shared
            .trace
            .remember(turn.now, hash, &to, Step::Received);
        let mailbox = self.mailbox_for(turn, hash);
        let needed = mailbox.memory() + message.body.len() + Mailbox::MESSAGE_BYTES;
        let (room, own) = (turn.room(), turn.config().mailbox.max_bytes);
        if needed > room && room < own {
            turn.shared.counters.short_of_memory.count();
        }
        let accepted = mailbox.deliver(turn.now, message);
        let step = match accepted {
            Accepted::Repeated => Some(Step::SeenBefore),
            Accepted::Overloaded => Some(Step::NotTaken),
            _ => None,
        };
        if let Some(step) = step {
            turn.shared.trace.remember(turn.now, hash, &to, step);
        }
        self.drain_mailbox(turn);
        accepted
    }

    /// Does not take it before this time has passed. `None` if its sender is to be told.
    pub(crate) fn put_off(
        &mut self,
        turn: &mut Turn<'_>,
        message: Envelope,
        wait: Duration,
    ) -> Option<Accepted> {
        let hash = fingerprint_hash(&message.from, &message.fp);
        let mailbox = self.mailbox_for(turn, hash);
        let accepted = mailbox.put_off(turn.now, message, wait);
        self.drain_mailbox(turn);
        accepted
    }

    /// The mailbox, made if there is none, with all that is known of a message with this hash, which comes.
    pub(super) fn mailbox_for(&mut self, turn: &mut Turn<'_>, hash: u64) -> &mut Mailbox {
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
        mailbox.set_room(turn.room());
        if self.session.is_none() {
            mailbox.set_reach(turn.reach.of(&self.name));
        }
        if let Some(known) = turn.memory.received(turn.now, &self.name, hash) {
            let at = turn.now;
            mailbox.recall(Recollection { hash, known, at });
        }
        mailbox
    }

    /// Whether a message came before, by its hash, as far as the mailbox knows.
    pub(crate) fn knows(&self, hash: u64) -> bool {
        let mailbox = self.mailbox.as_ref();
        mailbox.is_some_and(|mailbox| mailbox.knows(hash))
    }

    pub(crate) fn in_memory(&self) -> InMemory {
        self.mailbox
            .as_ref()
            .map_or(InMemory::default(), |mailbox| InMemory {
                messages: mailbox.len(),
                bytes: mailbox.bytes(),
            })
    }

    /// The user has a message of `sender`.
    pub(crate) fn acknowledge(
        &mut self,
        turn: &mut Turn<'_>,
        session: SessionId,
        sender: &str,
        fp: &str,
    ) {
        let mut acknowledged = 0;
        if let Some(mailbox) = &mut self.mailbox {
            let before = mailbox.bytes();
            mailbox.set_room(turn.room());
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
    pub(crate) fn complete(&mut self, turn: &mut Turn<'_>, completion: Completion) {
        if let Some(mailbox) = &mut self.mailbox {
            mailbox.set_room(turn.room());
            let reader = reader(&self.id, &self.name, self.session.as_ref());
            complete(&reader, mailbox, turn, completion);
            self.drain_mailbox(turn);
        }
    }

    /// Takes away what waits in the store, and of what was read of it what is still here: nothing of it is sent after this.
    pub(crate) fn purge(
        &mut self,
        turn: &mut Turn<'_>,
        which: &Which,
    ) -> Deferred<Result<u64, String>> {
        if let Some(mailbox) = &mut self.mailbox {
            mailbox.purge(|message| which.includes(message));
            self.drain_mailbox(turn);
        }
        let purged = turn.shared.store.purge(&self.name, which.clone());
        if let Some(mailbox) = &mut self.mailbox {
            mailbox.set_room(turn.room());
            mailbox.go_on(turn.now);
            self.drain_mailbox(turn);
        }
        purged
    }

    /// Whether this is when the mailbox wakes.
    pub(crate) fn wakes_at(&self, at: Instant) -> bool {
        self.mailbox_wakes_at == Some(at)
    }

    /// Gives the user's id when it becomes known only since senders must repeat something.
    pub(crate) fn begins_to_await(&mut self) -> Option<Arc<str>> {
        let awaits = self.mailbox.as_ref()?.only_awaits();
        if self.is_awaiting || !awaits {
            return None;
        }
        self.is_awaiting = true;
        Some(Arc::clone(&self.name))
    }

    /// Stops waiting for senders to repeat something, if nothing else is known of this user.
    pub(crate) fn ends_to_await(&mut self, turn: &mut Turn<'_>) {
        self.is_awaiting = false;
        if let Some(mailbox) = self
            .mailbox
            .as_mut()
            .filter(|mailbox| mailbox.only_awaits())
        {
            mailbox.forget_awaited();
            self.drain_mailbox(turn);
        }
    }

    /// A deadline of the mailbox has come, unless it was a later one than it had meanwhile.
    pub(crate) fn handle_mailbox_timeout(&mut self, turn: &mut Turn<'_>, at: Instant) {
        if self.mailbox_wakes_at != Some(at) {
            return;
        }
        self.mailbox_wakes_at = None;
        if let Some(mailbox) = &mut self.mailbox {
            mailbox.set_room(turn.room());
            mailbox.handle_timeout(turn.now);
            self.drain_mailbox(turn);
        }
    }

    /// Does what the mailbox puts out, and lets go of it when it has nothing more to do.
    pub(super) fn drain_mailbox(&mut self, turn: &mut Turn<'_>) {
        self.drain(turn);
        let memory = self.mailbox.as_ref().map_or(0, |mailbox| mailbox.memory());
        turn.shared.held.note(&mut self.held, memory);
    }

    fn drain(&mut self, turn: &mut Turn<'_>) {
        let Some(mailbox) = &mut self.mailbox else {
            return;
        };
        let wake_at = loop {
            match mailbox.poll_output() {
                Output::Timeout(deadline) => break deadline.map(|deadline| deadline.at),
                Output::Transmit {
                    session: id,
                    hash,
                    body,
                    is_repetition,
                } => {
                    let trace = &turn.shared.trace;
                    let step = Step::sent(id.0, is_repetition);
                    trace.transmission(turn.now, hash, &self.id, &body, step);
                    if is_repetition {
                        turn.shared.counters.retransmissions.count();
                    }
                    if let Some(session) = self.session.as_ref().filter(|live| live.id == id) {
                        session.link.deliver(session.as_its_client_knows(body));
                    }
                }
                Output::AcknowledgeSender {
                    hash,
                    sender,
                    fp,
                    bridge,
                    on_behalf,
                    cause,
                    after,
                } => {
                    if let Some(after) = after {
                        turn.shared.counters.acknowledged(cause, after.into());
                    }
                    let step = step_of(cause);
                    let origin = Origin::of(sender, on_behalf);
                    let to = addressee(&self.id, &self.name, origin.id());
                    turn.shared.trace.remember(turn.now, hash, &to, step);
                    let delivery = delivery(origin, &to, &self.name, fp, bridge);
                    if is_copy(turn, &delivery) {
                        let mailbox = delivery.mailbox;
                        turn.effects.push(Effect::Copied { mailbox, hash });
                        continue;
                    }
                    turn.happened(match cause {
                        Cause::Delivered => Event::Delivered(delivery),
                        Cause::Stored => Event::Stored(delivery),
                        Cause::Repeated => Event::Repeated(delivery),
                    });
                }
                Output::Fetched {
                    hash,
                    sender,
                    fp,
                    bridge,
                } => {
                    let trace = &turn.shared.trace;
                    trace.remember(turn.now, hash, &self.id, Step::Fetched);
                    let delivery = delivery(sender.into(), &self.id, &self.name, fp, bridge);
                    tell(turn, Event::Fetched, delivery);
                }
                Output::Expired { message } => {
                    let hash = fingerprint_hash(&message.from, &message.fp);
                    turn.shared
                        .trace
                        .remember(turn.now, hash, &self.id, Step::Expired);
                    let delivery = Delivery::of(&message, &self.id, &self.name);
                    tell(turn, Event::Expired, delivery);
                }
                Output::Logged { place, message } => turn.effects.push(Effect::Logged {
                    mailbox: Arc::clone(&self.name),
                    place,
                    message,
                }),
                Output::Rejected { message, why } => {
                    turn.effects.push(Effect::Rejected {
                        mailbox: Arc::clone(&self.name),
                        receiver: addressee(&self.id, &self.name, &message.from),
                        message,
                        why,
                    });
                }
                Output::Store(request) => {
                    if let Some(completion) = turn.submit(&self.name, request) {
                        let reader = reader(&self.id, &self.name, self.session.as_ref());
                        complete(&reader, mailbox, turn, completion);
                    }
                }
            }
        };
        if self.let_go(turn) {
            return;
        }
        if let Some(at) = wake_at
            && self.mailbox_wakes_at.is_none_or(|earlier| at < earlier)
        {
            self.mailbox_wakes_at = Some(at);
            turn.schedule(at, Timer::Mailbox(Arc::clone(&self.name)));
        }
    }

    /// Drops the mailbox if it has nothing more to do. Returns whether it has.
    fn let_go(&mut self, turn: &mut Turn<'_>) -> bool {
        let Some(mailbox) = &mut self.mailbox else {
            return true;
        };
        if mailbox.is_idle() {
            self.mailbox = None;
            return true;
        }
        let Some(recollections) = mailbox.retire() else {
            return false;
        };
        for Recollection { hash, known, .. } in recollections {
            let known = Remembered::Received(known);
            turn.memory.insert(turn.now, &self.name, hash, known);
        }
        self.mailbox = None;
        true
    }
}

fn step_of(cause: Cause) -> Step {
    match cause {
        Cause::Delivered => Step::Delivered,
        Cause::Stored => Step::Stored,
        Cause::Repeated => Step::AcknowledgedAgain,
    }
}

/// A message's end in this mailbox is told, unless it is a copy.
fn tell(turn: &mut Turn<'_>, event: fn(Delivery) -> Event, delivery: Delivery) {
    if !is_copy(turn, &delivery) {
        turn.happened(event(delivery));
    }
}

/// Whether a message is for another of its sender's own devices: no event tells of it. Nor of what users with several devices send to
/// themselves.
fn is_copy(turn: &Turn<'_>, delivery: &Delivery) -> bool {
    let is_own = matches!(&delivery.from, Origin::User(sender) if *sender == delivery.to);
    is_own && !turn.directory().is_single()
}

fn delivery(
    from: Origin,
    receiver: &Arc<str>,
    mailbox: &Arc<str>,
    fp: Arc<str>,
    bridge: bool,
) -> Delivery {
    Delivery {
        from,
        to: Arc::clone(receiver),
        mailbox: Arc::clone(mailbox),
        fp,
        bridge,
    }
}

fn reader<'a>(id: &'a str, name: &'a str, session: Option<&Session>) -> Reader<'a> {
    Reader::new(id, name, session.is_some_and(|session| session.is_mobileim))
}

fn complete(
    reader: &Reader<'_>,
    mailbox: &mut Mailbox,
    turn: &mut Turn<'_>,
    mut completion: Completion,
) {
    let now = turn.now;
    if let Completion::Loaded { messages, .. } = &mut completion {
        for stored in messages.iter_mut() {
            reader.prepare(turn.directory(), stored, with_seq);
        }
        // What was delivered before this mailbox was made, and is not deleted yet, or stored twice.
        for StoredMessage { message, .. } in messages.iter() {
            let hash = fingerprint_hash(&message.from, &message.fp);
            if let Some(known @ Known::Delivered) =
                turn.memory.received(now, reader.mailbox(), hash)
            {
                let at = now;
                mailbox.recall(Recollection { hash, known, at });
            }
        }
    }
    mailbox.handle_store(now, completion);
}
