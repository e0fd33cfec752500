//! Webhooks: what the server asks the back end of its operator.
//!
//! Each request is signed, so that the back end knows who asks. Only so many are under way at once, and so many wait for that; of
//! more, whoever asks is told at once that there is no answer. A back end that is slow or down so costs a bounded number of
//! connections and bounded memory, and everybody else nothing.

mod complaints;
mod questions;
mod requests;
mod secret;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use crate::outgoing::{Address, Client, Failure, Trust};

pub(crate) use complaints::Complaints;
pub use questions::{MessageQuestions, OnFailure, PresenceSettings, Question, QuestionSettings};
pub(crate) use requests::{Requests, words};
pub use secret::{SecretError, Secrets};

/// How many wait for each that is under way, at most.
const WAITING_FOR_EACH: usize = 16;

const ID: HeaderName = HeaderName::from_static("webhook-id");
const TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// Asks the back end at one URL.
#[derive(Debug)]
pub(crate) struct Webhook {
    client: Client,
    secrets: Secrets,
    bounds: Bounds,
    places: Semaphore,
    /// Those who have a place included.
    asking: AtomicUsize,
}

/// What asking may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// How many requests are under way at once.
    pub(crate) concurrency: usize,
    /// How long an answer may take, from when somebody wants it.
    pub(crate) time: Duration,
    /// The longest answer, in bytes.
    pub(crate) max_len: usize,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoAnswer {
    /// As many as may ask do.
    #[error("too many requests wait for it")]
    Busy,
    /// The request failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl Webhook {
    pub(crate) fn new(address: Address, trust: Trust, secrets: Secrets, bounds: Bounds) -> Self {
        Self {
            client: Client::new(address, trust, bounds.time, bounds.max_len),
            secrets,
            bounds,
            places: Semaphore::new(bounds.concurrency),
            asking: AtomicUsize::new(0),
        }
    }

    pub(crate) fn address(&self) -> &Address {
        self.client.address()
    }

    /// Returns whether the other one asks the same back end in the same way.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.client.is_like(&other.client)
            && self.secrets == other.secrets
            && self.bounds == other.bounds
    }

    /// Sends JSON, and returns what is answered.
    pub(crate) async fn ask(&self, body: String) -> Result<Bytes, NoAnswer> {
        let id = format!("msg_{:032x}", fastrand::u128(..));
        self.ask_as(&id, body).await
    }

    /// The same under an id of the caller's: what is sent again has the same.
    pub(crate) async fn ask_as(&self, id: &str, body: String) -> Result<Bytes, NoAnswer> {
        let end = Instant::now() + self.bounds.time;
        let _asking = self.count_in()?;
        let slow = || NoAnswer::from(Failure::TooSlow(self.bounds.time));
        let place = timeout_at(end, self.places.acquire());
        let _place = place
            .await
            .map_err(|_| slow())?
            .expect("it is never closed");
        let headers = self.sign(id, &body);
        let answered = timeout_at(end, self.client.post(headers, body)).await;
        Ok(answered.map_err(|_| slow())??.body)
    }

    /// Counts somebody in who asks, until what is returned is dropped.
    fn count_in(&self) -> Result<Asking<'_>, NoAnswer> {
        let asking = Asking(&self.asking);
        let before = self.asking.fetch_add(1, Ordering::Relaxed);
        if before < self.bounds.concurrency * (1 + WAITING_FOR_EACH) {
            Ok(asking)
        } else {
            Err(NoAnswer::Busy)
        }
    }

    /// Returns the headers that prove who asks, what and when, as Standard Webhooks has them.
    fn sign(&self, id: &str, body: &str) -> HeaderMap {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let timestamp = now.unwrap_or_default().as_secs().to_string();
        let signature = self.secrets.sign(id, &timestamp, body);
        let value = |text: String| HeaderValue::try_from(text).expect("it is ASCII");
        HeaderMap::from_iter([
            (ID, value(id.to_owned())),
            (TIMESTAMP, value(timestamp)),
            (SIGNATURE, value(signature)),
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        ])
    }
}

/// Somebody who asks.
struct Asking<'a>(&'a AtomicUsize);

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
