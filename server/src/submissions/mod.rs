//! What back ends send in their own transactions, with SQL (docs/postgres-send.md).
//!
//! A function writes it into a table beside the store's. One task reads what is committed there and gives it to the hub; the
//! [`Desk`](desk::Desk) hears from the hub what became of each; another task notes that in the table, in the store's transactions. What is not
//! noted is sent again after a restart, with the same fingerprint: whoever has it already recognises it.

mod desk;
mod entry;
#[macro_use]
mod stored;
mod marks;
mod pace;
mod reader;
mod source;
mod stats;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use mobileim_hub::ServerHandle;
use tokio::sync::watch;

use crate::essential::spawn_essential;
use crate::observers::Observer;
use crate::store::PostgresStore;
use desk::Desk;
use marks::Marker;
use reader::Reader;
use source::Source;
pub(crate) use stats::SubmissionStats;

/// What back ends send with SQL: given to [`Bound::submissions`](crate::Bound::submissions), it is delivered.
pub struct Submissions {
    desk: Arc<Desk>,
    store: Arc<PostgresStore>,
    kept: Duration,
}

impl Submissions {
    /// What is written into the database of this store. For so long it can be seen there what became of it.
    pub fn new(store: &Arc<PostgresStore>, kept: Duration) -> Self {
        Self {
            desk: Arc::default(),
            store: Arc::clone(store),
            kept,
        }
    }

    /// Who is to be told what happens.
    pub(crate) fn observer(&self) -> Arc<dyn Observer> {
        Arc::clone(&self.desk) as _
    }

    /// Delivers them until the server stops.
    pub(crate) fn begin(self, server: ServerHandle, stop: watch::Receiver<bool>) -> Delivering {
        let Self { desk, store, kept } = self;
        let source = Source::new(store.database());
        let told = Arc::clone(&desk);
        store.tell_lost(move |sender, receiver, fp| told.lost(sender, receiver, fp));
        let reader = Reader::new(Arc::clone(&desk), source, server, store.max_age());
        spawn_essential("the reader of submissions", reader.run(stop));
        let marker = Marker {
            desk: Arc::clone(&desk),
            store,
            kept,
        };
        spawn_essential("the notes on submissions", marker.run());
        Delivering(desk)
    }
}

impl fmt::Debug for Submissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Submissions")
            .field("store", &self.store)
            .field("kept", &self.kept)
            .finish_non_exhaustive()
    }
}

/// Submissions while they are delivered.
#[derive(Clone)]
pub(crate) struct Delivering(Arc<Desk>);

impl Delivering {
    pub(crate) fn stats(&self) -> SubmissionStats {
        self.0.counts.read()
    }

    /// Waits until it is noted what became of those that the hub was given.
    pub(crate) async fn settled(&self) {
        self.0.settled().await;
    }

    /// Nothing more is noted.
    pub(crate) fn end(&self) {
        self.0.close();
    }
}
