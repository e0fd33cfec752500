//! Where messages wait for receivers that are offline or silent: in a database, in memory, or nowhere.

mod durable;
mod postgres;
mod sqlite;
mod standby;

pub use crate::database::{Failure, OpenError};
pub(crate) use durable::{Doing, Transaction, Work};
pub use mobileim_hub::store::{
    Amount, Completion, Completions, DiskStats, Full, Keep, LogLimits, MemoryStore, NoStore,
    Refused, Request, Store, StoreLimits, StoreStats, StoredGroup,
};
pub use postgres::PostgresStore;
pub use sqlite::SqliteStore;
pub use standby::when_free;

#[cfg(test)]
mod tests;
