//! A server is killed or stopped under load, and its standby takes over; clients that have both addresses find it by themselves.

use std::sync::Arc;
use std::time::{Duration, Instant};

use mobileim_client::{ServerAddress, State, Transport};
use mobileim_test_postgres::Cluster;
use mobileim_tests::{ALL_TRANSPORTS, Ledger, ServerProgram, Talker, within};
use tokio::sync::watch;

use crate::{go_on, settle};

/// How often each test ends a server.
const ROUNDS: usize = 3;

/// Clients come back within a second of this, a part of that at random: the test is not to wait longer.
const SPREAD: &str = "--drain-spread=1s";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_with_both_addresses_lose_nothing_to_kills_and_stops_on_sqlite() {
    take_over_again_and_again(&[SPREAD]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_with_both_addresses_lose_nothing_to_kills_and_stops_on_postgres() {
    let database = Cluster::shared().create_database();
    take_over_again_and_again(&[SPREAD, "--database-url", &database.url]).await;
}

async fn take_over_again_and_again(more_args: &[&str]) {
    let data = tempfile::tempdir().unwrap();
    let mut server = ServerProgram::start(data.path(), more_args).await;
    let mut standby = ServerProgram::stand_by(data.path(), more_args).await;
    let addresses: [_; 3] = ALL_TRANSPORTS.map(|transport| both(&server, &standby, transport));
    let ledger = Arc::new(Ledger::default());
    let stop = watch::Sender::new(false);
    let (mut talkers, mut talks) = (Vec::new(), Vec::new());
    for (first, transport) in addresses.iter().zip(ALL_TRANSPORTS) {
        for (second, other) in addresses.iter().zip(ALL_TRANSPORTS) {
            let names = ["alice", "bob"].map(|who| format!("{who}-{transport}-{other}"));
            let alice = Talker::of_two(&names[0], first.clone(), &ledger);
            let bob = Talker::of_two(&names[1], second.clone(), &ledger);
            alice.login().await;
            bob.login().await;
            talks.push(alice.talk(bob.name(), 16, stop.subscribe()));
            talks.push(bob.talk(alice.name(), 1, stop.subscribe()));
            talkers.extend([alice, bob]);
        }
    }
    for round in 0..ROUNDS {
        for killed in [true, false] {
            go_on(&ledger, 500).await;
            if killed {
                server.kill().await;
            } else {
                let (status, log) = server.terminate().await;
                assert_eq!(status.code(), Some(0), "{log}");
            }
            let began = Instant::now();
            standby.takes_over().await;
            let took = began.elapsed();
            // Everybody is back.
            go_on(&ledger, 500).await;
            let how = if killed { "killed" } else { "stopped" };
            println!(
                "round {round}, {how}: serves after {took:?}, 500 messages more after {:?}",
                began.elapsed()
            );
            // The one that has ended is the standby of the other.
            std::mem::swap(&mut server, &mut standby);
            standby.stand_by_again().await;
        }
    }
    stop.send_replace(true);
    let verdict = settle(&ledger).await;
    for talk in talks {
        within("end of a talk", talk).await.expect("it ends well");
    }
    println!("{} ends: {verdict}", 2 * ROUNDS);
    drop(talkers);
}

fn both(
    server: &ServerProgram,
    standby: &ServerProgram,
    transport: Transport,
) -> [ServerAddress; 2] {
    [server.address(transport), standby.address(transport)]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_of_a_server_that_stops_come_back_by_themselves_spread_over_the_wait() {
    const CLIENTS: usize = 8;
    let data = tempfile::tempdir().unwrap();
    let mut server = ServerProgram::start(data.path(), &["--drain-spread=3s"]).await;
    let ledger = Arc::new(Ledger::default());
    let mut talkers = Vec::new();
    for transport in ALL_TRANSPORTS {
        for number in 0..CLIENTS {
            let name = format!("{transport}-{number}");
            let talker = Talker::new(name, server.address(transport), &ledger);
            talker.login().await;
            talkers.push(talker);
        }
    }
    let began = Instant::now();
    let (status, log) = server.terminate().await;
    assert_eq!(status.code(), Some(0), "{log}");
    for talker in &talkers {
        let mut state = talker.client().watch_state();
        let gone = state.wait_for(|state| *state != State::Online);
        within("end of a session", gone).await.unwrap();
    }
    server.start_again().await;
    let backs = talkers.iter().map(|talker| {
        let mut state = talker.client().watch_state();
        tokio::spawn(async move {
            let back = state.wait_for(|state| *state == State::Online);
            within("return of a client", back).await.unwrap();
            began.elapsed()
        })
    });
    let mut times = Vec::new();
    for back in backs.collect::<Vec<_>>() {
        times.push(back.await.unwrap());
    }
    times.sort_unstable();
    let (first, last) = (times[0], times[times.len() - 1]);
    println!(
        "{} clients are back after {first:?} to {last:?}",
        times.len()
    );
    assert!(
        first + Duration::from_secs(1) < last,
        "all at once: {times:?}"
    );
    // Three tenths more, and what a slow machine takes.
    assert!(last < Duration::from_secs(8), "{times:?}");
}
