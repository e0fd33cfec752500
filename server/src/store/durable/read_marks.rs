//! Up to where users have read conversations.

use std::sync::Arc;

use mobileim_hub::Deferred;
use mobileim_hub::store::ReadMark;
use tokio::sync::oneshot;

use super::Durable;
use super::mentions::among_unread;
use super::messages::Messages;
use super::work::{Doing, Transaction, Work};
use crate::database::{Backend, Failure};

/// A user has read a log up to a number.
struct MarkRead {
    user: Arc<str>,
    log: Arc<str>,
    seq: u64,
    /// What is so once the transaction is durable.
    mark: ReadMark,
    answer: oneshot::Sender<Result<ReadMark, String>>,
}

impl<D: Backend<Connection: Messages>> Durable<D> {
    /// See [`Store::mark_read`](mobileim_hub::store::Store::mark_read).
    pub(in crate::store) fn mark_read(
        &self,
        user: &Arc<str>,
        log: &Arc<str>,
        seq: u64,
    ) -> Deferred<Result<ReadMark, String>> {
        let (answer, marked) = oneshot::channel();
        self.work(Box::new(MarkRead {
            user: Arc::clone(user),
            log: Arc::clone(log),
            seq,
            mark: ReadMark::default(),
            answer,
        }));
        Deferred::pending(async {
            let closed = |_| Err("the message store is closed".to_owned());
            marked.await.unwrap_or_else(closed)
        })
    }
}

impl<C: Messages> Work<C> for MarkRead {
    fn run<'a>(&'a mut self, transaction: &'a mut Transaction<'_, C>) -> Doing<'a> {
        Box::pin(self.mark(transaction.connection))
    }

    fn ended(self: Box<Self>, outcome: Result<(), Failure>) {
        let marked = outcome.map(|()| self.mark);
        // Whoever asked may not wait any more.
        let _ = self.answer.send(marked.map_err(|why| why.to_string()));
    }
}

impl MarkRead {
    async fn mark(&mut self, connection: &mut impl Messages) -> sqlx::Result<()> {
        let Some(view) = connection.view_log(&self.log, Some(&self.user)).await? else {
            return Ok(());
        };
        let seq = i64::try_from(self.seq).map_or(view.last_seq, |seq| seq.min(view.last_seq));
        let seq = connection.mark_read(view.id, &self.user, seq).await?;
        let unread = connection.count_unread(&self.user, &[view.id]).await?;
        let mentions = among_unread(connection, &self.user, &unread).await?;
        self.mark = ReadMark {
            seq: seq.unsigned_abs(),
            unread: unread.first().map_or(0, |of| of.count.unsigned_abs()),
            mentions: mentions.get(&view.id).copied().unwrap_or_default(),
        };
        Ok(())
    }
}
