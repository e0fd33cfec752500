//! Devices in the file, in SQL.

use mobileim_hub::RegisteredDevice;
use sqlx::Row as _;

use crate::database::sqlite::File;
use crate::store::durable::DeviceTable;

const READ: &str = "SELECT user, number, id, platform, since, seen, missed_since FROM devices
    WHERE (user, number) > (?, ?) ORDER BY user, number LIMIT ?";

const PUT: &str = "INSERT INTO devices (user, number, id, platform, since, seen, missed_since) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (user, number) DO UPDATE SET id = excluded.id, platform = excluded.platform, since = excluded.since,
        seen = excluded.seen, missed_since = excluded.missed_since";

const REMOVE: &str = "DELETE FROM devices WHERE user = ? AND number = ?";

impl DeviceTable for File {
    async fn read_devices(
        &mut self,
        (user, number): (&str, i32),
        limit: u32,
    ) -> sqlx::Result<Vec<RegisteredDevice>> {
        let rows = sqlx::query(READ)
            .bind(user)
            .bind(number)
            .bind(limit)
            .fetch_all(&mut self.connection)
            .await?;
        let device = |row: sqlx::sqlite::SqliteRow| {
            Ok(RegisteredDevice {
                user: row.try_get::<String, _>(0)?.into(),
                number: row.try_get(1)?,
                id: row.try_get::<String, _>(2)?.into(),
                platform: row.try_get::<String, _>(3)?.into(),
                since: row.try_get(4)?,
                seen: row.try_get(5)?,
                missed_since: row.try_get(6)?,
            })
        };
        rows.into_iter().map(device).collect()
    }

    async fn put_device(&mut self, device: &RegisteredDevice) -> sqlx::Result<()> {
        sqlx::query(PUT)
            .bind(&*device.user)
            .bind(device.number)
            .bind(&*device.id)
            .bind(&*device.platform)
            .bind(device.since)
            .bind(device.seen)
            .bind(device.missed_since)
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }

    async fn remove_device(&mut self, user: &str, number: u16) -> sqlx::Result<()> {
        sqlx::query(REMOVE)
            .bind(user)
            .bind(number)
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }
}
