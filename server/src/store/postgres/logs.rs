//! What is written in the logs of conversations, in SQL.

use std::collections::HashMap;
use std::sync::Arc;

use mobileim_hub::store::Amount;
use mobileim_protocol::mailbox::Position;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};

use super::messages::text;
use crate::store::durable::{
    LogAge, LogEnd, LogTables, NewLog, NewLogged, NewReader, Spot, Trimmed, Wanted, number_of,
};

pub(in crate::store) const FIND: &str = "SELECT id,
        coalesce((SELECT max(seq) FROM log WHERE conversation = id), removed_seq) AS last_seq
    FROM unnest($1) WITH ORDINALITY AS wanted (name, number) LEFT JOIN LATERAL (
        SELECT id, removed_seq FROM conversations WHERE conversations.name = wanted.name LIMIT 1
    ) AS found ON TRUE ORDER BY number";

/// The ids come as they may: with the names.
const MAKE: &str = "INSERT INTO conversations (name, is_group)
    SELECT name, is_group FROM unnest($1, $2) AS new (name, is_group) RETURNING id, name";

pub(in crate::store) const FIND_LOGGED: &str = "SELECT number, position, seq
    FROM unnest($1, $2, $3) WITH ORDINALITY AS wanted (conversation, sender, fp, number), LATERAL (
        SELECT position, seq FROM log
        WHERE log.conversation = wanted.conversation AND log.sender = wanted.sender AND log.fp = wanted.fp LIMIT 1
    ) AS found";

/// Takes numbers as messages do.
const APPEND: &str = "WITH taken AS MATERIALIZED (
        SELECT setval('messages_position', nextval('messages_position') + cardinality($1) - 1)
            - cardinality($1) AS last_before
    ), inserted AS (
        INSERT INTO log (position, conversation, seq, expires_at, bytes, sender, fp, bridge, lane, body, stored_at)
        SELECT last_before + number, conversation, seq, expires_at, bytes, sender, fp, bridge, lane, body, $10
        FROM taken, unnest($1, $2, $3, $4, $5, $6, $7, $8, $9) WITH ORDINALITY
            AS new (conversation, seq, expires_at, bytes, sender, fp, bridge, lane, body, number)
    )
    SELECT last_before FROM taken";

const JOIN: &str = "INSERT INTO readers (user_id, conversation, since, since_seq, role)
    SELECT * FROM unnest($1, $2, $3, $4, $5)
    ON CONFLICT (conversation, user_id) WHERE until IS NULL DO UPDATE SET role = excluded.role";

pub(in crate::store) const LEAVE: &str = "UPDATE readers SET until = $1, until_seq = $2
    WHERE conversation = $3 AND user_id = ANY ($4) AND until IS NULL";

pub(in crate::store) const LEAVE_ALL: &str =
    "UPDATE readers SET until = $1, until_seq = $2 WHERE conversation = $3 AND until IS NULL";

const SET: &str =
    "UPDATE conversations SET settings = coalesce($1, settings), ended = coalesce($2, ended)
    WHERE id = $3";

pub(in crate::store) const LOOK_AT: &str =
    "SELECT id, is_group, ended, first.seq AS first_seq, last.seq AS last_seq,
        first.stored_at AS first_stored_at
    FROM (SELECT id, is_group, ended FROM conversations WHERE id > $1 ORDER BY id LIMIT $2) AS page
    LEFT JOIN LATERAL (
        SELECT seq, stored_at FROM log WHERE conversation = id ORDER BY seq LIMIT 1
    ) AS first ON TRUE
    LEFT JOIN LATERAL (
        SELECT seq FROM log WHERE conversation = id ORDER BY seq DESC LIMIT 1
    ) AS last ON TRUE
    ORDER BY id";

/// The number of the first message that stays, and of the last one that was looked at.
pub(in crate::store) const BOUND: &str =
    "SELECT min(seq) FILTER (WHERE seq > $2 AND stored_at >= $3) AS stays, max(seq) AS last
    FROM (SELECT seq, stored_at FROM log WHERE conversation = $1 ORDER BY seq LIMIT $4) AS first";

pub(in crate::store) const TRIM: &str =
    "DELETE FROM log WHERE conversation = $1 AND seq <= $2 RETURNING position, seq, sender, bytes";

const TRIMMED: &str =
    "UPDATE conversations SET removed_seq = $1, removed_position = $2 WHERE id = $3";

pub(in crate::store) const FORGET_READERS: &str =
    "DELETE FROM readers WHERE conversation = $1 AND until IS NOT NULL AND until_seq <= $2";

/// Only forwards.
const MARK_READ: &str = "INSERT INTO read_marks (conversation, user_id, seq) VALUES ($1, $2, $3)
    ON CONFLICT (conversation, user_id) DO UPDATE SET seq = greatest(read_marks.seq, excluded.seq) RETURNING seq";

pub(in crate::store) const FORGET_MARKS: &str = "DELETE FROM read_marks WHERE conversation = $1";

const FORGET: &str = "DELETE FROM conversations WHERE id = $1";

const SET_CURSORS: &str = "INSERT INTO cursors (mailbox, position) SELECT * FROM unnest($1, $2)
    ON CONFLICT (mailbox) DO UPDATE SET position = greatest(cursors.position, excluded.position)";

/// The last position is the sequence's, once it has given one.
const BEGIN_CURSOR: &str = "INSERT INTO cursors (mailbox, position)
    SELECT $1, CASE WHEN is_called THEN last_value ELSE 0 END FROM messages_position
    WHERE NOT EXISTS (SELECT 1 FROM devices WHERE user_id = $2 AND number = $3)
    ON CONFLICT (mailbox) DO UPDATE SET position = excluded.position";

const REMOVE_CURSOR: &str = "DELETE FROM cursors WHERE mailbox = $1";

impl LogTables for PgConnection {
    async fn find_logs(&mut self, names: &[Arc<str>]) -> sqlx::Result<Vec<Option<LogEnd>>> {
        let names: Vec<_> = names.iter().map(|name| name.as_bytes()).collect();
        let rows = sqlx::query(FIND).bind(names).fetch_all(self).await?;
        let end = |row: &PgRow| {
            let id = row.try_get::<Option<i64>, _>("id")?;
            id.map(|id| {
                let last_seq = row.try_get("last_seq")?;
                Ok(LogEnd { id, last_seq })
            })
            .transpose()
        };
        rows.iter().map(end).collect()
    }

    async fn make_logs(&mut self, logs: &[NewLog<'_>]) -> sqlx::Result<Vec<i64>> {
        let names: Vec<_> = logs.iter().map(|log| log.name.as_bytes()).collect();
        let are_groups: Vec<_> = logs.iter().map(|log| log.is_group).collect();
        let rows = sqlx::query(MAKE)
            .bind(&names)
            .bind(are_groups)
            .fetch_all(self)
            .await?;
        let made = |row: &PgRow| {
            let name: Vec<u8> = row.try_get("name")?;
            Ok((name, row.try_get("id")?))
        };
        let ids = rows.iter().map(made);
        let ids = ids.collect::<sqlx::Result<HashMap<_, _>>>()?;
        let id = |name: &&[u8]| ids.get(*name).copied().ok_or(sqlx::Error::RowNotFound);
        names.iter().map(id).collect()
    }

    async fn find_logged(&mut self, wanted: &[Wanted<'_>]) -> sqlx::Result<Vec<Option<Spot>>> {
        let logs: Vec<_> = wanted.iter().map(|wanted| wanted.log).collect();
        let messages = wanted.iter().map(|wanted| wanted.message);
        let senders: Vec<_> = messages.clone().map(|it| it.from.as_bytes()).collect();
        let fps: Vec<_> = messages.map(|message| message.fp.as_bytes()).collect();
        let rows = sqlx::query(FIND_LOGGED)
            .bind(logs)
            .bind(senders)
            .bind(fps)
            .fetch_all(self)
            .await?;
        let mut spots = vec![None; wanted.len()];
        for row in &rows {
            let number = usize::try_from(row.try_get::<i64, _>("number")?);
            let index = number.map_err(sqlx::Error::decode)? - 1;
            spots[index] = Some(spot(row)?);
        }
        Ok(spots)
    }

    async fn append_to_logs(
        &mut self,
        messages: &[NewLogged<'_>],
        stored_at: i64,
    ) -> sqlx::Result<Vec<Position>> {
        let count = messages.len();
        let mut logs = Vec::with_capacity(count);
        let mut seqs = Vec::with_capacity(count);
        let mut expiries = Vec::with_capacity(count);
        let mut bytes = Vec::with_capacity(count);
        let mut senders = Vec::with_capacity(count);
        let mut fps = Vec::with_capacity(count);
        let mut bridges = Vec::with_capacity(count);
        let mut lanes = Vec::with_capacity(count);
        let mut bodies = Vec::with_capacity(count);
        for NewLogged {
            log,
            seq,
            message,
            expires_at,
        } in messages
        {
            logs.push(*log);
            seqs.push(*seq);
            expiries.push(*expires_at);
            bytes.push(i64::try_from(Amount::of(message).bytes).unwrap_or(i64::MAX));
            senders.push(message.from.as_bytes());
            fps.push(message.fp.as_bytes());
            bridges.push(message.bridge);
            lanes.push(message.lane.as_deref().map(str::as_bytes));
            bodies.push(&*message.body);
        }
        let last_before: i64 = sqlx::query_scalar(APPEND)
            .bind(logs)
            .bind(seqs)
            .bind(expiries)
            .bind(bytes)
            .bind(senders)
            .bind(fps)
            .bind(bridges)
            .bind(lanes)
            .bind(bodies)
            .bind(stored_at)
            .fetch_one(self)
            .await?;
        let positions = (1..).take(count);
        Ok(positions
            .map(|number| Position(last_before + number))
            .collect())
    }

    async fn join(&mut self, readers: &[NewReader]) -> sqlx::Result<()> {
        let users: Vec<_> = readers.iter().map(|new| new.user.as_bytes()).collect();
        let logs: Vec<_> = readers.iter().map(|new| new.log).collect();
        let since: Vec<_> = readers.iter().map(|new| new.since.position).collect();
        let since_seq: Vec<_> = readers.iter().map(|new| new.since.seq).collect();
        let roles: Vec<_> = readers.iter().map(|new| number_of(new.role)).collect();
        sqlx::query(JOIN)
            .bind(users)
            .bind(logs)
            .bind(since)
            .bind(since_seq)
            .bind(roles)
            .execute(self)
            .await?;
        Ok(())
    }

    async fn leave(
        &mut self,
        log: i64,
        last: Spot,
        readers: Option<&[Arc<str>]>,
    ) -> sqlx::Result<()> {
        let Spot { position, seq } = last;
        let leave = match readers {
            None => sqlx::query(LEAVE_ALL).bind(position).bind(seq).bind(log),
            Some(readers) => {
                let users: Vec<_> = readers.iter().map(|user| user.as_bytes()).collect();
                let some = sqlx::query(LEAVE).bind(position).bind(seq).bind(log);
                some.bind(users)
            }
        };
        leave.execute(self).await?;
        Ok(())
    }

    async fn set_log(
        &mut self,
        log: i64,
        settings: Option<&str>,
        ended: Option<bool>,
    ) -> sqlx::Result<()> {
        sqlx::query(SET)
            .bind(settings.map(str::as_bytes))
            .bind(ended)
            .bind(log)
            .execute(self)
            .await?;
        Ok(())
    }

    async fn look_at_logs(&mut self, after: i64, limit: u32) -> sqlx::Result<Vec<LogAge>> {
        let rows = sqlx::query(LOOK_AT)
            .bind(after)
            .bind(i64::from(limit))
            .fetch_all(self)
            .await?;
        let age = |row: &PgRow| {
            Ok(LogAge {
                id: row.try_get("id")?,
                is_group: row.try_get("is_group")?,
                ended: row.try_get("ended")?,
                first_seq: row.try_get("first_seq")?,
                last_seq: row.try_get("last_seq")?,
                first_stored_at: row.try_get("first_stored_at")?,
            })
        };
        rows.iter().map(age).collect()
    }

    async fn trim_log(
        &mut self,
        log: i64,
        through: i64,
        before: i64,
        limit: u32,
    ) -> sqlx::Result<Vec<Trimmed>> {
        let row = sqlx::query(BOUND)
            .bind(log)
            .bind(through)
            .bind(before)
            .bind(i64::from(limit))
            .fetch_one(&mut *self)
            .await?;
        let (stays, last): (Option<i64>, Option<i64>) =
            (row.try_get("stays")?, row.try_get("last")?);
        let Some(last) = stays.map(|stays| stays - 1).or(last) else {
            return Ok(Vec::new());
        };
        let rows = sqlx::query(TRIM)
            .bind(log)
            .bind(last)
            .fetch_all(self)
            .await?;
        let trimmed = |row: &PgRow| {
            Ok(Trimmed {
                spot: spot(row)?,
                sender: text(row, "sender")?.to_owned(),
                bytes: row.try_get::<i64, _>("bytes")?.unsigned_abs(),
            })
        };
        rows.iter().map(trimmed).collect()
    }

    async fn trimmed(&mut self, log: i64, last: Spot) -> sqlx::Result<()> {
        sqlx::query(TRIMMED)
            .bind(last.seq)
            .bind(last.position)
            .bind(log)
            .execute(&mut *self)
            .await?;
        let forget = sqlx::query(FORGET_READERS).bind(log).bind(last.seq);
        forget.execute(self).await?;
        Ok(())
    }

    async fn mark_read(&mut self, log: i64, user: &str, seq: i64) -> sqlx::Result<i64> {
        sqlx::query_scalar(MARK_READ)
            .bind(log)
            .bind(user.as_bytes())
            .bind(seq)
            .fetch_one(self)
            .await
    }

    async fn forget_log(&mut self, log: i64) -> sqlx::Result<()> {
        let forget = sqlx::query(FORGET_MARKS).bind(log);
        forget.execute(&mut *self).await?;
        sqlx::query(FORGET).bind(log).execute(self).await?;
        Ok(())
    }

    async fn set_cursors(&mut self, cursors: &[(Arc<str>, i64)]) -> sqlx::Result<()> {
        let mailboxes: Vec<_> = cursors.iter().map(|(name, _)| name.as_bytes()).collect();
        let positions: Vec<_> = cursors.iter().map(|(_, position)| *position).collect();
        let set = sqlx::query(SET_CURSORS).bind(mailboxes).bind(positions);
        set.execute(self).await?;
        Ok(())
    }

    async fn begin_cursor(&mut self, user: &str, number: u16, mailbox: &str) -> sqlx::Result<()> {
        sqlx::query(BEGIN_CURSOR)
            .bind(mailbox.as_bytes())
            .bind(user.as_bytes())
            .bind(i32::from(number))
            .execute(self)
            .await?;
        Ok(())
    }

    async fn remove_cursor(&mut self, mailbox: &str) -> sqlx::Result<()> {
        let remove = sqlx::query(REMOVE_CURSOR).bind(mailbox.as_bytes());
        remove.execute(self).await?;
        Ok(())
    }
}

fn spot(row: &PgRow) -> sqlx::Result<Spot> {
    Ok(Spot {
        position: row.try_get("position")?,
        seq: row.try_get("seq")?,
    })
}
