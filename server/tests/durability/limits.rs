//! A mailbox that is full.

use crate::client::{Client, data};
use crate::on_each_store;
use crate::place::Place;
use crate::server::Server;
use crate::traffic::{Numbers, fetch, send_all};

/// The code of "as much is stored for the receiver as may be" (docs/protocol.md).
const MAILBOX_FULL: i64 = 302;

on_each_store![what_does_not_fit_is_refused_and_told_and_what_was_acknowledged_comes];

fn what_does_not_fit_is_refused_and_told_and_what_was_acknowledged_comes(place: &Place) {
    let mut command = place.command();
    let server = Server::start(command.args(["--max-stored", "5"]));
    send_all(server.tcp, Numbers::from(0).up_to(5));
    let mut alice = Client::log_in(server.tcp, "alice");
    alice.send(&data("alice", "bob", 5, 0)).unwrap();
    let answer = alice.receive().unwrap();
    assert_eq!(answer["type"], 52, "an error: {answer}");
    let content: serde_json::Value =
        serde_json::from_str(answer["dataContent"].as_str().unwrap()).unwrap();
    assert_eq!(content["errorCode"], MAILBOX_FULL, "{content}");
    assert_eq!(fetch(server.tcp, 4), [0, 1, 2, 3, 4]);
    // There is room again, for what is new.
    send_all(server.tcp, Numbers::from(6).up_to(11));
    assert_eq!(fetch(server.tcp, 10), [6, 7, 8, 9, 10]);
    let log = server.stop();
    assert!(log.contains(" were refused, and not acknowledged"), "{log}");
}
