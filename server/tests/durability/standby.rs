//! A second server on the same store waits until the first one is gone.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use mobileim_test_postgres::Cluster;
use rustix::process::{Signal, kill_process};

use crate::on_each_store;
use crate::place::Place;
use crate::server::{Server, Starting, address, get};
use crate::traffic::{Numbers, Stream, WINDOW, fetch, send_all};

on_each_store![
    a_second_server_waits_and_says_so,
    a_standby_takes_over_under_load_when_the_first_server_is_killed,
    a_standby_takes_over_under_load_when_the_first_server_is_stopped,
    a_standby_that_is_stopped_ends_well,
];

/// How long it may take to take over, however slow the machine is.
const TAKES_OVER_WITHIN: Duration = Duration::from_secs(5);

/// A server that waits, and where it will serve, and answers over HTTP.
fn stand_by(place: &Place) -> (Starting, SocketAddr, SocketAddr) {
    let standby = Starting::begin(&mut place.command());
    let line = standby.wait_for_line("a standby");
    let why = ["another process uses it", "another server uses it"];
    assert!(line.contains(" INFO "), "{line}");
    assert!(why.iter().any(|why| line.contains(why)), "{line}");
    let [tcp, http] = ["tcp=", "http="].map(|listener| {
        let line = line.replace(',', " ");
        address(&line, listener).unwrap()
    });
    (standby, tcp, http)
}

fn a_second_server_waits_and_says_so(place: &Place) {
    let server = Server::start(&mut place.command());
    send_all(server.tcp, Numbers::from(0).up_to(10));
    let (standby, tcp, http) = stand_by(place);
    let (status, text) = get(http, "/readyz");
    assert_eq!(status, 503);
    assert!(text.starts_with("it is a standby: "), "{text}");
    assert_eq!(get(http, "/healthz"), (200, format!("ok, but {text}")));
    // Clients go on to the next address at once.
    let refused = TcpStream::connect(tcp).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    // The first one does not notice.
    send_all(server.tcp, Numbers::from(10).up_to(20));
    assert_eq!(fetch(server.tcp, 19), (0..20).collect::<Vec<_>>());
    server.stop();
    let standby = standby.ready();
    assert_eq!(standby.tcp, tcp);
    standby.wait_until_ready();
    let log = standby.stop();
    assert!(log.contains("this one takes over"), "{log}");
}

fn a_standby_takes_over_under_load_when_the_first_server_is_killed(place: &Place) {
    takes_over(place, Signal::KILL);
}

fn a_standby_takes_over_under_load_when_the_first_server_is_stopped(place: &Place) {
    takes_over(place, Signal::TERM);
}

/// Each of a row of servers is ended under load, and the next one has all that was acknowledged.
fn takes_over(place: &Place, signal: Signal) {
    const ROUNDS: usize = 3;
    let mut acknowledged = 0;
    let mut server = Server::start(&mut place.command());
    for round in 0..ROUNDS {
        let (standby, _, _) = stand_by(place);
        let stream = Stream::start(server.tcp, Numbers::from(acknowledged));
        stream.wait_for(acknowledged + 300 + 37 * round);
        let (code, log) = server.end(signal);
        assert_eq!(code, (signal == Signal::TERM).then_some(0), "{log}");
        let began = Instant::now();
        server = standby.ready();
        let took = began.elapsed();
        println!("after {signal:?} it serves in {took:?}");
        assert!(took < TAKES_OVER_WITHIN, "{took:?}");
        acknowledged = stream.end();
    }
    let all = acknowledged + WINDOW;
    send_all(server.tcp, Numbers::from(acknowledged).up_to(all));
    assert_eq!(fetch(server.tcp, all - 1), (0..all).collect::<Vec<_>>());
    server.stop();
}

fn a_standby_that_is_stopped_ends_well(place: &Place) {
    let server = Server::start(&mut place.command());
    let (standby, _, _) = stand_by(place);
    kill_process(standby.pid(), Signal::TERM).unwrap();
    let (code, log) = standby.end();
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("SIGTERM: it had not begun"), "{log}");
    server.stop();
}

/// The first server is paused, as a machine that is moved, and the database forgets it meanwhile.
#[test]
fn a_server_that_has_lost_its_database_to_its_standby_leaves_its_clients_to_it() {
    let cluster = Cluster::shared();
    let database = cluster.create_database();
    let name = database.name.clone();
    let place = Place::Postgres(database);
    let first = Server::start(&mut place.command());
    send_all(first.tcp, Numbers::from(0).up_to(10));
    let (standby, _, _) = stand_by(&place);
    kill_process(first.pid(), Signal::STOP).unwrap();
    // The standby's own connection too, which it makes anew.
    cluster.run_as_admin(&format!(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{name}'"
    ));
    let second = standby.ready();
    let (code, log) = first.end(Signal::CONT);
    assert_eq!(code, Some(1), "{log}");
    assert!(log.contains("another server has taken over"), "{log}");
    assert_eq!(fetch(second.tcp, 9), (0..10).collect::<Vec<_>>());
    second.stop();
}
