//! A data directory that is removed while the server runs.

use std::time::Duration;

use crate::client::{Client, Received, data};
use crate::place::in_directory;
use crate::server::Server;
use crate::traffic::{Numbers, fetch, send_all};

/// How long a message that must not be acknowledged is watched.
const A_WHILE: Duration = Duration::from_millis(500);

#[test]
fn nothing_is_acknowledged_into_files_that_are_gone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data");
    let server = Server::start(&mut in_directory(&path));
    server.wait_until_ready();
    send_all(server.tcp, Numbers::from(0).up_to(10));
    std::fs::remove_dir_all(&path).unwrap();
    // Also if nobody sends anything.
    let trouble = server.trouble();
    assert!(trouble.contains("mobileim.db is not where"), "{trouble}");
    let mut alice = Client::log_in(server.tcp, "alice");
    for number in 10..20 {
        alice.send(&data("alice", "bob", number, 0)).unwrap();
    }
    let Received::Nothing = alice.receive_within(A_WHILE) else {
        panic!("it is acknowledged");
    };
    // What was acknowledged is there as long as the server runs.
    assert_eq!(fetch(server.tcp, 9), (0..10).collect::<Vec<_>>());
    let log = server.stop();
    assert!(log.contains("mobileim.db is not where"), "{log}");
}
