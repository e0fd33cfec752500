//! Conversations whose messages stay in a log: what two users write to each other where history is kept, and groups.
//!
//! A log is kept by a mailbox without a session ([`crate::store::owner_of_log`]); this part knows who reads it.

mod asked;
mod group;
mod groups;
mod rules;
mod turns;

pub(crate) use asked::AskedChange;
pub(crate) use group::name_of;
pub use group::{
    GroupChange, GroupError, GroupSettings, GroupSummary, GroupView, HistoryFrom, Inviters,
    Writers, is_group_id,
};
pub(crate) use groups::Groups;
pub(crate) use turns::Turn;

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
    /// What clients may do with groups.
    pub clients: ClientGroups,
}

/// What clients may do with groups, beside writing and reading in them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClientGroups {
    /// Nothing: the application does it.
    #[default]
    Off,
    /// Members change them, each by the own role.
    Change,
    /// Besides, any user may make one.
    Create,
}

/// The [type](crate::Push::typeu) of messages that say how a group has changed.
pub const GROUP_CHANGED: i32 = -10;
