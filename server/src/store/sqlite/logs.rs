//! What is written in the logs of conversations, in SQL.

use std::sync::Arc;

use mobileim_hub::store::Amount;
use mobileim_protocol::mailbox::Position;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::database::sqlite::File;
use crate::store::durable::{
    LogAge, LogEnd, LogTables, NewLog, NewLogged, NewReader, Spot, Trimmed, Wanted, number_of,
};

/// How many rows one statement takes. Few sizes, since each is prepared once.
const ROWS: [usize; 4] = [128, 32, 8, 1];

pub(in crate::store) const FIND: &str = "SELECT id,
        coalesce((SELECT max(seq) FROM log WHERE conversation = id), removed_seq) AS last_seq
    FROM conversations WHERE name = ?";

const MAKE: &str = "INSERT INTO conversations (name, is_group) VALUES (?, ?) RETURNING id";

const APPEND: &str = "INSERT INTO log (position, conversation, seq, stored_at, expires_at, bytes, sender, fp, bridge, lane, body) VALUES ";
const APPENDED: &str = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

const JOIN: &str = "INSERT INTO readers (user, conversation, since, since_seq, role) VALUES ";
const READER: &str = "(?, ?, ?, ?, ?)";
const OTHER_ROLE: &str =
    " ON CONFLICT (conversation, user) WHERE until IS NULL DO UPDATE SET role = excluded.role";

const LEAVE: &str = "UPDATE readers SET until = ?, until_seq = ?
    WHERE conversation = ? AND user = ? AND until IS NULL";

pub(in crate::store) const LEAVE_ALL: &str =
    "UPDATE readers SET until = ?, until_seq = ? WHERE conversation = ? AND until IS NULL";

const SET: &str =
    "UPDATE conversations SET settings = coalesce(?, settings), ended = coalesce(?, ended)
    WHERE id = ?";

pub(in crate::store) const LOOK_AT: &str = "SELECT id, is_group, ended, first_seq, last_seq,
        (SELECT stored_at FROM log WHERE conversation = id AND seq = first_seq) AS first_stored_at
    FROM (
        SELECT id, is_group, ended, (SELECT min(seq) FROM log WHERE conversation = id) AS first_seq,
            (SELECT max(seq) FROM log WHERE conversation = id) AS last_seq
        FROM conversations WHERE id > ? ORDER BY id LIMIT ?
    )";

/// The number of the first message that stays, and of the last one that was looked at.
pub(in crate::store) const BOUND: &str =
    "SELECT min(seq) FILTER (WHERE seq > ?2 AND stored_at >= ?3) AS stays, max(seq) AS last
    FROM (SELECT seq, stored_at FROM log WHERE conversation = ?1 ORDER BY seq LIMIT ?4)";

pub(in crate::store) const TRIM: &str =
    "DELETE FROM log WHERE conversation = ? AND seq <= ? RETURNING position, seq, sender, bytes";

const TRIMMED: &str = "UPDATE conversations SET removed_seq = ?, removed_position = ? WHERE id = ?";

pub(in crate::store) const FORGET_READERS: &str =
    "DELETE FROM readers WHERE conversation = ? AND until IS NOT NULL AND until_seq <= ?";

/// Only forwards.
const MARK_READ: &str = "INSERT INTO read_marks (conversation, user, seq) VALUES (?, ?, ?)
    ON CONFLICT (conversation, user) DO UPDATE SET seq = max(seq, excluded.seq) RETURNING seq";

pub(in crate::store) const FORGET_MARKS: &str = "DELETE FROM read_marks WHERE conversation = ?";

const FORGET: &str = "DELETE FROM conversations WHERE id = ?";

const SET_CURSOR: &str = "INSERT INTO cursors (mailbox, position) VALUES ";
const CURSOR: &str = "(?, ?)";
const NOT_BACK: &str =
    " ON CONFLICT (mailbox) DO UPDATE SET position = max(position, excluded.position)";

/// The last position is what the file says: more may have been given and taken back.
const BEGIN_CURSOR: &str = "INSERT INTO cursors (mailbox, position)
    SELECT ?, (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name IN ('messages', 'log'))
    WHERE NOT EXISTS (SELECT 1 FROM devices WHERE user = ? AND number = ?)
    ON CONFLICT (mailbox) DO UPDATE SET position = excluded.position";

const REMOVE_CURSOR: &str = "DELETE FROM cursors WHERE mailbox = ?";

/// Looks for so many messages, each with its number. The messages that are looked for come first, whatever is known of their
/// log: one after the other is looked up.
pub(in crate::store) fn find_logged(count: usize) -> String {
    let wanted: Vec<_> = (0..count).map(|n| format!("({n}, ?, ?, ?)")).collect();
    let wanted = wanted.join(", ");
    format!(
        "WITH wanted (number, conversation, sender, fp) AS (VALUES {wanted})
        SELECT number, position, seq FROM wanted CROSS JOIN log
        ON log.conversation = wanted.conversation AND log.sender = wanted.sender AND log.fp = wanted.fp"
    )
}

impl File {
    /// Stores as many messages as a statement takes; says how many.
    async fn append_some_to_logs(
        &mut self,
        messages: &[NewLogged<'_>],
        stored_at: i64,
    ) -> sqlx::Result<usize> {
        let rows = rows_of(messages.len());
        let statement = format!("{APPEND}{}", [APPENDED].repeat(rows).join(", "));
        let mut insert = sqlx::query(&statement);
        for NewLogged {
            log,
            seq,
            message,
            expires_at,
        } in &messages[..rows]
        {
            self.last_position += 1;
            insert = insert
                .bind(self.last_position)
                .bind(*log)
                .bind(*seq)
                .bind(stored_at)
                .bind(*expires_at)
                .bind(i64::try_from(Amount::of(message).bytes).unwrap_or(i64::MAX))
                .bind(&*message.from)
                .bind(&*message.fp)
                .bind(message.bridge)
                .bind(message.lane.as_deref())
                .bind(&*message.body);
        }
        insert.execute(&mut self.connection).await?;
        Ok(rows)
    }
}

impl LogTables for File {
    async fn find_logs(&mut self, names: &[Arc<str>]) -> sqlx::Result<Vec<Option<LogEnd>>> {
        let mut ends = Vec::with_capacity(names.len());
        for name in names {
            let row = sqlx::query(FIND)
                .bind(&**name)
                .fetch_optional(&mut self.connection)
                .await?;
            ends.push(row.as_ref().map(end).transpose()?);
        }
        Ok(ends)
    }

    async fn make_logs(&mut self, logs: &[NewLog<'_>]) -> sqlx::Result<Vec<i64>> {
        let mut ids = Vec::with_capacity(logs.len());
        for NewLog { name, is_group } in logs {
            let id = sqlx::query_scalar(MAKE)
                .bind(*name)
                .bind(*is_group)
                .fetch_one(&mut self.connection);
            ids.push(id.await?);
        }
        Ok(ids)
    }

    async fn find_logged(&mut self, wanted: &[Wanted<'_>]) -> sqlx::Result<Vec<Option<Spot>>> {
        let mut spots = vec![None; wanted.len()];
        let mut first = 0;
        while first < wanted.len() {
            let some = &wanted[first..][..rows_of(wanted.len() - first)];
            let statement = find_logged(some.len());
            let mut find = sqlx::query(&statement);
            for Wanted { log, message } in some {
                find = find.bind(*log).bind(&*message.from).bind(&*message.fp);
            }
            for row in find.fetch_all(&mut self.connection).await? {
                let number: u32 = row.try_get("number")?;
                spots[first + number as usize] = Some(spot(&row)?);
            }
            first += some.len();
        }
        Ok(spots)
    }

    async fn append_to_logs(
        &mut self,
        messages: &[NewLogged<'_>],
        stored_at: i64,
    ) -> sqlx::Result<Vec<Position>> {
        let before = self.last_position;
        let mut left = messages;
        while !left.is_empty() {
            let stored = self.append_some_to_logs(left, stored_at).await?;
            left = &left[stored..];
        }
        Ok((before + 1..=self.last_position).map(Position).collect())
    }

    async fn join(&mut self, readers: &[NewReader]) -> sqlx::Result<()> {
        let mut left = readers;
        while !left.is_empty() {
            let (some, others) = left.split_at(rows_of(left.len()));
            let values = [READER].repeat(some.len()).join(", ");
            let statement = format!("{JOIN}{values}{OTHER_ROLE}");
            let mut insert = sqlx::query(&statement);
            for NewReader {
                user,
                log,
                since,
                role,
            } in some
            {
                insert = insert
                    .bind(&**user)
                    .bind(*log)
                    .bind(since.position)
                    .bind(since.seq)
                    .bind(number_of(*role));
            }
            insert.execute(&mut self.connection).await?;
            left = others;
        }
        Ok(())
    }

    async fn leave(
        &mut self,
        log: i64,
        last: Spot,
        readers: Option<&[Arc<str>]>,
    ) -> sqlx::Result<()> {
        let Spot { position, seq } = last;
        let Some(readers) = readers else {
            let all = sqlx::query(LEAVE_ALL).bind(position).bind(seq).bind(log);
            all.execute(&mut self.connection).await?;
            return Ok(());
        };
        for user in readers {
            sqlx::query(LEAVE)
                .bind(position)
                .bind(seq)
                .bind(log)
                .bind(&**user)
                .execute(&mut self.connection)
                .await?;
        }
        Ok(())
    }

    async fn set_log(
        &mut self,
        log: i64,
        settings: Option<&str>,
        ended: Option<bool>,
    ) -> sqlx::Result<()> {
        let set = sqlx::query(SET).bind(settings).bind(ended).bind(log);
        set.execute(&mut self.connection).await?;
        Ok(())
    }

    async fn look_at_logs(&mut self, after: i64, limit: u32) -> sqlx::Result<Vec<LogAge>> {
        let rows = sqlx::query(LOOK_AT)
            .bind(after)
            .bind(limit)
            .fetch_all(&mut self.connection)
            .await?;
        let age = |row: &SqliteRow| {
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
            .bind(limit)
            .fetch_one(&mut self.connection)
            .await?;
        let (stays, last): (Option<i64>, Option<i64>) =
            (row.try_get("stays")?, row.try_get("last")?);
        let Some(last) = stays.map(|stays| stays - 1).or(last) else {
            return Ok(Vec::new());
        };
        let rows = sqlx::query(TRIM)
            .bind(log)
            .bind(last)
            .fetch_all(&mut self.connection)
            .await?;
        let trimmed = |row: &SqliteRow| {
            Ok(Trimmed {
                spot: spot(row)?,
                sender: row.try_get("sender")?,
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
            .execute(&mut self.connection)
            .await?;
        let forget = sqlx::query(FORGET_READERS).bind(log).bind(last.seq);
        forget.execute(&mut self.connection).await?;
        Ok(())
    }

    async fn mark_read(&mut self, log: i64, user: &str, seq: i64) -> sqlx::Result<i64> {
        sqlx::query_scalar(MARK_READ)
            .bind(log)
            .bind(user)
            .bind(seq)
            .fetch_one(&mut self.connection)
            .await
    }

    async fn forget_log(&mut self, log: i64) -> sqlx::Result<()> {
        let forget = sqlx::query(FORGET_MARKS).bind(log);
        forget.execute(&mut self.connection).await?;
        let forget = sqlx::query(FORGET).bind(log);
        forget.execute(&mut self.connection).await?;
        Ok(())
    }

    async fn set_cursors(&mut self, cursors: &[(Arc<str>, i64)]) -> sqlx::Result<()> {
        let mut left = cursors;
        while !left.is_empty() {
            let (some, others) = left.split_at(rows_of(left.len()));
            let values = [CURSOR].repeat(some.len()).join(", ");
            let statement = format!("{SET_CURSOR}{values}{NOT_BACK}");
            let mut insert = sqlx::query(&statement);
            for (mailbox, position) in some {
                insert = insert.bind(&**mailbox).bind(*position);
            }
            insert.execute(&mut self.connection).await?;
            left = others;
        }
        Ok(())
    }

    async fn begin_cursor(&mut self, user: &str, number: u16, mailbox: &str) -> sqlx::Result<()> {
        sqlx::query(BEGIN_CURSOR)
            .bind(mailbox)
            .bind(user)
            .bind(number)
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }

    async fn remove_cursor(&mut self, mailbox: &str) -> sqlx::Result<()> {
        let remove = sqlx::query(REMOVE_CURSOR).bind(mailbox);
        remove.execute(&mut self.connection).await?;
        Ok(())
    }
}

fn rows_of(count: usize) -> usize {
    let rows = ROWS.into_iter().find(|rows| *rows <= count);
    rows.unwrap_or(0)
}

fn end(row: &SqliteRow) -> sqlx::Result<LogEnd> {
    Ok(LogEnd {
        id: row.try_get("id")?,
        last_seq: row.try_get("last_seq")?,
    })
}

fn spot(row: &SqliteRow) -> sqlx::Result<Spot> {
    Ok(Spot {
        position: row.try_get("position")?,
        seq: row.try_get("seq")?,
    })
}
