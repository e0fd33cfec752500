//! A store in memory, which ends with the process.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use mobileim_protocol::mailbox::{Envelope, Position, StoreFailure};
use parking_lot::Mutex;

use super::{
    Amount, Completion, Conversation, Full, LogPage, LogPart, Logs, Part, ReadMark, Refused,
    Request, Store, StoreLimits, StoreStats, StoredGroup, Waiting as Found, WaitingMessage, Which,
    owner_of_log,
};
use crate::clock::Clock;
use crate::deferred::Deferred;
use crate::devices::{DeviceBook, RegisteredDevice, mailbox_of};

/// How many bytes all messages take together, at most.
const MAX_BYTES: u64 = 256 << 20;

/// Keeps messages in memory, as much for each user as the limits say (by default any amount), and 256 MiB in all at most: for
/// `--dev` and tests. No message gets too old in it, and what stands in the log of a conversation stays.
///
/// It keeps of devices only how far they have read.
pub struct MemoryStore {
    inner: Mutex<Inner>,
    clock: Option<Arc<dyn Clock>>,
}

#[derive(Debug)]
struct Inner {
    limits: StoreLimits,
    users: HashMap<Arc<str>, Waiting>,
    logs: Logs,
    /// Never used twice, even after everything before it was deleted: mailboxes remember how far they have read.
    last_position: i64,
    amount: Amount,
    refused: Refused,
}

/// A user's messages.
#[derive(Debug, Default)]
struct Waiting {
    messages: BTreeMap<Position, Envelope>,
    amount: Amount,
    /// How much of it is of whom.
    of_senders: HashMap<Arc<str>, Amount>,
}

impl MemoryStore {
    /// A store with limits.
    pub fn with_limits(limits: StoreLimits) -> Self {
        Self {
            inner: Mutex::new(Inner {
                limits,
                users: HashMap::new(),
                logs: Logs::default(),
                last_position: 0,
                amount: Amount::default(),
                refused: Refused::default(),
            }),
            clock: None,
        }
    }

    /// Notes when messages are stored in logs, by this clock; without it, in 1970.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self {
            clock: Some(clock),
            ..self
        }
    }

    /// What stands in logs by now is read already, for a mailbox of which nothing is known yet: a new device's.
    pub fn begin_at_the_end(&self, mailbox: &Arc<str>) {
        let mut inner = self.inner.lock();
        let last = Position(inner.last_position);
        inner.logs.begin(mailbox, last);
    }

    /// The groups whose logs are kept, and that have not ended.
    pub fn groups(&self) -> Vec<StoredGroup> {
        self.inner.lock().logs.groups()
    }

    /// How far a mailbox has read in logs, if anything is known of that.
    pub fn cursor(&self, mailbox: &str) -> Option<Position> {
        self.inner.lock().logs.cursor(mailbox)
    }

    /// How many messages wait for a user.
    pub fn waiting(&self, user: &str) -> usize {
        let inner = self.inner.lock();
        inner.users.get(user).map_or(0, |user| user.messages.len())
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::with_limits(StoreLimits::none())
    }
}

impl Store for MemoryStore {
    fn submit(&self, user: &Arc<str>, request: Request) -> Option<Completion> {
        let mut inner = self.inner.lock();
        match request {
            Request::Append { messages } if owner_of_log(user).is_some() => {
                let now = self.clock.as_ref().map_or(0, |clock| clock.unix_millis());
                Some(inner.append_to_log(user, messages, now))
            }
            Request::Append { messages } => Some(inner.append(user, messages)),
            Request::Load {
                after,
                limit,
                max_bytes,
            } => {
                let own = behind(inner.users.get(user), after);
                let own = own.map(|(position, message)| (*position, message));
                Some(inner.logs.load(user, own, after, limit, max_bytes))
            }
            // It reads at once.
            Request::CancelLoad => None,
            Request::Advance { through } => {
                inner.logs.advance(user, through);
                None
            }
            Request::Delete { position, .. } => {
                inner.delete(user, position);
                None
            }
        }
    }

    fn look(&self, user: &Arc<str>, which: Which, part: Part) -> Deferred<Result<Found, String>> {
        let inner = self.inner.lock();
        let mut found = Found::default();
        let mut bytes = 0;
        let waiting = inner.users.get(user);
        for (position, message) in
            behind(waiting, part.after).filter(|(_, message)| which.includes(message))
        {
            bytes += message.body.len();
            if !found.messages.is_empty()
                && (found.messages.len() >= part.limit || bytes > part.max_bytes)
            {
                found.more = true;
                break;
            }
            found.messages.push(WaitingMessage {
                position: *position,
                message: message.clone(),
                stored_at: None,
            });
        }
        Deferred::Ready(Ok(found))
    }

    fn purge(&self, user: &Arc<str>, which: Which) -> Deferred<Result<u64, String>> {
        let mut inner = self.inner.lock();
        let waiting = inner.users.get(user);
        let purged =
            behind(waiting, Position::START).filter(|(_, message)| which.includes(message));
        let purged: Vec<_> = purged.map(|(position, _)| *position).collect();
        for position in &purged {
            inner.delete(user, *position);
        }
        Deferred::Ready(Ok(purged.len() as u64))
    }

    fn read_log(
        &self,
        log: &Arc<str>,
        reader: Option<&Arc<str>>,
        part: LogPart,
        limit: usize,
        max_bytes: usize,
    ) -> Deferred<Result<LogPage, String>> {
        let inner = self.inner.lock();
        let reader = reader.map(|reader| &**reader);
        Deferred::Ready(Ok(inner.logs.page(log, reader, part, limit, max_bytes)))
    }

    fn mark_read(
        &self,
        user: &Arc<str>,
        log: &Arc<str>,
        seq: u64,
    ) -> Deferred<Result<ReadMark, String>> {
        let mut inner = self.inner.lock();
        Deferred::Ready(Ok(inner.logs.mark_read(user, log, seq)))
    }

    fn conversations(
        &self,
        user: &Arc<str>,
        before: Option<Position>,
        limit: usize,
    ) -> Deferred<Result<Vec<Conversation>, String>> {
        let inner = self.inner.lock();
        Deferred::Ready(Ok(inner.logs.conversations(user, before, limit)))
    }

    fn set_limits(&self, limits: StoreLimits) {
        self.inner.lock().limits = limits;
    }

    fn stats(&self) -> StoreStats {
        let inner = self.inner.lock();
        StoreStats {
            amount: Some(inner.amount),
            refused: inner.refused,
            ..StoreStats::default()
        }
    }
}

/// A device that is new begins at the end of the logs.
impl DeviceBook for MemoryStore {
    fn put(&self, device: RegisteredDevice) -> Deferred<Result<(), String>> {
        if device.number > 0 {
            self.begin_at_the_end(&mailbox_of(&device.user, device.number));
        }
        Deferred::Ready(Ok(()))
    }

    fn remove(&self, user: &str, number: u16) {
        let mailbox = mailbox_of(&user.into(), number);
        self.inner.lock().logs.set_cursor(&mailbox, None);
    }
}

impl Inner {
    fn max_bytes(&self) -> u64 {
        let max = self.limits.max_bytes_in_all.unwrap_or(MAX_BYTES);
        max.min(MAX_BYTES)
    }

    fn append_to_log(&mut self, log: &Arc<str>, messages: Vec<Envelope>, now: i64) -> Completion {
        let mut places = Vec::with_capacity(messages.len());
        let mut failure = None;
        for message in messages {
            if let Some(place) = self.logs.find(log, &message) {
                places.push(place);
                continue;
            }
            let amount = Amount::of(&message);
            if self.amount.bytes + amount.bytes > self.max_bytes() {
                self.refused.count(Full::BytesInAll);
                failure = Some(StoreFailure::QuotaExceeded);
                break;
            }
            self.amount += amount;
            self.last_position += 1;
            let position = Position(self.last_position);
            places.push(self.logs.append(log, position, now, message));
        }
        Completion::Logged { places, failure }
    }

    fn append(&mut self, user: &Arc<str>, messages: Vec<Envelope>) -> Completion {
        let max = self.max_bytes();
        let waiting = self.users.entry(Arc::clone(user)).or_default();
        let mut positions = Vec::with_capacity(messages.len());
        for message in messages {
            let amount = Amount::of(&message);
            let has_room = if self.amount.bytes + amount.bytes > max {
                Err(Full::BytesInAll)
            } else {
                waiting.has_room(self.limits, &message)
            };
            positions.push(match has_room {
                Ok(()) => {
                    self.last_position += 1;
                    self.amount += amount;
                    let position = Position(self.last_position);
                    waiting.insert(position, message);
                    Some(position)
                }
                Err(why) => {
                    self.refused.count(why);
                    None
                }
            });
        }
        if waiting.messages.is_empty() {
            self.users.remove(user);
        }
        Completion::Appended {
            positions,
            failure: None,
        }
    }

    fn delete(&mut self, user: &Arc<str>, position: Position) {
        let Some(waiting) = self.users.get_mut(user) else {
            return;
        };
        if let Some(message) = waiting.remove(position) {
            self.amount -= Amount::of(&message);
        }
        if waiting.messages.is_empty() {
            self.users.remove(user);
        }
    }
}

impl Waiting {
    fn has_room(&self, limits: StoreLimits, message: &Envelope) -> Result<(), Full> {
        let of_sender = self.of_senders.get(&message.from);
        let of_sender = of_sender.copied().unwrap_or_default();
        limits.admit(Amount::of(message), self.amount, of_sender)
    }

    fn insert(&mut self, position: Position, message: Envelope) {
        let amount = Amount::of(&message);
        self.amount += amount;
        *self
            .of_senders
            .entry(Arc::clone(&message.from))
            .or_default() += amount;
        self.messages.insert(position, message);
    }

    fn remove(&mut self, position: Position) -> Option<Envelope> {
        let message = self.messages.remove(&position)?;
        let amount = Amount::of(&message);
        self.amount -= amount;
        if let Some(of_sender) = self.of_senders.get_mut(&message.from) {
            *of_sender -= amount;
            if of_sender.messages == 0 {
                self.of_senders.remove(&message.from);
            }
        }
        Some(message)
    }
}

/// What stands behind a position.
fn behind(
    waiting: Option<&Waiting>,
    after: Position,
) -> impl Iterator<Item = (&Position, &Envelope)> {
    waiting.into_iter().flat_map(move |waiting| {
        let behind = (Bound::Excluded(after), Bound::Unbounded);
        waiting.messages.range(behind)
    })
}
