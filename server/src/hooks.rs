//! The application's part in what the server does.

use mobileim_protocol::{Message, Transport};

use crate::deferred::Deferred;
use crate::handle::ServerHandle;
use crate::hub::CloseReason;

/// The application's callbacks. Each does nothing unless overridden.
///
/// `message.from` is the sender's user id, verified. Notifications are called on the way of messages and must not
/// block: what takes long is to be spawned.
pub trait Hooks: Send + Sync {
    /// Before a message of one user to another is delivered.
    fn before_c2c(&self, server: &ServerHandle, message: &Message<'_>) -> Deferred<Verdict> {
        let _ = (server, message);
        Verdict::Allow.into()
    }

    /// A message to the server. With QoS it is acknowledged when this says so, and what was accepted does not
    /// come again; a message may come twice if the connection was lost before this had answered.
    fn c2s(&self, server: &ServerHandle, message: &Message<'_>) -> Deferred<Acceptance> {
        let _ = (server, message);
        Acceptance::Accept.into()
    }

    /// A session began.
    fn online(&self, server: &ServerHandle, user: &str, transport: Transport) {
        let _ = (server, user, transport);
    }

    /// A session ended. With [`CloseReason::Replaced`] the user is online again right after.
    fn offline(&self, server: &ServerHandle, user: &str, reason: CloseReason) {
        let _ = (server, user, reason);
    }

    /// A message of the server is delivered, or stored for its receiver.
    fn s2c_acknowledged(&self, server: &ServerHandle, user: &str, fp: &str) {
        let _ = (server, user, fp);
    }

    /// A message of one user to another is refused: it is neither delivered nor stored, since its receiver's mailbox is
    /// full or there is no store.
    fn c2c_refused(&self, server: &ServerHandle, from: &str, to: &str, fp: &str) {
        let _ = (server, from, to, fp);
    }

    /// A message of the server that was on its way is neither delivered nor stored: the store failed, or has no room
    /// for this user. It may be sent again.
    fn s2c_rejected(&self, server: &ServerHandle, user: &str, fp: &str) {
        let _ = (server, user, fp);
    }
}

/// What becomes of a message between users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is delivered as it is.
    Allow,
    /// It is delivered with this content.
    Replace(String),
    /// It is not delivered. With QoS its sender gets an error with this code, which carries the message.
    Refuse(i64),
}

/// What becomes of a message to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acceptance {
    /// It is taken.
    Accept,
    /// It is not. With QoS its sender gets an error with this code, which carries the message.
    Refuse(i64),
}

/// No application: everything is allowed, messages to the server go nowhere.
impl Hooks for () {}
