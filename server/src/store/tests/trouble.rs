//! What is asked too much of, or at the wrong time, is refused in words.

use mobileim_protocol::MAX_ID_LEN;
use mobileim_protocol::mailbox::StoreFailure;

use super::place::Place;
use super::{message, numbered, on_each_database, sized};
use crate::store::Completion;
use crate::store::durable::MAX_QUEUED_BYTES;
use mobileim_hub::Deferred;

on_each_database![
    more_than_may_wait_for_the_disk_is_refused,
    a_receiver_with_a_name_that_nobody_can_have_is_refused,
    closing_waits_for_what_was_asked_before_and_refuses_what_comes_after,
    a_second_server_is_refused_and_told_why,
    what_a_later_version_wrote_is_refused,
];

async fn more_than_may_wait_for_the_disk_is_refused(place: Place) {
    let mut opened = place.open().await;
    // Messages take more than their bodies.
    let half = usize::try_from(MAX_QUEUED_BYTES / 2).unwrap() - 2048;
    for n in 0..3 {
        opened.submit_append("bob", vec![sized("alice", &n.to_string(), half)]);
    }
    let (positions, failure) = opened.appended().await;
    assert_eq!(
        (positions.len(), failure),
        (0, Some(StoreFailure::Unavailable))
    );
    let taken = [opened.appended().await, opened.appended().await];
    assert!(taken.iter().all(|(_, failure)| failure.is_none()));
    for (positions, _) in taken {
        opened.delete("bob", positions[0]);
    }
    opened.append("bob", vec![message("alice", "3")]).await;
    assert_eq!(opened.stored("bob").await, ["3"]);
}

async fn a_receiver_with_a_name_that_nobody_can_have_is_refused(place: Place) {
    let mut opened = place.open().await;
    let name = "x".repeat(MAX_ID_LEN + 1);
    let refused = opened.try_append(&name, message("alice", "1")).await;
    assert_eq!(refused, Err(StoreFailure::NoStore));
    opened.append(&name[1..], vec![message("alice", "1")]).await;
}

async fn closing_waits_for_what_was_asked_before_and_refuses_what_comes_after(place: Place) {
    let mut opened = place.open().await;
    for _ in 0..200 {
        opened.submit_append("bob", numbered(10));
    }
    let closed = opened.store().close();
    opened.submit_append("bob", numbered(1));
    let Deferred::Pending(closed) = closed else {
        panic!("there is something to wait for");
    };
    closed.await;
    for _ in 0..200 {
        assert_eq!(opened.appended().await.1, None);
    }
    let late = Completion::not_appended(StoreFailure::Unavailable);
    assert_eq!(opened.answer().await.1, late);
    // While the closed one is still there.
    let mut reopened = place.open().await;
    assert_eq!(reopened.stored("bob").await.len(), 2000);
}

async fn a_second_server_is_refused_and_told_why(place: Place) {
    let mut opened = place.open().await;
    let error = place.refused().await;
    assert!(
        error.ends_with("another process uses it") || error.ends_with("another server uses it"),
        "{error}"
    );
    opened.append("bob", vec![message("alice", "1")]).await;
}

async fn what_a_later_version_wrote_is_refused(place: Place) {
    place.open().await.close().await;
    let hash = match place {
        Place::Sqlite(_) => "x'00'",
        Place::Postgres(_) => "'\\x00'",
    };
    place
        .run_sql(&format!(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (1000, 'later', TRUE, {hash}, 0)"
        ))
        .await;
    let error = place.refused().await;
    assert!(error.contains("a later version"), "{error}");
}
