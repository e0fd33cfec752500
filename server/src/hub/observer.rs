//! What the hub tells the outside.

use std::sync::Arc;

use mobileim_protocol::Transport;

use super::CloseReason;

/// Is told what happened in the hub; called with no lock held, must not block.
pub trait Observer: Send + Sync {
    /// Something is to be done earlier than [`Hub::next_deadline`](super::Hub::next_deadline) said.
    ///
    /// The one call that comes with a shard locked: it must not call the hub.
    fn deadline_moved(&self) {}

    /// A session began.
    fn online(&self, user: &Arc<str>, transport: Transport) {
        let _ = (user, transport);
    }

    /// A session ended. With [`CloseReason::Replaced`], another of the same user begins right after.
    fn offline(&self, user: &Arc<str>, reason: CloseReason) {
        let _ = (user, reason);
    }

    /// A message of the server is delivered, or stored for its receiver.
    fn s2c_acknowledged(&self, user: &Arc<str>, fp: &str) {
        let _ = (user, fp);
    }

    /// A message of one user to another is refused: it is neither delivered, nor will it be stored.
    fn c2c_refused(&self, from: &Arc<str>, to: &Arc<str>, fp: &str) {
        let _ = (from, to, fp);
    }

    /// A message of the server that was on its way is neither delivered nor stored.
    fn s2c_rejected(&self, user: &Arc<str>, fp: &str) {
        let _ = (user, fp);
    }
}

/// Nobody is told anything.
impl Observer for () {}
