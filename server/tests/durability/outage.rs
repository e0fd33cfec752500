//! The database crashes and comes back, while the server runs.

use mobileim_test_postgres::Cluster;

use crate::place::in_database;
use crate::server::Server;
use crate::traffic::{Numbers, Pair, Stream, WINDOW, fetch, send_all};

const ROUNDS: usize = 3;

#[test]
fn what_was_acknowledged_outlives_crashes_of_the_database_and_the_server_goes_on_by_itself() {
    let cluster = Cluster::start();
    let database = cluster.create_database();
    let server = Server::start(&mut in_database(&database.url));
    let stream = Stream::start(server.tcp, Numbers::from(0));
    let mut pair = Pair::log_in(server.tcp);
    let mut enough = 0;
    for round in 0..ROUNDS {
        // It works, or does again: with this server, this sender and this connection.
        enough += 500 + 37 * round;
        stream.wait_for(enough);
        cluster.crash();
        stream.wait_for_silence();
        pair.exchange();
        if round == 1 {
            // Longer than it takes to notice.
            stream.wait_for_silence();
        }
        cluster.start_again();
    }
    enough += 1000;
    stream.wait_for(enough);
    let acknowledged = stream.end();
    assert!(acknowledged >= enough);
    let all = acknowledged + 1;
    send_all(server.tcp, Numbers::from(acknowledged).up_to(all));
    let fetched = fetch(server.tcp, all - 1);
    assert_eq!(fetched, (0..all).collect::<Vec<_>>());
    let log = server.stop();
    assert!(
        log.contains("the message store PostgreSQL database "),
        "{log}"
    );
    assert!(log.contains(" works again"), "{log}");
    let failures = log.matches(" fails: ").count();
    assert!((1..=ROUNDS).contains(&failures), "{log}");
    assert_eq!(cluster.run(&database, "SELECT count(*) FROM messages"), "0");
}

#[test]
fn a_server_that_is_stopped_while_its_database_is_away_ends_all_the_same() {
    let cluster = Cluster::start();
    let database = cluster.create_database();
    let server = Server::start(&mut in_database(&database.url));
    send_all(server.tcp, Numbers::from(0).up_to(10));
    let stream = Stream::start(server.tcp, Numbers::from(10));
    stream.wait_for(20);
    cluster.crash();
    stream.wait_for_silence();
    assert!(server.trouble().contains("PostgreSQL"));
    server.stop();
    let acknowledged = stream.end();
    cluster.start_again();
    let server = Server::start(&mut in_database(&database.url));
    let all = acknowledged + WINDOW;
    send_all(server.tcp, Numbers::from(acknowledged).up_to(all));
    let fetched = fetch(server.tcp, all - 1);
    assert_eq!(fetched, (0..all).collect::<Vec<_>>());
    server.kill();
}
