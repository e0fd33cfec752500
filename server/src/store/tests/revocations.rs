//! Revocations of tokens in the store's database.

use std::sync::Arc;

use mobileim_hub::Deferred;

use super::on_each_database;
use super::place::{Opened, Place, TestClock};
use crate::revocations::Revocations;
use crate::store::{OpenError, Store, StoreLimits};

on_each_database!(
    what_is_revoked_is_so_after_a_restart_and_what_is_taken_back_is_not,
    more_than_one_page_of_them_is_read,
    those_that_do_not_count_any_more_are_removed,
    a_store_that_cannot_keep_one_says_so,
    a_table_that_is_gone_is_told_when_the_store_is_opened,
);

async fn open(place: &Place) -> Result<(Revocations, Opened), OpenError> {
    let revocations = Revocations::default();
    let (limits, clock) = (StoreLimits::none(), Arc::new(TestClock::default()));
    let store: Arc<dyn Store> = match place {
        Place::Sqlite(_) => {
            let store = place.sqlite_store(limits, clock).await?;
            store.keep_revocations(&revocations).await?;
            Arc::new(store)
        }
        Place::Postgres(_) => {
            let store = place.postgres_store(limits, clock).await?;
            store.keep_revocations(&revocations).await?;
            Arc::new(store)
        }
    };
    Ok((revocations, Opened::started(store)))
}

async fn durable(kept: Deferred<Result<(), String>>) -> Result<(), String> {
    match kept {
        Deferred::Ready(kept) => kept,
        Deferred::Pending(kept) => kept.await,
    }
}

async fn revoke(revocations: &Revocations, user: &str, before: Option<i64>) -> i64 {
    let revoking = revocations.revoke(user, before).unwrap();
    durable(revoking.kept).await.unwrap();
    revoking.before
}

async fn what_is_revoked_is_so_after_a_restart_and_what_is_taken_back_is_not(place: Place) {
    let (revocations, opened) = open(&place).await.unwrap();
    for user in ["alice", "小王", "a\0b"] {
        assert_eq!(revoke(&revocations, user, Some(5000)).await, 5000);
    }
    assert_eq!(revoke(&revocations, "alice", Some(4000)).await, 5000);
    assert_eq!(revoke(&revocations, "alice", Some(6000)).await, 6000);
    revoke(&revocations, "bob", None).await;
    durable(revocations.take_back("bob").1).await.unwrap();
    opened.close().await;

    let (revocations, opened) = open(&place).await.unwrap();
    assert_eq!(revocations.counted().0, 3);
    for (user, before) in [("alice", 6000), ("小王", 5000), ("a\0b", 5000)] {
        assert!(revocations.refuses(user, Some(before - 1)), "{user:?}");
        assert!(!revocations.refuses(user, Some(before)), "{user:?}");
    }
    assert!(!revocations.refuses("bob", None));
    opened.close().await;
}

async fn more_than_one_page_of_them_is_read(place: Place) {
    let (_, opened) = open(&place).await.unwrap();
    opened.close().await;
    let sql = match &place {
        Place::Sqlite(_) => {
            "WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < 20001)
            INSERT INTO revocations (user, issued_before, since) SELECT 'user-' || number, 7, 9000000000000 FROM numbers"
        }
        Place::Postgres(_) => {
            "INSERT INTO revocations (user_id, issued_before, since)
            SELECT convert_to('user-' || number, 'UTF8'), 7, 9000000000000 FROM generate_series(1, 20001) AS number"
        }
    };
    place.run_sql(sql).await;
    let (revocations, opened) = open(&place).await.unwrap();
    assert_eq!(revocations.counted().0, 20_001);
    assert!(revocations.refuses("user-20001", Some(6)));
    opened.close().await;
}

async fn those_that_do_not_count_any_more_are_removed(place: Place) {
    let (revocations, opened) = open(&place).await.unwrap();
    let before = revoke(&revocations, "alice", None).await;
    revoke(&revocations, "bob", Some(9_000_000_000_000)).await;
    let days = |days: i64| days * 24 * 60 * 60 * 1000;
    revocations.sweep(before + days(30));
    assert_eq!(revocations.counted().0, 2);
    revocations.sweep(before + days(31));
    assert_eq!(revocations.counted().0, 1);
    opened.close().await;

    let (revocations, opened) = open(&place).await.unwrap();
    assert_eq!(revocations.counted().0, 1);
    assert!(revocations.refuses("bob", Some(0)));
    opened.close().await;
}

async fn a_store_that_cannot_keep_one_says_so(place: Place) {
    let (revocations, opened) = open(&place).await.unwrap();
    opened.close().await;
    let revoking = revocations.revoke("alice", None).unwrap();
    let why = durable(revoking.kept).await.unwrap_err();
    assert_eq!(why, "the database is closed");
    assert!(revocations.refuses("alice", Some(0)));
}

async fn a_table_that_is_gone_is_told_when_the_store_is_opened(place: Place) {
    let (_, opened) = open(&place).await.unwrap();
    opened.close().await;
    place.run_sql("DROP TABLE revocations").await;
    let error = open(&place).await.err().unwrap().to_string();
    assert!(
        error.starts_with("cannot keep messages in ") && error.contains("revocations"),
        "{error}"
    );
}
