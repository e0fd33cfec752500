//! How far mailboxes have read the logs of conversations, as far as it is not written down.
//!
//! A reader acknowledges each message, and that is not worth a transaction: a mailbox's cursor is kept in memory, where each load sees it,
//! and written down with whatever else is, many in one statement. A crash makes mailboxes go back to what was written last; what
//! they deliver again, receivers recognise.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use mobileim_protocol::Instant;
use mobileim_protocol::mailbox::Position;

use super::log_tables::LogTables;
use super::messages::Messages;
use super::writer::{Writer, within};
use crate::database::{Backend, Connection as _, Failure};

/// How long cursors are gathered before they are written down along with something else.
const GATHER: Duration = Duration::from_secs(1);

/// How long they may stay unwritten.
const WRITE_WITHIN: Duration = Duration::from_secs(5);

/// How many may.
const MAX_UNWRITTEN: usize = 100_000;

#[derive(Debug, Default)]
pub(super) struct Cursors {
    unwritten: HashMap<Arc<str>, i64>,
    /// Since when there are some.
    since: Instant,
    /// After a failure, when they are tried again.
    retry_at: Instant,
}

impl Cursors {
    /// A mailbox has read up to here.
    pub(super) fn advance(&mut self, mailbox: Arc<str>, through: Position, now: Instant) {
        if self.unwritten.is_empty() {
            self.since = now;
        }
        // A database that takes nothing for so long is not worth more memory: what is forgotten is read again.
        if self.unwritten.len() < 2 * MAX_UNWRITTEN || self.unwritten.contains_key(&mailbox) {
            let cursor = self.unwritten.entry(mailbox).or_insert(through.0);
            *cursor = through.0.max(*cursor);
        }
    }

    /// Where to read on: behind this position, and behind what the mailbox has read.
    pub(super) fn behind(&self, mailbox: &str, after: Position) -> Position {
        let cursor = self.unwritten.get(mailbox);
        cursor.map_or(after, |cursor| after.max(Position(*cursor)))
    }

    /// When they are to be written if nothing else is.
    pub(super) fn write_at(&self) -> Option<Instant> {
        let is_full = self.unwritten.len() >= MAX_UNWRITTEN;
        let wait = if is_full {
            Duration::ZERO
        } else {
            WRITE_WITHIN
        };
        let is_any = !self.unwritten.is_empty();
        is_any.then(|| (self.since + wait).max(self.retry_at))
    }

    /// Whether they are to be written along with something else.
    fn are_ripe(&self, now: Instant) -> bool {
        !self.unwritten.is_empty() && self.since + GATHER <= now
    }

    /// Writes them down in a transaction that is made anyway, if they were gathered for long enough. Returns whether it did.
    pub(super) async fn write_along(
        &self,
        connection: &mut impl LogTables,
        now: Instant,
    ) -> sqlx::Result<bool> {
        let are_ripe = self.are_ripe(now);
        if are_ripe {
            self.write(connection).await?;
        }
        Ok(are_ripe)
    }

    async fn write(&self, connection: &mut impl LogTables) -> sqlx::Result<()> {
        let cursors = self.unwritten.iter();
        let cursors: Vec<_> = cursors.map(|(name, at)| (Arc::clone(name), *at)).collect();
        connection.set_cursors(&cursors).await
    }

    /// The transaction in which they were written is durable.
    pub(super) fn written(&mut self) {
        // Not cleared: what it took when there were many is free again.
        self.unwritten = HashMap::new();
    }

    /// A mailbox is no more.
    pub(super) fn remove(&mut self, mailbox: &str) {
        self.unwritten.remove(mailbox);
    }
}

impl<D: Backend<Connection: Messages>> Writer<D> {
    /// Writes down how far mailboxes have read, in a transaction of its own.
    pub(super) async fn write_cursors(&mut self) {
        if self.cursors.unwritten.is_empty() {
            return;
        }
        match self.write_cursors_once().await {
            Ok(()) => self.cursors.written(),
            Err(failure) => {
                self.cursors.retry_at = self.clock.now() + WRITE_WITHIN;
                self.recover(&failure).await;
            }
        }
    }

    async fn write_cursors_once(&mut self) -> Result<(), Failure> {
        let Self {
            database, cursors, ..
        } = self;
        let patience = database.patience();
        let connection = database.get().await?;
        within::<D::Connection, _>(patience, async {
            connection.begin().await?;
            cursors.write(connection).await?;
            connection.commit().await
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn they_are_gathered_for_a_while_and_written_soon() {
        let start = Instant::from_millis(5000);
        let mut cursors = Cursors::default();
        assert_eq!(cursors.write_at(), None);
        cursors.advance("bob".into(), Position(3), start);
        cursors.advance("eve".into(), Position(3), start + SECOND);
        assert!(!cursors.are_ripe(start) && cursors.are_ripe(start + SECOND));
        assert_eq!(cursors.write_at(), Some(start + 5 * SECOND));
        cursors.written();
        assert!(!cursors.are_ripe(start + 9 * SECOND));
    }

    #[test]
    fn none_goes_back() {
        let mut cursors = Cursors::default();
        for through in [3, 7, 5] {
            cursors.advance("bob".into(), Position(through), Instant::default());
        }
        assert_eq!(cursors.behind("bob", Position::START), Position(7));
        assert_eq!(cursors.behind("bob", Position(9)), Position(9));
        assert_eq!(cursors.behind("eve", Position::START), Position::START);
    }

    #[test]
    fn many_are_written_at_once_and_no_more_are_kept_if_that_fails() {
        let start = Instant::from_millis(5000);
        let mut cursors = Cursors::default();
        for n in 0..3 * MAX_UNWRITTEN {
            cursors.advance(n.to_string().into(), Position(1), start);
        }
        assert_eq!(cursors.write_at(), Some(start));
        assert_eq!(cursors.unwritten.len(), 2 * MAX_UNWRITTEN);
        cursors.advance("7".into(), Position(2), start);
        assert_eq!(cursors.behind("7", Position::START), Position(2));
    }
}
