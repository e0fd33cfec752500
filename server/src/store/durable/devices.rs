//! The devices of users, in the same database.

use std::sync::Arc;
use std::time::Duration;

use mobileim_hub::{Deferred, DeviceBook, RegisteredDevice};
use mobileim_protocol::NO_ID_HAS;

use super::Durable;
use super::changes::Change;
use super::log_tables::LogTables;
use super::messages::Messages;
use super::work::{Doing, Transaction, WorkQueue};
use super::writer::{Writer, within};
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
        let read = async |writer: &mut Writer<D>| {
            let patience = writer.database.patience();
            read_all::<D>(writer.database.get().await?, patience).await
        };
        let read = self.before_start(read).await;
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

/// A change of it.
enum What {
    Put(RegisteredDevice),
    Remove(Box<str>, u16),
}

impl<C: Messages + DeviceTable> DeviceBook for Table<C> {
    fn put(&self, device: RegisteredDevice) -> Deferred<Result<(), String>> {
        self.0.change(What::Put(device))
    }

    fn remove(&self, user: &str, number: u16) {
        // A device that stays is forgotten when it is old.
        drop(self.0.change(What::Remove(user.into(), number)));
    }
}

impl<C: LogTables + DeviceTable> Change<C> for What {
    fn make<'a>(&'a self, transaction: &'a mut Transaction<'_, C>) -> Doing<'a> {
        match self {
            Self::Put(device) => Box::pin(put(transaction, device)),
            Self::Remove(user, number) => Box::pin(remove(transaction, user, *number)),
        }
    }
}

/// Keeps a device. One that is new has nothing to read of what was in logs before it.
async fn put<C: LogTables + DeviceTable>(
    transaction: &mut Transaction<'_, C>,
    device: &RegisteredDevice,
) -> sqlx::Result<()> {
    let RegisteredDevice { user, number, .. } = device;
    if *number > 0 {
        let mailbox = mailbox_of(user, *number);
        let begun = transaction.connection.begin_cursor(user, *number, &mailbox);
        begun.await?;
    }
    transaction.connection.put_device(device).await
}

/// Removes a device, and what its mailbox has read; the user's own mailbox stays, whoever has it.
async fn remove<C: LogTables + DeviceTable>(
    transaction: &mut Transaction<'_, C>,
    user: &str,
    number: u16,
) -> sqlx::Result<()> {
    if number > 0 {
        let mailbox = mailbox_of(user, number);
        transaction.cursors.remove(&mailbox);
        transaction.connection.remove_cursor(&mailbox).await?;
    }
    transaction.connection.remove_device(user, number).await
}

fn mailbox_of(user: &str, number: u16) -> String {
    format!("{user}{NO_ID_HAS}{number}")
}
