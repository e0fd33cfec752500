//! The file's place on a disk: whether it is still there, and whether there is room for more.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};

use mobileim_hub::store::StoreLimits;
use tracing::warn;

use crate::database::backend::Room;
use crate::database::error::Failure;

/// The reserve's file, beside the database.
const RESERVE: &str = "mobileim.reserve";

/// How large the reserve is: a 16th of the disk, within these bounds.
const SHARE_OF_DISK: u64 = 16;
const MIN_RESERVE: u64 = 64 << 10;
const MAX_RESERVE: u64 = 16 << 20;

/// How much stays free if nothing else is set, and of a small disk which part.
const MIN_FREE: u64 = StoreLimits::MIN_FREE_DISK;
const MIN_FREE_SHARE: u64 = 10;

/// Once there was too little room, this part of it more must be free: a disk that is filled and emptied around the bound is not a
/// line in the log each time.
const MORE_SHARE: u64 = 16;

/// A page of the database, as `SQLite` makes it.
const PAGE: u64 = 4096;

/// The disk under the database.
///
/// What `SQLite` deletes it writes to its log first, and what the log holds it moves into the file before the log can begin
/// anew. So a disk must never be so full that one of them cannot grow: nothing could be deleted any more, and a restart
/// would deliver all of it again. There are three precautions: the file does not grow any more (what was deleted makes
/// room for what is new) when less than the reserve's size is free; the log and each transaction are kept
/// short beside the reserve; and the reserve, a file of nothing, is given up when something else has filled the disk.
///
/// All that is for the worst. Long before it, when less than `min_free` is free, the store refuses what is new.
#[derive(Debug)]
pub(crate) struct Disk {
    database: PathBuf,
    log: PathBuf,
    reserve: PathBuf,
    reserve_bytes: u64,
    state: AtomicU8,
    /// What stays free if nothing else is set.
    usual_min_free: u64,
    min_free: AtomicU64,
    is_low: AtomicBool,
    /// Which file it is.
    identity: OnceLock<Identity>,
}

/// What tells a file from all others, whatever it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    device: u64,
    inode: u64,
}

/// Of the reserve.
const GIVEN_UP: u8 = 0;
const STANDS: u8 = 1;
/// It cannot be made, for another reason than that the disk is full.
const IMPOSSIBLE: u8 = 2;

impl Disk {
    pub(crate) fn new(database: &Path) -> Self {
        let directory = directory_of(database);
        let total = rustix::fs::statvfs(directory).map_or(0, |disk| disk.f_blocks * disk.f_frsize);
        let share = match total {
            0 => MAX_RESERVE,
            total => total / SHARE_OF_DISK,
        };
        let reserve_bytes = share.clamp(MIN_RESERVE, MAX_RESERVE);
        let usual_min_free = match total {
            0 => 0,
            total => MIN_FREE.min(total / MIN_FREE_SHARE),
        };
        let reserve = directory.join(RESERVE);
        // It outlives the server.
        let stands = fs::metadata(&reserve).is_ok_and(|file| file.len() >= reserve_bytes);
        let mut log = database.as_os_str().to_owned();
        log.push("-wal");
        Self {
            database: database.to_owned(),
            log: log.into(),
            reserve,
            reserve_bytes,
            state: AtomicU8::new(if stands { STANDS } else { GIVEN_UP }),
            usual_min_free,
            min_free: AtomicU64::new(usual_min_free),
            is_low: AtomicBool::new(false),
            identity: OnceLock::new(),
        }
    }

    /// How many pages the log may have before they are moved into the file.
    pub(crate) fn log_pages(&self) -> u64 {
        self.reserve_bytes / 4 / PAGE
    }

    /// How many bytes of bodies a transaction may write: with all that belongs to them, it fits into the reserve.
    pub(crate) fn transaction_bytes(&self) -> usize {
        usize::try_from(self.reserve_bytes / 8).unwrap_or(usize::MAX)
    }

    /// Whether the file may grow. Makes the reserve if there is none, and room for it.
    pub(crate) fn may_grow(&self) -> bool {
        let needed = match self.state.load(Ordering::Relaxed) {
            IMPOSSIBLE => return true,
            STANDS => self.reserve_bytes,
            _ => 2 * self.reserve_bytes,
        };
        match self.free() {
            Some(free) if free < needed => false,
            _ => self.has_reserve(),
        }
    }

    /// How many bytes are to stay free; `None` for the usual.
    pub(crate) fn set_min_free(&self, bytes: Option<u64>) {
        let bytes = bytes.unwrap_or(self.usual_min_free);
        self.min_free.store(bytes, Ordering::Relaxed);
    }

    /// Finds out how much room there is beside what the database has `inside`. `None` if nobody knows.
    pub(crate) fn room(&self, inside_pages: u64) -> Option<Room> {
        let free = self.free()?;
        let min_free = self.min_free.load(Ordering::Relaxed);
        let was_low = self.is_low.load(Ordering::Relaxed);
        let more = if was_low { min_free / MORE_SHARE } else { 0 };
        let is_low = free < min_free.saturating_add(more);
        self.is_low.store(is_low, Ordering::Relaxed);
        Some(Room {
            free,
            min_free,
            is_low,
            inside: inside_pages * PAGE,
        })
    }

    /// Gives the reserve up; returns whether there was one.
    pub(crate) fn give_up_reserve(&self) -> bool {
        let had = self.state.swap(GIVEN_UP, Ordering::Relaxed) == STANDS;
        had && fs::remove_file(&self.reserve).is_ok()
    }

    /// The file was opened for the first time: it is this one from now on.
    pub(crate) fn opened(&self) -> Result<(), Failure> {
        let identity = Identity::of(&self.database).map_err(|error| self.moved(&error))?;
        if *self.identity.get_or_init(|| identity) == identity {
            return Ok(());
        }
        Err(self.moved(&"another one is in its place"))
    }

    /// Fails if the file is not the one that was opened first.
    pub(crate) fn verify(&self) -> Result<(), Failure> {
        match self.identity.get() {
            Some(_) => self.opened(),
            None => Ok(()),
        }
    }

    /// Which file the log is.
    pub(crate) fn log(&self) -> io::Result<Identity> {
        Identity::of(&self.log)
    }

    fn moved(&self, why: &dyn std::fmt::Display) -> Failure {
        Failure::Moved(format!(
            "{} is not where it was opened ({why}). What waits in it can be fetched until the server stops; nothing new is \
             stored until the directory is put back or the server is started again",
            self.database.display()
        ))
    }

    /// The free room in bytes, without root's share.
    fn free(&self) -> Option<u64> {
        let disk = rustix::fs::statvfs(directory_of(&self.database)).ok()?;
        Some(disk.f_bavail * disk.f_frsize)
    }

    /// Makes the reserve, if it is not there. Returns whether it is, or never will be.
    fn has_reserve(&self) -> bool {
        if self.state.load(Ordering::Relaxed) == STANDS {
            return true;
        }
        let (state, may_grow) = match self.make_reserve() {
            Ok(()) => (STANDS, true),
            Err(error) => {
                // What there is of it takes room.
                let _ = fs::remove_file(&self.reserve);
                if is_full(&error) {
                    (GIVEN_UP, false)
                } else {
                    warn!(
                        "{} cannot be made ({error}): when the disk is full, what was fetched may not be deleted until there is room",
                        self.reserve.display()
                    );
                    (IMPOSSIBLE, true)
                }
            }
        };
        self.state.store(state, Ordering::Relaxed);
        may_grow
    }

    fn make_reserve(&self) -> io::Result<()> {
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&self.reserve)?;
        if file.metadata()?.len() > self.reserve_bytes {
            file.set_len(self.reserve_bytes)?;
        }
        allocate(&file, self.reserve_bytes)
    }
}

impl Identity {
    fn of(path: &Path) -> io::Result<Self> {
        let metadata = fs::metadata(path)?;
        Ok(Self {
            device: metadata.dev(),
            inode: metadata.ino(),
        })
    }
}

fn directory_of(file: &Path) -> &Path {
    match file.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => directory,
        _ => Path::new("."),
    }
}

/// Takes room on the disk, not only in the file's length.
fn allocate(file: &File, bytes: u64) -> io::Result<()> {
    match rustix::fs::fallocate(file, rustix::fs::FallocateFlags::empty(), 0, bytes) {
        Ok(()) => return Ok(()),
        Err(error) if is_full(&error.into()) => return Err(error.into()),
        // A file system that cannot.
        Err(_) => {}
    }
    let zeros = vec![0; 64 << 10];
    let mut file = file;
    let mut left = bytes;
    while left > 0 {
        let count = usize::try_from(left).map_or(zeros.len(), |left| left.min(zeros.len()));
        file.write_all(&zeros[..count])?;
        left -= count as u64;
    }
    file.sync_all()
}

fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}
