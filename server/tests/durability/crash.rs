//! The server is killed, or stopped.

use rustix::process::Signal;

use crate::client::{Client, data};
use crate::on_each_store;
use crate::place::Place;
use crate::server::Server;
use crate::traffic::{Numbers, Stream, WINDOW, fetch, send_all};

const ROUNDS: usize = 4;

on_each_store![
    what_was_acknowledged_before_a_kill_comes_once_and_in_order,
    what_is_under_way_to_a_silent_receiver_is_stored_before_sigterm_ends_the_server,
];

fn what_was_acknowledged_before_a_kill_comes_once_and_in_order(place: &Place) {
    let mut acknowledged = 0;
    for round in 0..ROUNDS {
        let server = Server::start(&mut place.command());
        let stream = Stream::start(server.tcp, Numbers::from(acknowledged));
        // In the middle of the stream, a little elsewhere each time.
        let enough = acknowledged + 700 + 37 * round;
        stream.wait_for(enough);
        server.kill();
        acknowledged = stream.end();
        assert!(acknowledged >= enough);
    }
    // The rest of what was under way, as a sender repeats it.
    let server = Server::start(&mut place.command());
    let all = acknowledged + WINDOW;
    send_all(server.tcp, Numbers::from(acknowledged).up_to(all));
    let fetched = fetch(server.tcp, all - 1);
    assert_eq!(fetched, (0..all).collect::<Vec<_>>());
    server.stop();

    // What bob has acknowledged does not come again.
    let server = Server::start(&mut place.command());
    send_all(server.tcp, Numbers::from(all).up_to(all + 1));
    assert_eq!(fetch(server.tcp, all), [all]);
    server.kill();
}

fn what_is_under_way_to_a_silent_receiver_is_stored_before_sigterm_ends_the_server(place: &Place) {
    const MESSAGES: usize = 100;
    let server = Server::start(&mut place.command());
    let mut bob = Client::log_in(server.tcp, "bob");
    let mut alice = Client::log_in(server.tcp, "alice");
    for n in 0..MESSAGES {
        alice.send(&data("alice", "bob", n, 0)).unwrap();
    }
    // He has them all, and says nothing.
    for _ in 0..MESSAGES {
        bob.receive().unwrap();
    }
    let (code, log) = server.end(Signal::TERM);
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("messages wait in "), "{log}");
    assert!(
        log.contains(&format!("is closed stored={MESSAGES} ")),
        "{log}"
    );
    let server = Server::start(&mut place.command());
    let fetched = fetch(server.tcp, MESSAGES - 1);
    assert_eq!(fetched, (0..MESSAGES).collect::<Vec<_>>());
    server.kill();
}
