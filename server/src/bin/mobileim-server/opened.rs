//! The store that the settings name, and what is read in it before the server begins.

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;

use mobileim_server::config::{Settings, StorePlace};
use mobileim_server::events::EventLog;
use mobileim_server::store::{
    MemoryStore, NoStore, OpenError, PostgresStore, SqliteStore, Store, StoredGroup, when_free,
};
use mobileim_server::{
    Bound, DeviceBook, RegisteredDevice, Revocations, Sessions, Submissions, SystemClock,
};
use tracing::info;

/// Resolves when another server has taken the store.
pub(crate) type Taken = Pin<Box<dyn Future<Output = ()>>>;

/// A store that was opened.
pub(crate) struct Opened {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) taken: Taken,
    /// What back ends write into the same database.
    pub(crate) submissions: Option<Submissions>,
    pub(crate) devices: Option<(Vec<RegisteredDevice>, Arc<dyn DeviceBook>)>,
    pub(crate) groups: Vec<StoredGroup>,
}

impl Opened {
    /// One that is nobody else's.
    fn own(store: impl Store + 'static) -> Self {
        Self::new(store, std::future::pending())
    }

    fn new(store: impl Store + 'static, taken: impl Future<Output = ()> + 'static) -> Self {
        Self {
            store: Arc::new(store),
            taken: Box::pin(taken),
            submissions: None,
            devices: None,
            groups: Vec::new(),
        }
    }
}

/// Opens the store, and says when another server has taken it. As long as another one has it, waits as a standby.
pub(crate) async fn open_store(
    settings: &Settings,
    bound: &Bound,
    revocations: &Revocations,
    events: Option<&EventLog>,
) -> Result<Opened, Box<dyn Error>> {
    let limits = settings.store_limits();
    let sessions = settings.devices().sessions;
    let waits = |why: &OpenError| {
        let addresses = bound.addresses();
        bound.wait_for(&format!("it is a standby: {why}"));
        info!("a standby for {addresses}, which takes over when the other server is gone: {why}");
    };
    Ok(match settings.store_place()? {
        StorePlace::Sqlite(directory) => {
            let open = async || {
                let store = SqliteStore::open(&directory, limits).await?;
                store.set_log_limits(settings.log_limits());
                store.keep_revocations(revocations).await?;
                if let Some(log) = events {
                    store.record_events(log).await?;
                }
                let devices = match sessions {
                    Sessions::Single => None,
                    _ => Some(store.devices().await?),
                };
                let groups = store.groups().await?;
                Ok((store, devices, groups))
            };
            let (store, devices, groups) = when_free(open, waits).await?;
            info!("messages wait in {}", store.path().display());
            let taken = store.taken();
            Opened {
                devices,
                groups,
                ..Opened::new(store, taken)
            }
        }
        StorePlace::Postgres(url) => {
            let open = async || {
                let store = PostgresStore::connect(&url, limits).await?;
                store.set_log_limits(settings.log_limits());
                store.keep_revocations(revocations).await?;
                if let Some(log) = events {
                    store.record_events(log).await?;
                }
                let devices = match sessions {
                    Sessions::Single => None,
                    _ => Some(store.devices().await?),
                };
                let groups = store.groups().await?;
                Ok((store, devices, groups))
            };
            let (store, devices, groups) = when_free(open, waits).await?;
            info!("messages wait in {}", store.place());
            let taken = Box::pin(store.taken());
            let store = Arc::new(store);
            let submissions = Submissions::new(&store, settings.limits.submissions_kept.0);
            Opened {
                store,
                taken,
                submissions: Some(submissions),
                devices,
                groups,
            }
        }
        StorePlace::Memory => {
            info!("messages wait in memory: a restart loses them");
            let store = MemoryStore::with_limits(limits).with_clock(Arc::new(SystemClock::new()));
            let store = Arc::new(store);
            let book = Arc::<MemoryStore>::clone(&store);
            Opened {
                store,
                taken: Box::pin(std::future::pending()),
                submissions: None,
                devices: Some((Vec::new(), book)),
                groups: Vec::new(),
            }
        }
        StorePlace::Nowhere => {
            info!("messages to offline users are not stored, and not acknowledged");
            Opened::own(NoStore)
        }
    })
}
