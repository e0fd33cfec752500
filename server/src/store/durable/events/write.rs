//! Events in a transaction of the writer's.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use mobileim_hub::store::{Removal, owner_of_log};
use mobileim_hub::user_of;
use mobileim_protocol::Instant;
use mobileim_protocol::mailbox::Envelope;

use super::super::event_tables::{EventRow, EventTables, OpenSession};
use super::super::messages::Removed;
use super::super::undeleted::Deletion;
use super::{Events, MAX_AT_ONCE};
use crate::events::record::{self, Named};
use crate::events::{Consumer, EventType, MAX_CONSUMERS, Move, Record, SessionChange, Unread};

/// Who says of messages that are stored what is recorded of them.
#[derive(Clone, Copy)]
pub(in crate::store::durable) struct Recorder<'a> {
    pub(in crate::store::durable) events: Option<&'a Events>,
    /// When, in ms since 1970.
    pub(in crate::store::durable) at: i64,
}

impl Recorder<'_> {
    pub(in crate::store::durable) fn stored(
        &self,
        receiver: &Arc<str>,
        message: &Envelope,
    ) -> Option<Record> {
        let settings = self.events?.log.settings();
        let user = user_of(receiver);
        if is_copy(receiver, &message.from)
            || !settings.wants(EventType::Stored, &[&message.from, user])
        {
            return None;
        }
        let user = if user.len() == receiver.len() {
            Arc::clone(receiver)
        } else {
            Arc::from(user)
        };
        Some(record::stored(self.at, &user, message, settings.text))
    }

    /// What is recorded of a message that stands in a log, with this number.
    pub(in crate::store::durable) fn logged(
        &self,
        log: &str,
        seq: u64,
        message: &Envelope,
    ) -> Option<Record> {
        let settings = self.events?.log.settings();
        let to = owner_of_log(log)?.seen_by(&message.from);
        settings
            .wants(EventType::Logged, &[&message.from, to])
            .then(|| record::logged(self.at, &Arc::from(to), seq, message, settings.text))
    }
}

/// Whether what is in this mailbox is for another device of its sender's: no event tells of it.
fn is_copy(mailbox: &str, sender: &str) -> bool {
    let user = user_of(mailbox);
    user == sender && user.len() < mailbox.len()
}

/// What a transaction has recorded, if it is committed.
#[derive(Default)]
pub(in crate::store::durable) struct Recording {
    pub(super) first: i64,
    pub(super) records: Vec<Record>,
    /// How many entries are done.
    pub(super) entries: usize,
    pub(super) moved: Vec<Result<(), Unread>>,
    pub(super) written: i64,
    pub(super) lost: u64,
    pub(super) omitted_logins: u64,
}

impl Recording {
    pub(in crate::store::durable) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }
}

impl Events {
    /// The end of a message that was removed since it is too old.
    fn expired(&self, removed: &Removed, at: i64) -> Option<Record> {
        self.of_removed(EventType::Expired, removed, at)
    }

    fn of_removed(&self, kind: EventType, removed: &Removed, at: i64) -> Option<Record> {
        let Removed {
            receiver,
            sender,
            fp,
            ..
        } = removed;
        let user = user_of(receiver);
        let is_wanted = self.log.settings().wants(kind, &[sender, user]);
        (is_wanted && !is_copy(receiver, sender)).then(|| {
            let named = Named {
                from: sender,
                to: user,
                fp,
            };
            record::message(kind, at, &Arc::from(user), named)
        })
    }

    /// Records what waits, what was `fetched`, by the number of its removal, and what is `stored` last: that is so when the
    /// transaction is committed.
    pub(in crate::store::durable) async fn write(
        &self,
        connection: &mut impl EventTables,
        mut fetched: Vec<(u64, Record)>,
        stored: Vec<Record>,
        now: Instant,
        unix_millis: i64,
    ) -> sqlx::Result<Recording> {
        let mut recording = Recording {
            entries: self.entries.len().min(MAX_AT_ONCE),
            written: self.written,
            ..Recording::default()
        };
        fetched.sort_unstable_by_key(|(number, _)| *number);
        let mut fetched = fetched.into_iter().peekable();
        let records = &mut recording.records;
        let (mut begun, mut ended) = (Vec::new(), Vec::new());
        for (number, entry) in self.entries.iter().take(recording.entries) {
            while let Some((_, record)) = fetched.next_if(|(removal, _)| removal < number) {
                records.push(record);
            }
            records.extend(entry.record.clone());
            match &entry.session {
                Some(SessionChange::Begins {
                    session,
                    user,
                    peer,
                }) => begun.push(OpenSession {
                    session: session.0.cast_signed(),
                    user: Arc::clone(user),
                    peer: peer.clone(),
                }),
                Some(SessionChange::Ends(session)) => ended.push(session.0.cast_signed()),
                None => {}
            }
        }
        records.extend(fetched.map(|(_, record)| record));
        records.extend(stored);
        if self.has_sums(now) && recording.entries == self.entries.len() {
            let state = self.log.state();
            recording.lost = state.lost();
            recording.omitted_logins = state.omitted_logins();
            let lost = (recording.lost > 0).then(|| record::lost(unix_millis, recording.lost));
            let omitted = recording.omitted_logins;
            let logins = (omitted > 0).then(|| record::logins_refused(unix_millis, omitted));
            records.extend(logins.into_iter().chain(lost));
        }
        Self::note_sessions(connection, begun, ended).await?;
        if !recording.records.is_empty() {
            let mut rows = Vec::with_capacity(recording.records.len());
            for record in &recording.records {
                recording.written += i64::try_from(record.bytes()).unwrap_or(0);
                let written = recording.written;
                rows.push(EventRow { record, written });
            }
            recording.first = connection.record(&rows).await?;
        }
        recording.moved = self.move_consumers(connection, unix_millis).await?;
        Ok(recording)
    }

    /// Notes which sessions there are; those that began and ended meanwhile leave no trace.
    async fn note_sessions(
        connection: &mut impl EventTables,
        mut begun: Vec<OpenSession>,
        ended: Vec<i64>,
    ) -> sqlx::Result<()> {
        let mut gone: HashSet<_> = ended.into_iter().collect();
        begun.retain(|open| !gone.remove(&open.session));
        let gone: Vec<_> = gone.into_iter().collect();
        if !begun.is_empty() {
            connection.begin_sessions(&begun).await?;
        }
        if !gone.is_empty() {
            connection.end_sessions(&gone).await?;
        }
        Ok(())
    }

    async fn move_consumers(
        &self,
        connection: &mut impl EventTables,
        seen_at: i64,
    ) -> sqlx::Result<Vec<Result<(), Unread>>> {
        let mut moved = Vec::with_capacity(self.moves.len());
        let mut known: HashSet<_> = self.log.consumers().into_keys().collect();
        for Move { name, to, .. } in &self.moves {
            if to.is_some() && !known.contains(name) && known.len() >= MAX_CONSUMERS {
                moved.push(Err(Unread::TooManyConsumers));
                continue;
            }
            known.insert(name.clone());
            let consumer = to.map(|position| Consumer { position, seen_at });
            connection.set_consumer(name, consumer).await?;
            moved.push(Ok(()));
        }
        Ok(moved)
    }
}

/// The events of messages that were removed, as their receivers have them or they waited too long, each with the number of its removal.
pub(in crate::store::durable) fn ended(
    events: Option<&Events>,
    deletions: &[Deletion],
    removed: &[Removed],
    unix_millis: i64,
) -> Vec<(u64, Record)> {
    let wants = |events: &&Events| {
        let settings = events.log.settings();
        settings.has(EventType::Fetched) || settings.has(EventType::Expired)
    };
    let Some(events) = events.filter(wants) else {
        return Vec::new();
    };
    let ends: BTreeMap<i64, (u64, EventType)> = deletions
        .iter()
        .filter_map(|deletion| {
            let kind = match deletion.why {
                Removal::Acknowledged => EventType::Fetched,
                Removal::Expired => EventType::Expired,
                Removal::Copy => return None,
            };
            Some((deletion.position, (deletion.number, kind)))
        })
        .collect();
    let ended = removed.iter().filter_map(|removed| {
        let (number, kind) = ends.get(&removed.position)?;
        Some((*number, events.of_removed(*kind, removed, unix_millis)?))
    });
    ended.collect()
}

/// The events of messages that were removed since they were too old.
pub(in crate::store::durable) fn expired(
    events: Option<&Events>,
    removed: &[Removed],
    unix_millis: i64,
) -> Vec<Record> {
    let Some(events) = events else {
        return Vec::new();
    };
    let expired = removed.iter();
    expired
        .filter_map(|removed| events.expired(removed, unix_millis))
        .collect()
}
