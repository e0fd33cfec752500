//! What was taken from the table and is not done with: on its way through the hub, to be tried again, or to be noted in the table.
//!
//! The hub tells what becomes of each, on whatever thread; the tasks that read the table and write to it look here for what to do.

use std::collections::hash_map::RandomState;
use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher as _;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mobileim_hub::{Delivery, Event, Refusal};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::entry::{Mark, Marks, Names, State, Submission};
use super::stats::Counts;
use crate::observers::Observer;

/// How many messages are under way at most, of all and of one receiver: one that takes nothing is not to keep others from it.
const MAX_UNDER_WAY: usize = 2048;
const MAX_OF_RECEIVER: usize = 256;

/// How many bytes of texts they have at most, but for one message.
const MAX_BYTES: usize = 32 << 20;

/// Of so many messages that are stored it is known that they were submitted; of more, the table is asked.
const MAX_STORED: usize = 1 << 18;

/// How many messages that were fetched and are not known here wait to be noted at most.
const MAX_FETCHED: usize = 1 << 16;

/// What the hub has no room for is tried again after this time.
const RETRY_AFTER: Duration = Duration::from_millis(100);

/// Where messages are from when they are taken from the table until it is noted what became of them.
pub(super) struct Desk {
    held: Mutex<Held>,
    hasher: RandomState,
    /// Whether the hub has anything that events could be about.
    is_watching: AtomicBool,
    /// There is something to note.
    pub(super) to_mark: Notify,
    /// There is room again, or something to try again.
    pub(super) to_read: Notify,
    pub(super) counts: Counts,
    is_closed: AtomicBool,
    /// Something was noted.
    noted: Notify,
}

#[derive(Default)]
struct Held {
    /// Everything that was taken and is not noted to be done with, by position.
    taken: HashMap<i64, Arc<Submission>>,
    bytes: usize,
    of_receiver: HashMap<Arc<str>, usize>,
    /// What the hub has, by the hash of its names.
    with_hub: HashMap<u64, i64>,
    /// What is to be tried again, by receiver, in order.
    again: HashMap<Arc<str>, Again>,
    /// What is stored and not fetched, by the hash of its names.
    stored: HashMap<u64, i64>,
    /// Whether more is stored than is known here.
    knows_all_stored: bool,
    marks: Marks,
}

struct Again {
    submissions: BTreeMap<i64, Arc<Submission>>,
    at: Instant,
}

impl Default for Desk {
    /// Of what is stored it knows nothing yet, and so watches everything.
    fn default() -> Self {
        Self {
            held: Mutex::default(),
            hasher: RandomState::new(),
            is_watching: AtomicBool::new(true),
            to_mark: Notify::new(),
            to_read: Notify::new(),
            counts: Counts::default(),
            is_closed: AtomicBool::new(false),
            noted: Notify::new(),
        }
    }
}

impl Desk {
    /// How many more may be taken.
    pub(super) fn room(&self) -> usize {
        let held = self.held.lock();
        if held.bytes >= MAX_BYTES {
            return 0;
        }
        MAX_UNDER_WAY.saturating_sub(held.taken.len())
    }

    /// Nothing more is to be noted than what is known by now.
    pub(super) fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
        self.to_mark.notify_one();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Acquire)
    }

    /// Waits until nothing is under way that is not to be tried again, and all is noted.
    pub(super) async fn settled(&self) {
        loop {
            let noted = self.noted.notified();
            if self.is_settled() {
                return;
            }
            noted.await;
        }
    }

    /// How many were taken.
    pub(super) fn len(&self) -> usize {
        self.held.lock().taken.len()
    }

    /// Whether nothing is under way, and nothing to be noted.
    fn is_settled(&self) -> bool {
        let held = self.held.lock();
        let to_try_again = held.again.values().map(|again| again.submissions.len());
        held.taken.len() == to_try_again.sum::<usize>() && held.marks.is_empty()
    }

    /// The receivers of whom no more is to be taken.
    pub(super) fn full_receivers(&self) -> Vec<String> {
        let held = self.held.lock();
        let full = held.of_receiver.iter();
        full.filter(|(_, count)| **count >= MAX_OF_RECEIVER)
            .map(|(receiver, _)| receiver.to_string())
            .collect()
    }

    /// Leaves those positions that were not taken yet.
    pub(super) fn retain_new(&self, positions: &mut Vec<i64>) {
        let held = self.held.lock();
        positions.retain(|position| !held.taken.contains_key(position));
    }

    /// Takes a message, to be sent now. `None` if others to the same receiver are to be sent before it.
    pub(super) fn take(&self, submission: Submission) -> Option<Arc<Submission>> {
        let submission = Arc::new(submission);
        let mut held = self.held.lock();
        let before = held
            .taken
            .insert(submission.position, Arc::clone(&submission));
        debug_assert!(before.is_none(), "it was taken before");
        held.bytes += submission.text.len();
        *held
            .of_receiver
            .entry(Arc::clone(&submission.receiver))
            .or_default() += 1;
        if let Some(again) = held.again.get_mut(&submission.receiver) {
            again.submissions.insert(submission.position, submission);
            return None;
        }
        self.give_to_hub(&mut held, &submission);
        Some(submission)
    }

    /// A row that is no message that could be sent.
    pub(super) fn refuse(&self, submission: Submission, reason: &str) {
        let position = submission.position;
        let mut held = self.held.lock();
        held.bytes += submission.text.len();
        *held
            .of_receiver
            .entry(Arc::clone(&submission.receiver))
            .or_default() += 1;
        held.taken.insert(position, Arc::new(submission));
        self.counts.refused.count();
        held.mark(position, State::Refused, Some(reason.to_owned()));
        self.to_mark.notify_one();
    }

    /// The hub has no room for it now.
    pub(super) fn put_back(&self, submission: &Submission) {
        let key = self.key(&submission.sender, &submission.receiver, &submission.fp);
        let mut held = self.held.lock();
        if held.with_hub.get(&key) == Some(&submission.position) {
            held.with_hub.remove(&key);
            held.try_again(submission.position);
        }
    }

    /// It was not sent before it was too late.
    pub(super) fn expire(&self, submission: &Submission) {
        let key = self.key(&submission.sender, &submission.receiver, &submission.fp);
        let mut held = self.held.lock();
        if held.with_hub.get(&key) == Some(&submission.position) {
            held.with_hub.remove(&key);
        }
        self.counts.expired.count();
        held.mark(submission.position, State::Expired, None);
        self.note_watching(&held);
        drop(held);
        self.to_mark.notify_one();
    }

    /// It is of no use any more, or was taken away, before its receiver had it. What is not known here is found out later.
    pub(super) fn lost(&self, sender: &str, receiver: &str, fp: &str) {
        if !self.is_watching.load(Ordering::Acquire) {
            return;
        }
        let key = self.key(sender, receiver, fp);
        let mut held = self.held.lock();
        let stored = held.stored.remove(&key);
        if let Some(position) = held.with_hub.remove(&key).or(stored) {
            self.counts.expired.count();
            held.mark(position, State::Expired, None);
        }
        self.note_watching(&held);
        drop(held);
        self.to_mark.notify_one();
    }

    /// The next message that is to be tried again by now.
    pub(super) fn next_again(&self, now: Instant) -> Option<Arc<Submission>> {
        let mut held = self.held.lock();
        let (receiver, again) = held.again.iter_mut().find(|(_, again)| again.at <= now)?;
        let receiver = Arc::clone(receiver);
        let (_, submission) = again.submissions.pop_first()?;
        if again.submissions.is_empty() {
            held.again.remove(&receiver);
        }
        self.give_to_hub(&mut held, &submission);
        Some(submission)
    }

    /// When something is to be tried again.
    pub(super) fn again_at(&self) -> Option<Instant> {
        self.held.lock().again.values().map(|again| again.at).min()
    }

    /// What is stored and not fetched, as the table has it at the start. `None` if that is too much to know, or unknown.
    pub(super) fn know_stored(&self, stored: Option<Vec<(i64, Names)>>) {
        let mut held = self.held.lock();
        held.knows_all_stored = stored.is_some();
        for (position, names) in stored.into_iter().flatten() {
            let key = self.key(&names.sender, &names.receiver, &names.fp);
            held.stored.insert(key, position);
        }
        self.note_watching(&held);
    }

    /// These are not stored any more: they were fetched, or else have waited for too long.
    pub(super) fn note_gone(&self, gone: &[(i64, bool)]) {
        let mut held = self.held.lock();
        for (position, is_old) in gone {
            let state = if *is_old {
                State::Expired
            } else {
                State::Delivered
            };
            held.mark(*position, state, None);
        }
        drop(held);
        self.forget_stored(gone.iter().map(|(position, _)| *position).collect());
        self.to_mark.notify_one();
    }

    /// These are not stored, or not in the table, any more.
    pub(super) fn forget_stored(&self, mut removed: Vec<i64>) {
        removed.sort_unstable();
        let mut held = self.held.lock();
        held.stored
            .retain(|_, position| removed.binary_search(position).is_err());
        self.note_watching(&held);
    }

    /// How many stored messages the desk knows at most.
    pub(super) const fn max_stored() -> usize {
        MAX_STORED
    }

    /// What is to be noted now.
    pub(super) fn take_marks(&self) -> Marks {
        mem::take(&mut self.held.lock().marks)
    }

    /// It was noted.
    pub(super) fn marked(&self, marks: &Marks) {
        let mut held = self.held.lock();
        for position in marks.by_position.keys() {
            held.forget(*position);
        }
        drop(held);
        self.to_read.notify_one();
        self.noted.notify_waiters();
    }

    /// It could not be noted, and is to be again.
    pub(super) fn not_marked(&self, marks: Marks) {
        let mut held = self.held.lock();
        let newer = mem::replace(&mut held.marks, marks);
        for (position, mark) in newer.by_position {
            held.marks.note(position, mark);
        }
        held.marks.fetched.extend(newer.fetched);
    }

    fn give_to_hub(&self, held: &mut Held, submission: &Submission) {
        let key = self.key(&submission.sender, &submission.receiver, &submission.fp);
        held.with_hub.insert(key, submission.position);
        self.note_watching(held);
    }

    fn note_watching(&self, held: &Held) {
        let watches =
            !held.with_hub.is_empty() || !held.stored.is_empty() || !held.knows_all_stored;
        self.is_watching.store(watches, Ordering::Release);
    }

    fn key(&self, sender: &str, receiver: &str, fp: &str) -> u64 {
        self.hasher.hash_one((sender, receiver, fp))
    }

    fn settle(&self, delivery: &Delivery, became: Became) {
        let sender = delivery.from.id();
        if matches!(became, Became::Expired) {
            return self.lost(sender, &delivery.to, &delivery.fp);
        }
        let key = self.key(sender, &delivery.to, &delivery.fp);
        let mut held = self.held.lock();
        if matches!(became, Became::Fetched) {
            // Perhaps it was stored before a restart, and sent again since: the copy that is on its way goes nowhere.
            let stored = held.stored.remove(&key);
            let with_hub = held.with_hub.remove(&key);
            if let Some(position) = stored.or(with_hub) {
                self.counts.delivered.count();
                held.mark(position, State::Delivered, None);
            } else if held.knows_all_stored || held.marks.fetched.len() >= MAX_FETCHED {
                return;
            } else {
                held.marks.fetched.push(Names {
                    sender: sender.into(),
                    receiver: Arc::clone(&delivery.to),
                    fp: Arc::clone(&delivery.fp),
                });
            }
            self.note_watching(&held);
            drop(held);
            return self.to_mark.notify_one();
        }
        let Some(position) = held.with_hub.remove(&key) else {
            return;
        };
        match became {
            Became::Delivered => {
                self.counts.delivered.count();
                held.mark(position, State::Delivered, None);
            }
            Became::Stored { surely } => {
                self.counts.stored.count();
                held.mark(position, State::Stored, None);
                if !surely && let Some(mark) = held.marks.by_position.get_mut(&position) {
                    mark.is_either = true;
                }
                if held.stored.len() < MAX_STORED {
                    held.stored.insert(key, position);
                } else {
                    held.knows_all_stored = false;
                }
            }
            Became::Refused(reason) => {
                self.counts.refused.count();
                held.mark(position, State::Refused, Some(reason.to_owned()));
            }
            // The other two are done above.
            Became::Unavailable | Became::Fetched | Became::Expired => {
                held.try_again(position);
                self.to_read.notify_one();
            }
        }
        self.note_watching(&held);
        drop(held);
        self.to_mark.notify_one();
    }
}

#[derive(Debug, Clone, Copy)]
enum Became {
    Delivered,
    /// Or else it was delivered before.
    Stored {
        surely: bool,
    },
    Fetched,
    Expired,
    Refused(&'static str),
    Unavailable,
}

impl Observer for Desk {
    fn observe(&self, event: &Event) {
        if !self.is_watching.load(Ordering::Acquire) {
            return;
        }
        let (delivery, became) = match event {
            Event::Delivered(delivery) => (delivery, Became::Delivered),
            Event::Stored(delivery) => (delivery, Became::Stored { surely: true }),
            Event::Repeated(delivery) => (delivery, Became::Stored { surely: false }),
            Event::Fetched(delivery) => (delivery, Became::Fetched),
            Event::Expired(delivery) => (delivery, Became::Expired),
            Event::Refused { delivery, why } => {
                let became = match why {
                    Refusal::MailboxFull => Became::Refused("mailbox_full"),
                    Refusal::TooLong { .. } => Became::Refused("too_long"),
                    Refusal::NoStore => Became::Refused("no_store"),
                    _ => Became::Unavailable,
                };
                (delivery, became)
            }
            _ => return,
        };
        self.settle(delivery, became);
    }
}

impl Held {
    fn try_again(&mut self, position: i64) {
        let Some(submission) = self.taken.get(&position).map(Arc::clone) else {
            return;
        };
        let at = Instant::now() + RETRY_AFTER;
        let again = self
            .again
            .entry(Arc::clone(&submission.receiver))
            .or_insert_with(|| Again {
                submissions: BTreeMap::new(),
                at,
            });
        again.at = at;
        again.submissions.insert(position, submission);
    }

    fn mark(&mut self, position: i64, state: State, reason: Option<String>) {
        self.marks.note(
            position,
            Mark {
                state,
                reason,
                was_stored: state == State::Stored,
                is_either: false,
            },
        );
    }

    /// It is done with.
    fn forget(&mut self, position: i64) {
        let Some(submission) = self.taken.remove(&position) else {
            // It was stored long ago.
            return;
        };
        self.bytes -= submission.text.len();
        if let Some(count) = self.of_receiver.get_mut(&submission.receiver) {
            *count -= 1;
            if *count == 0 {
                self.of_receiver.remove(&submission.receiver);
            }
        }
    }
}

#[cfg(test)]
mod tests;
