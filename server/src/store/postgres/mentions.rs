//! Which messages of logs mention whom, in SQL.

use mobileim_hub::store::{EVERYBODY, MAX_UNREAD};
use sqlx::PgConnection;

use crate::store::durable::{Mention, Mentioned, Mentions};

const MENTION: &str = "INSERT INTO mentions (conversation, user_id, seq)
    SELECT * FROM unnest($1, $2, $3)";

/// In each time for which the user read one; what mentions the user by name and as one of all counts once.
pub(in crate::store) const COUNT: &str = "SELECT mine.conversation, least(sum(count), $4)::BIGINT AS count
    FROM unnest($2) AS mine (conversation), LATERAL (
        SELECT coalesce((SELECT seq FROM read_marks
            WHERE read_marks.conversation = mine.conversation AND user_id = $1), 0) AS read_seq
    ) AS mark, readers, LATERAL (
        SELECT count(*) AS count FROM (
            (SELECT seq FROM mentions WHERE mentions.conversation = mine.conversation AND mentions.user_id = $1
                AND seq >= greatest(since_seq, read_seq + 1) AND seq <= coalesce(until_seq, 9223372036854775807)
            ORDER BY seq DESC LIMIT $4)
            UNION
            (SELECT seq FROM mentions WHERE mentions.conversation = mine.conversation AND mentions.user_id = $3
                AND seq >= greatest(since_seq, read_seq + 1) AND seq <= coalesce(until_seq, 9223372036854775807)
            ORDER BY seq DESC LIMIT $4)
        ) AS mentioned, LATERAL (
            SELECT 1 FROM log
            WHERE log.conversation = mine.conversation AND log.seq = mentioned.seq AND sender <> $1 LIMIT 1
        ) AS theirs
    ) AS counted
    WHERE readers.user_id = $1 AND readers.conversation = mine.conversation GROUP BY mine.conversation";

pub(in crate::store) const FORGET: &str =
    "DELETE FROM mentions WHERE conversation = $1 AND seq <= $2";

impl Mentions for PgConnection {
    async fn mention(&mut self, mentions: &[Mention]) -> sqlx::Result<()> {
        let logs: Vec<_> = mentions.iter().map(|mention| mention.log).collect();
        let users = mentions.iter().map(|mention| mention.user.as_bytes());
        let seqs: Vec<_> = mentions.iter().map(|mention| mention.seq).collect();
        sqlx::query(MENTION)
            .bind(logs)
            .bind(users.collect::<Vec<_>>())
            .bind(seqs)
            .execute(self)
            .await?;
        Ok(())
    }

    async fn count_mentions(&mut self, user: &str, logs: &[i64]) -> sqlx::Result<Vec<Mentioned>> {
        let counts: Vec<(i64, i64)> = sqlx::query_as(COUNT)
            .bind(user.as_bytes())
            .bind(logs)
            .bind(EVERYBODY.as_bytes())
            .bind(MAX_UNREAD.cast_signed())
            .fetch_all(self)
            .await?;
        let counts = counts.into_iter();
        Ok(counts
            .map(|(log, count)| Mentioned { log, count })
            .collect())
    }

    async fn forget_mentions(&mut self, log: i64, through: i64) -> sqlx::Result<()> {
        let forget = sqlx::query(FORGET).bind(log).bind(through);
        forget.execute(self).await?;
        Ok(())
    }
}
