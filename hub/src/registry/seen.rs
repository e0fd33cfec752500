//! What is seen of a user from outside.

use mobileim_protocol::mailbox::SessionId;
use mobileim_protocol::{Device, Instant};

use crate::link::Peer;

/// A live session.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionView {
    /// Its number.
    pub id: SessionId,
    /// Where it comes from.
    pub peer: Peer,
    /// The device, if its client names one.
    pub device: Option<Box<Device>>,
    /// When it began, in ms since 1970.
    pub since: i64,
    /// When the last byte came from it.
    pub last_seen: Instant,
    /// The longest body that its client takes, in bytes.
    pub max_body: usize,
}

/// How much of what is on its way to a user is in memory, rather than in the store alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InMemory {
    /// Messages with QoS.
    pub messages: usize,
    /// Their bodies' bytes.
    pub bytes: usize,
}
