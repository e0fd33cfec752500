//! What keeps a server from starting is told, and nothing that is secret.

use std::process::Command;

use mobileim_test_postgres::Cluster;

use crate::place::{in_database, in_directory};
use crate::server::{Server, refused, refused_with};
use crate::traffic::{Numbers, send_all};

#[test]
fn a_data_directory_that_cannot_be_used_is_told() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let log = refused(&mut in_directory(file.path()));
    let path = file.path().display();
    assert!(
        log.contains(&format!("cannot keep messages in {path}: ")),
        "{log}"
    );
}

#[test]
fn a_store_that_needs_a_place_says_so() {
    for (store, text) in [
        (
            "sqlite",
            "'--store <KIND>' is sqlite, which needs 'data-dir'",
        ),
        (
            "postgres",
            "'--store <KIND>' is postgres, which needs 'database-url'",
        ),
    ] {
        let log = refused_with(
            2,
            Command::new(env!("CARGO_BIN_EXE_mobileim-server"))
                .args(["--dev", "--store", store])
                .env_remove("MOBILEIM_DATA_DIR")
                .env_remove("MOBILEIM_DATABASE_URL"),
        );
        assert!(log.contains(text), "{log}");
    }
}

#[test]
fn a_database_that_cannot_be_used_is_told() {
    let cluster = Cluster::shared();
    let url = |database| cluster.url("mobileim", "wrong-and-secret", database);
    let port = cluster.port();
    let log = refused(&mut in_database(&url("chat")));
    let expected = format!(
        "mobileim-server: cannot keep messages in PostgreSQL database chat at 127.0.0.1:{port}: password \
         authentication failed for user \"mobileim\""
    );
    assert!(log.contains(&expected), "{log}");
    let log = refused(&mut in_database("postgres://mobileim@127.0.0.1:1/chat"));
    assert!(log.contains("cannot connect: Connection refused"), "{log}");
}

#[test]
fn the_password_is_in_no_log_however_much_is_logged() {
    let cluster = Cluster::shared();
    let database = cluster.create_database();
    let password = "not-a-secret";
    assert!(database.url.contains(password));
    let mut command = in_database(&database.url);
    let server = Server::start(command.env("MOBILEIM_LOG", "trace"));
    send_all(server.tcp, Numbers::from(0).up_to(3));
    let log = server.stop();
    assert!(
        log.contains("DEBUG") && log.contains("messages wait in "),
        "{log}"
    );
    assert!(!log.contains(password));
    for url in [
        database.url.replace(password, "a/not-a-secret"),
        database.url.replace("postgres:", "mysql:"),
        format!("{}?pasword=not-a-secret", database.url),
        database.url.replace("/test", "/not"),
    ] {
        let mut command = in_database(&url);
        let log = refused(command.env("MOBILEIM_LOG", "trace"));
        assert!(!log.contains(password), "{log}");
    }
    let help = Command::new(env!("CARGO_BIN_EXE_mobileim-server"))
        .arg("--help")
        .env("MOBILEIM_DATABASE_URL", &database.url)
        .output()
        .unwrap();
    assert!(!String::from_utf8(help.stdout).unwrap().contains(password));
}
