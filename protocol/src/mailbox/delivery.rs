//! From the sender to the receiver's sessions, and the acknowledgement back.

use alloc::collections::{BTreeSet, VecDeque};
use alloc::sync::Arc;
use core::time::Duration;

use bytes::Bytes;

use super::backlog::Backlog;
use super::config::Mutation;
use super::entry::{Entry, Envelope, Flight, Stored};
use super::output::{Accepted, Cause, Output};
use super::store::{Removal, Request, StoreFailure};
use super::timer::Timer;
use super::{Mailbox, Session, SessionId};
use crate::dedup::fingerprint_hash;
use crate::message::SERVER;
use crate::retransmit::{RoundTripTime, doubled};
use crate::time::{Instant, Span};

/// The first wait for a silent receiver on a stream, and the longest (rule 4).
const STREAM_FIRST: Span = Span::from_secs(2);
const STREAM_MAX: Span = Span::from_secs(60);

impl Mailbox {
    /// Takes a message with QoS for this user.
    pub fn deliver(&mut self, now: Instant, message: Envelope) -> Accepted {
        let hash = fingerprint_hash(&message.from, &message.fp);
        let message = match self.consider(now, hash, message) {
            Ok(message) => message,
            Err(answered) => return answered,
        };
        self.expire_by(message.expires_at);
        if self.is_caught_up() && self.has_room_for(&message) && self.is_deliverable(&message) {
            let persist_at = now + self.persist_after();
            self.timers.set_by(Timer::Persist, persist_at);
            let persist_at = Some(persist_at);
            self.queue
                .push_window(Entry::new(now, hash, message, Stored::Not { persist_at }));
            self.transmit(now);
            return Accepted::New;
        }
        self.deliver_to_store(now, hash, message)
    }

    /// A message with QoS for this user is not to be taken before this time has passed: its sender has it sent again then, and
    /// nothing that the same sender sends is taken before it. `None` if the sender is to be told; what need not come again,
    /// or must wait anyway, is treated as by [`Mailbox::deliver`].
    pub fn put_off(&mut self, now: Instant, message: Envelope, wait: Duration) -> Option<Accepted> {
        let hash = fingerprint_hash(&message.from, &message.fp);
        match self.consider(now, hash, message) {
            Ok(message) => {
                self.await_repetition(now + wait, &message, &[hash]);
                None
            }
            Err(answered) => Some(answered),
        }
    }

    /// Whether a message, by the hash of its sender and fingerprint, came before, and is kept or was answered: should it come again,
    /// [`Mailbox::deliver`] shows it to nobody.
    pub fn knows(&self, hash: u64) -> bool {
        let memories = [&self.delivered, &self.stored, &self.refused, &self.too_long];
        self.queue.find(hash).is_some() || memories.iter().any(|memory| memory.contains(hash))
    }

    /// Gives a message back if it is this one's turn. If not, what became of it.
    fn consider(
        &mut self,
        now: Instant,
        hash: u64,
        message: Envelope,
    ) -> Result<Envelope, Accepted> {
        // Whether it is in memory, and then whether its sender knows that it is stored.
        let pending = self.queue.find(hash).map(|entry| entry.sender_acknowledged);
        let is_done =
            pending == Some(true) || self.delivered.contains(hash) || self.stored.contains(hash);
        if is_done && !self.config.has(Mutation::ForgetDelivered) {
            self.awaited.remove(message.lane(), hash);
            self.acknowledge_sender(hash, message, Cause::Repeated, None);
            return Err(Accepted::Repeated);
        }
        if pending.is_some() {
            return Err(Accepted::Repeated);
        }
        if self.refused.contains(hash) {
            self.reject(message, StoreFailure::QuotaExceeded);
            return Err(Accepted::Repeated);
        }
        let (len, limit) = (message.body.len(), self.limit());
        if limit.is_some_and(|limit| len > limit) || self.too_long.contains(hash) {
            self.too_long.insert(now, hash);
            self.wake_when_forgotten();
            // Nothing of the same sender waits for it any longer.
            self.awaited.remove(message.lane(), hash);
            let limit = limit.unwrap_or(usize::MAX).min(len - 1);
            return Err(Accepted::TooLong { limit });
        }
        let until = now + self.config.await_repetition;
        if self.awaited.must_wait(now, message.lane(), hash, until)
            && !self.config.has(Mutation::TakeSuccessors)
        {
            return Err(Accepted::Overloaded);
        }
        Ok(message)
    }

    /// Sends a message without QoS on every live session that takes it; says whether there was one.
    pub fn deliver_unreliable(&mut self, body: &Bytes) -> bool {
        let before = self.outputs.len();
        transmit_on(&self.sessions, None, body, false, &mut self.outputs);
        self.outputs.len() > before
    }

    /// The user has acknowledged a message of `sender` on a live session.
    pub fn acknowledge(&mut self, now: Instant, session: SessionId, sender: &str, fp: &str) {
        if !self.sessions.iter().any(|live| live.id == session) {
            return;
        }
        let hash = fingerprint_hash(sender, fp);
        let Some((_, entry)) = self.queue.remove(hash) else {
            return;
        };
        if let Some(flight) = entry.flight.filter(|flight| flight.transmissions == 1)
            && let Some(session) = self.sessions.iter_mut().find(|live| live.id == session)
        {
            session
                .acknowledge_time
                .measure(now.span_since(flight.sent));
        }
        if let Stored::At(position) = entry.stored {
            self.done(position, entry.in_log, Removal::Acknowledged);
            self.advance();
        }
        // Also if it came from the store: its sender may not know yet, and repeat itself.
        self.delivered.insert(now, hash);
        self.awaited.remove(entry.message.lane(), hash);
        self.wake_when_forgotten();
        if entry.sender_acknowledged {
            let Envelope {
                from, fp, bridge, ..
            } = entry.message;
            self.outputs.push_back(Output::Fetched {
                hash,
                sender: from,
                fp,
                bridge,
            });
        } else {
            let after = now.span_since(entry.since);
            self.acknowledge_sender(hash, entry.message, Cause::Delivered, Some(after));
        }
        self.load_backlog(now);
        self.transmit(now);
    }

    /// Sends what is in the window and not yet on its way.
    pub(super) fn transmit(&mut self, now: Instant) {
        let Some(timing) = FlightTiming::of(self) else {
            return;
        };
        let retransmit_at = now + timing.wait(1);
        let in_flight = |entry: &Entry| entry.flight.is_some();
        let is_stream = timing.round_trip.is_none();
        // On a stream, what is in flight stands before what is not.
        let (flying, skip) = if is_stream {
            let last = self.queue.window().rposition(in_flight);
            let flying = last.map_or(0, |last| last + 1);
            (flying, flying)
        } else {
            let window = self.queue.window();
            (window.filter(|entry| in_flight(entry)).count(), 0)
        };
        let max_body = self.longest_body();
        let mut free = self.config.in_flight.saturating_sub(flying);
        let mut senders_before = BTreeSet::new();
        let mut sent = false;
        for entry in self.queue.window_mut().skip(skip) {
            if free == 0 {
                break;
            }
            if entry.message.body.len() > max_body {
                continue;
            }
            // A datagram may overtake another: one sender's messages go one by one (docs/architecture.md, "Order").
            let may_fly = is_stream
                || self.config.has(Mutation::SendTogether)
                || senders_before.insert(Arc::clone(&entry.message.from));
            if may_fly && !in_flight(entry) {
                free -= 1;
                sent = true;
                entry.flight = Some(Flight {
                    sent: now,
                    transmissions: 1,
                    retransmit_at,
                });
                transmit_on(
                    &self.sessions,
                    Some(entry.hash),
                    &entry.message.body,
                    false,
                    &mut self.outputs,
                );
                if let Stored::At(position) = entry.stored
                    && self.config.has(Mutation::DeleteWhenSent)
                {
                    self.outputs.push_back(Output::Store(Request::Delete {
                        position,
                        why: Removal::Acknowledged,
                    }));
                }
            }
        }
        if sent {
            self.timers.set_by(Timer::Retransmit, retransmit_at);
        }
    }

    /// Sends again what was not acknowledged in time.
    ///
    /// A stream loses nothing while it stands, so what is unacknowledged there is still on its way, or its
    /// receiver is silent: it gets one message at a time again, lest a slow one be sent everything twice.
    pub(super) fn retransmit(&mut self, now: Instant) {
        let Some(timing) = FlightTiming::of(self) else {
            return;
        };
        let mut may_send = true;
        let mut has_expired = false;
        for entry in self.queue.window_mut() {
            let Some(flight) = &mut entry.flight else {
                continue;
            };
            if flight.retransmit_at > now {
                continue;
            }
            if timing.round_trip.is_some() && entry.message.has_expired(now) {
                // What was sent may have been lost.
                entry.flight = None;
                has_expired = true;
                continue;
            }
            if !may_send {
                flight.retransmit_at = now + STREAM_FIRST;
                continue;
            }
            may_send = timing.round_trip.is_some();
            flight.transmissions += 1;
            flight.retransmit_at = now + timing.wait(flight.transmissions);
            transmit_on(
                &self.sessions,
                Some(entry.hash),
                &entry.message.body,
                true,
                &mut self.outputs,
            );
        }
        if has_expired {
            self.expire(now);
        }
    }

    /// Lets go of what waits and is of no use any more, wherever it stands.
    pub(super) fn expire(&mut self, now: Instant) {
        let expired = self.queue.remove_expired(now);
        if expired.is_empty() {
            return;
        }
        for entry in expired {
            // What is being stored is deleted once it has a position.
            if let Stored::At(position) = entry.stored {
                self.done(position, entry.in_log, Removal::Expired);
            }
            self.awaited.remove(entry.message.lane(), entry.hash);
            let message = entry.message;
            self.outputs.push_back(Output::Expired { message });
        }
        self.advance();
        self.load_backlog(now);
        self.transmit(now);
    }

    /// Something may expire then.
    pub(super) fn expire_by(&mut self, at: Option<Instant>) {
        if let Some(at) = at {
            self.timers.set_by(Timer::Expire, at);
        }
    }

    /// Whether a message may go straight to the sessions: nothing is before it but what is in the window.
    fn is_caught_up(&self) -> bool {
        !self.sessions.is_empty() && matches!(self.backlog, Backlog::Nothing)
    }

    pub(super) fn has_room_for(&self, message: &Envelope) -> bool {
        self.queue.len() < self.max_messages()
            && self.queue.bytes() + message.body.len() <= self.max_bytes()
    }

    /// A message and others of its sender were not taken, and the sender will repeat them.
    pub(super) fn await_repetition(&mut self, now: Instant, first: &Envelope, hashes: &[u64]) {
        // The application is told what became of each message; it may never repeat it.
        let is_applications = |message: &Envelope| message.on_behalf || *message.from == *SERVER;
        if !is_applications(first) {
            let until = now + self.config.await_repetition;
            self.awaited.insert(first.lane(), hashes, until);
            self.timers.set_by(Timer::Forget, until);
        }
    }

    pub(super) fn acknowledge_sender(
        &mut self,
        hash: u64,
        message: Envelope,
        cause: Cause,
        after: Option<Span>,
    ) {
        self.outputs.push_back(Output::AcknowledgeSender {
            hash,
            sender: message.from,
            fp: message.fp,
            bridge: message.bridge,
            on_behalf: message.on_behalf,
            cause,
            after,
        });
    }
}

fn transmit_on(
    sessions: &[Session],
    hash: Option<u64>,
    body: &Bytes,
    is_repetition: bool,
    outputs: &mut VecDeque<Output>,
) {
    for session in sessions {
        if body.len() <= session.max_body {
            outputs.push_back(Output::Transmit {
                session: session.id,
                hash,
                body: body.clone(),
                is_repetition,
            });
        }
    }
}

/// How long to wait for an acknowledgement on the live sessions.
struct FlightTiming {
    /// Measured, if one of the sessions may lose what is sent.
    round_trip: Option<RoundTripTime>,
}

impl FlightTiming {
    /// `None` if there is no session.
    fn of(mailbox: &Mailbox) -> Option<Self> {
        let datagram = mailbox
            .sessions
            .iter()
            .find(|session| session.transport.is_datagram());
        (!mailbox.sessions.is_empty()).then(|| Self {
            round_trip: datagram.map(|session| session.acknowledge_time.clone()),
        })
    }

    fn wait(&self, transmissions: u32) -> Span {
        match &self.round_trip {
            Some(round_trip) => round_trip.timeout(transmissions),
            None => doubled(STREAM_FIRST, transmissions, STREAM_MAX),
        }
    }
}
