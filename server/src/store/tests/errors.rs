//! What is wrong with a place is said by a variant, for programs, and in words, for operators.

use mobileim_test_postgres::Cluster;

use super::message;
use super::place::Place;
use crate::database::Failure;
use crate::database::sqlite::FILE;
use crate::store::{OpenError, PostgresStore, SqliteStore, StoreLimits};

async fn wrong_with(url: &str) -> Failure {
    let refused = PostgresStore::connect(url, StoreLimits::none()).await;
    refused.unwrap_err().failure
}

#[tokio::test]
async fn whoever_has_it_is_told_from_whoever_wrote_it() {
    for place in [Place::sqlite(), Place::postgres()] {
        let mut opened = place.open().await;
        opened.append("bob", vec![message("alice", "1")]).await;
        let OpenError { failure, .. } = place.error().await;
        assert!(matches!(failure, Failure::InUse(_)), "{failure:?}");
        opened.close().await;

        place
            .run_sql("UPDATE _sqlx_migrations SET version = 999 WHERE version = 2")
            .await;
        let OpenError { failure, .. } = place.error().await;
        assert!(matches!(failure, Failure::TooNew), "{failure:?}");
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_and_a_place_where_none_can_be_are_told_apart() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join(FILE), "no database, ".repeat(100)).unwrap();
    let opened = SqliteStore::open(directory.path(), StoreLimits::none()).await;
    let OpenError { failure, .. } = opened.unwrap_err();
    assert!(matches!(failure, Failure::NotADatabase(_)), "{failure:?}");

    let file = directory.path().join(FILE);
    let OpenError { failure, place } = SqliteStore::open(&file, StoreLimits::none())
        .await
        .unwrap_err();
    assert!(matches!(failure, Failure::File(_)), "{failure:?}");
    assert_eq!(place, file.display().to_string());
}

#[tokio::test]
async fn a_server_that_is_not_there_one_that_refuses_and_an_address_that_is_none_are_told_apart() {
    let cluster = Cluster::shared();
    let database = cluster.create_database();
    let port = cluster.port();
    for (url, expected) in [
        (cluster.url("mobileim", "wrong", &database.name), "Refused"),
        (cluster.url("mobileim", "not-a-secret", "none"), "Refused"),
        (
            "postgres://mobileim@127.0.0.1:1/none".to_owned(),
            "Unreachable",
        ),
        (format!("mysql://127.0.0.1:{port}/none"), "BadAddress"),
    ] {
        let failure = wrong_with(&url).await;
        let variant = format!("{failure:?}");
        assert!(variant.starts_with(expected), "{expected}: {variant}");
    }
}
