//! What it costs to store in logs, beside mailboxes. It measures, and so is run by hand, optimised:
//! `cargo test --profile optimised -p mobileim-server --lib log_cost -- --ignored --nocapture --test-threads 1`.

use std::sync::Arc;
use std::time::Instant;

use mobileim_hub::store::log_of_pair;
use mobileim_protocol::mailbox::Position;

use super::place::{Opened, Place};
use super::sized;
use crate::store::Completion;

/// How many messages there are in all, how many at once, and to how many receivers or logs.
const MESSAGES: usize = 100_000;
const AT_ONCE: usize = 2000;
const RECEIVERS: usize = 2000;

/// Has messages stored, each request one, and gives how many a second.
async fn store(opened: &mut Opened, receiver: impl Fn(usize) -> Arc<str>) -> f64 {
    let receivers: Vec<_> = (0..RECEIVERS).map(receiver).collect();
    let began = Instant::now();
    for first in (0..MESSAGES).step_by(AT_ONCE) {
        for n in first..first + AT_ONCE {
            // As long as fingerprints are that clients make up.
            let fp = format!("6f1c2d3e-0000-4000-8000-{n:012}");
            let message = sized("alice", &fp, 200);
            opened.submit_append(&receivers[n % RECEIVERS], vec![message]);
        }
        for _ in 0..AT_ONCE {
            match opened.answer().await.1 {
                Completion::Appended { failure: None, .. }
                | Completion::Logged { failure: None, .. } => {}
                other => panic!("{other:?}"),
            }
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
    let messages = MESSAGES as f64;
    messages / began.elapsed().as_secs_f64()
}

#[tokio::test]
#[ignore = "it measures"]
async fn of_appends() {
    for place in [Place::sqlite(), Place::postgres()] {
        let name = match place {
            Place::Sqlite(_) => "SQLite",
            Place::Postgres(_) => "PostgreSQL",
        };
        let mut opened = place.open().await;
        for round in 0..2 {
            let user = |n: usize| format!("{round} user {n}");
            let mailboxes = store(&mut opened, |n| user(n).into()).await;
            let logs = store(&mut opened, |n| log_of_pair("alice", &user(n))).await;
            println!(
                "{name}: {mailboxes:.0} messages a second into mailboxes, {logs:.0} into logs"
            );
        }
        let commits = opened.stats().commits;
        let began = Instant::now();
        let (read, _) = opened.load("0 user 7", Position::START, 256, 1 << 20).await;
        let one = began.elapsed();
        let began = Instant::now();
        // Of 4000 logs.
        let (all, _) = opened.load("alice", Position::START, 256, 1 << 20).await;
        let many = began.elapsed();
        println!(
            "{name}: {commits} commits; {} read in {one:?} from a mailbox and a log, {} in {many:?} from 4000 logs",
            read.len(),
            all.len()
        );
    }
}
