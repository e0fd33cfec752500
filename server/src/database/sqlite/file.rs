//! The open file.

use std::sync::{Arc, OnceLock};

use sqlx::{Row, SqliteConnection};

use super::disk::{Disk, Identity};
use crate::database::backend::{Connection, Room};
use crate::database::error::Failure;

/// The last position that was ever given, to a message or in a log, if there was one.
const LAST_POSITION: &str =
    "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name IN ('messages', 'log')";

/// The open file. No other process writes to it.
pub(crate) struct File {
    pub(crate) connection: SqliteConnection,
    disk: Arc<Disk>,
    /// Which file the log is, once it is there.
    log: OnceLock<Identity>,
    /// The number of pages that the file may have while there is room on the disk.
    max_pages: i64,
    /// Whether it may have as many.
    may_grow: bool,
    /// No position up to here is given again. SQLite keeps it too (AUTOINCREMENT).
    pub(crate) last_position: i64,
}

impl File {
    pub(super) async fn new(
        mut connection: SqliteConnection,
        disk: Arc<Disk>,
    ) -> sqlx::Result<Self> {
        let last_position = sqlx::query_scalar(LAST_POSITION)
            .fetch_one(&mut connection)
            .await?;
        let max_pages = sqlx::query_scalar("PRAGMA max_page_count")
            .fetch_one(&mut connection)
            .await?;
        let file = Self {
            connection,
            disk,
            log: OnceLock::new(),
            max_pages,
            may_grow: true,
            last_position,
        };
        file.note_log();
        Ok(file)
    }

    /// Lets the file grow as long as there is room on the disk. When there is none any more, the log gives back what it
    /// can first.
    async fn heed_the_disk(&mut self) -> sqlx::Result<()> {
        if self.disk.may_grow() == self.may_grow {
            return Ok(());
        }
        if self.may_grow {
            Connection::shrink_log(self).await?;
            if self.disk.may_grow() {
                return Ok(());
            }
        }
        // No fewer than there are, however few are asked for.
        let pages = if self.may_grow { 1 } else { self.max_pages };
        sqlx::query(&format!("PRAGMA max_page_count = {pages}"))
            .execute(&mut self.connection)
            .await?;
        self.may_grow = !self.may_grow;
        Ok(())
    }

    /// Remembers which file the log is, if it is there; returns whether it is that one.
    fn note_log(&self) -> bool {
        let log = self.disk.log();
        log.is_ok_and(|log| *self.log.get_or_init(|| log) == log)
    }
}

impl Connection for File {
    async fn begin(&mut self) -> sqlx::Result<()> {
        self.heed_the_disk().await?;
        sqlx::query("BEGIN IMMEDIATE")
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }

    async fn commit(&mut self) -> sqlx::Result<()> {
        sqlx::query("COMMIT").execute(&mut self.connection).await?;
        Ok(())
    }

    async fn run(&mut self, statement: &'static str) -> sqlx::Result<()> {
        sqlx::query(statement).execute(&mut self.connection).await?;
        Ok(())
    }

    /// A file does not answer: whether it is there is another question.
    async fn ping(&mut self) -> sqlx::Result<()> {
        Ok(())
    }

    fn verify(&self) -> Result<(), Failure> {
        self.disk.verify()?;
        if self.note_log() {
            return Ok(());
        }
        Err(Failure::Disk(
            "its log (mobileim.db-wal) was removed".to_owned(),
        ))
    }

    async fn room(&mut self) -> sqlx::Result<Option<Room>> {
        let pages: i64 = sqlx::query_scalar("PRAGMA freelist_count")
            .fetch_one(&mut self.connection)
            .await?;
        Ok(self.disk.room(pages.unsigned_abs()))
    }

    async fn shrink_log(&mut self) -> sqlx::Result<()> {
        let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .fetch_one(&mut self.connection)
            .await?;
        debug_assert_eq!(row.try_get::<i64, _>(0)?, 0, "nobody else has the file");
        Ok(())
    }

    fn explain(error: &sqlx::Error) -> Failure {
        super::explain(error)
    }

    async fn close(self) {
        if self.disk.verify().is_err() {
            // SQLite would remove the log at the file's path, which may be that of another file now. It ends with
            // the process.
            return std::mem::forget(self.connection);
        }
        // What was committed stays, whatever it says.
        let _ = sqlx::Connection::close(self.connection).await;
    }
}
