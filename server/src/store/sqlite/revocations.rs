//! Revocations in the file, in SQL.

use sqlx::Row as _;

use crate::database::sqlite::File;
use crate::revocations::{Revocation, Times};
use crate::store::durable::RevocationTable;

const READ: &str =
    "SELECT user, issued_before, since FROM revocations WHERE user > ? ORDER BY user LIMIT ?";

const PUT: &str = "INSERT INTO revocations (user, issued_before, since) VALUES (?, ?, ?)
    ON CONFLICT (user) DO UPDATE SET issued_before = excluded.issued_before, since = excluded.since";

const REMOVE: &str = "DELETE FROM revocations WHERE user = ?";

const REMOVE_OLD: &str = "DELETE FROM revocations WHERE user IN
    (SELECT user FROM revocations WHERE since < ? ORDER BY since LIMIT ?)";

impl RevocationTable for File {
    async fn read_revocations(&mut self, after: &str, limit: u32) -> sqlx::Result<Vec<Revocation>> {
        let rows = sqlx::query(READ)
            .bind(after)
            .bind(limit)
            .fetch_all(&mut self.connection)
            .await?;
        let revocation = |row: sqlx::sqlite::SqliteRow| {
            Ok(Revocation {
                user: row.try_get::<String, _>(0)?.into(),
                times: Times {
                    before: row.try_get(1)?,
                    since: row.try_get(2)?,
                },
            })
        };
        rows.into_iter().map(revocation).collect()
    }

    async fn put_revocation(&mut self, revocation: &Revocation) -> sqlx::Result<()> {
        let Revocation { user, times } = revocation;
        sqlx::query(PUT)
            .bind(&**user)
            .bind(times.before)
            .bind(times.since)
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }

    async fn remove_revocation(&mut self, user: &str) -> sqlx::Result<()> {
        sqlx::query(REMOVE)
            .bind(user)
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }

    async fn remove_old_revocations(&mut self, since: i64, limit: u32) -> sqlx::Result<()> {
        sqlx::query(REMOVE_OLD)
            .bind(since)
            .bind(limit)
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }
}
