//! The connection to the server, its settings, and the lock that makes the tables one server's alone.

mod url;

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Executor, PgConnection};
use tokio::time::Instant;
use tracing::warn;

use super::backend;
use super::error::{Failure, text};
use super::migrations;

/// How long the database may take to accept a connection.
const CONNECT_TIME: Duration = Duration::from_secs(5);

/// How long the database may take to answer on a connection.
const PATIENCE: Duration = Duration::from_secs(15);

/// How long to wait for another server on the same tables, which may be about to end.
const LOCK_TIME: Duration = Duration::from_secs(3);
const LOCK_RETRY: Duration = Duration::from_millis(50);

/// A commit is on the disk when it is answered, whatever the database's default is. A connection that the network
/// has forgotten gives its lock back within half a minute.
const SETTINGS: &str = "SET synchronous_commit = on; SET client_min_messages = warning;
    SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3;
    SET tcp_user_timeout = 25000";

/// The lock's number: what this is, and the schema.
const LOCK: &str = "SELECT pg_try_advisory_lock(1296649556::bigint << 32 | oid::bigint)
    FROM pg_namespace WHERE nspname = current_schema()";

/// Ends an earlier connection of this server that only this end knows to be gone.
const END_GHOST: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = $1 AND datname = current_database() AND pid <> pg_backend_pid()";

/// The code of "insufficient privilege".
const NO_PRIVILEGE: &str = "42501";
const DISK_FULL: &str = "53100";
const IO_ERROR: &str = "58030";

/// How to connect to the database.
#[derive(Clone)]
pub(crate) struct Postgres {
    options: PgConnectOptions,
    /// The name by which this process knows its own connections.
    name: String,
    lock_time: Duration,
    patience: Duration,
}

impl Postgres {
    /// The database of a URL.
    pub(crate) fn at(url: &str) -> Result<Self, Failure> {
        url::parse(url).map(Self::new)
    }

    pub(crate) fn new(options: PgConnectOptions) -> Self {
        let name = format!("mobileim-server {:016x}", fastrand::u64(..));
        Self {
            options: options.application_name(&name).disable_statement_logging(),
            name,
            lock_time: LOCK_TIME,
            patience: PATIENCE,
        }
    }

    /// Where another server has the tables, refuses at once.
    #[cfg(test)]
    pub(crate) fn without_patience(mut self) -> Self {
        self.lock_time = Duration::ZERO;
        self
    }

    /// If the database does not answer, gives a connection up after this time.
    #[cfg(test)]
    pub(crate) fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// How to connect for something else than the store, which reads and has no lock. The connection is not taken for one of the
    /// store's.
    pub(crate) fn options_for(&self, what: &str) -> PgConnectOptions {
        let name = format!("{} {what}", self.name);
        self.options.clone().application_name(&name)
    }

    /// Connects, and brings the tables to this version's form.
    pub(crate) async fn create(&self) -> Result<PgConnection, Failure> {
        let mut connection = backend::Backend::connect(self).await?;
        let migrations = Migrator {
            migrations: Cow::Owned(migrations::list([
                (
                    "messages",
                    include_str!("../../../migrations/postgres/0001_messages.sql"),
                ),
                (
                    "bytes",
                    include_str!("../../../migrations/postgres/0002_bytes.sql"),
                ),
                (
                    "submissions",
                    include_str!("../../../migrations/postgres/0003_submissions.sql"),
                ),
                (
                    "events",
                    include_str!("../../../migrations/postgres/0004_events.sql"),
                ),
                (
                    "expiry",
                    include_str!("../../../migrations/postgres/0005_expiry.sql"),
                ),
                (
                    "revocations",
                    include_str!("../../../migrations/postgres/0006_revocations.sql"),
                ),
                (
                    "submission ttl",
                    include_str!("../../../migrations/postgres/0007_submission_ttl.sql"),
                ),
                (
                    "devices",
                    include_str!("../../../migrations/postgres/0008_devices.sql"),
                ),
                (
                    "logs",
                    include_str!("../../../migrations/postgres/0009_logs.sql"),
                ),
                (
                    "mentions",
                    include_str!("../../../migrations/postgres/0010_mentions.sql"),
                ),
                (
                    "last seen",
                    include_str!("../../../migrations/postgres/0011_last_seen.sql"),
                ),
            ])),
            // The lock on the schema is enough.
            locking: false,
            ..Migrator::DEFAULT
        };
        migrations
            .run_direct(&mut connection)
            .await
            .map_err(|error| migrations::explain(error, explain))?;
        let fsync: String = sqlx::query_scalar("SELECT current_setting('fsync')")
            .fetch_one(&mut connection)
            .await
            .map_err(|error| explain(&error))?;
        if fsync != "on" {
            warn!("{self} runs with fsync off: a power cut there can lose acknowledged messages");
        }
        Ok(connection)
    }

    async fn lock(&self, connection: &mut PgConnection) -> Result<(), Failure> {
        let give_up_at = Instant::now() + self.lock_time;
        loop {
            match sqlx::query_scalar(LOCK)
                .fetch_optional(&mut *connection)
                .await
                .map_err(|error| explain(&error))?
            {
                Some(true) => return Ok(()),
                Some(false) if Instant::now() < give_up_at => {
                    tokio::time::sleep(LOCK_RETRY).await;
                }
                Some(false) => return Err(Failure::InUse("another server uses it")),
                None => {
                    return Err(Failure::Refused(
                        "none of the schemas in the search path exists".to_owned(),
                    ));
                }
            }
        }
    }

    async fn prepare(&self) -> Result<PgConnection, Failure> {
        let mut connection = self
            .options
            .connect()
            .await
            .map_err(|error| explain(&error))?;
        connection
            .execute(SETTINGS)
            .await
            .map_err(|error| explain(&error))?;
        sqlx::query(END_GHOST)
            .bind(&self.name)
            .execute(&mut connection)
            .await
            .map_err(|error| explain(&error))?;
        Ok(connection)
    }
}

impl backend::Backend for Postgres {
    type Connection = PgConnection;

    /// A network may lose what was asked.
    fn patience(&self) -> Option<Duration> {
        Some(self.patience)
    }

    async fn connect(&self) -> Result<PgConnection, Failure> {
        let mut connection = tokio::time::timeout(CONNECT_TIME, self.prepare())
            .await
            .map_err(|_| Failure::Timeout(CONNECT_TIME))??;
        tokio::time::timeout(self.lock_time + CONNECT_TIME, self.lock(&mut connection))
            .await
            .map_err(|_| Failure::Timeout(CONNECT_TIME))??;
        Ok(connection)
    }
}

impl fmt::Display for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options = &self.options;
        let database = options.get_database().unwrap_or(options.get_username());
        write!(f, "PostgreSQL database {database} at ")?;
        match options.get_socket() {
            Some(socket) => write!(f, "{}", socket.display()),
            None => write!(f, "{}:{}", options.get_host(), options.get_port()),
        }
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Sorts what goes wrong.
pub(crate) fn explain(error: &sqlx::Error) -> Failure {
    let sqlx::Error::Database(reason) = error else {
        return match error {
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) => Failure::Unreachable(text(error)),
            _ => Failure::Other(text(error)),
        };
    };
    match reason.code().as_deref() {
        Some(NO_PRIVILEGE) => Failure::Refused(format!(
            "{}; its user must be allowed to make tables there (GRANT USAGE, CREATE ON SCHEMA)",
            text(error)
        )),
        Some(DISK_FULL | IO_ERROR) => Failure::Disk(text(error)),
        // It starts, stops, or has no room for one more connection.
        Some(code) if code.starts_with("57P") || code.starts_with("53") => {
            Failure::Unreachable(text(error))
        }
        // The user, the password or the name of the database is wrong.
        Some(code) if code.starts_with("28") || code.starts_with("3D") => {
            Failure::Refused(text(error))
        }
        _ => Failure::Other(text(error)),
    }
}

impl backend::Connection for PgConnection {
    async fn begin(&mut self) -> sqlx::Result<()> {
        self.run("BEGIN").await
    }

    async fn commit(&mut self) -> sqlx::Result<()> {
        self.run("COMMIT").await
    }

    async fn run(&mut self, statement: &'static str) -> sqlx::Result<()> {
        self.execute(statement).await?;
        Ok(())
    }

    async fn ping(&mut self) -> sqlx::Result<()> {
        sqlx::Connection::ping(self).await
    }

    fn explain(error: &sqlx::Error) -> Failure {
        explain(error)
    }

    async fn close(self) {
        // What was committed stays, whatever it says.
        let _ = sqlx::Connection::close(self).await;
    }
}
