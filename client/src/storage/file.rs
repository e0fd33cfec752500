//! Storage in files.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::log::Log;
use super::{Storage, StorageError, Stored, file_name};

/// Keeps messages in a directory, in one file for each user.
///
/// - A message is on the disk (`fdatasync`) before it is sent. One that cannot be is refused
///   ([`SendError::NotStored`](crate::SendError::NotStored)): it is neither sent nor kept.
/// - A file is a log with a checksum for each record. What a crash left unfinished, or a disk damaged, is cut out
///   when it is opened, with a warning; the rest is good. A new, shorter log takes its place when most of it is
///   of no use any more.
/// - A received message is on the disk before it is acknowledged, and stays until the application has
///   [handled](crate::Events) it. What arrives together waits for the disk together.
/// - That a message was delivered, or handled, is written at once, but not waited for: a killed program forgets
///   nothing of it; after a power cut a message may be sent again (its receiver recognises it), or be shown
///   again.
/// - One client at a time keeps a user's file; another's login fails
///   ([`StorageError::InUse`]). A program that ends, in whatever way, releases it.
/// - Only the user that runs the program may read what it makes (modes 0700 and 0600, on Unix).
///
/// The directory must be that of one server: [`Builder::outbox_dir`](crate::Builder::outbox_dir) takes care.
#[derive(Debug)]
pub struct FileStorage {
    directory: PathBuf,
    log: Mutex<Option<Log>>,
}

impl FileStorage {
    /// Storage in this directory, which is made when a user logs in, if it is missing.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            log: Mutex::new(None),
        }
    }

    fn log(&self) -> MutexGuard<'_, Option<Log>> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Storage for FileStorage {
    fn load(&self, user_id: &str) -> Result<Stored, StorageError> {
        let mut log = self.log();
        // Released first: it may be the same user's.
        *log = None;
        let name = format!("{}.log", file_name(user_id));
        let log = log.insert(Log::open(self.directory.join(name))?);
        Ok(log.stored())
    }

    fn persist(&self, _user_id: &str, fp: &str, body: &str) -> Result<(), StorageError> {
        match &mut *self.log() {
            Some(log) => log.persist(fp, body),
            None => Err(nobody()),
        }
    }

    fn sync(&self) -> Result<(), StorageError> {
        let Some(begun) = self.log().as_mut().and_then(Log::begin_sync) else {
            return Ok(());
        };
        // The application handles messages meanwhile.
        let synced = begun.wait();
        match &mut *self.log() {
            Some(log) => log.end_sync(synced),
            None => Err(nobody()),
        }
    }

    fn forget(&self, fp: &str) {
        if let Some(log) = &mut *self.log() {
            log.forget(fp);
        }
    }

    fn receive(&self, _user_id: &str, hash: u64, body: &str) -> Result<(), StorageError> {
        match &mut *self.log() {
            Some(log) => log.receive(hash, body),
            None => Err(nobody()),
        }
    }

    fn handled(&self, hash: u64) {
        if let Some(log) = &mut *self.log() {
            log.handled(hash);
        }
    }
}

fn nobody() -> StorageError {
    StorageError::Other("nobody is logged in".to_owned())
}
