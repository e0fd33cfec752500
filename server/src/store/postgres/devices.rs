//! Devices in the database, in SQL.

use std::sync::Arc;

use mobileim_hub::RegisteredDevice;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row as _};

use crate::store::durable::DeviceTable;

const READ: &str = "SELECT user_id, number, id, platform, since, seen, missed_since FROM devices
    WHERE (user_id, number) > ($1, $2) ORDER BY user_id, number LIMIT $3";

const PUT: &str = "INSERT INTO devices (user_id, number, id, platform, since, seen, missed_since)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (user_id, number) DO UPDATE SET id = excluded.id, platform = excluded.platform, since = excluded.since,
        seen = excluded.seen, missed_since = excluded.missed_since";

const REMOVE: &str = "DELETE FROM devices WHERE user_id = $1 AND number = $2";

impl DeviceTable for PgConnection {
    async fn read_devices(
        &mut self,
        (user, number): (&str, i32),
        limit: u32,
    ) -> sqlx::Result<Vec<RegisteredDevice>> {
        let rows = sqlx::query(READ)
            .bind(user.as_bytes())
            .bind(number)
            .bind(i64::from(limit))
            .fetch_all(&mut *self)
            .await?;
        rows.iter().map(device).collect()
    }

    async fn put_device(&mut self, device: &RegisteredDevice) -> sqlx::Result<()> {
        sqlx::query(PUT)
            .bind(device.user.as_bytes())
            .bind(i32::from(device.number))
            .bind(device.id.as_bytes())
            .bind(device.platform.as_bytes())
            .bind(device.since)
            .bind(device.seen)
            .bind(device.missed_since)
            .execute(&mut *self)
            .await?;
        Ok(())
    }

    async fn remove_device(&mut self, user: &str, number: u16) -> sqlx::Result<()> {
        sqlx::query(REMOVE)
            .bind(user.as_bytes())
            .bind(i32::from(number))
            .execute(&mut *self)
            .await?;
        Ok(())
    }
}

fn device(row: &PgRow) -> sqlx::Result<RegisteredDevice> {
    let text = |column: usize| -> sqlx::Result<Arc<str>> {
        let text = String::from_utf8(row.try_get(column)?);
        Ok(text.map_err(sqlx::Error::decode)?.into())
    };
    let number = row.try_get::<i32, _>(1)?;
    Ok(RegisteredDevice {
        user: text(0)?,
        number: u16::try_from(number).map_err(sqlx::Error::decode)?,
        id: text(2)?,
        platform: text(3)?,
        since: row.try_get(4)?,
        seen: row.try_get(5)?,
        missed_since: row.try_get(6)?,
    })
}
