//! The devices of users, in the same database.

use std::sync::Arc;
use std::time::Duration;

use mobileim_hub::{Deferred, DeviceBook, RegisteredDevice};
use tokio::sync::oneshot;

use super::Durable;
use super::messages::Messages;
use super::work::{Doing, Transaction, Work, WorkQueue};
use super::writer::within;
use crate::database::{Backend, Failure};

/// How many are read at once.
const PAGE: u32 = 10_000;

/// What is asked of the table.
pub(in crate::store) trait DeviceTable: Send {
    /// Reads some, by user and number, behind this one.
    fn read_devices(
        &mut self,
        after: (&str, i32),
        limit: u32,
    ) -> impl Future<Output = sqlx::Result<Vec<RegisteredDevice>>> + Send;

    /// Keeps one in place of an earlier one with its number.
    fn put_device(
        &mut self,
        device: &RegisteredDevice,
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Removes that of a user with this number.
    fn remove_device(
        &mut self,
        user: &str,
        number: u16,
    ) -> impl Future<Output = sqlx::Result<()>> + Send;
}

impl<D: Backend<Connection: Messages + DeviceTable>> Durable<D> {
    /// The devices that are known, and where they are written down. Before it is started.
    pub(in crate::store) async fn devices(
        &self,
    ) -> Result<(Vec<RegisteredDevice>, Arc<dyn DeviceBook>), Failure> {
        let taken = self.writer.lock().take();
        let Some((mut writer, jobs)) = taken else {
            return Err(Failure::Other("the store was started before".to_owned()));
        };
        let patience = writer.database.patience();
        let read = match writer.database.get().await {
            Ok(connection) => read_all::<D>(connection, patience).await,
            Err(failure) => Err(failure),
        };
        *self.writer.lock() = Some((writer, jobs));
        Ok((read?, Arc::new(Table(self.works()))))
    }
}

async fn read_all<D: Backend<Connection: DeviceTable>>(
    connection: &mut D::Connection,
    patience: Option<Duration>,
) -> Result<Vec<RegisteredDevice>, Failure> {
    let mut all = Vec::<RegisteredDevice>::new();
    loop {
        let last = all.last();
        let after = last.map_or(("", -1), |last| (&*last.user, last.number.into()));
        let read = connection.read_devices(after, PAGE);
        let page = within::<D::Connection, _>(patience, read).await?;
        let is_last = page.len() < PAGE as usize;
        all.extend(page);
        if is_last {
            return Ok(all);
        }
    }
}

/// The table, as long as the store lives.
struct Table<C>(WorkQueue<C>);

/// A change of the table.
struct Change {
    what: What,
    ended: Option<oneshot::Sender<Result<(), String>>>,
}

enum What {
    Put(RegisteredDevice),
    Remove(Box<str>, u16),
}

impl<C: Messages + DeviceTable> DeviceBook for Table<C> {
    fn put(&self, device: RegisteredDevice) -> Deferred<Result<(), String>> {
        let (ended, end) = oneshot::channel();
        self.0.submit(Box::new(Change {
            what: What::Put(device),
            ended: Some(ended),
        }));
        Deferred::pending(async {
            end.await
                .unwrap_or_else(|_| Err("the database is closed".to_owned()))
        })
    }

    fn remove(&self, user: &str, number: u16) {
        self.0.submit(Box::new(Change {
            what: What::Remove(user.into(), number),
            ended: None,
        }));
    }
}

impl<C: Messages + DeviceTable> Work<C> for Change {
    fn run<'a>(&'a mut self, transaction: &'a mut Transaction<'_, C>) -> Doing<'a> {
        let connection = &mut *transaction.connection;
        match &self.what {
            What::Put(device) => Box::pin(connection.put_device(device)),
            What::Remove(user, number) => Box::pin(connection.remove_device(user, *number)),
        }
    }

    fn ended(mut self: Box<Self>, outcome: Result<(), Failure>) {
        if let Some(ended) = self.ended.take() {
            // Whoever asked may not wait any more.
            let _ = ended.send(outcome.map_err(|failure| failure.to_string()));
        }
    }
}
