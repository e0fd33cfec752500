//! A place for messages, and a store that is opened in it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use mobileim_hub::store::{LogLimits, Part, StoredGroup, Which};
use mobileim_hub::{Clock, Deferred, DeviceBook, RegisteredDevice};
use mobileim_protocol::Instant;
use mobileim_protocol::mailbox::{Envelope, Position, StoreFailure, StoredMessage};
use mobileim_test_postgres::Cluster;
use tempfile::TempDir;
use tokio::sync::mpsc;

use crate::database::postgres::Postgres;
use crate::database::sqlite::{FILE, Sqlite, make_private};
use crate::store::{
    Completion, Completions, OpenError, PostgresStore, Request, SqliteStore, Store, StoreLimits,
    StoreStats,
};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where messages are kept from one server to the next.
pub(super) enum Place {
    Sqlite(TempDir),
    Postgres(mobileim_test_postgres::Database),
}

impl Place {
    pub(super) fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().unwrap())
    }

    pub(super) fn postgres() -> Self {
        Self::Postgres(Cluster::shared().create_database())
    }

    pub(super) async fn open(&self) -> Opened {
        self.open_with(StoreLimits::none(), &TestClock::default())
            .await
    }

    pub(super) async fn open_with(&self, limits: StoreLimits, clock: &TestClock) -> Opened {
        Opened::started(self.store(limits, clock).await.unwrap())
    }

    /// The error with which it cannot be opened.
    pub(super) async fn error(&self) -> OpenError {
        match self.store(StoreLimits::none(), &TestClock::default()).await {
            Ok(_) => panic!("it is opened"),
            Err(error) => error,
        }
    }

    /// The same in words.
    pub(super) async fn refused(&self) -> String {
        self.error().await.to_string()
    }

    /// Runs SQL, while no store is open here.
    pub(super) async fn run_sql(&self, sql: &str) {
        match self {
            Self::Sqlite(directory) => {
                let database = Sqlite::new(&directory.path().join(FILE));
                let mut connection = database.open().await.unwrap();
                sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
                sqlx::Connection::close(connection).await.unwrap();
            }
            Self::Postgres(database) => {
                Cluster::shared().run(database, sql);
            }
        }
    }

    /// A store, not started, as its owner has it.
    pub(super) async fn kept(&self, clock: &TestClock) -> Result<Kept, OpenError> {
        let (limits, clock) = (StoreLimits::none(), Arc::new(clock.clone()));
        Ok(match self {
            Self::Sqlite(_) => Kept::Sqlite(Arc::new(self.sqlite_store(limits, clock).await?)),
            Self::Postgres(_) => {
                Kept::Postgres(Arc::new(self.postgres_store(limits, clock).await?))
            }
        })
    }

    async fn store(
        &self,
        limits: StoreLimits,
        clock: &TestClock,
    ) -> Result<Arc<dyn Store>, OpenError> {
        let clock = Arc::new(clock.clone());
        Ok(match self {
            Self::Sqlite(_) => Arc::new(self.sqlite_store(limits, clock).await?),
            Self::Postgres(_) => Arc::new(self.postgres_store(limits, clock).await?),
        })
    }

    pub(super) async fn sqlite_store(
        &self,
        limits: StoreLimits,
        clock: Arc<TestClock>,
    ) -> Result<SqliteStore, OpenError> {
        let Self::Sqlite(directory) = self else {
            panic!("it is not for SQLite");
        };
        let path = directory.path().join(FILE);
        make_private(directory.path(), &path)?;
        let database = Sqlite::new(&path).without_patience();
        SqliteStore::with(database, limits, clock).await
    }

    pub(super) async fn postgres_store(
        &self,
        limits: StoreLimits,
        clock: Arc<TestClock>,
    ) -> Result<PostgresStore, OpenError> {
        let Self::Postgres(database) = self else {
            panic!("it is not for PostgreSQL");
        };
        let options = database.url.parse().unwrap();
        let database = Postgres::new(options).without_patience();
        PostgresStore::with(database, limits, clock).await
    }
}

/// A store of either kind.
pub(super) enum Kept {
    Sqlite(Arc<SqliteStore>),
    Postgres(Arc<PostgresStore>),
}

impl Kept {
    pub(super) fn start(&self) -> Opened {
        Opened::started(match self {
            Self::Sqlite(store) => Arc::clone(store) as Arc<dyn Store>,
            Self::Postgres(store) => Arc::clone(store) as Arc<dyn Store>,
        })
    }

    pub(super) async fn groups(&self) -> Vec<StoredGroup> {
        let groups = match self {
            Self::Sqlite(store) => store.groups().await,
            Self::Postgres(store) => store.groups().await,
        };
        groups.unwrap()
    }

    pub(super) async fn devices(&self) -> (Vec<RegisteredDevice>, Arc<dyn DeviceBook>) {
        let devices = match self {
            Self::Sqlite(store) => store.devices().await,
            Self::Postgres(store) => store.devices().await,
        };
        devices.unwrap()
    }

    pub(super) fn set_log_limits(&self, limits: LogLimits) {
        match self {
            Self::Sqlite(store) => store.set_log_limits(limits),
            Self::Postgres(store) => store.set_log_limits(limits),
        }
    }
}

/// Clocks that a test sets.
#[derive(Debug, Clone)]
pub(super) struct TestClock {
    passed: Arc<AtomicI64>,
    wall: Arc<AtomicI64>,
}

impl TestClock {
    /// Time passes.
    pub(super) fn advance(&self, duration: Duration) {
        self.passed.fetch_add(millis(duration), Ordering::SeqCst);
        self.set_forward(duration);
    }

    /// The wall clock is set, or nobody was there to see time pass.
    pub(super) fn set_forward(&self, duration: Duration) {
        self.wall.fetch_add(millis(duration), Ordering::SeqCst);
    }

    pub(super) fn set_back(&self, duration: Duration) {
        self.wall.fetch_sub(millis(duration), Ordering::SeqCst);
    }
}

impl Default for TestClock {
    fn default() -> Self {
        Self {
            passed: Arc::default(),
            wall: Arc::new(AtomicI64::new(1_800_000_000_000)),
        }
    }
}

impl Clock for TestClock {
    fn now(&self) -> Instant {
        let passed = self.passed.load(Ordering::SeqCst);
        Instant::from_millis(passed.unsigned_abs())
    }

    fn unix_millis(&self) -> i64 {
        self.wall.load(Ordering::SeqCst)
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap()
}

/// A store, and what it answers.
pub(super) struct Opened {
    store: Arc<dyn Store>,
    answer: mpsc::UnboundedSender<(String, Completion)>,
    answers: mpsc::UnboundedReceiver<(String, Completion)>,
}

impl Opened {
    pub(super) async fn at(directory: &Path) -> Self {
        let store = SqliteStore::open(directory, StoreLimits::none())
            .await
            .unwrap();
        Self::started(Arc::new(store))
    }

    pub(super) fn started(store: Arc<dyn Store>) -> Self {
        let (sender, answers) = mpsc::unbounded_channel();
        let answer = sender.clone();
        store.start(Completions::new(move |user, completion| {
            // A test may have seen enough.
            let _ = sender.send((user.to_owned(), completion));
        }));
        Self {
            store,
            answer,
            answers,
        }
    }

    pub(super) fn submit(&self, user: &str, request: Request) {
        if let Some(refused) = self.store.submit(&user.into(), request) {
            self.answer.send((user.to_owned(), refused)).unwrap();
        }
    }

    pub(super) fn submit_append(&self, user: &str, messages: Vec<Envelope>) {
        self.submit(user, Request::Append { messages });
    }

    pub(super) fn submit_load(&self, user: &str) {
        self.submit(
            user,
            Request::Load {
                after: Position::START,
                limit: 100_000,
                // Far less than a batch may read.
                max_bytes: 1 << 20,
            },
        );
    }

    pub(super) fn delete(&self, user: &str, position: Position) {
        let why = mobileim_hub::store::Removal::Acknowledged;
        self.submit(user, Request::Delete { position, why });
    }

    pub(super) async fn answer(&mut self) -> (String, Completion) {
        tokio::time::timeout(PATIENCE, self.answers.recv())
            .await
            .expect("the store answers")
            .unwrap()
    }

    /// Where messages stand that were just submitted, and why the others were not taken.
    pub(super) async fn appended(&mut self) -> (Vec<Position>, Option<StoreFailure>) {
        match self.answer().await.1 {
            Completion::Appended { positions, failure } => {
                let refused = positions.iter().any(Option::is_none);
                let refused = refused.then_some(StoreFailure::QuotaExceeded);
                let positions = positions.into_iter().flatten().collect();
                (positions, failure.or(refused))
            }
            other => panic!("{other:?} for an append"),
        }
    }

    /// What was read for a load that was just submitted.
    pub(super) async fn loaded(&mut self) -> (Vec<StoredMessage>, bool) {
        match self.answer().await.1 {
            Completion::Loaded { messages, more } => (messages, more),
            other => panic!("{other:?} for a load"),
        }
    }

    /// Stores messages, all of which must be taken.
    pub(super) async fn append(&mut self, user: &str, messages: Vec<Envelope>) -> Vec<Position> {
        let count = messages.len();
        self.submit_append(user, messages);
        let (positions, failure) = self.appended().await;
        assert_eq!((positions.len(), failure), (count, None));
        positions
    }

    /// Where a message was stored, if it was.
    pub(super) async fn try_append(
        &mut self,
        user: &str,
        message: Envelope,
    ) -> Result<Position, StoreFailure> {
        self.submit_append(user, vec![message]);
        let (positions, failure) = self.appended().await;
        failure.map_or_else(|| Ok(positions[0]), Err)
    }

    pub(super) async fn load(
        &mut self,
        user: &str,
        after: Position,
        limit: usize,
        max_bytes: usize,
    ) -> (Vec<StoredMessage>, bool) {
        let request = Request::Load {
            after,
            limit,
            max_bytes,
        };
        self.submit(user, request);
        self.loaded().await
    }

    /// Fingerprints of all that is stored.
    pub(super) async fn stored(&mut self, user: &str) -> Vec<String> {
        self.submit_load(user);
        let (messages, more) = self.loaded().await;
        assert!(!more);
        fps(&messages)
    }

    /// Takes messages away, and says how many.
    pub(super) async fn purge(&self, user: &str, which: Which) -> u64 {
        answer(self.store.purge(&user.into(), which)).await
    }

    /// Fingerprints of messages that wait, and when they were stored.
    pub(super) async fn look(&self, user: &str, which: Which) -> Vec<(String, Option<i64>)> {
        let part = Part {
            after: Position::START,
            limit: 1000,
            max_bytes: usize::MAX,
        };
        let found = answer(self.store.look(&user.into(), which, part)).await;
        let messages = found.messages.into_iter();
        messages
            .map(|waits| (waits.message.fp.to_string(), waits.stored_at))
            .collect()
    }

    /// Lets time pass while the store has something to do now and then.
    pub(super) async fn let_pass(&mut self, clock: &TestClock, duration: Duration) {
        for _ in 0..duration.as_secs() / 60 {
            clock.advance(Duration::from_secs(60));
            self.stored("nobody").await;
        }
    }

    /// Why messages cannot be stored, if they cannot.
    pub(super) async fn trouble(&self) -> Option<String> {
        match self.store.check() {
            Deferred::Ready(found) => found,
            Deferred::Pending(found) => found.await,
        }
        .err()
    }

    pub(super) fn stats(&self) -> StoreStats {
        self.store.stats()
    }

    /// How many messages are stored, and what they count, as soon as what was asked before is done.
    pub(super) async fn amount(&mut self) -> (u64, u64) {
        self.stored("nobody").await;
        let amount = self.stats().amount.expect("it is known");
        (amount.messages, amount.bytes)
    }

    pub(super) fn store(&self) -> &dyn Store {
        &*self.store
    }

    pub(super) async fn close(self) {
        if let Deferred::Pending(closed) = self.store.close() {
            closed.await;
        }
    }
}

pub(super) async fn answer<T>(answer: Deferred<Result<T, String>>) -> T {
    let answer = match answer {
        Deferred::Ready(answer) => answer,
        Deferred::Pending(answer) => answer.await,
    };
    answer.unwrap()
}

pub(super) fn fps(messages: &[StoredMessage]) -> Vec<String> {
    let fps = messages.iter().map(|stored| stored.message.fp.to_string());
    fps.collect()
}
