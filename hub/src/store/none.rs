//! No store at all.

use std::sync::Arc;

use mobileim_protocol::mailbox::StoreFailure;

use super::{Completion, Request, Store};

/// Stores nothing: a message to a receiver who is offline is not acknowledged, and its sender's own QoS reports it
/// lost. This is what the original does if its application stores nothing either.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoStore;

impl Store for NoStore {
    fn submit(&self, _user: &Arc<str>, request: Request) -> Option<Completion> {
        match request {
            Request::Append { .. } => Some(Completion::not_appended(StoreFailure::NoStore)),
            Request::Load { .. } => Some(Completion::Loaded {
                messages: Vec::new(),
                more: false,
            }),
            Request::CancelLoad | Request::Delete { .. } | Request::Advance { .. } => None,
        }
    }
}
