//! Datagrams from everywhere.

use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use mobileim_tests::raw::login;

use crate::identity::{SECRET, token};
use crate::stage::{Report, Stage};
use crate::wire::address;

const TIME: Duration = Duration::from_secs(3);
/// How many there are a second, unless `MOBILEIM_ATTACK_DATAGRAMS` says another number. With as many as the system takes, the attacker
/// has a processor of its own, which people on this machine do not have then.
const DATAGRAMS: usize = 40_000;
/// How many addresses they come from.
const ADDRESSES: usize = 1000;

/// Sends as fast as the system takes it, from many addresses. Returns how many were sent.
fn flood(to: SocketAddr, datagram: impl Fn(usize) -> Vec<u8>) -> usize {
    let sockets: Vec<_> = (0..ADDRESSES)
        .map(|number| {
            let socket = UdpSocket::bind((address(number), 0)).expect("there are ports");
            socket.connect(to).expect("it is this machine");
            socket
        })
        .collect();
    let a_second = std::env::var("MOBILEIM_ATTACK_DATAGRAMS").ok();
    let a_second = a_second.map_or(DATAGRAMS, |number| number.parse().expect("a number"));
    let pace = Duration::from_secs(1) * 100 / u32::try_from(a_second).expect("a number of 32 bits");
    let began = Instant::now();
    let mut sent = 0;
    let mut next = began;
    for sockets in sockets.chunks(100).cycle() {
        if began.elapsed() >= TIME {
            break;
        }
        for socket in sockets {
            // A reader that is behind loses it, as in any network.
            let _ = socket.send(&datagram(sent));
            sent += 1;
        }
        next += pace;
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
    }
    sent
}

async fn attack(
    stage: &Stage,
    name: &str,
    datagram: impl Fn(usize) -> Vec<u8> + Send + 'static,
) -> Report {
    let to = stage.addresses.udp;
    let flood = async {
        let sent = tokio::task::spawn_blocking(move || flood(to, datagram)).await;
        let sent = sent.expect("sending does not panic");
        println!(
            "{name}: {} datagrams a second",
            sent as u64 / TIME.as_secs()
        );
    };
    stage.attack(name, flood).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_garbage_starves_nobody() {
    let stage = Stage::set(&[]).await;
    let garbage = |number: usize| format!("{{garbage {number}").into_bytes();
    let report = attack(&stage, "UDP garbage", garbage).await;
    report.expect_memory_below(32);
    stage.clear().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_logins_starves_nobody() {
    let stage = Stage::set_with(&["--jwt-secret", SECRET], token).await;
    let forged = token("nobody");
    // Made before: it is the server that is to be busy.
    let logins: Vec<_> = (0..1000)
        .map(|number| login(&format!("mallory-{number}"), &forged, 0).to_string())
        .collect();
    let logins = move |number: usize| logins[number % logins.len()].clone().into_bytes();
    let report = attack(&stage, "UDP logins", logins).await;
    report.expect_memory_below(256);
    stage.clear().await;
}
