//! The table as it is read: by a connection of its own, which is made anew after a failure.
//!
//! It reads only. What is noted in the table goes through the store's connection, which has the lock: a server that has lost its
//! tables to another one changes nothing in them.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions, PgRow};
use sqlx::{PgPool, Row as _, ValueRef as _};

use tokio::time::Instant;

use super::entry::{Names, Submission};
use crate::database::Failure;
use crate::database::postgres::{Postgres, explain};

/// How long the database may take to answer, and to connect.
const PATIENCE: Duration = Duration::from_secs(5);

/// The same for what looks at all that is stored, once.
const LONG_PATIENCE: Duration = Duration::from_secs(60);

/// Texts of rows that were written by hand are not read if they are longer: no client takes them.
const MAX_TEXT: i32 = 1 << 18;

/// As many of those that wait are counted.
const COUNTED: i64 = 100_000;

const CHANNEL: &str =
    "SELECT 'mobileim_submissions_' || oid FROM pg_namespace WHERE nspname = current_schema()";

pub(super) const FIND: &str = "SELECT position FROM submissions
    WHERE state = 0 AND receiver <> ALL ($1) ORDER BY position LIMIT $2";

pub(super) const FETCH: &str = "SELECT position, sender, receiver, fp, typeu,
        CASE WHEN octet_length(text) <= $2 THEN text END AS text, text IS NOT NULL AS has_text,
        CASE WHEN expires_at IS NOT NULL THEN (extract(epoch FROM
            least(greatest(expires_at, statement_timestamp()), statement_timestamp() + interval '366 days') - statement_timestamp()
        ) * 1000)::BIGINT END AS millis_left
    FROM submissions WHERE position = ANY ($1) AND state = 0 ORDER BY position";

const STORED: &str =
    "SELECT position, sender, receiver, fp FROM submissions WHERE state = 1 LIMIT $1";

/// What is noted as stored and is not: it was fetched, or has waited for too long, and the server had no time to note that.
const GONE: &str = concat!(
    "SELECT position, coalesce(stored_at < clock_timestamp() - $1 * interval '1 second', false)
        OR coalesce(expires_at <= clock_timestamp(), false) AS is_old
    FROM submissions WHERE state = 1 AND NOT ",
    is_with_user!("submissions"),
    " AND NOT ",
    is_with_device!("submissions")
);

const WAITING: &str = "SELECT count(*) AS count,
        (extract(epoch FROM greatest(clock_timestamp() - min(queued_at), '0')) * 1000)::BIGINT AS oldest
    FROM (SELECT queued_at FROM submissions WHERE state = 0 ORDER BY position LIMIT $1) AS waiting";

const SET_WAKE: &str = "SELECT setval('submissions_wake', $1)";

/// A row that waits.
#[derive(Debug)]
pub(super) enum Waiting {
    Submission(Submission),
    /// It cannot be sent, and why.
    Garbage(Submission, &'static str),
}

pub(super) struct Source {
    options: PgConnectOptions,
    listener: Option<PgListener>,
}

impl Source {
    pub(super) fn new(database: &Postgres) -> Self {
        Self {
            options: database.options_for("submissions"),
            listener: None,
        }
    }

    /// The positions of those that wait, the first of them.
    pub(super) async fn find(
        &mut self,
        but_not_to: &[String],
        limit: usize,
    ) -> Result<Vec<i64>, Failure> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let query = sqlx::query_scalar(FIND).bind(but_not_to).bind(limit);
        self.ask(PATIENCE, async |listener| {
            query.fetch_all(&mut *listener).await
        })
        .await
    }

    /// Reads those of them that still wait.
    pub(super) async fn fetch(&mut self, positions: &[i64]) -> Result<Vec<Waiting>, Failure> {
        let query = sqlx::query(FETCH).bind(positions).bind(MAX_TEXT);
        let rows = self
            .ask(PATIENCE, async |listener| {
                query.fetch_all(&mut *listener).await
            })
            .await?;
        rows.iter()
            .map(|row| waiting(row).map_err(|error| explain(&error)))
            .collect()
    }

    /// What is stored and not fetched, up to as many.
    pub(super) async fn stored(&mut self, limit: usize) -> Result<Vec<(i64, Names)>, Failure> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let query = sqlx::query(STORED).bind(limit);
        let rows = self
            .ask(LONG_PATIENCE, async |listener| {
                query.fetch_all(&mut *listener).await
            })
            .await?;
        let stored = rows.iter().map(|row| {
            let names = Names {
                sender: lossy(row, "sender")?,
                receiver: lossy(row, "receiver")?,
                fp: lossy(row, "fp")?,
            };
            Ok((row.try_get("position")?, names))
        });
        stored
            .collect::<sqlx::Result<_>>()
            .map_err(|error| explain(&error))
    }

    /// What is noted as stored and is not any more: by its position, and whether it may have waited for longer than this,
    /// or than it had to live.
    pub(super) async fn gone(
        &mut self,
        max_age: Option<Duration>,
    ) -> Result<Vec<(i64, bool)>, Failure> {
        let query = sqlx::query_as(GONE).bind(max_age.map(|age| age.as_secs_f64()));
        self.ask(LONG_PATIENCE, async |listener| {
            query.fetch_all(&mut *listener).await
        })
        .await
    }

    /// How many wait, as far as they are counted, and for how long the oldest does.
    pub(super) async fn waiting(&mut self) -> Result<(u64, Duration), Failure> {
        let query = sqlx::query_as::<_, (i64, Option<i64>)>(WAITING).bind(COUNTED);
        let (count, oldest) = self
            .ask(PATIENCE, async |listener| {
                query.fetch_one(&mut *listener).await
            })
            .await?;
        let oldest = Duration::from_millis(oldest.unwrap_or_default().unsigned_abs());
        Ok((count.unsigned_abs(), oldest))
    }

    /// Says whether whoever submits something is to wake this server.
    pub(super) async fn set_wake(&mut self, wake: bool) -> Result<(), Failure> {
        let query = sqlx::query(SET_WAKE).bind(i64::from(wake));
        self.ask(PATIENCE, async |listener| {
            query.execute(&mut *listener).await
        })
        .await?;
        Ok(())
    }

    /// Waits until it is woken. Whatever woke it before is forgotten.
    pub(super) async fn woken(&mut self) -> Result<(), Failure> {
        let Some(listener) = &mut self.listener else {
            return std::future::pending().await;
        };
        let woken = listener.try_recv().await;
        let lost = match woken {
            Ok(Some(_)) => {
                while listener.next_buffered().is_some() {}
                return Ok(());
            }
            Ok(None) => Failure::Unreachable("the connection was lost".to_owned()),
            Err(error) => explain(&error),
        };
        self.listener = None;
        Err(lost)
    }

    async fn ask<T>(
        &mut self,
        patience: Duration,
        ask: impl AsyncFnOnce(&mut PgListener) -> sqlx::Result<T>,
    ) -> Result<T, Failure> {
        let answer = tokio::time::timeout(patience, async {
            if self.listener.is_none() {
                self.listener = Some(self.connect().await?);
            }
            let listener = self.listener.as_mut().expect("it was made above");
            ask(listener).await.map_err(|error| explain(&error))
        })
        .await
        .unwrap_or(Err(Failure::Timeout(patience)));
        if answer.is_err() {
            self.listener = None;
        }
        answer
    }

    async fn connect(&self) -> Result<PgListener, Failure> {
        let connect = async {
            // The listener wants one; it never has more than one connection.
            let pool: PgPool = PgPoolOptions::new()
                .max_connections(1)
                .acquire_timeout(PATIENCE)
                .max_lifetime(None)
                .idle_timeout(None)
                .connect_lazy_with(self.options.clone());
            let mut listener = PgListener::connect_with(&pool).await?;
            listener.eager_reconnect(false);
            let channel: Option<String> = sqlx::query_scalar(CHANNEL)
                .fetch_optional(&mut listener)
                .await?;
            if let Some(channel) = &channel {
                listener.listen(channel).await?;
            }
            Ok::<_, sqlx::Error>((listener, channel))
        };
        let (listener, channel) = connect.await.map_err(|error| explain(&error))?;
        if channel.is_none() {
            return Err(Failure::Refused(
                "none of the schemas in the search path exists".to_owned(),
            ));
        }
        Ok(listener)
    }
}

/// What a row says. One that was written by hand may say anything.
fn waiting(row: &PgRow) -> sqlx::Result<Waiting> {
    let (sender, receiver, fp) = (
        lossy(row, "sender")?,
        lossy(row, "receiver")?,
        lossy(row, "fp")?,
    );
    let is_utf8 = ["sender", "receiver", "fp", "text"]
        .into_iter()
        .map(|column| Ok(bytes(row, column)?.is_none_or(|bytes| str::from_utf8(bytes).is_ok())))
        .collect::<sqlx::Result<Vec<_>>>()?;
    let text = bytes(row, "text")?.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let is_read = text.is_some();
    let left: Option<i64> = row.try_get("millis_left")?;
    let submission = Submission {
        position: row.try_get("position")?,
        sender,
        receiver,
        fp,
        text: text.unwrap_or_default(),
        typeu: row.try_get("typeu")?,
        expires_at: left.map(|left| Instant::now() + Duration::from_millis(left.unsigned_abs())),
    };
    let wrong = if is_utf8.contains(&false) {
        Some("not_utf8")
    } else if !row.try_get("has_text")? {
        Some("no_text")
    } else if !is_read {
        Some("too_long")
    } else {
        submission.wrong()
    };
    Ok(match wrong {
        Some(why) => Waiting::Garbage(submission, why),
        None => Waiting::Submission(submission),
    })
}

/// A column's bytes, whatever encoding the database has them in.
fn bytes<'r>(row: &'r PgRow, column: &str) -> sqlx::Result<Option<&'r [u8]>> {
    let value = row.try_get_raw(column)?;
    if value.is_null() {
        return Ok(None);
    }
    value
        .as_bytes()
        .map(Some)
        .map_err(|source| sqlx::Error::ColumnDecode {
            index: column.to_owned(),
            source,
        })
}

fn lossy(row: &PgRow, column: &str) -> sqlx::Result<Arc<str>> {
    Ok(String::from_utf8_lossy(bytes(row, column)?.unwrap_or_default()).into())
}
