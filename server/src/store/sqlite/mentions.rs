//! Which messages of logs mention whom, in SQL.

use mobileim_hub::store::{EVERYBODY, MAX_UNREAD};

use crate::database::sqlite::File;
use crate::store::durable::{Mention, Mentioned, Mentions};

const MENTION: &str = "INSERT INTO mentions (conversation, user, seq) VALUES (?, ?, ?)";

/// In each time for which the user read one; what mentions the user by name and as one of all counts once.
pub(in crate::store) const COUNT: &str = "SELECT conversation, min(sum(count), ?4) AS count FROM (
        SELECT mine.conversation, (
            SELECT count(*) FROM (
                SELECT seq FROM (
                    SELECT seq FROM mentions WHERE mentions.conversation = mine.conversation AND mentions.user = ?1
                        AND seq >= max(readers.since_seq, read_seq + 1)
                        AND seq <= coalesce(readers.until_seq, 9223372036854775807)
                    ORDER BY seq DESC LIMIT ?4
                ) UNION SELECT seq FROM (
                    SELECT seq FROM mentions WHERE mentions.conversation = mine.conversation AND mentions.user = ?3
                        AND seq >= max(readers.since_seq, read_seq + 1)
                        AND seq <= coalesce(readers.until_seq, 9223372036854775807)
                    ORDER BY seq DESC LIMIT ?4
                )
            ) AS mentioned CROSS JOIN log
            ON log.conversation = mine.conversation AND log.seq = mentioned.seq AND sender <> ?1
        ) AS count
        FROM (
            SELECT value AS conversation, coalesce(
                (SELECT seq FROM read_marks WHERE read_marks.conversation = value AND user = ?1), 0) AS read_seq
            FROM json_each(?2)
        ) AS mine CROSS JOIN readers ON user = ?1 AND readers.conversation = mine.conversation
    ) GROUP BY conversation";

pub(in crate::store) const FORGET: &str =
    "DELETE FROM mentions WHERE conversation = ? AND seq <= ?";

impl Mentions for File {
    async fn mention(&mut self, mentions: &[Mention]) -> sqlx::Result<()> {
        for Mention { log, seq, user } in mentions {
            let insert = sqlx::query(MENTION).bind(*log).bind(user).bind(*seq);
            insert.execute(&mut self.connection).await?;
        }
        Ok(())
    }

    async fn count_mentions(&mut self, user: &str, logs: &[i64]) -> sqlx::Result<Vec<Mentioned>> {
        let logs = serde_json::to_string(logs).expect("numbers are JSON");
        let counts: Vec<(i64, i64)> = sqlx::query_as(COUNT)
            .bind(user)
            .bind(logs)
            .bind(EVERYBODY)
            .bind(MAX_UNREAD.cast_signed())
            .fetch_all(&mut self.connection)
            .await?;
        let counts = counts.into_iter();
        Ok(counts
            .map(|(log, count)| Mentioned { log, count })
            .collect())
    }

    async fn forget_mentions(&mut self, log: i64, through: i64) -> sqlx::Result<()> {
        let forget = sqlx::query(FORGET).bind(log).bind(through);
        forget.execute(&mut self.connection).await?;
        Ok(())
    }
}
