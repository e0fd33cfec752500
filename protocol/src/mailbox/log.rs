//! What is special about a mailbox that keeps the log of a conversation: it has no session, and many read what it stores.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::entry::Position;

/// Where a message stands in a conversation's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Among everything that is stored.
    pub position: Position,
    /// Its number in the conversation: the first has 1, and none is left out.
    pub seq: u64,
    /// Whether it was not there before.
    pub is_new: bool,
}

/// What a message in a conversation's log changes of the conversation. It is durable with the message, or not at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// Who reads the log from this message on, and in which role; or has another role from now on.
    pub join: Vec<(Arc<str>, Role)>,
    /// Who does no longer, once they have read this message.
    pub leave: Vec<Arc<str>>,
    /// What else is to be kept of the conversation, as its owner writes it: in place of what is kept.
    pub settings: Option<Arc<str>>,
    /// Whether nothing more comes: everybody leaves.
    pub is_end: bool,
}

/// What somebody may do in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Reads and writes.
    Member = 0,
    /// Changes who reads and writes.
    Admin = 1,
    /// Changes admins, and ends it.
    Owner = 2,
}
