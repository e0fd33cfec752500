//! Where messages wait, as several settings say together.

use std::path::PathBuf;

use super::mistake::{Mistake, Place};
use super::settings::Settings;
use super::values::StoreKind;

/// Where messages wait for offline receivers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StorePlace {
    /// In a file in this directory.
    Sqlite(PathBuf),
    /// In the database with this URL.
    Postgres(String),
    /// In memory.
    Memory,
    /// Nowhere.
    Nowhere,
}

impl Settings {
    /// Returns where messages wait: as it is set, or where what else is set lets them.
    pub fn store_place(&self) -> Result<StorePlace, Mistake> {
        self.store_place_at(&|key| Place::named(key))
    }

    /// The same. A mistake is where the setting is that is wrong.
    pub(super) fn store_place_at(
        &self,
        place: &dyn Fn(&'static str) -> Place,
    ) -> Result<StorePlace, Mistake> {
        let missing = |kind: &str, what: &str| {
            Err(place("store").wrong(format!("is {kind}, which needs '{what}'")))
        };
        let kind = self.general.store.unwrap_or(
            match (&self.general.database_url, &self.general.data_dir) {
                (Some(_), _) => StoreKind::Postgres,
                (None, Some(_)) => StoreKind::Sqlite,
                (None, None) => StoreKind::Memory,
            },
        );
        match (kind, &self.general.database_url, &self.general.data_dir) {
            (StoreKind::Sqlite, _, Some(dir)) => Ok(StorePlace::Sqlite(dir.0.clone())),
            (StoreKind::Sqlite, ..) => missing("sqlite", "data-dir"),
            (StoreKind::Postgres, Some(url), _) => Ok(StorePlace::Postgres(url.0.clone())),
            (StoreKind::Postgres, ..) => missing("postgres", "database-url"),
            (StoreKind::Memory, ..) => Ok(StorePlace::Memory),
            (StoreKind::None, ..) => Ok(StorePlace::Nowhere),
        }
    }
}
