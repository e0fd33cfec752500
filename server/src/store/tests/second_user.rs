//! Somebody else's tables in the same database, written in the store's transactions.

use std::sync::Arc;

use mobileim_hub::store::StoreLimits;
use mobileim_protocol::mailbox::{Envelope, Position};
use sqlx::PgConnection;
use tokio::sync::oneshot;

use super::message;
use super::place::{Opened, Place, TestClock};
use crate::database::Failure;
use crate::database::sqlite::File;
use crate::store::durable::{Doing, Messages, Transaction, Work};
use crate::store::{PostgresStore, SqliteStore, Store};

/// Notes a line in a table of its own and, if there is one, stores a message with it.
struct Note {
    statements: Vec<&'static str>,
    with: Option<Envelope>,
    position: Option<Position>,
    ended: Option<oneshot::Sender<Result<Option<Position>, Failure>>>,
}

/// What becomes of a note.
type Ended = oneshot::Receiver<Result<Option<Position>, Failure>>;

impl Note {
    fn new(statements: &[&'static str], with: Option<Envelope>) -> (Box<Self>, Ended) {
        let (ended, end) = oneshot::channel();
        let note = Self {
            statements: statements.to_vec(),
            with,
            position: None,
            ended: Some(ended),
        };
        (Box::new(note), end)
    }
}

impl<C: Messages> Work<C> for Note {
    fn run<'a>(&'a mut self, transaction: &'a mut Transaction<'_, C>) -> Doing<'a> {
        Box::pin(async move {
            if let Some(message) = &self.with {
                let bob = Arc::from("bob");
                self.position = transaction.append(&bob, message.clone()).await?;
            }
            for statement in &self.statements {
                transaction.connection.run(statement).await?;
            }
            Ok(())
        })
    }

    fn ended(mut self: Box<Self>, outcome: Result<(), Failure>) {
        let ended = self.ended.take().expect("it ends once");
        ended.send(outcome.map(|()| self.position)).unwrap();
    }
}

/// A store of either kind, as the owner of other tables has it.
enum Shared {
    Sqlite(Arc<SqliteStore>),
    Postgres(Arc<PostgresStore>),
}

impl Shared {
    async fn at(place: &Place, limits: StoreLimits) -> (Self, Opened) {
        let clock = Arc::new(TestClock::default());
        let (shared, store): (_, Arc<dyn Store>) = match place {
            Place::Sqlite(_) => {
                let store = Arc::new(place.sqlite_store(limits, clock).await.unwrap());
                (Self::Sqlite(Arc::clone(&store)), store)
            }
            Place::Postgres(_) => {
                let store = Arc::new(place.postgres_store(limits, clock).await.unwrap());
                (Self::Postgres(Arc::clone(&store)), store)
            }
        };
        (shared, Opened::started(store))
    }

    fn submit(&self, statements: &[&'static str], with: Option<Envelope>) -> Ended {
        let (note, end) = Note::new(statements, with);
        match self {
            Self::Sqlite(store) => store.work(note as Box<dyn Work<File>>),
            Self::Postgres(store) => store.work(note as Box<dyn Work<PgConnection>>),
        }
        end
    }

    async fn note(
        &self,
        statements: &[&'static str],
        with: Option<Envelope>,
    ) -> Result<Option<Position>, Failure> {
        self.submit(statements, with).await.unwrap()
    }
}

const MAKE: &str = "CREATE TABLE notes (line INTEGER PRIMARY KEY)";
const ONE: &str = "INSERT INTO notes VALUES (1)";
const TWO: &str = "INSERT INTO notes VALUES (2)";
/// Fails if there is another number of lines.
const ONE_LINE: &str = "INSERT INTO notes SELECT 1 WHERE (SELECT count(*) FROM notes) <> 1";

fn places() -> [Place; 2] {
    [Place::sqlite(), Place::postgres()]
}

#[tokio::test]
async fn a_row_alone_and_a_row_with_a_message_are_there_after_a_restart() {
    for place in places() {
        let (shared, mut opened) = Shared::at(&place, StoreLimits::none()).await;
        assert_eq!(shared.note(&[MAKE, ONE], None).await.unwrap(), None);
        let position = shared
            .note(&[TWO], Some(message("alice", "with a row")))
            .await;
        assert!(position.unwrap().is_some());
        opened.append("bob", vec![message("alice", "alone")]).await;
        opened.close().await;

        let (shared, mut opened) = Shared::at(&place, StoreLimits::none()).await;
        assert_eq!(opened.stored("bob").await, ["with a row", "alone"]);
        // Both lines are there.
        assert!(shared.note(&[ONE], None).await.is_err());
        assert!(shared.note(&[TWO], None).await.is_err());
    }
}

#[tokio::test]
async fn what_fails_takes_its_message_along_and_nothing_else_of_the_transaction() {
    for place in places() {
        let (shared, mut opened) = Shared::at(&place, StoreLimits::none()).await;
        shared.note(&[MAKE, ONE], None).await.unwrap();
        // In one transaction, most likely: none waits for the one before it.
        opened.submit_append("bob", vec![message("alice", "1")]);
        let failed = shared.submit(&[ONE], Some(message("alice", "2")));
        let done = shared.submit(&[ONE_LINE], Some(message("alice", "3")));
        opened.submit_append("bob", vec![message("alice", "4")]);
        let failure = failed.await.unwrap().unwrap_err();
        assert!(matches!(failure, Failure::Other(_)), "{failure:?}");
        assert!(done.await.unwrap().unwrap().is_some());
        for _ in 0..2 {
            assert_eq!(opened.appended().await.1, None);
        }
        let mut stored = opened.stored("bob").await;
        stored.sort();
        assert_eq!(stored, ["1", "3", "4"]);
        assert_eq!(opened.stats().stored, 3);
    }
}

#[tokio::test]
async fn a_message_with_a_row_counts_in_the_receivers_limit() {
    for place in places() {
        let limits = StoreLimits::none().with_max_messages(Some(2));
        let (shared, mut opened) = Shared::at(&place, limits).await;
        shared.note(&[MAKE], None).await.unwrap();
        let first = shared.note(&[], Some(message("alice", "1"))).await;
        assert!(first.unwrap().is_some());
        let second = shared.note(&[ONE], Some(message("alice", "2"))).await;
        assert_eq!(
            second.unwrap(),
            None,
            "the row is there, the message refused"
        );
        assert_eq!(opened.stored("bob").await, ["1"]);
    }
}

#[tokio::test]
async fn work_for_a_store_that_is_closed_ends() {
    for place in places() {
        let (shared, opened) = Shared::at(&place, StoreLimits::none()).await;
        opened.close().await;
        assert!(shared.note(&[MAKE], None).await.is_err());
    }
}
