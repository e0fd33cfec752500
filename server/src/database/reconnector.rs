//! The connection to a database that may come and go.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::backend::{Backend, Connection as _};
use super::error::Failure;

/// How long a failure to connect stands before it is tried again: a database that is away is not to be asked
/// for each message.
const RETRY_AFTER: Duration = Duration::from_millis(250);

/// How long a connection may take to end properly.
const CLOSE_TIME: Duration = Duration::from_secs(2);

/// One connection, made anew after it failed.
pub(crate) struct Reconnector<D: Backend> {
    database: D,
    connection: Option<D::Connection>,
    /// Since when, and why, there is none.
    failed: Option<(Instant, Failure)>,
    /// Whether another process has taken the database while there was no connection.
    taken: watch::Sender<bool>,
}

impl<D: Backend> Reconnector<D> {
    pub(crate) fn new(database: D, connection: D::Connection) -> Self {
        Self {
            database,
            connection: Some(connection),
            failed: None,
            taken: watch::Sender::new(false),
        }
    }

    /// Becomes true when another process has taken the database.
    pub(crate) fn taken(&self) -> watch::Receiver<bool> {
        self.taken.subscribe()
    }

    /// How long one transaction may take.
    pub(crate) fn patience(&self) -> Option<Duration> {
        self.database.patience()
    }

    /// How many bytes of bodies one transaction writes at most.
    pub(crate) fn transaction_bytes(&self) -> usize {
        self.database.transaction_bytes()
    }

    /// See [`Backend::set_min_free`].
    pub(crate) fn set_min_free(&self, bytes: Option<u64>) {
        self.database.set_min_free(bytes);
    }

    /// See [`Backend::give_up_reserve`].
    pub(crate) fn give_up_reserve(&self) -> bool {
        self.database.give_up_reserve()
    }

    /// The connection, whether it was there or not.
    pub(crate) async fn get(&mut self) -> Result<&mut D::Connection, Failure> {
        if self.connection.is_none() {
            if let Some((at, failure)) = &self.failed
                && at.elapsed() < RETRY_AFTER
            {
                return Err(failure.clone());
            }
            match self.database.connect().await {
                Ok(connection) => {
                    self.failed = None;
                    self.connection = Some(connection);
                }
                Err(failure) => {
                    self.taken.send_replace(failure.is_in_use());
                    self.failed = Some((Instant::now(), failure.clone()));
                    return Err(failure);
                }
            }
        }
        Ok(self.connection.as_mut().expect("it was made above"))
    }

    /// Ends the connection: it has failed, or there is no more to do.
    pub(crate) async fn close(&mut self) {
        if let Some(connection) = self.connection.take() {
            // It ends in any case; what was committed stays.
            let _ = tokio::time::timeout(CLOSE_TIME, connection.close()).await;
        }
    }
}
