//! When users were online last, in the file, in SQL.

use std::sync::Arc;

use crate::database::sqlite::File;
use crate::store::durable::LastSeenTable;
use mobileim_hub::store::Seen;

const PUT: &str = "INSERT INTO last_seen (user, at) VALUES (?, ?)
    ON CONFLICT (user) DO UPDATE SET at = max(at, excluded.at)";

const READ: &str = "SELECT at FROM last_seen WHERE user = ?";

impl LastSeenTable for File {
    async fn put_seen(&mut self, seen: &[Seen]) -> sqlx::Result<()> {
        for Seen { user, at } in seen {
            sqlx::query(PUT)
                .bind(&**user)
                .bind(at)
                .execute(&mut self.connection)
                .await?;
        }
        Ok(())
    }

    async fn read_seen(&mut self, users: &[Arc<str>]) -> sqlx::Result<Vec<Seen>> {
        let mut seen = Vec::new();
        for user in users {
            let at = sqlx::query_scalar(READ)
                .bind(&**user)
                .fetch_optional(&mut self.connection)
                .await?;
            seen.extend(at.map(|at| Seen {
                user: Arc::clone(user),
                at,
            }));
        }
        Ok(seen)
    }
}
