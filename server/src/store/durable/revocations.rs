//! Revocations of tokens, in the same database.

use mobileim_hub::Deferred;
use tracing::warn;

use super::Durable;
use super::changes::Change;
use super::messages::Messages;
use super::work::{Doing, Transaction, WorkQueue};
use super::writer::{Writer, within};
use crate::database::{Backend, Failure};
use crate::revocations::{Keeper, MAX_USERS, Revocation, Revocations};

/// How many are read at once.
const PAGE: u32 = 10_000;

/// How many are removed at once that do not count any more.
const REMOVED_AT_ONCE: u32 = 10_000;

/// What is asked of the table.
pub(in crate::store) trait RevocationTable: Send {
    /// Reads some, by user, behind this one.
    fn read_revocations(
        &mut self,
        after: &str,
        limit: u32,
    ) -> impl Future<Output = sqlx::Result<Vec<Revocation>>> + Send;

    /// Keeps one in place of an earlier one of the user's.
    fn put_revocation(
        &mut self,
        revocation: &Revocation,
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Removes that of a user.
    fn remove_revocation(&mut self, user: &str) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Removes some that have counted since before this.
    fn remove_old_revocations(
        &mut self,
        since: i64,
        limit: u32,
    ) -> impl Future<Output = sqlx::Result<()>> + Send;
}

impl<D: Backend<Connection: Messages + RevocationTable>> Durable<D> {
    /// Keeps revocations from now on, and tells of those that were kept before. Before it is started.
    pub(in crate::store) async fn keep_revocations(
        &self,
        revocations: &Revocations,
    ) -> Result<(), Failure> {
        let read = async |writer: &mut Writer<D>| {
            let patience = writer.database.patience();
            read_all::<D>(writer.database.get().await?, patience).await
        };
        let read = self.before_start(read).await;
        revocations.keep_in(read?, Table(self.works()));
        Ok(())
    }
}

async fn read_all<D: Backend<Connection: RevocationTable>>(
    connection: &mut D::Connection,
    patience: Option<std::time::Duration>,
) -> Result<Vec<Revocation>, Failure> {
    let mut all = Vec::<Revocation>::new();
    loop {
        let after = all.last().map_or("", |last| &*last.user);
        let read = connection.read_revocations(after, PAGE);
        let page = within::<D::Connection, _>(patience, read).await?;
        let is_last = page.len() < PAGE as usize;
        all.extend(page);
        if is_last {
            return Ok(all);
        }
        if all.len() >= MAX_USERS {
            warn!("the tokens of more than {MAX_USERS} users are revoked: some of them are taken");
            return Ok(all);
        }
    }
}

/// The table, as long as the store lives.
struct Table<C>(WorkQueue<C>);

/// A change of it.
enum What {
    Put(Revocation),
    Remove(Box<str>),
    RemoveOld(i64),
}

impl<C: Messages + RevocationTable> Keeper for Table<C> {
    fn put(&self, revocation: Revocation) -> Deferred<Result<(), String>> {
        self.0.change(What::Put(revocation))
    }

    fn remove(&self, user: &str) -> Deferred<Result<(), String>> {
        self.0.change(What::Remove(user.into()))
    }

    fn remove_old(&self, since: i64) {
        // What fails is done next time.
        drop(self.0.change(What::RemoveOld(since)));
    }
}

impl<C: RevocationTable> Change<C> for What {
    fn make<'a>(&'a self, transaction: &'a mut Transaction<'_, C>) -> Doing<'a> {
        let connection = &mut *transaction.connection;
        match self {
            Self::Put(revocation) => Box::pin(connection.put_revocation(revocation)),
            Self::Remove(user) => Box::pin(connection.remove_revocation(user)),
            Self::RemoveOld(since) => {
                Box::pin(connection.remove_old_revocations(*since, REMOVED_AT_ONCE))
            }
        }
    }
}
