//! What a database must do to hold the logs of conversations, and who reads them.

use std::ops::RangeInclusive;
use std::sync::Arc;

use mobileim_hub::store::{LogPart, MAX_UNREAD};
use mobileim_protocol::mailbox::{Envelope, Position, Role};

use super::messages::{Page, PageRequest};

/// What the store asks to write in logs.
pub(in crate::store) trait LogTables: Send {
    /// The logs of these names, in this order, as far as they are there.
    fn find_logs(
        &mut self,
        names: &[Arc<str>],
    ) -> impl Future<Output = sqlx::Result<Vec<Option<LogEnd>>>> + Send;

    /// Makes logs that are not there; gives their ids in this order.
    fn make_logs(
        &mut self,
        logs: &[NewLog<'_>],
    ) -> impl Future<Output = sqlx::Result<Vec<i64>>> + Send;

    /// Where these messages stand, in this order, as far as they are there.
    fn find_logged(
        &mut self,
        wanted: &[Wanted<'_>],
    ) -> impl Future<Output = sqlx::Result<Vec<Option<Spot>>>> + Send;

    /// Stores messages in this order, behind all that are or ever were stored.
    fn append_to_logs(
        &mut self,
        messages: &[NewLogged<'_>],
        stored_at: i64,
    ) -> impl Future<Output = sqlx::Result<Vec<Position>>> + Send;

    /// These read logs from now on; those who do already have another role. None is named twice.
    fn join(&mut self, readers: &[NewReader]) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// These, or all, do not read a log behind this message.
    fn leave(
        &mut self,
        log: i64,
        last: Spot,
        readers: Option<&[Arc<str>]>,
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Keeps other settings of a log, if there are some, and whether it has ended, if that is said.
    fn set_log(
        &mut self,
        log: i64,
        settings: Option<&str>,
        ended: Option<bool>,
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Some of the logs, by their ids, behind this one.
    fn look_at_logs(
        &mut self,
        after: i64,
        limit: u32,
    ) -> impl Future<Output = sqlx::Result<Vec<LogAge>>> + Send;

    /// Removes some of the first messages of a log: as many as have a number up to this, or were stored before a time.
    fn trim_log(
        &mut self,
        log: i64,
        through: i64,
        before: i64,
        limit: u32,
    ) -> impl Future<Output = sqlx::Result<Vec<Trimmed>>> + Send;

    /// Everything up to this message was removed from a log: whoever could read only that is forgotten.
    fn trimmed(&mut self, log: i64, last: Spot) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// A user has read a log up to a number, if not further before. Gives up to which.
    fn mark_read(
        &mut self,
        log: i64,
        user: &str,
        seq: i64,
    ) -> impl Future<Output = sqlx::Result<i64>> + Send;

    /// Forgets a log in which nothing is, and how far anybody has read it.
    fn forget_log(&mut self, log: i64) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Keeps how far mailboxes have read the logs, unless it is known that they are further.
    fn set_cursors(
        &mut self,
        cursors: &[(Arc<str>, i64)],
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// A device of a user is to be registered: if it is not yet, its mailbox has read all that there is.
    fn begin_cursor(
        &mut self,
        user: &str,
        number: u16,
        mailbox: &str,
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Forgets how far a mailbox has read.
    fn remove_cursor(&mut self, mailbox: &str) -> impl Future<Output = sqlx::Result<()>> + Send;
}

/// What it asks to read in them.
pub(in crate::store) trait LogReads: Send {
    /// Whether there is any log.
    fn has_logs(&mut self) -> impl Future<Output = sqlx::Result<bool>> + Send;

    /// Reads the oldest messages in all logs that a user reads, behind a position and behind what the mailbox has read. Outside of
    /// transactions.
    fn load_logged(
        &mut self,
        user: &str,
        mailbox: &str,
        wanted: PageRequest,
    ) -> impl Future<Output = sqlx::Result<Page>> + Send;

    /// A log, and what part of it a reader, or anybody, may read.
    fn view_log(
        &mut self,
        name: &str,
        reader: Option<&str>,
    ) -> impl Future<Output = sqlx::Result<Option<LogView>>> + Send;

    /// Reads the messages of a log with such numbers: the first, or the last in falling order.
    fn read_log(
        &mut self,
        log: i64,
        numbers: RangeInclusive<i64>,
        backwards: bool,
        wanted: PageRequest,
    ) -> impl Future<Output = sqlx::Result<Page>> + Send;

    /// The conversations that a user reads or has read, whose last messages stand before a position, the last first.
    fn list_conversations(
        &mut self,
        user: &str,
        before: i64,
        limit: i64,
    ) -> impl Future<Output = sqlx::Result<Vec<Listed>>> + Send;

    /// Up to where a user has read these logs, of those that the user reads or has read, and how much is unread.
    fn count_unread(
        &mut self,
        user: &str,
        logs: &[i64],
    ) -> impl Future<Output = sqlx::Result<Vec<Unread>>> + Send;

    /// Some of the groups, by their ids, behind this one.
    fn read_groups(
        &mut self,
        after: i64,
        limit: u32,
    ) -> impl Future<Output = sqlx::Result<Vec<GroupRow>>> + Send;

    /// Some of those who read these logs, by log and name, behind this one.
    fn read_members(
        &mut self,
        logs: &[i64],
        after: (i64, &str),
        limit: u32,
    ) -> impl Future<Output = sqlx::Result<Vec<Member>>> + Send;
}

/// Where a message stands: among everything that is stored, and in its log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) struct Spot {
    pub(in crate::store) position: i64,
    pub(in crate::store) seq: i64,
}

/// A log, and the number of the last message that it ever had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) struct LogEnd {
    pub(in crate::store) id: i64,
    pub(in crate::store) last_seq: i64,
}

/// A log to be made.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct NewLog<'a> {
    pub(in crate::store) name: &'a str,
    pub(in crate::store) is_group: bool,
}

/// A message that may be in a log.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct Wanted<'a> {
    pub(in crate::store) log: i64,
    pub(in crate::store) message: &'a Envelope,
}

/// A message to be stored in a log.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct NewLogged<'a> {
    pub(in crate::store) log: i64,
    pub(in crate::store) seq: i64,
    pub(in crate::store) message: &'a Envelope,
    /// When it is of no use any more, in ms since 1970.
    pub(in crate::store) expires_at: Option<i64>,
}

/// Somebody who reads a log from now on.
#[derive(Debug, Clone)]
pub(in crate::store) struct NewReader {
    pub(in crate::store) user: Arc<str>,
    pub(in crate::store) log: i64,
    /// The first message.
    pub(in crate::store) since: Spot,
    pub(in crate::store) role: Role,
}

/// What of a log may be read.
#[derive(Debug, Default)]
pub(in crate::store) struct LogView {
    pub(in crate::store) id: i64,
    /// The number of the last message that was removed.
    pub(in crate::store) removed_seq: i64,
    /// That of the last message, removed or not.
    pub(in crate::store) last_seq: i64,
    /// The first and last numbers of each time for which the reader read it, in order; the last may be to come. All of it for anybody.
    pub(in crate::store) periods: Vec<(i64, Option<i64>)>,
}

/// A conversation of a user's.
#[derive(Debug)]
pub(in crate::store) struct Listed {
    pub(in crate::store) id: i64,
    pub(in crate::store) log: String,
    pub(in crate::store) last: Spot,
    /// The message there, if it is kept: one, with its times.
    pub(in crate::store) message: Page,
}

/// Of the messages that nobody has marked as read, no more than the last ones are looked at, in each time for which a user read a log: there
/// may be any number of the user's own, which do not count.
pub(in crate::store) const MAX_LOOKED_AT: i64 = 5 * MAX_UNREAD.cast_signed();

/// How far a user has read a log.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::store) struct Unread {
    pub(in crate::store) log: i64,
    /// Up to this number.
    pub(in crate::store) read_seq: i64,
    /// How many messages of others are behind that, up to [`MAX_UNREAD`].
    pub(in crate::store) count: i64,
}

/// How old a log is, and how long.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct LogAge {
    pub(in crate::store) id: i64,
    pub(in crate::store) is_group: bool,
    pub(in crate::store) ended: bool,
    /// Of the first message and the last that are kept, if any is.
    pub(in crate::store) first_seq: Option<i64>,
    pub(in crate::store) last_seq: Option<i64>,
    /// When the first was stored, in ms since 1970.
    pub(in crate::store) first_stored_at: Option<i64>,
}

/// A message that was removed from a log.
#[derive(Debug)]
pub(in crate::store) struct Trimmed {
    pub(in crate::store) spot: Spot,
    pub(in crate::store) sender: String,
    /// What it counted.
    pub(in crate::store) bytes: u64,
}

/// A group's log.
#[derive(Debug)]
pub(in crate::store) struct GroupRow {
    pub(in crate::store) id: i64,
    /// That of the mailbox which keeps the log.
    pub(in crate::store) name: String,
    pub(in crate::store) settings: Option<String>,
}

/// Somebody who reads a log.
#[derive(Debug)]
pub(in crate::store) struct Member {
    pub(in crate::store) log: i64,
    pub(in crate::store) user: String,
    pub(in crate::store) role: Role,
}

impl LogView {
    /// The numbers of what is kept and may be read, in order.
    pub(super) fn readable(&self) -> impl DoubleEndedIterator<Item = RangeInclusive<i64>> {
        let kept = self.removed_seq + 1..=self.last_seq;
        let periods = self.periods.iter();
        periods.filter_map(move |(since, until)| {
            let first = *since.max(kept.start());
            let last = until.map_or(*kept.end(), |until| until.min(*kept.end()));
            (first <= last).then_some(first..=last)
        })
    }

    /// The number of the last message that ever was and may be read, or 0.
    pub(super) fn last(&self) -> i64 {
        let last = |(_, until): &(i64, Option<i64>)| {
            until.map_or(self.last_seq, |until| until.min(self.last_seq))
        };
        self.periods.iter().map(last).max().unwrap_or(0)
    }
}

/// The numbers that a part has.
pub(super) fn numbers(part: LogPart) -> RangeInclusive<i64> {
    let number = |seq: u64| i64::try_from(seq).unwrap_or(i64::MAX);
    match part {
        LogPart::Before(seq) => 1..=number(seq).saturating_sub(1),
        LogPart::After(seq) => number(seq).saturating_add(1)..=i64::MAX,
    }
}

/// A role, as it is kept.
pub(in crate::store) fn number_of(role: Role) -> i32 {
    role as i32
}

/// The role that is kept as this number.
pub(in crate::store) fn role_of(number: i32) -> sqlx::Result<Role> {
    [Role::Member, Role::Admin, Role::Owner]
        .into_iter()
        .find(|role| number_of(*role) == number)
        .ok_or_else(|| sqlx::Error::decode(format!("{number} is no role")))
}
