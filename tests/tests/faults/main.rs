//! Real faults: real sockets, the real server as a process, the real native client.
//!
//! Each test keeps a ledger of numbered messages, and ends when all that was sent is acknowledged and shown. Then
//! nothing may be lost, shown twice or out of order, nobody kicked, nothing refused.
//!
//! - `crashes`: the server is killed again and again, and stopped, under load on all transports.
//! - `devices`: the same, where users have three devices each, and every one is to be shown everything.
//! - `events`: the server is killed under load, and two back ends that fail themselves read what has happened.
//! - `groups`: the same with groups of three, fifty and five hundred, of whose members some are online, some come and go, and most come
//!   when all is over.
//! - `links`: streams are reset under load; datagrams are lost, repeated and overtaken.
//! - `takeover`: a standby takes over from a server that is killed, or stopped, under load.
//! - `dead_peers`: half-open streams, frozen pages, a UDP client whose NAT gives it another address.
//!
//! `make faults ROUNDS=20` runs many rounds and prints what they came to.

mod crashes;
mod dead_peers;
mod devices;
mod events;
mod groups;
mod held;
mod links;
mod takeover;

use std::sync::Arc;
use std::time::Duration;

use mobileim_tests::{Ledger, Verdict};

/// Far more than it takes until everything is delivered once the faults are over.
const PATIENCE: Duration = Duration::from_secs(120);

/// What comes twice comes soon after the first: a retransmission takes seconds only if nothing is acknowledged.
const QUIET: Duration = Duration::from_millis(500);

/// Waits until this many more messages are acknowledged.
async fn go_on(ledger: &Arc<Ledger>, messages: usize) {
    let enough = ledger.totals().acknowledged + messages;
    let reached = ledger.until(|now| now.acknowledged >= enough);
    if tokio::time::timeout(PATIENCE, reached).await.is_err() {
        let (verdict, gaps) = (ledger.verdict(), ledger.gaps());
        panic!("nothing goes on: {verdict}\n{gaps}");
    }
}

/// Waits until all that was sent is acknowledged and shown, and judges.
async fn settle(ledger: &Arc<Ledger>) -> Verdict {
    let settled = ledger.until(|now| now.acknowledged == now.sent && now.shown == now.sent);
    if tokio::time::timeout(PATIENCE, settled).await.is_err() {
        let (verdict, gaps) = (ledger.verdict(), ledger.gaps());
        panic!("not everything is delivered after {PATIENCE:?}: {verdict}\n{gaps}");
    }
    tokio::time::sleep(QUIET).await;
    let verdict = ledger.verdict();
    assert!(verdict.is_kept(), "{verdict}");
    verdict
}
