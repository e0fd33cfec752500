//! What was sent and is not yet acknowledged.
//!
//! Order is kept per conversation: a receiver gets a sender's messages in the order they were sent. What that takes
//! depends on the link and on the server, see [`pacing`](super::pacing).
//!
//! A link that is closed from outside right after messages were sent on it may have been closed because of one of
//! them: they are suspects. On the next link each suspect goes on trial: nothing follows it before it is acknowledged
//! or [`TRIAL`] is over, so that it alone is to blame if that link ends too. After three such links in a row a message is
//! set aside: it must not stand in the way of all others for ever. If the server cannot be reached right afterwards, it was
//! most likely the server that ended, whatever was sent: that link counts a third.
//!
//! A server to which too much is sent refuses a message for now (error 304), and says how long to wait. Nothing is sent
//! meanwhile, as the bound is the user's, and the link may well be another one by then. The message, and what went out behind it
//! in its lane, which the server has not taken either, then goes out as if for the first time: the answer shows that there
//! is somebody, so the time that they have waited for an acknowledgement begins anew. As long as nothing may be sent,
//! nothing is given up.

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use super::pacing::Pacing;
use crate::dedup::fingerprint_hash;
use crate::hash_set::HashSet;
use crate::retransmit::RoundTripTime;
use crate::time::{Instant, Span};

/// How many unacknowledged messages are in flight at most: a reconnect must not flood the server.
const WINDOW: usize = 256;

/// A link that is closed from outside within this time after a message was sent on it makes the message a suspect.
const SUSPECT_WITHIN: Span = Span::from_secs(3);

/// What such a link adds to the suspicion of a message.
const STRIKE: u32 = 3;

/// What of that is taken back if the server could not be reached right after it.
const EXCUSE: u32 = 2;

/// The suspicion at which a message is set aside.
const BLAMED: u32 = 3 * STRIKE;

/// How long a suspect is followed by nothing.
const TRIAL: Span = Span::from_secs(1);

#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) fp: String,
    pub(crate) body: String,
    /// Its receiver, as a hash.
    receiver: u64,
    /// How it went out on this link; `None` as long as it did not.
    flight: Option<Flight>,
    /// How much the ends of the last links that it was sent on speak against it.
    suspicion: u32,
    /// Whether the end of the last one does, and the server was not found away since.
    excusable: bool,
}

/// A message's time on the current link.
#[derive(Debug)]
struct Flight {
    first_sent: Instant,
    last_sent: Instant,
    transmissions: u32,
    retransmit_at: Instant,
    /// How long an acknowledgement was waited for before the last transmission. No more than was meant to be waited:
    /// while a page was frozen or a clock was set nobody waited.
    waited: Span,
    /// Whether what followed it was acknowledged, so that a repetition would come behind that.
    passed_over: bool,
}

impl Flight {
    fn new(now: Instant) -> Self {
        Self {
            first_sent: now,
            last_sent: now,
            transmissions: 1,
            retransmit_at: now,
            waited: Span::ZERO,
            passed_over: false,
        }
    }

    /// Has it sent again after the wait that is meant, but no longer waited for in all than that.
    fn schedule(&mut self, pacing: Pacing, round_trip: &RoundTripTime, lost_after: Span) {
        let left = lost_after - self.waited;
        self.retransmit_at = self.last_sent + pacing.wait(round_trip, self.transmissions).min(left);
    }

    /// Has it sent again no later than then.
    fn hurry(&mut self, by: Instant) {
        self.retransmit_at = self.retransmit_at.min(by);
    }

    /// How long it is meant to wait since it was sent last.
    fn wait(&self) -> Span {
        self.retransmit_at.span_since(self.last_sent)
    }
}

impl Entry {
    pub(crate) fn new(fp: String, to: &str, body: String) -> Self {
        Self {
            fp,
            body,
            receiver: hash(to),
            flight: None,
            suspicion: 0,
            excusable: false,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Outbox {
    /// In the order they were sent.
    entries: VecDeque<Entry>,
    /// The hashes of their fingerprints.
    hashes: HashSet,
    in_flight: usize,
    /// The suspect that was sent last, by its hash, and when its trial ends.
    trial: Option<(u64, Instant)>,
    /// The server has said to send nothing until then.
    held_until: Option<Instant>,
    pacing: Pacing,
    /// How long the application wants to wait for an acknowledgement in all.
    lost_after: Span,
}

impl Outbox {
    pub(crate) fn new(pacing: Pacing, lost_after: Duration) -> Self {
        Self {
            entries: VecDeque::new(),
            hashes: HashSet::default(),
            in_flight: 0,
            trial: None,
            held_until: None,
            pacing,
            lost_after: lost_after.into(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn contains(&self, fp: &str) -> bool {
        self.hashes.contains(hash(fp))
    }

    /// Adds a message. If the oldest of its lane was sent often enough, it is soon sent again, and takes this along.
    pub(crate) fn push(&mut self, entry: Entry, round_trip: Option<&RoundTripTime>) {
        let pacing = self.pacing;
        if !pacing.is_one_lane()
            && let Some(round_trip) = round_trip
        {
            let in_lane = |other: &&mut Entry| other.receiver == entry.receiver;
            let mut lane = self.entries.iter_mut().filter(in_lane);
            if let Some(oldest) = lane.next().and_then(|oldest| oldest.flight.as_mut())
                && oldest.transmissions >= pacing.alone()
                && lane.count() < pacing.followers()
            {
                oldest.hurry(oldest.last_sent + pacing.wait(round_trip, 1));
            }
        }
        self.hashes.insert(hash(&entry.fp));
        self.entries.push_back(entry);
    }

    /// The link leads to a server with which these rules hold.
    pub(crate) fn set_pacing(&mut self, pacing: Pacing) {
        self.pacing = pacing;
    }

    /// The link is gone: nothing is in flight any more.
    pub(crate) fn ground(&mut self) {
        for entry in &mut self.entries {
            entry.flight = None;
        }
        self.in_flight = 0;
        self.trial = None;
    }

    /// The link was closed from outside. Takes out the message that is to blame by now: of those that could be, the one
    /// that was sent first, since others may only have had no time to be acknowledged.
    #[must_use]
    pub(crate) fn blame(&mut self, now: Instant) -> Option<Entry> {
        for entry in &mut self.entries {
            if let Some(flight) = &entry.flight {
                entry.excusable = now.span_since(flight.last_sent) < SUSPECT_WITHIN;
                entry.suspicion = if entry.excusable {
                    entry.suspicion + STRIKE
                } else {
                    0
                };
            }
        }
        let mut to_blame = None;
        for (index, entry) in self.entries.iter().enumerate() {
            if let Some(Flight { first_sent, .. }) = entry.flight
                && entry.suspicion >= BLAMED
                && to_blame.is_none_or(|(_, earliest)| first_sent < earliest)
            {
                to_blame = Some((index, first_sent));
            }
        }
        let (index, _) = to_blame?;
        self.take_at(index)
    }

    /// The server could not be reached: it may have ended by itself, and the last link with it.
    pub(crate) fn excuse(&mut self) {
        for entry in &mut self.entries {
            if core::mem::take(&mut entry.excusable) {
                entry.suspicion -= EXCUSE;
            }
        }
    }

    /// The server does not take a message before then, and nothing else is to be sent. What followed it in its lane goes behind it again.
    pub(crate) fn hold(&mut self, fp: &str, until: Instant) {
        self.held_until = self.held_until.max(Some(until));
        let Some(first) = self.place(fp) else {
            return;
        };
        let pacing = self.pacing;
        let lane = pacing.lane(self.entries[first].receiver);
        for index in first..self.entries.len() {
            let entry = &mut self.entries[index];
            if pacing.lane(entry.receiver) == lane && entry.flight.take().is_some() {
                self.in_flight -= 1;
            }
        }
        // The link has survived it.
        self.entries[first].suspicion = 0;
        self.entries[first].excusable = false;
        self.trial = self.trial.filter(|(suspect, _)| *suspect != hash(fp));
    }

    /// Returns whether nothing may be sent.
    fn is_held(&mut self, now: Instant) -> bool {
        self.held_until = self.held_until.filter(|until| now < *until);
        self.held_until.is_some()
    }

    /// Sends what is not in flight and may be.
    pub(crate) fn transmit(
        &mut self,
        now: Instant,
        round_trip: &RoundTripTime,
        mut transmit: impl FnMut(&str),
    ) {
        let mut window = WINDOW.saturating_sub(self.in_flight);
        self.trial = self.trial.filter(|(_, ends)| now < *ends);
        if window == 0
            || self.in_flight == self.entries.len()
            || self.trial.is_some()
            || self.held_until.is_some()
        {
            return;
        }
        let pacing = self.pacing;
        let lost_after = self.lost_after();
        // In a single lane what is in flight is a prefix.
        let skip = if pacing.is_one_lane() {
            self.in_flight
        } else {
            0
        };
        let mut lanes_before = HashSet::default();
        for index in skip..self.entries.len() {
            if window == 0 {
                break;
            }
            let entry = &mut self.entries[index];
            let may_fly = pacing.alone() == 0 || lanes_before.insert(pacing.lane(entry.receiver));
            if may_fly && entry.flight.is_none() {
                transmit(&entry.body);
                let flight = entry.flight.insert(Flight::new(now));
                flight.schedule(pacing, round_trip, lost_after);
                self.in_flight += 1;
                window -= 1;
                if entry.suspicion > 0 {
                    self.trial = Some((hash(&entry.fp), now + TRIAL));
                    break;
                }
            }
        }
    }

    /// Sends again what has waited long enough; takes out what has waited too long.
    ///
    /// The oldest message of a lane has the only timer, and takes along what follows it: what is in flight, and what the oldest
    /// was sent often enough for.
    #[must_use]
    pub(crate) fn retransmit(
        &mut self,
        now: Instant,
        round_trip: &RoundTripTime,
        mut transmit: impl FnMut(&str),
    ) -> Vec<Entry> {
        let mut lost = Vec::new();
        if self.is_held(now) {
            return lost;
        }
        while let Some((oldest, due)) = self.next_oldest()
            && due <= now
        {
            self.retransmit_lane(oldest, now, round_trip, &mut transmit);
            self.take_lost(&mut lost);
        }
        lost
    }

    fn retransmit_lane(
        &mut self,
        oldest: usize,
        now: Instant,
        round_trip: &RoundTripTime,
        transmit: &mut impl FnMut(&str),
    ) {
        let pacing = self.pacing;
        let lost_after = self.lost_after();
        let on_trial = self.trial.is_some_and(|(_, ends)| now < ends);
        let lane = pacing.lane(self.entries[oldest].receiver);
        // How many more may follow the oldest.
        let mut room = 0;
        // When the oldest, and so all that it takes along, is due next.
        let mut next = None;
        for index in oldest..self.entries.len() {
            let entry = &mut self.entries[index];
            if pacing.lane(entry.receiver) != lane {
                continue;
            }
            let flight = if let Some(flight) = &mut entry.flight {
                if index != oldest {
                    room = usize::saturating_sub(room, 1);
                } else if flight.transmissions >= pacing.alone() && !on_trial {
                    room = pacing.followers();
                }
                flight.waited = flight.waited + now.span_since(flight.last_sent).min(flight.wait());
                if flight.passed_over {
                    flight.waited = lost_after;
                }
                if flight.waited >= lost_after {
                    continue;
                }
                flight.transmissions += 1;
                flight.last_sent = now;
                flight
            } else if room > 0 && entry.suspicion == 0 && self.in_flight < WINDOW {
                room -= 1;
                self.in_flight += 1;
                entry.flight.insert(Flight::new(now))
            } else {
                break;
            };
            transmit(&entry.body);
            flight.schedule(pacing, round_trip, lost_after);
            let next = *next.get_or_insert(flight.retransmit_at);
            if !pacing.is_one_lane() {
                flight.retransmit_at = next;
            }
        }
    }

    fn take_lost(&mut self, lost: &mut Vec<Entry>) {
        let lost_after = self.lost_after();
        self.take_those(lost, &|entry| {
            let flight = entry.flight.as_ref();
            flight.is_some_and(|flight| flight.waited >= lost_after)
        });
    }

    fn take_those(&mut self, taken: &mut Vec<Entry>, is_one: &dyn Fn(&Entry) -> bool) {
        let mut index = 0;
        while let Some(entry) = self.entries.get(index) {
            if is_one(entry) {
                taken.extend(self.take_at(index));
            } else {
                index += 1;
            }
        }
    }

    /// Takes out an acknowledged message, and gives its round trip if that can be told (RFC 6298, 3).
    pub(crate) fn acknowledge(
        &mut self,
        now: Instant,
        fp: &str,
        round_trip: &RoundTripTime,
    ) -> Option<(Entry, Option<Span>)> {
        let index = self.place(fp)?;
        let entry = self.take_at(index)?;
        if self.pacing.passes_over() {
            self.pass_over(index, entry.receiver, now + self.pacing.wait(round_trip, 1));
        }
        let sample = entry
            .flight
            .as_ref()
            .filter(|flight| flight.transmissions == 1)
            .map(|flight| now.span_since(flight.first_sent));
        Some((entry, sample))
    }

    /// Takes out what is longer than the server takes.
    #[must_use]
    pub(crate) fn take_longer_than(&mut self, max_body: usize) -> Vec<Entry> {
        let mut taken = Vec::new();
        self.take_those(&mut taken, &|entry| entry.body.len() > max_body);
        taken
    }

    /// Takes out a message.
    pub(crate) fn take(&mut self, fp: &str) -> Option<Entry> {
        self.take_at(self.place(fp)?)
    }

    fn take_at(&mut self, index: usize) -> Option<Entry> {
        // Not by `remove`, of which a page would have to load much more. Most often it is the first.
        for later in (1..=index).rev() {
            self.entries.swap(later, later - 1);
        }
        let entry = self.entries.pop_front()?;
        if entry.flight.is_some() {
            self.in_flight -= 1;
        }
        let hash = hash(&entry.fp);
        self.hashes.remove(hash);
        self.trial = self.trial.filter(|(suspect, _)| *suspect != hash);
        Some(entry)
    }

    fn place(&self, fp: &str) -> Option<usize> {
        self.entries.iter().position(|entry| entry.fp == fp)
    }

    pub(crate) fn take_all(&mut self) -> VecDeque<Entry> {
        self.in_flight = 0;
        self.trial = None;
        self.held_until = None;
        self.hashes = HashSet::default();
        core::mem::take(&mut self.entries)
    }

    /// When [`Outbox::retransmit`] or [`Outbox::transmit`] has something to do.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        if self.held_until.is_some() && !self.entries.is_empty() {
            return self.held_until;
        }
        let oldest = self.next_oldest().map(|(_, due)| due);
        match (oldest, self.trial) {
            (Some(due), Some((_, ends))) => Some(due.min(ends)),
            (due, trial) => due.or(trial.map(|(_, ends)| ends)),
        }
    }

    /// What was sent before what is acknowledged now was not taken, unless its acknowledgement comes by then.
    fn pass_over(&mut self, index: usize, receiver: u64, by: Instant) {
        for entry in self.entries.iter_mut().take(index) {
            if let Some(flight) = &mut entry.flight
                && entry.receiver == receiver
            {
                flight.passed_over = true;
                flight.hurry(by);
            }
        }
    }

    /// The oldest message of a lane that is to be sent again first: its place, and when.
    fn next_oldest(&self) -> Option<(usize, Instant)> {
        let pacing = self.pacing;
        let mut next = None;
        let mut lanes_before = HashSet::default();
        for (index, entry) in self.entries.iter().enumerate() {
            if lanes_before.insert(pacing.lane(entry.receiver))
                && let Some(Flight { retransmit_at, .. }) = entry.flight
                && next.is_none_or(|(_, due)| retransmit_at < due)
            {
                next = Some((index, retransmit_at));
            }
            if pacing.is_one_lane() {
                break;
            }
        }
        next
    }

    fn lost_after(&self) -> Span {
        self.pacing.lost_after(self.lost_after)
    }
}

/// All messages of an outbox have the same sender.
fn hash(fp: &str) -> u64 {
    fingerprint_hash("", fp)
}
