//! What is read of the logs of conversations: by mailboxes, together with what waits for them, and by those who ask for a part or for a
//! user's list.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use mobileim_hub::Deferred;
use mobileim_hub::store::{Conversation, LogPage, LogPart, LoggedMessage};
use mobileim_protocol::mailbox::{Envelope, Position};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::age::Now;
use super::log_tables::{Listed, LogReads, Unread, numbers};
use super::mentions::among_unread;
use super::messages::{Messages, Page, PageRequest};
use super::reading::READ_TIME;
use super::writer::{Writer, within};
use super::{Durable, Job};
use crate::database::{Backend, Failure};

/// How many of those who ask may wait.
const MAX_QUEUED_ASKS: usize = 4096;

/// Somebody wants to know what is in logs.
pub(super) enum LogAsk {
    Part(Part),
    List(List),
}

/// A part of a log.
pub(super) struct Part {
    log: Arc<str>,
    reader: Option<Arc<str>>,
    which: LogPart,
    limit: usize,
    max_bytes: usize,
    answer: oneshot::Sender<Result<LogPage, String>>,
}

/// A user's conversations.
pub(super) struct List {
    user: Arc<str>,
    before: Option<Position>,
    limit: usize,
    answer: oneshot::Sender<Result<Vec<Conversation>, String>>,
}

impl<D: Backend<Connection: Messages>> Durable<D> {
    /// See [`Store::read_log`](mobileim_hub::store::Store::read_log).
    pub(in crate::store) fn read_log(
        &self,
        log: &Arc<str>,
        reader: Option<&Arc<str>>,
        part: LogPart,
        limit: usize,
        max_bytes: usize,
    ) -> Deferred<Result<LogPage, String>> {
        let (answer, read) = oneshot::channel();
        let part = Part {
            log: Arc::clone(log),
            reader: reader.map(Arc::clone),
            which: part,
            limit,
            max_bytes,
            answer,
        };
        self.ask(LogAsk::Part(part), read)
    }

    /// See [`Store::conversations`](mobileim_hub::store::Store::conversations).
    pub(in crate::store) fn conversations(
        &self,
        user: &Arc<str>,
        before: Option<Position>,
        limit: usize,
    ) -> Deferred<Result<Vec<Conversation>, String>> {
        let (answer, listed) = oneshot::channel();
        let list = List {
            user: Arc::clone(user),
            before,
            limit,
            answer,
        };
        self.ask(LogAsk::List(list), listed)
    }

    /// Has something looked up, if not too much of that waits.
    fn ask<T: Send + 'static>(
        &self,
        ask: LogAsk,
        answer: oneshot::Receiver<Result<T, String>>,
    ) -> Deferred<Result<T, String>> {
        let state = Arc::clone(&self.state);
        let asks = state.queued_asks.fetch_add(1, Ordering::Relaxed);
        if asks >= MAX_QUEUED_ASKS || self.jobs.send(Job::AskLogs(ask)).is_err() {
            state.queued_asks.fetch_sub(1, Ordering::Relaxed);
            return Deferred::Ready(Err("too much is asked of the message store".to_owned()));
        }
        Deferred::pending(async move {
            let answer = answer.await;
            state.queued_asks.fetch_sub(1, Ordering::Relaxed);
            answer.unwrap_or_else(|_| Err("the message store is closed".to_owned()))
        })
    }
}

impl<D: Backend<Connection: Messages>> Writer<D> {
    /// Reads what was asked for, as much as there is time for.
    pub(super) async fn answer_asks(&mut self, asks: &mut VecDeque<LogAsk>) {
        let began = Instant::now();
        while let Some(ask) = asks.pop_front() {
            match ask {
                LogAsk::Part(part) => {
                    let page = self.read_part(&part).await;
                    // Whoever asked may not wait any more.
                    let _ = part.answer.send(self.read(page).await);
                }
                LogAsk::List(list) => {
                    let listed = self.read_list(&list).await;
                    let _ = list.answer.send(self.read(listed).await);
                }
            }
            if began.elapsed() >= READ_TIME {
                return;
            }
        }
    }

    /// Something was read, or could not be.
    async fn read<T>(&mut self, read: Result<T, Failure>) -> Result<T, String> {
        if let Err(failure) = &read {
            self.report.failure(failure);
            self.disconnect().await;
        }
        read.map_err(|failure| self.report.text(&failure))
    }

    async fn read_part(&mut self, part: &Part) -> Result<LogPage, Failure> {
        let (patience, now) = (self.database.patience(), self.time());
        let connection = self.database.get().await?;
        within::<D::Connection, _>(patience, part.read(connection, now)).await
    }

    async fn read_list(&mut self, list: &List) -> Result<Vec<Conversation>, Failure> {
        let (patience, now) = (self.database.patience(), self.time());
        let connection = self.database.get().await?;
        let limit = i64::try_from(list.limit).unwrap_or(i64::MAX);
        let before = list.before.map_or(i64::MAX, |position| position.0);
        let listed = connection.list_conversations(&list.user, before, limit);
        let listed = within::<D::Connection, _>(patience, listed).await?;
        let logs: Vec<_> = listed.iter().map(|listed| listed.id).collect();
        let counted = connection.count_unread(&list.user, &logs);
        let counted = within::<D::Connection, _>(patience, counted).await?;
        let mentions = among_unread(connection, &list.user, &counted);
        let mentions = within::<D::Connection, _>(patience, mentions).await?;
        let unread: HashMap<_, _> = counted.into_iter().map(|of| (of.log, of)).collect();
        let conversations = listed.into_iter().map(|listed| {
            let unread = unread.get(&listed.id).copied().unwrap_or_default();
            let mentions = mentions.get(&listed.id).copied().unwrap_or_default();
            conversation(listed, unread, mentions, now)
        });
        Ok(conversations.collect())
    }
}

fn conversation(listed: Listed, unread: Unread, mentions: u64, now: Now) -> Conversation {
    let Listed {
        log, last, message, ..
    } = listed;
    Conversation {
        log: log.into(),
        last: logged(message, now).pop(),
        last_seq: last.seq.unsigned_abs(),
        read_seq: unread.read_seq.unsigned_abs(),
        unread: unread.count.unsigned_abs(),
        mentions,
        position: Position(last.position),
    }
}

impl Part {
    async fn read(&self, connection: &mut impl LogReads, now: Now) -> sqlx::Result<LogPage> {
        let view = connection
            .view_log(&self.log, self.reader.as_deref())
            .await?;
        let view = view.unwrap_or_default();
        let last = view.last();
        let first = view.readable().next().map(|kept| *kept.start());
        let mut page = LogPage {
            first: first.unwrap_or(last + 1).unsigned_abs(),
            last: last.unsigned_abs(),
            ..LogPage::default()
        };
        let backwards = matches!(self.which, LogPart::Before(_));
        let mut ranges: Vec<_> = view.readable().collect();
        if backwards {
            ranges.reverse();
        }
        let wanted = numbers(self.which);
        let mut left = PageRequest {
            after: Position::START,
            limit: self.limit.max(1),
            max_bytes: self.max_bytes,
        };
        for range in ranges {
            let range = *range.start().max(wanted.start())..=*range.end().min(wanted.end());
            if range.is_empty() {
                continue;
            }
            if left.limit == 0 {
                page.more = true;
                break;
            }
            let read = connection.read_log(view.id, range, backwards, left).await?;
            let bytes = read.bytes_of_bodies();
            // The first message of a page is in it however long it is, that of a second range is not.
            if !page.messages.is_empty() && bytes > left.max_bytes {
                page.more = true;
                break;
            }
            left.limit -= read.messages.len().min(left.limit);
            left.max_bytes = left.max_bytes.saturating_sub(bytes);
            page.more = read.more;
            page.messages.extend(logged(read, now));
            if page.more {
                break;
            }
        }
        if backwards {
            page.messages.reverse();
        }
        Ok(page)
    }
}

/// What was read of a log.
fn logged(page: Page, now: Now) -> Vec<LoggedMessage> {
    let messages = page.messages.into_iter().zip(page.times);
    let logged = messages.map(|(stored, times)| LoggedMessage {
        seq: stored.seq.unwrap_or_default(),
        message: Envelope {
            expires_at: times.expires_at.map(|wall| now.at_wall(wall)),
            ..stored.message
        },
        stored_at: times.stored_at,
    });
    logged.collect()
}

impl Page {
    /// What stands in two places, in one order, as far as is wanted and as both reach.
    pub(super) fn merged(self, other: Self, wanted: PageRequest) -> Self {
        let cut = |page: &Self| {
            let last = page.messages.last().filter(|_| page.more);
            last.map(|last| last.position)
        };
        // Behind what a limit cut off there may be something that comes first.
        let through = cut(&self).into_iter().chain(cut(&other)).min();
        let all = [self, other]
            .into_iter()
            .flat_map(|page| page.messages.into_iter().zip(page.times));
        let mut all: Vec<_> = all.collect();
        all.sort_by_key(|(stored, _)| stored.position);
        let mut merged = Self::default();
        for (stored, times) in all {
            if through.is_some_and(|through| stored.position > through) {
                merged.more = true;
                break;
            }
            if !merged.has_room(wanted, stored.message.body.len()) {
                return merged;
            }
            merged.push(stored, times);
        }
        merged.more |= through.is_some();
        merged
    }
}
