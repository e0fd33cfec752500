//! When users were online last, in the database, in SQL.

use std::sync::Arc;

use mobileim_hub::store::Seen;
use sqlx::PgConnection;

use crate::store::durable::LastSeenTable;

const PUT: &str =
    "INSERT INTO last_seen (user_id, at) SELECT * FROM unnest($1::bytea[], $2::bigint[])
    ON CONFLICT (user_id) DO UPDATE SET at = greatest(last_seen.at, excluded.at)";

const READ: &str = "SELECT user_id, at FROM last_seen WHERE user_id = ANY($1)";

impl LastSeenTable for PgConnection {
    async fn put_seen(&mut self, seen: &[Seen]) -> sqlx::Result<()> {
        let users: Vec<&[u8]> = seen.iter().map(|seen| seen.user.as_bytes()).collect();
        let times: Vec<i64> = seen.iter().map(|seen| seen.at).collect();
        sqlx::query(PUT)
            .bind(users)
            .bind(times)
            .execute(&mut *self)
            .await?;
        Ok(())
    }

    async fn read_seen(&mut self, users: &[Arc<str>]) -> sqlx::Result<Vec<Seen>> {
        let names: Vec<&[u8]> = users.iter().map(|user| user.as_bytes()).collect();
        let rows: Vec<(Vec<u8>, i64)> = sqlx::query_as(READ)
            .bind(names)
            .fetch_all(&mut *self)
            .await?;
        let seen = rows.into_iter().map(|(user, at)| {
            let user = String::from_utf8(user).map_err(sqlx::Error::decode)?;
            let user = user.into();
            Ok(Seen { user, at })
        });
        seen.collect()
    }
}
