//! Revocations in the database, in SQL.

use sqlx::{PgConnection, Row as _};

use crate::revocations::{Revocation, Times};
use crate::store::durable::RevocationTable;

const READ: &str = "SELECT user_id, issued_before, since FROM revocations
    WHERE user_id > $1 ORDER BY user_id LIMIT $2";

const PUT: &str = "INSERT INTO revocations (user_id, issued_before, since) VALUES ($1, $2, $3)
    ON CONFLICT (user_id) DO UPDATE SET issued_before = excluded.issued_before, since = excluded.since";

const REMOVE: &str = "DELETE FROM revocations WHERE user_id = $1";

const REMOVE_OLD: &str = "DELETE FROM revocations WHERE user_id = ANY (ARRAY
    (SELECT user_id FROM revocations WHERE since < $1 ORDER BY since LIMIT $2))";

impl RevocationTable for PgConnection {
    async fn read_revocations(&mut self, after: &str, limit: u32) -> sqlx::Result<Vec<Revocation>> {
        let rows = sqlx::query(READ)
            .bind(after.as_bytes())
            .bind(i64::from(limit))
            .fetch_all(&mut *self)
            .await?;
        let revocation = |row: sqlx::postgres::PgRow| {
            let user = String::from_utf8(row.try_get(0)?);
            Ok(Revocation {
                user: user.map_err(sqlx::Error::decode)?.into(),
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
            .bind(user.as_bytes())
            .bind(times.before)
            .bind(times.since)
            .execute(&mut *self)
            .await?;
        Ok(())
    }

    async fn remove_revocation(&mut self, user: &str) -> sqlx::Result<()> {
        sqlx::query(REMOVE)
            .bind(user.as_bytes())
            .execute(&mut *self)
            .await?;
        Ok(())
    }

    async fn remove_old_revocations(&mut self, since: i64, limit: u32) -> sqlx::Result<()> {
        sqlx::query(REMOVE_OLD)
            .bind(since)
            .bind(i64::from(limit))
            .execute(&mut *self)
            .await?;
        Ok(())
    }
}
