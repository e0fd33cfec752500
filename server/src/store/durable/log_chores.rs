//! What is removed from the logs of conversations, as they are too long or too old.
//!
//! One log after the other is looked at, in small steps: of each the first messages are removed, so what is left has no holes. That is
//! slow on purpose. What is kept for a few minutes too long harms nobody; and so no index of ages has to be kept, which
//! each message would pay for.

use std::time::Duration;

use mobileim_hub::store::{Keep, LogLimits};
use mobileim_protocol::Instant;
use tracing::debug;

use super::age::{AgeClock, millis};
use super::log_tables::{LogAge, LogTables as _, Spot, Trimmed};
use super::mentions::Mentions as _;
use super::messages::Messages;
use super::writer::{Writer, within};
use crate::database::{Backend, Connection as _, Failure};

/// How long it takes until the logs are looked at again after all were, or after a failure.
const REST: Duration = Duration::from_secs(600);

/// How many logs are looked at in one step, and how many messages are removed.
const LOOK_AT_ONCE: u32 = 256;
const TRIM_AT_ONCE: u32 = 1000;

/// How far the logs were looked at.
#[derive(Debug)]
pub(super) struct Sweep {
    at: Instant,
    /// The last log that was done with.
    behind: i64,
}

/// What is to be removed from a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Excess {
    /// What has such a number or a lower one,
    through: i64,
    /// and what was stored before this time, in ms since 1970.
    before: i64,
}

impl Sweep {
    pub(super) fn new(now: Instant) -> Self {
        Self { at: now, behind: 0 }
    }
}

impl<D: Backend<Connection: Messages>> Writer<D> {
    /// So much is kept of logs from now on.
    pub(super) fn set_log_limits(&mut self, limits: LogLimits) {
        self.logs.limits = limits;
        self.logs.sweep = Sweep::new(self.clock.now());
        if let (Some(max_age), Some(age)) = (self.max_age(), &mut self.chores.age) {
            age.set_max_age(max_age);
        }
    }

    /// The shortest time for which anything may be kept, if there is one.
    pub(super) fn max_age(&self) -> Option<Duration> {
        let LogLimits { pair, group } = self.logs.limits;
        let ages = [self.limits.max_age, pair.age, group.age];
        ages.into_iter().flatten().min()
    }

    /// When logs are to be looked at, if ever.
    pub(super) fn sweep_at(&self) -> Option<Instant> {
        let LogLimits { pair, group } = self.logs.limits;
        let is_idle = pair.is_everything() && group.is_everything();
        (!is_idle).then_some(self.logs.sweep.at)
    }

    /// Does the next step.
    pub(super) async fn sweep_logs(&mut self, now: Instant) {
        let step = self.sweep_some().await;
        let sweep = &mut self.logs.sweep;
        match step {
            Ok(Some(behind)) => sweep.behind = behind,
            Ok(None) => {
                *sweep = Sweep {
                    at: now + REST,
                    behind: 0,
                }
            }
            Err(failure) => {
                sweep.at = now + REST;
                self.recover(&failure).await;
            }
        }
        self.publish();
    }

    /// Looks at some logs. Returns which is the last that is done with, if more may be to do.
    async fn sweep_some(&mut self) -> Result<Option<i64>, Failure> {
        let (patience, behind) = (self.database.patience(), self.logs.sweep.behind);
        let connection = self.database.get().await?;
        let looked = connection.look_at_logs(behind, LOOK_AT_ONCE);
        let logs = within::<D::Connection, _>(patience, looked).await?;
        let mut behind = logs.last().map(|log| log.id);
        if logs.len() < LOOK_AT_ONCE as usize {
            behind = None;
        }
        let mut left = TRIM_AT_ONCE;
        let excesses: Vec<_> = logs
            .into_iter()
            .filter_map(|log| Some((log, self.excess(log)?)))
            .collect();
        for (log, excess) in excesses {
            let trimmed = self.trim(log, excess, left).await?;
            left = left.saturating_sub(trimmed);
            if left == 0 {
                // There may be more in this one.
                return Ok(Some(log.id - 1));
            }
        }
        Ok(behind)
    }

    /// What is too much of a log, if something is.
    fn excess(&self, log: LogAge) -> Option<Excess> {
        let LogLimits { pair, group } = self.logs.limits;
        let Keep { age, messages } = if log.is_group { group } else { pair };
        let (first_seq, last_seq) = (log.first_seq?, log.last_seq?);
        let through = messages.map_or(0, |messages| {
            last_seq.saturating_sub(i64::try_from(messages).unwrap_or(i64::MAX))
        });
        let now = self.chores.age.as_ref().map(AgeClock::millis);
        let oldest = now.zip(age);
        let before = oldest.map_or(i64::MIN, |(now, age)| now.saturating_sub(millis(age)));
        let is_too_much = first_seq <= through || log.first_stored_at? < before;
        is_too_much.then_some(Excess { through, before })
    }

    /// Removes some of it. Returns how many messages.
    async fn trim(&mut self, log: LogAge, excess: Excess, limit: u32) -> Result<u32, Failure> {
        let patience = self.database.patience();
        let connection = self.database.get().await?;
        connection.verify()?;
        let Excess { through, before } = excess;
        let (trimmed, is_gone) = within::<D::Connection, _>(patience, async {
            connection.begin().await?;
            let trimmed = connection.trim_log(log.id, through, before, limit).await?;
            let mut is_gone = false;
            if let Some(last) = last(&trimmed) {
                connection.trimmed(log.id, last).await?;
                connection.forget_mentions(log.id, last.seq).await?;
                is_gone = log.ended && Some(last.seq) == log.last_seq;
            }
            if is_gone {
                connection.forget_log(log.id).await?;
            }
            connection.commit().await?;
            Ok((trimmed, is_gone))
        })
        .await?;
        if is_gone {
            self.logs.forget();
        }
        for Trimmed { sender, bytes, .. } in &trimmed {
            self.quota.give_back_in_all(sender, *bytes);
        }
        debug!(
            log = log.id,
            messages = trimmed.len(),
            "removed from a conversation's log"
        );
        Ok(u32::try_from(trimmed.len()).unwrap_or(limit))
    }
}

fn last(trimmed: &[Trimmed]) -> Option<Spot> {
    let spots = trimmed.iter().map(|trimmed| trimmed.spot);
    spots.max_by_key(|spot| spot.seq)
}
