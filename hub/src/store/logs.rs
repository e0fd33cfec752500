//! The logs of conversations as plain data in memory: who reads which, from where and until where, and how far each mailbox has read.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use mobileim_protocol::mailbox::{Change, Envelope, Place, Position, Role, StoredMessage};

use super::{
    CHANGE_LANE, Completion, Conversation, LogOwner, LogPage, LogPart, LoggedMessage, MAX_UNREAD,
    ReadMark, StoredGroup, owner_of_log,
};
use crate::devices::user_of;
use crate::refs::Refs;

/// The logs of conversations, in memory. It has no limits and no clock, and gives no positions: those are of whoever keeps it, with
/// other messages.
#[derive(Debug, Clone, Default)]
pub struct Logs {
    by_name: BTreeMap<Arc<str>, Log>,
    /// The logs that a user reads or has read.
    read_by: BTreeMap<Arc<str>, BTreeSet<Arc<str>>>,
    /// How far a mailbox has read.
    cursors: BTreeMap<Arc<str>, Position>,
    /// Up to which number a user has read a log.
    read_marks: BTreeMap<(Arc<str>, Arc<str>), u64>,
}

/// A conversation's log.
#[derive(Debug, Clone, Default)]
struct Log {
    /// The one with the number 1 first.
    rows: Vec<Row>,
    /// Which one it is, by sender and fingerprint.
    indices: HashMap<(Arc<str>, Arc<str>), usize>,
    readers: BTreeMap<Arc<str>, Reader>,
    settings: Option<Arc<str>>,
}

#[derive(Debug, Clone)]
struct Row {
    position: Position,
    seq: u64,
    stored_at: i64,
    message: Envelope,
}

/// Who reads a log, or has read it.
#[derive(Debug, Clone)]
struct Reader {
    role: Role,
    /// One after the other.
    periods: Vec<Period>,
}

/// What somebody reads of a log.
#[derive(Debug, Clone, Copy)]
struct Period {
    since: Position,
    /// The last; without one, all that comes.
    until: Option<Position>,
}

impl Logs {
    /// Where a message stands, if it is in the log, by its sender and fingerprint.
    pub fn find(&self, log: &str, message: &Envelope) -> Option<Place> {
        let log = self.by_name.get(log)?;
        let key = (Arc::clone(&message.from), Arc::clone(&message.fp));
        let row = &log.rows[*log.indices.get(&key)?];
        Some(Place {
            position: row.position,
            seq: row.seq,
            is_new: false,
        })
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// Whether a log has a message of this sender with this fingerprint.
    pub fn has(&self, log: &str, from: &str, fp: &str) -> bool {
        let key = (Arc::from(from), Arc::from(fp));
        let log = self.by_name.get(log);
        log.is_some_and(|log| log.indices.contains_key(&key))
    }

    /// Puts a message that is not there behind the others of the log, and changes what it changes. It stands at a position that is
    /// greater than all before; `stored_at` is in ms since 1970.
    pub fn append(
        &mut self,
        name: &Arc<str>,
        position: Position,
        stored_at: i64,
        mut message: Envelope,
    ) -> Place {
        let log = self.by_name.entry(Arc::clone(name)).or_default();
        let seq = log.rows.len() as u64 + 1;
        let change = message.change.take();
        if let (1, Some(LogOwner::Pair(one, other))) = (seq, owner_of_log(name)) {
            for user in [one, other].map(Arc::from) {
                log.join(&user, Role::Member, position);
                let read = self.read_by.entry(user).or_default();
                read.insert(Arc::clone(name));
            }
        }
        if let Some(change) = change {
            for (user, _) in &change.join {
                let read = self.read_by.entry(Arc::clone(user)).or_default();
                read.insert(Arc::clone(name));
            }
            log.apply(&change, position);
        }
        let key = (Arc::clone(&message.from), Arc::clone(&message.fp));
        log.indices.insert(key, log.rows.len());
        log.rows.push(Row {
            position,
            seq,
            stored_at,
            message,
        });
        Place {
            position,
            seq,
            is_new: true,
        }
    }

    /// How far a mailbox has read, if anything is known of that.
    pub fn cursor(&self, mailbox: &str) -> Option<Position> {
        self.cursors.get(mailbox).copied()
    }

    /// What stands up to here is read already, for a mailbox of which nothing is known yet.
    pub fn begin(&mut self, mailbox: &Arc<str>, through: Position) {
        self.cursors.entry(Arc::clone(mailbox)).or_insert(through);
    }

    /// A mailbox has read up to here.
    pub fn advance(&mut self, mailbox: &Arc<str>, through: Position) {
        let cursor = self.cursors.entry(Arc::clone(mailbox)).or_insert(through);
        *cursor = through.max(*cursor);
    }

    /// A mailbox has read up to here, or nothing is known of it, whatever was before.
    pub fn set_cursor(&mut self, mailbox: &Arc<str>, cursor: Option<Position>) {
        match cursor {
            Some(cursor) => self.cursors.insert(Arc::clone(mailbox), cursor),
            None => self.cursors.remove(mailbox),
        };
    }

    /// Reads for a mailbox what stands behind a position, from its own messages, which are in order behind that position, and from the
    /// logs that its user reads, behind what this mailbox has read.
    pub fn load<'a>(
        &'a self,
        mailbox: &str,
        own: impl Iterator<Item = (Position, &'a Envelope)>,
        after: Position,
        limit: usize,
        max_bytes: usize,
    ) -> Completion {
        // One in any case, and one more to know whether there is one.
        let enough = limit.max(1).saturating_add(1);
        let user = user_of(mailbox);
        let behind = self.cursor(mailbox).map_or(after, |read| read.max(after));
        let mut found: Vec<_> = own
            .take(enough)
            .map(|(position, message)| (position, None, message))
            .collect();
        for log in self.of(user) {
            let is_read = |row: &Row| row.position <= behind;
            let rows = log.readable(Some(user));
            let rows = rows.flat_map(|rows| &rows[rows.partition_point(is_read)..]);
            let rows = rows.take(enough);
            found.extend(rows.map(|row| (row.position, Some(row.seq), &row.message)));
        }
        found.sort_unstable_by_key(|(position, ..)| *position);
        let mut room = Room::new(limit, max_bytes);
        let has_room = |(.., message): &&(_, _, &Envelope)| room.take(message);
        let messages: Vec<_> = found
            .iter()
            .take_while(has_room)
            .map(|(position, seq, message)| StoredMessage {
                seq: *seq,
                ..StoredMessage::new(*position, Envelope::clone(message))
            })
            .collect();
        Completion::Loaded {
            more: messages.len() < found.len(),
            messages,
        }
    }

    /// Reads a part of a log, as far as this user may, or anybody.
    pub fn page(
        &self,
        log: &str,
        reader: Option<&str>,
        part: LogPart,
        limit: usize,
        max_bytes: usize,
    ) -> LogPage {
        let mut page = LogPage {
            first: 1,
            ..LogPage::default()
        };
        let Some(log) = self.by_name.get(log) else {
            return page;
        };
        let mut rows: Vec<_> = log.readable(reader).flatten().collect();
        if let (Some(first), Some(last)) = (rows.first(), rows.last()) {
            (page.first, page.last) = (first.seq, last.seq);
        }
        match part {
            LogPart::Before(seq) => {
                rows.retain(|row| row.seq < seq);
                rows.reverse();
            }
            LogPart::After(seq) => rows.retain(|row| row.seq > seq),
        }
        let mut room = Room::new(limit, max_bytes);
        let taken = rows.iter().take_while(|row| room.take(&row.message));
        page.messages = taken.map(|row| row.logged()).collect();
        page.more = page.messages.len() < rows.len();
        if let LogPart::Before(_) = part {
            page.messages.reverse();
        }
        page
    }

    /// The conversations that a user reads or has read, those with the latest messages first.
    pub fn conversations(
        &self,
        user: &str,
        before: Option<Position>,
        limit: usize,
    ) -> Vec<Conversation> {
        let names = self.read_by.get(user).into_iter().flatten();
        let mut conversations: Vec<_> = names
            .filter_map(|name| {
                let log = self.by_name.get(name)?;
                let last = log.readable(Some(user)).flatten().last()?;
                let read_seq = self.read_seq(user, name);
                Some(Conversation {
                    log: Arc::clone(name),
                    last: Some(last.logged()),
                    last_seq: last.seq,
                    read_seq,
                    unread: log.unread(user, read_seq),
                    mentions: log.mentions(user, read_seq),
                    position: last.position,
                })
            })
            .filter(|conversation| before.is_none_or(|before| conversation.position < before))
            .collect();
        conversations.sort_unstable_by_key(|conversation| std::cmp::Reverse(conversation.position));
        conversations.truncate(limit);
        conversations
    }

    /// A user has read a log up to a number, if not further before.
    pub fn mark_read(&mut self, user: &Arc<str>, name: &Arc<str>, seq: u64) -> ReadMark {
        let log = self.by_name.get(name);
        let last = log.map_or(0, |log| log.rows.len() as u64);
        let key = (Arc::clone(user), Arc::clone(name));
        let mark = self.read_marks.entry(key).or_default();
        *mark = seq.min(last).max(*mark);
        ReadMark {
            seq: *mark,
            unread: log.map_or(0, |log| log.unread(user, *mark)),
            mentions: log.map_or(0, |log| log.mentions(user, *mark)),
        }
    }

    fn read_seq(&self, user: &str, name: &Arc<str>) -> u64 {
        let key = (Arc::from(user), Arc::clone(name));
        self.read_marks.get(&key).copied().unwrap_or_default()
    }

    /// The groups that have not ended.
    pub fn groups(&self) -> Vec<StoredGroup> {
        let groups = self.by_name.iter().filter_map(|(name, log)| {
            let Some(LogOwner::Group(id)) = owner_of_log(name) else {
                return None;
            };
            let readers = log.readers.iter().filter(|(_, reader)| reader.reads());
            let members: Vec<_> = readers
                .map(|(user, reader)| (Arc::clone(user), reader.role))
                .collect();
            if members.is_empty() && log.settings.is_none() {
                return None;
            }
            Some(StoredGroup {
                id: id.into(),
                settings: log.settings.clone().unwrap_or_default(),
                members,
            })
        });
        groups.collect()
    }

    /// The logs that a user reads or has read.
    fn of(&self, user: &str) -> impl Iterator<Item = &Log> {
        let names = self.read_by.get(user).into_iter().flatten();
        names.filter_map(|name| self.by_name.get(name))
    }
}

impl Log {
    /// What this user may read of it, or anybody, in order and in one part for each period.
    fn readable(&self, reader: Option<&str>) -> impl Iterator<Item = &[Row]> {
        let everything = Period {
            since: Position::START,
            until: None,
        };
        let periods = match reader {
            Some(reader) => self
                .readers
                .get(reader)
                .map_or(&[][..], |reader| &reader.periods)
                .to_vec(),
            None => vec![everything],
        };
        periods.into_iter().map(|period| {
            let start = self.rows.partition_point(|row| row.position < period.since);
            let is_in = |row: &Row| period.until.is_none_or(|until| row.position <= until);
            let end = self.rows.partition_point(is_in);
            &self.rows[start..end.max(start)]
        })
    }

    /// How many messages of others this user may read that stand behind this number.
    fn unread(&self, user: &str, read_seq: u64) -> u64 {
        counted(self.unread_rows(user, read_seq))
    }

    /// How many of them mention the user.
    fn mentions(&self, user: &str, read_seq: u64) -> u64 {
        let mentions =
            |row: &&Row| Refs::of(&row.message.body).is_some_and(|refs| refs.mention(user));
        counted(self.unread_rows(user, read_seq).filter(mentions))
    }

    fn unread_rows(&self, user: &str, read_seq: u64) -> impl Iterator<Item = &Row> {
        let is_unread = move |row: &&Row| {
            let is_change = row.message.lane.as_deref() == Some(CHANGE_LANE);
            row.seq > read_seq && *row.message.from != *user && !is_change
        };
        self.readable(Some(user)).flatten().filter(is_unread)
    }

    fn join(&mut self, user: &Arc<str>, role: Role, since: Position) {
        let reader = self.readers.entry(Arc::clone(user)).or_insert(Reader {
            role,
            periods: Vec::new(),
        });
        reader.role = role;
        if !reader.reads() {
            reader.periods.push(Period { since, until: None });
        }
    }

    /// Changes what a message at this position changes.
    fn apply(&mut self, change: &Change, position: Position) {
        for (user, role) in &change.join {
            self.join(user, *role, position);
        }
        for user in &change.leave {
            if let Some(reader) = self.readers.get_mut(user) {
                reader.leave(position);
            }
        }
        if let Some(settings) = &change.settings {
            self.settings = Some(Arc::clone(settings));
        }
        if change.is_end {
            self.settings = None;
            for reader in self.readers.values_mut() {
                reader.leave(position);
            }
        }
    }
}

impl Row {
    fn logged(&self) -> LoggedMessage {
        LoggedMessage {
            seq: self.seq,
            message: self.message.clone(),
            stored_at: self.stored_at,
        }
    }
}

impl Reader {
    /// Whether it does now.
    fn reads(&self) -> bool {
        self.periods.last().is_some_and(|last| last.until.is_none())
    }

    fn leave(&mut self, until: Position) {
        if let Some(last) = self.periods.last_mut() {
            last.until.get_or_insert(until);
        }
    }
}

fn counted<'a>(rows: impl Iterator<Item = &'a Row>) -> u64 {
    let most = usize::try_from(MAX_UNREAD).unwrap_or(usize::MAX);
    rows.take(most).count() as u64
}

/// What there is room for in an answer.
struct Room {
    limit: usize,
    bytes: usize,
    is_empty: bool,
}

impl Room {
    const fn new(limit: usize, bytes: usize) -> Self {
        Self {
            limit,
            bytes,
            is_empty: true,
        }
    }

    /// Takes the room that a message needs, if there is any left: the first finds it in any case.
    fn take(&mut self, message: &Envelope) -> bool {
        let len = message.body.len();
        if !self.is_empty && (self.limit == 0 || self.bytes < len) {
            return false;
        }
        self.is_empty = false;
        self.limit = self.limit.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(len);
        true
    }
}

#[cfg(test)]
mod tests;
