//! The log of events, for those who read it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use mobileim_hub::Counter;
use parking_lot::{Mutex, RwLock};
use tokio::sync::{oneshot, watch};

use super::consumer::Consumer;
use super::kind::{EventType, EventTypes};
use super::page::Page;
use super::queue::{Ask, Entry, Job, Move, State};
use super::record::Record;
use super::sendings::Sendings;
use super::tail::Tail;
use super::target::EventTarget;
use super::users::UserPatterns;

/// Which events are recorded, and for how long they are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventPolicy {
    /// Which types.
    pub types: EventTypes,
    /// For whom: an event is recorded if one of the users that it names is among them.
    pub users: UserPatterns,
    /// Whether texts of messages are recorded.
    pub text: bool,
    /// How long events are kept for consumers, at most.
    pub keep: Duration,
    /// How many bytes of events are kept, at most.
    pub max_bytes: u64,
}

impl EventPolicy {
    /// These types, for everybody, without texts, for three days and up to a GiB.
    pub fn new(types: EventTypes) -> Self {
        Self {
            types,
            users: UserPatterns::default(),
            text: false,
            keep: Duration::from_secs(3 * 24 * 3600),
            max_bytes: 1 << 30,
        }
    }

    pub(crate) fn has(&self, kind: EventType) -> bool {
        self.types.has(kind)
    }

    /// Whether events of this type are recorded if they name these users.
    pub(crate) fn wants(&self, kind: EventType, users: &[&str]) -> bool {
        self.has(kind) && users.iter().any(|user| self.users.has(user))
    }

    /// Whether it is kept in mind which sessions there are, for the end of those that a crash ends.
    pub(crate) fn follows_sessions(&self) -> bool {
        self.has(EventType::Offline)
    }
}

/// Why nothing was read or moved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unread {
    /// The database does not do it.
    #[error("{0}")]
    Fails(String),
    /// The server ends.
    #[error("the event log is closed")]
    Closed,
    /// There are as many consumers as there may be.
    #[error("there are as many consumers as there may be")]
    TooManyConsumers,
}

type Submit = dyn Fn(Job) + Send + Sync;

/// The events that are recorded, and how far consumers have read them. Cheap to clone.
#[derive(Clone)]
pub struct EventLog(Arc<Inner>);

/// A log that ends with those who use it.
pub(super) struct WeakLog(Weak<Inner>);

impl WeakLog {
    /// The log, if it is still used.
    pub(super) fn upgrade(&self) -> Option<EventLog> {
        self.0.upgrade().map(EventLog)
    }
}

struct Inner {
    settings: RwLock<Arc<EventPolicy>>,
    /// Whether there were others before.
    has_changed: AtomicBool,
    target: watch::Sender<Option<Arc<EventTarget>>>,
    submit: OnceLock<Box<Submit>>,
    recorded: OnceLock<mobileim_hub::Recorded>,
    state: State,
    tail: Mutex<Tail>,
    last: watch::Sender<i64>,
    /// Everything up to here is not kept any more.
    removed_through: AtomicI64,
    consumers: Mutex<BTreeMap<String, Consumer>>,
    /// What sessions have numbers above of.
    sessions_from: AtomicU64,
    counted: Counters,
    sendings: Sendings,
}

#[derive(Default)]
struct Counters {
    recorded: [Counter; EventType::ALL.len()],
    /// Removed before all consumers had them.
    dropped: Counter,
    stored: AtomicU64,
    bytes: AtomicU64,
}

/// What there is to count.
#[derive(Debug, Clone)]
pub(crate) struct Counted {
    pub(crate) recorded: Vec<(&'static str, u64)>,
    pub(crate) dropped: u64,
    pub(crate) lost: u64,
    pub(crate) stored: u64,
    pub(crate) bytes: u64,
    pub(crate) lags: Vec<(String, Lag)>,
}

/// How far a consumer is behind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lag {
    /// In positions.
    pub(crate) events: u64,
    /// Since when the first event waits that it has not, in ms since 1970; of one that is far behind, no longer than the events in
    /// memory.
    pub(crate) since: Option<i64>,
}

impl EventLog {
    /// The consumer that is the back end to which events are sent.
    pub(crate) const WEBHOOK: &str = "webhook";

    /// An empty one, which a store fills.
    pub fn new(settings: EventPolicy) -> Self {
        Self(Arc::new(Inner {
            settings: RwLock::new(Arc::new(settings)),
            has_changed: AtomicBool::new(false),
            target: watch::Sender::default(),
            submit: OnceLock::new(),
            recorded: OnceLock::new(),
            state: State::default(),
            tail: Mutex::default(),
            last: watch::Sender::new(0),
            removed_through: AtomicI64::new(0),
            consumers: Mutex::default(),
            sessions_from: AtomicU64::new(0),
            counted: Counters::default(),
            sendings: Sendings::default(),
        }))
    }

    /// From now on this is recorded, and kept so. Of a session that began before its end was to be recorded, the end is recorded
    /// unless the server crashes.
    pub fn set_policy(&self, policy: EventPolicy) {
        let mut settings = self.0.settings.write();
        if **settings != policy {
            *settings = Arc::new(policy);
            self.0.has_changed.store(true, Ordering::Relaxed);
        }
    }

    /// From now on events are sent there, or nowhere. To the same back end it goes on as before.
    pub fn set_target(&self, target: Option<EventTarget>) {
        self.0.target.send_if_modified(|before| {
            let is_new = match (&before, &target) {
                (Some(before), Some(target)) => !before.is_like(target),
                (before, target) => before.is_some() != target.is_some(),
            };
            if is_new {
                *before = target.map(Arc::new);
            }
            is_new
        });
    }

    /// What does not keep it.
    pub(super) fn downgrade(&self) -> WeakLog {
        WeakLog(Arc::downgrade(&self.0))
    }

    /// Where events are sent to, and when that changes.
    pub(super) fn target(&self) -> watch::Receiver<Option<Arc<EventTarget>>> {
        self.0.target.subscribe()
    }

    pub(crate) fn settings(&self) -> Arc<EventPolicy> {
        Arc::clone(&self.0.settings.read())
    }

    /// Whether a session may have begun when something else was recorded than now.
    pub(super) fn has_changed(&self) -> bool {
        self.0.has_changed.load(Ordering::Relaxed)
    }

    pub(crate) fn state(&self) -> &State {
        &self.0.state
    }

    /// How the store's writer is reached. Only the first counts.
    pub(crate) fn set_submit(&self, submit: impl Fn(Job) + Send + Sync + 'static) {
        // It is set once.
        let _ = self.0.submit.set(Box::new(submit));
    }

    /// Who waits for what is recorded. Only the first counts.
    pub(super) fn set_recorded(&self, recorded: mobileim_hub::Recorded) {
        // It is set once.
        let _ = self.0.recorded.set(recorded);
    }

    fn submit(&self, job: Job) {
        if let Some(submit) = self.0.submit.get() {
            submit(job);
        }
    }

    /// Sessions of this server have numbers above this one.
    pub(crate) fn sessions_from(&self) -> u64 {
        self.0.sessions_from.load(Ordering::Relaxed)
    }

    /// Has something recorded. Returns whether it was taken in.
    pub(crate) fn record(&self, entry: Entry) -> bool {
        if self.0.submit.get().is_none() {
            // No store was told of it.
            return false;
        }
        if !self.0.state.take_in(&entry) {
            self.0.state.lose(u64::from(entry.record.is_some()));
            return false;
        }
        self.submit(Job::Record(Box::new(entry)));
        true
    }

    /// Reads events behind a position: not before some are there, or `wait` has passed.
    pub(crate) async fn read(
        &self,
        after: i64,
        limit: usize,
        max_bytes: usize,
        wait: Duration,
    ) -> Result<Page, Unread> {
        let mut last = self.0.last.subscribe();
        let come = last.wait_for(|last| *last > after);
        // With nothing there in time, nothing is read.
        let _ = tokio::time::timeout(wait, come).await;
        let from_tail = self.0.tail.lock().read(after, limit, max_bytes);
        if let Some(events) = from_tail {
            return Ok(Page {
                events,
                missing_through: None,
            });
        }
        let (answer, answered) = oneshot::channel();
        self.submit(Job::Read(Ask {
            after,
            limit,
            max_bytes,
            answer,
        }));
        answered.await.unwrap_or(Err(Unread::Closed))
    }

    /// What became of requests to the back end that events are sent to.
    pub(crate) fn sendings(&self) -> &Sendings {
        &self.0.sendings
    }

    /// The position of the newest event.
    pub(crate) fn last(&self) -> i64 {
        *self.0.last.borrow()
    }

    /// The position before the oldest event that is kept.
    pub(crate) fn removed_through(&self) -> i64 {
        self.0.removed_through.load(Ordering::Acquire)
    }

    pub(crate) fn consumer(&self, name: &str) -> Option<Consumer> {
        self.0.consumers.lock().get(name).copied()
    }

    pub(crate) fn consumers(&self) -> BTreeMap<String, Consumer> {
        self.0.consumers.lock().clone()
    }

    /// Notes where a consumer stands, or with `None` has it removed. Returns when that is durable.
    pub(crate) async fn move_consumer(&self, name: &str, to: Option<i64>) -> Result<(), Unread> {
        let (answer, answered) = oneshot::channel();
        let name = name.to_owned();
        self.submit(Job::Move(Move { name, to, answer }));
        answered.await.unwrap_or(Err(Unread::Closed))
    }

    /// A consumer was there.
    pub(crate) fn saw_consumer(&self, name: &str, now: i64) {
        if let Some(consumer) = self.0.consumers.lock().get_mut(name) {
            consumer.seen_at = now;
        }
    }

    pub(crate) fn counted(&self) -> Counted {
        let Counters {
            recorded,
            dropped,
            stored,
            bytes,
            ..
        } = &self.0.counted;
        let recorded = EventType::ALL.into_iter().zip(recorded);
        Counted {
            recorded: recorded
                .map(|(kind, counter)| (kind.name(), counter.read()))
                .collect(),
            dropped: dropped.read(),
            lost: self.0.state.lost_in_all(),
            stored: stored.load(Ordering::Relaxed),
            bytes: bytes.load(Ordering::Relaxed),
            lags: self.lags(),
        }
    }

    fn lags(&self) -> Vec<(String, Lag)> {
        let (last, consumers) = (self.last(), self.consumers());
        let tail = self.0.tail.lock();
        let lag = |(name, consumer): (String, Consumer)| {
            let lag = Lag {
                events: u64::try_from(last - consumer.position).unwrap_or(0),
                since: tail.since(consumer.position),
            };
            (name, lag)
        };
        consumers.into_iter().map(lag).collect()
    }
}

/// What the store's writer says.
impl EventLog {
    /// It begins with this log.
    pub(crate) fn begin(
        &self,
        sessions_from: u64,
        last: i64,
        consumers: BTreeMap<String, Consumer>,
    ) {
        let inner = &self.0;
        inner.sessions_from.store(sessions_from, Ordering::Relaxed);
        inner.tail.lock().begin(last);
        *inner.consumers.lock() = consumers;
        inner.last.send_replace(last);
    }

    /// These events are durable, at positions from `first` on.
    pub(crate) fn recorded(&self, first: i64, records: Vec<Record>) {
        let inner = &self.0;
        let mut position = first;
        let mut tail = inner.tail.lock();
        for record in records {
            if let Some(kind) = record.kind {
                inner.counted.recorded[kind.index()].count();
            }
            tail.push(position, record.at, record.body);
            position += 1;
        }
        drop(tail);
        inner.last.send_if_modified(|last| {
            let has_moved = position > first;
            *last = if has_moved { position - 1 } else { *last };
            has_moved
        });
    }

    /// What waited for this entry waits no more.
    pub(crate) fn release(&self, entry: &mut Entry) {
        if let Some(event) = entry.waits.take()
            && let Some(recorded) = self.0.recorded.get()
        {
            recorded.recorded(&event);
        }
    }

    /// Everything up to a position is removed; of it, so many were not read by all consumers.
    pub(crate) fn removed(&self, through: i64, dropped: u64) {
        let removed = &self.0.removed_through;
        removed.fetch_max(through, Ordering::AcqRel);
        self.0.counted.dropped.add(dropped);
    }

    /// So much is kept.
    pub(crate) fn set_amount(&self, events: u64, bytes: u64) {
        self.0.counted.stored.store(events, Ordering::Relaxed);
        self.0.counted.bytes.store(bytes, Ordering::Relaxed);
    }

    pub(crate) fn set_consumer(&self, name: &str, consumer: Option<Consumer>) {
        let mut consumers = self.0.consumers.lock();
        match consumer {
            Some(consumer) => consumers.insert(name.to_owned(), consumer),
            None => consumers.remove(name),
        };
    }
}

impl fmt::Debug for EventLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventLog")
            .field("last", &self.last())
            .finish_non_exhaustive()
    }
}
