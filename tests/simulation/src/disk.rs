//! The store, and the disk that survives the server.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Bound;
use std::sync::Arc;

use mobileim_hub::store::{
    Amount, Completion, Logs, Request, Store, StoreLimits, Which, owner_of_log,
};
use mobileim_hub::{Deferred, DeviceBook, RegisteredDevice, user_of};
use mobileim_protocol::NO_ID_HAS;
use mobileim_protocol::mailbox::{Envelope, Place, Position, StoreFailure};
use parking_lot::Mutex;

/// What is durable.
#[derive(Debug, Default)]
pub(super) struct Disk {
    messages: BTreeMap<(Arc<str>, Position), Envelope>,
    last_position: i64,
    /// How much a user may have, of one sender and in all.
    limits: StoreLimits,
    /// What was deleted since the last look.
    deleted: Vec<(Arc<str>, Envelope)>,
    /// The devices that were written down.
    pub(super) devices: Vec<RegisteredDevice>,
    /// The mailboxes of those that have ever missed messages.
    pub(super) missed: BTreeSet<String>,
    /// The fingerprints of what was taken away since the last look.
    purged: Vec<Arc<str>>,
    /// The logs of conversations, and how far each mailbox has read.
    logs: Logs,
    /// Cursors that went on and are not written down: with where they were.
    moved: BTreeMap<Arc<str>, Option<Position>>,
    /// What mailboxes have passed in logs since the last look.
    passed: Vec<(Arc<str>, Envelope)>,
}

impl Disk {
    pub(super) fn new(limits: StoreLimits) -> Self {
        Self {
            limits,
            ..Self::default()
        }
    }

    /// The mailbox of a device that is written down.
    pub(super) fn mailbox(&self, user: &str, device: &str) -> Option<String> {
        let mut devices = self.devices.iter();
        let device = devices.find(|known| *known.user == *user && *known.id == *device)?;
        Some(mailbox(&device.user, device.number))
    }

    /// Whether one of a user's devices has ever missed messages.
    pub(super) fn has_missed(&self, user: &str) -> bool {
        self.missed.iter().any(|mailbox| user_of(mailbox) == user)
    }

    /// How many copies of a message there are.
    pub(super) fn copies(&self, user: &str, from: &str, fp: &str) -> usize {
        let is_it = |message: &Envelope| *message.from == *from && *message.fp == *fp;
        let own = self.of(user, Position::START);
        let own = own.filter(|(_, message)| is_it(message)).count();
        let in_logs = self.unread(user);
        own + in_logs.iter().filter(|message| is_it(message)).count()
    }

    /// What a mailbox has not read in logs.
    fn unread(&self, mailbox: &str) -> Vec<Envelope> {
        if self.logs.is_empty() {
            return Vec::new();
        }
        let nothing = std::iter::empty();
        let everything = self.logs.load(
            mailbox,
            nothing,
            Position::START,
            usize::MAX - 1,
            usize::MAX,
        );
        let Completion::Loaded { messages, .. } = everything else {
            return Vec::new();
        };
        messages.into_iter().map(|stored| stored.message).collect()
    }

    /// Whether a message stands in the log of a group or of two users.
    pub(super) fn has_logged(&self, log: &str, message: (&str, &str)) -> bool {
        self.logs.has(log, message.0, message.1)
    }

    pub(super) fn logs(&self) -> &Logs {
        &self.logs
    }

    pub(super) fn take_passed(&mut self) -> Vec<(Arc<str>, Envelope)> {
        std::mem::take(&mut self.passed)
    }

    /// The server ends: of the cursors that are not written down, it says which are.
    pub(super) fn end_server(&mut self, mut is_written: impl FnMut() -> bool) {
        for (mailbox, was) in std::mem::take(&mut self.moved) {
            if !is_written() {
                self.logs.set_cursor(&mailbox, was);
            }
        }
    }

    /// How many messages wait that are no longer than their receiver takes.
    pub(super) fn waiting(&self, max_body: impl Fn(&str) -> usize) -> usize {
        let messages = self.messages.iter();
        let own = messages
            .filter(|((user, _), message)| message.body.len() <= max_body(user))
            .count();
        let in_logs = self.devices.iter().map(|device| {
            let unread = self.unread(&mailbox(&device.user, device.number));
            // Nobody acknowledges what has come from here.
            unread
                .iter()
                .filter(|message| message.from != device.user)
                .count()
        });
        own + in_logs.sum::<usize>()
    }

    pub(super) fn take_purged(&mut self) -> Vec<Arc<str>> {
        std::mem::take(&mut self.purged)
    }

    /// Takes away what waits for a user. Returns how many messages those were.
    fn purge(&mut self, user: &Arc<str>, which: &Which) -> u64 {
        let meant = self.of(user, Position::START);
        let meant = meant.filter(|(_, message)| which.includes(message));
        let positions: Vec<_> = meant.map(|(position, _)| position).collect();
        for position in &positions {
            let removed = self.messages.remove(&(Arc::clone(user), *position));
            self.purged.extend(removed.map(|message| message.fp));
        }
        positions.len() as u64
    }

    pub(super) fn take_deleted(&mut self) -> Vec<(Arc<str>, Envelope)> {
        std::mem::take(&mut self.deleted)
    }

    /// Does what is asked, durably.
    fn handle(&mut self, user: &Arc<str>, request: Request) -> Option<Completion> {
        match request {
            Request::Append { messages } if owner_of_log(user).is_some() => {
                let places = messages.into_iter().map(|message| self.log(user, message));
                Some(Completion::Logged {
                    places: places.collect(),
                    failure: None,
                })
            }
            Request::Append { messages } => {
                let positions = messages
                    .into_iter()
                    .map(|message| self.append(user, message));
                Some(Completion::Appended {
                    positions: positions.collect(),
                    failure: None,
                })
            }
            Request::Load {
                after,
                limit,
                max_bytes,
            } => Some(self.load(user, after, limit, max_bytes)),
            Request::CancelLoad => Some(Completion::NotLoaded),
            Request::Advance { through } => {
                let was = self.logs.cursor(user);
                let read: Vec<_> = self.unread(user);
                self.logs.advance(user, through);
                let left: BTreeSet<_> = self
                    .unread(user)
                    .into_iter()
                    .map(|message| (message.from, message.fp))
                    .collect();
                let passed = read.into_iter().filter(|message| {
                    !left.contains(&(Arc::clone(&message.from), Arc::clone(&message.fp)))
                });
                self.passed
                    .extend(passed.map(|message| (Arc::clone(user), message)));
                self.moved.entry(Arc::clone(user)).or_insert(was);
                None
            }
            Request::Delete { position, .. } => {
                let removed = self.messages.remove(&(Arc::clone(user), position));
                self.deleted
                    .extend(removed.map(|message| (Arc::clone(user), message)));
                None
            }
        }
    }

    /// Puts a message into a log, once.
    fn log(&mut self, log: &Arc<str>, message: Envelope) -> Place {
        if let Some(place) = self.logs.find(log, &message) {
            return place;
        }
        self.last_position += 1;
        let position = Position(self.last_position);
        self.logs.append(log, position, self.last_position, message)
    }

    /// Stores a message, if there is room for one more of its sender.
    fn append(&mut self, user: &Arc<str>, message: Envelope) -> Option<Position> {
        let (mut waiting, mut of_sender) = (Amount::default(), Amount::default());
        for (_, other) in self.of(user, Position::START) {
            waiting += Amount::of(other);
            if other.from == message.from {
                of_sender += Amount::of(other);
            }
        }
        let has_room = self.limits.admit(Amount::of(&message), waiting, of_sender);
        has_room.ok()?;
        self.last_position += 1;
        let position = Position(self.last_position);
        self.messages.insert((Arc::clone(user), position), message);
        Some(position)
    }

    fn load(&self, user: &str, after: Position, limit: usize, max_bytes: usize) -> Completion {
        self.logs
            .load(user, self.of(user, after), after, limit, max_bytes)
    }

    fn of(&self, user: &str, after: Position) -> impl Iterator<Item = (Position, &Envelope)> {
        let user = Arc::<str>::from(user);
        let end = (Arc::clone(&user), Position(i64::MAX));
        self.messages
            .range((Bound::Excluded((user, after)), Bound::Included(end)))
            .map(|((_, position), message)| (*position, message))
    }
}

fn mailbox(user: &str, number: u16) -> String {
    match number {
        0 => user.to_owned(),
        number => format!("{user}{NO_ID_HAS}{number}"),
    }
}

/// Where devices are written down: on the disk, at once.
pub(super) struct SimulatedBook(pub(super) Arc<Mutex<Disk>>);

impl DeviceBook for SimulatedBook {
    fn put(&self, device: RegisteredDevice) -> Deferred<Result<(), String>> {
        let mut disk = self.0.lock();
        let is_new = !disk
            .devices
            .iter()
            .any(|known| known.user == device.user && known.id == device.id);
        if is_new && device.number > 0 {
            let end = Position(disk.last_position);
            let mailbox = Arc::from(mailbox(&device.user, device.number));
            disk.logs.begin(&mailbox, end);
        }
        if device.missed_since.is_some() {
            disk.missed.insert(mailbox(&device.user, device.number));
        }
        disk.devices
            .retain(|known| known.user != device.user || known.number != device.number);
        disk.devices.push(device);
        Deferred::Ready(Ok(()))
    }

    fn remove(&self, user: &str, number: u16) {
        let is_it = |device: &RegisteredDevice| *device.user == *user && device.number == number;
        self.0.lock().devices.retain(|device| !is_it(device));
    }
}

/// One server process's store.
pub(super) struct SimulatedStore {
    pub(super) disk: Arc<Mutex<Disk>>,
    synchronous: bool,
    queue: Mutex<VecDeque<(Arc<str>, Request)>>,
}

impl SimulatedStore {
    pub(super) fn new(disk: Arc<Mutex<Disk>>, synchronous: bool) -> Self {
        Self {
            disk,
            synchronous,
            queue: Mutex::default(),
        }
    }

    /// How many requests wait.
    pub(super) fn waiting(&self) -> usize {
        self.queue.lock().len()
    }

    /// Does the first `count` of what waits, in one transaction that may fail, and reads last; gives the answers.
    pub(super) fn commit(&self, count: usize, fails: bool) -> Vec<(Arc<str>, Completion)> {
        let mut disk = self.disk.lock();
        let mut batch: Vec<_> = self.queue.lock().drain(..count).collect();
        batch.sort_by_key(|(_, request)| matches!(request, Request::Load { .. }));
        let answer = |(user, request)| {
            let completion = match (&request, fails) {
                (_, false) => disk.handle(&user, request),
                (Request::Append { .. }, true) => {
                    Some(Completion::not_appended(StoreFailure::Unavailable))
                }
                (Request::Load { .. } | Request::CancelLoad, true) => Some(Completion::NotLoaded),
                (Request::Delete { .. } | Request::Advance { .. }, true) => None,
            };
            completion.map(|completion| (user, completion))
        };
        batch.into_iter().filter_map(answer).collect()
    }
}

impl Store for SimulatedStore {
    fn purge(&self, user: &Arc<str>, which: Which) -> Deferred<Result<u64, String>> {
        Deferred::Ready(Ok(self.disk.lock().purge(user, &which)))
    }

    fn submit(&self, user: &Arc<str>, request: Request) -> Option<Completion> {
        if self.synchronous {
            return self.disk.lock().handle(user, request);
        }
        let mut queue = self.queue.lock();
        if request == Request::CancelLoad {
            // Answered in its turn as what was not read.
            let is_theirs = |(reader, request): &&mut (Arc<str>, Request)| {
                reader == user && matches!(request, Request::Load { .. })
            };
            if let Some((_, load)) = queue.iter_mut().find(is_theirs) {
                *load = request;
            }
        } else {
            queue.push_back((Arc::clone(user), request));
        }
        None
    }
}
