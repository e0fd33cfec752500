//! What is asked of the file in SQL about events.

use std::sync::Arc;

use futures_util::TryStreamExt;
use sqlx::Row;

use crate::database::sqlite::File;
use crate::events::{Consumer, Recorded};
use crate::store::durable::{EventRow, EventTables, Oldest, OpenSession};

const COUNT_START: &str = "UPDATE server_starts SET count = count + 1 WHERE id = 1 RETURNING count";

const LAST: &str = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0)";

const WRITTEN: &str =
    "SELECT coalesce((SELECT written FROM events ORDER BY position DESC LIMIT 1), 0)";

const RECORD: &str = "INSERT INTO events (position, user, type, body, at, written) VALUES ";
const ROW: &str = "(?, ?, ?, ?, ?, ?)";

/// How many events are recorded by one statement. Few sizes, since each is prepared once.
const ROWS: [usize; 4] = [128, 32, 8, 1];

pub(in crate::store) const READ: &str =
    "SELECT position, at, body FROM events WHERE position > ? ORDER BY position LIMIT ?";

pub(in crate::store) const OLDEST: &str =
    "SELECT position, at, written FROM events ORDER BY position LIMIT ?";

pub(in crate::store) const REMOVE: &str = "DELETE FROM events WHERE position <= ?";

const CONSUMERS: &str = "SELECT name, position, seen_at FROM event_consumers";

const SET_CONSUMER: &str = "INSERT INTO event_consumers (name, position, seen_at) VALUES (?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET position = excluded.position, seen_at = excluded.seen_at";

const REMOVE_CONSUMER: &str = "DELETE FROM event_consumers WHERE name = ?";

const BEGIN_SESSIONS: &str = "INSERT INTO open_sessions (session, user, peer)
    SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?) WHERE true
    ON CONFLICT (session) DO NOTHING";

pub(in crate::store) const END_SESSIONS: &str =
    "DELETE FROM open_sessions WHERE session IN (SELECT value FROM json_each(?))";

const TAKE_SESSIONS: &str = "DELETE FROM open_sessions WHERE session IN
    (SELECT session FROM open_sessions ORDER BY session LIMIT ?) RETURNING session, user, peer";

impl File {
    /// Records as many events as a statement takes; says how many.
    async fn record_some(&mut self, first: i64, rows: &[EventRow<'_>]) -> sqlx::Result<usize> {
        let count = ROWS.into_iter().find(|count| *count <= rows.len());
        let count = count.unwrap_or(0);
        let statement = format!("{RECORD}{}", [ROW].repeat(count).join(", "));
        let mut insert = sqlx::query(&statement);
        for (position, EventRow { record, written }) in (first..).zip(&rows[..count]) {
            insert = insert
                .bind(position)
                .bind(&*record.user)
                .bind(record.type_name())
                .bind(&*record.body)
                .bind(record.at)
                .bind(written);
        }
        insert.execute(&mut self.connection).await?;
        Ok(count)
    }
}

impl EventTables for File {
    async fn count_start(&mut self) -> sqlx::Result<i64> {
        sqlx::query_scalar(COUNT_START)
            .fetch_one(&mut self.connection)
            .await
    }

    async fn last_event(&mut self) -> sqlx::Result<i64> {
        sqlx::query_scalar(LAST)
            .fetch_one(&mut self.connection)
            .await
    }

    async fn written(&mut self) -> sqlx::Result<i64> {
        sqlx::query_scalar(WRITTEN)
            .fetch_one(&mut self.connection)
            .await
    }

    async fn record(&mut self, rows: &[EventRow<'_>]) -> sqlx::Result<i64> {
        let first = self.last_event().await? + 1;
        let mut left = rows;
        let mut next = first;
        while !left.is_empty() {
            let recorded = self.record_some(next, left).await?;
            left = &left[recorded..];
            next += i64::try_from(recorded).unwrap_or(0);
        }
        Ok(first)
    }

    async fn read_events(
        &mut self,
        after: i64,
        limit: usize,
        max_bytes: usize,
    ) -> sqlx::Result<Vec<Recorded>> {
        let mut rows = sqlx::query(READ)
            .bind(after)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch(&mut self.connection);
        let (mut events, mut bytes) = (Vec::new(), 0);
        while let Some(row) = rows.try_next().await? {
            let body: &str = row.try_get("body")?;
            bytes += body.len();
            if bytes > max_bytes && !events.is_empty() {
                break;
            }
            events.push(Recorded {
                position: row.try_get("position")?,
                at: row.try_get("at")?,
                body: Arc::from(body),
            });
        }
        Ok(events)
    }

    async fn oldest_events(&mut self, limit: u32) -> sqlx::Result<Vec<Oldest>> {
        let rows = sqlx::query(OLDEST)
            .bind(limit)
            .fetch_all(&mut self.connection)
            .await?;
        let read = |row: &sqlx::sqlite::SqliteRow| {
            Ok(Oldest {
                position: row.try_get("position")?,
                at: row.try_get("at")?,
                written: row.try_get("written")?,
            })
        };
        rows.iter().map(read).collect()
    }

    async fn remove_events(&mut self, through: i64) -> sqlx::Result<()> {
        sqlx::query(REMOVE)
            .bind(through)
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }

    async fn consumers(&mut self) -> sqlx::Result<Vec<(String, Consumer)>> {
        let rows = sqlx::query(CONSUMERS)
            .fetch_all(&mut self.connection)
            .await?;
        let read = |row: &sqlx::sqlite::SqliteRow| {
            let consumer = Consumer {
                position: row.try_get("position")?,
                seen_at: row.try_get("seen_at")?,
            };
            Ok((row.try_get("name")?, consumer))
        };
        rows.iter().map(read).collect()
    }

    async fn set_consumer(&mut self, name: &str, consumer: Option<Consumer>) -> sqlx::Result<()> {
        let set = match consumer {
            Some(consumer) => sqlx::query(SET_CONSUMER)
                .bind(name)
                .bind(consumer.position)
                .bind(consumer.seen_at),
            None => sqlx::query(REMOVE_CONSUMER).bind(name),
        };
        set.execute(&mut self.connection).await?;
        Ok(())
    }

    async fn begin_sessions(&mut self, sessions: &[OpenSession]) -> sqlx::Result<()> {
        let rows: Vec<_> = sessions
            .iter()
            .map(|open| (open.session, &*open.user, &open.peer))
            .collect();
        let list = serde_json::to_string(&rows).expect("texts and numbers are JSON");
        sqlx::query(BEGIN_SESSIONS)
            .bind(list)
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }

    async fn end_sessions(&mut self, sessions: &[i64]) -> sqlx::Result<()> {
        let list = serde_json::to_string(sessions).expect("numbers are JSON");
        sqlx::query(END_SESSIONS)
            .bind(list)
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }

    async fn take_sessions(&mut self, limit: u32) -> sqlx::Result<Vec<OpenSession>> {
        let rows = sqlx::query(TAKE_SESSIONS)
            .bind(limit)
            .fetch_all(&mut self.connection)
            .await?;
        let read = |row: &sqlx::sqlite::SqliteRow| {
            Ok(OpenSession {
                session: row.try_get("session")?,
                user: Arc::from(row.try_get::<&str, _>("user")?),
                peer: row.try_get("peer")?,
            })
        };
        rows.iter().map(read).collect()
    }
}
