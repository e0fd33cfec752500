//! What is asked of the file in SQL.

use std::sync::Arc;

use futures_util::{Stream, TryStreamExt as _};
use mobileim_hub::store::{Amount, Which};
use mobileim_protocol::mailbox::{Envelope, Position, StoredMessage};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::database::sqlite::File;
use crate::store::durable::{
    KnownTime, Messages, NewMessage, Page, PageRequest, Pair, Removed, Times,
};

const APPEND: &str = "INSERT INTO messages (position, receiver, sender, fp, bridge, body, stored_at, bytes, expires_at) VALUES ";
const ROW: &str = "(?, ?, ?, ?, ?, ?, ?, ?, ?)";

/// How many messages are stored by one statement: what a statement costs by itself is most of it if messages
/// are short. Few sizes, since each is prepared once.
const ROWS: [usize; 4] = [128, 32, 8, 1];

pub(in crate::store) const LOAD: &str =
    "SELECT position, sender, fp, bridge, body, stored_at, expires_at FROM messages
    WHERE receiver = ? AND position > ? AND stored_at >= ? ORDER BY position LIMIT ?";

pub(in crate::store) const LOOK: &str = "SELECT position, sender, fp, bridge, body, stored_at, expires_at FROM messages
    WHERE receiver = ?1 AND position > ?2 AND stored_at >= ?3 AND (?5 IS NULL OR sender = ?5) AND (?6 IS NULL OR fp = ?6)
    ORDER BY position LIMIT ?4";

pub(in crate::store) const PURGE: &str = "DELETE FROM messages
    WHERE receiver = ?1 AND (?2 IS NULL OR sender = ?2) AND (?3 IS NULL OR fp = ?3) RETURNING position, receiver, sender, fp, bytes";

pub(in crate::store) const DELETE: &str = "DELETE FROM messages WHERE position IN (SELECT value FROM json_each(?)) RETURNING position, receiver, sender, fp, bytes";

pub(in crate::store) const DELETE_OLD: &str = "DELETE FROM messages WHERE position IN
    (SELECT position FROM messages WHERE stored_at < ? ORDER BY stored_at LIMIT ?) RETURNING position, receiver, sender, fp, bytes";

pub(in crate::store) const DELETE_EXPIRED: &str = "DELETE FROM messages WHERE position IN
    (SELECT position FROM messages WHERE expires_at <= ? ORDER BY expires_at LIMIT ?) RETURNING position, receiver, sender, fp, bytes";

pub(in crate::store) const COUNT: &str =
    "SELECT count(*) AS messages, coalesce(sum(bytes), 0) AS bytes FROM
    (SELECT bytes FROM messages WHERE receiver = ? LIMIT ?)";

pub(in crate::store) const COUNT_OF_SENDER: &str =
    "SELECT count(*) AS messages, coalesce(sum(bytes), 0) AS bytes FROM
    (SELECT bytes FROM messages WHERE receiver = ? AND sender = ? LIMIT ?)";

const TOTAL: &str = "SELECT messages, bytes FROM message_total";

/// The newest message is the last one of a log, or one that waits.
const KNOWN_TIME: &str = "SELECT (SELECT millis FROM message_time) AS saved, (
        SELECT max(stored_at) FROM (
            SELECT max(stored_at) AS stored_at FROM messages
            UNION ALL SELECT * FROM (SELECT stored_at FROM log ORDER BY position DESC LIMIT 1)
        )
    ) AS newest";

const SAVE_TIME: &str = "INSERT INTO message_time (id, millis) VALUES (1, ?)
    ON CONFLICT (id) DO UPDATE SET millis = excluded.millis";

impl File {
    /// Stores as many messages as a statement takes; says how many.
    async fn append_some(
        &mut self,
        messages: &[NewMessage<'_>],
        stored_at: i64,
    ) -> sqlx::Result<usize> {
        let rows = ROWS.into_iter().find(|rows| *rows <= messages.len());
        let rows = rows.unwrap_or(0);
        let statement = format!("{APPEND}{}", [ROW].repeat(rows).join(", "));
        let mut insert = sqlx::query(&statement);
        for NewMessage {
            receiver,
            message,
            expires_at,
        } in &messages[..rows]
        {
            self.last_position += 1;
            insert = insert
                .bind(self.last_position)
                .bind(*receiver)
                .bind(&*message.from)
                .bind(&*message.fp)
                .bind(message.bridge)
                .bind(&*message.body)
                .bind(stored_at)
                .bind(i64::try_from(Amount::of(message).bytes).unwrap_or(i64::MAX))
                .bind(*expires_at);
        }
        insert.execute(&mut self.connection).await?;
        Ok(rows)
    }
}

impl Messages for File {
    async fn append(
        &mut self,
        messages: &[NewMessage<'_>],
        stored_at: i64,
    ) -> sqlx::Result<Vec<Position>> {
        let before = self.last_position;
        let mut left = messages;
        while !left.is_empty() {
            let stored = self.append_some(left, stored_at).await?;
            left = &left[stored..];
        }
        Ok((before + 1..=self.last_position).map(Position).collect())
    }

    async fn load(
        &mut self,
        receiver: &str,
        wanted: PageRequest,
        not_before: i64,
    ) -> sqlx::Result<Page> {
        let rows = sqlx::query(LOAD)
            .bind(receiver)
            .bind(wanted.after.0)
            .bind(not_before)
            .bind(wanted.rows())
            .fetch(&mut self.connection);
        read_page(rows, wanted).await
    }

    async fn look(
        &mut self,
        receiver: &str,
        which: &Which,
        wanted: PageRequest,
        not_before: i64,
    ) -> sqlx::Result<Page> {
        let rows = sqlx::query(LOOK)
            .bind(receiver)
            .bind(wanted.after.0)
            .bind(not_before)
            .bind(wanted.rows())
            .bind(which.from.as_deref())
            .bind(which.fp.as_deref())
            .fetch(&mut self.connection);
        read_page(rows, wanted).await
    }

    async fn purge(&mut self, receiver: &str, which: &Which) -> sqlx::Result<Vec<Removed>> {
        let rows = sqlx::query(PURGE)
            .bind(receiver)
            .bind(which.from.as_deref())
            .bind(which.fp.as_deref())
            .fetch_all(&mut self.connection)
            .await?;
        rows.iter().map(removed).collect()
    }

    async fn delete(&mut self, positions: &[i64]) -> sqlx::Result<Vec<Removed>> {
        let list = serde_json::to_string(positions).expect("numbers are JSON");
        let rows = sqlx::query(DELETE)
            .bind(list)
            .fetch_all(&mut self.connection)
            .await?;
        rows.iter().map(removed).collect()
    }

    async fn delete_old(&mut self, before: i64, limit: u32) -> sqlx::Result<Vec<Removed>> {
        let rows = sqlx::query(DELETE_OLD)
            .bind(before)
            .bind(limit)
            .fetch_all(&mut self.connection)
            .await?;
        rows.iter().map(removed).collect()
    }

    async fn delete_expired(&mut self, now: i64, limit: u32) -> sqlx::Result<Vec<Removed>> {
        let rows = sqlx::query(DELETE_EXPIRED)
            .bind(now)
            .bind(limit)
            .fetch_all(&mut self.connection)
            .await?;
        rows.iter().map(removed).collect()
    }

    async fn count(&mut self, receivers: &[Arc<str>], limit: u64) -> sqlx::Result<Vec<Amount>> {
        let mut counts = Vec::with_capacity(receivers.len());
        for receiver in receivers {
            let row = sqlx::query(COUNT)
                .bind(&**receiver)
                .bind(i64::try_from(limit).unwrap_or(i64::MAX))
                .fetch_one(&mut self.connection)
                .await?;
            counts.push(amount(&row)?);
        }
        Ok(counts)
    }

    async fn count_of_senders(&mut self, pairs: &[Pair], limit: u64) -> sqlx::Result<Vec<Amount>> {
        let mut counts = Vec::with_capacity(pairs.len());
        for Pair { receiver, sender } in pairs {
            let row = sqlx::query(COUNT_OF_SENDER)
                .bind(&**receiver)
                .bind(&**sender)
                .bind(i64::try_from(limit).unwrap_or(i64::MAX))
                .fetch_one(&mut self.connection)
                .await?;
            counts.push(amount(&row)?);
        }
        Ok(counts)
    }

    async fn total(&mut self) -> sqlx::Result<Amount> {
        let row = sqlx::query(TOTAL).fetch_one(&mut self.connection).await?;
        amount(&row)
    }

    async fn known_time(&mut self) -> sqlx::Result<KnownTime> {
        let row = sqlx::query(KNOWN_TIME)
            .fetch_one(&mut self.connection)
            .await?;
        Ok(KnownTime {
            saved: row.try_get("saved")?,
            newest: row.try_get("newest")?,
        })
    }

    async fn save_time(&mut self, millis: i64) -> sqlx::Result<()> {
        sqlx::query(SAVE_TIME)
            .bind(millis)
            .execute(&mut self.connection)
            .await?;
        Ok(())
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
        page.times.push(Times {
            stored_at: row.try_get("stored_at")?,
            expires_at: row.try_get("expires_at")?,
        });
        page.messages.push(StoredMessage::new(
            Position(row.try_get("position")?),
            Envelope {
                from: Arc::from(row.try_get::<&str, _>("sender")?),
                fp: Arc::from(row.try_get::<&str, _>("fp")?),
                bridge: row.try_get("bridge")?,
                body: body.to_vec().into(),
                expires_at: None,
                on_behalf: false,
                lane: None,
                change: None,
            },
        ));
    }
    Ok(page)
}

fn removed(row: &SqliteRow) -> sqlx::Result<Removed> {
    Ok(Removed {
        position: row.try_get("position")?,
        receiver: row.try_get("receiver")?,
        sender: row.try_get("sender")?,
        fp: row.try_get("fp")?,
        bytes: row.try_get::<i64, _>("bytes")?.unsigned_abs(),
    })
}

fn amount(row: &SqliteRow) -> sqlx::Result<Amount> {
    Ok(Amount {
        messages: row.try_get::<i64, _>("messages")?.unsigned_abs(),
        bytes: row.try_get::<i64, _>("bytes")?.unsigned_abs(),
    })
}
