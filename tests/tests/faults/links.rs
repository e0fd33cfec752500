//! Links that break, and links that lose.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use mobileim_client::{ServerAddress, Transport};
use mobileim_tests::chaos::{Conditions, Direction, StreamProxy, UdpProxy};
use mobileim_tests::{Ledger, ServerProgram, Talker, seed};
use tokio::sync::watch;

use crate::{go_on, settle};

/// Somebody behind a proxy.
fn behind(transport: Transport, proxy: SocketAddr, name: &str, ledger: &Arc<Ledger>) -> Talker {
    let address = ServerAddress::from_socket_addr(transport, proxy);
    Talker::new(format!("{name}-{transport}"), address, ledger)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_that_are_cut_again_and_again_lose_nothing() {
    const CUTS: usize = 10;
    let mut rng = fastrand::Rng::with_seed(seed());
    let data = tempfile::tempdir().unwrap();
    let server = ServerProgram::start(data.path(), &[]).await;
    let ledger = Arc::new(Ledger::default());
    let stop = watch::Sender::new(false);
    let (mut proxies, mut talkers) = (Vec::new(), Vec::new());
    for transport in [Transport::Tcp, Transport::WebSocket] {
        let proxy = StreamProxy::start(server.socket_addr(transport), rng.u64(..))
            .await
            .unwrap();
        // So that there is something under way when it is cut.
        proxy.set_both(Conditions {
            delay: Duration::from_millis(3),
            jitter: Duration::from_millis(2),
            ..Conditions::PERFECT
        });
        let alice = behind(transport, proxy.address(), "alice", &ledger);
        let bob = behind(transport, proxy.address(), "bob", &ledger);
        for (one, other) in [(&alice, &bob), (&bob, &alice)] {
            one.login().await;
            one.talk(other.name(), 32, stop.subscribe());
        }
        talkers.extend([alice, bob]);
        proxies.push(proxy);
    }
    for _ in 0..CUTS {
        go_on(&ledger, rng.usize(100..200)).await;
        for proxy in &proxies {
            proxy.cut();
        }
    }
    stop.send_replace(true);
    let verdict = settle(&ledger).await;
    println!("{CUTS} cuts: {verdict}");
    assert!(verdict.totals.links_lost >= CUTS, "{verdict}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn datagrams_that_are_lost_repeated_and_overtaken_arrive_once_and_in_order() {
    const PAIRS: u32 = 4;
    const MESSAGES: usize = 4;
    let seed = seed();
    let data = tempfile::tempdir().unwrap();
    let server = ServerProgram::start(data.path(), &[]).await;
    let proxy = UdpProxy::start(server.socket_addr(Transport::Udp), seed)
        .await
        .unwrap();
    proxy.set_both(Conditions {
        loss: 0.15,
        duplication: 0.05,
        delay: Duration::from_millis(20),
        jitter: Duration::from_millis(15),
        ..Conditions::PERFECT
    });
    let ledger = Arc::new(Ledger::default());
    let somebody = |name: &str, pair: u32| {
        let name = format!("{name}-{pair}");
        behind(Transport::Udp, proxy.address(), &name, &ledger)
    };
    let pairs: Vec<_> = (0..PAIRS)
        .map(|pair| (somebody("alice", pair), somebody("bob", pair)))
        .collect();
    for (alice, bob) in &pairs {
        for (one, other) in [(alice, bob), (bob, alice)] {
            one.login().await;
            for _ in 0..MESSAGES {
                one.say(other.name());
            }
        }
    }
    println!("lossy datagrams: {}", settle(&ledger).await);
    for direction in Direction::BOTH {
        let counted = proxy.counted(direction);
        println!("{direction:?}: {counted:?}");
        assert!(
            counted.lost > 0 && counted.overtaken > 0,
            "{direction:?}: {counted:?}"
        );
    }
}
