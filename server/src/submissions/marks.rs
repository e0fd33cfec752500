//! What became of submissions, noted in the table, in the store's transactions.

use std::sync::Arc;
use std::time::Duration;

use sqlx::PgConnection;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::desk::Desk;
use super::entry::{Marks, Names};
use crate::database::{Connection as _, Failure};
use crate::store::{Doing, PostgresStore, Transaction, Work};

/// How long to wait after a failure.
const RETRY_AFTER: Duration = Duration::from_millis(250);

/// How often what is old is removed, and how much at once.
const REMOVE_EVERY: Duration = Duration::from_secs(60);
const REMOVED_AT_ONCE: i64 = 1000;

/// Whoever has locked a row by hand is not to keep messages from being stored.
const IMPATIENT: &str = "SET LOCAL lock_timeout = '500ms'";

/// Stored is what the table of messages has.
const MARK: &str = concat!(
    "UPDATE submissions SET
        state = new.state,
        reason = new.reason,
        text = NULL,
        changed_at = clock_timestamp(),
        stored_at = CASE WHEN new.was_stored THEN coalesce(stored_at, clock_timestamp()) ELSE stored_at END,
        delivered_at = CASE WHEN new.state = 2 THEN clock_timestamp() END
    FROM (
        SELECT marked.position, marked.reason, seen.was_stored,
            CASE WHEN marked.state = 1 AND NOT seen.was_stored THEN 2 ELSE marked.state END AS state
        FROM unnest($1, $2, $3, $4, $5) AS marked (position, state, reason, was_stored, is_either)
            JOIN submissions AS old ON old.position = marked.position,
        LATERAL (SELECT CASE WHEN is_either THEN ",
    is_with_user!("old"),
    " OR ",
    is_with_device!("old"),
    " ELSE marked.was_stored END AS was_stored) AS seen
    ) AS new
    WHERE submissions.position = new.position AND submissions.state < new.state"
);

const MARK_FETCHED: &str = "UPDATE submissions SET state = 2, changed_at = clock_timestamp(), delivered_at = clock_timestamp()
    FROM unnest($1, $2, $3) AS fetched (sender, receiver, fp)
    WHERE submissions.receiver = fetched.receiver AND submissions.fp = fetched.fp AND submissions.sender = fetched.sender
        AND submissions.state = 1";

const REMOVE: &str = "DELETE FROM submissions WHERE position = ANY (ARRAY (
        SELECT position FROM submissions WHERE state > 0 AND changed_at < clock_timestamp() - $1 * interval '1 second'
        ORDER BY changed_at LIMIT $2
    )) RETURNING position";

/// Writes to the table what the desk says, and removes what is old, until the desk is closed.
pub(super) struct Marker {
    pub(super) desk: Arc<Desk>,
    pub(super) store: Arc<PostgresStore>,
    pub(super) kept: Duration,
}

impl Marker {
    pub(super) async fn run(self) {
        let mut remove_at = Instant::now();
        loop {
            let marks = self.desk.take_marks();
            if marks.is_empty() {
                if self.desk.is_closed() {
                    return;
                }
                tokio::select! {
                    () = self.desk.to_mark.notified() => {}
                    () = tokio::time::sleep_until(remove_at) => {
                        remove_at = Instant::now() + self.remove().await;
                    }
                }
                continue;
            }
            let (work, ended) = Noting::new(marks);
            self.store.work(work);
            // What is dropped has ended with the store.
            let Ok(Noted {
                marks,
                fetched,
                outcome,
            }) = ended.await
            else {
                return;
            };
            if outcome.is_ok() {
                self.desk.counts.delivered.add(fetched);
                self.desk.marked(&marks);
                continue;
            }
            // The store says what is wrong with the database.
            self.desk.not_marked(marks);
            if self.desk.is_closed() {
                return;
            }
            tokio::time::sleep(RETRY_AFTER).await;
        }
    }

    /// Removes some of what is old. Returns how long to wait before the next.
    async fn remove(&self) -> Duration {
        let (ended, end) = oneshot::channel();
        self.store.work(Box::new(Removal {
            kept: self.kept,
            removed: Vec::new(),
            ended: Some(ended),
        }));
        let Ok(Ok(removed)) = end.await else {
            return REMOVE_EVERY;
        };
        let is_all = i64::try_from(removed.len()).is_ok_and(|count| count < REMOVED_AT_ONCE);
        self.desk.forget_stored(removed);
        if is_all { REMOVE_EVERY } else { RETRY_AFTER }
    }
}

/// Marks come back with what became of them.
struct Noted {
    marks: Marks,
    /// How many of those that were known by their names alone were in the table.
    fetched: u64,
    outcome: Result<(), Failure>,
}

struct Noting {
    marks: Marks,
    fetched: u64,
    ended: Option<oneshot::Sender<Noted>>,
}

impl Noting {
    fn new(marks: Marks) -> (Box<Self>, oneshot::Receiver<Noted>) {
        let (ended, end) = oneshot::channel();
        let noting = Self {
            marks,
            fetched: 0,
            ended: Some(ended),
        };
        (Box::new(noting), end)
    }
}

impl Work<PgConnection> for Noting {
    fn run<'a>(&'a mut self, transaction: &'a mut Transaction<'_, PgConnection>) -> Doing<'a> {
        Box::pin(async move {
            let connection = &mut *transaction.connection;
            connection.run(IMPATIENT).await?;
            note(connection, &self.marks).await?;
            self.fetched = note_fetched(connection, &self.marks.fetched).await?;
            Ok(())
        })
    }

    fn ended(mut self: Box<Self>, outcome: Result<(), Failure>) {
        if let Some(ended) = self.ended.take() {
            // Nobody waits for it if the server has ended.
            let _ = ended.send(Noted {
                marks: std::mem::take(&mut self.marks),
                fetched: self.fetched,
                outcome,
            });
        }
    }
}

async fn note(connection: &mut PgConnection, marks: &Marks) -> sqlx::Result<()> {
    if marks.by_position.is_empty() {
        return Ok(());
    }
    let positions: Vec<_> = marks.by_position.keys().copied().collect();
    let marks = || marks.by_position.values();
    let states: Vec<_> = marks().map(|mark| mark.state as i16).collect();
    let reasons: Vec<_> = marks().map(|mark| mark.reason.clone()).collect();
    let was_stored: Vec<_> = marks().map(|mark| mark.was_stored).collect();
    let is_either: Vec<_> = marks().map(|mark| mark.is_either).collect();
    sqlx::query(MARK)
        .bind(positions)
        .bind(states)
        .bind(reasons)
        .bind(was_stored)
        .bind(is_either)
        .execute(connection)
        .await?;
    Ok(())
}

async fn note_fetched(connection: &mut PgConnection, fetched: &[Names]) -> sqlx::Result<u64> {
    if fetched.is_empty() {
        return Ok(0);
    }
    let of = |name: fn(&Names) -> &Arc<str>| -> Vec<String> {
        fetched
            .iter()
            .map(|names| name(names).to_string())
            .collect()
    };
    let noted = sqlx::query(MARK_FETCHED)
        .bind(of(|names| &names.sender))
        .bind(of(|names| &names.receiver))
        .bind(of(|names| &names.fp))
        .execute(connection)
        .await?;
    Ok(noted.rows_affected())
}

struct Removal {
    kept: Duration,
    removed: Vec<i64>,
    ended: Option<oneshot::Sender<Result<Vec<i64>, Failure>>>,
}

impl Work<PgConnection> for Removal {
    fn run<'a>(&'a mut self, transaction: &'a mut Transaction<'_, PgConnection>) -> Doing<'a> {
        Box::pin(async move {
            let connection = &mut *transaction.connection;
            connection.run(IMPATIENT).await?;
            self.removed = sqlx::query_scalar(REMOVE)
                .bind(self.kept.as_secs_f64())
                .bind(REMOVED_AT_ONCE)
                .fetch_all(connection)
                .await?;
            Ok(())
        })
    }

    fn ended(mut self: Box<Self>, outcome: Result<(), Failure>) {
        if let Some(ended) = self.ended.take() {
            let removed = std::mem::take(&mut self.removed);
            // Nobody waits for it if the server has ended.
            let _ = ended.send(outcome.map(|()| removed));
        }
    }
}
