//! What is read of events, and what is kept of them.

use std::time::Duration;

use mobileim_protocol::Instant;

use super::super::event_tables::{EventTables as _, Oldest};
use super::super::messages::Messages;
use super::super::writer::{Writer, within};
use super::Events;
use crate::database::{Backend, Failure};
use crate::events::{Ask, Page, Unread};

/// How often events are looked for that need not be kept, and how many are removed in one transaction.
const REMOVE_EVERY: Duration = Duration::from_secs(5);
const REMOVE_AT_ONCE: u32 = 2000;

impl Events {
    /// Of the oldest events, how many need not be kept, and how many of them some consumer has not read.
    fn removable(&self, oldest: &[Oldest], unix_millis: i64) -> (usize, u64) {
        let settings = self.log.settings();
        let keep = i64::try_from(settings.keep.as_millis()).unwrap_or(i64::MAX);
        let too_old = unix_millis.saturating_sub(keep);
        let max_bytes = i64::try_from(settings.max_bytes).unwrap_or(i64::MAX);
        let consumers = self.log.consumers().into_values();
        let read_by_all = consumers
            .filter(|consumer| consumer.seen_at >= too_old)
            .map(|consumer| consumer.position)
            .min();
        let is_over = |event: &Oldest| self.written.saturating_sub(event.written) >= max_bytes;
        let is_removable = |event: &&Oldest| {
            read_by_all.is_some_and(|position| event.position <= position)
                || event.at < too_old
                || is_over(event)
        };
        let removable = oldest.iter().take_while(is_removable).count();
        let is_dropped = |event: &&Oldest| match read_by_all {
            Some(position) => event.position > position,
            None => is_over(event),
        };
        let dropped = oldest[..removable].iter().filter(is_dropped).count();
        (removable, dropped as u64)
    }
}

impl<D: Backend<Connection: Messages>> Writer<D> {
    /// Reads what one consumer waits for: there may be other things to do.
    pub(in crate::store::durable) async fn read_events(&mut self) {
        let Some(ask) = self
            .events
            .as_mut()
            .and_then(|events| events.asks.pop_front())
        else {
            return;
        };
        let read = self.read_page(&ask).await;
        if let Err(failure) = &read {
            self.report.failure(failure);
            self.database.close().await;
        }
        // Nobody may wait for it any more.
        let _ = ask
            .answer
            .send(read.map_err(|failure| Unread::Fails(failure.to_string())));
    }

    async fn read_page(&mut self, ask: &Ask) -> Result<Page, Failure> {
        let patience = self.database.patience();
        let connection = self.database.get().await?;
        let events = within::<D::Connection, _>(
            patience,
            connection.read_events(ask.after, ask.limit, ask.max_bytes),
        )
        .await?;
        let removed = self
            .events
            .as_ref()
            .map(|events| events.log.removed_through());
        Ok(Page {
            events,
            missing_through: removed.filter(|removed| ask.after < *removed),
        })
    }

    /// Records everything before the end.
    pub(in crate::store::durable) async fn finish_events(&mut self) {
        while self.events.as_ref().is_some_and(Events::has_entries) {
            if !self.write_events().await {
                break;
            }
        }
        if let Some(events) = &mut self.events {
            events.give_up();
        }
    }

    /// Removes events that need not be kept.
    pub(in crate::store::durable) async fn remove_events(&mut self, now: Instant) {
        let Some(events) = &mut self.events else {
            return;
        };
        events.remove_at = now + REMOVE_EVERY;
        if let Err(failure) = self.try_remove_events(now).await {
            self.recover(&failure).await;
        }
    }

    async fn try_remove_events(&mut self, now: Instant) -> Result<(), Failure> {
        let Self {
            database,
            events: Some(events),
            clock,
            report,
            ..
        } = self
        else {
            return Ok(());
        };
        let patience = database.patience();
        let connection = database.get().await?;
        let oldest =
            within::<D::Connection, _>(patience, connection.oldest_events(REMOVE_AT_ONCE)).await?;
        let (count, dropped) = events.removable(&oldest, clock.unix_millis());
        let Some(last) = oldest[..count].last() else {
            return Ok(());
        };
        within::<D::Connection, _>(patience, connection.remove_events(last.position)).await?;
        if count == REMOVE_AT_ONCE as usize {
            // There may be more; others have their turn between.
            events.remove_at = now;
        }
        events.removed = last.written;
        events.log.removed(last.position, dropped);
        report.dropped_events(dropped);
        events.publish();
        Ok(())
    }
}
