//! Connections without end.

use std::net::SocketAddr;

use futures_util::StreamExt as _;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use mobileim_tests::within;
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use crate::metrics::Metrics;
use crate::stage::Stage;
use crate::wire::{address, connect};

/// How many there are, unless `MOBILEIM_ATTACK_CONNECTIONS` says another number.
const CONNECTIONS: usize = 6_000;
/// How many the server lets be that have not logged in.
const STRANGERS: usize = 4_096;

fn connections() -> usize {
    let number = std::env::var("MOBILEIM_ATTACK_CONNECTIONS").ok();
    number.map_or(CONNECTIONS, |number| number.parse().expect("a number"))
}

/// Opens connections that say nothing, of as many addresses.
async fn open(number: usize, addresses: usize, to: SocketAddr) -> Vec<TcpStream> {
    let mut streams = Vec::new();
    let numbers: Vec<_> = (0..number).collect();
    for numbers in numbers.chunks(100) {
        let opening = numbers
            .iter()
            .map(|number| connect(address(number % addresses), to));
        let opened = within("the system's answers", join_all(opening)).await;
        streams.extend(
            opened
                .into_iter()
                .map(|stream| stream.expect("the system has room")),
        );
    }
    streams
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_never_log_in_push_out_each_other_and_nobody_else() {
    let stage = Stage::set(&[]).await;
    let number = connections();
    let too_many = u32::try_from(number - STRANGERS).unwrap();
    let crowded = r#"mobileim_connections_closed_without_session_total{reason="crowded"}"#;
    let attack = async {
        let streams = open(number, 100, stage.addresses.tcp).await;
        within("the end of the oldest", async {
            let mut last = 0.0;
            while last < f64::from(too_many) {
                last = Metrics::of(stage.addresses.http).await.value(crowded);
            }
        })
        .await;
        streams
    };
    let name = format!("{number} connections that never log in");
    let report = stage.attack(&name, attack).await;
    report.expect_counted(crowded, too_many);
    report.expect_memory_below(96);
    stage.clear().await;
}

/// Waits until the server closes a connection that it says nothing on.
async fn end(mut stream: TcpStream) {
    let end = stream.read(&mut [0]).await;
    assert!(matches!(end, Ok(0) | Err(_)), "it says something");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_takes_no_more_than_its_share_of_the_connections() {
    const MORE: usize = 500;
    let stage = Stage::set(&[]).await;
    let attack = async {
        let streams = open(1000 + MORE, 1, stage.addresses.tcp).await;
        // Those that came last, which need not be those that were opened last.
        let mut ends: FuturesUnordered<_> = streams.into_iter().map(end).collect();
        let ended = within("the end of those past the bound", async {
            for _ in 0..MORE {
                ends.next().await;
            }
        });
        ended.await;
        ends
    };
    let report = stage
        .attack("1,500 connections of one address", attack)
        .await;
    report.expect_counted(
        r#"mobileim_connections_closed_without_session_total{reason="too_many_connections"}"#,
        u32::try_from(MORE).unwrap(),
    );
    stage.clear().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_descriptors_keeps_who_is_there_and_goes_on_when_there_are_some() {
    const FEW: u64 = 150;
    let stage = Stage::set(&[]).await;
    let process = i32::try_from(stage.process()).ok().and_then(Pid::from_raw);
    let limit = |current| {
        let maximum = Some(20_000);
        prlimit(process, Resource::Nofile, Rlimit { current, maximum }).expect("it is our process")
    };
    let attack = async {
        // Less than the server knows of: it finds out when it accepts.
        let before = limit(Some(FEW));
        let streams = open(400, 10, stage.addresses.tcp).await;
        within("the last descriptor", async {
            while stage.descriptors() < FEW {
                stage.chat(1).await;
            }
        })
        .await;
        // Some time without.
        stage.chat(80).await;
        let during = limit(before.current);
        assert_eq!(during.current, Some(FEW));
        drop(streams);
    };
    stage.attack("no descriptors", attack).await;
    stage.clear().await;
}
