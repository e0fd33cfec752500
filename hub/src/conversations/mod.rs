//! Conversations whose messages stay in a log: what two users write to each other where history is kept, and groups.
//!
//! A log is kept by a mailbox without a session ([`crate::store::owner_of_log`]); this part knows who reads it.

mod group;
mod groups;

pub(crate) use group::name_of;
pub use group::{
    GroupChange, GroupError, GroupSettings, GroupSummary, GroupView, HistoryFrom, Writers,
    is_group_id,
};
pub(crate) use groups::Groups;

/// Which conversations have a log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConversationPolicy {
    /// What two users write to each other stays, and is acknowledged when it is in their log.
    pub direct: bool,
    /// There are groups: ids that begin with [`#`](is_group_id) are theirs, and no user's.
    pub groups: bool,
    /// Whether a user is told up to where the other one has read what they write to each other.
    pub read_receipts: bool,
}

/// The [type](crate::Push::typeu) of messages that say how a group has changed.
pub const GROUP_CHANGED: i32 = -10;
