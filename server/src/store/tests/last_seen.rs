//! When users were online last.

use std::sync::Arc;

use super::on_each_database;
use super::place::Place;
use crate::store::Store;

on_each_database![
    it_is_known_after_a_restart,
    a_table_that_is_gone_costs_nothing_else,
];

fn names(users: &[&str]) -> Vec<Arc<str>> {
    users.iter().copied().map(Arc::from).collect()
}

async fn last_seen(store: &dyn Store, users: &[&str]) -> Result<Vec<(String, i64)>, String> {
    let found = store.last_seen(&names(users)).wait().await?;
    let mut found: Vec<_> = found
        .into_iter()
        .map(|seen| (seen.user.to_string(), seen.at))
        .collect();
    found.sort();
    Ok(found)
}

async fn it_is_known_after_a_restart(place: Place) {
    let opened = place.open().await;
    for (user, at) in [("alice", 5), ("小王", 6), ("a\0b", 7), ("alice", 8)] {
        opened.store().note_seen(&user.into(), at);
    }
    for number in 0..1000 {
        let user = format!("user {number}");
        opened.store().note_seen(&user.into(), number);
    }
    opened.close().await;
    let opened = place.open().await;
    let found = last_seen(
        opened.store(),
        &["alice", "bob", "小王", "a\0b", "user 999"],
    )
    .await;
    let expected = [("a\0b", 7), ("alice", 8), ("user 999", 999), ("小王", 6)];
    assert_eq!(
        found.unwrap(),
        expected.map(|(user, at)| (user.to_owned(), at))
    );
    // It never goes back.
    opened.store().note_seen(&"alice".into(), 7);
    assert_eq!(
        last_seen(opened.store(), &["alice"]).await,
        Ok(vec![("alice".to_owned(), 8)])
    );
    assert_eq!(last_seen(opened.store(), &[]).await, Ok(vec![]));
    opened.close().await;
}

async fn a_table_that_is_gone_costs_nothing_else(place: Place) {
    place.open().await.close().await;
    place.run_sql("DROP TABLE last_seen").await;
    let mut opened = place.open().await;
    opened.store().note_seen(&"alice".into(), 5);
    let told = last_seen(opened.store(), &["alice"]).await.unwrap_err();
    assert!(told.contains("last_seen"), "{told}");
    let stored = opened
        .append("bob", vec![super::message("alice", "1")])
        .await;
    assert_eq!(stored.len(), 1);
    opened.close().await;
}
