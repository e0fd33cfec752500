//! Changes of tables that others keep in the same database, and what became of each.

use mobileim_hub::Deferred;
use tokio::sync::oneshot;

use super::work::{Doing, Transaction, Work, WorkQueue};
use crate::database::Failure;

/// A change of a table, made in the store's next transaction.
pub(super) trait Change<C>: Send + Sync + 'static {
    fn make<'a>(&'a self, transaction: &'a mut Transaction<'_, C>) -> Doing<'a>;
}

struct Changing<W> {
    what: W,
    ended: Option<oneshot::Sender<Result<(), String>>>,
}

impl<C: Send> WorkQueue<C> {
    /// Makes a change; says later whether it is durable, or why not.
    pub(super) fn change(&self, what: impl Change<C>) -> Deferred<Result<(), String>> {
        let (ended, end) = oneshot::channel();
        let ended = Some(ended);
        self.submit(Box::new(Changing { what, ended }));
        Deferred::pending(async {
            end.await
                .unwrap_or_else(|_| Err("the database is closed".to_owned()))
        })
    }
}

impl<C: Send, W: Change<C>> Work<C> for Changing<W> {
    fn run<'a>(&'a mut self, transaction: &'a mut Transaction<'_, C>) -> Doing<'a> {
        self.what.make(transaction)
    }

    fn ended(mut self: Box<Self>, outcome: Result<(), Failure>) {
        if let Some(ended) = self.ended.take() {
            // Whoever asked may not wait any more.
            let _ = ended.send(outcome.map_err(|failure| failure.to_string()));
        }
    }
}
