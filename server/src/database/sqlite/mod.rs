//! `SQLite`: a file of one server's own.

mod disk;
mod file;

use std::borrow::Cow;
use std::fmt;
use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteLockingMode, SqliteSynchronous};
use sqlx::{ConnectOptions, SqliteConnection};

use super::backend;
use super::error::{Failure, OpenError, text};
use super::migrations;
use disk::Disk;
pub(crate) use file::File;

/// The file's name in the data directory.
pub(crate) const FILE: &str = "mobileim.db";

/// How long a server waits for another one on the same file, which may be about to end.
const LOCK_TIME: Duration = Duration::from_secs(3);

/// `SQLite`'s numbers of errors; those of one kind have the same last byte.
const BUSY: u32 = 5;
const IO_ERROR: u32 = 10;
const CORRUPT: u32 = 11;
const FULL: u32 = 13;
const NOT_A_DATABASE: u32 = 26;

/// How to connect to the file.
#[derive(Debug, Clone)]
pub(crate) struct Sqlite {
    options: SqliteConnectOptions,
    disk: Arc<Disk>,
}

impl Sqlite {
    pub(crate) fn new(path: &Path) -> Self {
        let disk = Disk::new(path);
        let options = SqliteConnectOptions::new()
            .filename(path)
            .pragma("wal_autocheckpoint", disk.log_pages().to_string())
            .locking_mode(SqliteLockingMode::Exclusive)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(LOCK_TIME)
            .disable_statement_logging();
        Self {
            options,
            disk: Arc::new(disk),
        }
    }

    /// With room for `pages` pages.
    #[cfg(test)]
    pub(crate) fn with_max_pages(self, pages: u32) -> Self {
        let options = self.options.pragma("max_page_count", pages.to_string());
        Self { options, ..self }
    }

    /// Where another server has the file, refuses at once.
    #[cfg(test)]
    pub(crate) fn without_patience(self) -> Self {
        let options = self.options.busy_timeout(Duration::ZERO);
        Self { options, ..self }
    }

    pub(crate) fn path(&self) -> &Path {
        self.options.get_filename()
    }

    /// Connects, and brings the tables to this version's form.
    pub(crate) async fn create(&self) -> Result<File, Failure> {
        let mut connection = self.open().await?;
        migrate(&mut connection)
            .await
            .map_err(|error| migrations::explain(error, explain))?;
        self.disk.opened()?;
        self.file(connection).await
    }

    /// The file as it is, with any tables or none.
    pub(crate) async fn open(&self) -> Result<SqliteConnection, Failure> {
        self.options
            .connect()
            .await
            .map_err(|error| explain(&error))
    }

    async fn file(&self, connection: SqliteConnection) -> Result<File, Failure> {
        let file = File::new(connection, Arc::clone(&self.disk)).await;
        file.map_err(|error| explain(&error))
    }
}

impl backend::Backend for Sqlite {
    type Connection = File;

    /// A disk answers, or fails.
    fn patience(&self) -> Option<Duration> {
        None
    }

    async fn connect(&self) -> Result<File, Failure> {
        // Before, lest another one is touched; and after, lest another one was opened.
        self.disk.verify()?;
        let connection = self.open().await?;
        self.disk.verify()?;
        self.file(connection).await
    }

    fn transaction_bytes(&self) -> usize {
        self.disk.transaction_bytes()
    }

    fn set_min_free(&self, bytes: Option<u64>) {
        self.disk.set_min_free(bytes);
    }

    fn give_up_reserve(&self) -> bool {
        self.disk.give_up_reserve()
    }
}

impl fmt::Display for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path().display().fmt(f)
    }
}

/// Makes the directory and the file, for this user alone, if they are not there; and tells, better than `SQLite`, why
/// it cannot.
pub(crate) fn make_private(directory: &Path, file: &Path) -> Result<(), OpenError> {
    let at = |path: &Path| {
        let path = path.to_owned();
        move |error: io::Error| OpenError::new(&path.display(), error)
    };
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .map_err(at(directory))?;
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(file)
        .map_err(at(file))?;
    Ok(())
}

/// Brings the tables to this version's form.
async fn migrate(connection: &mut SqliteConnection) -> Result<(), MigrateError> {
    let migrations = Migrator {
        migrations: Cow::Owned(migrations::list([
            (
                "messages",
                include_str!("../../../migrations/sqlite/0001_messages.sql"),
            ),
            (
                "bytes",
                include_str!("../../../migrations/sqlite/0002_bytes.sql"),
            ),
            (
                "events",
                include_str!("../../../migrations/sqlite/0003_events.sql"),
            ),
            (
                "expiry",
                include_str!("../../../migrations/sqlite/0004_expiry.sql"),
            ),
            (
                "revocations",
                include_str!("../../../migrations/sqlite/0005_revocations.sql"),
            ),
            (
                "devices",
                include_str!("../../../migrations/sqlite/0006_devices.sql"),
            ),
            (
                "logs",
                include_str!("../../../migrations/sqlite/0007_logs.sql"),
            ),
            (
                "mentions",
                include_str!("../../../migrations/sqlite/0008_mentions.sql"),
            ),
            (
                "last seen",
                include_str!("../../../migrations/sqlite/0009_last_seen.sql"),
            ),
        ])),
        ..Migrator::DEFAULT
    };
    migrations.run_direct(connection).await
}

fn explain(error: &sqlx::Error) -> Failure {
    let sqlx::Error::Database(reason) = error else {
        return Failure::Other(text(error));
    };
    let code = reason.code().and_then(|code| code.parse::<u32>().ok());
    match code.map(|code| code & 0xff) {
        Some(BUSY) => Failure::InUse("another process uses it"),
        Some(FULL | IO_ERROR) => Failure::Disk(text(error)),
        Some(CORRUPT | NOT_A_DATABASE) => Failure::NotADatabase(text(error)),
        _ => Failure::Other(text(error)),
    }
}
