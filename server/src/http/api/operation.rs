//! What may be asked, and how often it was.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use parking_lot::Mutex;

use crate::auth::Scope;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Operation {
    Server,
    Stats,
    Config,
    Online,
    Sessions,
    KickAll,
    Kick,
    Send,
    Document,
    /// Nothing that there is.
    Other,
}

impl Operation {
    pub(super) const ALL: [Self; 10] = [
        Self::Server,
        Self::Stats,
        Self::Config,
        Self::Online,
        Self::Sessions,
        Self::KickAll,
        Self::Kick,
        Self::Send,
        Self::Document,
        Self::Other,
    ];

    /// Its name in the document, metrics and the log.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Stats => "stats",
            Self::Config => "config",
            Self::Online => "online",
            Self::Sessions => "sessions",
            Self::KickAll => "kick_all",
            Self::Kick => "kick",
            Self::Send => "send",
            Self::Document => "openapi",
            Self::Other => "other",
        }
    }

    /// What a key must allow; `None` for what needs no key.
    pub(super) const fn scope(self) -> Option<Scope> {
        match self {
            Self::Server | Self::Stats | Self::Config => Some(Scope::ServerRead),
            Self::Online | Self::Sessions => Some(Scope::UsersRead),
            Self::KickAll | Self::Kick => Some(Scope::UsersWrite),
            Self::Send => Some(Scope::Send),
            Self::Document | Self::Other => None,
        }
    }
}

/// How often each operation was answered with each status. The server alone says what there is of both, so they are few.
#[derive(Debug, Default)]
pub(in crate::http) struct Requests(Mutex<BTreeMap<(Operation, u16), u64>>);

impl Requests {
    pub(super) fn count(&self, operation: Operation, status: StatusCode) {
        *self
            .0
            .lock()
            .entry((operation, status.as_u16()))
            .or_default() += 1;
    }

    /// Operation and status, and how often.
    pub(in crate::http) fn read(&self) -> Vec<(&'static str, String, u64)> {
        let counted = self.0.lock();
        let samples = counted.iter();
        samples
            .map(|((operation, status), count)| (operation.name(), status.to_string(), *count))
            .collect()
    }
}
