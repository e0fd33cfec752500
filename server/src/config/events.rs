//! What is recorded of what happens, as several settings say together.

use super::mistake::{Mistake, Place};
use super::settings::Settings;
use super::store_place::StorePlace;
use crate::events::{EventPolicy, EventTarget};

impl Settings {
    /// Returns what is recorded; `None` if nothing is.
    pub fn event_policy(&self) -> Option<EventPolicy> {
        let mut policy = EventPolicy::new(self.events.types?);
        policy.users = self.events.users.clone();
        policy.text = self.events.text.0;
        policy.keep = self.events.keep.0;
        policy.max_bytes = self.events.max_bytes.0 as u64;
        Some(policy)
    }

    /// Returns where events are sent to, if they are.
    pub fn event_target(&self) -> Option<EventTarget> {
        let (url, secret) = self.events.url.as_ref().zip(self.events.secret.as_ref())?;
        Some(EventTarget::new(
            url.0.clone(),
            self.trust(),
            secret.0.clone(),
            self.events.batch.0.get().into(),
            self.events.timeout.0,
        ))
    }

    /// Events need a database, and sending them a secret.
    pub(super) fn check_events(
        &self,
        place: &dyn Fn(&'static str) -> Place,
    ) -> Result<(), Mistake> {
        let wrong = |key, text: &str| Err(place(key).wrong(text));
        let events = &self.events;
        match (&events.url, &events.secret) {
            (Some(_), None) => {
                return wrong(
                    "events.url",
                    "needs a secret that signs what is sent, or anybody could send events: 'events.secret-file' names one",
                );
            }
            (None, Some(_)) => {
                return wrong(
                    "events.secret",
                    "signs what is sent to 'events.url', which is not set",
                );
            }
            (Some(_), Some(_)) if events.types.is_none() => {
                return wrong(
                    "events.url",
                    "needs 'events.types', which says what is sent there",
                );
            }
            _ => {}
        }
        let has_database = matches!(
            self.store_place_at(place),
            // What is wrong with the store is told by itself.
            Err(_) | Ok(StorePlace::Sqlite(_) | StorePlace::Postgres(_))
        );
        if events.types.is_some() && !has_database {
            return wrong(
                "events.types",
                "needs a database that events are recorded in: 'data-dir' for SQLite, or 'database-url' for PostgreSQL",
            );
        }
        Ok(())
    }
}
