//! The back end that events are sent to.

use std::convert::Infallible;
use std::time::Duration;

use mobileim_hub::Clock as _;
use reqwest::StatusCode;
use tokio::time::Instant;
use tracing::{debug, info, warn};

use super::log::{EventLog, Unread};
use super::page::Page;
use crate::clock::SystemClock;
use crate::outgoing::{Address, Failure, Trust};
use crate::webhook::{Bounds, NoAnswer, Secrets, Webhook};

/// The consumer that is the back end.
const CONSUMER: &str = EventLog::WEBHOOK;

/// How many bytes of events are sent at once at most.
const MAX_BYTES: usize = 1 << 20;

/// The longest answer, in bytes: it is not read.
const MAX_ANSWER: usize = 16 * 1024;

/// How long to wait after the first failure, and at most.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// How long to wait for a back end that says that it is gone.
const GONE_WAIT: Duration = Duration::from_secs(300);

/// How long to wait for the next event before it is looked again.
const IDLE: Duration = Duration::from_secs(60);

/// How long to wait for a database that does not read.
const DATABASE_WAIT: Duration = Duration::from_secs(1);

/// How often at most it is logged that the back end does not take events.
const LOG_EVERY: Duration = Duration::from_secs(60);

/// Where events are sent to.
#[derive(Debug)]
pub struct EventTarget {
    webhook: Webhook,
    batch: usize,
}

impl EventTarget {
    /// Sends at most `batch` events at once, each time for at most `time`.
    pub fn new(
        address: Address,
        trust: Trust,
        secrets: Secrets,
        batch: usize,
        time: Duration,
    ) -> Self {
        let bounds = Bounds {
            concurrency: 1,
            time,
            max_len: MAX_ANSWER,
        };
        Self {
            webhook: Webhook::new(address, trust, secrets, bounds),
            batch,
        }
    }
}

/// Sends what is recorded, in its order, each batch until it is taken or not kept any more.
pub(crate) struct Sender {
    log: EventLog,
    target: EventTarget,
    clock: SystemClock,
    /// How many events are sent at once: fewer to a back end to which a batch was too long.
    batch: usize,
    failures: u32,
    logged: Option<Instant>,
}

impl Sender {
    pub(crate) fn new(log: EventLog, target: EventTarget) -> Self {
        log.sendings().begin(target.webhook.address().clone());
        Self {
            batch: target.batch,
            log,
            target,
            clock: SystemClock::new(),
            failures: 0,
            logged: None,
        }
    }

    /// Sends until the server ends.
    pub(crate) async fn run(mut self) {
        if self.send_all().await.is_none() {
            debug!("no more events are sent");
        }
    }

    /// Returns when the log is closed.
    async fn send_all(&mut self) -> Option<Infallible> {
        let mut position = self.begin().await?;
        let mut again = None;
        loop {
            // As long as it is kept, the same batch is sent again, under the same id.
            let kept = again.take().filter(|page| self.is_kept(page));
            let read = match kept {
                Some(page) => Ok(page),
                None => self.log.read(position, self.batch, MAX_BYTES, IDLE).await,
            };
            let page = match read {
                Ok(page) => page,
                Err(error) => {
                    self.database_fails(&error).await?;
                    continue;
                }
            };
            let now = self.clock.unix_millis();
            self.log.saw_consumer(CONSUMER, now);
            let Some(last) = page.last() else {
                continue;
            };
            if self.send(&page).await {
                position = last;
                self.note(position).await?;
            } else {
                again = Some(page);
            }
        }
    }

    /// Whether a batch that was not taken is to be sent as it is.
    fn is_kept(&self, page: &Page) -> bool {
        let removed = self.log.removed_through();
        let is_whole = page
            .events
            .first()
            .is_none_or(|first| first.position > removed);
        is_whole && page.events.len() <= self.batch
    }

    /// Where the back end stands: one that is new, before the oldest event.
    async fn begin(&mut self) -> Option<i64> {
        let known = self.log.consumer(CONSUMER);
        let position = known.map_or(self.log.removed_through(), |consumer| consumer.position);
        self.note(position).await?;
        info!(
            "events are sent to {}, from position {position} on",
            self.target.webhook.address()
        );
        Some(position)
    }

    /// What it has it need not get again, if the server is started anew.
    async fn note(&mut self, position: i64) -> Option<()> {
        while let Err(error) = self.log.move_consumer(CONSUMER, Some(position)).await {
            self.database_fails(&error).await?;
        }
        Some(())
    }

    /// Waits for the database, if the log is not closed.
    async fn database_fails(&mut self, error: &Unread) -> Option<()> {
        if *error == Unread::Closed {
            return None;
        }
        if self.may_log() {
            warn!("events are not sent, as they cannot be read: {error}");
        }
        tokio::time::sleep(DATABASE_WAIT).await;
        Some(())
    }

    /// Sends a batch once. Returns whether it was taken; if not, when it is to be tried again.
    async fn send(&mut self, page: &Page) -> bool {
        let began = Instant::now();
        let outcome = self.target.webhook.ask_as(&page.id(), page.to_json()).await;
        let sendings = self.log.sendings();
        sendings.took(began.elapsed());
        let error = match outcome {
            // What follows the status does not matter.
            Ok(_) | Err(NoAnswer::Failed(Failure::TooLong(_))) => {
                sendings.taken(self.clock.unix_millis());
                if self.failures > 0 {
                    info!("the back end takes events again");
                }
                self.failures = 0;
                self.logged = None;
                self.batch = self.target.batch;
                return true;
            }
            Err(error) => error,
        };
        let wait = self.failed(&error, page.events.len());
        let now = self.clock.unix_millis();
        self.log.sendings().failed(now, wait, &error);
        if self.may_log() {
            let address = self.target.webhook.address();
            warn!(
                "the back end at {address} does not take events: {error}. They are sent again, as long as they are kept (events.keep)"
            );
        }
        tokio::time::sleep(wait).await;
        false
    }

    /// Notes a failure. Returns how long to wait.
    fn failed(&mut self, error: &NoAnswer, count: usize) -> Duration {
        self.failures = self.failures.saturating_add(1);
        if let NoAnswer::Failed(Failure::Status(status)) = error {
            if *status == StatusCode::GONE {
                return GONE_WAIT;
            }
            if *status == StatusCode::PAYLOAD_TOO_LARGE && count > 1 {
                self.batch = count / 2;
                return Duration::ZERO;
            }
        }
        let longest = FIRST_WAIT * 2_u32.pow((self.failures - 1).min(10));
        // Half of it by chance, so that servers do not come together.
        longest
            .min(LONGEST_WAIT)
            .mul_f64(0.5 + fastrand::f64() / 2.0)
    }

    fn may_log(&mut self) -> bool {
        let is_due = self.logged.is_none_or(|at| at.elapsed() >= LOG_EVERY);
        if is_due {
            self.logged = Some(Instant::now());
        }
        is_due
    }
}
