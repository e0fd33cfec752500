//! Databases, for whatever is kept in them: opened, locked for one server, connected anew after a failure, and sorted errors.

mod backend;
mod error;
mod migrations;
pub(crate) mod postgres;
mod reconnector;
pub(crate) mod sqlite;

pub(crate) use backend::{Backend, Connection};
pub use error::{Failure, OpenError};
pub(crate) use reconnector::Reconnector;
