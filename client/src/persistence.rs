//! What stands between the engine and its storage: nothing leaves before it is safe.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mobileim_protocol::client::Prepared;
use mobileim_protocol::{Message, encode};
use tokio::sync::oneshot;
use tracing::warn;

use crate::error::SendError;
use crate::storage::{Storage, StorageError, Stored};

/// A message of the application that the engine does not have yet.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) message: Prepared,
    pub(crate) reply: oneshot::Sender<Result<(), SendError>>,
    /// Whether storage has it, or why not.
    pub(crate) stored: Result<bool, StorageError>,
}

impl Taken {
    pub(crate) fn new(message: Prepared, reply: oneshot::Sender<Result<(), SendError>>) -> Self {
        Self {
            message,
            reply,
            stored: Ok(false),
        }
    }
}

/// The application's storage, if it has one.
pub(crate) struct Persistence {
    storage: Option<Arc<dyn Storage>>,
    inbox: Inbox,
    /// Something was received since the last sync.
    dirty: bool,
    /// What is received cannot be stored: it was told.
    failing: bool,
}

/// Stored messages that the application has not handled, shared with what reads the events.
#[derive(Clone, Default)]
pub(crate) struct Inbox(Arc<Mutex<Received>>);

#[derive(Default)]
struct Received {
    /// As long as it is open.
    storage: Option<Arc<dyn Storage>>,
    /// The messages' hashes.
    hashes: HashSet<u64>,
}

impl Inbox {
    /// Whether it can be noted that a message is handled. If not, the next run has it.
    pub(crate) fn is_open(&self) -> bool {
        self.lock().storage.is_some()
    }

    /// The application has handled a message.
    pub(crate) fn handled(&self, hash: u64) {
        let mut received = self.lock();
        if received.hashes.remove(&hash)
            && let Some(storage) = &received.storage
        {
            storage.handled(hash);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Received> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Inbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Inbox")
    }
}

impl Persistence {
    pub(crate) fn new(storage: Option<Arc<dyn Storage>>) -> Self {
        let received = Received {
            storage: storage.clone(),
            ..Received::default()
        };
        Self {
            storage,
            inbox: Inbox(Arc::new(Mutex::new(received))),
            dirty: false,
            failing: false,
        }
    }

    /// For what reads the events.
    pub(crate) fn inbox(&self) -> Inbox {
        self.inbox.clone()
    }

    /// Whether there is a storage.
    pub(crate) fn is_on(&self) -> bool {
        self.storage.is_some()
    }

    /// What earlier runs left.
    pub(crate) fn load(&mut self, user_id: &str) -> Result<Stored, StorageError> {
        let Some(storage) = &self.storage else {
            return Ok(Stored::default());
        };
        let mut received = self.inbox.lock();
        received.hashes.clear();
        let stored = storage.load(user_id)?;
        let hashes = stored.inbox.iter().map(|(hash, _)| hash);
        received.hashes.extend(hashes);
        Ok(stored)
    }

    /// Stores those that are to be acknowledged, together.
    ///
    /// Before the engine has them, so that it has no message that it would have to give back: it sends at once,
    /// and what is not stored must not be sent.
    pub(crate) async fn persist(&mut self, user_id: &str, taken: &mut [Taken]) {
        let Some(storage) = &self.storage else {
            return;
        };
        let mut fps = HashSet::new();
        let mut outcome = Ok(());
        for Taken {
            message, stored, ..
        } in &mut *taken
        {
            // The second of two with one fingerprint is refused by the engine, and must not replace the first.
            if !message.has_qos() || !fps.insert(message.fp()) {
                continue;
            }
            *stored = Ok(true);
            outcome = storage.persist(user_id, message.fp(), message.body());
            if outcome.is_err() {
                break;
            }
        }
        if !taken.iter().any(|it| it.stored == Ok(true)) {
            return;
        }
        if outcome.is_ok() {
            outcome = self.sync_storage().await;
        }
        let Err(error) = outcome else { return };
        for taken in taken.iter_mut().filter(|it| it.message.has_qos()) {
            if taken.stored == Ok(true) {
                self.forget(taken.message.fp());
            }
            taken.stored = Err(error.clone());
        }
    }

    /// A message is acknowledged, or given up.
    pub(crate) fn forget(&self, fp: &str) {
        if let Some(storage) = &self.storage {
            storage.forget(fp);
        }
    }

    /// Takes a received message. `true` if it is stored until it is [handled](Inbox::handled).
    pub(crate) fn receive(&mut self, user_id: &str, hash: u64, message: &Message<'_>) -> bool {
        let Some(storage) = &self.storage else {
            return false;
        };
        match storage.receive(user_id, hash, &encode(message)) {
            Ok(()) => {
                self.dirty = true;
                self.inbox.lock().hashes.insert(hash);
                true
            }
            Err(error) => {
                self.cannot_receive(&error);
                false
            }
        }
    }

    /// How many received messages the application has not handled.
    pub(crate) fn not_handled(&self) -> usize {
        self.inbox.lock().hashes.len()
    }

    /// Whether something was received that must not be acknowledged before [`Persistence::sync`].
    pub(crate) fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// Makes safe what was received. If that fails, it was told.
    pub(crate) async fn sync(&mut self) {
        let _ = self.sync_storage().await;
    }

    /// Gives the storage up, for others to open.
    pub(crate) fn release(&mut self) {
        self.storage = None;
        self.inbox.lock().storage = None;
    }

    async fn sync_storage(&mut self) -> Result<(), StorageError> {
        let has_received = std::mem::take(&mut self.dirty);
        let Some(storage) = self.storage.clone() else {
            return Ok(());
        };
        // What comes meanwhile waits in its queue, and shares the next one.
        let synced = tokio::task::spawn_blocking(move || storage.sync()).await;
        let outcome = synced.unwrap_or_else(|error| match error.try_into_panic() {
            // Nothing is safe with it: better to end than to go on without.
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(error) => Err(StorageError::Other(error.to_string())),
        });
        match &outcome {
            Ok(()) => self.failing = false,
            Err(error) if has_received => self.cannot_receive(error),
            Err(_) => {}
        }
        outcome
    }

    fn cannot_receive(&mut self, error: &StorageError) {
        if !std::mem::replace(&mut self.failing, true) {
            warn!(
                "{error}; until that is over, a received message that is not handled before the program ends is lost"
            );
        }
    }
}
