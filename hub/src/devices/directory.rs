//! Which devices each user has, and which of them are online.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::sync::Arc;
use std::time::Duration;

use mobileim_protocol::Device;
use mobileim_protocol::mailbox::SessionId;
use parking_lot::RwLock;

use super::address::mailbox_of;
use super::book::{DeviceBook, RegisteredDevice};
use crate::deferred::Deferred;

/// Enough that two of a machine's cores seldom want the same.
const SHARDS: usize = 64;

/// To what it is written down when a device was online last, in ms.
const SEEN_TO: i64 = 24 * 60 * 60 * 1000;

/// Which sessions a user may have at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sessions {
    /// One: the original's rules (docs/protocol.md, "What the server does").
    #[default]
    Single,
    /// One for each device.
    PerDevice,
    /// One for each platform: a device takes the place of another one of its kind.
    PerPlatform,
}

/// What holds for the devices of each user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DevicePolicy {
    /// Which may be online at once.
    pub sessions: Sessions,
    /// How many there may be: one more takes the place of the one that is away and was seen longest ago, or else of the one that came first.
    pub max: usize,
    /// After this time without a login a device is forgotten, with what waits for it.
    pub forget_after: Duration,
}

impl Default for DevicePolicy {
    fn default() -> Self {
        Self {
            sessions: Sessions::default(),
            max: 10,
            forget_after: Duration::from_secs(30 * 24 * 60 * 60),
        }
    }
}

/// A device as it is seen from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeviceView {
    /// What its client calls it; empty for the one of clients that name none.
    pub id: Arc<str>,
    /// What kind of device it is, as its client says; empty if it does not.
    pub platform: Arc<str>,
    /// When it logged in first, in ms since 1970.
    pub since: i64,
    /// When it was online last, in ms since 1970, to about a day.
    pub seen: i64,
    /// Its session, if it is online.
    pub session: Option<SessionId>,
    /// From when on messages were not kept for it, in ms since 1970.
    pub missed_since: Option<i64>,
}

/// Where a login belongs.
#[derive(Debug, Clone)]
pub(crate) struct Placed {
    pub(crate) mailbox: Arc<str>,
    /// What is to be written down before the login is answered.
    pub(crate) to_put: Option<RegisteredDevice>,
    /// From when on messages were not kept for it.
    pub(crate) missed_since: Option<i64>,
}

/// The mailboxes that a message goes to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Mailboxes {
    /// The one without a number.
    Own,
    One(Arc<str>),
    Many(Vec<Arc<str>>),
}

impl Mailboxes {
    pub(crate) fn into_vec(self, user: &str) -> Vec<Arc<str>> {
        match self {
            Self::Own => vec![Arc::from(user)],
            Self::One(mailbox) => vec![mailbox],
            Self::Many(mailboxes) => mailboxes,
        }
    }
}

struct Entry {
    device: RegisteredDevice,
    mailbox: Arc<str>,
    session: Option<SessionId>,
    /// Whether it is written down.
    is_durable: bool,
}

type Users = HashMap<Arc<str>, Vec<Entry>>;

/// All devices, of everybody.
pub(crate) struct Directory {
    policy: DevicePolicy,
    book: Arc<dyn DeviceBook>,
    shards: Box<[RwLock<Users>]>,
}

impl Directory {
    /// Those that were written down.
    pub(crate) fn new(
        policy: DevicePolicy,
        book: Arc<dyn DeviceBook>,
        known: Vec<RegisteredDevice>,
    ) -> Self {
        let directory = Self {
            policy,
            book,
            shards: (0..SHARDS).map(|_| RwLock::default()).collect(),
        };
        if !directory.is_single() {
            for device in known {
                let mut users = directory.shard(&device.user).write();
                let user = Arc::clone(&device.user);
                users
                    .entry(user)
                    .or_default()
                    .push(Entry::new(device, true));
            }
        }
        directory
    }

    /// Whether each user has one session, and one mailbox.
    pub(crate) fn is_single(&self) -> bool {
        self.policy.sessions == Sessions::Single
    }

    /// Finds the mailbox of the device that a user logs in on, or makes one.
    pub(crate) fn place(&self, user: &Arc<str>, device: Option<&Device>, now: i64) -> Placed {
        if self.is_single() {
            return Placed {
                mailbox: Arc::clone(user),
                to_put: None,
                missed_since: None,
            };
        }
        let id = device.map_or("", |device| &device.id);
        let platform = device.and_then(|device| device.platform.as_deref());
        let platform = platform.unwrap_or_default();
        let mut users = self.shard(user).write();
        let entries = users.entry(Arc::clone(user)).or_default();
        if let Some(entry) = entries.iter_mut().find(|entry| *entry.device.id == *id) {
            let has_changed = *entry.device.platform != *platform;
            if has_changed {
                entry.device.platform = platform.into();
            }
            let missed_since = entry.device.missed_since.take();
            let must_put = has_changed || missed_since.is_some() || !entry.is_durable;
            return Placed {
                mailbox: Arc::clone(&entry.mailbox),
                to_put: must_put.then(|| entry.device.clone()),
                missed_since,
            };
        }
        let is_taken = |number: &u16| entries.iter().any(|entry| entry.device.number == *number);
        let number = (0..u16::MAX).find(|number| !is_taken(number)).unwrap_or(0);
        let entry = Entry::new(
            RegisteredDevice {
                user: Arc::clone(user),
                number,
                id: id.into(),
                platform: platform.into(),
                since: now,
                seen: now,
                missed_since: None,
            },
            false,
        );
        let placed = Placed {
            mailbox: Arc::clone(&entry.mailbox),
            to_put: Some(entry.device.clone()),
            missed_since: None,
        };
        entries.push(entry);
        placed
    }

    /// Writes down a device. Whoever logs in on it waits for that.
    pub(crate) fn put(&self, device: RegisteredDevice) -> Deferred<Result<(), String>> {
        self.book.put(device)
    }

    /// A device is written down, or could not be: then it is as if it had never come.
    pub(crate) fn was_put(&self, placed: &Placed, is_durable: bool) {
        let (user, number) = super::split(&placed.mailbox);
        let mut users = self.shard(user).write();
        let Some(entries) = users.get_mut(user) else {
            return;
        };
        let Some(index) = entries
            .iter()
            .position(|entry| entry.device.number == number)
        else {
            return;
        };
        if is_durable {
            entries[index].is_durable = true;
        } else if !entries[index].is_durable {
            entries.remove(index);
            if entries.is_empty() {
                users.remove(user);
            }
        } else if placed.missed_since.is_some() {
            entries[index].device.missed_since = placed.missed_since;
        }
    }

    /// Takes out the devices whose place another one takes that has logged in. Gives their mailboxes.
    pub(crate) fn displace(&self, mailbox: &str) -> Vec<Arc<str>> {
        if self.is_single() {
            return Vec::new();
        }
        let (user, number) = super::split(mailbox);
        let mut users = self.shard(user).write();
        let Some(entries) = users.get_mut(user) else {
            return Vec::new();
        };
        let mut displaced = Vec::new();
        if self.policy.sessions == Sessions::PerPlatform
            && let Some(own) = entries.iter().find(|entry| entry.device.number == number)
        {
            let platform = Arc::clone(&own.device.platform);
            displaced.extend(entries.extract_if(.., |entry| {
                entry.device.number != number && entry.device.platform == platform
            }));
        }
        while entries.len() > self.policy.max.max(1) {
            let others = entries.iter().enumerate();
            let others = others.filter(|(_, entry)| entry.device.number != number);
            // Those that are away are first.
            let first =
                others.min_by_key(|(_, entry)| (entry.session.is_some(), entry.device.seen));
            let Some((index, _)) = first else { break };
            displaced.push(entries.remove(index));
        }
        displaced.into_iter().map(|entry| entry.mailbox).collect()
    }

    /// Takes out a device by its name. Gives its mailbox, if there is such a device.
    pub(crate) fn remove(&self, user: &str, id: &str) -> Option<Arc<str>> {
        let mut users = self.shard(user).write();
        let entries = users.get_mut(user)?;
        let index = entries.iter().position(|entry| *entry.device.id == *id)?;
        let removed = entries.remove(index);
        if entries.is_empty() {
            users.remove(user);
        }
        Some(removed.mailbox)
    }

    /// Takes out the devices that were away for too long, and notes that those that are online are. Gives the mailboxes of the former.
    pub(crate) fn sweep(&self, now: i64) -> Vec<Arc<str>> {
        let max = i64::try_from(self.policy.forget_after.as_millis()).unwrap_or(i64::MAX);
        let mut gone = Vec::new();
        for shard in &self.shards {
            let mut users = shard.write();
            let mut old = Vec::new();
            #[expect(clippy::disallowed_methods, reason = "what is gone is sorted")]
            users.retain(|_, entries| {
                for entry in entries.iter_mut().filter(|entry| entry.session.is_some()) {
                    self.note_seen(entry, now);
                }
                old.extend(entries.extract_if(.., |entry| {
                    entry.session.is_none() && now.saturating_sub(entry.device.seen) > max
                }));
                !entries.is_empty()
            });
            gone.extend(old.into_iter().map(|entry| entry.mailbox));
        }
        gone.sort_unstable();
        gone
    }

    /// A device that was taken out is written down no more. To be called once its mailbox is purged.
    pub(crate) fn strike(&self, mailbox: &str) {
        let (user, number) = super::split(mailbox);
        self.book.remove(user, number);
    }

    /// A session of the device began. Returns how many others of the user's are online.
    pub(crate) fn note_online(&self, mailbox: &str, session: SessionId, now: i64) -> usize {
        self.note_session(mailbox, Some(now), |of_device| {
            *of_device = Some(session);
        })
    }

    /// A session of the device ended. Returns how many others of the user's are online.
    pub(crate) fn note_offline(&self, mailbox: &str, session: SessionId) -> usize {
        self.note_session(mailbox, None, |of_device| {
            of_device.take_if(|live| *live == session);
        })
    }

    fn note_session(
        &self,
        mailbox: &str,
        now: Option<i64>,
        change: impl FnOnce(&mut Option<SessionId>),
    ) -> usize {
        if self.is_single() {
            return 0;
        }
        let (user, number) = super::split(mailbox);
        let mut users = self.shard(user).write();
        let Some(entries) = users.get_mut(user) else {
            return 0;
        };
        if let Some(entry) = entries
            .iter_mut()
            .find(|entry| entry.device.number == number)
        {
            change(&mut entry.session);
            if let Some(now) = now {
                self.note_seen(entry, now);
            }
        }
        let others = entries.iter().filter(|entry| entry.device.number != number);
        others.filter(|entry| entry.session.is_some()).count()
    }

    fn note_seen(&self, entry: &mut Entry, now: i64) {
        if entry.is_durable && now.saturating_sub(entry.device.seen) > SEEN_TO {
            entry.device.seen = now;
            self.book.note(entry.device.clone());
        }
    }

    /// No more messages are kept for a device, as it has too many, until it logs in again. Returns whether that is so: not if the user has no
    /// other that gets them.
    pub(crate) fn note_missed(&self, mailbox: &str, now: i64) -> bool {
        let (user, number) = super::split(mailbox);
        let mut users = self.shard(user).write();
        let Some(entries) = users.get_mut(user) else {
            return false;
        };
        let is_own = |entry: &Entry| entry.device.number == number;
        let gets_them = |entry: &Entry| !is_own(entry) && entry.device.missed_since.is_none();
        if !entries.iter().any(gets_them) {
            return false;
        }
        if let Some(entry) = entries.iter_mut().find(|entry| is_own(entry))
            && entry.device.missed_since.is_none()
        {
            entry.device.missed_since = Some(now);
            self.book.note(entry.device.clone());
        }
        true
    }

    /// The mailboxes that a message to this user goes to: those for which messages are kept, or all if there is no such.
    pub(crate) fn mailboxes(&self, user: &str) -> Mailboxes {
        if self.is_single() {
            return Mailboxes::Own;
        }
        let users = self.shard(user).read();
        let entries = users.get(user).map_or(&[][..], |entries| entries);
        let is_kept = |entry: &&Entry| entry.device.missed_since.is_none();
        let is_for_all = !entries.iter().any(|entry| is_kept(&entry));
        let receivers = entries.iter().filter(|entry| is_for_all || is_kept(entry));
        let mut receivers = receivers.map(|entry| Arc::clone(&entry.mailbox));
        match (receivers.next(), receivers.next()) {
            (None, _) => Mailboxes::Own,
            (Some(one), None) => Mailboxes::One(one),
            (Some(one), Some(other)) => {
                Mailboxes::Many([one, other].into_iter().chain(receivers).collect())
            }
        }
    }

    /// The mailboxes of the devices that get what a user sends from this one: all others that are named, as originals know of no such thing.
    pub(crate) fn copies(&self, mailbox: &str) -> Vec<Arc<str>> {
        if self.is_single() {
            return Vec::new();
        }
        let (user, number) = super::split(mailbox);
        let users = self.shard(user).read();
        let entries = users.get(user).map_or(&[][..], |entries| entries);
        let others = entries.iter().filter(|entry| {
            let device = &entry.device;
            device.number != number && !device.id.is_empty() && device.missed_since.is_none()
        });
        others.map(|entry| Arc::clone(&entry.mailbox)).collect()
    }

    /// The mailbox of a user with one device.
    pub(crate) fn sole_mailbox(&self, user: &Arc<str>) -> Option<Arc<str>> {
        if self.is_single() {
            return Some(Arc::clone(user));
        }
        let users = self.shard(user).read();
        match users.get(user).map_or(&[][..], |entries| entries) {
            [] => Some(Arc::clone(user)),
            [sole] => Some(Arc::clone(&sole.mailbox)),
            _ => None,
        }
    }

    /// Whether the device that has this mailbox is named by its client.
    pub(crate) fn is_named(&self, mailbox: &str) -> bool {
        self.id_of(mailbox).is_some_and(|id| !id.is_empty())
    }

    /// Does something with each mailbox of a user's. Where users have one session, that costs nothing but the call.
    pub(crate) fn for_each_mailbox(&self, user: &str, mut act: impl FnMut(&str)) {
        if self.is_single() {
            return act(user);
        }
        for mailbox in self.all_mailboxes(user) {
            act(&mailbox);
        }
    }

    /// All mailboxes of a user's, also those for which nothing is kept.
    pub(crate) fn all_mailboxes(&self, user: &str) -> Vec<Arc<str>> {
        let users = self.shard(user).read();
        match users.get(user) {
            Some(entries) => entries
                .iter()
                .map(|entry| Arc::clone(&entry.mailbox))
                .collect(),
            None => vec![Arc::from(user)],
        }
    }

    /// What the device with this mailbox is called, if it is one of its user's.
    pub(crate) fn id_of(&self, mailbox: &str) -> Option<Arc<str>> {
        let (user, number) = super::split(mailbox);
        let users = self.shard(user).read();
        let mut entries = users.get(user)?.iter();
        let own = entries.find(|entry| entry.device.number == number)?;
        Some(Arc::clone(&own.device.id))
    }

    /// A user's devices, in the order they came.
    pub(crate) fn devices(&self, user: &str) -> Vec<DeviceView> {
        let users = self.shard(user).read();
        let entries = users.get(user).map_or(&[][..], |entries| entries);
        let mut devices: Vec<_> = entries.iter().map(Entry::view).collect();
        devices.sort_by_key(|device| device.since);
        devices
    }

    fn shard(&self, user: &str) -> &RwLock<Users> {
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(user);
        let index = usize::try_from(hash % SHARDS as u64).expect("less than the shards");
        &self.shards[index]
    }
}

impl Entry {
    fn new(device: RegisteredDevice, is_durable: bool) -> Self {
        Self {
            mailbox: mailbox_of(&device.user, device.number),
            device,
            session: None,
            is_durable,
        }
    }

    fn view(&self) -> DeviceView {
        let RegisteredDevice {
            id,
            platform,
            since,
            seen,
            missed_since,
            ..
        } = &self.device;
        DeviceView {
            id: Arc::clone(id),
            platform: Arc::clone(platform),
            since: *since,
            seen: *seen,
            session: self.session,
            missed_since: *missed_since,
        }
    }
}
