//! One question, put to the back end about many messages.
//!
//! What waits goes into one request. The first goes at once; while one is under way, what comes is gathered for a moment, as otherwise
//! each message would be a request. Whatever the back end does, nobody waits longer than the time for an answer, and what waits
//! is bounded in number and bytes: past that, as when the back end has failed, the verdict on failure holds at once.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use mobileim_hub::{AskedStats, Counter, Verdict};
use parking_lot::Mutex;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::{Instant, timeout_at};

use super::form;
use super::health::{Health, Sense};
use super::{Question, QuestionSettings};
use crate::webhook::{Bounds, Complaints, Requests, Webhook};

/// How long messages are gathered while a request is under way.
const GATHERING: Duration = Duration::from_millis(3);

/// How many bytes of messages one request has, but for a longer message.
const MAX_REQUEST: usize = 256 * 1024;

/// The longest answer to one, in bytes.
const MAX_ANSWER: usize = 1024 * 1024;

/// How many messages wait for a request, and how many bytes.
const MAX_WAITING: usize = 16_384;
const MAX_WAITING_BYTES: usize = 16 * 1024 * 1024;

/// Asks the back end at one URL.
#[derive(Debug)]
pub(super) struct Asker {
    question: Question,
    settings: QuestionSettings,
    webhook: Webhook,
    queue: Mutex<Queue>,
    /// There is more to gather, or nothing to gather for.
    changed: Notify,
    places: Arc<Semaphore>,
    health: Health,
    complaints: Complaints,
    counters: Arc<Counters>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    bytes: usize,
    /// Whether a task makes requests of it.
    is_served: bool,
}

#[derive(Debug)]
struct Waiting {
    message: String,
    since: Instant,
    answer: oneshot::Sender<Verdict>,
}

/// What is counted, whoever is asked.
#[derive(Debug, Default)]
pub(super) struct Counters {
    allowed: Counter,
    changed: Counter,
    refused: Counter,
    put_off: Counter,
    unanswered: Counter,
    unasked: Counter,
    requests: Requests,
}

impl Asker {
    pub(super) fn new(
        question: Question,
        settings: QuestionSettings,
        counters: Arc<Counters>,
    ) -> Self {
        let bounds = Bounds {
            concurrency: settings.concurrency,
            time: settings.time,
            max_len: MAX_ANSWER,
        };
        let (address, trust) = (settings.address.clone(), settings.trust.clone());
        Self {
            question,
            webhook: Webhook::new(address, trust, settings.secrets.clone(), bounds),
            queue: Mutex::default(),
            changed: Notify::new(),
            places: Arc::new(Semaphore::new(settings.concurrency)),
            health: Health::default(),
            complaints: Complaints::default(),
            counters,
            settings,
        }
    }

    pub(super) fn settings(&self) -> &QuestionSettings {
        &self.settings
    }

    /// Why there are no answers at present.
    pub(super) fn trouble(&self) -> Option<String> {
        self.complaints.trouble()
    }

    /// Asks about a message, and returns what is to become of it: within the time for an answer.
    pub(super) async fn ask(self: Arc<Self>, message: String) -> Verdict {
        match self.health.sense() {
            Sense::Ask => {}
            Sense::Try => {
                self.counters.unasked.count();
                let verdict = self.on_failure();
                self.try_again(message);
                return verdict;
            }
            Sense::Spare => {
                self.counters.unasked.count();
                return self.on_failure();
            }
        }
        let asked_at = Instant::now();
        let Some(answer) = self.enqueue(message) else {
            self.counters.unasked.count();
            self.complain("too many messages wait for it");
            return self.on_failure();
        };
        match timeout_at(asked_at + self.settings.time, answer).await {
            Ok(Ok(verdict)) => {
                self.counters.verdict(&verdict);
                return verdict;
            }
            Err(_) if self.health.is_silent_since(asked_at) => self.give_up(),
            Ok(Err(_)) | Err(_) => {}
        }
        self.counters.unanswered.count();
        self.on_failure()
    }

    /// Asks about a message only to see whether there is an answer: what becomes of the message is decided.
    fn try_again(self: Arc<Self>, message: String) {
        if let Some(answer) = self.enqueue(message) {
            let time = self.settings.time;
            tokio::spawn(tokio::time::timeout(time, answer));
        }
    }

    fn on_failure(&self) -> Verdict {
        self.settings.on_failure.verdict()
    }

    /// Lets a message wait for a request. None if there is no room.
    fn enqueue(self: &Arc<Self>, message: String) -> Option<oneshot::Receiver<Verdict>> {
        let (answer, answered) = oneshot::channel();
        let mut queue = self.queue.lock();
        if queue.waiting.len() >= MAX_WAITING || queue.bytes >= MAX_WAITING_BYTES {
            return None;
        }
        queue.bytes += message.len();
        queue.waiting.push_back(Waiting {
            message,
            since: Instant::now(),
            answer,
        });
        let is_full = self.fills_request(&queue);
        if !std::mem::replace(&mut queue.is_served, true) {
            tokio::spawn(Arc::clone(self).serve());
        } else if is_full {
            self.changed.notify_one();
        }
        Some(answered)
    }

    fn fills_request(&self, queue: &Queue) -> bool {
        queue.waiting.len() >= self.settings.batch || queue.bytes >= MAX_REQUEST
    }

    /// Makes requests of what waits, until nothing does.
    async fn serve(self: Arc<Self>) {
        while let Some(since) = self.oldest() {
            let place = Arc::clone(&self.places).acquire_owned();
            let place = place.await.expect("it is never closed");
            let end = since + GATHERING;
            while !self.is_idle() && !self.fills_request(&self.queue.lock()) {
                if timeout_at(end, self.changed.notified()).await.is_err() {
                    break;
                }
            }
            let batch = self.take_batch();
            if !batch.is_empty() {
                tokio::spawn(Arc::clone(&self).request(batch, place));
            }
        }
    }

    /// Since when the oldest has waited; if nothing waits, nobody makes requests from now on.
    fn oldest(&self) -> Option<Instant> {
        let mut queue = self.queue.lock();
        let oldest = queue.waiting.front().map(|oldest| oldest.since);
        queue.is_served = oldest.is_some();
        oldest
    }

    /// Whether no request is under way but the one that is gathered for.
    fn is_idle(&self) -> bool {
        self.places.available_permits() + 1 >= self.settings.concurrency
    }

    /// What goes into the next request: without those for whose answer nobody waits any more.
    fn take_batch(&self) -> Vec<Waiting> {
        let mut queue = self.queue.lock();
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while batch.len() < self.settings.batch
            && let Some(next) = queue.waiting.front()
        {
            let len = next.message.len();
            if !batch.is_empty() && bytes + len > MAX_REQUEST {
                break;
            }
            queue.bytes -= len;
            let next = queue.waiting.pop_front();
            if let Some(next) = next.filter(|next| !next.answer.is_closed()) {
                bytes += len;
                batch.push(next);
            }
        }
        batch
    }

    async fn request(self: Arc<Self>, batch: Vec<Waiting>, place: OwnedSemaphorePermit) {
        let asked_at = Instant::now();
        let messages = batch.iter().map(|waiting| waiting.message.as_str());
        let body = form::request(self.question.name(), messages);
        let answered = self.webhook.ask(body).await;
        drop(place);
        self.changed.notify_one();
        let requests = &self.counters.requests;
        let verdicts = match answered {
            Ok(body) => form::answers(&body, batch.len()).map_err(|why| {
                requests.invalid();
                format!("its answer is none: {why}")
            }),
            Err(why) => {
                requests.no_answer(&why);
                Err(why.to_string())
            }
        };
        match verdicts {
            Ok(verdicts) => {
                requests.answered(asked_at.elapsed());
                self.health.answer();
                self.complaints.end(self.webhook.address());
                for (waiting, verdict) in batch.into_iter().zip(verdicts) {
                    // It may have lost its patience.
                    let _ = waiting.answer.send(verdict);
                }
            }
            Err(why) => {
                self.complain(&why);
                if self.health.fail() {
                    self.give_up();
                }
            }
        }
    }

    /// Nobody is to wait for a back end that has failed.
    fn give_up(&self) {
        let mut queue = self.queue.lock();
        queue.waiting.clear();
        queue.bytes = 0;
    }

    fn complain(&self, why: &str) {
        let (address, name) = (self.webhook.address(), self.question.name());
        let then = self.settings.on_failure.in_words();
        let complaint =
            format_args!("{address} does not decide about messages ({name}): {why}; {then}");
        self.complaints.fail(&complaint);
    }
}

impl Counters {
    fn verdict(&self, verdict: &Verdict) {
        match verdict {
            Verdict::Allow => self.allowed.count(),
            Verdict::Replace(_) => self.changed.count(),
            Verdict::RefuseForNow(_) => self.put_off.count(),
            _ => self.refused.count(),
        }
    }

    pub(super) fn read(&self) -> AskedStats {
        let requests = self.requests.read();
        let mut stats = AskedStats::default();
        stats.allowed = self.allowed.read();
        stats.changed = self.changed.read();
        stats.refused = self.refused.read();
        stats.put_off = self.put_off.read();
        stats.unanswered = self.unanswered.read();
        stats.unasked = self.unasked.read();
        stats.requests_answered = requests.answered;
        stats.requests_failed = requests.failed + requests.busy;
        stats.requests_too_slow = requests.too_slow;
        stats.requests_invalid = requests.invalid;
        stats.time = requests.time;
        stats
    }
}
