//! The users who are watched, and by whom.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use mobileim_protocol::Instant;
use mobileim_protocol::mailbox::SessionId;
use parking_lot::Mutex;

use super::queue::Queue;
use super::seen::LastSeen;
use super::{PresencePolicy, State, VisibleTo, Watcher};
use crate::sender::Sender;

/// Enough that two of a machine's cores seldom want the same.
const SHARDS: usize = 64;

/// How many watchers are told in one turn of the timer, and how many while the lock of one shard is held.
const TURN: usize = 512;
const CHUNK: usize = 64;

/// Who watches whom.
pub(crate) struct Presence {
    policy: PresencePolicy,
    shards: Box<[Mutex<Users>]>,
    queue: Mutex<Queue>,
    seen: LastSeen,
    last_number: AtomicU64,
}

type Users = HashMap<Arc<str>, Watched>;

/// A user who is watched.
struct Watched {
    /// What those are told who watch.
    state: State,
    /// By their numbers.
    watchers: BTreeMap<u64, Entered>,
    /// When to find out whether that is still so.
    due: Option<Instant>,
    /// While watchers are told: behind which of them the next ones are.
    told_up_to: Option<u64>,
}

struct Entered {
    watcher: Arc<Watcher>,
    /// Whether it was told that the user is online; `None` as long as it waits for its answer.
    told: Option<bool>,
}

impl Presence {
    pub(crate) fn new(policy: PresencePolicy) -> Self {
        Self {
            policy,
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            queue: Mutex::default(),
            seen: LastSeen::default(),
            last_number: AtomicU64::new(0),
        }
    }

    pub(crate) fn policy(&self) -> &PresencePolicy {
        &self.policy
    }

    pub(crate) fn is_on(&self) -> bool {
        self.policy.visible_to != VisibleTo::Nobody
    }

    /// A session that will watch.
    pub(crate) fn watcher(&self, sender: &Sender, session: SessionId) -> Arc<Watcher> {
        Arc::new(Watcher {
            number: self.last_number.fetch_add(1, Ordering::Relaxed) + 1,
            user: Arc::clone(&sender.user),
            mailbox: Arc::clone(&sender.mailbox),
            session,
        })
    }

    /// A session watches a user, or does so anew. It is told nothing before [`Presence::confirm`].
    pub(crate) fn begin(
        &self,
        who: &Arc<Watcher>,
        user: &Arc<str>,
        is_online: impl FnOnce() -> bool,
    ) -> State {
        let mut users = self.shard(user).lock();
        // Found out with the lock held: what changes from here on is noted.
        let watched = match users.entry(Arc::clone(user)) {
            Entry::Occupied(watched) => watched.into_mut(),
            Entry::Vacant(vacant) => vacant.insert(Watched {
                state: self.state(user, is_online()),
                watchers: BTreeMap::new(),
                due: None,
                told_up_to: None,
            }),
        };
        let entered = Entered {
            watcher: Arc::clone(who),
            told: None,
        };
        watched.watchers.insert(who.number, entered);
        watched.state
    }

    /// The session was told by its answer. If that is not so any more, `tell` it.
    pub(crate) fn confirm(
        &self,
        who: &Watcher,
        user: &str,
        answered: State,
        tell: impl FnOnce(State),
    ) {
        let mut users = self.shard(user).lock();
        let Some(watched) = users.get_mut(user) else {
            return;
        };
        let state = watched.state;
        if let Some(entered) = watched.watchers.get_mut(&who.number) {
            entered.told = Some(state.online);
            if state.online != answered.online {
                tell(state);
            }
        }
    }

    /// A session watches a user no more.
    pub(crate) fn end(&self, who: &Watcher, user: &str) {
        let mut users = self.shard(user).lock();
        if let Some(watched) = users.get_mut(user) {
            watched.watchers.remove(&who.number);
            if watched.watchers.is_empty() {
                users.remove(user);
            }
        }
    }

    /// What is told of a user.
    pub(crate) fn look(&self, user: &str, is_online: impl FnOnce() -> bool) -> State {
        let users = self.shard(user).lock();
        let watched = users.get(user).map(|watched| watched.state);
        watched.unwrap_or_else(|| self.state(user, is_online()))
    }

    /// A user has come online. Returns when there is something to do, if there is.
    pub(crate) fn came(&self, now: Instant, user: &str) -> Option<Instant> {
        self.note(now, user)
    }

    /// A user's last session has ended. The same.
    pub(crate) fn went(&self, now: Instant, user: &str, unix_millis: i64) -> Option<Instant> {
        self.seen.note(hash(user), user, unix_millis);
        self.note(now + self.policy.offline_after, user)
    }

    fn note(&self, at: Instant, user: &str) -> Option<Instant> {
        let mut users = self.shard(user).lock();
        let (user, watched) = users
            .get_key_value(user)
            .map(|(user, _)| Arc::clone(user))
            .and_then(|key| users.get_mut(&key).map(|watched| (key, watched)))?;
        if watched.due.is_some_and(|due| due <= at) {
            return None;
        }
        watched.due = Some(at);
        self.queue.lock().push(at, user);
        Some(at)
    }

    /// Whether it is known when this user's last session ended.
    pub(crate) fn has_seen(&self, user: &str) -> bool {
        self.seen.of(hash(user), user).is_some()
    }

    /// It was remembered elsewhere when this user's last session ended.
    pub(crate) fn recall(&self, user: &str, unix_millis: i64) {
        self.seen.recall(hash(user), user, unix_millis);
    }

    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.queue.lock().next_deadline()
    }

    /// Tells what is to be told by now, or as much of it as one turn has room for.
    pub(crate) fn handle_timeout(
        &self,
        now: Instant,
        is_online: impl Fn(&str) -> bool,
        tell: impl Fn(&Watcher, &str, State),
    ) {
        let mut left = TURN;
        while left > 0 {
            let next = self.queue.lock().pop(now);
            let Some(user) = next else {
                return;
            };
            let mut users = self.shard(&user).lock();
            let Some(watched) = users.get_mut(&user) else {
                continue;
            };
            if watched.due.is_some_and(|due| due <= now) {
                watched.due = None;
                let state = self.state(&user, is_online(&user));
                if state.online != watched.state.online {
                    watched.state = state;
                    watched.told_up_to = Some(0);
                }
            }
            left = left.saturating_sub(watched.tell(|watcher, state| tell(watcher, &user, state)));
            if watched.told_up_to.is_some() {
                self.queue.lock().push(now, Arc::clone(&user));
            }
        }
        self.queue.lock().pause(now);
    }

    /// How many users are watched.
    #[cfg(test)]
    pub(crate) fn watched(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().len()).sum()
    }

    fn state(&self, user: &str, online: bool) -> State {
        let last_seen = if online {
            None
        } else {
            self.seen.of(hash(user), user)
        };
        State { online, last_seen }
    }

    fn shard(&self, user: &str) -> &Mutex<Users> {
        let index = usize::try_from(hash(user) % SHARDS as u64).expect("less than the shards");
        &self.shards[index]
    }
}

impl Watched {
    /// Tells the next watchers. Returns how many those were, and one for having looked.
    fn tell(&mut self, tell: impl Fn(&Watcher, State)) -> usize {
        let Some(told_up_to) = self.told_up_to else {
            return 1;
        };
        let behind = (Bound::Excluded(told_up_to), Bound::Unbounded);
        let mut looked_at = 0;
        self.told_up_to = None;
        for (number, entered) in self.watchers.range_mut(behind) {
            if entered.told.is_some_and(|told| told != self.state.online) {
                entered.told = Some(self.state.online);
                tell(&entered.watcher, self.state);
            }
            looked_at += 1;
            if looked_at == CHUNK {
                self.told_up_to = Some(*number);
                break;
            }
        }
        looked_at + 1
    }
}

/// Without a random seed: a simulation must find everybody where they were the last time.
fn hash(user: &str) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(user)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::time::Duration;

    use super::*;
    use crate::tests::world::{START, UNIX_MILLIS, sender};

    fn presence() -> Presence {
        Presence::new(PresencePolicy {
            visible_to: VisibleTo::Everyone,
            ..PresencePolicy::default()
        })
    }

    /// Whom the timer tells of what.
    fn turn(presence: &Presence, now: Instant, online: bool) -> Vec<(u64, bool)> {
        let told = RefCell::new(Vec::new());
        presence.handle_timeout(
            now,
            |_| online,
            |watcher, _, state| told.borrow_mut().push((watcher.number, state.online)),
        );
        told.into_inner()
    }

    #[test]
    fn what_changes_before_the_answer_is_told_after_it() {
        let presence = presence();
        let bob = Arc::from("bob");
        let [first, second] =
            [1, 2].map(|number| presence.watcher(&sender("alice"), SessionId(number)));
        let answered = presence.begin(&first, &bob, || false);
        presence.confirm(&first, &bob, answered, |_| panic!("nothing has changed"));
        let answered = presence.begin(&second, &bob, || panic!("it is known"));
        assert!(!answered.online);
        assert_eq!(presence.came(START, "bob"), Some(START));
        assert_eq!(turn(&presence, START, true), [(1, true)]);
        let mut told = None;
        presence.confirm(&second, &bob, answered, |state| told = Some(state.online));
        assert_eq!(told, Some(true));
        let at = presence.went(START, "bob", UNIX_MILLIS).unwrap();
        assert_eq!(turn(&presence, START, false), []);
        assert_eq!(turn(&presence, at, false), [(1, false), (2, false)]);
    }

    #[test]
    fn of_a_user_whom_nobody_watches_there_is_nothing_to_do() {
        let presence = presence();
        assert_eq!(presence.came(START, "bob"), None);
        assert_eq!(presence.went(START, "bob", UNIX_MILLIS), None);
        assert_eq!(presence.next_deadline(), None);
        let state = presence.look("bob", || false);
        assert_eq!(state.last_seen, Some(UNIX_MILLIS));
    }

    #[test]
    fn a_later_change_does_not_put_off_an_earlier_one() {
        let presence = presence();
        let bob = Arc::from("bob");
        let alice = presence.watcher(&sender("alice"), SessionId(1));
        let answered = presence.begin(&alice, &bob, || true);
        presence.confirm(&alice, &bob, answered, |_| ());
        let at = presence.went(START, "bob", UNIX_MILLIS).unwrap();
        let soon = START + Duration::from_secs(1);
        assert_eq!(presence.went(soon, "bob", UNIX_MILLIS), None);
        assert_eq!(
            presence.came(soon, "bob"),
            Some(soon),
            "but an earlier one counts"
        );
        assert_eq!(turn(&presence, soon, true), []);
        assert_eq!(turn(&presence, at, false), [], "it was found out already");
    }
}
