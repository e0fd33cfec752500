//! What is read in the logs of conversations, in SQL.

use std::collections::BinaryHeap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use futures_util::{Stream, TryStreamExt as _};
use mobileim_hub::store::{CHANGE_LANE, MAX_UNREAD};
use mobileim_protocol::mailbox::{Envelope, Position, StoredMessage};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::database::sqlite::File;
use crate::store::durable::{
    GroupRow, Listed, LogReads, LogView, MAX_LOOKED_AT, Member, Page, PageRequest, Spot, Times,
    Unread, role_of,
};

const HAS_LOGS: &str = "SELECT EXISTS (SELECT 1 FROM conversations)";

/// For each time that a user reads a log: where the first message stands that is to be read, if there is one.
pub(in crate::store) const NEXT: &str = "SELECT conversation, until, next FROM (
        SELECT conversation, coalesce(until, 9223372036854775807) AS until,
            (SELECT min(position) FROM log WHERE log.conversation = readers.conversation
                AND position > max(readers.since - 1, cursor.position)
                AND position <= coalesce(readers.until, 9223372036854775807)) AS next
        FROM readers, (SELECT max(?2, coalesce((SELECT position FROM cursors WHERE mailbox = ?3), ?2)) AS position) AS cursor
        WHERE user = ?1 AND (readers.until IS NULL OR readers.until > cursor.position)
    ) WHERE next IS NOT NULL ORDER BY next";

pub(in crate::store) const POSITIONS: &str = "SELECT position FROM log
    WHERE conversation = ? AND position >= ? AND position <= ? ORDER BY position LIMIT ?";

pub(in crate::store) const AT: &str =
    "SELECT position, seq, stored_at, expires_at, sender, fp, bridge, lane, body FROM log
    WHERE position IN (SELECT value FROM json_each(?)) ORDER BY position";

pub(in crate::store) const VIEW: &str = "SELECT id, removed_seq,
        coalesce((SELECT max(seq) FROM log WHERE conversation = id), removed_seq) AS last_seq
    FROM conversations WHERE name = ?";

pub(in crate::store) const PERIODS: &str =
    "SELECT since_seq, until_seq FROM readers WHERE user = ? AND conversation = ? ORDER BY since";

pub(in crate::store) const READ: &str =
    "SELECT position, seq, stored_at, expires_at, sender, fp, bridge, lane, body FROM log
    WHERE conversation = ? AND seq >= ? AND seq <= ? ORDER BY seq LIMIT ?";

pub(in crate::store) const READ_BACKWARDS: &str =
    "SELECT position, seq, stored_at, expires_at, sender, fp, bridge, lane, body FROM log
    WHERE conversation = ? AND seq >= ? AND seq <= ? ORDER BY seq DESC LIMIT ?";

/// The last time that the user read each counts.
pub(in crate::store) const LIST: &str = "SELECT conversation_id AS id, name, last AS position, coalesce(until_seq, seq, removed_seq) AS last_seq,
        seq, stored_at, expires_at, sender, fp, bridge, lane, body
    FROM (
        SELECT id AS conversation_id, name, removed_seq, until_seq,
            coalesce(until, (SELECT max(position) FROM log WHERE log.conversation = id), removed_position) AS last
        FROM readers JOIN conversations ON id = readers.conversation
        WHERE user = ?1 AND NOT EXISTS (
            SELECT 1 FROM readers AS later
            WHERE later.user = ?1 AND later.conversation = readers.conversation AND later.since > readers.since
        )
    ) LEFT JOIN log ON position = last WHERE last < ?2 ORDER BY last DESC LIMIT ?3";

/// In each time for which the user read one, the last messages are looked at.
pub(in crate::store) const UNREAD: &str = "SELECT conversation, read_seq, min(sum(count), ?4) AS count FROM (
        SELECT mine.conversation, read_seq, (
            SELECT count(*) FROM (
                SELECT 1 FROM (
                    SELECT sender, lane FROM log WHERE log.conversation = mine.conversation
                        AND seq >= max(readers.since_seq, read_seq + 1)
                        AND seq <= coalesce(readers.until_seq, 9223372036854775807)
                    ORDER BY seq DESC LIMIT ?5
                ) WHERE sender <> ?1 AND lane IS NOT ?3 LIMIT ?4
            )
        ) AS count
        FROM (
            SELECT value AS conversation, coalesce(
                (SELECT seq FROM read_marks WHERE read_marks.conversation = value AND user = ?1), 0) AS read_seq
            FROM json_each(?2)
        ) AS mine CROSS JOIN readers ON user = ?1 AND readers.conversation = mine.conversation
    ) GROUP BY conversation";

pub(in crate::store) const GROUPS: &str = "SELECT id, name, settings FROM conversations
    WHERE is_group AND NOT ended AND id > ? ORDER BY id LIMIT ?";

pub(in crate::store) const MEMBERS: &str = "SELECT conversation, user, role FROM readers
    WHERE conversation IN (SELECT value FROM json_each(?)) AND until IS NULL AND (conversation, user) > (?, ?)
    ORDER BY conversation, user LIMIT ?";

impl LogReads for File {
    async fn has_logs(&mut self) -> sqlx::Result<bool> {
        sqlx::query_scalar(HAS_LOGS)
            .fetch_one(&mut self.connection)
            .await
    }

    async fn load_logged(
        &mut self,
        user: &str,
        mailbox: &str,
        wanted: PageRequest,
    ) -> sqlx::Result<Page> {
        let positions = self.next_positions(user, mailbox, wanted).await?;
        if positions.is_empty() {
            return Ok(Page::default());
        }
        let list = serde_json::to_string(&positions).expect("numbers are JSON");
        let rows = sqlx::query(AT).bind(list).fetch(&mut self.connection);
        read_page(rows, wanted).await
    }

    async fn view_log(
        &mut self,
        name: &str,
        reader: Option<&str>,
    ) -> sqlx::Result<Option<LogView>> {
        let row = sqlx::query(VIEW)
            .bind(name)
            .fetch_optional(&mut self.connection)
            .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let id = row.try_get("id")?;
        let periods = match reader {
            None => vec![(1, None)],
            Some(reader) => {
                sqlx::query_as(PERIODS)
                    .bind(reader)
                    .bind(id)
                    .fetch_all(&mut self.connection)
                    .await?
            }
        };
        Ok(Some(LogView {
            id,
            removed_seq: row.try_get("removed_seq")?,
            last_seq: row.try_get("last_seq")?,
            periods,
        }))
    }

    async fn read_log(
        &mut self,
        log: i64,
        numbers: RangeInclusive<i64>,
        backwards: bool,
        wanted: PageRequest,
    ) -> sqlx::Result<Page> {
        let rows = sqlx::query(if backwards { READ_BACKWARDS } else { READ })
            .bind(log)
            .bind(*numbers.start())
            .bind(*numbers.end())
            .bind(wanted.rows())
            .fetch(&mut self.connection);
        read_page(rows, wanted).await
    }

    async fn list_conversations(
        &mut self,
        user: &str,
        before: i64,
        limit: i64,
    ) -> sqlx::Result<Vec<Listed>> {
        let rows = sqlx::query(LIST)
            .bind(user)
            .bind(before)
            .bind(limit)
            .fetch_all(&mut self.connection)
            .await?;
        let listed = |row: &SqliteRow| {
            let mut message = Page::default();
            if row.try_get::<Option<i64>, _>("seq")?.is_some() {
                message.push(stored(row)?, times(row)?);
            }
            Ok(Listed {
                id: row.try_get("id")?,
                log: row.try_get("name")?,
                last: Spot {
                    position: row.try_get("position")?,
                    seq: row.try_get("last_seq")?,
                },
                message,
            })
        };
        rows.iter().map(listed).collect()
    }

    async fn count_unread(&mut self, user: &str, logs: &[i64]) -> sqlx::Result<Vec<Unread>> {
        let logs = serde_json::to_string(logs).expect("numbers are JSON");
        let rows = sqlx::query(UNREAD)
            .bind(user)
            .bind(logs)
            .bind(CHANGE_LANE)
            .bind(MAX_UNREAD.cast_signed())
            .bind(MAX_LOOKED_AT)
            .fetch_all(&mut self.connection)
            .await?;
        let unread = |row: &SqliteRow| {
            Ok(Unread {
                log: row.try_get("conversation")?,
                read_seq: row.try_get("read_seq")?,
                count: row.try_get("count")?,
            })
        };
        rows.iter().map(unread).collect()
    }

    async fn read_groups(&mut self, after: i64, limit: u32) -> sqlx::Result<Vec<GroupRow>> {
        let rows = sqlx::query(GROUPS)
            .bind(after)
            .bind(limit)
            .fetch_all(&mut self.connection)
            .await?;
        let group = |row: &SqliteRow| {
            Ok(GroupRow {
                id: row.try_get("id")?,
                name: row.try_get("name")?,
                settings: row.try_get("settings")?,
            })
        };
        rows.iter().map(group).collect()
    }

    async fn read_members(
        &mut self,
        logs: &[i64],
        (log, user): (i64, &str),
        limit: u32,
    ) -> sqlx::Result<Vec<Member>> {
        let logs = serde_json::to_string(logs).expect("numbers are JSON");
        let rows = sqlx::query(MEMBERS)
            .bind(logs)
            .bind(log)
            .bind(user)
            .bind(limit)
            .fetch_all(&mut self.connection)
            .await?;
        let member = |row: &SqliteRow| {
            Ok(Member {
                log: row.try_get("conversation")?,
                user: row.try_get("user")?,
                role: role_of(row.try_get("role")?)?,
            })
        };
        rows.iter().map(member).collect()
    }
}

impl File {
    /// Where the oldest messages stand that are to be read, in order.
    ///
    /// Logs come in the order of their first ones. As soon as a log's first is behind enough others, so is all that follows.
    async fn next_positions(
        &mut self,
        user: &str,
        mailbox: &str,
        wanted: PageRequest,
    ) -> sqlx::Result<Vec<i64>> {
        let logs: Vec<(i64, i64, i64)> = sqlx::query_as(NEXT)
            .bind(user)
            .bind(wanted.after.0)
            .bind(mailbox)
            .fetch_all(&mut self.connection)
            .await?;
        let rows = usize::try_from(wanted.rows()).unwrap_or(usize::MAX);
        let mut positions = BinaryHeap::new();
        for (log, until, next) in logs {
            let is_full = positions.len() >= rows;
            if is_full && positions.peek().is_some_and(|last| *last < next) {
                break;
            }
            let of_log: Vec<i64> = sqlx::query_scalar(POSITIONS)
                .bind(log)
                .bind(next)
                .bind(until)
                .bind(wanted.rows())
                .fetch_all(&mut self.connection)
                .await?;
            positions.extend(of_log);
            while positions.len() > rows {
                positions.pop();
            }
        }
        Ok(positions.into_sorted_vec())
    }
}

async fn read_page(
    mut rows: impl Stream<Item = sqlx::Result<SqliteRow>> + Unpin,
    wanted: PageRequest,
) -> sqlx::Result<Page> {
    let mut page = Page::default();
    while let Some(row) = rows.try_next().await? {
        let body: &[u8] = row.try_get("body")?;
        if !page.has_room(wanted, body.len()) {
            break;
        }
        page.push(stored(&row)?, times(&row)?);
    }
    Ok(page)
}

fn stored(row: &SqliteRow) -> sqlx::Result<StoredMessage> {
    let lane = row.try_get::<Option<&str>, _>("lane")?;
    let message = Envelope {
        from: Arc::from(row.try_get::<&str, _>("sender")?),
        fp: Arc::from(row.try_get::<&str, _>("fp")?),
        bridge: row.try_get("bridge")?,
        body: row.try_get::<Vec<u8>, _>("body")?.into(),
        expires_at: None,
        on_behalf: false,
        lane: lane.map(Arc::from),
        change: None,
    };
    let position = Position(row.try_get("position")?);
    Ok(StoredMessage {
        seq: Some(row.try_get::<i64, _>("seq")?.unsigned_abs()),
        ..StoredMessage::new(position, message)
    })
}

fn times(row: &SqliteRow) -> sqlx::Result<Times> {
    Ok(Times {
        stored_at: row.try_get("stored_at")?,
        expires_at: row.try_get("expires_at")?,
    })
}
