//! How many requests a key is used for.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use mobileim_hub::{Clock as _, Rate, Used};
use parking_lot::Mutex;

use crate::clock::SystemClock;

/// What each key has used, by its name. Only of keys that there are, or were, and those are few.
#[derive(Debug, Default)]
pub(in crate::http) struct Rates(Mutex<HashMap<Arc<str>, Used>>);

impl Rates {
    /// Takes a request. If it is one too many, says how long to wait before the next.
    pub(super) fn take(&self, key: &Arc<str>, rate: Option<Rate>) -> Result<(), Duration> {
        let Some(rate) = rate else {
            return Ok(());
        };
        let now = SystemClock::new().now();
        self.0
            .lock()
            .entry(Arc::clone(key))
            .or_default()
            .take(now, rate)
    }
}
