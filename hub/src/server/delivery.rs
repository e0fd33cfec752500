//! A message on its way to the mailboxes of those whom it concerns, and what its sender is told.
//!
//! To a user with one session that is one mailbox. Where users have several devices, it goes to that of each device of the receiver's,
//! and of each other named device of the sender's; the sender is acknowledged when all of them have it, each from its device or
//! in the store.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use mobileim_protocol::mailbox::{Accepted, Envelope, Mutation};
use mobileim_protocol::{Instant, Message, SERVER, fingerprint_hash};

use super::ServerHandle;
use crate::control;
use crate::devices::{Fanout, Mailboxes};
use crate::event::{Delivery, Event, Refusal};
use crate::origin::Origin;
use crate::sender::Sender;
use crate::sent::Sent;
use crate::stats::Outcome;
use crate::trace::Step;

impl ServerHandle {
    /// Takes a message of a user's for `to`: to its sessions, its mailboxes or the store.
    ///
    /// `message` carries both already. Its sender is told nothing yet.
    pub(crate) fn deliver(
        &self,
        now: Instant,
        sender: &Sender,
        to: &str,
        message: &Message<'_>,
    ) -> Sent {
        let Some(envelope) = self.envelope(sender, to, message) else {
            return self.deliver_unreliably(&sender.user, to, message);
        };
        if let Some(log) = self.log_for(&sender.user, to) {
            let accepted = self.give_to_log(now, Some(sender), to, &log, envelope);
            return self.note_accepted(sender, to, message, false, accepted);
        }
        let directory = self.registry().directory();
        let mailboxes = directory.mailboxes(to);
        let copies = self.copies(sender, to);
        // Of a user with several devices, only the one that has sent it is told what becomes of it.
        let is_simple = copies.is_empty() && directory.sole_mailbox(&sender.user).is_some();
        let accepted = match (mailboxes, is_simple) {
            (Mailboxes::Own, true) => self.give(now, to, envelope),
            (Mailboxes::One(mailbox), true) => self.give(now, &mailbox, envelope),
            (mailboxes, _) => {
                let receivers = mailboxes.into_vec(to);
                self.fan_out(now, sender, to, &envelope, receivers, &copies)
            }
        };
        self.note_accepted(sender, to, message, false, accepted)
    }

    /// The same for a message of the application's, as the server or in the name of a user. Its length is nobody else's care.
    pub(crate) fn deliver_from_application(
        &self,
        now: Instant,
        from: &Arc<str>,
        to: &str,
        message: &Message<'_>,
        expires_at: Option<Instant>,
    ) -> Sent {
        let on_behalf = **from != *SERVER;
        let sender = Sender::new(from, from);
        let envelope = envelope(from, message).map(|envelope| Envelope {
            expires_at,
            on_behalf,
            ..envelope
        });
        self.registry().trace().log(message, Step::Received);
        let limit = self.registry().config().max_body;
        let length = match &envelope {
            Some(envelope) => envelope.body.len(),
            None => control::body(message).len(),
        };
        if length > limit {
            if envelope.is_some() {
                self.refuse_as_too_long(&sender, to, message, on_behalf, limit);
            } else {
                self.counters().message_from(from, Outcome::Dropped);
            }
            return Sent::TooLong { limit };
        }
        let Some(envelope) = envelope else {
            return self.deliver_unreliably(from, to, message);
        };
        // What is of no use after a while is no history.
        let log = self.log_for(from, to);
        if let Some(log) = log.filter(|_| expires_at.is_none() || self.is_group(to)) {
            let accepted = self.give_to_log(now, None, to, &log, envelope);
            return self.note_accepted(&sender, to, message, on_behalf, accepted);
        }
        let accepted = match self.registry().directory().mailboxes(to) {
            Mailboxes::Own => self.give(now, to, envelope),
            Mailboxes::One(mailbox) => self.give(now, &mailbox, envelope),
            // Nobody waits for all of them: each tells by an event of its own.
            Mailboxes::Many(mailboxes) => {
                let accepted = mailboxes.iter();
                let accepted = accepted.map(|mailbox| self.give(now, mailbox, envelope.clone()));
                together(&accepted.collect::<Vec<_>>())
            }
        };
        self.note_accepted(&sender, to, message, on_behalf, accepted)
    }

    /// A user's message that is to be acknowledged, as a mailbox takes it; `None` without QoS.
    fn envelope(&self, sender: &Sender, to: &str, message: &Message<'_>) -> Option<Envelope> {
        let mut envelope = envelope(&sender.user, message)?;
        if !self.registry().directory().is_single() {
            // Only what the same device sends to the same user comes again in one order everywhere.
            envelope.lane = Some(sender.lane_to(to));
        }
        Some(envelope)
    }

    pub(super) fn has(&self, mutation: Mutation) -> bool {
        self.registry().config().mailbox.has(mutation)
    }

    /// The mailboxes of the sender's own other devices, which get what is sent to this user.
    pub(super) fn copies(&self, sender: &Sender, to: &str) -> Vec<Arc<str>> {
        if *sender.user == *to {
            // It is on its way to all of them already.
            return Vec::new();
        }
        self.registry().directory().copies(&sender.mailbox)
    }

    /// Gives a message to one mailbox.
    pub(super) fn give(&self, now: Instant, mailbox: &str, envelope: Envelope) -> Accepted {
        self.run(|registry, effects| {
            registry.with_user(now, mailbox, effects, |user, turn| {
                user.deliver(turn, envelope)
            })
        })
    }

    /// Gives a message to several mailboxes, of its receiver and of its sender's own other devices.
    fn fan_out(
        &self,
        now: Instant,
        sender: &Sender,
        to: &str,
        envelope: &Envelope,
        mut receivers: Vec<Arc<str>>,
        copies: &[Arc<str>],
    ) -> Accepted {
        let hash = fingerprint_hash(&envelope.from, &envelope.fp);
        if self.has(Mutation::SkipDevice) && receivers.len() > 1 {
            receivers.pop();
        }
        let mut awaited: Vec<_> = receivers.iter().chain(copies).map(Arc::clone).collect();
        if self.has(Mutation::AcknowledgeFirstDevice) {
            awaited.truncate(1);
        }
        let fanout = Fanout {
            sender: Arc::clone(&sender.mailbox),
            user: Arc::clone(&sender.user),
            to: Arc::from(to),
            fp: Arc::clone(&envelope.fp),
            bridge: envelope.bridge,
            awaited,
            began: now,
        };
        // Before any of them has it: each may answer at once.
        self.fanouts().begin(hash, fanout);
        let mailboxes: Vec<_> = receivers.iter().chain(copies).collect();
        let give = |mailbox: &&Arc<str>| self.give(now, mailbox, envelope.clone());
        let answers: Vec<_> = mailboxes.iter().map(give).collect();
        let accepted = together(&answers[..receivers.len()]);
        if let Accepted::TooLong { .. } = accepted {
            self.fanouts().forget(hash);
            return accepted;
        }
        if answers.contains(&Accepted::Overloaded) {
            // It is repeated, and then each says again what it knows.
            self.fanouts().forget(hash);
            return Accepted::Overloaded;
        }
        for (answer, mailbox) in answers.iter().zip(mailboxes) {
            if let Accepted::TooLong { .. } = answer {
                // Others take it.
                self.settle_mailbox(hash, mailbox);
            }
        }
        accepted
    }

    /// Does not take a message of a user's for `to` before this time has passed. Returns whether the sender is to be told: not
    /// if it has been, or if there is no need to send it again.
    pub(crate) fn put_off(
        &self,
        now: Instant,
        sender: &Sender,
        to: &str,
        message: &Message<'_>,
        wait: Duration,
    ) -> bool {
        let Some(envelope) = self.envelope(sender, to, message) else {
            return false;
        };
        let directory = self.registry().directory();
        let mut is_put_off = false;
        // Nothing of the same sender overtakes it on any device.
        let log = self.log_for(&sender.user, to);
        let is_alone = log.is_some() || self.has(Mutation::OvertakeOwn);
        let mailboxes = log.map_or_else(|| directory.mailboxes(to).into_vec(to), |log| vec![log]);
        let copies = if is_alone {
            Vec::new()
        } else {
            self.copies(sender, to)
        };
        for mailbox in mailboxes.into_iter().chain(copies) {
            let envelope = envelope.clone();
            let accepted = self.run(|registry, effects| {
                registry.with_user(now, &mailbox, effects, |user, turn| {
                    user.put_off(turn, envelope, wait)
                })
            });
            match accepted {
                Some(accepted) => {
                    self.note_accepted(sender, to, message, false, accepted);
                }
                None => is_put_off = true,
            }
        }
        is_put_off
    }

    /// Counts what a mailbox said, and tells whom it concerns.
    fn note_accepted(
        &self,
        sender: &Sender,
        to: &str,
        message: &Message<'_>,
        on_behalf: bool,
        accepted: Accepted,
    ) -> Sent {
        let trace = self.registry().trace();
        match accepted {
            Accepted::Repeated => {
                trace.log(message, Step::SeenBefore);
                self.counters()
                    .message_from(&sender.user, Outcome::Repeated);
                Sent::Repeated
            }
            Accepted::Overloaded => {
                trace.log(message, Step::NotTaken);
                self.counters()
                    .message_from(&sender.user, Outcome::Overloaded);
                Sent::NoRoom
            }
            Accepted::TooLong { limit } => {
                self.refuse_as_too_long(sender, to, message, on_behalf, limit);
                Sent::TooLong { limit }
            }
            _ => {
                trace.log(message, "taken");
                Sent::OnItsWay
            }
        }
    }

    /// Sends a message without QoS on the receiver's sessions, as far as they take it.
    fn deliver_unreliably(&self, from: &str, to: &str, message: &Message<'_>) -> Sent {
        if self.is_group(to) {
            return self.deliver_unreliably_to_group(from, to, message);
        }
        let sent = self.transmit_to_user(to, message);
        self.note_unreliable(from, message, sent)
    }

    /// The same on the sessions of all members, but for its sender's.
    fn deliver_unreliably_to_group(&self, from: &str, to: &str, message: &Message<'_>) -> Sent {
        let mut best = Sent::Offline;
        for member in self.groups().all_members(to) {
            if *member != *from && self.transmit_to_user(&member, message).is_on_its_way() {
                best = Sent::OnItsWay;
            }
        }
        self.note_unreliable(from, message, best)
    }

    fn transmit_to_user(&self, to: &str, message: &Message<'_>) -> Sent {
        match self.registry().directory().mailboxes(to) {
            Mailboxes::Own => self.transmit_unreliably(to, control::body(message)),
            Mailboxes::One(mailbox) => self.transmit_unreliably(&mailbox, control::body(message)),
            Mailboxes::Many(mailboxes) => {
                let body = control::body(message);
                let mailboxes = mailboxes.iter();
                let sent = mailboxes.map(|mailbox| self.transmit_unreliably(mailbox, body.clone()));
                let best = sent.max_by_key(|sent| match sent {
                    Sent::OnItsWay => 2,
                    Sent::TooLong { .. } => 1,
                    _ => 0,
                });
                best.unwrap_or(Sent::Offline)
            }
        }
    }

    fn note_unreliable(&self, from: &str, message: &Message<'_>, sent: Sent) -> Sent {
        let (what, outcome) = match sent {
            Sent::OnItsWay => ("sent", Outcome::Sent),
            Sent::TooLong { .. } => ("dropped: too long", Outcome::Dropped),
            _ => ("dropped: offline", Outcome::Dropped),
        };
        self.registry().trace().log(message, what);
        self.counters().message_from(from, outcome);
        sent
    }

    fn transmit_unreliably(&self, mailbox: &str, body: Bytes) -> Sent {
        self.registry()
            .look_at(mailbox, |user| user.transmit_unreliably(body))
            .unwrap_or(Sent::Offline)
    }

    fn refuse_as_too_long(
        &self,
        sender: &Sender,
        to: &str,
        message: &Message<'_>,
        on_behalf: bool,
        limit: usize,
    ) {
        if !on_behalf {
            self.registry().look_at(&sender.mailbox, |sender| {
                sender.refuse_as_too_long(message, limit);
            });
        }
        let delivery = Delivery {
            from: Origin::of(Arc::clone(&sender.user), on_behalf),
            ..delivery(&sender.user, to, message)
        };
        self.happened(&Event::Refused {
            delivery,
            why: Refusal::TooLong { limit },
        });
    }

    /// The application does not want a message with QoS of `from`.
    pub(crate) fn refuse_by_application(
        &self,
        from: &Arc<str>,
        to: &str,
        message: &Message<'_>,
        code: i64,
    ) {
        self.happened(&Event::Refused {
            delivery: delivery(from, to, message),
            why: Refusal::ByApplication { code },
        });
    }
}

/// What several mailboxes say together: what the receiver has of it on any device counts.
fn together(answers: &[Accepted]) -> Accepted {
    for answer in [Accepted::New, Accepted::Overloaded, Accepted::Repeated] {
        if answers.contains(&answer) {
            return answer;
        }
    }
    let limits = answers.iter().map(|answer| match answer {
        Accepted::TooLong { limit } => *limit,
        _ => 0,
    });
    Accepted::TooLong {
        limit: limits.max().unwrap_or_default(),
    }
}

/// A message that is to be acknowledged, as a mailbox takes it; `None` without QoS.
fn envelope(from: &Arc<str>, message: &Message<'_>) -> Option<Envelope> {
    let fp = message.fingerprint_to_acknowledge()?;
    Some(envelope_with(from, fp, message))
}

/// The same of one that has this fingerprint.
pub(super) fn envelope_with(from: &Arc<str>, fp: &str, message: &Message<'_>) -> Envelope {
    Envelope {
        from: Arc::clone(from),
        fp: Arc::from(fp),
        bridge: message.bridge,
        body: control::body(message),
        expires_at: None,
        on_behalf: false,
        lane: None,
        change: None,
    }
}

/// A message that comes into no mailbox.
fn delivery(from: &Arc<str>, to: &str, message: &Message<'_>) -> Delivery {
    let to = Arc::<str>::from(to);
    Delivery {
        from: Origin::from(Arc::clone(from)),
        mailbox: Arc::clone(&to),
        to,
        fp: Arc::from(message.fp.as_deref().unwrap_or_default()),
        bridge: message.bridge,
    }
}
