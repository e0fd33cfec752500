//! What others than mailboxes ask of the messages that wait: whoever looks at them, and whoever takes them away.

use std::sync::Arc;

use mobileim_hub::store::{Part, Waiting, Which};
use tokio::sync::oneshot;

use super::age::Now;
use super::messages::{Messages, PageRequest, Removed};
use super::quota::Quota;

/// Somebody looks at what waits for a user.
#[derive(Debug)]
pub(super) struct Look {
    user: Arc<str>,
    which: Which,
    part: Part,
    found: oneshot::Sender<Result<Waiting, String>>,
}

/// Somebody takes away what waits for a user.
#[derive(Debug)]
pub(super) struct Purge {
    user: Arc<str>,
    which: Which,
    done: oneshot::Sender<Result<u64, String>>,
}

impl Look {
    pub(super) fn new(
        user: &Arc<str>,
        which: Which,
        part: Part,
    ) -> (Self, oneshot::Receiver<Result<Waiting, String>>) {
        let (found, receiver) = oneshot::channel();
        let user = Arc::clone(user);
        let look = Self {
            user,
            which,
            part,
            found,
        };
        (look, receiver)
    }

    pub(super) async fn read<C: Messages>(
        &self,
        connection: &mut C,
        not_before: i64,
        now: Now,
    ) -> sqlx::Result<Waiting> {
        let wanted = PageRequest {
            after: self.part.after,
            limit: self.part.limit,
            max_bytes: self.part.max_bytes,
        };
        let page = connection
            .look(&self.user, &self.which, wanted, not_before)
            .await?;
        let more = page.more;
        let messages = page.waiting(now);
        Ok(Waiting { messages, more })
    }

    pub(super) fn end(self, found: Result<Waiting, String>) {
        // Whoever asked may not wait any more.
        let _ = self.found.send(found);
    }
}

impl Purge {
    pub(super) fn new(
        user: &Arc<str>,
        which: Which,
    ) -> (Self, oneshot::Receiver<Result<u64, String>>) {
        let (done, receiver) = oneshot::channel();
        let user = Arc::clone(user);
        (Self { user, which, done }, receiver)
    }

    /// Does it inside of the transaction that is open. Says which messages those were.
    pub(super) async fn run<C: Messages>(
        &self,
        connection: &mut C,
        quota: &mut Quota,
    ) -> sqlx::Result<Vec<Removed>> {
        let purged = connection.purge(&self.user, &self.which).await?;
        for removed in &purged {
            quota.give_back(removed);
        }
        Ok(purged)
    }

    pub(super) fn end(self, done: Result<u64, String>) {
        // Whoever asked may not wait any more.
        let _ = self.done.send(done);
    }
}
