//! The back end that events are sent to.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use mobileim_hub::Clock as _;
use tokio::time::Instant;
use tracing::{debug, info, warn};

use super::log::{EventLog, Unread};
use super::pace::{Next, Pace};
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

    /// Returns whether the other one is the same back end, and as much is sent to it in the same way.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.batch == other.batch && self.webhook.is_like(&other.webhook)
    }
}

/// Sends what is recorded to the back end that there is, until the log is closed.
pub(crate) async fn send_events(log: EventLog) {
    let mut changes = log.target();
    // Without a back end it keeps no log from its end.
    let known = log.downgrade();
    drop(log);
    loop {
        let target = changes.borrow_and_update().clone();
        let Some(target) = target else {
            if let Some(log) = known.upgrade() {
                log.sendings().set_address(None);
            }
            if changes.changed().await.is_err() {
                return;
            }
            continue;
        };
        let Some(log) = known.upgrade() else {
            return;
        };
        let mut sender = Sender::new(log, target);
        // What is under way is left, and sent again to the new one: also what an old one does not take.
        tokio::select! {
            _ = sender.send_all() => {
                debug!("no more events are sent");
                return;
            }
            told = changes.changed() => {
                if told.is_err() {
                    return;
                }
            }
        }
    }
}

/// Sends what is recorded, in its order, each batch until it is taken or not kept any more.
struct Sender {
    log: EventLog,
    target: Arc<EventTarget>,
    clock: SystemClock,
    pace: Pace,
    logged: Option<Instant>,
    /// The same of batches that are too long.
    fewer_logged: Option<Instant>,
}

impl Sender {
    fn new(log: EventLog, target: Arc<EventTarget>) -> Self {
        let address = target.webhook.address().clone();
        log.sendings().set_address(Some(address));
        Self {
            pace: Pace::new(target.batch),
            log,
            target,
            clock: SystemClock::new(),
            logged: None,
            fewer_logged: None,
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
                None => {
                    self.log
                        .read(position, self.pace.batch(), MAX_BYTES, IDLE)
                        .await
                }
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
        is_whole && page.events.len() <= self.pace.batch()
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
        if is_due(&mut self.logged) {
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
                if self.pace.taken() {
                    info!("the back end takes events again");
                }
                self.logged = None;
                return true;
            }
            Err(error) => error,
        };
        let status = match &error {
            NoAnswer::Failed(Failure::Status(status)) => Some(*status),
            _ => None,
        };
        let next = self.pace.failed(status, page.events.len());
        let wait = match next {
            Next::Fewer => Duration::ZERO,
            Next::After(wait) => wait,
        };
        sendings.failed(self.clock.unix_millis(), wait, &error);
        match next {
            Next::Fewer => {
                if is_due(&mut self.fewer_logged) {
                    let (address, batch) = (self.target.webhook.address(), self.pace.batch());
                    info!(
                        "a batch is too long for the back end at {address}: {batch} events are sent at once"
                    );
                }
            }
            Next::After(wait) => {
                if is_due(&mut self.logged) {
                    let address = self.target.webhook.address();
                    warn!(
                        "the back end at {address} does not take events: {error}. They are sent again, as long as they are kept (events.keep)"
                    );
                }
                tokio::time::sleep(wait).await;
            }
        }
        false
    }
}

/// Returns whether something is to be logged that was logged last at that time.
fn is_due(logged: &mut Option<Instant>) -> bool {
    let is_due = logged.is_none_or(|at| at.elapsed() >= LOG_EVERY);
    if is_due {
        *logged = Some(Instant::now());
    }
    is_due
}
