//! What holds after every call to a mailbox, whatever it was.

use std::collections::BTreeSet;
use std::time::Duration;

use mobileim_protocol::Instant;

use super::model::{Model, id_of, is_durable};
use super::people::Id;
use super::store::Store;

impl Model {
    /// Unless the store owes an answer, what was held for too long is on its way to it; without a session, everything.
    pub fn check_persisted(&self, now: Instant, unanswered: &[Id], store: &Store) {
        if !unanswered.is_empty() {
            return;
        }
        let overdue = |id: &&Id| {
            let store_by = self.life.store_by.get(id);
            self.sessions.is_empty() || store_by.is_some_and(|at| *at <= now)
        };
        let mut overdue = self.life.held.iter().filter(overdue);
        let owed = overdue.find(|id| !(self.messages[**id].received || is_durable(store, **id)));
        assert_eq!(owed, None, "in memory only, for too long");
    }

    /// What holds after every call, whatever it was.
    pub fn check(&self, len: usize, bytes: usize, store: &Store) {
        let durable: BTreeSet<Id> = store.durable.values().map(id_of).collect();
        self.check_bounds(len, bytes);
        self.check_accounts(len, bytes, &durable);
        for (id, sent) in self.messages.iter().enumerate() {
            assert!(
                !sent.acknowledged || sent.shown || sent.received || durable.contains(&id),
                "message {id} was acknowledged, and would not survive a crash"
            );
        }
        self.check_log(store);
    }

    /// Twice the bound, as what may be sent and what waits behind it; and what is read from the store at a time, which is
    /// asked for when half of that, or less, may be sent.
    fn check_bounds(&self, len: usize, bytes: usize) {
        let config = &self.config;
        let may_be_sent = config.max_messages.max(config.load_window / 2);
        let most = config.max_messages + may_be_sent + config.load_window;
        assert!(len <= most, "{len} messages in memory, at most {most}");
        let most = 2 * config.max_bytes + config.max_bytes / 2;
        assert!(bytes <= most, "{bytes} bytes in memory, at most {most}");
    }

    /// In memory is what the mailbox answers for and the store does not have, and nothing that it never got.
    fn check_accounts(&self, len: usize, bytes: usize, durable: &BTreeSet<Id>) {
        let sum = |ids: &mut dyn Iterator<Item = &Id>| {
            ids.fold((0, 0), |(count, bytes), id| {
                (count + 1, bytes + self.messages[*id].envelope.body.len())
            })
        };
        let life = &self.life;
        // What the receiver has got it may get again, once that is forgotten; but it need not.
        let is_owed = |id: &&Id| !self.messages[**id].received;
        let (least, least_bytes) = sum(&mut life.held.difference(durable).filter(is_owed));
        let (most, most_bytes) = sum(&mut life.held.union(&life.loaded));
        assert!(
            (least..=most).contains(&len) && (least_bytes..=most_bytes).contains(&bytes),
            "{len} messages of {bytes} bytes in memory: {least} to {most}, {least_bytes} to {most_bytes} bytes"
        );
    }

    /// If the server were killed now, its senders would repeat what they have no acknowledgement for behind what is
    /// durable. So nothing may be durable without what comes before it.
    fn check_log(&self, store: &Store) {
        let mut logged = BTreeSet::new();
        for message in store.durable.values() {
            let id = id_of(message);
            let sent = &self.messages[id];
            if sent.has_a_place() {
                let before = self.messages[..id].iter().enumerate();
                let mut before =
                    before.filter(|(_, other)| other.sender == sent.sender && other.has_a_place());
                let missing = before.find(|(other, _)| !logged.contains(other));
                let missing = missing.map(|(other, _)| other);
                assert_eq!(missing, None, "message {id} is durable before that");
            }
            logged.insert(id);
        }
    }

    /// An idle mailbox could be dropped now.
    pub fn check_idle(&self, len: usize, store: &Store) {
        assert_eq!(len, 0, "idle, with messages");
        let mut held = self.life.held.iter();
        let owed = held.find(|id| !(self.messages[**id].received || is_durable(store, **id)));
        assert_eq!(owed, None, "idle, and that is nowhere");
        assert!(!store.owes_an_answer(), "idle, with an answer to come");
        if !self.sessions.is_empty() {
            let limits = self.sessions.values().map(|kind| kind.max_body);
            let longest = limits.max().unwrap_or_default();
            let mut waiting = store.durable.iter();
            let waiting = waiting.find(|(position, message)| {
                message.body.len() <= longest && !self.deleted.contains(position)
            });
            assert_eq!(waiting, None, "idle, and that waits to be sent");
        }
        let patience = self.config.remember_for.min(self.config.await_repetition);
        let recent = self.life.awaited.values();
        let mut recent =
            recent.filter(|since| self.latest + Duration::from_secs(1) < **since + patience);
        assert!(recent.next().is_none(), "idle, and awaits a repetition");
    }
}
