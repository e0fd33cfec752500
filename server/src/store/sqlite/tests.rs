use std::time::Duration;

use mobileim_protocol::mailbox::{Envelope, Position, StoredMessage};
use tempfile::TempDir;

use super::*;

/// A store, and what it answers.
struct Opened {
    store: SqliteStore,
    answers: mpsc::UnboundedReceiver<(String, Completion)>,
}

impl Opened {
    async fn at(directory: &Path) -> Self {
        Self::started(SqliteStore::open(directory).await.unwrap())
    }

    async fn with_max_pages(directory: &Path, pages: u32) -> Self {
        let database = Database::new(&directory.join(FILE)).with_max_pages(pages);
        database::make_private(directory, database.path()).unwrap();
        Self::started(SqliteStore::with(database).await.unwrap())
    }

    fn started(store: SqliteStore) -> Self {
        let (sender, answers) = mpsc::unbounded_channel();
        store.start(Completions::new(move |user, completion| {
            sender.send((user.to_owned(), completion)).unwrap();
        }));
        Self { store, answers }
    }

    fn submit(&self, user: &str, request: Request) {
        assert_eq!(self.store.submit(&user.into(), request), None);
    }

    fn submit_append(&self, user: &str, message: Envelope) {
        let messages = vec![message];
        self.submit(user, Request::Append { messages });
    }

    /// Where messages were stored; none where the store failed.
    async fn appended(&mut self) -> Vec<Position> {
        match self.answer().await.1 {
            Completion::Appended { positions, failure } => {
                assert_eq!(
                    positions.is_empty(),
                    failure == Some(StoreFailure::Unavailable)
                );
                positions
            }
            other => panic!("{other:?} for an append"),
        }
    }

    async fn answer(&mut self) -> (String, Completion) {
        tokio::time::timeout(Duration::from_secs(20), self.answers.recv())
            .await
            .expect("the store answers")
            .unwrap()
    }

    /// Where a message was stored, if it was.
    async fn append(&mut self, user: &str, message: Envelope) -> Option<Position> {
        self.submit_append(user, message);
        self.appended().await.pop()
    }

    async fn load(
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
        match self.answer().await.1 {
            Completion::Loaded { messages, more } => (messages, more),
            other => panic!("{other:?} for a load"),
        }
    }

    /// Fingerprints of all that is stored.
    async fn stored(&mut self, user: &str) -> Vec<String> {
        let (messages, more) = self.load(user, Position::START, 10_000, 1 << 30).await;
        assert!(!more);
        let fps = messages.iter().map(|stored| stored.message.fp.to_string());
        fps.collect()
    }

    async fn close(self) {
        if let Deferred::Pending(closed) = self.store.close() {
            closed.await;
        }
    }
}

fn message(from: &str, fp: &str) -> Envelope {
    sized(from, fp, 10)
}

fn sized(from: &str, fp: &str, bytes: usize) -> Envelope {
    Envelope {
        from: from.into(),
        fp: fp.into(),
        bridge: fp.len().is_multiple_of(2),
        body: vec![b'x'; bytes].into(),
    }
}

fn directory() -> TempDir {
    tempfile::tempdir().unwrap()
}

async fn refused(directory: &Path) -> String {
    let error = SqliteStore::open(directory).await.unwrap_err();
    error.to_string()
}

#[tokio::test]
async fn what_was_stored_is_there_after_a_restart_as_it_was_and_in_order() {
    let directory = directory();
    let mut opened = Opened::at(directory.path()).await;
    for fp in ["3", "1", "22"] {
        opened.append("bob", message("alice", fp)).await.unwrap();
        opened.append("eve", message("bob", fp)).await.unwrap();
    }
    opened.close().await;
    let mut opened = Opened::at(directory.path()).await;
    let (messages, more) = opened.load("bob", Position::START, 10, 1000).await;
    let messages: Vec<_> = messages.into_iter().map(|stored| stored.message).collect();
    assert_eq!(messages, ["3", "1", "22"].map(|fp| message("alice", fp)));
    assert!(!more);
    assert_eq!(opened.stored("nobody").await, [""; 0]);
}

#[tokio::test]
async fn windows_end_where_their_limits_say() {
    let directory = directory();
    let mut opened = Opened::at(directory.path()).await;
    for fp in ["a", "b", "c", "d"] {
        opened.append("bob", message("alice", fp)).await.unwrap();
        opened.append("eve", message("alice", fp)).await.unwrap();
    }
    for (limit, max_bytes, expected, cut) in [
        (4, 40, 4, false),
        (3, 40, 3, true),
        (9, 39, 3, true),
        (9, 20, 2, true),
        (9, 0, 1, true),
    ] {
        let (messages, more) = opened.load("bob", Position::START, limit, max_bytes).await;
        assert_eq!(
            (messages.len(), more),
            (expected, cut),
            "{limit}, {max_bytes}"
        );
    }
    let (first, _) = opened.load("bob", Position::START, 3, 1000).await;
    let (rest, more) = opened.load("bob", first[2].position, 3, 1000).await;
    assert_eq!((&*rest[0].message.fp, rest.len(), more), ("d", 1, false));
    let (none, more) = opened.load("bob", rest[0].position, 3, 1000).await;
    assert!(none.is_empty() && !more);
}

#[tokio::test]
async fn each_append_has_a_place_of_its_own_also_of_a_repeated_message() {
    let directory = directory();
    let mut opened = Opened::at(directory.path()).await;
    let messages = ["1", "2", "1"].map(|fp| message("alice", fp)).to_vec();
    opened.submit("bob", Request::Append { messages });
    let positions = opened.appended().await;
    assert!(positions.is_sorted_by(|a, b| a < b), "{positions:?}");
    assert_eq!(opened.stored("bob").await, ["1", "2", "1"]);
    let position = positions[0];
    opened.submit("bob", Request::Delete { position });
    assert_eq!(opened.stored("bob").await, ["2", "1"]);
}

#[tokio::test]
async fn what_was_deleted_is_gone_and_its_position_is_not_used_again() {
    let directory = directory();
    let mut opened = Opened::at(directory.path()).await;
    let mut last = Position::START;
    for fp in ["1", "2", "3"] {
        last = opened.append("bob", message("alice", fp)).await.unwrap();
        if fp != "2" {
            opened.submit("bob", Request::Delete { position: last });
        }
    }
    assert_eq!(opened.stored("bob").await, ["2"]);
    opened.close().await;
    let mut opened = Opened::at(directory.path()).await;
    assert_eq!(opened.stored("bob").await, ["2"]);
    assert!(opened.append("bob", message("alice", "4")).await > Some(last));
}

#[tokio::test]
async fn messages_that_come_together_share_a_commit_and_are_answered_in_order() {
    const MESSAGES: u64 = 5000;
    let directory = directory();
    let mut opened = Opened::at(directory.path()).await;
    for n in 0..MESSAGES {
        let user = if n % 2 == 0 { "bob" } else { "eve" };
        opened.submit_append(user, message("alice", &n.to_string()));
    }
    opened.submit(
        "bob",
        Request::Load {
            after: Position::START,
            limit: 10_000,
            max_bytes: 1 << 20,
        },
    );
    let mut last = Position::START;
    for n in 0..MESSAGES {
        let positions = opened.appended().await;
        assert!(positions.len() == 1 && positions[0] > last, "{n}");
        last = positions[0];
    }
    let (user, Completion::Loaded { messages, .. }) = opened.answer().await else {
        panic!("the load is answered last");
    };
    assert_eq!((&*user, messages.len()), ("bob", 2500));
    assert!(opened.store.commits() <= 5, "{}", opened.store.commits());
}

#[tokio::test]
async fn a_full_disk_acknowledges_nothing_and_serves_what_is_there_until_there_is_room() {
    let directory = directory();
    let mut opened = Opened::with_max_pages(directory.path(), 40).await;
    let mut stored = Vec::new();
    let mut fps = Vec::new();
    for n in 0.. {
        let fp = n.to_string();
        match opened.append("bob", sized("alice", &fp, 3000)).await {
            Some(position) => {
                stored.push(position);
                fps.push(fp);
            }
            None => break,
        }
    }
    assert!(stored.len() > 10, "{}", stored.len());
    // In one batch: what cannot be done does not keep the rest from it.
    opened.submit_append("eve", sized("alice", "a", 200_000));
    let position = stored.remove(0);
    opened.submit("bob", Request::Delete { position });
    opened.submit(
        "bob",
        Request::Load {
            after: Position::START,
            limit: 10_000,
            max_bytes: 1 << 20,
        },
    );
    assert_eq!(opened.appended().await, []);
    let Completion::Loaded { messages, .. } = opened.answer().await.1 else {
        panic!("what is stored can be read");
    };
    assert_eq!(
        messages.len(),
        stored.len(),
        "also what is deleted then is gone"
    );
    assert_eq!(opened.stored("bob").await, fps[1..]);
    assert_eq!(opened.stored("eve").await, [""; 0]);
    for position in stored.drain(..) {
        opened.submit("bob", Request::Delete { position });
    }
    let again = opened.append("eve", sized("alice", "b", 3000)).await;
    assert!(again.is_some(), "there is room again");
    assert_eq!(opened.stored("eve").await, ["b"]);
    assert_eq!(opened.stored("bob").await, [""; 0]);
}

#[tokio::test]
async fn more_than_may_wait_for_the_disk_is_refused_in_its_turn() {
    let directory = directory();
    let mut opened = Opened::at(directory.path()).await;
    let half = MAX_QUEUED_BYTES / 2;
    for n in 0..3 {
        opened.submit_append("bob", sized("alice", &n.to_string(), half));
    }
    for stored in [1, 1, 0] {
        assert_eq!(opened.appended().await.len(), stored);
    }
    assert_eq!(opened.stored("bob").await, ["0", "1"]);
    opened.append("bob", message("alice", "2")).await.unwrap();
}

#[tokio::test]
async fn closing_waits_for_what_was_asked_before_and_refuses_what_comes_after() {
    let directory = directory();
    let mut opened = Opened::at(directory.path()).await;
    for n in 0..2000 {
        opened.submit_append("bob", message("alice", &n.to_string()));
    }
    let closed = opened.store.close();
    opened.submit_append("bob", message("alice", "late"));
    let Deferred::Pending(closed) = closed else {
        panic!("there is something to wait for");
    };
    closed.await;
    for _ in 0..2000 {
        assert_eq!(opened.appended().await.len(), 1);
    }
    assert_eq!(opened.appended().await, []);
    // While the closed one is still there.
    let mut reopened = Opened::at(directory.path()).await;
    assert_eq!(reopened.stored("bob").await.len(), 2000);
}

#[tokio::test]
async fn a_second_server_is_refused_and_told_why() {
    let directory = directory();
    let opened = Opened::at(directory.path()).await;
    let database = Database::new(opened.store.path()).without_patience();
    let error = SqliteStore::with(database).await.unwrap_err().to_string();
    assert!(
        error.ends_with("mobileim.db: another process uses it"),
        "{error}"
    );
}

#[tokio::test]
async fn a_file_that_is_no_database_is_told_and_left_alone() {
    let directory = directory();
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
async fn a_place_where_nothing_can_be_written_is_told() {
    let directory = directory();
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
async fn a_file_of_a_later_version_is_refused() {
    let directory = directory();
    Opened::at(directory.path()).await.close().await;
    let database = Database::new(&directory.path().join(FILE));
    let mut connection = database.connect().await.unwrap();
    database::run(
        &mut connection,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (1000, 'later', TRUE, x'00', 0)",
    )
    .await
    .unwrap();
    sqlx::Connection::close(connection).await.unwrap();
    let error = refused(directory.path()).await;
    assert!(error.contains("a later version"), "{error}");
}

#[tokio::test]
async fn reading_does_not_look_at_what_others_have() {
    let directory = directory();
    Opened::at(directory.path()).await.close().await;
    let database = Database::new(&directory.path().join(FILE));
    let mut connection = database.connect().await.unwrap();
    let explain = format!("EXPLAIN QUERY PLAN {}", database::LOAD);
    let plan: Vec<(i64, i64, i64, String)> = sqlx::query_as(&explain)
        .fetch_all(&mut connection)
        .await
        .unwrap();
    let steps: Vec<_> = plan.iter().map(|step| &*step.3).collect();
    assert_eq!(
        steps,
        ["SEARCH messages USING INDEX messages_in_order (receiver=? AND position>?)"]
    );
}

#[tokio::test]
async fn a_file_of_the_first_version_keeps_its_messages_and_how_far_positions_went() {
    // Messages 1 to 3, of which so many were deleted again.
    for deleted in [1, 3] {
        let directory = directory();
        let database = Database::new(&directory.path().join(FILE));
        database::make_private(directory.path(), database.path()).unwrap();
        let mut connection = database.connect().await.unwrap();
        database::migrate(&mut connection, 1).await.unwrap();
        for position in 1..=3 {
            sqlx::query("INSERT INTO messages VALUES (?, 'bob', 'alice', ?, 1, x'7b7d', 5)")
                .bind(position)
                .bind(position.to_string())
                .execute(&mut connection)
                .await
                .unwrap();
        }
        let positions: Vec<i64> = (4 - deleted..=3).collect();
        database::delete(&mut connection, &positions).await.unwrap();
        sqlx::Connection::close(connection).await.unwrap();

        let mut opened = Opened::at(directory.path()).await;
        let kept = ["1", "2"].iter().take(3 - positions.len());
        assert_eq!(
            opened.stored("bob").await,
            kept.copied().collect::<Vec<_>>()
        );
        let next = opened.append("bob", message("alice", "4")).await;
        assert_eq!(next, Some(Position(4)), "{deleted} deleted");
    }
}
