//! The connection to the server, its settings, and the lock that makes the tables one server's alone.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Executor, PgConnection};
use tokio::time::Instant;
use tracing::warn;

use crate::store::durable::{self, Failure};
use crate::store::migrations;

/// How long a server may take to answer somebody who connects.
const CONNECT_TIME: Duration = Duration::from_secs(5);

/// How long a server may take to answer somebody who is connected.
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

/// Ends what is left of this server's connection where only this end knows that it is gone.
const END_GHOST: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = $1 AND datname = current_database() AND pid <> pg_backend_pid()";

/// The code of "insufficient privilege".
const NO_PRIVILEGE: &str = "42501";

/// How to connect to the database.
#[derive(Clone)]
pub(in crate::store) struct Database {
    options: PgConnectOptions,
    /// The name by which this process knows its own connections.
    name: String,
    lock_time: Duration,
    patience: Duration,
}

impl Database {
    pub(in crate::store) fn new(options: PgConnectOptions) -> Self {
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
    pub(in crate::store) fn without_patience(mut self) -> Self {
        self.lock_time = Duration::ZERO;
        self
    }

    /// Where the database does not answer, gives a connection up after this time.
    #[cfg(test)]
    pub(in crate::store) fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Connects, and brings the tables to this version's form.
    pub(super) async fn create(&self) -> Result<PgConnection, Failure> {
        let mut connection = durable::Database::connect(self).await?;
        let migrations = Migrator {
            migrations: Cow::Owned(migrations::list([
                (
                    "messages",
                    include_str!("../../../migrations/postgres/0001_messages.sql"),
                ),
                (
                    "messages by sender",
                    include_str!("../../../migrations/postgres/0002_messages_by_sender.sql"),
                ),
                (
                    "time",
                    include_str!("../../../migrations/postgres/0003_time.sql"),
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
            .map_err(explain)?;
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
                .map_err(explain)?
            {
                Some(true) => return Ok(()),
                Some(false) if Instant::now() < give_up_at => {
                    tokio::time::sleep(LOCK_RETRY).await;
                }
                Some(false) => return Err(Failure::new("another server uses it")),
                None => {
                    return Err(Failure::new(
                        "none of the schemas in the search path exists",
                    ));
                }
            }
        }
    }

    async fn prepare(&self) -> Result<PgConnection, Failure> {
        let mut connection = self.options.connect().await.map_err(explain)?;
        connection.execute(SETTINGS).await.map_err(explain)?;
        sqlx::query(END_GHOST)
            .bind(&self.name)
            .execute(&mut connection)
            .await
            .map_err(explain)?;
        Ok(connection)
    }
}

impl durable::Database for Database {
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

impl fmt::Display for Database {
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

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

fn explain(error: sqlx::Error) -> Failure {
    match &error {
        sqlx::Error::Database(reason) if reason.code().as_deref() == Some(NO_PRIVILEGE) => {
            Failure::new(format!(
                "{}; its user must be allowed to make tables there (GRANT USAGE, CREATE ON SCHEMA)",
                reason.message()
            ))
        }
        sqlx::Error::Io(error) => Failure::new(format!("cannot connect: {error}")),
        _ => error.into(),
    }
}
