//! How a server begins to record events.

use std::collections::BTreeMap;

use mobileim_protocol::mailbox::SessionId;
use tracing::warn;

use super::super::event_tables::{EventRow, EventTables as _};
use super::super::messages::Messages;
use super::super::writer::{Writer, within};
use super::Events;
use crate::database::{Backend, Connection as _, Failure};
use crate::events::{EventLog, EventType, record};

/// Each start of a server has two to the power of this numbers for its sessions.
const SESSIONS_A_START: u32 = 32;

/// How many sessions that a crash has left are ended by one statement.
const SESSIONS_AT_ONCE: u32 = 1000;

impl<D: Backend<Connection: Messages>> Writer<D> {
    /// Begins to record events: counts this start, and ends the sessions that a server which was killed has left.
    pub(in crate::store::durable) async fn begin_events(
        &mut self,
        log: &EventLog,
    ) -> Result<(), Failure> {
        let mut begun = self.try_begin_events(log).await;
        if matches!(begun, Err(Failure::Disk(_))) && self.database.give_up_reserve() {
            begun = self.try_begin_events(log).await;
        }
        self.events = Some(begun?);
        Ok(())
    }

    async fn try_begin_events(&mut self, log: &EventLog) -> Result<Events, Failure> {
        let begun = self.begin_in_transaction(log).await;
        if begun.is_err() {
            self.database.close().await;
        }
        begun
    }

    async fn begin_in_transaction(&mut self, log: &EventLog) -> Result<Events, Failure> {
        let (now, unix_millis) = (self.clock.now(), self.clock.unix_millis());
        let patience = self.database.patience();
        let connection = self.database.get().await?;
        within::<D::Connection, _>(patience, async {
            connection.begin().await?;
            let start = connection.count_start().await?;
            let mut written = connection.written().await?;
            let mut ended = 0;
            loop {
                let left = connection.take_sessions(SESSIONS_AT_ONCE).await?;
                let settings = log.settings();
                let is_last = left.len() < SESSIONS_AT_ONCE as usize;
                let left = left
                    .iter()
                    .filter(|open| settings.wants(EventType::Offline, &[&*open.user]));
                let records: Vec<_> = left
                    .map(|open| {
                        let session = SessionId(open.session.cast_unsigned());
                        record::offline_after_crash(unix_millis, &open.user, session, &open.peer)
                    })
                    .collect();
                let mut rows = Vec::with_capacity(records.len());
                for record in &records {
                    written += i64::try_from(record.bytes()).unwrap_or(0);
                    rows.push(EventRow { record, written });
                }
                if !rows.is_empty() {
                    connection.record(&rows).await?;
                }
                ended += records.len();
                if is_last {
                    break;
                }
            }
            let oldest = connection.oldest_events(1).await?;
            let last = connection.last_event().await?;
            let consumers: BTreeMap<_, _> = connection.consumers().await?.into_iter().collect();
            connection.commit().await?;
            if ended > 0 {
                warn!(
                    sessions = ended,
                    "the server before this one ended without a word: its sessions are ended by events"
                );
            }
            let (removed_through, removed) = oldest
                .first()
                .map_or((last, written), |oldest| (oldest.position - 1, oldest.written));
            log.begin(start.cast_unsigned() << SESSIONS_A_START, last, consumers);
            log.removed(removed_through, 0);
            let events = Events::new(log.clone(), written, removed, now);
            events.publish();
            Ok(events)
        })
        .await
    }
}
