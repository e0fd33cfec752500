//! Conversations whose messages stay in a log: what two users write to each other where history is kept, and groups.
//!
//! A log is kept by a mailbox without a session ([`crate::store::owner_of_log`]); this part knows who reads it.

mod group;
mod groups;

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
}

/// What the log says a change of a group is kept in order with ([`Envelope::lane`](mobileim_protocol::mailbox::Envelope::lane)): no
/// mailbox has such a name.
pub(crate) const CHANGE_LANE: &str = "\u{FFFF}change";

/// The [type](crate::Push::typeu) of messages that say how a group has changed.
pub const GROUP_CHANGED: i32 = -10;
