//! What is wrong with a database.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

/// Why a database cannot do something. Displayed for an operator.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// Another process has it.
    #[error("{0}")]
    InUse(&'static str),
    /// Its tables are those of a later version of this server.
    #[error("it was written by a later version of this server")]
    TooNew,
    /// Nothing answers at its address.
    #[error("cannot connect: {0}")]
    Unreachable(String),
    /// The database refuses this user, or does not let it do something.
    #[error("{0}")]
    Refused(String),
    /// What is there is no database, or a damaged one.
    #[error("{0}")]
    NotADatabase(String),
    /// The address of the database cannot be one.
    #[error("{0}")]
    BadAddress(String),
    /// A file or directory cannot be made or read.
    #[error("{0}")]
    File(String),
    /// The disk is full, or cannot be written.
    #[error("{0}")]
    Disk(String),
    /// What is stored would not be found after a restart. The connection can still be read.
    #[error("{0}")]
    Moved(String),
    /// No answer came in time.
    #[error("no answer for {0:?}")]
    Timeout(Duration),
    /// Anything else that the database says.
    #[error("{0}")]
    Other(String),
}

impl Failure {
    /// Returns whether another process has it.
    pub fn is_in_use(&self) -> bool {
        matches!(self, Self::InUse(_))
    }

    /// Returns whether the database may be there again by itself.
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Timeout(_))
    }

    pub(crate) fn is_timeout(&self) -> bool {
        matches!(self, Self::Timeout(_))
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::File(error.to_string())
    }
}

/// A database could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot keep messages in {place}: {failure}")]
pub struct OpenError {
    /// The file, directory or database at fault.
    pub place: String,
    /// What is wrong with it.
    #[source]
    pub failure: Failure,
}

impl OpenError {
    pub(crate) fn new(place: &dyn fmt::Display, failure: impl Into<Failure>) -> Self {
        Self {
            place: place.to_string(),
            failure: failure.into(),
        }
    }
}

/// The words of an error, without those of the library around it.
pub(super) fn text(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(reason) => reason.message().to_owned(),
        sqlx::Error::Io(error) => error.to_string(),
        error => error
            .source()
            .map_or_else(|| error.to_string(), |source| format!("{error}: {source}")),
    }
}
