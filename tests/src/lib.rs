//! What crosses components, and what its tests share.
//!
//! - [`TestServer`] is a real server in this process that can be restarted; a [`Person`] talks through a real
//!   client, on any transport.
//! - [`ServerProgram`] is the real server as a process that can be killed; a [`Talker`] sends numbered messages to it
//!   without end, and a [`Ledger`] knows what was sent, acknowledged and shown; [`chaos`] is a bad network between them.
//! - [`raw`] and [`transcript`] speak to a server without a client, to the letter; [`application`] is what the
//!   server asks meanwhile.
//! - [`simulation`] is a whole world in virtual time.

pub mod application;
pub mod chaos;
mod ledger;
mod matrix;
mod person;
mod program;
pub mod raw;
mod server;
pub mod simulation;
mod talker;
pub mod transcript;

pub use ledger::{Ledger, Totals, Verdict};
pub use matrix::{ALL_TRANSPORTS, for_each_pair};
pub use person::Person;
pub use program::{Program, ServerProgram};
pub use server::{BAD_TOKEN, TestServer};
pub use talker::Talker;

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

/// Far more than anything takes that is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// The outcome of the future, or a failure rather than a test that hangs.
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .unwrap_or_else(|_| panic!("{what}: not after {PATIENCE:?}"))
}

/// Where the random numbers of a test begin: `MOBILEIM_SEED`, or another number each time. Printed, for the next time.
pub fn seed() -> u64 {
    let seed = match std::env::var("MOBILEIM_SEED") {
        Ok(seed) => seed.parse().expect("MOBILEIM_SEED is a number"),
        Err(_) => random_seed(),
    };
    println!("MOBILEIM_SEED={seed}");
    seed
}

fn random_seed() -> u64 {
    RandomState::new().hash_one(0)
}
