//! Who waits for stored messages to be read.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::age::Now;
use super::batch::Answer;
use super::cursors::Cursors;
use super::logs::Logs;
use super::messages::{Messages, PageRequest};
use mobileim_hub::store::{Completion, owner_of_log};
use mobileim_hub::user_of;

/// Somebody's messages are to be read.
#[derive(Debug)]
pub(super) struct Read {
    user: Arc<str>,
    wanted: PageRequest,
}

/// Reads in the order they were asked for, less those that nobody waits for any more.
#[derive(Debug, Default)]
pub(super) struct Reads {
    waiting: BTreeMap<u64, Read>,
    /// Each user's last one.
    of_users: HashMap<Arc<str>, u64>,
    last_number: u64,
}

impl Reads {
    pub(super) fn push(&mut self, user: Arc<str>, wanted: PageRequest) {
        self.last_number += 1;
        self.of_users.insert(Arc::clone(&user), self.last_number);
        self.waiting.insert(self.last_number, Read { user, wanted });
    }

    pub(super) fn pop(&mut self) -> Option<Read> {
        let (number, read) = self.waiting.pop_first()?;
        if self.of_users.get(&read.user) == Some(&number) {
            self.of_users.remove(&read.user);
        }
        Some(read)
    }

    /// A user's session has ended: takes out the read that was for it, if its turn has not come.
    pub(super) fn cancel(&mut self, user: &str) -> Option<Read> {
        let number = self.of_users.remove(user)?;
        self.waiting.remove(&number)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

impl Read {
    pub(super) async fn load<C: Messages>(
        &self,
        connection: &mut C,
        logs: &mut Logs,
        cursors: &Cursors,
        not_before: i64,
        now: Now,
    ) -> sqlx::Result<Answer> {
        let Self { user, wanted } = self;
        let mut page = connection.load(user, *wanted, not_before).await?;
        if owner_of_log(user).is_none() && logs.are_there(connection).await? {
            let after = cursors.behind(user, wanted.after);
            let behind = PageRequest { after, ..*wanted };
            let logged = connection.load_logged(user_of(user), user, behind).await?;
            page = page.merged(logged, *wanted);
        }
        let completion = Completion::Loaded {
            more: page.more,
            messages: page.stored(now),
        };
        Ok((Arc::clone(&self.user), completion))
    }

    pub(super) fn refusal(&self) -> Answer {
        (Arc::clone(&self.user), Completion::NotLoaded)
    }
}

#[cfg(test)]
mod tests {
    use mobileim_protocol::mailbox::Position;

    use super::*;

    const WINDOW: PageRequest = PageRequest {
        after: Position::START,
        limit: 1,
        max_bytes: 1,
    };

    #[test]
    fn what_nobody_waits_for_has_no_turn_and_leaves_nothing_behind() {
        let mut reads = Reads::default();
        for _ in 0..1000 {
            reads.push("mallory".into(), WINDOW);
            assert!(reads.cancel("mallory").is_some());
            assert!(reads.cancel("mallory").is_none());
        }
        reads.push("bob".into(), WINDOW);
        assert_eq!(&*reads.pop().expect("bob waits").user, "bob");
        assert!(reads.is_empty() && reads.of_users.is_empty());
    }

    #[test]
    fn whoever_asked_first_is_first() {
        let mut reads = Reads::default();
        for user in ["alice", "bob", "carol"] {
            reads.push(user.into(), WINDOW);
        }
        reads.cancel("bob");
        reads.push("bob".into(), WINDOW);
        let order = std::iter::from_fn(|| reads.pop()).map(|read| read.user.to_string());
        assert_eq!(order.collect::<Vec<_>>(), ["alice", "carol", "bob"]);
    }
}
