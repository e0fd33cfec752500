//! What only a database server does: it is away, and comes back.

use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use mobileim_hub::store::log_of_pair;
use mobileim_protocol::mailbox::{Envelope, Position, StoreFailure, StoredMessage};
use mobileim_test_postgres::{Cluster, Database};

use super::network::Network;
use super::place::{Opened, TestClock, fps};
use super::{message, numbered};
use crate::database::Backend as _;
use crate::database::postgres::Postgres;
use crate::store::postgres::messages;
use crate::store::{Completion, PostgresStore, StoreLimits};

/// How long what was lost may take to come back.
const PATIENCE: Duration = Duration::from_secs(60);

async fn open(database: &Database) -> Opened {
    let store = PostgresStore::connect(&database.url, StoreLimits::none()).await;
    Opened::started(Arc::new(store.unwrap()))
}

async fn refused(url: &str) -> String {
    let error = PostgresStore::connect(url, StoreLimits::none()).await;
    let error = error.unwrap_err();
    assert!(!format!("{error:?}").contains("not-a-secret"), "{error:?}");
    error.to_string()
}

/// Stores a message, as often as it takes; says how often it was not taken.
async fn append_at_last(opened: &mut Opened, user: &str, fp: &str) -> usize {
    let tries = async {
        let mut failures = 0;
        while let Err(why) = opened.try_append(user, message("alice", fp)).await {
            assert_eq!(why, StoreFailure::Unavailable);
            failures += 1;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        failures
    };
    tokio::time::timeout(PATIENCE, tries)
        .await
        .expect("it recovers by itself")
}

#[tokio::test]
async fn a_crash_of_the_database_loses_nothing_and_is_recovered_from() {
    let cluster = Cluster::start();
    let database = cluster.create_database();
    let mut opened = open(&database).await;
    opened.append("bob", numbered(3)).await;
    cluster.crash();
    let refused = opened.try_append("bob", message("alice", "x")).await;
    assert_eq!(refused, Err(StoreFailure::Unavailable));
    opened.submit_load("bob");
    assert_eq!(opened.answer().await.1, Completion::NotLoaded);
    cluster.start_again();
    append_at_last(&mut opened, "bob", "3").await;
    assert_eq!(opened.stored("bob").await, ["0", "1", "2", "3"]);
}

#[tokio::test]
async fn a_connection_that_is_ended_is_made_again() {
    let database = Cluster::shared().create_database();
    let mut opened = open(&database).await;
    opened.append("bob", numbered(1)).await;
    end_connections(&database);
    let failures = append_at_last(&mut opened, "bob", "1").await;
    assert!(failures > 0, "the test ended another connection");
    assert_eq!(opened.stored("bob").await, ["0", "1"]);
}

#[tokio::test]
async fn whoever_loses_the_tables_to_another_server_writes_nothing_until_it_has_them_again() {
    let database = Cluster::shared().create_database();
    let options = database.url.parse().unwrap();
    let impatient = Postgres::new(options).without_patience();
    let clock = Arc::new(TestClock::default());
    let store = PostgresStore::with(impatient, StoreLimits::none(), clock).await;
    let mut first = Opened::started(Arc::new(store.unwrap()));
    first.append("bob", numbered(1)).await;
    end_connections(&database);
    // It has lost them, and does not know it yet.
    let mut second = open(&database).await;
    second.append("bob", vec![message("alice", "second")]).await;
    for _ in 0..3 {
        let refused = first.try_append("bob", message("alice", "x")).await;
        assert_eq!(refused, Err(StoreFailure::Unavailable));
        first.submit_load("bob");
        assert_eq!(first.answer().await.1, Completion::NotLoaded);
    }
    second.append("bob", vec![message("alice", "again")]).await;
    second.close().await;
    append_at_last(&mut first, "bob", "first").await;
    let expected = ["0", "second", "again", "first"];
    assert_eq!(first.stored("bob").await, expected);
}

/// Where a log ends is known without a look at it only as long as nobody else can have written there.
#[tokio::test]
async fn whoever_loses_the_tables_gives_no_number_in_a_log_that_another_server_has_given() {
    let database = Cluster::shared().create_database();
    let log = log_of_pair("alice", "bob");
    let mut first = open(&database).await;
    first.log(&log, numbered(3)).await;
    end_connections(&database);
    let mut second = open(&database).await;
    let places = second.log(&log, vec![message("alice", "3")]).await;
    assert_eq!(places[0].seq, 4);
    // It finds out by what it reads, not by what it writes.
    first.submit_load("bob");
    assert_eq!(first.answer().await.1, Completion::NotLoaded);
    second.close().await;
    let (messages, _) = loaded_at_last(&mut first, "bob").await;
    assert_eq!(fps(&messages), ["0", "1", "2", "3"]);
    let places = first.log(&log, vec![message("alice", "4")]).await;
    assert_eq!(places[0].seq, 5);
}

/// What a user has to read, as soon as it can be read.
async fn loaded_at_last(opened: &mut Opened, user: &str) -> (Vec<StoredMessage>, bool) {
    let tries = async {
        loop {
            opened.submit_load(user);
            if let Completion::Loaded { messages, more } = opened.answer().await.1 {
                return (messages, more);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, tries)
        .await
        .expect("it recovers by itself")
}

/// A small file system in memory, of a user's own; it ends with this value.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// Returns why there is none if nothing can be mounted here.
    fn mount(owner: u32) -> Result<Self, String> {
        let disk = Self(tempfile::tempdir().unwrap());
        disk.run("mount", &["-t", "tmpfs", "-o", "size=10m", "tmpfs"])?;
        chown(disk.path(), Some(owner), Some(owner)).unwrap();
        Ok(disk)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn grow(&self) {
        self.run("mount", &["-o", "remount,size=40m"]).unwrap();
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Result<(), String> {
        let output = Command::new(program)
            .args(arguments)
            .arg(self.path())
            .output()
            .map_err(|error| format!("{program}: {error}"))?;
        if output.status.success() {
            return Ok(());
        }
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // At once for everybody, however long the database holds its files.
        let _ = self.run("umount", &["--lazy"]);
    }
}

/// A message that a database cannot make smaller.
fn incompressible(fp: &str) -> Envelope {
    let body: Vec<u8> = std::iter::repeat_with(|| fastrand::u8(..))
        .take(4 << 10)
        .collect();
    Envelope {
        body: body.into(),
        ..message("alice", fp)
    }
}

/// Fingerprints of all that is stored, however much it is.
async fn all(opened: &mut Opened, user: &str) -> Vec<String> {
    let (messages, more) = opened
        .load(user, Position::START, 100_000, usize::MAX)
        .await;
    assert!(!more);
    fps(&messages)
}

#[tokio::test]
async fn on_a_full_disk_of_the_database_what_is_stored_can_be_fetched_and_there_is_more_when_there_is_room()
 {
    let cluster = Cluster::start();
    let owner = std::fs::metadata(cluster.folder()).unwrap().uid();
    let disk = match SmallDisk::mount(owner) {
        Ok(disk) => disk,
        Err(why) => return println!("skipped: nothing can be mounted here: {why}"),
    };
    let database = cluster.create_database();
    let place = disk.path().display();
    cluster.run_as_admin(&format!("CREATE TABLESPACE small LOCATION '{place}'"));
    cluster.run_as_admin(&format!(
        "ALTER DATABASE {} SET TABLESPACE small",
        database.name
    ));

    let mut opened = open(&database).await;
    let mut stored = Vec::new();
    let refused = loop {
        let fp = stored.len().to_string();
        match opened.try_append("bob", incompressible(&fp)).await {
            Ok(_) => stored.push(fp),
            Err(why) => break why,
        }
        assert!(stored.len() < 5000, "10 MB hold more than 20 MB");
    };
    assert_eq!(refused, StoreFailure::Unavailable);
    let trouble = opened.store().trouble().expect("it fails");
    assert!(trouble.contains("No space left on device"), "{trouble}");
    assert_eq!(all(&mut opened, "bob").await, stored);

    disk.grow();
    append_at_last(&mut opened, "bob", "more").await;
    stored.push("more".to_owned());
    assert_eq!(all(&mut opened, "bob").await, stored);
    assert_eq!(opened.store().trouble(), None);
    opened.close().await;
    cluster.crash();
}

#[tokio::test]
async fn a_server_waits_for_another_one_that_is_about_to_end() {
    let database = Cluster::shared().create_database();
    let mut first = open(&database).await;
    first.append("bob", numbered(1)).await;
    let (mut second, ()) = tokio::join!(open(&database), first.close());
    assert_eq!(second.stored("bob").await, ["0"]);
}

/// Nothing comes through any more, and nobody is told: the connection is given up, and what is left of it at the
/// other end is ended, for it has the lock.
#[tokio::test]
async fn a_connection_that_hangs_is_replaced_by_another_one() {
    let database = Cluster::shared().create_database();
    let network = Network::to(Cluster::shared().port()).await;
    let direct = format!(":{}/", Cluster::shared().port());
    let url = database
        .url
        .replace(&direct, &format!(":{}/", network.port()));
    let patience = Duration::from_millis(500);
    let hasty = Postgres::new(url.parse().unwrap()).with_patience(patience);
    let clock = Arc::new(TestClock::default());
    let store = PostgresStore::with(hasty, StoreLimits::none(), clock).await;
    let mut opened = Opened::started(Arc::new(store.unwrap()));
    opened.append("bob", numbered(1)).await;
    network.freeze_what_is_connected();
    let refused = opened.try_append("bob", message("alice", "x")).await;
    assert_eq!(refused, Err(StoreFailure::Unavailable));
    append_at_last(&mut opened, "bob", "1").await;
    assert_eq!(opened.stored("bob").await, ["0", "1"]);
}

#[tokio::test]
async fn what_keeps_a_server_from_its_database_is_told_without_the_password() {
    let cluster = Cluster::shared();
    let database = cluster.create_database();
    let url = |user, password, name: &str| cluster.url(user, password, name);
    let error = refused(&url("mobileim", "wrong", &database.name)).await;
    assert!(
        error.contains("password authentication failed for user \"mobileim\""),
        "{error}"
    );
    let error = refused(&database.url.replace(&database.name, "nowhere")).await;
    assert!(
        error.ends_with("database \"nowhere\" does not exist"),
        "{error}"
    );
    let nobody_listens = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = nobody_listens.local_addr().unwrap().port();
    drop(nobody_listens);
    let error = refused(&format!("postgres://u:not-a-secret@127.0.0.1:{port}/chat")).await;
    let expected = format!(
        "cannot keep messages in PostgreSQL database chat at 127.0.0.1:{port}: cannot connect: Connection refused"
    );
    assert!(error.starts_with(&expected), "{error}");
    let error = refused("postgres://u:p/not-a-secret@127.0.0.1/chat").await;
    assert!(error.contains("%2F"), "{error}");
}

#[tokio::test]
async fn a_user_who_may_not_make_tables_is_told() {
    let cluster = Cluster::shared();
    let database = cluster.create_database();
    cluster.run(
        &database,
        "REVOKE CREATE ON SCHEMA public FROM pg_database_owner",
    );
    let error = refused(&database.url).await;
    assert!(
        error.contains(
            "permission denied for schema public; its user must be allowed to make tables"
        ),
        "{error}"
    );
    cluster.run(
        &database,
        "ALTER ROLE CURRENT_USER IN DATABASE CURRENT_DATABASE_NAME SET search_path = nowhere"
            .replace("CURRENT_DATABASE_NAME", &database.name)
            .as_str(),
    );
    let error = refused(&database.url).await;
    assert!(error.contains("none of the schemas"), "{error}");
}

#[tokio::test]
async fn a_commit_waits_for_the_disk_whatever_the_database_is_set_to() {
    let cluster = Cluster::shared();
    let database = cluster.create_database();
    let name = &database.name;
    cluster.run(
        &database,
        &format!("ALTER DATABASE {name} SET synchronous_commit = off"),
    );
    assert_eq!(cluster.run(&database, "SHOW synchronous_commit"), "off");
    let options = database.url.parse().unwrap();
    let database = Postgres::new(options);
    let mut session = database.connect().await.unwrap();
    let setting: String = sqlx::query_scalar("SHOW synchronous_commit")
        .fetch_one(&mut session)
        .await
        .unwrap();
    assert_eq!(setting, "on");
}

#[tokio::test]
async fn nothing_that_is_asked_often_looks_at_what_others_have() {
    let database = Cluster::shared().create_database();
    let mut opened = open(&database).await;
    for user in 0..50 {
        opened.append(&format!("user {user}"), numbered(100)).await;
    }
    opened.close().await;
    let cluster = Cluster::shared();
    cluster.run(&database, "ANALYZE messages");
    for (statement, types, values, index) in [
        (
            messages::LOAD,
            "bytea, bigint, bigint, bigint, bigint",
            "'user 7', 0, 0, 257, 1000000",
            "messages_in_order",
        ),
        (
            messages::LOOK,
            "bytea, bigint, bigint, bigint, bytea, bytea",
            "'user 7', 0, 0, 101, 'alice', '7'",
            "messages_in_order",
        ),
        (
            messages::PURGE,
            "bytea, bytea, bytea",
            "'user 7', NULL, NULL",
            "messages_in_order",
        ),
        (
            messages::DELETE_OLD,
            "bigint, bigint",
            "0, 1000",
            "messages_by_age",
        ),
        (
            messages::DELETE_EXPIRED,
            "bigint, bigint",
            "0, 1000",
            "messages_by_expiry",
        ),
        (
            messages::COUNT,
            "bytea[], bigint",
            "'{user 7}', 10",
            "messages_in_order",
        ),
        (
            messages::COUNT_OF_SENDER,
            "bytea[], bytea[], bigint",
            "'{user 7}', '{alice}', 10",
            "messages_in_order",
        ),
        (messages::DELETE, "bigint[]", "'{7}'", "messages_pkey"),
    ] {
        let plan = cluster.run(
            &database,
            &format!("PREPARE s({types}) AS {statement}; EXPLAIN EXECUTE s({values})"),
        );
        assert!(plan.contains(index), "{plan}");
        assert!(!plan.contains("Seq Scan on messages"), "{plan}");
    }
}

/// Ends every connection to a database but the one that says so.
fn end_connections(database: &Database) {
    Cluster::shared().run_as_admin(&format!(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{}'",
        database.name
    ));
}
