//! The back end is asked who may log in.
//!
//! Only its clear answer counts. Whatever else comes, or does not come, refuses nobody for good: clients are told to come back, each
//! at another time. Whom it has accepted it is not asked about again for some seconds, so that a storm of clients that reconnect is
//! none for it.

mod answer;

use std::sync::Arc;
use std::time::Duration;

use lru::LruCache;
use mobileim_hub::{
    AuthStats, Authenticator, Clock as _, Counter, Deferred, LoginSource, LoginVerdict,
};
use mobileim_protocol::codes;
use mobileim_protocol::payload::LoginRequest;
use parking_lot::Mutex;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use self::answer::Answer;
use crate::clock::SystemClock;
use crate::outgoing::{Address, Trust};
use crate::revocations::Revocations;
use crate::webhook::{Bounds, Complaints, Requests, Secrets, Webhook};

/// How many are remembered at most: some 10 MB.
const MAX_REMEMBERED: std::num::NonZeroUsize = std::num::NonZeroUsize::new(100_000).unwrap();

/// Within which time clients come back if there was no answer, in ms.
const COME_BACK: std::ops::Range<u64> = 2_000..10_000;

/// How long an answer may take, from when somebody wants it.
const TIME: Duration = Duration::from_secs(5);

/// The longest answer, in bytes.
const MAX_LEN: usize = 16 * 1024;

/// Who may log in, as the back end answers. Clones are one and the same.
#[derive(Debug, Clone)]
pub struct AskBackEnd {
    inner: Arc<Inner>,
    /// Answers about a user count no longer than until the user's tokens are revoked.
    revocations: Revocations,
}

#[derive(Debug)]
struct Inner {
    webhook: Webhook,
    /// How long an answer counts; zero for answers that count once.
    cached: Duration,
    accepted: Mutex<LruCache<[u8; 32], Accepted>>,
    cached_answers: Counter,
    requests: Requests,
    complaints: Complaints,
}

#[derive(Debug, Clone, Copy)]
struct Accepted {
    at: Instant,
    /// In ms since 1970.
    until: Option<i64>,
}

/// What the back end is asked.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Question<'a> {
    user_id: &'a str,
    token: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    extra: Option<&'a str>,
    transport: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    tls: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<&'a str>,
}

impl AskBackEnd {
    /// Asks at this address, in so many requests at once; whom it accepts it is not asked about again for some time.
    pub fn new(
        address: Address,
        trust: Trust,
        secrets: Secrets,
        concurrency: usize,
        cached: Duration,
    ) -> Self {
        Self::with_time(address, trust, secrets, (concurrency, TIME), cached)
    }

    fn with_time(
        address: Address,
        trust: Trust,
        secrets: Secrets,
        (concurrency, time): (usize, Duration),
        cached: Duration,
    ) -> Self {
        let bounds = Bounds {
            concurrency,
            time,
            max_len: MAX_LEN,
        };
        Self::with(Webhook::new(address, trust, secrets, bounds), cached)
    }

    fn with(webhook: Webhook, cached: Duration) -> Self {
        let inner = Arc::new(Inner {
            webhook,
            cached,
            accepted: Mutex::new(LruCache::new(MAX_REMEMBERED)),
            cached_answers: Counter::default(),
            requests: Requests::default(),
            complaints: Complaints::default(),
        });
        Self {
            inner,
            revocations: Revocations::default(),
        }
    }

    /// Asks again about users whose tokens were revoked since.
    #[must_use]
    pub fn with_revocations(self, revocations: Revocations) -> Self {
        Self {
            revocations,
            ..self
        }
    }

    /// Takes the place of another one: if it is configured in the same way, it is that one.
    pub(super) fn succeed(&mut self, other: &Self) {
        let (new, old) = (&self.inner, &other.inner);
        if new.webhook.is_like(&old.webhook) && new.cached == old.cached {
            self.inner = Arc::clone(old);
        }
    }

    fn decide(
        &self,
        request: &LoginRequest,
        source: Option<&LoginSource>,
    ) -> Deferred<LoginVerdict> {
        let key = key(&request.user_id, &request.token);
        let revoked = self.revocations.asked_at(&request.user_id);
        let remembered = self.inner.remembered(&key);
        if let Some(accepted) =
            remembered.filter(|accepted| revoked.is_none_or(|revoked| revoked < accepted.at))
        {
            self.inner.cached_answers.count();
            return accept(accepted.until).into();
        }
        let question = question(request, source);
        let inner = Arc::clone(&self.inner);
        Deferred::pending(async move { inner.ask(key, question).await })
    }
}

impl Inner {
    fn remembered(&self, key: &[u8; 32]) -> Option<Accepted> {
        let accepted = *self.accepted.lock().get(key)?;
        let is_over = accepted.until.is_some_and(|until| until <= unix_millis());
        (accepted.at.elapsed() < self.cached && !is_over).then_some(accepted)
    }

    async fn ask(&self, key: [u8; 32], question: String) -> LoginVerdict {
        let asked_at = Instant::now();
        let answered = self.webhook.ask(question).await;
        let answered = match answered {
            Ok(body) => Answer::read(&body).map_err(|why| {
                self.requests.invalid();
                format!("its answer is none: {why}")
            }),
            Err(why) => {
                self.requests.no_answer(&why);
                Err(why.to_string())
            }
        };
        let answer = match answered {
            Ok(answer) => answer,
            Err(why) => return self.unavailable(&why),
        };
        self.requests.answered(asked_at.elapsed());
        self.complaints.end(self.webhook.address());
        match answer {
            Answer::Accept { until } if until.is_some_and(|until| until <= unix_millis()) => {
                LoginVerdict::RefuseFor {
                    code: codes::TOKEN_EXPIRED,
                    why: "the back end accepts it until a time (expiresAt, in ms) that is over"
                        .to_owned(),
                    retry_after: None,
                }
            }
            Answer::Accept { until } => {
                if !self.cached.is_zero() {
                    // The answer is as old as its question.
                    let accepted = Accepted {
                        at: asked_at,
                        until,
                    };
                    self.accepted.lock().put(key, accepted);
                }
                accept(until)
            }
            Answer::Refuse { code, why } => LoginVerdict::RefuseFor {
                code,
                why: format!("the back end refuses: {why}"),
                retry_after: (code == codes::TEMPORARILY_UNAVAILABLE).then(come_back),
            },
        }
    }

    fn unavailable(&self, why: &str) -> LoginVerdict {
        let address = self.webhook.address();
        let why = format!("{address} does not say who may log in: {why}");
        let complaint = format_args!("{why}; clients are told to come back later");
        self.complaints.fail(&complaint);
        LoginVerdict::RefuseFor {
            code: codes::TEMPORARILY_UNAVAILABLE,
            why,
            retry_after: Some(come_back()),
        }
    }
}

fn question(request: &LoginRequest, source: Option<&LoginSource>) -> String {
    let peer = source.map(|source| &source.peer);
    let question = Question {
        user_id: &request.user_id,
        token: &request.token,
        extra: request.extra.as_deref(),
        transport: peer
            .map(|peer| peer.transport.to_string())
            .unwrap_or_default(),
        address: peer.and_then(|peer| Some(peer.address?.to_string())),
        tls: peer.is_some_and(|peer| peer.tls),
        origin: peer.and_then(|peer| peer.origin.as_deref()),
    };
    serde_json::to_string(&question).expect("it is text, and so is what is in it")
}

/// Nobody can find another user and token with the same one.
fn key(user: &str, token: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(user.len().to_be_bytes());
    hash.update(user);
    hash.update(token);
    hash.finalize().into()
}

fn accept(until: Option<i64>) -> LoginVerdict {
    until.map_or(LoginVerdict::Accept, LoginVerdict::AcceptUntil)
}

fn come_back() -> Duration {
    Duration::from_millis(fastrand::u64(COME_BACK))
}

fn unix_millis() -> i64 {
    SystemClock::new().unix_millis()
}

impl Authenticator for AskBackEnd {
    fn verify(&self, request: &LoginRequest) -> Deferred<LoginVerdict> {
        self.decide(request, None)
    }

    fn verify_from(&self, request: &LoginRequest, source: &LoginSource) -> Deferred<LoginVerdict> {
        self.decide(request, Some(source))
    }

    fn stats(&self) -> AuthStats {
        let counted = self.inner.requests.read();
        let mut stats = AuthStats::default();
        stats.webhook_answered = counted.answered;
        stats.webhook_cached = self.inner.cached_answers.read();
        stats.webhook_failed = counted.failed;
        stats.webhook_too_slow = counted.too_slow;
        stats.webhook_invalid = counted.invalid;
        stats.webhook_busy = counted.busy;
        stats.webhook_time = counted.time;
        stats
    }
}

#[cfg(test)]
mod tests;
