//! What the log says of a back end that does not answer.

use std::fmt;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;
use tracing::{info, warn};

use crate::outgoing::Address;

/// Complaints about a back end are so far apart at least.
const AGAIN: Duration = Duration::from_secs(10);

/// What was complained about, if it has not answered since.
#[derive(Debug, Default)]
pub(crate) struct Complaints(Mutex<Option<Complaint>>);

#[derive(Debug)]
struct Complaint {
    /// When the log was told last.
    told_at: Instant,
    /// What is wrong now.
    text: String,
}

impl Complaints {
    /// It has failed, and this is what comes of it.
    pub(crate) fn fail(&self, line: &dyn fmt::Display) {
        let mut last = self.0.lock();
        let text = line.to_string();
        match &mut *last {
            Some(complaint) if complaint.told_at.elapsed() < AGAIN => complaint.text = text,
            other => {
                warn!("{text}");
                let told_at = Instant::now();
                *other = Some(Complaint { told_at, text });
            }
        }
    }

    /// What is wrong with it now.
    pub(crate) fn trouble(&self) -> Option<String> {
        let last = self.0.lock();
        last.as_ref().map(|complaint| complaint.text.clone())
    }

    /// It has answered.
    pub(crate) fn end(&self, address: &Address) {
        if self.0.lock().take().is_some() {
            info!("{address} answers again");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_now_is_known_until_there_is_an_answer() {
        let complaints = Complaints::default();
        assert_eq!(complaints.trouble(), None);
        complaints.fail(&"it is slow");
        complaints.fail(&"it is gone");
        assert_eq!(complaints.trouble().as_deref(), Some("it is gone"));
        complaints.end(&"https://app.example.com/".parse().unwrap());
        assert_eq!(complaints.trouble(), None);
    }
}
