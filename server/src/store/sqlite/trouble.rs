//! What an operator reads when the disk fails.

use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use tracing::{error, info};

/// How often at most a failure is logged: a full disk fails each message.
const REPORT_EVERY: Duration = Duration::from_secs(10);

/// Logs failures without filling the disk that may be the reason for them.
#[derive(Debug, Default)]
pub(super) struct Trouble {
    reported: Option<Instant>,
    /// Whether a report stands that the store does not work.
    standing: bool,
}

impl Trouble {
    pub(super) fn report(&mut self, path: &Path, error: &dyn fmt::Display) {
        if self.reported.is_none_or(|at| at.elapsed() >= REPORT_EVERY) {
            self.reported = Some(Instant::now());
            self.standing = true;
            error!(
                "the message store {} fails: {error}. Messages to offline users are not acknowledged until it works",
                path.display()
            );
        }
    }

    pub(super) fn is_over(&mut self, path: &Path) {
        if std::mem::take(&mut self.standing) {
            info!("the message store {} works again", path.display());
        }
    }
}
