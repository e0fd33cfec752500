//! The application's part in what the server does.

use std::sync::Arc;
use std::time::Duration;

use mobileim_protocol::Message;

use super::ServerHandle;
use crate::deferred::Deferred;
use crate::event::Event;
use crate::stats::HookStats;

/// The application's callbacks. Each does nothing unless overridden.
///
/// `message.from` is the sender's user id, verified. All are called on the way of messages and must not block: what takes long
/// is to be spawned.
pub trait Hooks: Send + Sync {
    /// Before a message of one user to another is delivered.
    ///
    /// If it is to be decided later, the connection goes on meanwhile, but for other messages to the same receiver, which keep their
    /// order; about those, this is asked at once too. Should the connection end before the answer, the future is dropped, and
    /// the message was never taken. What its sender repeats meanwhile is not asked about again; nor, as far as a future asks when it
    /// is polled, what it repeats later.
    fn before_c2c(&self, server: &ServerHandle, message: &Message<'_>) -> Deferred<Verdict> {
        let _ = (server, message);
        Verdict::Allow.into()
    }

    /// Before [`Hooks::c2s`] takes a message to the server: the same for that.
    fn before_c2s(&self, server: &ServerHandle, message: &Message<'_>) -> Deferred<Verdict> {
        let _ = (server, message);
        Verdict::Allow.into()
    }

    /// A message to the server, one after the other of each connection. With QoS it is acknowledged when this says so, and what
    /// was accepted does not come again; a message may come twice if the connection was lost before this had answered.
    fn c2s(&self, server: &ServerHandle, message: &Message<'_>) -> Deferred<Acceptance> {
        let _ = (server, message);
        Acceptance::Accept.into()
    }

    /// Which of these users this one may see: whether they are online, from now on as long as the connection watches them. `None` if that
    /// cannot be found out now. It is called where [`VisibleTo::Asked`](crate::VisibleTo::Asked) is configured.
    fn visible(
        &self,
        server: &ServerHandle,
        user: &Arc<str>,
        users: &[Arc<str>],
    ) -> Deferred<Option<Vec<Arc<str>>>> {
        let _ = (server, user, users);
        Some(Vec::new()).into()
    }

    /// What it has asked others.
    fn stats(&self) -> HookStats {
        HookStats::default()
    }

    /// Why others that it has to ask do not answer at present.
    fn trouble(&self) -> Option<String> {
        None
    }

    /// Something has happened.
    fn event(&self, server: &ServerHandle, event: &Event) {
        let _ = (server, event);
    }
}

/// What becomes of a message, before anybody gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// It is delivered as it is.
    Allow,
    /// It is delivered with this content.
    Replace(String),
    /// It is not delivered. With QoS its sender gets an error with this code, which carries the message.
    Refuse(i64),
    /// The same, with a text for the sender that says why.
    RefuseSaying {
        /// The code.
        code: i64,
        /// The text.
        text: String,
    },
    /// It is not delivered now. With QoS its sender is told to send nothing for so long, and then this again (error 304).
    /// As with a full mailbox, nothing of the same sender to the same receiver is taken before it.
    RefuseForNow(Duration),
}

/// What becomes of a message to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Acceptance {
    /// It is taken.
    Accept,
    /// It is not. With QoS its sender gets an error with this code, which carries the message.
    Refuse(i64),
    /// The same, with a text for the sender that says why.
    RefuseSaying {
        /// The code.
        code: i64,
        /// The text.
        text: String,
    },
    /// It is not taken now, as with [`Verdict::RefuseForNow`], nor what the same connection sends to the server behind it.
    RefuseForNow(Duration),
}

/// No application: everything is allowed, messages to the server go nowhere.
impl Hooks for () {}
