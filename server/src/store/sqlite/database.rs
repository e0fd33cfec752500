//! The file, and its tables.

use std::fmt;
use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migration, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteLockingMode, SqliteSynchronous};
use sqlx::{ConnectOptions, SqliteConnection};

use super::connection::File;
use super::disk::Disk;
use crate::store::OpenError;
use crate::store::durable::{self, Failure};
use crate::store::migrations;

/// How long a server waits for another one on the same file, which may be about to end.
const LOCK_TIME: Duration = Duration::from_secs(3);

/// "Database is locked", as `SQLite` numbers its errors.
const BUSY: &str = "5";

/// How to connect to the file.
#[derive(Debug, Clone)]
pub(in crate::store) struct Database {
    options: SqliteConnectOptions,
    disk: Arc<Disk>,
}

impl Database {
    pub(in crate::store) fn new(path: &Path) -> Self {
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

    /// With room for so many pages.
    #[cfg(test)]
    pub(in crate::store) fn with_max_pages(self, pages: u32) -> Self {
        let options = self.options.pragma("max_page_count", pages.to_string());
        Self { options, ..self }
    }

    /// Where another server has the file, refuses at once.
    #[cfg(test)]
    pub(in crate::store) fn without_patience(self) -> Self {
        let options = self.options.busy_timeout(Duration::ZERO);
        Self { options, ..self }
    }

    pub(super) fn path(&self) -> &Path {
        self.options.get_filename()
    }

    /// Connects, and brings the tables to this version's form.
    pub(super) async fn create(&self) -> Result<File, Failure> {
        let mut connection = self.open().await?;
        migrate(&mut connection, usize::MAX)
            .await
            .map_err(|error| migrations::explain(error, explain))?;
        self.disk.opened()?;
        self.file(connection).await
    }

    /// The file as it is, with any tables or none.
    pub(in crate::store) async fn open(&self) -> Result<SqliteConnection, Failure> {
        self.options.connect().await.map_err(explain)
    }

    async fn file(&self, connection: SqliteConnection) -> Result<File, Failure> {
        let file = File::new(connection, Arc::clone(&self.disk)).await;
        file.map_err(explain)
    }
}

impl durable::Database for Database {
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

    fn give_up_reserve(&self) -> bool {
        self.disk.give_up_reserve()
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path().display().fmt(f)
    }
}

/// Makes the directory and the file, for this user alone, if they are not there; and tells, better than `SQLite`, why
/// it cannot.
pub(in crate::store) fn make_private(directory: &Path, file: &Path) -> Result<(), OpenError> {
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

/// Brings the tables to the form of a version, or of the last one.
pub(in crate::store) async fn migrate(
    connection: &mut SqliteConnection,
    version: usize,
) -> Result<(), MigrateError> {
    let migrations = Migrator {
        migrations: list().into_iter().take(version).collect(),
        ..Migrator::DEFAULT
    };
    migrations.run_direct(connection).await
}

fn list() -> Vec<Migration> {
    migrations::list([
        (
            "messages",
            include_str!("../../../migrations/sqlite/0001_messages.sql"),
        ),
        (
            "log",
            include_str!("../../../migrations/sqlite/0002_log.sql"),
        ),
        (
            "messages by age",
            include_str!("../../../migrations/sqlite/0003_messages_by_age.sql"),
        ),
        (
            "messages by sender",
            include_str!("../../../migrations/sqlite/0004_messages_by_sender.sql"),
        ),
        (
            "time",
            include_str!("../../../migrations/sqlite/0005_time.sql"),
        ),
    ])
}

fn explain(error: sqlx::Error) -> Failure {
    match &error {
        sqlx::Error::Database(reason) if reason.code().as_deref() == Some(BUSY) => {
            Failure::new("another process uses it")
        }
        _ => error.into(),
    }
}
