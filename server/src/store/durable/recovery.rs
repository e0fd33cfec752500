//! After a transaction that failed.

use super::events::ended;
use super::messages::Messages;
use super::undeleted::positions;
use super::writer::{MAX_DELETED, Writer, within};
use crate::database::{Backend, Connection as _, Failure};

impl<D: Backend<Connection: Messages>> Writer<D> {
    /// A transaction failed. It counts as not committed, though a lost connection may have committed it.
    pub(super) async fn fail(&mut self, failure: &Failure) {
        self.report.failure(failure);
        *self.state.trouble.lock() = Some(self.report.text(failure));
        self.quota.forget();
        self.logs.forget();
        if !matches!(failure, Failure::Moved(_)) {
            self.disconnect().await;
        }
    }

    /// Ends the connection. Until there is another one, another server may have had the tables.
    pub(super) async fn disconnect(&mut self) {
        self.logs.forget();
        self.database.close().await;
    }

    /// After a transaction that failed, does what can be done if nothing can be stored: a full disk is full until
    /// receivers have fetched something.
    pub(super) async fn recover(&mut self, failure: &Failure) {
        self.fail(failure).await;
        if matches!(failure, Failure::Disk(_))
            && self.shrink_log().await.is_err()
            && self.database.give_up_reserve()
        {
            // What fails now fails for what comes next.
            let _ = self.shrink_log().await;
        }
        self.delete_at_least().await;
    }

    async fn shrink_log(&mut self) -> Result<(), Failure> {
        let patience = self.database.patience();
        let connection = self.database.get().await?;
        let shrunk = within::<D::Connection, _>(patience, connection.shrink_log()).await;
        if shrunk.is_err() {
            self.disconnect().await;
        }
        shrunk
    }

    /// Deletes what is to be deleted: on a full disk in ever smaller steps, and with the help of the reserve.
    async fn delete_at_least(&mut self) {
        let mut at_once = MAX_DELETED;
        while !self.undeleted.is_empty() {
            // It was reported that the store fails.
            let Err(failure) = self.delete_some(at_once).await else {
                continue;
            };
            self.disconnect().await;
            if !matches!(failure, Failure::Disk(_)) || at_once == 1 {
                return;
            }
            self.database.give_up_reserve();
            at_once /= 10;
        }
    }

    async fn delete_some(&mut self, at_once: usize) -> Result<(), Failure> {
        let unix_millis = self.clock.unix_millis();
        let Self {
            database,
            undeleted,
            events,
            ..
        } = self;
        let patience = database.patience();
        let connection = database.get().await?;
        let count = undeleted.len().min(at_once);
        let deletions = &undeleted[..count];
        let removed =
            within::<D::Connection, _>(patience, connection.delete(&positions(deletions))).await?;
        if let Some(events) = events {
            // There is no room for them now: what is recorded of it follows.
            let ends = ended(Some(events), deletions, &removed, unix_millis);
            events.add(ends);
        }
        undeleted.drain(..count);
        Ok(())
    }
}
