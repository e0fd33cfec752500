//! The server is killed and stopped under load, and started again where it was.
//!
//! Nine pairs, one for each pair of transports, talk both ways; and nine sleepers, whom the first of each pair writes
//! to, are offline most of the time. All of them are clients that live through everything.

use std::sync::Arc;
use std::time::Duration;

use mobileim_client::Transport;
use mobileim_tests::raw::{RawConnection, Received};
use mobileim_tests::{ALL_TRANSPORTS, Ledger, ServerProgram, Talker, seed, within};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::{go_on, settle};

/// How many messages the conversations have under way: one at a time as people talk, some, and more than a client sends
/// at once.
const WINDOWS: [usize; 3] = [1, 16, 300];

/// How many messages are acknowledged in a round before the server is killed: enough that the test is about traffic.
const ROUND: std::ops::Range<usize> = 1400..2000;

/// Everybody who talks, and the ledger of it.
pub(crate) struct Load {
    pub(crate) ledger: Arc<Ledger>,
    talkers: Vec<Talker>,
    sleepers: Vec<Sleeper>,
    stop: watch::Sender<bool>,
    talks: Vec<JoinHandle<()>>,
}

struct Sleeper {
    talker: Talker,
    awake: bool,
}

impl Load {
    pub(crate) async fn begin(server: &ServerProgram) -> Self {
        Self::of(|name, transport, ledger| Talker::new(name, server.address(transport), ledger))
            .await
    }

    /// The same with talkers that are made so: of a name, for a transport.
    pub(crate) async fn of(talker: impl Fn(String, Transport, &Arc<Ledger>) -> Talker) -> Self {
        let ledger = Arc::new(Ledger::default());
        let stop = watch::Sender::new(false);
        let (mut talkers, mut sleepers, mut talks) = (Vec::new(), Vec::new(), Vec::new());
        let mut windows = WINDOWS.into_iter().cycle();
        for first in ALL_TRANSPORTS {
            for second in ALL_TRANSPORTS {
                let somebody = |kind: &str, transport| {
                    let name = format!("{kind}-{first}-{second}");
                    talker(name, transport, &ledger)
                };
                let (alice, bob) = (somebody("alice", first), somebody("bob", second));
                let sleeper = somebody("sleeper", second);
                alice.login().await;
                bob.login().await;
                for (one, other, window) in [
                    (&alice, &bob, windows.next()),
                    (&bob, &alice, windows.next()),
                    (&alice, &sleeper, windows.next()),
                ] {
                    let window = window.expect("they go round");
                    talks.push(one.talk(other.name(), window, stop.subscribe()));
                }
                // The next pair has other ones.
                windows.next();
                talkers.extend([alice, bob]);
                sleepers.push(Sleeper {
                    talker: sleeper,
                    awake: false,
                });
            }
        }
        Self {
            ledger,
            talkers,
            sleepers,
            stop,
            talks,
        }
    }

    /// Some sleepers wake up, or fall asleep again.
    pub(crate) async fn turn_over(&mut self, rng: &mut fastrand::Rng) {
        for sleeper in &mut self.sleepers {
            if rng.u8(..3) > 0 {
                continue;
            }
            if sleeper.awake {
                sleeper.talker.logout().await;
            } else {
                sleeper.talker.begin_login();
            }
            sleeper.awake = !sleeper.awake;
        }
    }

    /// Nobody says anything new; everybody comes; everything arrives.
    pub(crate) async fn finish(&mut self) -> mobileim_tests::Verdict {
        self.stop.send_replace(true);
        for sleeper in self.sleepers.iter_mut().filter(|sleeper| !sleeper.awake) {
            sleeper.talker.begin_login();
            sleeper.awake = true;
        }
        settle(&self.ledger).await
    }

    /// The same, and then they all go.
    pub(crate) async fn end(mut self) -> mobileim_tests::Verdict {
        let verdict = self.finish().await;
        for talk in self.talks {
            within("end of a talk", talk).await.expect("it ends well");
        }
        drop(self.talkers);
        verdict
    }
}

/// How often the server is killed.
fn rounds() -> usize {
    std::env::var("MOBILEIM_FAULT_ROUNDS").map_or(20, |rounds| {
        rounds.parse().expect("MOBILEIM_FAULT_ROUNDS is a number")
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_again_and_again_breaks_no_promise() {
    let mut rng = fastrand::Rng::with_seed(seed());
    let data = tempfile::tempdir().unwrap();
    let mut server = ServerProgram::start(data.path(), &[]).await;
    let began = Instant::now();
    let mut load = Load::begin(&server).await;
    for round in 1..=rounds() {
        load.turn_over(&mut rng).await;
        if round % 4 == 0 {
            // While everybody logs in and fetches what was stored.
            tokio::time::sleep(Duration::from_millis(rng.u64(..200))).await;
        } else {
            go_on(&load.ledger, rng.usize(ROUND)).await;
        }
        server.kill().await;
        println!("killed {round}: {:?}", load.ledger.totals());
        tokio::time::sleep(Duration::from_millis(rng.u64(..100))).await;
        server.start_again().await;
    }
    let verdict = load.end().await;
    println!(
        "{} kills in {:.1} s: {verdict}",
        rounds(),
        began.elapsed().as_secs_f64()
    );
    let acknowledged = verdict.totals.acknowledged;
    assert!(acknowledged >= 1000 * rounds(), "{verdict}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_stopped_under_load_ends_in_time_and_breaks_no_promise() {
    const ROUNDS: usize = 2;
    // What docs/server.md allows, the disk's time included.
    const DRAIN: Duration = Duration::from_secs(12);
    let mut rng = fastrand::Rng::with_seed(seed());
    let data = tempfile::tempdir().unwrap();
    let mut server = ServerProgram::start(data.path(), &[]).await;
    let mut load = Load::begin(&server).await;
    for round in 1..=ROUNDS {
        load.turn_over(&mut rng).await;
        go_on(&load.ledger, rng.usize(ROUND)).await;
        let address = server.socket_addr(Transport::WebSocket);
        let mut page = RawConnection::open_at(Transport::WebSocket, address).await;
        assert_eq!(page.log_in_as("page", "token", 0).await.0, 0);
        let began = Instant::now();
        let (status, log) = server.terminate().await;
        let took = began.elapsed();
        println!("stopped {round} in {took:?}: {:?}", load.ledger.totals());
        assert_eq!(status.code(), Some(0), "{log}");
        assert!(took < DRAIN, "{took:?}");
        assert!(log.trim_end().ends_with("stopped"), "{log}");
        assert_eq!(page.receive().await, Received::Closed(Some(1012)));
        server.start_again().await;
    }
    println!("{ROUNDS} stops: {}", load.end().await);
}

#[tokio::test]
async fn the_ledger_tells_what_a_server_loses_that_keeps_messages_in_memory() {
    const MESSAGES: usize = 100;
    let data = tempfile::tempdir().unwrap();
    let mut server = ServerProgram::start(data.path(), &["--store", "memory"]).await;
    let ledger = Arc::new(Ledger::default());
    let alice = Talker::new("alice", server.address(Transport::Tcp), &ledger);
    let bob = Talker::new("bob", server.address(Transport::Tcp), &ledger);
    alice.login().await;
    for _ in 0..MESSAGES {
        alice.say(bob.name());
    }
    within(
        "acknowledgements",
        ledger.until(|now| now.acknowledged == MESSAGES),
    )
    .await;
    server.kill().await;
    server.start_again().await;
    bob.login().await;
    alice.say(bob.name());
    within("a message", ledger.until(|now| now.shown == 1)).await;
    assert_eq!(ledger.verdict().lost, MESSAGES, "{}", ledger.verdict());
}
