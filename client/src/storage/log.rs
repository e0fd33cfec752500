//! One user's file: a log of what to keep and what not to keep any longer.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tracing::warn;

use super::kept::Kept;
use super::private::{self, create_directory, sync_directory};
use super::record::{HEADER, Record, Skipped, scan};
use super::{StorageError, Stored};

/// So much may be dead before it is worth a new file, however little is alive.
const SPARE: u64 = 1024 * 1024;

/// The open log of one user.
#[derive(Debug)]
pub(super) struct Log {
    path: PathBuf,
    /// Opened to append.
    file: Arc<File>,
    /// The file's length up to which all is well.
    len: u64,
    /// The file is not what it should be: nothing is appended before it was written anew.
    broken: bool,
    kept: Kept,
    /// Records that need to be on the disk were appended since the last sync.
    dirty: bool,
    /// Which of them are messages to be sent, and the file's length before the first.
    unsynced: Vec<String>,
    synced_len: u64,
    /// A write failed, and none has succeeded since: it was told.
    failing: bool,
    /// Released by the system when the file is closed, or its process ends.
    _lock: File,
}

/// A wait for the disk.
pub(super) struct Sync(Arc<File>);

impl Sync {
    pub(super) fn wait(self) -> io::Result<()> {
        self.0.sync_data()
    }
}

impl Log {
    /// Opens the log, or begins one, and keeps others out of it.
    pub(super) fn open(path: PathBuf) -> Result<Self, StorageError> {
        let error = |error: io::Error| StorageError::io(&path, &error);
        if let Some(directory) = path.parent() {
            create_directory(directory).map_err(|error| StorageError::io(directory, &error))?;
        }
        let lock = lock(&path)?;
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(other) => return Err(error(other)),
        };
        // A file that ends within the header was never written to.
        if !bytes.starts_with(HEADER) && !HEADER.starts_with(&bytes) {
            return Err(StorageError::NotAnOutbox(path));
        }
        let file = private::open_to_append(&path).map_err(error)?;
        let mut log = Self {
            file: Arc::new(file),
            len: bytes.len() as u64,
            broken: false,
            kept: Kept::default(),
            dirty: false,
            unsynced: Vec::new(),
            synced_len: 0,
            failing: false,
            _lock: lock,
            path,
        };
        let records = bytes.get(HEADER.len()..).unwrap_or_default();
        let skipped = scan(records, |record| log.kept.apply(&record));
        log.tell_of(skipped);
        let is_new = bytes.len() < HEADER.len();
        if is_new || skipped != Skipped::default() || log.is_mostly_dead() {
            let rewritten = log.rewrite();
            rewritten.map_err(|it| StorageError::io(&log.path, &it))?;
        }
        Ok(log)
    }

    pub(super) fn stored(&self) -> Stored {
        self.kept.stored()
    }

    pub(super) fn persist(&mut self, fp: &str, body: &str) -> Result<(), StorageError> {
        if self.unsynced.is_empty() {
            self.synced_len = self.len;
        }
        self.unsynced.push(fp.to_owned());
        self.dirty = true;
        self.write(&Record::Persist { fp, body })
            .map_err(|error| self.take_back(&error))
    }

    pub(super) fn receive(&mut self, hash: u64, body: &str) -> Result<(), StorageError> {
        self.dirty = true;
        self.write(&Record::Receive { hash, body })
            .map_err(|error| StorageError::io(&self.path, &error))
    }

    /// What there is to wait for before all that was written is on the disk. Meanwhile messages may be noted as
    /// handled, and nothing else.
    pub(super) fn begin_sync(&mut self) -> Option<Sync> {
        std::mem::take(&mut self.dirty).then(|| Sync(Arc::clone(&self.file)))
    }

    pub(super) fn end_sync(&mut self, synced: io::Result<()>) -> Result<(), StorageError> {
        synced.map_err(|error| self.take_back(&error))?;
        self.unsynced.clear();
        if self.is_mostly_dead() {
            // The old file is still good.
            if let Err(error) = self.rewrite() {
                self.tell(&format!("cannot be shortened: {error}"));
            }
        }
        Ok(())
    }

    pub(super) fn forget(&mut self, fp: &str) {
        if self.kept.is_to_be_sent(fp) {
            self.note(&Record::Forget { fp });
        }
    }

    pub(super) fn handled(&mut self, hash: u64) {
        if self.kept.is_to_be_handled(hash) {
            self.note(&Record::Handled { hash });
        }
    }

    /// Makes as if no message had been persisted since the last sync: what is reported as not stored must not be
    /// sent by a later run.
    fn take_back(&mut self, error: &io::Error) -> StorageError {
        let unsynced = std::mem::take(&mut self.unsynced);
        for fp in &unsynced {
            self.kept.apply(&Record::Forget { fp });
        }
        if self.rewrite().is_err() {
            // It is tried again with the next record. Until then these must not count, nor does what was noted
            // after them.
            self.broken = true;
            if !unsynced.is_empty()
                && let Err(error) = self.file.set_len(self.synced_len)
            {
                self.tell(&format!("cannot be cut: {error}"));
            }
        }
        StorageError::io(&self.path, error)
    }

    /// These may fail: at worst a message is sent again, which its receiver recognises, or shown again.
    fn note(&mut self, record: &Record<'_>) {
        match self.write(record) {
            Ok(()) => self.failing = false,
            Err(error) if !self.failing => {
                self.failing = true;
                self.tell(&format!("cannot be written to: {error}"));
            }
            Err(_) => {}
        }
    }

    /// Takes note of a record, in memory and in the file.
    fn write(&mut self, record: &Record<'_>) -> io::Result<()> {
        let mut bytes = Vec::new();
        if !record.encode(&mut bytes) {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.kept.apply(record);
        if self.broken {
            // The new file has it.
            return self.rewrite();
        }
        if let Err(error) = (&*self.file).write_all(&bytes) {
            self.broken = true;
            return Err(error);
        }
        self.len += record.len();
        Ok(())
    }

    fn is_mostly_dead(&self) -> bool {
        self.len > 2 * self.kept.len() + SPARE
    }

    /// Writes what is alive to a new file, which then takes the old one's place: at every instant one of the two
    /// is there and complete.
    fn rewrite(&mut self) -> io::Result<()> {
        let mut bytes = HEADER.to_vec();
        for record in self.kept.records() {
            // What was read or written once is not too long.
            let _ = record.encode(&mut bytes);
        }
        let new_path = self.path.with_extension("new");
        if let Err(error) = private::write_new(&new_path, &bytes) {
            // A part of it is of no use, and takes room if there is little.
            let _ = fs::remove_file(&new_path);
            return Err(error);
        }
        fs::rename(&new_path, &self.path)?;
        // From here on the old file is no more to be written to.
        self.broken = true;
        if let Some(directory) = self.path.parent() {
            sync_directory(directory)?;
        }
        self.file = Arc::new(private::open_to_append(&self.path)?);
        self.len = bytes.len() as u64;
        self.synced_len = self.len;
        self.broken = false;
        Ok(())
    }

    fn tell_of(&self, Skipped { damaged, tail }: Skipped) {
        if tail > 0 {
            self.tell(&format!(
                "ended with {tail} bytes that were not completely written; they are cut off"
            ));
        }
        if damaged > 0 {
            self.tell(&format!(
                "had {damaged} damaged bytes; the messages in them are lost, the others are not"
            ));
        }
    }

    fn tell(&self, what: &str) {
        warn!("the outbox {} {what}", self.path.display());
    }
}

/// Takes the lock, which has a file of its own: the log's is replaced.
fn lock(path: &Path) -> Result<File, StorageError> {
    let lock_path = path.with_extension("lock");
    let error = |error: io::Error| StorageError::io(&lock_path, &error);
    let file = private::open_to_append(&lock_path).map_err(error)?;
    if fs4::fs_std::FileExt::try_lock_exclusive(&file).map_err(error)? {
        Ok(file)
    } else {
        Err(StorageError::InUse(path.to_owned()))
    }
}

#[cfg(test)]
mod tests;
