//! What crosses components, and what its tests share.
//!
//! - [`TestServer`] is a real server in this process that can be restarted; a [`Person`] talks through a real
//!   client, on any transport.
//! - [`raw`] and [`transcript`] speak to a server without a client, to the letter; [`application`] is what the
//!   server asks meanwhile.
//! - [`simulation`] is a whole world in virtual time.

pub mod application;
pub mod chaos;
mod matrix;
mod person;
pub mod raw;
mod server;
pub mod simulation;
pub mod transcript;

pub use matrix::{ALL_TRANSPORTS, for_each_pair};
pub use person::Person;
pub use server::{BAD_TOKEN, TestServer};

use std::time::Duration;

/// Far more than anything takes that is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

/// The outcome of the future, or a failure rather than a test that hangs.
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .unwrap_or_else(|_| panic!("{what}: not after {PATIENCE:?}"))
}
