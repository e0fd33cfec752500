//! What is asked of the database in SQL.

use std::sync::Arc;

use mobileim_hub::store::{Amount, Which};
use mobileim_protocol::mailbox::{Envelope, Position, StoredMessage};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};

use crate::store::durable::{
    KnownTime, Messages, NewMessage, Page, PageRequest, Pair, Removed, Times,
};

/// Takes as many numbers as there are messages, in one piece: nobody else takes any, since there is one server and
/// one transaction at a time.
const APPEND: &str = "WITH taken AS MATERIALIZED (
        SELECT setval('messages_position', nextval('messages_position') + cardinality($1) - 1)
            - cardinality($1) AS last_before
    ), inserted AS (
        INSERT INTO messages (position, receiver, sender, fp, bridge, body, bytes, expires_at, stored_at)
        SELECT last_before + number, receiver, sender, fp, bridge, body, bytes, expires_at, $8
        FROM taken, unnest($1, $2, $3, $4, $5, $6, $7) WITH ORDINALITY
            AS new (receiver, sender, fp, bridge, body, bytes, expires_at, number)
    )
    SELECT last_before FROM taken";

/// Without the bodies behind the one that fills the page.
pub(in crate::store) const LOAD: &str = "SELECT position, sender, fp, bridge, stored_at, expires_at,
        CASE WHEN number = 1 OR bytes <= $5 THEN body END AS body
    FROM (
        SELECT *, row_number() OVER in_order AS number, sum(octet_length(body)) OVER in_order AS bytes
        FROM (
            SELECT position, sender, fp, bridge, body, stored_at, expires_at FROM messages
            WHERE receiver = $1 AND position > $2 AND stored_at >= $3 ORDER BY position LIMIT $4
        ) AS page
        WINDOW in_order AS (ORDER BY position)
    ) AS measured ORDER BY position";

pub(in crate::store) const LOOK: &str = "SELECT position, sender, fp, bridge, body, stored_at, expires_at FROM messages
    WHERE receiver = $1 AND position > $2 AND stored_at >= $3 AND ($5::BYTEA IS NULL OR sender = $5) AND ($6::BYTEA IS NULL OR fp = $6)
    ORDER BY position LIMIT $4";

pub(in crate::store) const PURGE: &str = "DELETE FROM messages
    WHERE receiver = $1 AND ($2::BYTEA IS NULL OR sender = $2) AND ($3::BYTEA IS NULL OR fp = $3)
    RETURNING position, receiver, sender, fp, bytes";

pub(in crate::store) const DELETE: &str = "DELETE FROM messages WHERE position = ANY ($1) RETURNING position, receiver, sender, fp, bytes";

pub(in crate::store) const DELETE_OLD: &str = "DELETE FROM messages WHERE position = ANY (ARRAY
    (SELECT position FROM messages WHERE stored_at < $1 ORDER BY stored_at LIMIT $2)) RETURNING position, receiver, sender, fp, bytes";

pub(in crate::store) const DELETE_EXPIRED: &str = "DELETE FROM messages WHERE position = ANY (ARRAY
    (SELECT position FROM messages WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)) RETURNING position, receiver, sender, fp, bytes";

pub(in crate::store) const COUNT: &str = "SELECT amount.messages, amount.bytes
    FROM unnest($1) WITH ORDINALITY AS wanted (receiver, number), LATERAL (
        SELECT count(*) AS messages, coalesce(sum(bytes), 0)::BIGINT AS bytes FROM (
            SELECT bytes FROM messages WHERE messages.receiver = wanted.receiver LIMIT $2
        ) AS counted
    ) AS amount ORDER BY number";

pub(in crate::store) const COUNT_OF_SENDER: &str = "SELECT amount.messages, amount.bytes
    FROM unnest($1, $2) WITH ORDINALITY AS wanted (receiver, sender, number), LATERAL (
        SELECT count(*) AS messages, coalesce(sum(bytes), 0)::BIGINT AS bytes FROM (
            SELECT bytes FROM messages
            WHERE messages.receiver = wanted.receiver AND messages.sender = wanted.sender LIMIT $3
        ) AS counted
    ) AS amount ORDER BY number";

const TOTAL: &str = "SELECT messages, bytes FROM message_total";

const KNOWN_TIME: &str = "SELECT (SELECT millis FROM message_time) AS saved,
    greatest((SELECT max(stored_at) FROM messages), (SELECT stored_at FROM log ORDER BY position DESC LIMIT 1)) AS newest";

const SAVE_TIME: &str = "INSERT INTO message_time (id, millis) VALUES (1, $1)
    ON CONFLICT (id) DO UPDATE SET millis = excluded.millis";

impl Messages for PgConnection {
    async fn append(
        &mut self,
        messages: &[NewMessage<'_>],
        stored_at: i64,
    ) -> sqlx::Result<Vec<Position>> {
        let mut receivers = Vec::with_capacity(messages.len());
        let mut senders = Vec::with_capacity(messages.len());
        let mut fps = Vec::with_capacity(messages.len());
        let mut bridges = Vec::with_capacity(messages.len());
        let mut bodies = Vec::with_capacity(messages.len());
        let mut bytes = Vec::with_capacity(messages.len());
        let mut expiries = Vec::with_capacity(messages.len());
        for NewMessage {
            receiver,
            message,
            expires_at,
        } in messages
        {
            expiries.push(*expires_at);
            receivers.push(receiver.as_bytes());
            senders.push(message.from.as_bytes());
            fps.push(message.fp.as_bytes());
            bridges.push(message.bridge);
            bodies.push(&*message.body);
            bytes.push(i64::try_from(Amount::of(message).bytes).unwrap_or(i64::MAX));
        }
        let last_before: i64 = sqlx::query_scalar(APPEND)
            .bind(receivers)
            .bind(senders)
            .bind(fps)
            .bind(bridges)
            .bind(bodies)
            .bind(bytes)
            .bind(expiries)
            .bind(stored_at)
            .fetch_one(self)
            .await?;
        Ok((1..)
            .take(messages.len())
            .map(|number| Position(last_before + number))
            .collect())
    }

    async fn load(
        &mut self,
        receiver: &str,
        wanted: PageRequest,
        not_before: i64,
    ) -> sqlx::Result<Page> {
        let rows = sqlx::query(LOAD)
            .bind(receiver.as_bytes())
            .bind(wanted.after.0)
            .bind(not_before)
            .bind(wanted.rows())
            .bind(wanted.max_bytes())
            .fetch_all(self)
            .await?;
        read_page(&rows, wanted)
    }

    async fn look(
        &mut self,
        receiver: &str,
        which: &Which,
        wanted: PageRequest,
        not_before: i64,
    ) -> sqlx::Result<Page> {
        let rows = sqlx::query(LOOK)
            .bind(receiver.as_bytes())
            .bind(wanted.after.0)
            .bind(not_before)
            .bind(wanted.rows())
            .bind(which.from.as_deref().map(str::as_bytes))
            .bind(which.fp.as_deref().map(str::as_bytes))
            .fetch_all(self)
            .await?;
        read_page(&rows, wanted)
    }

    async fn purge(&mut self, receiver: &str, which: &Which) -> sqlx::Result<Vec<Removed>> {
        let rows = sqlx::query(PURGE)
            .bind(receiver.as_bytes())
            .bind(which.from.as_deref().map(str::as_bytes))
            .bind(which.fp.as_deref().map(str::as_bytes))
            .fetch_all(self)
            .await?;
        rows.iter().map(removed).collect()
    }

    async fn delete(&mut self, positions: &[i64]) -> sqlx::Result<Vec<Removed>> {
        let rows = sqlx::query(DELETE).bind(positions).fetch_all(self).await?;
        rows.iter().map(removed).collect()
    }

    async fn delete_old(&mut self, before: i64, limit: u32) -> sqlx::Result<Vec<Removed>> {
        let rows = sqlx::query(DELETE_OLD)
            .bind(before)
            .bind(i64::from(limit))
            .fetch_all(self)
            .await?;
        rows.iter().map(removed).collect()
    }

    async fn delete_expired(&mut self, now: i64, limit: u32) -> sqlx::Result<Vec<Removed>> {
        let rows = sqlx::query(DELETE_EXPIRED)
            .bind(now)
            .bind(i64::from(limit))
            .fetch_all(self)
            .await?;
        rows.iter().map(removed).collect()
    }

    async fn count(&mut self, receivers: &[Arc<str>], limit: u64) -> sqlx::Result<Vec<Amount>> {
        let receivers: Vec<_> = receivers.iter().map(|name| name.as_bytes()).collect();
        let rows = sqlx::query(COUNT)
            .bind(receivers)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(self)
            .await?;
        rows.iter().map(amount).collect()
    }

    async fn count_of_senders(&mut self, pairs: &[Pair], limit: u64) -> sqlx::Result<Vec<Amount>> {
        let receivers: Vec<_> = pairs.iter().map(|pair| pair.receiver.as_bytes()).collect();
        let senders: Vec<_> = pairs.iter().map(|pair| pair.sender.as_bytes()).collect();
        let rows = sqlx::query(COUNT_OF_SENDER)
            .bind(receivers)
            .bind(senders)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(self)
            .await?;
        rows.iter().map(amount).collect()
    }

    async fn total(&mut self) -> sqlx::Result<Amount> {
        amount(&sqlx::query(TOTAL).fetch_one(self).await?)
    }

    async fn known_time(&mut self) -> sqlx::Result<KnownTime> {
        let row = sqlx::query(KNOWN_TIME).fetch_one(self).await?;
        Ok(KnownTime {
            saved: row.try_get("saved")?,
            newest: row.try_get("newest")?,
        })
    }

    async fn save_time(&mut self, millis: i64) -> sqlx::Result<()> {
        sqlx::query(SAVE_TIME).bind(millis).execute(self).await?;
        Ok(())
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
        page.times.push(Times {
            stored_at: row.try_get("stored_at")?,
            expires_at: row.try_get("expires_at")?,
        });
        page.messages.push(StoredMessage::new(
            Position(row.try_get("position")?),
            Envelope {
                from: text(row, "sender")?.into(),
                fp: text(row, "fp")?.into(),
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

fn removed(row: &PgRow) -> sqlx::Result<Removed> {
    Ok(Removed {
        position: row.try_get("position")?,
        receiver: text(row, "receiver")?.to_owned(),
        sender: text(row, "sender")?.to_owned(),
        fp: text(row, "fp")?.to_owned(),
        bytes: row.try_get::<i64, _>("bytes")?.unsigned_abs(),
    })
}

fn amount(row: &PgRow) -> sqlx::Result<Amount> {
    Ok(Amount {
        messages: row.try_get::<i64, _>("messages")?.unsigned_abs(),
        bytes: row.try_get::<i64, _>("bytes")?.unsigned_abs(),
    })
}

pub(super) fn text<'r>(row: &'r PgRow, column: &str) -> sqlx::Result<&'r str> {
    std::str::from_utf8(row.try_get(column)?).map_err(|error| sqlx::Error::ColumnDecode {
        index: column.to_owned(),
        source: error.into(),
    })
}
