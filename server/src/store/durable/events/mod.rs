//! Events, as the writer records, reads and removes them.

mod begin;
mod keep;
mod write;

use std::collections::VecDeque;
use std::time::Duration;

use mobileim_protocol::Instant;
use tracing::{info, warn};

use crate::database::Failure;
use crate::events::{Ask, Consumer, Entry, EventLog, Job, Move, Record, Unread};
use write::Recording;
pub(super) use write::{Recorder, ended, expired};

/// How many events one transaction records at most, beside those of what it does.
const MAX_AT_ONCE: usize = 8192;

/// How long after a failure what waits is tried again, if nothing else is to be written; and how often it is said how many were
/// left out.
const RETRY: Duration = Duration::from_secs(1);

/// What the writer knows of events.
pub(super) struct Events {
    pub(super) log: EventLog,
    /// What waits to be recorded, with numbers in the order in which it came.
    entries: VecDeque<(u64, Box<Entry>)>,
    asks: VecDeque<Ask>,
    moves: Vec<Move>,
    /// What all events count that were ever recorded.
    written: i64,
    /// What those count that are removed.
    removed: i64,
    /// After a failure, when what waits is tried again.
    retry_at: Option<Instant>,
    /// When it may be said again how many were left out.
    sum_up_at: Instant,
    remove_at: Instant,
}

impl Events {
    fn new(log: EventLog, written: i64, removed: i64, now: Instant) -> Self {
        Self {
            log,
            entries: VecDeque::new(),
            asks: VecDeque::new(),
            moves: Vec::new(),
            written,
            removed,
            retry_at: None,
            sum_up_at: now,
            remove_at: now,
        }
    }

    /// Puts something where it waits.
    pub(super) fn sort(&mut self, number: u64, job: Job) {
        match job {
            Job::Record(entry) => self.entries.push_back((number, entry)),
            Job::Read(ask) => self.asks.push_back(ask),
            Job::Move(to) => self.moves.push(to),
        }
    }

    /// What was done already is to be recorded.
    pub(super) fn add(&mut self, mut records: Vec<(u64, Record)>) {
        records.sort_unstable_by_key(|(number, _)| *number);
        for (number, record) in records {
            let entry = Entry {
                record: Some(record),
                session: None,
                waits: None,
            };
            if self.log.state().take_in(&entry) {
                self.entries.push_back((number, Box::new(entry)));
            } else {
                self.log.state().lose(1);
            }
        }
    }

    /// Whether there is something to be written now.
    pub(super) fn has_work(&self, now: Instant) -> bool {
        let may_try = self.retry_at.is_none_or(|at| at <= now);
        may_try && (!self.entries.is_empty() || !self.moves.is_empty() || self.has_sums(now))
    }

    pub(super) fn has_asks(&self) -> bool {
        !self.asks.is_empty()
    }

    /// Whether something is not recorded yet.
    pub(super) fn has_entries(&self) -> bool {
        !self.entries.is_empty()
    }

    pub(super) const fn remove_at(&self) -> Instant {
        self.remove_at
    }

    /// When there is something to do, if nobody asks for anything.
    pub(super) fn next(&self) -> Instant {
        let at = self.remove_at;
        let state = self.log.state();
        if self.entries.is_empty() && state.lost() == 0 && state.omitted_logins() == 0 {
            return at;
        }
        at.min(self.retry_at.unwrap_or(self.sum_up_at))
    }

    /// Bytes that the next transaction writes at most.
    pub(super) fn bytes(&self) -> u64 {
        let records = self.entries.iter().take(MAX_AT_ONCE);
        let records = records.filter_map(|(_, entry)| entry.record.as_ref());
        records.map(|record| record.bytes() as u64).sum()
    }

    fn has_sums(&self, now: Instant) -> bool {
        let state = self.log.state();
        now >= self.sum_up_at && (state.lost() > 0 || state.omitted_logins() > 0)
    }

    /// The transaction is durable.
    pub(super) fn committed(&mut self, recording: Recording, now: Instant, unix_millis: i64) {
        self.retry_at = None;
        let state = self.log.state();
        if state.fails() {
            state.set_fails(false);
            info!("events are recorded again");
        }
        if recording.lost > 0 || recording.omitted_logins > 0 {
            self.sum_up_at = now + RETRY;
            state.told_lost(recording.lost);
            state.told_logins(recording.omitted_logins);
        }
        self.written = recording.written;
        for (Move { name, to, answer }, moved) in self.moves.drain(..).zip(recording.moved) {
            if moved.is_ok() {
                let seen_at = unix_millis;
                let consumer = to.map(|position| Consumer { position, seen_at });
                self.log.set_consumer(&name, consumer);
            }
            // Nobody may wait for it any more.
            let _ = answer.send(moved);
        }
        self.log.recorded(recording.first, recording.records);
        for (_, mut entry) in self.entries.drain(..recording.entries) {
            self.log.release(&mut entry);
            self.log.state().let_go(&entry);
        }
        self.publish();
    }

    /// Nothing of it is recorded. What waits for that waits no more, as nobody knows for how long: it is recorded when the
    /// database works again.
    pub(super) fn failed(&mut self, failure: &Failure, now: Instant) {
        if !self.has_entries() && self.moves.is_empty() {
            // It failed for others. What comes next is tried at once, so that nothing waits for a database that may fail it.
            return;
        }
        self.retry_at = Some(now + RETRY);
        let state = self.log.state();
        if !state.fails() && self.has_entries() {
            state.set_fails(true);
            warn!(
                "events cannot be recorded: {failure}. Messages are acknowledged all the same, and their events recorded later, unless \
                 the server ends before"
            );
        }
        for (_, entry) in &mut self.entries {
            self.log.release(entry);
        }
        for Move { answer, .. } in self.moves.drain(..) {
            // As above.
            let _ = answer.send(Err(Unread::Fails(failure.to_string())));
        }
    }

    /// The server ends before what waits was recorded.
    fn give_up(&mut self) {
        let lost = self.entries.drain(..);
        let lost = lost.filter(|(_, entry)| entry.record.is_some()).count();
        if lost > 0 {
            self.log.state().lose(lost as u64);
            warn!("{lost} events were not recorded");
        }
    }

    fn publish(&self) {
        let kept = self.log.last() - self.log.removed_through();
        let bytes = self.written - self.removed;
        self.log.set_amount(
            u64::try_from(kept).unwrap_or(0),
            u64::try_from(bytes).unwrap_or(0),
        );
    }
}
