//! Who sends a message, and from which device.

use std::sync::Arc;

use mobileim_protocol::NO_ID_HAS;

/// A user on one of the user's devices.
#[derive(Debug, Clone)]
pub(crate) struct Sender {
    /// The user id.
    pub(crate) user: Arc<str>,
    /// The mailbox of the device.
    pub(crate) mailbox: Arc<str>,
}

impl Sender {
    /// What messages from this device to `to` keep their order with ([`Envelope::lane`](mobileim_protocol::mailbox::Envelope::lane)).
    pub(crate) fn lane_to(&self, to: &str) -> Arc<str> {
        Arc::from(format!("{}{NO_ID_HAS}{to}", self.mailbox))
    }

    pub(crate) fn new(user: &Arc<str>, mailbox: &Arc<str>) -> Self {
        Self {
            user: Arc::clone(user),
            mailbox: Arc::clone(mailbox),
        }
    }
}
