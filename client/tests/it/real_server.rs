//! `mobileim`, killed, against the server itself.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mobileim_client::{Account, Client, Draft, Event, Events, Message, ServerAddress, Transport};
use mobileim_server::{AcceptAnyToken, Deferred, Hooks, Running, Server, ServerHandle, Verdict};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::common::{until_written, within};

/// Sees messages between users pass, and stops them on demand.
#[derive(Clone, Default)]
struct Gate(Arc<GateState>);

#[derive(Default)]
struct GateState {
    closed: AtomicBool,
    seen: Mutex<Vec<String>>,
}

impl Gate {
    fn close(&self, closed: bool) {
        self.0.closed.store(closed, Ordering::SeqCst);
    }

    fn seen(&self) -> Vec<String> {
        self.0.seen.lock().unwrap().clone()
    }
}

impl Hooks for Gate {
    fn before_c2c(&self, _: &ServerHandle, message: &Message<'_>) -> Deferred<Verdict> {
        let text = message.content.as_deref().unwrap_or_default();
        self.0.seen.lock().unwrap().push(text.to_owned());
        if self.0.closed.load(Ordering::SeqCst) {
            return Deferred::pending(std::future::pending());
        }
        Verdict::Allow.into()
    }
}

async fn start(gate: &Gate) -> Running {
    let any: Option<SocketAddr> = "127.0.0.1:0".parse().ok();
    Server::builder(AcceptAnyToken)
        .hooks(gate.clone())
        .tcp(any)
        .udp(any)
        .websocket(any)
        .start()
        .await
        .unwrap()
}

fn address(server: &Running, transport: Transport) -> ServerAddress {
    let addresses = server.addresses();
    let address = match transport {
        Transport::Tcp => addresses.tcp,
        Transport::Udp => addresses.udp,
        Transport::WebSocket => addresses.websocket,
    };
    ServerAddress::from_socket_addr(transport, address.unwrap())
}

fn mobileim(outbox: &Path, user: &str, server: &ServerAddress, args: &[&str]) -> Child {
    let url = server.to_string();
    let (scheme, address) = url.split_once("://").unwrap();
    Command::new(env!("CARGO_BIN_EXE_mobileim"))
        .args([args[0], &format!("--{scheme}"), address, "--user", user])
        .args(&args[1..])
        .env("MOBILEIM_OUTBOX", outbox)
        .env_remove("MOBILEIM_TOKEN")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

async fn log_in(user: &str, server: ServerAddress) -> (Client, Events) {
    let (client, events) = Client::builder(server).spawn();
    within(client.login(Account::new(user, ""))).await.unwrap();
    (client, events)
}

/// The next message's text.
async fn hear(events: &mut Events) -> String {
    loop {
        if let Event::Message { message, .. } = within(events.recv()).await.unwrap() {
            return message.content.unwrap().into_owned();
        }
    }
}

#[tokio::test]
async fn a_send_that_is_killed_before_the_acknowledgement_delivers_with_the_next_run_once() {
    for transport in [Transport::Tcp, Transport::Udp, Transport::WebSocket] {
        let outbox = TempDir::new().unwrap();
        let gate = Gate::default();
        let server = start(&gate).await;
        let address = address(&server, transport);
        let (bob, mut events) = log_in("bob", address.clone()).await;
        gate.close(true);
        let texts = ["one", "two", "three"];
        for text in texts {
            let seen = gate.seen().len();
            let args = ["send", "--to", "bob", text];
            let mut program = mobileim(outbox.path(), "alice", &address, &args);
            // It is on the disk, and on its way with what is before it; nobody will acknowledge that.
            until_written(outbox.path(), text).await;
            within(async {
                while gate.seen().len() == seen {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            })
            .await;
            within(program.kill()).await.unwrap();
        }
        gate.close(false);
        let args = ["send", "--to", "bob", "four"];
        let program = mobileim(outbox.path(), "alice", &address, &args);
        let output = within(program.wait_with_output()).await.unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{stderr}");
        for text in texts.into_iter().chain(["four"]) {
            assert_eq!(hear(&mut events).await, text, "{transport}");
        }
        within(bob.logout()).await;
        drop(bob);
        while let Some(event) = within(events.recv()).await {
            assert!(!matches!(event, Event::Message { .. }), "{event:?}");
        }
        server.shutdown().await;
    }
}

#[tokio::test]
async fn sends_that_are_killed_at_any_time_lose_and_repeat_nothing_that_went_out() {
    let outbox = TempDir::new().unwrap();
    let gate = Gate::default();
    let server = start(&gate).await;
    let address = address(&server, Transport::Tcp);
    let (_bob, mut events) = log_in("bob", address.clone()).await;
    for number in 0..40_u64 {
        let text = number.to_string();
        let args = ["send", "--to", "bob", &text];
        let mut program = mobileim(outbox.path(), "alice", &address, &args);
        // From before its first step to after its last one.
        let _ = tokio::time::timeout(Duration::from_millis(number), program.wait()).await;
        let _ = program.kill().await;
    }
    let args = ["send", "--to", "bob", "last"];
    let program = mobileim(outbox.path(), "alice", &address, &args);
    let output = within(program.wait_with_output()).await.unwrap();
    assert!(output.status.success());
    let mut heard = Vec::new();
    while heard.last().is_none_or(|it| it != "last") {
        heard.push(hear(&mut events).await);
    }
    heard.pop();
    let numbers: Vec<u64> = heard.iter().map(|it| it.parse().unwrap()).collect();
    assert!(numbers.is_sorted_by(|one, next| one < next), "{numbers:?}");
    let heard: BTreeSet<_> = heard.into_iter().collect();
    let seen: BTreeSet<_> = gate.seen().into_iter().filter(|it| it != "last").collect();
    assert!(seen.is_subset(&heard), "{seen:?} {heard:?}");
    server.shutdown().await;
}

#[tokio::test]
async fn a_listen_that_is_killed_at_any_time_loses_nothing() {
    let outbox = TempDir::new().unwrap();
    let server = start(&Gate::default()).await;
    let address = address(&server, Transport::Tcp);
    let (alice, _events) = log_in("alice", address.clone()).await;
    let mut shown: Vec<u64> = Vec::new();
    let (mut sent, mut kills) = (0, 0);
    for round in 0..20_u64 {
        let mut program = mobileim(outbox.path(), "bob", &address, &["listen"]);
        let talk = async {
            for _ in 0..20 {
                let delivery = alice.send(Draft::new("bob", sent.to_string()));
                within(delivery).await.unwrap();
                sent += 1;
            }
        };
        let live = async {
            let life = Duration::from_millis(5 * round);
            let _ = tokio::time::timeout(life, program.wait()).await;
            let _ = program.kill().await;
        };
        tokio::join!(talk, live);
        kills += 1;
        let output = within(program.wait_with_output()).await.unwrap();
        shown.extend(numbers(&output.stdout));
    }
    let delivery = alice.send(Draft::new("bob", sent.to_string()));
    within(delivery).await.unwrap();
    let mut program = mobileim(outbox.path(), "bob", &address, &["listen"]);
    let mut lines = BufReader::new(program.stdout.take().unwrap()).lines();
    while shown.last() != Some(&sent) {
        let line = within(lines.next_line()).await.unwrap().unwrap();
        shown.extend(numbers(format!("{line}\n").as_bytes()));
    }
    let all: BTreeSet<_> = shown.iter().copied().collect();
    assert!(all.into_iter().eq(0..=sent), "{shown:?}");
    assert!(shown.is_sorted(), "{shown:?}");
    // Only what was shown at the instant of a kill.
    let again = shown.windows(2).filter(|it| it[0] == it[1]).count();
    assert!(again <= kills, "{again} shown again in {kills} kills");
    server.shutdown().await;
}

/// The numbers that were printed whole.
fn numbers(stdout: &[u8]) -> Vec<u64> {
    let text = String::from_utf8(stdout.to_vec()).unwrap();
    let lines = text
        .split_inclusive('\n')
        .filter(|line| line.ends_with('\n'));
    lines
        .map(|line| line.trim_end().strip_prefix("alice: ").unwrap())
        .map(|number| number.parse().unwrap())
        .collect()
}
