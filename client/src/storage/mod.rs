//! What outlives a run of the application.

mod file;
mod kept;
mod log;
mod name;
mod private;
mod record;

use std::io;
use std::path::{Path, PathBuf};

pub use file::FileStorage;
pub(crate) use name::file_name;

/// Keeps a client's unacknowledged messages (the outbox), and what it received and the application has not yet
/// handled (the inbox), from one run of the application to the next. Without one, both live as long as the
/// [`Client`](crate::Client).
///
/// The client's task calls one method after the other, [`Storage::sync`] on a thread that may block. Only
/// [`Storage::handled`] may be called at any time, by the task that reads the [`Events`](crate::Events).
///
/// What is sent and received while a `sync` runs shares the next one, so a slow disk costs a lone message one
/// wait, and a thousand not many more.
///
/// A message that could not be stored is not sent, and its caller is told
/// [`SendError::NotStored`](crate::SendError::NotStored). A received message that could not be stored is passed to
/// the application and acknowledged all the same, as it would be without a storage; a warning is logged.
pub trait Storage: Send + Sync + 'static {
    /// What is stored for this user, who is about to log in. An error ends the login.
    fn load(&self, user_id: &str) -> Result<Stored, StorageError>;

    /// Takes a message (JSON text) of this user under its fingerprint, to be kept until [`Storage::forget`].
    /// It need not be safe before [`Storage::sync`].
    fn persist(&self, user_id: &str, fp: &str, body: &str) -> Result<(), StorageError>;

    /// Makes safe what was persisted or received since the last time. Nothing of it is sent, acknowledged or
    /// passed to the application before this has returned.
    ///
    /// After an error here or in [`Storage::persist`], each message persisted since the last success is
    /// [forgotten](Storage::forget).
    fn sync(&self) -> Result<(), StorageError> {
        Ok(())
    }

    /// Removes a message: it was acknowledged, given up or never taken. One that comes back all the same is sent
    /// again, and recognised by its receiver.
    fn forget(&self, fp: &str);

    /// Takes a message (JSON text) that this user received, to be kept until [`Storage::handled`], and its hash,
    /// of which only the last [`RECEIVED_MEMORY`](crate::engine::RECEIVED_MEMORY) are of use. It need not be safe
    /// before [`Storage::sync`].
    fn receive(&self, user_id: &str, hash: u64, body: &str) -> Result<(), StorageError>;

    /// The application has handled a received message. Its hash is still of use.
    fn handled(&self, hash: u64);
}

/// What a [`Storage`] holds for a user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stored {
    /// Unacknowledged messages (JSON text), in the order they were persisted.
    pub outbox: Vec<String>,
    /// Received messages that the application has not handled, with their hashes, oldest first.
    pub inbox: Vec<(u64, String)>,
    /// Hashes of received messages, those in the inbox included, oldest first.
    pub received: Vec<u64>,
}

/// Why nothing can be stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// Another client, of this program or another, keeps this user's messages there.
    #[error("the outbox {} is in use by another client", .0.display())]
    InUse(PathBuf),
    /// The operating system refuses: a full disk, missing permissions and the like.
    #[error("the outbox {}: {message}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What kind of refusal.
        kind: io::ErrorKind,
        /// The system's own words.
        message: String,
    },
    /// The file is not an outbox, or of a later version.
    #[error("{} is not an outbox that this version can read; it is left as it is", .0.display())]
    NotAnOutbox(PathBuf),
    /// Another reason, of a [`Storage`] of the application's own.
    #[error("{0}")]
    Other(String),
}

impl StorageError {
    fn io(path: &Path, error: &io::Error) -> Self {
        Self::Io {
            path: path.to_owned(),
            kind: error.kind(),
            message: error.to_string(),
        }
    }
}
