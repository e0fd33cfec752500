//! What is asked of the file in SQL.

use std::sync::Arc;

use futures_util::TryStreamExt;
use mobileim_protocol::mailbox::{Envelope, Position, StoredMessage};
use sqlx::{Row, SqliteConnection};

use crate::store::durable::{Connection, NewMessage, Page, Window};

pub(in crate::store) const APPEND: &str =
    "INSERT INTO messages (receiver, sender, fp, bridge, body, stored_at)
    VALUES (?, ?, ?, ?, ?, ?)";

pub(in crate::store) const LOAD: &str = "SELECT position, sender, fp, bridge, body FROM messages
    WHERE receiver = ? AND position > ? AND stored_at >= ? ORDER BY position LIMIT ?";

pub(in crate::store) const DELETE: &str =
    "DELETE FROM messages WHERE position IN (SELECT value FROM json_each(?)) RETURNING receiver";

pub(in crate::store) const DELETE_EXPIRED: &str = "DELETE FROM messages WHERE position IN
    (SELECT position FROM messages WHERE stored_at < ? ORDER BY stored_at LIMIT ?) RETURNING receiver";

pub(in crate::store) const COUNT: &str =
    "SELECT count(*) FROM (SELECT 1 FROM messages WHERE receiver = ? LIMIT ?)";

impl Connection for SqliteConnection {
    const READS_MAY_FAIL: bool = true;

    async fn begin(&mut self) -> sqlx::Result<()> {
        sqlx::query("BEGIN IMMEDIATE").execute(self).await?;
        Ok(())
    }

    async fn commit(&mut self) -> sqlx::Result<()> {
        sqlx::query("COMMIT").execute(self).await?;
        Ok(())
    }

    async fn append(
        &mut self,
        messages: &[NewMessage<'_>],
        stored_at: i64,
    ) -> sqlx::Result<Vec<Position>> {
        let mut positions = Vec::with_capacity(messages.len());
        for NewMessage { receiver, message } in messages {
            let inserted = sqlx::query(APPEND)
                .bind(*receiver)
                .bind(&*message.from)
                .bind(&*message.fp)
                .bind(message.bridge)
                .bind(&*message.body)
                .bind(stored_at)
                .execute(&mut *self)
                .await?;
            positions.push(Position(inserted.last_insert_rowid()));
        }
        Ok(positions)
    }

    async fn load(
        &mut self,
        receiver: &str,
        window: Window,
        not_before: i64,
    ) -> sqlx::Result<Page> {
        let mut rows = sqlx::query(LOAD)
            .bind(receiver)
            .bind(window.after.0)
            .bind(not_before)
            .bind(window.rows())
            .fetch(self);
        let mut page = Page::default();
        while let Some(row) = rows.try_next().await? {
            let body: &[u8] = row.try_get("body")?;
            if !page.has_room(window, body.len()) {
                break;
            }
            page.messages.push(StoredMessage {
                position: Position(row.try_get("position")?),
                message: Envelope {
                    from: Arc::from(row.try_get::<&str, _>("sender")?),
                    fp: Arc::from(row.try_get::<&str, _>("fp")?),
                    bridge: row.try_get("bridge")?,
                    body: body.to_vec().into(),
                },
            });
        }
        Ok(page)
    }

    async fn delete(&mut self, positions: &[i64]) -> sqlx::Result<Vec<String>> {
        let list = serde_json::to_string(positions).expect("numbers are JSON");
        sqlx::query_scalar(DELETE).bind(list).fetch_all(self).await
    }

    async fn delete_expired(&mut self, before: i64, limit: u32) -> sqlx::Result<Vec<String>> {
        sqlx::query_scalar(DELETE_EXPIRED)
            .bind(before)
            .bind(limit)
            .fetch_all(self)
            .await
    }

    async fn count(&mut self, receivers: &[Arc<str>], limit: u64) -> sqlx::Result<Vec<u64>> {
        let mut counts = Vec::with_capacity(receivers.len());
        for receiver in receivers {
            let count: i64 = sqlx::query_scalar(COUNT)
                .bind(&**receiver)
                .bind(i64::try_from(limit).unwrap_or(i64::MAX))
                .fetch_one(&mut *self)
                .await?;
            counts.push(count.unsigned_abs());
        }
        Ok(counts)
    }

    async fn close(self) {
        // What was committed stays, whatever it says.
        let _ = sqlx::Connection::close(self).await;
    }
}
