//! What the log says of a back end that does not answer.

use std::fmt;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;
use tracing::{info, warn};

use crate::outgoing::Address;

/// Complaints about a back end are so far apart at least.
const AGAIN: Duration = Duration::from_secs(10);

/// When it was complained about last, if it has not answered since.
#[derive(Debug, Default)]
pub(crate) struct Complaints(Mutex<Option<Instant>>);

impl Complaints {
    /// It has failed, and this is what comes of it.
    pub(crate) fn fail(&self, line: &dyn fmt::Display) {
        let mut last = self.0.lock();
        if last.is_none_or(|at| at.elapsed() >= AGAIN) {
            *last = Some(Instant::now());
            warn!("{line}");
        }
    }

    /// It has answered.
    pub(crate) fn end(&self, address: &Address) {
        if self.0.lock().take().is_some() {
            info!("{address} answers again");
        }
    }
}
