//! What a mailbox promises, as a model that watches what goes in and comes out.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use mobileim_protocol::mailbox::{
    Accepted, Cause, Config, Envelope, Position, SessionId, StoreFailure, StoredMessage,
};
use mobileim_protocol::{Instant, SERVER, Transport};

use super::logs::Logs;
use super::memory::Memory;
use super::people::Id;
use super::store::Store;

/// A message and what became of it, whatever server it met.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each of them happens independently of the others"
)]
pub struct Sent {
    pub sender: usize,
    pub envelope: Envelope,
    /// On a device's screen.
    pub(super) shown: bool,
    /// Acknowledged by a device, truly or not.
    pub(super) received: bool,
    pub(super) acknowledged: bool,
    /// Refused for good, or given up by its sender: it may arrive or not.
    pub(super) lost: bool,
    /// What followed it need not wait: its sender had the time to repeat it, and did not; or a session did not take it.
    pub(super) late: bool,
}

impl Sent {
    /// Whether what its sender sent later has to wait for it.
    pub(super) fn has_a_place(&self) -> bool {
        !(self.shown || self.received || self.lost || self.late)
    }
}

/// The outputs of one call.
#[derive(Debug, Default)]
pub struct Outcome {
    pub acknowledged: Vec<Id>,
    pub rejected: Vec<(Id, StoreFailure)>,
    pub outputs: usize,
}

/// What one mailbox has been through, from its creation to a crash or its end.
#[derive(Debug, Default)]
pub(super) struct Life {
    /// Taken, and neither rejected nor acknowledged by the receiver.
    pub(super) held: BTreeSet<Id>,
    /// When each of them has to be on its way into the store at the latest.
    pub(super) store_by: BTreeMap<Id, Instant>,
    /// Read from the store since the first session began, and not acknowledged by the receiver.
    pub(super) loaded: BTreeSet<Id>,
    pub(super) delivered: Memory,
    pub(super) stored: Memory,
    pub(super) acknowledged: BTreeSet<Id>,
    /// Sent since a session began or ended, and not acknowledged.
    pub(super) in_flight: BTreeSet<Id>,
    /// Refused as too long for all sessions.
    pub(super) too_long: BTreeSet<Id>,
    /// To be repeated, since then.
    pub(super) awaited: BTreeMap<Id, Instant>,
    /// What the store said it has where.
    pub(super) positions: BTreeMap<Position, Id>,
}

/// What a session is.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    pub transport: Transport,
    /// The longest body that it takes.
    pub max_body: usize,
}

pub const KINDS: [Kind; 4] = [
    Kind {
        transport: Transport::Tcp,
        max_body: usize::MAX,
    },
    Kind {
        transport: Transport::Udp,
        max_body: usize::MAX,
    },
    Kind {
        transport: Transport::WebSocket,
        max_body: usize::MAX,
    },
    Kind {
        transport: Transport::Tcp,
        max_body: 150,
    },
];

#[derive(Debug)]
pub struct Model {
    pub(super) config: Config,
    pub messages: Vec<Sent>,
    /// The live ones.
    pub sessions: BTreeMap<SessionId, Kind>,
    /// The shortest limit that a session has had.
    shortest: usize,
    pub(super) life: Life,
    pub(super) logs: Logs,
    /// To be removed from the store, or so it was asked since the server began.
    pub(super) deleted: BTreeSet<Position>,
    pub outcome: Outcome,
    pub(super) latest: Instant,
}

impl Model {
    pub fn new(config: Config) -> Self {
        Self {
            config,
            messages: Vec::new(),
            sessions: BTreeMap::new(),
            shortest: usize::MAX,
            life: Life::default(),
            logs: Logs::default(),
            deleted: BTreeSet::new(),
            outcome: Outcome::default(),
            latest: Instant::default(),
        }
    }

    /// A call to the mailbox begins.
    pub fn begin(&mut self, now: Instant) {
        self.latest = self.latest.max(now);
        self.outcome = Outcome::default();
    }

    pub fn send(&mut self, sender: usize, envelope: Envelope) -> Id {
        // It waits for a session that takes it, and what follows it does not.
        let late = envelope.body.len() > self.shortest;
        self.messages.push(Sent {
            sender,
            envelope,
            shown: false,
            received: false,
            acknowledged: false,
            lost: false,
            late,
        });
        self.messages.len() - 1
    }

    pub fn lose(&mut self, id: Id) {
        self.messages[id].lost = true;
    }

    /// Before a message is given to the mailbox: what its sender has not repeated for too long has lost its place.
    pub fn before_delivery(&mut self, id: Id) {
        let sender = self.messages[id].sender;
        for (earlier, since) in &self.life.awaited {
            let sent = &mut self.messages[*earlier];
            let patience = self.config.await_repetition;
            if *earlier != id && sent.sender == sender && self.latest >= *since + patience {
                sent.late = true;
            }
        }
    }

    /// What the mailbox said to a message, once its outputs have been watched.
    pub fn delivered(&mut self, now: Instant, id: Id, accepted: Accepted, len_before: usize) {
        let was_acknowledged = self.outcome.acknowledged.contains(&id);
        let known = self.is_remembered(id);
        match accepted {
            Accepted::New => {
                assert!(!known, "message {id} is done, and taken as new");
                let len = self.messages[id].envelope.body.len();
                assert!(
                    self.sessions.is_empty()
                        || self.sessions.values().any(|kind| len <= kind.max_body),
                    "message {id} is taken, and no session ever shows it"
                );
                assert!(!was_acknowledged, "message {id} is acknowledged at once");
            }
            Accepted::Repeated => {
                let refused = (self.outcome.rejected.iter()).any(|(other, _)| *other == id);
                assert!(
                    was_acknowledged || !known,
                    "message {id} is done, and its sender is not told"
                );
                let pending = self.life.held.contains(&id) && !self.life.acknowledged.contains(&id);
                assert!(
                    was_acknowledged || refused || pending,
                    "message {id} was never seen, and is taken as repeated"
                );
            }
            Accepted::Overloaded => {
                assert!(!known, "message {id} is done, and not recognised");
                assert_eq!(self.outcome.outputs, 0, "message {id} is not taken");
                let sender = self.messages[id].sender;
                let mut awaited = self.life.awaited.keys();
                assert!(
                    len_before > 0 || awaited.any(|other| self.messages[*other].sender == sender),
                    "message {id} is not taken, without a reason"
                );
                self.await_repetition(now, id);
            }
            Accepted::TooLong { limit } => {
                assert!(!known, "message {id} is done, and not recognised");
                assert_eq!(self.outcome.outputs, 0, "message {id} is not taken");
                let len = self.messages[id].envelope.body.len();
                assert!(limit < len, "message {id} is not too long");
                let taken = self.sessions.values().any(|kind| len <= kind.max_body);
                assert!(
                    self.life.too_long.contains(&id) || !taken && !self.sessions.is_empty(),
                    "message {id} is refused, though a session takes it"
                );
                self.life.too_long.insert(id);
                self.life.awaited.remove(&id);
                self.lose(id);
            }
            other => panic!("unknown answer {other:?}"),
        }
    }

    /// Before its outputs are watched: a message may be sent, and taken.
    pub fn take(&mut self, now: Instant, id: Id) {
        self.life.held.insert(id);
        let store_by = now + self.config.persist_after_max;
        self.life.store_by.insert(id, store_by);
        self.life.acknowledged.remove(&id);
        self.life.awaited.remove(&id);
    }

    /// Whether a message is done, and must be known as such.
    fn is_remembered(&self, id: Id) -> bool {
        [&self.life.delivered, &self.life.stored]
            .into_iter()
            .any(|memory| memory.contains(&self.config, self.latest, id))
    }

    fn await_repetition(&mut self, now: Instant, id: Id) {
        if *self.messages[id].envelope.from != *SERVER {
            self.life.awaited.insert(id, now);
        }
    }

    pub fn attach(&mut self, session: SessionId, kind: Kind) {
        self.sessions.insert(session, kind);
        self.shortest = self.shortest.min(kind.max_body);
        for sent in &mut self.messages {
            sent.late |= sent.envelope.body.len() > kind.max_body;
        }
        self.life.in_flight.clear();
    }

    pub fn detach(&mut self, session: SessionId) {
        self.sessions.remove(&session);
        self.life.in_flight.clear();
        if self.sessions.is_empty() {
            self.life.loaded.clear();
        }
    }

    /// A device has shown a message to its user, for the first time.
    pub fn show(&mut self, id: Id) {
        let sent = &self.messages[id];
        if !sent.shown && sent.has_a_place() {
            let mut earlier = self.messages[..id].iter();
            let missing =
                earlier.position(|other| other.sender == sent.sender && other.has_a_place());
            assert_eq!(missing, None, "message {id} is shown before that");
        }
        self.messages[id].shown = true;
    }

    /// A device's acknowledgement has made the mailbox let go of a message, or not.
    pub fn receive(&mut self, now: Instant, id: Id, let_go: bool) {
        if !let_go {
            assert!(self.outcome.acknowledged.is_empty());
            return;
        }
        let known = self.life.held.remove(&id) | self.life.loaded.remove(&id);
        assert!(known, "message {id} was not in memory");
        self.life.in_flight.remove(&id);
        self.messages[id].received = true;
        self.life.delivered.insert(&self.config, now, id);
        self.life.awaited.remove(&id);
    }

    /// Once the outputs of that have been watched.
    pub fn received(&self, id: Id, came_from_the_store: bool) {
        assert!(
            came_from_the_store || self.life.acknowledged.contains(&id),
            "message {id} was received, and its sender is not told"
        );
    }

    pub fn is_loaded(&self, id: Id) -> bool {
        self.life.loaded.contains(&id)
    }

    /// What the store's answer says, before the mailbox is told.
    pub fn appended(
        &mut self,
        now: Instant,
        positions: &[Option<Position>],
        batch: &[Id],
        failure: Option<StoreFailure>,
    ) {
        assert!(positions.len() <= batch.len());
        for (position, id) in positions.iter().zip(batch) {
            if position.is_none() {
                self.life.store_by.remove(id);
            }
        }
        for id in &batch[positions.len()..] {
            // The receiver is there and may yet acknowledge it.
            self.life.store_by.remove(id);
            if failure == Some(StoreFailure::Unavailable) {
                let store_by = now + self.config.store_retry;
                self.life.store_by.insert(*id, store_by);
            }
        }
        let known = positions.iter().copied().zip(batch.iter().copied());
        let known = known.filter_map(|(position, id)| Some((position?, id)));
        self.life.positions.extend(known);
    }

    pub fn loaded(&mut self, now: Instant, messages: &[StoredMessage], for_a_live_session: bool) {
        // What waited behind these may be sent now, and has the time that it would have had.
        for store_by in self.life.store_by.values_mut() {
            *store_by = (*store_by).max(now + self.config.persist_after_max);
        }
        for stored in messages {
            let id = id_of(&stored.message);
            self.life.positions.insert(stored.position, id);
            if for_a_live_session && !self.life.delivered.contains(&self.config, self.latest, id) {
                self.life.loaded.insert(id);
            }
        }
    }

    /// What was acknowledged in an answer of the store is remembered as stored.
    pub fn answered(&mut self, now: Instant) {
        for id in &self.outcome.acknowledged {
            self.life.stored.insert(&self.config, now, *id);
        }
    }

    pub fn transmit(&mut self, session: SessionId, body: &Bytes) -> Option<Id> {
        let kind = self.sessions.get(&session);
        let kind = kind.expect("only live sessions are sent anything");
        assert!(body.len() <= kind.max_body, "more than the session takes");
        let id = id_of_body(body)?;
        let sent = &self.messages[id];
        assert_eq!(sent.envelope.body, *body, "bodies come out as they went in");
        let life = &mut self.life;
        assert!(
            life.held.contains(&id) || life.loaded.contains(&id),
            "message {id} is not the mailbox's to send"
        );
        assert!(
            !life.delivered.contains(&self.config, self.latest, id),
            "message {id} is sent again after it was received"
        );
        let mut kinds = self.sessions.values();
        if kinds.any(|kind| kind.transport.is_datagram()) {
            let mut others = life.in_flight.iter().filter(|other| **other != id);
            let overtaken = others.find(|other| self.messages[**other].sender == sent.sender);
            assert_eq!(overtaken, None, "may be overtaken by message {id}");
        }
        life.in_flight.insert(id);
        assert!(life.in_flight.len() <= self.config.in_flight, "in flight");
        Some(id)
    }

    pub fn acknowledge_sender(&mut self, sender: &str, fp: &str, bridge: bool) -> Id {
        let id: Id = fp.parse().expect("a fingerprint that was given");
        let sent = &mut self.messages[id];
        assert_eq!(
            (&*sent.envelope.from, sent.envelope.bridge),
            (sender, bridge)
        );
        sent.acknowledged = true;
        assert!(
            !self.outcome.acknowledged.contains(&id),
            "message {id} is acknowledged twice at once"
        );
        self.outcome.acknowledged.push(id);
        self.life.acknowledged.insert(id);
        self.life.awaited.remove(&id);
        id
    }

    /// An acknowledgement is true, and gives the true cause.
    pub fn check_cause(&self, id: Id, cause: Cause, store: &Store) {
        let (received, durable) = (self.messages[id].received, is_durable(store, id));
        let is_true = match cause {
            Cause::Delivered => received,
            Cause::Stored => durable,
            Cause::Repeated => received || durable,
        };
        assert!(
            is_true,
            "message {id} is acknowledged as {cause:?}, and neither received nor stored, or not so"
        );
    }

    /// A stored message has reached its receiver.
    pub fn fetched(&self, sender: &str, fp: &str) {
        let id: Id = fp.parse().expect("a fingerprint that was given");
        let sent = &self.messages[id];
        assert_eq!(&*sent.envelope.from, sender);
        assert!(sent.received, "message {id} was not received");
    }

    pub fn append(&self, messages: &[Envelope], store: &Store) {
        assert!(!messages.is_empty(), "an append of nothing");
        assert_eq!(store.unanswered_appends(), 0, "one append at a time");
        let ids: BTreeSet<_> = messages.iter().map(id_of).collect();
        assert_eq!(ids.len(), messages.len(), "a message twice in one append");
        assert!(ids.is_subset(&self.life.held), "appended and not held");
    }

    pub fn delete(&mut self, position: Position, store: &Store) {
        assert!(!store.log.contains_key(&position), "deleted from a log");
        let id =
            *(self.life.positions.get(&position)).expect("deleted is what the store has named");
        self.deleted.insert(position);
        let mut others = store.durable.iter();
        let copy = others.any(|(other, copy)| id_of(copy) == id && !self.deleted.contains(other));
        assert!(
            copy || self.messages[id].received,
            "message {id} is deleted, and not received"
        );
    }

    pub fn reject(&mut self, now: Instant, message: &Envelope, why: StoreFailure) -> Id {
        let id = id_of(message);
        assert!(
            !self.is_remembered(id),
            "message {id} is done, and rejected"
        );
        self.life.held.remove(&id);
        self.outcome.rejected.push((id, why));
        if why == StoreFailure::Unavailable {
            self.await_repetition(now, id);
        } else {
            self.lose(id);
        }
        id
    }

    /// The server is gone, and with it what the application on it had sent: it is not told what became of it.
    pub fn crash(&mut self) {
        self.deleted.clear();
        self.forget_passed();
        let from_inside = |sent: &&mut Sent| *sent.envelope.from == *SERVER;
        for sent in self.messages.iter_mut().filter(from_inside) {
            sent.lost |= !sent.acknowledged;
        }
    }

    /// Another mailbox takes over.
    pub fn begin_life(&mut self) {
        for id in self.life.awaited.keys() {
            self.messages[*id].late = true;
        }
        self.life = Life::default();
        self.logs.begin_life();
        self.sessions.clear();
    }

    /// What should have been shown, and was not.
    pub fn missing(&self) -> Vec<Id> {
        let messages = self.messages.iter().enumerate();
        let missing = messages.filter(|(_, sent)| !(sent.shown || sent.received || sent.lost));
        missing.map(|(id, _)| id).collect()
    }
}

/// The fingerprints are numbers, so that a message tells which one it is.
pub fn id_of(message: &Envelope) -> Id {
    message.fp.parse().expect("a fingerprint that was given")
}

/// So do the bodies; those without QoS are empty.
fn id_of_body(body: &[u8]) -> Option<Id> {
    let text = std::str::from_utf8(body).expect("bodies come out as they went in");
    text.split('|').next()?.parse().ok()
}

pub(super) fn is_durable(store: &Store, id: Id) -> bool {
    store.durable.values().any(|message| id_of(message) == id)
}
