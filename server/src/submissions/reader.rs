//! From the table to the hub.

use std::sync::Arc;
use std::time::Duration;

use mobileim_hub::{Push, Sent, ServerHandle};
use mobileim_protocol::{SERVER, codes};
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::{info, warn};

use super::desk::Desk;
use super::entry::Submission;
use super::pace::{FALLBACK, Pace};
use super::source::{Source, Waiting};
use crate::database::Failure;

/// How many are read at once.
const AT_ONCE: usize = 512;

/// After as many, others have their turn.
const IN_A_ROW: usize = 16;

/// How long to wait after the table could not be read.
const RETRY_AFTER: Duration = Duration::from_millis(250);

/// How often what is noted as stored is compared with what is.
const COMPARE_EVERY: Duration = Duration::from_secs(3600);

/// How often those that wait are counted.
const COUNT_EVERY: Duration = Duration::from_secs(5);

/// Reads the table and gives what is in it to the hub, until the server stops.
pub(super) struct Reader {
    desk: Arc<Desk>,
    source: Source,
    server: ServerHandle,
    pace: Pace,
    /// What the table says of whether the server is to be woken, if it is known.
    wakes: Option<bool>,
    /// For how long messages are stored.
    max_age: Option<Duration>,
    knows_stored: bool,
    compare_at: Instant,
    count_at: Instant,
    /// Why it cannot be read, as it was said last.
    trouble: Option<String>,
}

impl Reader {
    pub(super) fn new(
        desk: Arc<Desk>,
        source: Source,
        server: ServerHandle,
        max_age: Option<Duration>,
    ) -> Self {
        let now = Instant::now();
        Self {
            desk,
            source,
            server,
            pace: Pace::new(now),
            wakes: None,
            max_age,
            knows_stored: false,
            compare_at: now,
            count_at: now,
            trouble: None,
        }
    }

    pub(super) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let stopped = async move {
            // It is gone when the server is.
            let _ = stop.wait_for(|stop| *stop).await;
        };
        tokio::select! {
            () = stopped => {}
            () = self.read() => {}
        }
    }

    async fn read(&mut self) {
        loop {
            let looked = self.look().await;
            self.report(looked.as_ref().err());
            let wait = match looked {
                Ok(Looked::More) => continue,
                Ok(Looked::Nothing) => self.pace.wait(),
                // It is told when there is room.
                Ok(Looked::Full) => FALLBACK,
                Err(_) => {
                    self.wakes = None;
                    RETRY_AFTER
                }
            };
            let until = Instant::now() + wait;
            let until = self.desk.again_at().map_or(until, |at| at.min(until));
            tokio::select! {
                woken = self.source.woken() => self.report(woken.err().as_ref()),
                () = self.desk.to_read.notified() => {}
                () = tokio::time::sleep_until(until) => {}
            }
        }
    }

    /// Sends what is to be sent by now, and reads more if there is room for it.
    async fn look(&mut self) -> Result<Looked, Failure> {
        let now = Instant::now();
        if now >= self.compare_at {
            self.compare().await?;
            self.compare_at = now + COMPARE_EVERY;
        }
        self.try_again().await;
        if now >= self.count_at {
            let (count, oldest) = self.source.waiting().await?;
            self.desk.counts.set_waiting(count, oldest);
            self.count_at = now + COUNT_EVERY;
        }
        let wakes = self.pace.wants_wake();
        if self.wakes != Some(wakes) {
            // Before the look: what is committed before it is found, and whoever comes later knows.
            self.source.set_wake(wakes).await?;
            self.wakes = Some(wakes);
        }
        let room = self.desk.room().min(AT_ONCE);
        if room == 0 {
            return Ok(Looked::Full);
        }
        let but_not_to = self.desk.full_receivers();
        let limit = self.desk.len() + room;
        let mut positions = self.source.find(&but_not_to, limit).await?;
        self.desk.retain_new(&mut positions);
        positions.truncate(room);
        self.pace.note(Instant::now(), positions.len());
        if positions.is_empty() {
            return Ok(Looked::Nothing);
        }
        let waiting = self.source.fetch(&positions).await?;
        for (number, waiting) in waiting.into_iter().enumerate() {
            match waiting {
                Waiting::Submission(submission) => {
                    if let Some(why) = self.refused_by_group(&submission) {
                        self.desk.refuse(submission, why);
                    } else if let Some(submission) = self.desk.take(submission) {
                        self.send(&submission);
                    }
                }
                Waiting::Garbage(submission, why) => {
                    warn!(
                        position = submission.position,
                        why, "a row of the table submissions cannot be sent, and is refused"
                    );
                    self.desk.refuse(submission, why);
                }
            }
            if number % IN_A_ROW == IN_A_ROW - 1 {
                tokio::task::yield_now().await;
            }
        }
        Ok(if positions.len() == room {
            Looked::More
        } else {
            Looked::Nothing
        })
    }

    /// Finds out what is stored, and what is no longer though the table says so. What takes too long is not known.
    async fn compare(&mut self) -> Result<(), Failure> {
        if !self.knows_stored {
            // One more shows whether there are more.
            let stored = known(self.source.stored(Desk::max_stored() + 1).await)?;
            let stored = stored.filter(|stored| stored.len() <= Desk::max_stored());
            self.desk.know_stored(stored);
            self.knows_stored = true;
        }
        // Then only: of what is gone from now on the desk is told, and knows it.
        let gone = known(self.source.gone(self.max_age).await)?;
        self.desk.note_gone(&gone.unwrap_or_default());
        Ok(())
    }

    async fn try_again(&self) {
        let now = Instant::now();
        let mut number = 0;
        while let Some(submission) = self.desk.next_again(now) {
            self.send(&submission);
            number += 1;
            if number % IN_A_ROW == 0 {
                tokio::task::yield_now().await;
            }
        }
    }

    fn send(&self, submission: &Submission) {
        let Submission {
            sender,
            receiver,
            fp,
            text,
            typeu,
            expires_at,
            ..
        } = submission;
        let now = Instant::now();
        let ttl = expires_at.map(|at| at.saturating_duration_since(now));
        if ttl.is_some_and(|ttl| ttl.is_zero()) {
            return self.desk.expire(submission);
        }
        let push = Push {
            refs: None,
            content: text.clone(),
            typeu: *typeu,
            qos: true,
            ttl,
        };
        let sent = if **sender == *SERVER {
            self.server.send_as(fp, receiver, &push)
        } else {
            self.server.send_on_behalf(sender, fp, receiver, &push)
        };
        match sent {
            Sent::NoRoom => self.desk.put_back(submission),
            // Events have told, or will tell, what becomes of it.
            _ => self.desk.counts.sent.count(),
        }
    }

    /// Why a message to a group is refused, if it is one in which its sender may not write.
    fn refused_by_group(&self, submission: &Submission) -> Option<&'static str> {
        let code = self
            .server
            .refusal_to_write(&submission.sender, &submission.receiver)?;
        Some(match code {
            codes::NO_SUCH_GROUP => "no_such_group",
            codes::NOT_A_MEMBER => "not_a_member",
            _ => "may_not_write",
        })
    }

    /// Says when it begins to fail, for another reason too, and when it is over.
    fn report(&mut self, failure: Option<&Failure>) {
        self.desk.counts.set_up(failure.is_none());
        let trouble = failure.map(ToString::to_string);
        if trouble == self.trouble {
            return;
        }
        if let Some(trouble) = &trouble {
            warn!("what back ends send with SQL cannot be read, and waits: {trouble}");
        } else {
            info!("what back ends send with SQL can be read again");
        }
        self.trouble = trouble;
    }
}

/// An answer, or `None` if it takes too long.
fn known<T>(answer: Result<T, Failure>) -> Result<Option<T>, Failure> {
    match answer {
        Err(failure) if failure.is_timeout() => Ok(None),
        answer => answer.map(Some),
    }
}

/// What a look at the table has found.
enum Looked {
    /// There may be more at once.
    More,
    Nothing,
    /// There is no room for more.
    Full,
}
