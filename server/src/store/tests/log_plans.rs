//! Nothing that is asked of logs looks at what others have.

use mobileim_hub::store::{log_of_group, log_of_pair};
use mobileim_protocol::mailbox::Position;
use mobileim_test_postgres::Cluster;

use super::logbook::{joins, leaves};
use super::numbered;
use super::place::Place;
use crate::database::sqlite::{FILE, Sqlite};
use crate::store::{postgres, sqlite};

const TABLES: [&str; 6] = [
    "log",
    "readers",
    "conversations",
    "cursors",
    "read_marks",
    "mentions",
];

/// Logs of which each has much, and of whose readers some have left.
async fn fill(place: &Place) {
    let mut opened = place.open().await;
    for n in 0..50 {
        let user = format!("user {n}");
        opened.log(&log_of_pair("bob", &user), numbered(100)).await;
        let team = log_of_group(&user);
        let names: Vec<_> = (0..50).map(|n| format!("user {n}")).collect();
        let names: Vec<_> = names.iter().map(|name| &**name).collect();
        let changes = vec![joins("a", &names), leaves("b", &names[..25])];
        opened.log(&team, changes).await;
        let mailbox = format!("{user}\u{ffff}1");
        opened.advance(&mailbox, Position(7));
        for user in &names[..3] {
            opened.mark(user, &team, 1).await;
        }
    }
    opened.close().await;
}

fn of_mentions() -> [(&'static str, Vec<&'static str>); 2] {
    [
        (
            sqlite::mentions::COUNT,
            vec![
                "SEARCH mentions USING PRIMARY KEY (conversation=? AND user=? AND seq>? AND seq<?)",
                "SEARCH log USING INDEX log_by_seq (conversation=? AND seq=?)",
            ],
        ),
        (
            sqlite::mentions::FORGET,
            vec!["SEARCH mentions USING COVERING INDEX mentions_by_seq (conversation=? AND seq<?)"],
        ),
    ]
}

#[tokio::test]
async fn in_a_file() {
    let place = Place::sqlite();
    fill(&place).await;
    let Place::Sqlite(directory) = &place else {
        unreachable!("it was made above");
    };
    let database = Sqlite::new(&directory.path().join(FILE));
    let mut file = database.open().await.unwrap();
    let once = "SEARCH log USING INDEX log_once (conversation=? AND sender=? AND fp=?)";
    let by_seq = "SEARCH log USING COVERING INDEX log_by_seq (conversation=?)";
    let positions =
        "SEARCH log USING COVERING INDEX log_in_order (conversation=? AND rowid>? AND rowid<?)";
    let name = "SEARCH conversations USING INDEX sqlite_autoindex_conversations_1 (name=?)";
    let at = "SEARCH log USING INTEGER PRIMARY KEY (rowid=?)";
    let of_user = "SEARCH readers USING PRIMARY KEY (user=?)";
    let by_id = "SEARCH conversations USING INTEGER PRIMARY KEY (rowid=?)";
    let id = "SEARCH conversations USING INTEGER PRIMARY KEY (rowid>?)";
    let range = "SEARCH log USING INDEX log_by_seq (conversation=? AND seq>? AND seq<?)";
    for (statement, expected) in [
        (sqlite::logs::FIND, vec![name, by_seq]),
        (&sqlite::logs::find_logged(8), vec![once]),
        (
            sqlite::logs::LEAVE_ALL,
            vec!["SEARCH readers USING INDEX readers_now (conversation=?)"],
        ),
        (sqlite::logs::LOOK_AT, vec![id, by_seq]),
        (
            sqlite::logs::BOUND,
            vec!["SEARCH log USING INDEX log_by_seq (conversation=?)"],
        ),
        (
            sqlite::logs::TRIM,
            vec!["SEARCH log USING COVERING INDEX log_by_seq (conversation=? AND seq<?)"],
        ),
        (
            sqlite::logs::FORGET_READERS,
            vec!["SEARCH readers USING INDEX readers_before (conversation=? AND until_seq<?)"],
        ),
        (
            sqlite::log_reads::NEXT,
            vec![
                of_user,
                positions,
                "SEARCH cursors USING PRIMARY KEY (mailbox=?)",
            ],
        ),
        (sqlite::log_reads::POSITIONS, vec![positions]),
        (sqlite::log_reads::AT, vec![at]),
        (sqlite::log_reads::VIEW, vec![name, by_seq]),
        (
            sqlite::log_reads::PERIODS,
            vec!["SEARCH readers USING PRIMARY KEY (user=? AND conversation=?)"],
        ),
        (sqlite::log_reads::READ, vec![range]),
        (sqlite::log_reads::READ_BACKWARDS, vec![range]),
        (
            sqlite::log_reads::LIST,
            vec![
                of_user,
                by_id,
                "SEARCH log USING COVERING INDEX log_in_order (conversation=?)",
                "SEARCH log USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN",
            ],
        ),
        (
            sqlite::log_reads::UNREAD,
            vec![
                range,
                "SEARCH read_marks USING PRIMARY KEY (conversation=? AND user=?)",
                "SEARCH readers USING PRIMARY KEY (user=? AND conversation=?)",
            ],
        ),
        (
            sqlite::logs::FORGET_MARKS,
            vec!["SEARCH read_marks USING PRIMARY KEY (conversation=?)"],
        ),
        (
            sqlite::log_reads::GROUPS,
            vec!["SEARCH conversations USING INDEX conversations_of_groups (id>?)"],
        ),
        (
            sqlite::log_reads::MEMBERS,
            vec!["SEARCH readers USING INDEX readers_now (conversation=?)"],
        ),
    ]
    .into_iter()
    .chain(of_mentions())
    {
        let explain = format!("EXPLAIN QUERY PLAN {statement}");
        let plan: Vec<(i64, i64, i64, String)> =
            sqlx::query_as(&explain).fetch_all(&mut file).await.unwrap();
        let steps: Vec<_> = plan.iter().map(|step| &*step.3).collect();
        for expected in expected {
            assert!(steps.contains(&expected), "{expected} in {steps:#?}");
        }
        for table in TABLES {
            let scan = format!("SCAN {table}");
            let scans = |step: &&&str| **step == scan || step.starts_with(&format!("{scan} "));
            assert_eq!(steps.iter().find(scans), None, "{steps:#?}");
        }
    }
}

/// What is asked of a server, the types of what belongs to it and an example, and what it must use.
const IN_A_SERVER: &[(&str, &str, &str, &[&str])] = &[
    (
        postgres::logs::FIND,
        "bytea[]",
        "'{x, y}'",
        &["conversations_name_key", "log_by_seq"],
    ),
    (
        postgres::logs::FIND_LOGGED,
        "bigint[], bytea[], bytea[]",
        "'{1}', '{alice}', '{7}'",
        &["log_once"],
    ),
    (
        postgres::logs::LEAVE,
        "bigint, bigint, bigint, bytea[]",
        "1, 1, 1, '{bob}'",
        &["readers_"],
    ),
    (
        postgres::logs::LEAVE_ALL,
        "bigint, bigint, bigint",
        "1, 1, 1",
        &["readers_"],
    ),
    (
        postgres::logs::LOOK_AT,
        "bigint, bigint",
        "7, 10",
        &["conversations_pkey", "log_by_seq"],
    ),
    (
        postgres::logs::BOUND,
        "bigint, bigint, bigint, bigint",
        "7, 0, 0, 10",
        &["log_by_seq"],
    ),
    (
        postgres::logs::TRIM,
        "bigint, bigint",
        "7, 3",
        &["log_by_seq"],
    ),
    (
        postgres::logs::FORGET_READERS,
        "bigint, bigint",
        "7, 3",
        &["readers_before"],
    ),
    (
        postgres::log_reads::LOAD,
        "bytea, bigint, bytea, bigint, bigint",
        "'user 7', 0, 'user 7', 257, 1000000",
        &["readers_pkey", "log_in_order", "log_pkey", "cursors_pkey"],
    ),
    (
        postgres::log_reads::VIEW,
        "bytea",
        "'x'",
        &["conversations_name_key", "log_by_seq"],
    ),
    (
        postgres::log_reads::PERIODS,
        "bytea, bigint",
        "'user 7', 7",
        &["readers_pkey"],
    ),
    (
        postgres::log_reads::READ,
        "bigint, bigint, bigint, bigint, bigint",
        "7, 1, 50, 10, 1000",
        &["log_by_seq"],
    ),
    (
        postgres::log_reads::READ_BACKWARDS,
        "bigint, bigint, bigint, bigint, bigint",
        "7, 1, 50, 10, 1000",
        &["log_by_seq"],
    ),
    (
        postgres::log_reads::LIST,
        "bytea, bigint, bigint",
        "'user 7', 10000000, 10",
        &[
            "readers_pkey",
            "conversations_pkey",
            "log_in_order",
            "log_pkey",
        ],
    ),
    (
        postgres::log_reads::UNREAD,
        "bytea, bigint[], bytea, bigint, bigint",
        "'user 7', '{7, 8}', 'x', 1000, 5000",
        &["readers_pkey", "read_marks_pkey", "log_by_seq"],
    ),
    (
        postgres::logs::FORGET_MARKS,
        "bigint",
        "7",
        &["read_marks_pkey"],
    ),
    (
        postgres::mentions::COUNT,
        "bytea, bigint[], bytea, bigint",
        "'user 7', '{7, 8}', '', 1000",
        &["readers_pkey", "read_marks_pkey", "mentions_", "log_by_seq"],
    ),
    (
        postgres::mentions::FORGET,
        "bigint, bigint",
        "7, 3",
        &["mentions_by_seq"],
    ),
    (
        postgres::log_reads::GROUPS,
        "bigint, bigint",
        "7, 10",
        &["conversations_"],
    ),
    (
        postgres::log_reads::MEMBERS,
        "bigint[], bigint, bytea, bigint",
        "'{7, 8}', 0, '', 10",
        &["readers_now"],
    ),
];

#[tokio::test]
async fn in_a_database_server() {
    let place = Place::postgres();
    fill(&place).await;
    let Place::Postgres(database) = &place else {
        unreachable!("it was made above");
    };
    let cluster = Cluster::shared();
    cluster.run(database, "ANALYZE");
    for (statement, types, values, indexes) in IN_A_SERVER {
        // As it is where tables are so large that reading all of one is out of the question.
        let plan = cluster.run(
            database,
            &format!(
                "SET enable_seqscan = off; PREPARE s({types}) AS {statement}; EXPLAIN EXECUTE s({values})"
            ),
        );
        for index in *indexes {
            assert!(plan.contains(index), "{index} in {plan}");
        }
        for table in TABLES {
            assert!(!plan.contains(&format!("Seq Scan on {table}")), "{plan}");
        }
    }
}
