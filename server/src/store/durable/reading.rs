//! The writer's turns to read, between two transactions.

use std::sync::atomic::Ordering;
use std::time::Duration;

use mobileim_hub::store::Waiting;
use tokio::time::Instant;

use super::batch::Answer;
use super::messages::Messages;
use super::others::Look;
use super::reads::{Read, Reads};
use super::writer::{Writer, within};
use crate::database::{Backend, Failure};

/// How long reads may take before what is to be stored has its next turn.
pub(super) const READ_TIME: Duration = Duration::from_millis(10);

impl<D: Backend<Connection: Messages>> Writer<D> {
    /// Reads what is to be read, as much as there is time for, each by itself: one that fails, as in a damaged file,
    /// keeps no other from it.
    pub(super) async fn read_for_mailboxes(&mut self, reads: &mut Reads, answer: impl Fn(Answer)) {
        let not_before = self.not_before();
        let began = Instant::now();
        let mut hangs = false;
        while let Some(read) = reads.pop() {
            self.read_ends();
            if hangs {
                // This one is not to wait as long as the one before it did.
                answer(read.refusal());
                continue;
            }
            match self.load(&read, not_before).await {
                Ok(loaded) => answer(loaded),
                Err(failure) => {
                    self.report.failure(&failure);
                    self.disconnect().await;
                    answer(read.refusal());
                    hangs = failure.is_timeout();
                }
            }
            if !hangs && began.elapsed() >= READ_TIME {
                return;
            }
        }
    }

    /// Reads what others look at.
    pub(super) async fn look_at_waiting(&mut self, looks: Vec<Look>) {
        for look in looks {
            let found = self.look_once(&look).await;
            if let Err(failure) = &found {
                self.report.failure(failure);
                self.disconnect().await;
            }
            let found = found.map_err(|failure| self.report.text(&failure));
            look.end(found);
        }
    }

    async fn look_once(&mut self, look: &Look) -> Result<Waiting, Failure> {
        let (patience, not_before, now) =
            (self.database.patience(), self.not_before(), self.time());
        let connection = self.database.get().await?;
        within::<D::Connection, _>(patience, look.read(connection, not_before, now)).await
    }

    /// There is room for another read.
    pub(super) fn read_ends(&self) {
        self.state.queued_reads.fetch_sub(1, Ordering::Relaxed);
    }

    async fn load(&mut self, read: &Read, not_before: i64) -> Result<Answer, Failure> {
        let (patience, now) = (self.database.patience(), self.time());
        let Self {
            database,
            logs,
            cursors,
            ..
        } = self;
        let connection = database.get().await?;
        let loaded = read.load(connection, logs, cursors, not_before, now);
        within::<D::Connection, _>(patience, loaded).await
    }
}
