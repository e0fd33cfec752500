//! The store, and the disk that survives the server.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Bound;
use std::sync::Arc;

use mobileim_hub::store::{
    Amount, Completion, Conversation, LogPage, LogPart, Logs, Request, Store, StoreLimits, Which,
    owner_of_log,
};
use mobileim_hub::{Deferred, DeviceBook, RegisteredDevice, user_of};
use mobileim_protocol::NO_ID_HAS;
use mobileim_protocol::mailbox::{Envelope, Place, Position, StoreFailure};
use parking_lot::Mutex;

/// What is durable.
#[derive(Debug, Default)]
pub(super) struct Disk {
    messages: BTreeMap<(Arc<str>, Position), Envelope>,
    /// The logs of conversations; and how far they are read, as the server's process knows it.
    logs: Logs,
    /// How far the mailboxes had read whose cursors have not been written down since.
    unwritten: BTreeMap<Arc<str>, Option<Position>>,
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
    /// What mailboxes have passed by in logs since the last look.
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
        let own = std::iter::empty();
        let (limit, max_bytes) = (1 << 30, usize::MAX);
        let all = self
            .logs
            .load(mailbox, own, Position::START, limit, max_bytes);
        let Completion::Loaded { messages, .. } = all else {
            return Vec::new();
        };
        messages.into_iter().map(|stored| stored.message).collect()
    }

    pub(super) fn logs(&self) -> &Logs {
        &self.logs
    }

    pub(super) fn take_passed(&mut self) -> Vec<(Arc<str>, Envelope)> {
        std::mem::take(&mut self.passed)
    }

    /// How many messages wait that are no longer than their receiver takes.
    pub(super) fn waiting(&self, max_body: impl Fn(&str) -> usize) -> usize {
        let messages = self.messages.iter();
        let own = messages
            .filter(|((user, _), message)| message.body.len() <= max_body(user))
            .count();
        let in_logs = self.devices.iter().map(|device| {
            let mailbox = mailbox(&device.user, device.number);
            let unread = self.unread(&mailbox);
            // What was sent from here, or its client does not want, is acknowledged with what comes behind it.
            let is_shown = |message: &&Envelope| {
                let lane = message.lane.as_deref().unwrap_or_default();
                let is_from_here = lane
                    .rsplit_once(NO_ID_HAS)
                    .is_some_and(|(from, _)| from == mailbox);
                message.from != device.user || !is_from_here && !device.id.is_empty()
            };
            unread.iter().filter(is_shown).count()
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

    /// The server is gone. How far logs were read goes with it where it was not written down; or it was, and nobody was told.
    pub(super) fn crash(&mut self, mut is_lost: impl FnMut() -> bool) {
        for (mailbox, cursor) in std::mem::take(&mut self.unwritten) {
            if is_lost() {
                self.logs.set_cursor(&mailbox, cursor);
            }
        }
    }

    /// Does what is asked, durably; but for how far logs are read, which is written down with what comes next.
    fn handle(&mut self, user: &Arc<str>, request: Request) -> Option<Completion> {
        if matches!(request, Request::Append { .. } | Request::Delete { .. }) {
            self.unwritten.clear();
        }
        match request {
            Request::Append { messages } if owner_of_log(user).is_some() => {
                let places = messages
                    .into_iter()
                    .map(|message| self.append_to_log(user, message));
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
                let before = self.logs.cursor(user);
                self.unwritten.entry(Arc::clone(user)).or_insert(before);
                let unread = self.unread(user);
                self.logs.advance(user, through);
                let passed = unread.len() - self.unread(user).len();
                let passed = unread.into_iter().take(passed);
                self.passed
                    .extend(passed.map(|message| (Arc::clone(user), message)));
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
        let position = self.next_position();
        self.messages.insert((Arc::clone(user), position), message);
        Some(position)
    }

    /// Puts a message into a conversation's log, unless it is there.
    fn append_to_log(&mut self, log: &Arc<str>, message: Envelope) -> Place {
        self.logs.find(log, &message).unwrap_or_else(|| {
            let position = self.next_position();
            // No two at the same time.
            self.logs.append(log, position, position.0, message)
        })
    }

    fn next_position(&mut self) -> Position {
        self.last_position += 1;
        Position(self.last_position)
    }

    fn load(&self, user: &str, after: Position, limit: usize, max_bytes: usize) -> Completion {
        let own = self.of(user, after);
        self.logs.load(user, own, after, limit, max_bytes)
    }

    /// Takes out a device. Returns whether it was there.
    fn take_out(&mut self, user: &str, number: u16) -> bool {
        let count = self.devices.len();
        let is_it = |device: &RegisteredDevice| *device.user == *user && device.number == number;
        self.devices.retain(|device| !is_it(device));
        self.devices.len() < count
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
        let mailbox = mailbox(&device.user, device.number);
        if device.missed_since.is_some() {
            disk.missed.insert(mailbox.clone());
        }
        if !disk.take_out(&device.user, device.number) && device.number > 0 {
            // A new device begins at the end of the logs.
            let last = Position(disk.last_position);
            disk.logs.begin(&mailbox.into(), last);
        }
        disk.devices.push(device);
        Deferred::Ready(Ok(()))
    }

    fn remove(&self, user: &str, number: u16) {
        let mut disk = self.0.lock();
        disk.take_out(user, number);
        let mailbox = Arc::from(mailbox(user, number));
        disk.logs.set_cursor(&mailbox, None);
        disk.unwritten.remove(&mailbox);
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
    fn read_log(
        &self,
        log: &Arc<str>,
        reader: Option<&Arc<str>>,
        part: LogPart,
        limit: usize,
        max_bytes: usize,
    ) -> Deferred<Result<LogPage, String>> {
        let disk = self.disk.lock();
        let reader = reader.map(|reader| &**reader);
        Deferred::Ready(Ok(disk.logs.page(log, reader, part, limit, max_bytes)))
    }

    fn conversations(
        &self,
        user: &Arc<str>,
        before: Option<Position>,
        limit: usize,
    ) -> Deferred<Result<Vec<Conversation>, String>> {
        let disk = self.disk.lock();
        Deferred::Ready(Ok(disk.logs.conversations(user, before, limit)))
    }

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

#[cfg(test)]
mod tests {
    use super::*;
    use mobileim_hub::store::log_of_pair;

    struct World {
        disk: Arc<Mutex<Disk>>,
        store: SimulatedStore,
    }

    impl World {
        fn new() -> Self {
            let disk = Arc::new(Mutex::new(Disk::new(StoreLimits::none())));
            let store = SimulatedStore::new(Arc::clone(&disk), false);
            Self { disk, store }
        }

        /// Something is written into the log of alice and bob.
        fn write(&self, fp: &str) {
            let message = Envelope {
                from: "alice".into(),
                fp: fp.into(),
                bridge: false,
                body: "hi".into(),
                expires_at: None,
                on_behalf: false,
                lane: None,
                change: None,
            };
            let messages = vec![message];
            self.ask(&log_of_pair("alice", "bob"), Request::Append { messages });
        }

        fn advance(&self, mailbox: &str, through: i64) {
            let through = Position(through);
            self.ask(&mailbox.into(), Request::Advance { through });
        }

        fn ask(&self, mailbox: &Arc<str>, request: Request) {
            assert_eq!(self.store.submit(mailbox, request), None);
        }

        fn crash(&self) {
            self.store.queue.lock().clear();
            self.disk.lock().crash(|| true);
        }

        /// The fingerprints of what a mailbox finds.
        fn found(&self, mailbox: &str) -> String {
            let loaded = self.disk.lock().load(mailbox, Position::START, 9, 999);
            let Completion::Loaded { messages, .. } = loaded else {
                panic!("{loaded:?}");
            };
            messages.iter().map(|stored| &*stored.message.fp).collect()
        }
    }

    #[test]
    fn what_was_not_committed_is_in_no_log() {
        let world = World::new();
        world.write("a");
        world.write("b");
        let answers = world.store.commit(1, false);
        assert!(matches!(&answers[0].1, Completion::Logged { places, .. } if places[0].seq == 1));
        assert!(
            world.store.commit(1, true)[0].1 == Completion::not_appended(StoreFailure::Unavailable)
        );
        world.write("c");
        world.crash();
        assert_eq!(world.found("bob"), "a");
        // Whoever repeats it finds it there.
        world.write("a");
        let answers = world.store.commit(1, false);
        assert!(matches!(&answers[0].1, Completion::Logged { places, .. } if !places[0].is_new));
    }

    #[test]
    fn how_far_a_log_was_read_is_durable_with_what_is_committed_after_that() {
        let world = World::new();
        world.write("a");
        world.write("b");
        world.advance("bob", 1);
        world.store.commit(3, false);
        assert_eq!(world.found("bob"), "b");
        world.crash();
        assert_eq!(world.found("bob"), "ab");
        world.advance("bob", 1);
        world.write("c");
        world.advance("bob", 2);
        world.store.commit(3, false);
        assert_eq!(world.found("bob"), "c");
        world.crash();
        assert_eq!(world.found("bob"), "bc");
    }

    #[test]
    fn a_device_that_is_new_begins_at_the_end_of_the_logs() {
        let world = World::new();
        let book = SimulatedBook(Arc::clone(&world.disk));
        let put = || {
            let device = RegisteredDevice {
                user: "bob".into(),
                number: 1,
                id: "phone".into(),
                platform: "".into(),
                since: 0,
                seen: 0,
                missed_since: None,
            };
            drop(book.put(device));
        };
        let phone = mailbox("bob", 1);
        let write = |fp| {
            world.write(fp);
            world.store.commit(1, false);
        };
        write("a");
        put();
        write("b");
        put();
        world.crash();
        assert_eq!(world.found(&phone), "b");
        assert_eq!(world.found("bob"), "ab");
        book.remove("bob", 1);
        put();
        assert_eq!(world.found(&phone), "");
    }
}
