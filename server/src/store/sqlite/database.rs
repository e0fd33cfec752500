//! The file and what is asked of it in SQL.

use std::error::Error;
use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::TryStreamExt;
use mobileim_protocol::mailbox::{Envelope, Position, StoredMessage};
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteLockingMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Row, SqliteConnection};

use super::OpenError;
use crate::store::Completion;

/// How long a server waits for another one on the same file, which may be about to end.
const LOCK_TIME: Duration = Duration::from_secs(3);

/// "Database is locked", as `SQLite` numbers its errors.
const BUSY: &str = "5";

/// How to connect to the file.
#[derive(Debug, Clone)]
pub(super) struct Database {
    options: SqliteConnectOptions,
}

impl Database {
    pub(super) fn new(path: &Path) -> Self {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .locking_mode(SqliteLockingMode::Exclusive)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(LOCK_TIME)
            .disable_statement_logging();
        Self { options }
    }

    /// With room for so many pages.
    #[cfg(test)]
    pub(super) fn with_max_pages(self, pages: u32) -> Self {
        let options = self.options.pragma("max_page_count", pages.to_string());
        Self { options }
    }

    /// Where another server has the file, refuses at once.
    #[cfg(test)]
    pub(super) fn without_patience(self) -> Self {
        let options = self.options.busy_timeout(Duration::ZERO);
        Self { options }
    }

    pub(super) fn path(&self) -> &Path {
        self.options.get_filename()
    }

    /// Connects, and brings the tables to this version's form.
    pub(super) async fn create(&self) -> Result<SqliteConnection, Box<dyn Error + Send + Sync>> {
        let mut connection = self.connect().await.map_err(explain)?;
        match migrate(&mut connection, usize::MAX).await {
            Ok(()) => Ok(connection),
            Err(MigrateError::VersionMissing(_)) => {
                Err("it was written by a later version of this server".into())
            }
            Err(MigrateError::Execute(error)) => Err(explain(error)),
            Err(error) => Err(error.into()),
        }
    }

    /// Connects to what is there already.
    pub(super) async fn connect(&self) -> sqlx::Result<SqliteConnection> {
        self.options.connect().await
    }
}

/// Makes the directory and the file, for this user alone, if they are not there; and tells, better than `SQLite`, why
/// it cannot.
pub(super) fn make_private(directory: &Path, file: &Path) -> Result<(), OpenError> {
    let at = |path: &Path| {
        let path = PathBuf::from(path);
        move |error: io::Error| OpenError {
            path,
            source: error.into(),
        }
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
pub(super) async fn migrate(
    connection: &mut SqliteConnection,
    version: usize,
) -> Result<(), MigrateError> {
    let migrations = Migrator {
        migrations: migrations().take(version).collect(),
        ..Migrator::DEFAULT
    };
    migrations.run_direct(connection).await
}

fn migrations() -> impl Iterator<Item = Migration> {
    [
        (
            1,
            "messages",
            include_str!("../../../migrations/sqlite/0001_messages.sql"),
        ),
        (
            2,
            "log",
            include_str!("../../../migrations/sqlite/0002_log.sql"),
        ),
    ]
    .map(|(version, name, sql)| {
        Migration::new(
            version,
            name.into(),
            MigrationType::Simple,
            sql.into(),
            false,
        )
    })
    .into_iter()
}

fn explain(error: sqlx::Error) -> Box<dyn Error + Send + Sync> {
    match &error {
        sqlx::Error::Database(reason) if reason.code().as_deref() == Some(BUSY) => {
            "another process uses it".into()
        }
        sqlx::Error::Database(reason) => reason.message().into(),
        _ => error.into(),
    }
}

/// Stores a message behind all others, and says where it stands.
pub(super) async fn append(
    connection: &mut SqliteConnection,
    receiver: &str,
    message: &Envelope,
    stored_at: i64,
) -> sqlx::Result<Position> {
    let inserted = sqlx::query(
        "INSERT INTO messages (receiver, sender, fp, bridge, body, stored_at) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(receiver)
    .bind(&*message.from)
    .bind(&*message.fp)
    .bind(message.bridge)
    .bind(&*message.body)
    .bind(stored_at)
    .execute(connection)
    .await?;
    Ok(Position(inserted.last_insert_rowid()))
}

pub(super) const LOAD: &str = "SELECT position, sender, fp, bridge, body FROM messages
    WHERE receiver = ? AND position > ? ORDER BY position LIMIT ?";

/// Reads a receiver's oldest messages behind a position: `limit` of them and `max_bytes` of bodies, but always one.
pub(super) async fn load(
    connection: &mut SqliteConnection,
    receiver: &str,
    after: Position,
    limit: usize,
    max_bytes: usize,
) -> sqlx::Result<Completion> {
    let one_more = i64::try_from(limit.max(1)).map_or(i64::MAX, |limit| limit.saturating_add(1));
    let mut rows = sqlx::query(LOAD)
        .bind(receiver)
        .bind(after.0)
        .bind(one_more)
        .fetch(connection);
    let mut messages = Vec::new();
    let mut bytes = 0;
    while let Some(row) = rows.try_next().await? {
        let body: &[u8] = row.try_get("body")?;
        bytes += body.len();
        if !messages.is_empty() && (messages.len() >= limit || bytes > max_bytes) {
            return Ok(Completion::Loaded {
                messages,
                more: true,
            });
        }
        messages.push(StoredMessage {
            position: Position(row.try_get("position")?),
            message: Envelope {
                from: Arc::from(row.try_get::<&str, _>("sender")?),
                fp: Arc::from(row.try_get::<&str, _>("fp")?),
                bridge: row.try_get("bridge")?,
                body: body.to_vec().into(),
            },
        });
    }
    Ok(Completion::Loaded {
        messages,
        more: false,
    })
}

/// Removes messages, whoever they are for.
pub(super) async fn delete(
    connection: &mut SqliteConnection,
    positions: &[i64],
) -> sqlx::Result<()> {
    let list = serde_json::to_string(positions).expect("numbers are JSON");
    sqlx::query("DELETE FROM messages WHERE position IN (SELECT value FROM json_each(?))")
        .bind(list)
        .execute(connection)
        .await?;
    Ok(())
}

/// Runs `BEGIN IMMEDIATE`, `COMMIT`.
pub(super) async fn run(
    connection: &mut SqliteConnection,
    statement: &'static str,
) -> sqlx::Result<()> {
    sqlx::query(statement).execute(connection).await?;
    Ok(())
}

/// The wall clock, in ms since 1970.
pub(super) fn unix_millis() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH);
    elapsed.map_or(0, |elapsed| {
        i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX)
    })
}
