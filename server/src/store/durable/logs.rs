//! What is appended to the logs of conversations.
//!
//! Numbers are given in memory, from what the database says of a log once; after any failure that is forgotten, so a number that
//! was given and not committed is given again. A log is one mailbox's, which appends one batch after the other, and there is one transaction at a time:
//! nobody else gives numbers.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;
use mobileim_hub::store::{Amount, Completion, LogLimits, LogOwner, Refused, owner_of_log};
use mobileim_protocol::Instant;
use mobileim_protocol::mailbox::{Change, Envelope, Place, Position, Role, StoreFailure};

use super::age::Now;
use super::batch::{Answer, Outcome};
use super::events::Recorder;
use super::log_chores::Sweep;
use super::log_tables::{LogEnd, LogReads, LogTables, NewLog, NewLogged, NewReader, Spot, Wanted};
use super::mentions::{Mention, Mentions};
use super::quota::Quota;

/// Of how many logs it is remembered where they end; more than one batch can name.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(1 << 16).expect("not zero");

/// What is known of logs without a look at the database.
#[derive(Debug)]
pub(super) struct Logs {
    ends: LruCache<Arc<str>, LogEnd>,
    /// Whether there are any, once it is known.
    any: Option<bool>,
    pub(super) limits: LogLimits,
    pub(super) sweep: Sweep,
}

/// What is to be appended to a log.
pub(super) struct LogAppend<'a> {
    pub(super) log: &'a Arc<str>,
    pub(super) messages: &'a [Envelope],
}

/// A log that has something to append, as it is once that is done.
struct Open<'a> {
    name: &'a Arc<str>,
    owner: LogOwner<'a>,
    /// Unless it is to be made.
    id: Option<i64>,
    last_seq: i64,
}

/// A message that is to be stored, in which of the logs.
struct Row<'a> {
    open: usize,
    seq: i64,
    message: &'a Envelope,
}

/// Where a message of an append stands.
enum Standing {
    /// It was there before.
    There(Spot),
    /// It is one of those that are stored now, perhaps for the second time in this batch.
    Stored { row: usize, is_new: bool },
}

/// What becomes of one append.
struct Pending<'a> {
    log: &'a Arc<str>,
    standings: Vec<Standing>,
    failure: Option<StoreFailure>,
}

/// Where messages may stand that were looked for.
type Found<'a> = HashMap<(usize, &'a str, &'a str), Spot>;

impl Logs {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            ends: LruCache::new(REMEMBERED),
            any: None,
            limits: LogLimits::default(),
            sweep: Sweep::new(now),
        }
    }

    /// Whether there is any log.
    pub(super) async fn are_there(&mut self, connection: &mut impl LogReads) -> sqlx::Result<bool> {
        if let Some(any) = self.any {
            return Ok(any);
        }
        let any = connection.has_logs().await?;
        self.any = Some(any);
        Ok(any)
    }

    /// What was noted may not have happened.
    pub(super) fn forget(&mut self) {
        self.ends.clear();
        self.any = None;
    }

    /// Appends to logs inside of the transaction that is open, as far as there is room.
    pub(super) async fn store(
        &mut self,
        connection: &mut (impl LogTables + Mentions),
        appends: &[LogAppend<'_>],
        quota: &mut Quota,
        now: Now,
        recorder: Recorder<'_>,
        outcome: &mut Outcome,
    ) -> sqlx::Result<()> {
        if appends.is_empty() {
            return Ok(());
        }
        let (mut open, indexes) = self.open(connection, appends).await?;
        let found = find(connection, appends, &open, &indexes).await?;
        let (rows, pending) = number(
            appends,
            &mut open,
            &indexes,
            &found,
            quota,
            &mut outcome.refused,
        );
        make(connection, &mut open).await?;
        let id = |row: &Row<'_>| open[row.open].id.expect("what is appended to was made");
        let new: Vec<_> = rows
            .iter()
            .map(|row| NewLogged {
                log: id(row),
                seq: row.seq,
                message: row.message,
                expires_at: row.message.expires_at.map(|at| now.wall_of(at)),
            })
            .collect();
        let mut positions = Vec::new();
        if !new.is_empty() {
            positions = connection.append_to_logs(&new, now.stored_at).await?;
            self.any = Some(true);
            let mentions = new.iter();
            let mentions = mentions.flat_map(|new| Mention::all_of(new.log, new.seq, new.message));
            let mentions: Vec<_> = mentions.collect();
            if !mentions.is_empty() {
                connection.mention(&mentions).await?;
            }
        }
        let spots: Vec<_> = rows
            .iter()
            .zip(&positions)
            .map(|(row, position)| Spot {
                position: position.0,
                seq: row.seq,
            })
            .collect();
        change(connection, &open, &rows, &spots).await?;
        for open in &open {
            if let Some(id) = open.id {
                let last_seq = open.last_seq;
                self.ends
                    .put(Arc::clone(open.name), LogEnd { id, last_seq });
            }
        }
        outcome.records.extend(rows.iter().filter_map(|row| {
            let seq = row.seq.unsigned_abs();
            recorder.logged(open[row.open].name, seq, row.message)
        }));
        outcome.stored += rows.len() as u64;
        let answers = pending.into_iter().map(|pending| pending.answer(&spots));
        outcome.answers.extend(answers);
        Ok(())
    }

    /// Looks up where the logs end, of which that is not known. With each one's index.
    async fn open<'a>(
        &mut self,
        connection: &mut impl LogTables,
        appends: &[LogAppend<'a>],
    ) -> sqlx::Result<(Vec<Open<'a>>, HashMap<&'a str, usize>)> {
        let mut open = Vec::with_capacity(appends.len());
        let mut indexes = HashMap::with_capacity(appends.len());
        let mut unknown = Vec::new();
        for LogAppend { log, .. } in appends {
            let index = open.len();
            let Some(owner) = owner_of_log(log) else {
                debug_assert!(false, "{log} keeps no log");
                continue;
            };
            if *indexes.entry(&***log).or_insert(index) != index {
                continue;
            }
            let end = self.ends.get(&**log);
            if end.is_none() {
                unknown.push(index);
            }
            open.push(Open {
                name: log,
                owner,
                id: end.map(|end| end.id),
                last_seq: end.map_or(0, |end| end.last_seq),
            });
        }
        if !unknown.is_empty() {
            let names = unknown.iter().map(|index| Arc::clone(open[*index].name));
            let ends = connection.find_logs(&names.collect::<Vec<_>>()).await?;
            for (index, end) in unknown.into_iter().zip(ends) {
                open[index].id = end.map(|end| end.id);
                open[index].last_seq = end.map_or(0, |end| end.last_seq);
            }
        }
        Ok((open, indexes))
    }
}

/// Finds what is there already.
async fn find<'a>(
    connection: &mut impl LogTables,
    appends: &[LogAppend<'a>],
    open: &[Open<'a>],
    indexes: &HashMap<&'a str, usize>,
) -> sqlx::Result<Found<'a>> {
    let mut wanted = Vec::new();
    let mut keys = Vec::new();
    for LogAppend { log, messages } in appends {
        let index = indexes[&***log];
        if let Some(log) = open[index].id {
            wanted.extend(messages.iter().map(|message| Wanted { log, message }));
            keys.extend(messages.iter().map(|message| key(index, message)));
        }
    }
    if wanted.is_empty() {
        return Ok(Found::new());
    }
    let spots = connection.find_logged(&wanted).await?;
    let found = keys.into_iter().zip(spots);
    let found = found.filter_map(|(key, spot)| Some((key, spot?)));
    Ok(found.collect())
}

fn key(index: usize, message: &Envelope) -> (usize, &str, &str) {
    (index, &message.from, &message.fp)
}

/// Gives numbers to what is new, as far as there is room.
fn number<'a>(
    appends: &[LogAppend<'a>],
    open: &mut [Open<'a>],
    indexes: &HashMap<&'a str, usize>,
    found: &Found<'a>,
    quota: &mut Quota,
    refused: &mut Refused,
) -> (Vec<Row<'a>>, Vec<Pending<'a>>) {
    let mut rows = Vec::new();
    let mut stored = HashMap::new();
    let mut pending = Vec::with_capacity(appends.len());
    for LogAppend { log, messages } in appends {
        let index = indexes[&***log];
        let mut standings = Vec::with_capacity(messages.len());
        let mut failure = None;
        for message in *messages {
            let key = key(index, message);
            if let Some(spot) = found.get(&key) {
                standings.push(Standing::There(*spot));
                continue;
            }
            if let Some(row) = stored.get(&key) {
                let row = *row;
                standings.push(Standing::Stored { row, is_new: false });
                continue;
            }
            if let Err(why) = quota.take_in_all(&message.from, Amount::of(message)) {
                // What comes behind it is not to stand before it.
                refused.count(why);
                failure = Some(StoreFailure::QuotaExceeded);
                break;
            }
            let row = rows.len();
            stored.insert(key, row);
            standings.push(Standing::Stored { row, is_new: true });
            open[index].last_seq += 1;
            rows.push(Row {
                open: index,
                seq: open[index].last_seq,
                message,
            });
        }
        pending.push(Pending {
            log,
            standings,
            failure,
        });
    }
    (rows, pending)
}

/// Makes the logs that have their first message.
async fn make(connection: &mut impl LogTables, open: &mut [Open<'_>]) -> sqlx::Result<()> {
    let begins = |open: &&mut Open<'_>| open.id.is_none() && open.last_seq > 0;
    let new: Vec<_> = open
        .iter_mut()
        .filter(begins)
        .map(|open| NewLog {
            name: open.name,
            is_group: matches!(open.owner, LogOwner::Group(_)),
        })
        .collect();
    if new.is_empty() {
        return Ok(());
    }
    let ids = connection.make_logs(&new).await?;
    for (open, id) in open.iter_mut().filter(begins).zip(ids) {
        open.id = Some(id);
    }
    Ok(())
}

/// Who begins to read logs, until somebody else is to be heeded in between.
#[derive(Default)]
struct Joining {
    readers: Vec<NewReader>,
    indexes: HashMap<(i64, Arc<str>), usize>,
}

impl Joining {
    fn push(&mut self, log: i64, since: Spot, user: Arc<str>, role: Role) {
        let index = self.readers.len();
        let known = *self
            .indexes
            .entry((log, Arc::clone(&user)))
            .or_insert(index);
        if known != index {
            self.readers[known].role = role;
            return;
        }
        self.readers.push(NewReader {
            user,
            log,
            since,
            role,
        });
    }

    async fn flush(&mut self, connection: &mut impl LogTables) -> sqlx::Result<()> {
        if self.readers.is_empty() {
            return Ok(());
        }
        let Self { readers, .. } = std::mem::take(self);
        connection.join(&readers).await
    }
}

/// Notes what messages change of who reads the logs, and what else they change.
async fn change(
    connection: &mut impl LogTables,
    open: &[Open<'_>],
    rows: &[Row<'_>],
    spots: &[Spot],
) -> sqlx::Result<()> {
    let mut joining = Joining::default();
    for (row, spot) in rows.iter().zip(spots) {
        let Open { owner, id, .. } = &open[row.open];
        let log = id.expect("what is appended to was made");
        if let (LogOwner::Pair(one, other), 1) = (owner, row.seq) {
            for user in [one, other] {
                joining.push(log, *spot, Arc::from(*user), Role::Member);
            }
        }
        let Some(change) = row.message.change.as_deref() else {
            continue;
        };
        let Change {
            join,
            leave,
            settings,
            is_end,
        } = change;
        for (user, role) in join {
            joining.push(log, *spot, Arc::clone(user), *role);
        }
        if !leave.is_empty() || *is_end {
            joining.flush(connection).await?;
            let leave = (!is_end).then_some(&**leave);
            connection.leave(log, *spot, leave).await?;
        }
        // Whoever joins what has ended begins it anew.
        let ended = (*is_end || !join.is_empty()).then_some(*is_end);
        if settings.is_some() || ended.is_some() {
            let settings = settings.as_deref();
            connection.set_log(log, settings, ended).await?;
        }
    }
    joining.flush(connection).await
}

impl Pending<'_> {
    fn answer(self, spots: &[Spot]) -> Answer {
        let place = |standing| {
            let (Spot { position, seq }, is_new) = match standing {
                Standing::There(spot) => (spot, false),
                Standing::Stored { row, is_new } => (spots[row], is_new),
            };
            Place {
                position: Position(position),
                seq: seq.unsigned_abs(),
                is_new,
            }
        };
        let completion = Completion::Logged {
            places: self.standings.into_iter().map(place).collect(),
            failure: self.failure,
        };
        (Arc::clone(self.log), completion)
    }
}
