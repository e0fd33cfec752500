//! What the server counts.

mod asked;
mod auth;
mod counter;
mod labels;

use std::time::Duration;

use mobileim_protocol::mailbox::Cause;
use mobileim_protocol::{SERVER, Transport};

use crate::event::{Delivery, Event, Refusal};
use crate::histogram::{Durations, Histogram};
use crate::link::CloseReason;
use crate::origin::Origin;
use crate::store::StoreStats;
pub use asked::{AskedStats, HookStats};
pub use auth::AuthStats;
pub use counter::{Counter, Counts, Label};
pub use labels::{LoginOutcome, MessageKind, MessageOutcome, Outcome};

/// Counts since the start, and how many sessions there are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Sessions now.
    pub sessions: Counts<Transport>,
    /// Sessions that began.
    pub sessions_begun: Counts<Transport>,
    /// Why sessions ended.
    pub sessions_ended: Counts<CloseReason>,
    /// Why connections ended that had no session.
    pub closed_without_session: Counts<CloseReason>,
    /// What became of logins.
    pub logins: Counts<LoginOutcome>,
    /// What became of messages.
    pub messages: Counts<MessageOutcome>,
    /// From when a message came until its receiver had acknowledged it, of those that were not stored.
    pub delivery: Durations,
    /// From when a message came until it was durable: how long a silent receiver was waited for, and the store.
    pub storing: Durations,
    /// Messages that were sent again on the same session, since they were not acknowledged in time.
    pub retransmissions: u64,
    /// What mailboxes hold in memory, in bytes, but for less than 4 KiB each.
    pub mailbox_bytes: u64,
    /// Messages for which there was no room in memory, as all mailboxes together had too little left: they were stored at once, or
    /// not taken, and their senders send them again.
    pub short_of_memory: u64,
    /// Bodies that were no valid message, or too long for one.
    pub invalid: u64,
    /// Datagrams that could not be sent, or were not since too many waited.
    pub lost_datagrams: u64,
    /// Datagrams from the address of a session, without its secret: somebody else's, and dropped.
    pub forged_datagrams: u64,
    /// Connections that were closed at once, since there were as many as may be.
    pub refused_connections: u64,
    /// Connections that did not get as far as speaking: the TLS handshake failed, or no trusted proxy's PROXY header came.
    pub failed_openings: u64,
    /// Panics that ended a connection, or one turn of the timers, and not the server.
    pub panics: u64,
    /// What the store has done.
    pub store: StoreStats,
    /// What the authenticator has done.
    pub auth: AuthStats,
    /// What the application has asked others.
    pub hooks: HookStats,
}

impl Stats {
    /// How many messages had this outcome, between whomever.
    pub fn with_outcome(&self, outcome: Outcome) -> u64 {
        self.messages.by_second().of(outcome)
    }
}

/// The counters behind [`Stats`]. Most are counted by the events that they stand for.
#[derive(Debug, Default)]
pub struct Counters {
    sessions_begun: counter::Counters<Transport>,
    sessions_ended: counter::Counters<(Transport, CloseReason)>,
    closed_without_session: counter::Counters<CloseReason>,
    logins: counter::Counters<LoginOutcome>,
    messages: counter::Counters<MessageOutcome>,
    delivery: Histogram,
    storing: Histogram,
    pub(crate) retransmissions: Counter,
    /// See [`Stats::short_of_memory`].
    pub(crate) short_of_memory: Counter,
    pub(crate) invalid: Counter,
    /// See [`Stats::lost_datagrams`].
    pub lost_datagrams: Counter,
    /// See [`Stats::forged_datagrams`].
    pub forged_datagrams: Counter,
    /// See [`Stats::refused_connections`].
    pub refused_connections: Counter,
    /// See [`Stats::failed_openings`].
    pub failed_openings: Counter,
    /// See [`Stats::panics`].
    pub panics: Counter,
}

impl Counters {
    pub(crate) fn note(&self, event: &Event) {
        match event {
            Event::Online { peer, .. } => self.sessions_begun.of(peer.transport).count(),
            Event::Offline { peer, reason, .. } => {
                self.sessions_ended.of((peer.transport, *reason)).count();
            }
            Event::Delivered(delivery) => self.message(kind(delivery), Outcome::Delivered),
            Event::Stored(delivery) => self.message(kind(delivery), Outcome::Stored),
            Event::Fetched(delivery) => self.message(kind(delivery), Outcome::Fetched),
            // They were counted when they came.
            Event::Repeated(_) | Event::Received { .. } | Event::LoginRefused { .. } => {}
            Event::Refused { delivery, why } => {
                let outcome = match why {
                    Refusal::TooLong { .. } => Outcome::TooLong,
                    Refusal::MailboxFull => Outcome::MailboxFull,
                    Refusal::NoStore => Outcome::NoStore,
                    Refusal::Unavailable => Outcome::Unavailable,
                    Refusal::ByApplication { .. } => return,
                };
                self.message(kind(delivery), outcome);
            }
            Event::Expired(delivery) => self.message(kind(delivery), Outcome::Expired),
        }
    }

    pub(crate) fn message(&self, kind: MessageKind, outcome: Outcome) {
        self.messages.of((kind, outcome)).count();
    }

    /// The same by a message's sender.
    pub(crate) fn message_from(&self, from: &str, outcome: Outcome) {
        let kind = if from == SERVER {
            MessageKind::ServerToClient
        } else {
            MessageKind::ClientToClient
        };
        self.message(kind, outcome);
    }

    pub(crate) fn login(&self, outcome: LoginOutcome) {
        self.logins.of(outcome).count();
    }

    /// A connection ends that had no session.
    pub fn closed_without_session(&self, reason: CloseReason) {
        self.closed_without_session.of(reason).count();
    }

    /// A sender is acknowledged so long after its message came.
    pub(crate) fn acknowledged(&self, cause: Cause, after: Duration) {
        match cause {
            Cause::Delivered => self.delivery.observe(after),
            Cause::Stored => self.storing.observe(after),
            Cause::Repeated => {}
        }
    }

    pub(crate) fn read(&self, store: StoreStats, auth: AuthStats) -> Stats {
        // What has ended is read first: it began before.
        let ended = self.sessions_ended.read();
        let begun = self.sessions_begun.read();
        Stats {
            sessions: begun.minus(&ended.by_first()),
            sessions_begun: begun,
            sessions_ended: ended.by_second(),
            closed_without_session: self.closed_without_session.read(),
            logins: self.logins.read(),
            messages: self.messages.read(),
            delivery: self.delivery.read(),
            storing: self.storing.read(),
            retransmissions: self.retransmissions.read(),
            mailbox_bytes: 0,
            short_of_memory: self.short_of_memory.read(),
            invalid: self.invalid.read(),
            lost_datagrams: self.lost_datagrams.read(),
            forged_datagrams: self.forged_datagrams.read(),
            refused_connections: self.refused_connections.read(),
            failed_openings: self.failed_openings.read(),
            panics: self.panics.read(),
            store,
            auth,
            hooks: HookStats::default(),
        }
    }
}

fn kind(delivery: &Delivery) -> MessageKind {
    match delivery.from {
        Origin::User(_) | Origin::OnBehalf(_) => MessageKind::ClientToClient,
        Origin::Server => MessageKind::ServerToClient,
    }
}
