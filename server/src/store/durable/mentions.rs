//! Which messages of logs mention whom: kept beside them, to count what a user has not read without a look at what it says.

use std::collections::HashMap;

use mobileim_hub::Refs;
use mobileim_hub::store::EVERYBODY;
use mobileim_protocol::mailbox::Envelope;

use super::log_tables::Unread;

/// What a database must do to keep it.
pub(in crate::store) trait Mentions: Send {
    /// Keeps these, none of which is there.
    fn mention(&mut self, mentions: &[Mention]) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Of each of these logs, how many messages of others mention a user that the user may read and has not; those of which there are some, up
    /// to [`MAX_UNREAD`](mobileim_hub::store::MAX_UNREAD).
    fn count_mentions(
        &mut self,
        user: &str,
        logs: &[i64],
    ) -> impl Future<Output = sqlx::Result<Vec<Mentioned>>> + Send;

    /// Forgets those of a log's messages up to this number.
    fn forget_mentions(
        &mut self,
        log: i64,
        through: i64,
    ) -> impl Future<Output = sqlx::Result<()>> + Send;
}

/// A message that mentions somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) struct Mention {
    pub(in crate::store) log: i64,
    pub(in crate::store) seq: i64,
    /// [`EVERYBODY`], if it is all who read it.
    pub(in crate::store) user: String,
}

/// How many messages of a log mention somebody.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct Mentioned {
    pub(in crate::store) log: i64,
    pub(in crate::store) count: i64,
}

impl Mention {
    /// All that a message with this number says.
    pub(super) fn all_of(log: i64, seq: i64, message: &Envelope) -> impl Iterator<Item = Self> {
        let refs = Refs::of(&message.body).unwrap_or_default();
        let everybody = refs.mentions_all.then(|| EVERYBODY.to_owned());
        let users = refs.mentions.into_iter().chain(everybody);
        users.map(move |user| Self { log, seq, user })
    }
}

/// How many of these unread messages mention the user, by log. Nothing is asked of logs in which nothing is unread.
pub(super) async fn among_unread(
    connection: &mut impl Mentions,
    user: &str,
    unread: &[Unread],
) -> sqlx::Result<HashMap<i64, u64>> {
    let logs = unread.iter().filter(|of| of.count > 0);
    let logs: Vec<_> = logs.map(|of| of.log).collect();
    if logs.is_empty() {
        return Ok(HashMap::new());
    }
    let counted = connection.count_mentions(user, &logs).await?;
    let counts = counted.into_iter();
    Ok(counts.map(|of| (of.log, of.count.unsigned_abs())).collect())
}
