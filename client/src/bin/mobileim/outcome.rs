//! How a command ends.

use std::path::Path;
use std::process::ExitCode;

use mobileim_client::{LoginError, StorageError};

pub(crate) type Outcome = Result<(), Failure>;

/// Why a command fails, in a line for a person, and whether what it was to do is only put off.
#[derive(Debug)]
pub(crate) struct Failure {
    text: String,
    kept: bool,
}

/// `EX_TEMPFAIL` of sysexits.h, with which mail programs say the same: it is queued.
const TEMPORARY_FAILURE: u8 = 75;

impl Failure {
    /// What this user did not get delivered to this server is kept in this outbox.
    pub(crate) fn kept(text: &str, user: &str, server: &str, outbox: &Path) -> Self {
        let outbox = outbox.display();
        Self {
            text: format!(
                "{text}; kept in {outbox} and sent by the next run as {user} on {server}"
            ),
            kept: true,
        }
    }

    /// Says so, and gives the exit code for it.
    pub(crate) fn tell(&self) -> ExitCode {
        eprintln!("mobileim: {}", self.text);
        if self.kept {
            ExitCode::from(TEMPORARY_FAILURE)
        } else {
            ExitCode::FAILURE
        }
    }
}

impl From<String> for Failure {
    fn from(text: String) -> Self {
        Self { text, kept: false }
    }
}

/// Why there is no session, and what to do about it if that is not plain.
pub(crate) fn not_logged_in(error: &LoginError) -> String {
    match error {
        LoginError::Storage(StorageError::Io { .. } | StorageError::NotAnOutbox(_)) => {
            format!("{error}; --outbox DIR keeps messages elsewhere, --no-outbox nowhere")
        }
        _ => error.to_string(),
    }
}
