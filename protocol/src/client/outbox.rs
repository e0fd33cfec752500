//! What was sent and is not yet acknowledged.
//!
//! Order is kept per conversation: a receiver gets a sender's messages in the order they were sent. A stream
//! keeps it by itself, so everything goes out at once, up to a window. A datagram link does not, so there each
//! receiver has at most one message in flight.
//!
//! A link that is closed from outside right after messages were sent on it may have been closed because of one of
//! them: they are suspects. On the next link each suspect goes on trial: nothing follows it before it is acknowledged
//! or [`TRIAL`] is over, so that it alone is to blame if that link ends too. After [`STRIKES`] such links in a row a
//! message is set aside: it must not stand in the way of all others for ever.

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use crate::dedup::{HashSet, fingerprint_hash};
use crate::retransmit::{RoundTripTime, stream_timeout};
use crate::time::Instant;

/// How many unacknowledged messages are in flight at most: a reconnect must not flood the server.
const WINDOW: usize = 256;

/// A link that is closed from outside within this time after a message was sent on it makes the message a suspect.
const SUSPECT_WITHIN: Duration = Duration::from_secs(3);

/// A message is set aside after this number of links in a row that ended this way.
const STRIKES: u32 = 3;

/// How long a suspect is followed by nothing.
const TRIAL: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) fp: String,
    pub(crate) to: String,
    pub(crate) body: String,
    /// How it went out on this link; `None` as long as it did not.
    flight: Option<Flight>,
    /// How many of the last links it was sent on were closed right after, in a row.
    strikes: u32,
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
    waited: Duration,
}

impl Flight {
    fn new(now: Instant, wait: Duration) -> Self {
        Self {
            first_sent: now,
            last_sent: now,
            transmissions: 1,
            retransmit_at: now + wait,
            waited: Duration::ZERO,
        }
    }

    /// How long it is meant to wait since it was sent last.
    fn wait(&self) -> Duration {
        self.retransmit_at.since(self.last_sent)
    }
}

impl Entry {
    pub(crate) fn new(fp: String, to: String, body: String) -> Self {
        Self {
            fp,
            to,
            body,
            flight: None,
            strikes: 0,
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
    datagram: bool,
    /// How long an acknowledgement is waited for in all.
    lost_after: Duration,
}

impl Outbox {
    pub(crate) fn new(datagram: bool, lost_after: Duration) -> Self {
        Self {
            entries: VecDeque::new(),
            hashes: HashSet::default(),
            in_flight: 0,
            trial: None,
            datagram,
            lost_after,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn contains(&self, fp: &str) -> bool {
        self.hashes.contains(&hash(fp))
    }

    pub(crate) fn push(&mut self, entry: Entry) {
        self.hashes.insert(hash(&entry.fp));
        self.entries.push_back(entry);
    }

    /// The link is gone: nothing is in flight any more.
    pub(crate) fn ground(&mut self) {
        for entry in &mut self.entries {
            entry.flight = None;
        }
        self.in_flight = 0;
        self.trial = None;
    }

    /// The link was closed from outside. Takes out the message that is to blame by now: of those that have all their
    /// strikes the one that was sent first, since others may only have had no time to be acknowledged.
    #[must_use]
    pub(crate) fn blame(&mut self, now: Instant) -> Option<Entry> {
        for entry in &mut self.entries {
            if let Some(flight) = &entry.flight {
                let suspected = now.since(flight.last_sent) < SUSPECT_WITHIN;
                entry.strikes = if suspected { entry.strikes + 1 } else { 0 };
            }
        }
        let in_flight = self.entries.iter().filter(|entry| entry.flight.is_some());
        let to_blame = in_flight
            .filter(|entry| entry.strikes >= STRIKES)
            .min_by_key(|entry| entry.flight.as_ref().map(|flight| flight.first_sent))?;
        let fp = to_blame.fp.clone();
        self.take(&fp)
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
        if window == 0 || self.in_flight == self.entries.len() || self.trial.is_some() {
            return;
        }
        // On a stream what is in flight is a prefix.
        let skip = if self.datagram { 0 } else { self.in_flight };
        let mut receivers_before: HashSet = HashSet::default();
        for entry in self.entries.iter_mut().skip(skip) {
            if window == 0 {
                break;
            }
            let may_fly = !self.datagram || receivers_before.insert(hash(&entry.to));
            if may_fly && entry.flight.is_none() {
                transmit(&entry.body);
                let wait = timeout(self.datagram, round_trip, 1).min(self.lost_after);
                entry.flight = Some(Flight::new(now, wait));
                self.in_flight += 1;
                window -= 1;
                if entry.strikes > 0 {
                    self.trial = Some((hash(&entry.fp), now + TRIAL));
                    break;
                }
            }
        }
    }

    /// Sends again what has waited long enough; takes out what has waited too long.
    ///
    /// A stream loses nothing by itself: what was dropped there was dropped by a server that could not take it, and
    /// takes nothing later before it. So the oldest has the only timer, and takes everything after it along.
    #[must_use]
    pub(crate) fn retransmit(
        &mut self,
        now: Instant,
        round_trip: &RoundTripTime,
        mut transmit: impl FnMut(&str),
    ) -> Vec<Entry> {
        let considered = if self.datagram { self.entries.len() } else { 1 };
        let mut considered = self.entries.iter().take(considered);
        let is_due = |entry: &Entry| {
            let flight = entry.flight.as_ref();
            flight.is_some_and(|flight| flight.retransmit_at <= now)
        };
        if !considered.any(is_due) {
            return Vec::new();
        }
        let mut are_lost = false;
        for entry in &mut self.entries {
            let Some(flight) = &mut entry.flight else {
                continue;
            };
            if self.datagram && flight.retransmit_at > now {
                continue;
            }
            flight.waited += now.since(flight.last_sent).min(flight.wait());
            let left = self.lost_after.saturating_sub(flight.waited);
            if left.is_zero() {
                are_lost = true;
                continue;
            }
            transmit(&entry.body);
            flight.transmissions += 1;
            flight.last_sent = now;
            flight.retransmit_at =
                now + timeout(self.datagram, round_trip, flight.transmissions).min(left);
        }
        if are_lost {
            self.take_lost()
        } else {
            Vec::new()
        }
    }

    fn take_lost(&mut self) -> Vec<Entry> {
        let is_lost = |entry: &Entry| {
            let flight = entry.flight.as_ref();
            flight.is_some_and(|flight| flight.waited >= self.lost_after)
        };
        let (lost, kept): (Vec<_>, Vec<_>) = self.entries.drain(..).partition(is_lost);
        self.entries = kept.into();
        self.in_flight -= lost.len();
        for entry in &lost {
            self.hashes.remove(&hash(&entry.fp));
        }
        lost
    }

    /// Takes out an acknowledged message, and gives its round trip where that can be told (RFC 6298, 3).
    pub(crate) fn acknowledge(
        &mut self,
        now: Instant,
        fp: &str,
    ) -> Option<(Entry, Option<Duration>)> {
        let entry = self.take(fp)?;
        let sample = entry
            .flight
            .as_ref()
            .filter(|flight| flight.transmissions == 1)
            .map(|flight| now.since(flight.first_sent));
        Some((entry, sample))
    }

    /// Takes out a message.
    pub(crate) fn take(&mut self, fp: &str) -> Option<Entry> {
        let index = self.entries.iter().position(|entry| entry.fp == fp)?;
        let entry = self.entries.remove(index)?;
        self.in_flight -= usize::from(entry.flight.is_some());
        self.hashes.remove(&hash(fp));
        self.trial = self.trial.filter(|(suspect, _)| *suspect != hash(fp));
        Some(entry)
    }

    pub(crate) fn take_all(&mut self) -> VecDeque<Entry> {
        self.in_flight = 0;
        self.trial = None;
        self.hashes = HashSet::default();
        core::mem::take(&mut self.entries)
    }

    /// When [`Outbox::retransmit`] or [`Outbox::transmit`] has something to do.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        let considered = if self.datagram { self.entries.len() } else { 1 };
        self.entries
            .iter()
            .take(considered)
            .filter_map(|entry| entry.flight.as_ref())
            .map(|flight| flight.retransmit_at)
            .chain(self.trial.map(|(_, ends)| ends))
            .min()
    }
}

/// All messages of an outbox have the same sender.
fn hash(fp: &str) -> u64 {
    fingerprint_hash("", fp)
}

fn timeout(datagram: bool, round_trip: &RoundTripTime, transmissions: u32) -> Duration {
    if datagram {
        round_trip.timeout(transmissions)
    } else {
        stream_timeout(transmissions)
    }
}
