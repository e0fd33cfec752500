//! Keys that an identity provider publishes, a JSON Web Key Set (RFC 7517), and exchanges when it likes.
//!
//! They are fetched again from time to time, and at once when a token names a key that is not among them, as a new one does; but
//! never sooner than some seconds after the last time, so that forged names do not have the server ask without end. While the
//! provider cannot be asked, the keys that are there go on to count, for a day at most. Before there are any, and after that day,
//! nobody is refused for good: clients are told to come back.

mod caching;
mod set;

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use jsonwebtoken::Algorithm;
use mobileim_hub::{AuthStats, Counter};
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;
use tokio::time::Instant;
use tracing::{info, warn};

use self::set::{Found, Named};
use super::keys::Key;
use crate::outgoing::{Address, Client, Trust};

/// How long the provider may take to answer.
const TIME: Duration = Duration::from_secs(5);

/// The longest set of keys, in bytes.
const MAX_LEN: usize = 256 * 1024;

/// A set of keys that a provider publishes. Clones are one and the same; the provider is asked until the last one is dropped.
#[derive(Clone)]
pub struct Jwks(Arc<Inner>);

struct Inner {
    shared: Arc<Shared>,
    task: OnceLock<AbortHandle>,
}

struct Shared {
    client: Client,
    times: Times,
    state: watch::Sender<State>,
    fetched: Counter,
    failed: Counter,
    /// Somebody wants the keys to be fetched before it is time.
    asked: Notify,
}

/// When the provider is asked.
#[derive(Debug, Clone, Copy)]
struct Times {
    /// How long keys are left alone if the provider does not say; else within the next two.
    regular: Duration,
    shortest: Duration,
    longest: Duration,
    /// Between two times at least, however many ask for it.
    apart: Duration,
    /// How long keys count that cannot be fetched again.
    kept: Duration,
}

const TIMES: Times = Times {
    regular: Duration::from_secs(15 * 60),
    shortest: Duration::from_secs(5 * 60),
    longest: Duration::from_secs(24 * 60 * 60),
    apart: Duration::from_secs(10),
    kept: Duration::from_secs(24 * 60 * 60),
};

/// The same complaint is repeated so often at most.
const COMPLAIN_AGAIN: Duration = Duration::from_secs(10 * 60);

#[derive(Default)]
struct State {
    keys: Option<Fetched>,
    /// How often it was tried.
    tries: u64,
    /// When the provider may be asked again; none while it is being asked.
    free_at: Option<Instant>,
    trouble: Option<String>,
}

struct Fetched {
    keys: Arc<[Named]>,
    at: Instant,
}

/// What is known of the key of a token.
pub(super) enum Candidates {
    /// One of these, if any.
    Keys(Vec<Key>),
    /// The token names a key that is not among them.
    Unknown,
    /// There are no keys.
    NoKeys,
}

/// What came of asking for the keys before it is time.
pub(super) enum Asked {
    /// The provider was asked.
    Now,
    /// It was asked a moment ago, and will not be for so long.
    TooSoon(Duration),
}

impl Jwks {
    /// The keys at this address.
    pub fn new(address: Address, trust: Trust) -> Self {
        Self::with_times(address, trust, TIMES, TIME)
    }

    fn with_times(address: Address, trust: Trust, times: Times, time: Duration) -> Self {
        let shared = Arc::new(Shared {
            client: Client::new(address, trust, time, MAX_LEN),
            times,
            state: watch::channel(State::default()).0,
            fetched: Counter::default(),
            failed: Counter::default(),
            asked: Notify::new(),
        });
        Self(Arc::new(Inner {
            shared,
            task: OnceLock::new(),
        }))
    }

    /// Begins to fetch them, on the current tokio runtime; else the first login does.
    pub(super) fn start(&self) {
        if let Ok(runtime) = Handle::try_current() {
            self.0.task.get_or_init(|| {
                let shared = Arc::clone(&self.0.shared);
                runtime.spawn(shared.keep_fetching()).abort_handle()
            });
        }
    }

    /// Returns whether the other one has the same keys, as far as what is configured says.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.0.shared.client.is_like(&other.0.shared.client)
    }

    /// Returns the keys that a token may be signed with.
    pub(super) fn candidates(&self, algorithm: Algorithm, name: Option<&str>) -> Candidates {
        let Some(keys) = self.0.shared.keys() else {
            return Candidates::NoKeys;
        };
        let fits = |key: &&Named| match (&key.name, name) {
            (Some(key), Some(name)) => key == name,
            // Who names nothing has to fit anyway.
            _ => true,
        };
        let mut fitting = keys.iter().filter(fits).peekable();
        if fitting.peek().is_none() && name.is_some() {
            return Candidates::Unknown;
        }
        let fitting = fitting.filter(|key| key.key.algorithm == algorithm);
        Candidates::Keys(fitting.map(|key| key.key.clone()).collect())
    }

    /// Has the keys fetched before it is time, and waits until they are, or are not.
    pub(super) async fn ask(&self) -> Asked {
        self.start();
        let shared = &self.0.shared;
        let mut state = shared.state.subscribe();
        let tries = match shared.wait() {
            Some(wait) => return Asked::TooSoon(wait),
            None => state.borrow().tries,
        };
        if state.borrow().free_at.is_some() {
            shared.asked.notify_one();
        }
        // It takes no longer than the provider may; an error says that the keys are dropped.
        let _ = state.wait_for(|state| state.tries > tries).await;
        Asked::Now
    }

    /// Returns for how long the provider will not be asked.
    pub(super) fn wait(&self) -> Option<Duration> {
        self.0.shared.wait()
    }

    pub(super) fn stats(&self) -> AuthStats {
        let mut stats = AuthStats::default();
        stats.keys_fetched = self.0.shared.fetched.read();
        stats.keys_failed = self.0.shared.failed.read();
        stats
    }

    /// Returns why there are no keys.
    pub(super) fn trouble(&self) -> Option<String> {
        let shared = &self.0.shared;
        if shared.keys().is_some() {
            return None;
        }
        let address = shared.client.address();
        let why = shared.state.borrow().trouble.clone();
        let why = why.unwrap_or_else(|| "they are being fetched".to_owned());
        Some(format!(
            "there are no keys for tokens from {address}: {why}"
        ))
    }
}

impl Shared {
    /// The keys that count now, if there are any.
    fn keys(&self) -> Option<Arc<[Named]>> {
        let state = self.state.borrow();
        let fetched = state.keys.as_ref()?;
        let counts = fetched.at.elapsed() < self.times.kept && !fetched.keys.is_empty();
        counts.then(|| Arc::clone(&fetched.keys))
    }

    fn wait(&self) -> Option<Duration> {
        let free_at = self.state.borrow().free_at?;
        let wait = free_at.saturating_duration_since(Instant::now());
        (!wait.is_zero()).then_some(wait)
    }

    async fn keep_fetching(self: Arc<Self>) {
        let mut complained: Option<(String, Instant)> = None;
        let mut failures = 0;
        loop {
            self.state.send_modify(|state| state.free_at = None);
            let fetched = self.fetch().await;
            let address = self.client.address();
            let pause = match &fetched {
                Ok((found, pause)) => {
                    self.fetched.count();
                    failures = 0;
                    if complained.take().is_some() {
                        info!("the keys for tokens can be fetched again from {address}");
                    }
                    self.tell_of(found);
                    *pause
                }
                Err(why) => {
                    self.failed.count();
                    failures += 1;
                    let is_new = complained
                        .as_ref()
                        .is_none_or(|(before, at)| before != why || at.elapsed() >= COMPLAIN_AGAIN);
                    if is_new {
                        self.complain(why);
                        complained = Some((why.clone(), Instant::now()));
                    }
                    self.after_failures(failures)
                }
            };
            let now = Instant::now();
            self.state.send_modify(|state| {
                state.tries += 1;
                state.free_at = Some(now + self.times.apart);
                match fetched {
                    Ok((found, _)) => {
                        state.trouble = found.keys.is_empty().then(|| found.to_string());
                        let keys = found.keys.into();
                        state.keys = Some(Fetched { keys, at: now });
                    }
                    Err(why) => state.trouble = Some(why),
                }
            });
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = async {
                    tokio::time::sleep_until(now + self.times.apart).await;
                    self.asked.notified().await;
                } => {}
            }
        }
    }

    /// Fetches the keys, and returns for how long they are good.
    async fn fetch(&self) -> Result<(Found, Duration), String> {
        let answer = self.client.get().await.map_err(|error| error.to_string())?;
        let found = set::read(&answer.body)?;
        let Times {
            regular,
            shortest,
            longest,
            ..
        } = self.times;
        let pause =
            caching::max_age(&answer.headers).map_or(regular, |age| age.clamp(shortest, longest));
        Ok((found, pause))
    }

    /// Logs which keys there are, if they are other ones.
    fn tell_of(&self, found: &Found) {
        let names = |keys: &[Named]| -> Vec<_> {
            let named = keys.iter().map(|key| (key.name.clone(), key.key.algorithm));
            named.collect()
        };
        let before = self
            .state
            .borrow()
            .keys
            .as_ref()
            .map(|fetched| names(&fetched.keys));
        if before.is_some_and(|before| before == names(&found.keys)) {
            return;
        }
        let address = self.client.address();
        if found.keys.is_empty() {
            warn!(
                "{address} has no keys for tokens, and nobody can log in with one of its: {found}"
            );
        } else {
            info!("{found} for tokens from {address}");
        }
    }

    fn complain(&self, why: &str) {
        let address = self.client.address();
        let fetched = self.state.borrow().keys.as_ref().map(|fetched| fetched.at);
        match fetched.map(|at| self.times.kept.saturating_sub(at.elapsed())) {
            Some(left) if !left.is_zero() => {
                let left = humantime::format_duration(Duration::from_secs(left.as_secs()));
                warn!(
                    "cannot fetch the keys for tokens from {address}: {why}; those that are there count for {left}"
                );
            }
            _ => warn!(
                "cannot fetch the keys for tokens from {address}: {why}; until it can, clients are told to come back later"
            ),
        }
    }

    /// Waits longer and longer, as long as keys are left alone at most.
    fn after_failures(&self, failures: u32) -> Duration {
        let Times {
            apart, shortest, ..
        } = self.times;
        let doubled = apart.saturating_mul(1 << (failures - 1).min(10));
        doubled.min(shortest).max(apart)
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.keys.len() {
            0 => f.write_str("no key")?,
            1 => f.write_str("one key")?,
            more => write!(f, "{more} keys")?,
        }
        if !self.others.is_empty() {
            write!(f, "; not used: {}", self.others.join(", "))?;
        }
        Ok(())
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(task) = self.task.get() {
            task.abort();
        }
    }
}

impl fmt::Debug for Jwks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = self.0.shared.client.address();
        f.debug_tuple("Jwks").field(address).finish()
    }
}

#[cfg(test)]
mod tests;
