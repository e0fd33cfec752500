//! What only a file does.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use mobileim_protocol::mailbox::{Position, StoreFailure};
use sqlx::SqliteConnection;

use super::place::{Opened, TestClock};
use super::{message, numbered, sized};
use crate::database::sqlite::{FILE, Sqlite, make_private};
use crate::store::sqlite::messages;
use crate::store::{Completion, SqliteStore, StoreLimits};

async fn refused(directory: &Path) -> String {
    let error = SqliteStore::open(directory, StoreLimits::none()).await;
    error.unwrap_err().to_string()
}

async fn connect(directory: &Path) -> SqliteConnection {
    Sqlite::new(&directory.join(FILE)).open().await.unwrap()
}

#[tokio::test]
async fn a_full_disk_acknowledges_nothing_and_serves_what_is_there_until_there_is_room() {
    let directory = tempfile::tempdir().unwrap();
    let database = Sqlite::new(&directory.path().join(FILE)).with_max_pages(52);
    make_private(directory.path(), &directory.path().join(FILE)).unwrap();
    let clock = Arc::new(TestClock::default());
    let store = SqliteStore::with(database, StoreLimits::none(), clock).await;
    let mut opened = Opened::started(Arc::new(store.unwrap()));
    let mut stored = Vec::new();
    let mut fps = Vec::new();
    for n in 0.. {
        let fp = n.to_string();
        match opened.try_append("bob", sized("alice", &fp, 3000)).await {
            Ok(position) => {
                stored.push(position);
                fps.push(fp);
            }
            Err(_) => break,
        }
    }
    assert!(stored.len() > 10, "{}", stored.len());
    // In one batch: what cannot be done does not keep the rest from it.
    opened.submit_append("eve", vec![sized("alice", "a", 200_000)]);
    opened.delete("bob", stored.remove(0));
    opened.submit_load("bob");
    assert_eq!(opened.appended().await.0, []);
    let (messages, _) = opened.loaded().await;
    assert_eq!(
        messages.len(),
        stored.len(),
        "also what is deleted then is gone"
    );
    assert_eq!(opened.stored("bob").await, fps[1..]);
    assert_eq!(opened.stored("eve").await, [""; 0]);
    for position in stored.drain(..) {
        opened.delete("bob", position);
    }
    // There is room again.
    opened.append("eve", vec![sized("alice", "b", 3000)]).await;
    assert_eq!(opened.stored("eve").await, ["b"]);
    assert_eq!(opened.stored("bob").await, [""; 0]);
}

/// Appends until nothing more is taken; gives the positions.
async fn fill(opened: &mut Opened) -> Vec<Position> {
    let mut stored = Vec::new();
    loop {
        let message = sized("alice", &stored.len().to_string(), 3000);
        match opened.try_append("bob", message).await {
            Ok(position) => stored.push(position),
            Err(why) => {
                assert_eq!(why, StoreFailure::Unavailable);
                return stored;
            }
        }
    }
}

#[tokio::test]
async fn a_full_disk_is_told_until_there_is_room_also_where_nobody_sends_anything() {
    let directory = tempfile::tempdir().unwrap();
    let database = Sqlite::new(&directory.path().join(FILE)).with_max_pages(52);
    make_private(directory.path(), &directory.path().join(FILE)).unwrap();
    let clock = TestClock::default();
    let store = SqliteStore::with(database, StoreLimits::none(), Arc::new(clock.clone())).await;
    let mut opened = Opened::started(Arc::new(store.unwrap()));
    assert_eq!(opened.trouble().await, None);
    let stored = fill(&mut opened).await;
    let trouble = opened.trouble().await.unwrap();
    assert!(
        trouble.ends_with("mobileim.db fails: database or disk is full"),
        "{trouble}"
    );
    for position in &stored {
        opened.delete("bob", *position);
    }
    assert_eq!(opened.stored("bob").await, [""; 0]);
    // It is tried once a second.
    clock.advance(Duration::from_secs(2));
    assert_eq!(opened.trouble().await, None);
    assert_eq!(opened.stored("").await, [""; 0], "nothing is left of that");
    assert_eq!(fill(&mut opened).await.len(), stored.len());
}

#[tokio::test]
async fn a_directory_that_was_removed_is_noticed_before_anything_is_acknowledged() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let mut opened = Opened::at(&data).await;
    opened.append("bob", numbered(3)).await;
    std::fs::remove_dir_all(&data).unwrap();
    for _ in 0..2 {
        let refused = opened.try_append("bob", message("alice", "x")).await;
        assert_eq!(refused, Err(StoreFailure::Unavailable));
    }
    let trouble = opened.trouble().await.unwrap();
    assert!(
        trouble.contains("data/mobileim.db is not where"),
        "{trouble}"
    );
    assert!(trouble.contains("No such file"), "{trouble}");
    // What was acknowledged before can be fetched as long as the server runs.
    assert_eq!(opened.stored("bob").await, ["0", "1", "2"]);
    // An empty directory is not what it was.
    std::fs::create_dir(&data).unwrap();
    let refused = opened.try_append("bob", message("alice", "x")).await;
    assert_eq!(refused, Err(StoreFailure::Unavailable));
    // Nor is another one with a database of its own, which is left alone.
    let mut other = Opened::at(&data).await;
    other.append("eve", numbered(1)).await;
    let refused = opened.try_append("bob", message("alice", "x")).await;
    assert_eq!(refused, Err(StoreFailure::Unavailable));
    opened.close().await;
    other.append("eve", numbered(1)).await;
    other.close().await;
    let mut other = Opened::at(&data).await;
    assert_eq!(other.stored("eve").await, ["0", "0"]);
}

#[tokio::test]
async fn a_directory_that_was_away_for_a_while_is_the_same_again() {
    let directory = tempfile::tempdir().unwrap();
    let (data, away) = (directory.path().join("data"), directory.path().join("away"));
    let mut opened = Opened::at(&data).await;
    opened.append("bob", numbered(1)).await;
    std::fs::rename(&data, &away).unwrap();
    let refused = opened.try_append("bob", message("alice", "x")).await;
    assert_eq!(refused, Err(StoreFailure::Unavailable));
    std::fs::rename(&away, &data).unwrap();
    opened.append("bob", vec![message("alice", "y")]).await;
    assert_eq!(opened.trouble().await, None);
    opened.close().await;
    let mut opened = Opened::at(&data).await;
    assert_eq!(opened.stored("bob").await, ["0", "y"]);
}

#[tokio::test]
async fn a_log_that_was_removed_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let mut opened = Opened::at(directory.path()).await;
    opened.append("bob", numbered(2)).await;
    std::fs::remove_file(directory.path().join(format!("{FILE}-wal"))).unwrap();
    // Of what was under way nobody knows, so it counts as not stored.
    let refused = opened.try_append("bob", message("alice", "x")).await;
    assert_eq!(refused, Err(StoreFailure::Unavailable));
    opened.append("bob", vec![message("alice", "y")]).await;
    // As after kill -9: nobody closes the file.
    let copy = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(directory.path()).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }
    let mut copy = Opened::at(copy.path()).await;
    assert_eq!(copy.stored("bob").await, ["0", "1", "y"]);
}

#[tokio::test]
async fn a_server_waits_for_another_one_that_is_about_to_end() {
    let directory = tempfile::tempdir().unwrap();
    let mut first = Opened::at(directory.path()).await;
    first.append("bob", vec![message("alice", "1")]).await;
    // While the second one waits, the first one ends.
    let (mut second, ()) = tokio::join!(Opened::at(directory.path()), first.close());
    assert_eq!(second.stored("bob").await, ["1"]);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_told_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(FILE);
    let text = "My diary. ".repeat(1000);
    std::fs::write(&path, &text).unwrap();
    let error = refused(directory.path()).await;
    assert!(
        error.ends_with("mobileim.db: file is not a database"),
        "{error}"
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

#[tokio::test]
async fn a_damaged_file_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let mut opened = Opened::at(directory.path()).await;
    opened.append("bob", numbered(1000)).await;
    opened.close().await;
    let path = directory.path().join(FILE);
    let mut bytes = std::fs::read(&path).unwrap();
    // All but the first page, which says how long the pages are.
    let page = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
    bytes[page..].fill(0xA5);
    std::fs::write(&path, &bytes).unwrap();
    let error = refused(directory.path()).await;
    assert!(
        error.ends_with("mobileim.db: database disk image is malformed"),
        "{error}"
    );
}

#[tokio::test]
async fn damage_to_one_users_messages_is_that_users_alone() {
    let directory = tempfile::tempdir().unwrap();
    let mut opened = Opened::at(directory.path()).await;
    // Each on a page of its own, and more.
    for user in ["bob", "eve"] {
        opened.append(user, vec![sized("alice", "1", 50_000)]).await;
    }
    opened.close().await;
    let path = directory.path().join(FILE);
    let mut bytes = std::fs::read(&path).unwrap();
    // Where a long body goes on: each page begins with the number of the next one.
    let page = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
    let full = |page: &[u8]| page[4..].iter().all(|byte| *byte == b'x');
    let of_bob = bytes.chunks(page).position(full).unwrap();
    bytes[of_bob * page..][..4].fill(0xA5);
    std::fs::write(&path, &bytes).unwrap();
    let mut opened = Opened::at(directory.path()).await;
    opened.submit_load("bob");
    opened.submit_append("eve", vec![message("alice", "2")]);
    opened.submit_load("eve");
    assert_eq!(opened.appended().await.1, None);
    let bob_is_told = ("bob".to_owned(), Completion::NotLoaded);
    assert_eq!(opened.answer().await, bob_is_told);
    assert_eq!(opened.loaded().await.0.len(), 2);
}

#[tokio::test]
async fn a_place_where_nothing_can_be_written_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = refused(&file.join("data")).await;
    assert!(
        error.contains("file/data: Not a directory"),
        "the path and the reason: {error}"
    );
    std::fs::create_dir(directory.path().join(FILE)).unwrap();
    let error = refused(directory.path()).await;
    assert!(error.contains("mobileim.db: Is a directory"), "{error}");
    // The kernel's own, where not even root can make files.
    let error = refused(Path::new("/proc/self/data")).await;
    assert!(error.contains("/proc/self/data: "), "{error}");
}

#[tokio::test]
async fn below_the_free_room_that_is_to_be_left_what_is_fetched_makes_room_and_nothing_fails() {
    let directory = tempfile::tempdir().unwrap();
    let mut opened = Opened::at(directory.path()).await;
    let long = || sized("alice", "1", 3000);
    let positions = opened.append("bob", vec![long(); 100]).await;
    // As if the disk had become fuller.
    let limits = StoreLimits::none();
    let more_than_any = limits.with_min_free_disk(Some(u64::MAX));
    opened.store().set_limits(more_than_any);
    let refused = opened.try_append("eve", long()).await;
    assert_eq!(refused, Err(StoreFailure::QuotaExceeded));
    let disk = opened.stats().disk.unwrap();
    assert!(disk.is_low && disk.free > 0, "{disk:?}");
    for position in &positions[..60] {
        opened.delete("bob", *position);
    }
    assert_eq!(opened.amount().await.0, 40);
    let mut again = 0;
    while opened.try_append("eve", long()).await.is_ok() {
        again += 1;
    }
    assert!((20..=60).contains(&again), "{again}");
    assert_eq!(opened.stats().refused.disk, 2);
    assert_eq!(opened.trouble().await, None);
    assert_eq!(opened.stored("bob").await.len(), 40);
    opened.store().set_limits(limits);
    opened.append("eve", vec![long(); 100]).await;
    assert!(!opened.stats().disk.unwrap().is_low);
}

#[tokio::test]
async fn nothing_that_is_asked_often_looks_at_what_others_have() {
    let directory = tempfile::tempdir().unwrap();
    Opened::at(directory.path()).await.close().await;
    let mut file = connect(directory.path()).await;
    for (statement, expected) in [
        (
            messages::LOAD,
            "SEARCH messages USING INDEX messages_in_order (receiver=? AND position>?)",
        ),
        (
            messages::COUNT,
            "SEARCH messages USING COVERING INDEX messages_in_order (receiver=?)",
        ),
        (
            messages::COUNT_OF_SENDER,
            "SEARCH messages USING COVERING INDEX messages_in_order (receiver=?)",
        ),
        (
            messages::LOOK,
            "SEARCH messages USING INDEX messages_in_order (receiver=? AND position>?)",
        ),
        (
            messages::PURGE,
            "SEARCH messages USING INDEX messages_in_order (receiver=?)",
        ),
        (
            messages::DELETE_OLD,
            "SEARCH messages USING COVERING INDEX messages_by_age (stored_at<?)",
        ),
        (
            messages::DELETE_EXPIRED,
            "SEARCH messages USING COVERING INDEX messages_by_expiry (expires_at<?)",
        ),
        (
            messages::DELETE,
            "SEARCH messages USING INTEGER PRIMARY KEY (rowid=?)",
        ),
    ] {
        let explain = format!("EXPLAIN QUERY PLAN {statement}");
        let plan: Vec<(i64, i64, i64, String)> =
            sqlx::query_as(&explain).fetch_all(&mut file).await.unwrap();
        let steps: Vec<_> = plan.iter().map(|step| &*step.3).collect();
        assert!(steps.contains(&expected), "{steps:?}");
        assert!(!steps.contains(&"SCAN messages"), "{steps:?}");
    }
}
