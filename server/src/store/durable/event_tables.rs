//! What a database must do to keep events.

use std::sync::Arc;

use crate::database::Connection;
use crate::events::{Consumer, Record, Recorded};

/// What the writer asks of a connection, for events.
pub(in crate::store) trait EventTables: Connection {
    /// Counts a start of a server, and gives how many there were with this one.
    fn count_start(&mut self) -> impl Future<Output = sqlx::Result<i64>> + Send;

    /// The last position that was ever given, or 0.
    fn last_event(&mut self) -> impl Future<Output = sqlx::Result<i64>> + Send;

    /// What all events counted that were ever recorded, as far as one of them is still there.
    fn written(&mut self) -> impl Future<Output = sqlx::Result<i64>> + Send;

    /// Records events in this order, behind all that were ever recorded; gives the position of the first. The others follow it.
    fn record(&mut self, rows: &[EventRow<'_>]) -> impl Future<Output = sqlx::Result<i64>> + Send;

    /// Reads the next events behind a position. Outside of transactions.
    fn read_events(
        &mut self,
        after: i64,
        limit: usize,
        max_bytes: usize,
    ) -> impl Future<Output = sqlx::Result<Vec<Recorded>>> + Send;

    /// The oldest events.
    fn oldest_events(
        &mut self,
        limit: u32,
    ) -> impl Future<Output = sqlx::Result<Vec<Oldest>>> + Send;

    /// Removes everything up to a position.
    fn remove_events(&mut self, through: i64) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Who reads events.
    fn consumers(&mut self) -> impl Future<Output = sqlx::Result<Vec<(String, Consumer)>>> + Send;

    /// Keeps how far a consumer is; with `None`, that it is none any more.
    fn set_consumer(
        &mut self,
        name: &str,
        consumer: Option<Consumer>,
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Notes sessions that began.
    fn begin_sessions(
        &mut self,
        sessions: &[OpenSession],
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Notes that sessions have ended.
    fn end_sessions(&mut self, sessions: &[i64]) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Takes out some of the sessions that are open.
    fn take_sessions(
        &mut self,
        limit: u32,
    ) -> impl Future<Output = sqlx::Result<Vec<OpenSession>>> + Send;
}

/// An event to be recorded.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct EventRow<'a> {
    pub(in crate::store) record: &'a Record,
    /// What all events count that were ever recorded, with this one.
    pub(in crate::store) written: i64,
}

/// One of the oldest events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) struct Oldest {
    pub(in crate::store) position: i64,
    /// In ms since 1970.
    pub(in crate::store) at: i64,
    /// As in [`EventRow`].
    pub(in crate::store) written: i64,
}

/// A session whose end is not recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) struct OpenSession {
    pub(in crate::store) session: i64,
    pub(in crate::store) user: Arc<str>,
    /// Where from, as events say it.
    pub(in crate::store) peer: String,
}
