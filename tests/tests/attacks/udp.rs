//! Datagrams from everywhere.

use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use mobileim_client::{ServerAddress, Transport};
use mobileim_tests::chaos::{Direction, UdpProxy};
use mobileim_tests::people::Pair;
use mobileim_tests::raw::{RawConnection, data, login, received};
use serde_json::{Value, json};

use crate::identity::{SECRET, token};
use crate::stage::{PACE, Report, Stage};
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

/// What somebody sends who writes a client's address on datagrams to the server, or the server's on datagrams to a client.
fn forgeries(token: &str) -> (Vec<String>, Vec<String>) {
    let from_client = [
        json!({ "type": 3, "from": "forged-talker", "to": "0" }),
        json!({ "type": 1, "from": "forged-talker", "to": "0", "dataContent": "{}" }),
        received("forged-talker", "forged-listener", "a fingerprint"),
        data("forged-talker", "forged-listener", "another", "not mine"),
        login("mallory", token, 0),
        login("forged-talker", "no token", 0),
    ];
    let from_server = [
        json!({ "type": 54, "from": "0", "to": "forged-talker", "dataContent": r#"{"code":2}"# }),
        json!({ "type": 50, "from": "0", "to": "-1", "dataContent": r#"{"code":1025,"firstLoginTime":-1}"# }),
        json!({ "type": 52, "from": "0", "to": "forged-talker",
            "dataContent": r#"{"errorCode":301,"errorMsg":""}"# }),
        data("forged-talker", "forged-listener", "a third", "not mine"),
    ];
    let texts = |bodies: &[Value]| bodies.iter().map(Value::to_string).collect();
    (texts(&from_client), texts(&from_server))
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_addresses_neither_end_sessions_nor_speak_in_their_name() {
    let stage = Stage::set_with(&["--jwt-secret", SECRET], token).await;
    let network = UdpProxy::start(stage.addresses.udp, 1).await.unwrap();
    let address = ServerAddress::from_socket_addr(Transport::Udp, network.address());
    let victims = Pair::meet("forged", &address, token, PACE).await;
    let (from_client, from_server) = forgeries(&token("mallory"));
    let attack = async {
        let began = Instant::now();
        while began.elapsed() < TIME {
            for body in &from_client {
                network.forge(Direction::ToServer, body.as_bytes()).await;
            }
            for body in &from_server {
                network.forge(Direction::ToClient, body.as_bytes()).await;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let report = stage.attack("forged addresses", attack).await;
    report.expect_counted("mobileim_forged_datagrams_total", 1000);
    report.expect_memory_below(8);
    // They are still there, and all that they said has come once.
    victims.go_on_for(40).await;
    victims.part().await;
    stage.clear().await;
}

/// What the one above would look like without a secret, which is why clients without one can be kept out.
#[tokio::test(flavor = "multi_thread")]
async fn an_original_client_on_udp_can_be_logged_out_by_who_forges_its_address() {
    let stage = Stage::set(&[]).await;
    let network = UdpProxy::start(stage.addresses.udp, 1).await.unwrap();
    let mut original = RawConnection::open_at(Transport::Udp, network.address()).await;
    assert_eq!(original.log_in_as("original", "token", 0).await.0, 0);
    let logout = json!({ "type": 3, "from": "original", "to": "0" });
    network
        .forge(Direction::ToServer, logout.to_string().as_bytes())
        .await;
    let text = "x".repeat(200);
    original
        .send(&data("original", "nobody", "fp", &text))
        .await;
    assert_eq!(original.receive_json().await["type"], 52);
    stage.clear().await;

    let stage = Stage::set(&["--require-udp-secret"]).await;
    let mut original = RawConnection::open_at(Transport::Udp, stage.addresses.udp).await;
    assert_eq!(original.log_in_as("original", "token", 0).await.0, 1025);
    stage.clear().await;
}
