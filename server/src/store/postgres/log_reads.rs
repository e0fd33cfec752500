//! What is read in the logs of conversations, in SQL.

use std::ops::RangeInclusive;
use std::sync::Arc;

use mobileim_hub::store::{CHANGE_LANE, MAX_UNREAD};
use mobileim_protocol::mailbox::{Envelope, Position, StoredMessage};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};

use super::messages::text;
use crate::store::durable::{
    GroupRow, Listed, LogReads, LogView, MAX_LOOKED_AT, Member, Page, PageRequest, Spot, Times,
    Unread, role_of,
};

const HAS_LOGS: &str = "SELECT EXISTS (SELECT 1 FROM conversations)";

/// Of each log as much as is wanted of all; without the bodies behind the one that fills the page.
pub(in crate::store) const LOAD: &str = "WITH cursor AS MATERIALIZED (
        SELECT greatest($2, (SELECT position FROM cursors WHERE mailbox = $3)) AS position
    ), chosen AS MATERIALIZED (
        SELECT page.position
        FROM cursor, readers, LATERAL (
            SELECT position FROM log
            WHERE log.conversation = readers.conversation AND log.position > cursor.position
                AND log.position >= readers.since AND log.position <= coalesce(readers.until, 9223372036854775807)
            ORDER BY position LIMIT $4
        ) AS page
        WHERE readers.user_id = $1 AND (readers.until IS NULL OR readers.until > cursor.position)
        ORDER BY page.position LIMIT $4
    )
    SELECT position, seq, stored_at, expires_at, sender, fp, bridge, lane,
        CASE WHEN number = 1 OR length <= $5 THEN body END AS body
    FROM (
        SELECT log.*, row_number() OVER in_order AS number, sum(octet_length(body)) OVER in_order AS length
        FROM log WHERE position = ANY (ARRAY (SELECT position FROM chosen))
        WINDOW in_order AS (ORDER BY position)
    ) AS measured ORDER BY position";

pub(in crate::store) const VIEW: &str = "SELECT id, removed_seq,
        coalesce((SELECT max(seq) FROM log WHERE conversation = id), removed_seq) AS last_seq
    FROM conversations WHERE name = $1";

pub(in crate::store) const PERIODS: &str = "SELECT since_seq, until_seq FROM readers
    WHERE user_id = $1 AND conversation = $2 ORDER BY since";

pub(in crate::store) const READ: &str = "SELECT position, seq, stored_at, expires_at, sender, fp, bridge, lane,
        CASE WHEN number = 1 OR length <= $5 THEN body END AS body
    FROM (
        SELECT *, row_number() OVER in_order AS number, sum(octet_length(body)) OVER in_order AS length
        FROM (SELECT * FROM log WHERE conversation = $1 AND seq >= $2 AND seq <= $3 ORDER BY seq LIMIT $4) AS page
        WINDOW in_order AS (ORDER BY seq)
    ) AS measured ORDER BY seq";

pub(in crate::store) const READ_BACKWARDS: &str = "SELECT position, seq, stored_at, expires_at, sender, fp, bridge, lane,
        CASE WHEN number = 1 OR length <= $5 THEN body END AS body
    FROM (
        SELECT *, row_number() OVER in_order AS number, sum(octet_length(body)) OVER in_order AS length
        FROM (SELECT * FROM log WHERE conversation = $1 AND seq >= $2 AND seq <= $3 ORDER BY seq DESC LIMIT $4) AS page
        WINDOW in_order AS (ORDER BY seq DESC)
    ) AS measured ORDER BY seq DESC";

/// The last time that the user read each counts.
pub(in crate::store) const LIST: &str = "SELECT id, name, last AS position, coalesce(until_seq, seq, removed_seq) AS last_seq,
        seq, stored_at, expires_at, sender, fp, bridge, lane, body
    FROM (
        SELECT id, name, removed_seq, until_seq, last FROM (
            SELECT DISTINCT ON (conversation) conversation, until, until_seq FROM readers
            WHERE user_id = $1 ORDER BY conversation, since DESC
        ) AS mine, LATERAL (
            SELECT id, name, removed_seq, coalesce(mine.until,
                (SELECT max(position) FROM log WHERE log.conversation = mine.conversation), removed_position) AS last
            FROM conversations WHERE id = mine.conversation LIMIT 1
        ) AS theirs
        WHERE last < $2 ORDER BY last DESC LIMIT $3
    ) AS listed LEFT JOIN LATERAL (SELECT * FROM log WHERE log.position = last LIMIT 1) AS message ON TRUE
    ORDER BY last DESC";

/// In each time for which the user read one, the last messages are looked at.
pub(in crate::store) const UNREAD: &str = "SELECT mine.conversation, read_seq, least(sum(count), $4)::BIGINT AS count
    FROM unnest($2) AS mine (conversation), LATERAL (
        SELECT coalesce((SELECT seq FROM read_marks
            WHERE read_marks.conversation = mine.conversation AND user_id = $1), 0) AS read_seq
    ) AS mark, readers, LATERAL (
        SELECT count(*) AS count FROM (
            SELECT 1 FROM (
                SELECT sender, lane FROM log WHERE log.conversation = mine.conversation
                    AND seq >= greatest(since_seq, read_seq + 1) AND seq <= coalesce(until_seq, 9223372036854775807)
                ORDER BY seq DESC LIMIT $5
            ) AS last WHERE sender <> $1 AND lane IS DISTINCT FROM $3 LIMIT $4
        ) AS unread
    ) AS counted
    WHERE readers.user_id = $1 AND readers.conversation = mine.conversation GROUP BY mine.conversation, read_seq";

pub(in crate::store) const GROUPS: &str = "SELECT id, name, settings FROM conversations
    WHERE is_group AND NOT ended AND id > $1 ORDER BY id LIMIT $2";

pub(in crate::store) const MEMBERS: &str = "SELECT conversation, user_id, role FROM readers
    WHERE conversation = ANY ($1) AND until IS NULL AND (conversation, user_id) > ($2, $3)
    ORDER BY conversation, user_id LIMIT $4";

impl LogReads for PgConnection {
    async fn has_logs(&mut self) -> sqlx::Result<bool> {
        sqlx::query_scalar(HAS_LOGS).fetch_one(self).await
    }

    async fn load_logged(
        &mut self,
        user: &str,
        mailbox: &str,
        wanted: PageRequest,
    ) -> sqlx::Result<Page> {
        let rows = sqlx::query(LOAD)
            .bind(user.as_bytes())
            .bind(wanted.after.0)
            .bind(mailbox.as_bytes())
            .bind(wanted.rows())
            .bind(wanted.max_bytes())
            .fetch_all(self)
            .await?;
        read_page(&rows, wanted)
    }

    async fn view_log(
        &mut self,
        name: &str,
        reader: Option<&str>,
    ) -> sqlx::Result<Option<LogView>> {
        let row = sqlx::query(VIEW)
            .bind(name.as_bytes())
            .fetch_optional(&mut *self)
            .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let id = row.try_get("id")?;
        let periods = match reader {
            None => vec![(1, None)],
            Some(reader) => {
                sqlx::query_as(PERIODS)
                    .bind(reader.as_bytes())
                    .bind(id)
                    .fetch_all(self)
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
            .bind(wanted.max_bytes())
            .fetch_all(self)
            .await?;
        read_page(&rows, wanted)
    }

    async fn list_conversations(
        &mut self,
        user: &str,
        before: i64,
        limit: i64,
    ) -> sqlx::Result<Vec<Listed>> {
        let rows = sqlx::query(LIST)
            .bind(user.as_bytes())
            .bind(before)
            .bind(limit)
            .fetch_all(self)
            .await?;
        let listed = |row: &PgRow| {
            let mut message = Page::default();
            if row.try_get::<Option<i64>, _>("seq")?.is_some() {
                message.push(stored(row, row.try_get("body")?)?, times(row)?);
            }
            Ok(Listed {
                id: row.try_get("id")?,
                log: text(row, "name")?.to_owned(),
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
        let rows = sqlx::query(UNREAD)
            .bind(user.as_bytes())
            .bind(logs)
            .bind(CHANGE_LANE.as_bytes())
            .bind(MAX_UNREAD.cast_signed())
            .bind(MAX_LOOKED_AT)
            .fetch_all(self)
            .await?;
        let unread = |row: &PgRow| {
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
            .bind(i64::from(limit))
            .fetch_all(self)
            .await?;
        let group = |row: &PgRow| {
            let has_settings = row.try_get::<Option<&[u8]>, _>("settings")?.is_some();
            let settings = has_settings.then(|| text(row, "settings")).transpose()?;
            Ok(GroupRow {
                id: row.try_get("id")?,
                name: text(row, "name")?.to_owned(),
                settings: settings.map(str::to_owned),
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
        let rows = sqlx::query(MEMBERS)
            .bind(logs)
            .bind(log)
            .bind(user.as_bytes())
            .bind(i64::from(limit))
            .fetch_all(self)
            .await?;
        let member = |row: &PgRow| {
            Ok(Member {
                log: row.try_get("conversation")?,
                user: text(row, "user_id")?.to_owned(),
                role: role_of(row.try_get("role")?)?,
            })
        };
        rows.iter().map(member).collect()
    }
}

fn read_page(rows: &[PgRow], wanted: PageRequest) -> sqlx::Result<Page> {
    let mut page = Page::default();
    for row in rows {
        let Some(body) = row.try_get::<Option<&[u8]>, _>("body")? else {
            page.more = true;
            break;
        };
        if !page.has_room(wanted, body.len()) {
            break;
        }
        page.push(stored(row, body)?, times(row)?);
    }
    Ok(page)
}

fn stored(row: &PgRow, body: &[u8]) -> sqlx::Result<StoredMessage> {
    let has_lane = row.try_get::<Option<&[u8]>, _>("lane")?.is_some();
    let lane = has_lane.then(|| text(row, "lane")).transpose()?;
    let message = Envelope {
        from: text(row, "sender")?.into(),
        fp: text(row, "fp")?.into(),
        bridge: row.try_get("bridge")?,
        body: body.to_vec().into(),
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

fn times(row: &PgRow) -> sqlx::Result<Times> {
    Ok(Times {
        stored_at: row.try_get("stored_at")?,
        expires_at: row.try_get("expires_at")?,
    })
}
