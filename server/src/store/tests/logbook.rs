//! What tests of conversations' logs have in common.

use std::sync::Arc;

use mobileim_hub::store::{
    Conversation, LogPage, LogPart, LoggedMessage, ReadMark, log_of_group, log_of_pair,
};
use mobileim_protocol::mailbox::{
    Change, Envelope, Place as Stands, Position, Role, StoreFailure, StoredMessage,
};

use super::message;
use super::place::{Opened, Place, TestClock, answer};
use crate::store::{Completion, Request, when_free};

pub(super) const TEAM: &str = "#team";

pub(super) fn team() -> Arc<str> {
    log_of_group(TEAM)
}

pub(super) fn pair() -> Arc<str> {
    log_of_pair("alice", "bob")
}

/// A message that lets these join, as members.
pub(super) fn joins(fp: &str, users: &[&str]) -> Envelope {
    let join = users.iter().map(|user| (Arc::from(*user), Role::Member));
    changes(
        fp,
        Change {
            join: join.collect(),
            ..Change::default()
        },
    )
}

/// A message with which these leave.
pub(super) fn leaves(fp: &str, users: &[&str]) -> Envelope {
    let leave = users.iter().map(|user| Arc::from(*user));
    changes(
        fp,
        Change {
            leave: leave.collect(),
            ..Change::default()
        },
    )
}

pub(super) fn changes(fp: &str, change: Change) -> Envelope {
    Envelope {
        change: Some(change.into()),
        ..message("alice", fp)
    }
}

impl Opened {
    /// Where messages stand in a log that were just submitted, and why the others were not taken.
    pub(super) async fn logged(&mut self) -> (Vec<Stands>, Option<StoreFailure>) {
        match self.answer().await.1 {
            Completion::Logged { places, failure } => (places, failure),
            Completion::Appended { positions, failure } if positions.is_empty() => {
                (Vec::new(), failure)
            }
            other => panic!("{other:?} for an append to a log"),
        }
    }

    /// Appends to a log, which must take all; gives the places.
    pub(super) async fn log(&mut self, log: &str, messages: Vec<Envelope>) -> Vec<Stands> {
        let count = messages.len();
        self.submit_append(log, messages);
        let (places, failure) = self.logged().await;
        assert_eq!((places.len(), failure), (count, None));
        places
    }

    /// The same of one message; gives its position.
    pub(super) async fn log_one(&mut self, log: &str, message: Envelope) -> Position {
        self.log(log, vec![message]).await[0].position
    }

    /// Everything that a mailbox has to read.
    pub(super) async fn unread(&mut self, mailbox: &str) -> Vec<StoredMessage> {
        self.submit_load(mailbox);
        let (messages, more) = self.loaded().await;
        assert!(!more);
        messages
    }

    pub(super) fn advance(&self, mailbox: &str, through: Position) {
        self.submit(mailbox, Request::Advance { through });
    }

    pub(super) async fn page(
        &self,
        log: &Arc<str>,
        reader: Option<&str>,
        part: LogPart,
        limit: usize,
    ) -> LogPage {
        let reader = reader.map(Arc::from);
        let read = self
            .store()
            .read_log(log, reader.as_ref(), part, limit, 1 << 20);
        answer(read).await
    }

    /// The numbers of what is kept of a log for a reader, and its bounds.
    pub(super) async fn kept(&self, log: &Arc<str>, reader: Option<&str>) -> (Vec<u64>, u64, u64) {
        let page = self.page(log, reader, LogPart::After(0), 10_000).await;
        assert!(!page.more);
        (numbers(&page.messages), page.first, page.last)
    }

    pub(super) async fn list(&self, user: &str, before: Option<Position>) -> Vec<Conversation> {
        answer(self.store().conversations(&user.into(), before, 100)).await
    }

    /// A user has read a log up to a number; gives the mark and what is unread.
    pub(super) async fn mark(&self, user: &str, log: &Arc<str>, seq: u64) -> (u64, u64) {
        let marked = self.store().mark_read(&user.into(), log, seq);
        let ReadMark { seq, unread, .. } = answer(marked).await;
        (seq, unread)
    }
}

pub(super) fn numbers(messages: &[LoggedMessage]) -> Vec<u64> {
    messages.iter().map(|message| message.seq).collect()
}

pub(super) fn seqs(places: &[Stands]) -> Vec<u64> {
    places.iter().map(|place| place.seq).collect()
}

impl Place {
    /// A store and what it answers, after another one was left as a process that is killed leaves it.
    pub(super) async fn open_after_kill(&self, clock: &TestClock) -> Opened {
        let kept = when_free(|| self.kept(clock), |_| ()).await.unwrap();
        kept.start()
    }
}
