//! A mailbox that is full.

use crate::client::{Client, data};
use crate::on_each_store;
use crate::place::Place;
use crate::server::Server;
use crate::traffic::{Numbers, fetch, send_all};

/// The code of "as much is stored for the receiver as may be" (docs/protocol.md).
const MAILBOX_FULL: i64 = 302;

on_each_store![
    one_noisy_sender_is_refused_and_told_and_leaves_room_for_the_others,
    what_all_have_is_limited_and_known_after_a_crash,
];

fn one_noisy_sender_is_refused_and_told_and_leaves_room_for_the_others(place: &Place) {
    let start = || Server::start(place.command().args(["--max-stored", "10"]));
    let mut server = start();
    send_all(server.tcp, Numbers::from(0).up_to(5));
    for round in 0..2 {
        assert_eq!(refused(&server, "alice", 5 + round), MAILBOX_FULL);
        // As it is for somebody else: also after a restart.
        let mut carol = Client::log_in(server.tcp, "carol");
        carol.send(&data("carol", "bob", round, 0)).unwrap();
        let answer = carol.receive().unwrap();
        assert_eq!(answer["type"], 4, "an acknowledgement: {answer}");
        server.stop();
        server = start();
    }
    let mut bob = Client::log_in(server.tcp, "bob");
    for (sender, fp) in [0, 1, 2, 3, 4]
        .map(|number| ("alice", number))
        .into_iter()
        .chain([("carol", 0), ("carol", 1)])
    {
        let message = bob.receive().unwrap();
        let got = (message["from"].as_str(), message["fp"].as_str());
        assert_eq!(got, (Some(sender), Some(&*fp.to_string())), "{message}");
        bob.acknowledge("bob", sender, &fp.to_string());
    }
    bob.see_all_handled();
    drop(bob);
    // There is room again, for what is new.
    send_all(server.tcp, Numbers::from(7).up_to(12));
    assert_eq!(refused(&server, "alice", 12), MAILBOX_FULL);
    assert_eq!(fetch(server.tcp, 11), [7, 8, 9, 10, 11]);
    let log = server.stop();
    assert!(log.contains(" were refused, and not acknowledged"), "{log}");
}

fn what_all_have_is_limited_and_known_after_a_crash(place: &Place) {
    let start = || Server::start(place.command().args(["--max-stored-bytes-in-all", "64KiB"]));
    let send = |server: &Server, sender: &str, number: usize| {
        let mut client = Client::log_in(server.tcp, sender);
        client.send(&data(sender, "eve", number, 2000)).unwrap();
        client.receive().unwrap()["type"] == 4
    };
    let mut server = start();
    // Half of it is the most that one sender gets, whoever it is for.
    let numbers = Numbers::from(0).with_len(2000).up_to(13);
    send_all(server.tcp, numbers);
    assert!(!send(&server, "alice", 13));
    let others = (0..).take_while(|number| send(&server, &format!("sender {number}"), *number));
    assert_eq!(others.count(), 12);
    for round in 0..2 {
        server.kill();
        server = start();
        assert!(!send(&server, "carol", round));
    }
    assert_eq!(fetch(server.tcp, 12).len(), 13);
    send_all(server.tcp, Numbers::from(20).with_len(2000).up_to(26));
    assert!(send(&server, "carol", 3));
    server.stop();
}

/// Sends a message that is refused; gives the code.
fn refused(server: &Server, sender: &str, number: usize) -> i64 {
    let mut client = Client::log_in(server.tcp, sender);
    client.send(&data(sender, "bob", number, 0)).unwrap();
    let answer = client.receive().unwrap();
    assert_eq!(answer["type"], 52, "an error: {answer}");
    let content: serde_json::Value =
        serde_json::from_str(answer["dataContent"].as_str().unwrap()).unwrap();
    content["errorCode"].as_i64().unwrap()
}
