//! Who sends a message, and from which device.

use std::sync::Arc;

/// A user on one of the user's devices.
#[derive(Debug, Clone)]
pub(crate) struct Sender {
    /// The user id.
    pub(crate) user: Arc<str>,
    /// The mailbox of the device.
    pub(crate) mailbox: Arc<str>,
}

impl Sender {
    pub(crate) fn new(user: &Arc<str>, mailbox: &Arc<str>) -> Self {
        Self {
            user: Arc::clone(user),
            mailbox: Arc::clone(mailbox),
        }
    }
}
