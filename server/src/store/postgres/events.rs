//! What is asked of the database in SQL about events.

use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};

use super::messages::text;
use crate::events::{Consumer, Recorded};
use crate::store::durable::{EventRow, EventTables, Oldest, OpenSession};

const COUNT_START: &str = "UPDATE server_starts SET count = count + 1 WHERE id = 1 RETURNING count";

const LAST: &str = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM events_position";

const WRITTEN: &str =
    "SELECT coalesce((SELECT written FROM events ORDER BY position DESC LIMIT 1), 0)";

/// Takes as many numbers as there are events, in one piece, as for messages.
const RECORD: &str = "WITH taken AS MATERIALIZED (
        SELECT setval('events_position', nextval('events_position') + cardinality($1) - 1)
            - cardinality($1) AS last_before
    ), inserted AS (
        INSERT INTO events (position, user_id, type, body, at, written)
        SELECT last_before + number, user_id, type, body, at, written
        FROM taken, unnest($1, $2, $3, $4, $5) WITH ORDINALITY
            AS new (user_id, type, body, at, written, number)
    )
    SELECT last_before + 1 FROM taken";

/// Without the bodies behind the one that fills the page.
pub(in crate::store) const READ: &str = "SELECT position, at, body FROM (
        SELECT *, row_number() OVER in_order AS number, sum(octet_length(body)) OVER in_order AS bytes
        FROM (
            SELECT position, at, body FROM events WHERE position > $1 ORDER BY position LIMIT $2
        ) AS page
        WINDOW in_order AS (ORDER BY position)
    ) AS measured WHERE number = 1 OR bytes <= $3 ORDER BY position";

pub(in crate::store) const OLDEST: &str =
    "SELECT position, at, written FROM events ORDER BY position LIMIT $1";

pub(in crate::store) const REMOVE: &str = "DELETE FROM events WHERE position <= $1";

const CONSUMERS: &str = "SELECT name, position, seen_at FROM event_consumers";

const SET_CONSUMER: &str =
    "INSERT INTO event_consumers (name, position, seen_at) VALUES ($1, $2, $3)
    ON CONFLICT (name) DO UPDATE SET position = excluded.position, seen_at = excluded.seen_at";

const REMOVE_CONSUMER: &str = "DELETE FROM event_consumers WHERE name = $1";

const BEGIN_SESSIONS: &str = "INSERT INTO open_sessions (session, user_id, peer)
    SELECT * FROM unnest($1, $2, $3) ON CONFLICT (session) DO NOTHING";

pub(in crate::store) const END_SESSIONS: &str =
    "DELETE FROM open_sessions WHERE session = ANY ($1)";

const TAKE_SESSIONS: &str = "DELETE FROM open_sessions WHERE session = ANY (ARRAY
    (SELECT session FROM open_sessions ORDER BY session LIMIT $1)) RETURNING session, user_id, peer";

impl EventTables for PgConnection {
    async fn count_start(&mut self) -> sqlx::Result<i64> {
        sqlx::query_scalar(COUNT_START).fetch_one(self).await
    }

    async fn last_event(&mut self) -> sqlx::Result<i64> {
        sqlx::query_scalar(LAST).fetch_one(self).await
    }

    async fn written(&mut self) -> sqlx::Result<i64> {
        sqlx::query_scalar(WRITTEN).fetch_one(self).await
    }

    async fn record(&mut self, rows: &[EventRow<'_>]) -> sqlx::Result<i64> {
        let column = |value: fn(&EventRow<'_>) -> i64| rows.iter().map(value).collect::<Vec<_>>();
        let users: Vec<_> = rows.iter().map(|row| row.record.user.as_bytes()).collect();
        let types: Vec<_> = rows.iter().map(|row| row.record.type_name()).collect();
        let bodies: Vec<_> = rows.iter().map(|row| row.record.body.as_bytes()).collect();
        sqlx::query_scalar(RECORD)
            .bind(users)
            .bind(types)
            .bind(bodies)
            .bind(column(|row| row.record.at))
            .bind(column(|row| row.written))
            .fetch_one(self)
            .await
    }

    async fn read_events(
        &mut self,
        after: i64,
        limit: usize,
        max_bytes: usize,
    ) -> sqlx::Result<Vec<Recorded>> {
        let rows = sqlx::query(READ)
            .bind(after)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .bind(i64::try_from(max_bytes).unwrap_or(i64::MAX))
            .fetch_all(self)
            .await?;
        let read = |row: &PgRow| {
            Ok(Recorded {
                position: row.try_get("position")?,
                at: row.try_get("at")?,
                body: text(row, "body")?.into(),
            })
        };
        rows.iter().map(read).collect()
    }

    async fn oldest_events(&mut self, limit: u32) -> sqlx::Result<Vec<Oldest>> {
        let rows = sqlx::query(OLDEST)
            .bind(i64::from(limit))
            .fetch_all(self)
            .await?;
        let read = |row: &PgRow| {
            Ok(Oldest {
                position: row.try_get("position")?,
                at: row.try_get("at")?,
                written: row.try_get("written")?,
            })
        };
        rows.iter().map(read).collect()
    }

    async fn remove_events(&mut self, through: i64) -> sqlx::Result<()> {
        sqlx::query(REMOVE).bind(through).execute(self).await?;
        Ok(())
    }

    async fn consumers(&mut self) -> sqlx::Result<Vec<(String, Consumer)>> {
        let rows = sqlx::query(CONSUMERS).fetch_all(self).await?;
        let read = |row: &PgRow| {
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
        set.execute(self).await?;
        Ok(())
    }

    async fn begin_sessions(&mut self, sessions: &[OpenSession]) -> sqlx::Result<()> {
        let numbers: Vec<_> = sessions.iter().map(|open| open.session).collect();
        let users: Vec<_> = sessions.iter().map(|open| open.user.as_bytes()).collect();
        let peers: Vec<_> = sessions.iter().map(|open| open.peer.as_bytes()).collect();
        sqlx::query(BEGIN_SESSIONS)
            .bind(numbers)
            .bind(users)
            .bind(peers)
            .execute(self)
            .await?;
        Ok(())
    }

    async fn end_sessions(&mut self, sessions: &[i64]) -> sqlx::Result<()> {
        sqlx::query(END_SESSIONS)
            .bind(sessions)
            .execute(self)
            .await?;
        Ok(())
    }

    async fn take_sessions(&mut self, limit: u32) -> sqlx::Result<Vec<OpenSession>> {
        let rows = sqlx::query(TAKE_SESSIONS)
            .bind(i64::from(limit))
            .fetch_all(self)
            .await?;
        let read = |row: &PgRow| {
            Ok(OpenSession {
                session: row.try_get("session")?,
                user: text(row, "user_id")?.into(),
                peer: text(row, "peer")?.to_owned(),
            })
        };
        rows.iter().map(read).collect()
    }
}
