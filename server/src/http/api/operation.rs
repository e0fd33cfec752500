//! What may be asked, and how often it was.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use parking_lot::Mutex;

use crate::auth::Scope;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Operation {
    Server,
    Stats,
    Config,
    Online,
    AllOnline,
    Sessions,
    KickAll,
    Kick,
    Devices,
    RemoveDevice,
    Revoke,
    TakeBack,
    Send,
    Message,
    Steps,
    Waiting,
    Purge,
    Broadcast,
    BroadcastProgress,
    BroadcastCancel,
    MakeGroup,
    Groups,
    Group,
    ChangeGroup,
    EndGroup,
    Members,
    AddMembers,
    RemoveMembers,
    GroupHistory,
    Conversations,
    History,
    Events,
    Consumers,
    MoveConsumer,
    RemoveConsumer,
    Document,
    /// Nothing that there is.
    Other,
}

impl Operation {
    pub(super) const ALL: [Self; 37] = [
        Self::Server,
        Self::Stats,
        Self::Config,
        Self::Online,
        Self::AllOnline,
        Self::Sessions,
        Self::KickAll,
        Self::Kick,
        Self::Devices,
        Self::RemoveDevice,
        Self::Revoke,
        Self::TakeBack,
        Self::Send,
        Self::Message,
        Self::Steps,
        Self::Waiting,
        Self::Purge,
        Self::Broadcast,
        Self::BroadcastProgress,
        Self::BroadcastCancel,
        Self::MakeGroup,
        Self::Groups,
        Self::Group,
        Self::ChangeGroup,
        Self::EndGroup,
        Self::Members,
        Self::AddMembers,
        Self::RemoveMembers,
        Self::GroupHistory,
        Self::Conversations,
        Self::History,
        Self::Events,
        Self::Consumers,
        Self::MoveConsumer,
        Self::RemoveConsumer,
        Self::Document,
        Self::Other,
    ];

    /// Its name in the document, metrics and the log.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Stats => "stats",
            Self::Config => "config",
            Self::Online => "online",
            Self::AllOnline => "all_online",
            Self::Sessions => "sessions",
            Self::KickAll => "kick_all",
            Self::Kick => "kick",
            Self::Devices => "devices",
            Self::RemoveDevice => "remove_device",
            Self::Revoke => "revoke",
            Self::TakeBack => "take_back",
            Self::Send => "send",
            Self::Message => "message",
            Self::Steps => "message_steps",
            Self::Waiting => "waiting",
            Self::Purge => "purge",
            Self::Broadcast => "broadcast",
            Self::BroadcastProgress => "broadcast_progress",
            Self::BroadcastCancel => "broadcast_cancel",
            Self::MakeGroup => "make_group",
            Self::Groups => "groups",
            Self::Group => "group",
            Self::ChangeGroup => "change_group",
            Self::EndGroup => "end_group",
            Self::Members => "members",
            Self::AddMembers => "add_members",
            Self::RemoveMembers => "remove_members",
            Self::GroupHistory => "group_history",
            Self::Conversations => "conversations",
            Self::History => "history",
            Self::Events => "events",
            Self::Consumers => "consumers",
            Self::MoveConsumer => "move_consumer",
            Self::RemoveConsumer => "remove_consumer",
            Self::Document => "openapi",
            Self::Other => "other",
        }
    }

    /// What a key must allow, one of these at least; none for what needs no key.
    pub(super) const fn scopes(self) -> &'static [Scope] {
        match self {
            Self::Server | Self::Stats | Self::Config => &[Scope::ServerRead],
            Self::Online | Self::AllOnline | Self::Sessions | Self::Devices | Self::Waiting => {
                &[Scope::UsersRead]
            }
            Self::KickAll
            | Self::Kick
            | Self::RemoveDevice
            | Self::Revoke
            | Self::TakeBack
            | Self::Purge => &[Scope::UsersWrite],
            Self::Send => &[Scope::Send, Scope::SendAsUser],
            Self::Message | Self::Steps => &[Scope::MessagesRead],
            Self::Broadcast | Self::BroadcastProgress | Self::BroadcastCancel => {
                &[Scope::Broadcast]
            }
            Self::Groups | Self::Group | Self::Members => &[Scope::GroupsRead],
            Self::MakeGroup
            | Self::ChangeGroup
            | Self::EndGroup
            | Self::AddMembers
            | Self::RemoveMembers => &[Scope::GroupsWrite],
            Self::GroupHistory | Self::Conversations | Self::History => &[Scope::HistoryRead],
            Self::Events | Self::Consumers | Self::MoveConsumer | Self::RemoveConsumer => {
                &[Scope::EventsRead]
            }
            Self::Document | Self::Other => &[],
        }
    }
}

/// How often each operation was answered with each status. The server alone says what there is of both, so they are few.
#[derive(Debug, Default)]
pub(in crate::http) struct Requests(Mutex<BTreeMap<(Operation, u16), u64>>);

impl Requests {
    pub(super) fn count(&self, operation: Operation, status: StatusCode) {
        *self
            .0
            .lock()
            .entry((operation, status.as_u16()))
            .or_default() += 1;
    }

    /// Operation and status, and how often.
    pub(in crate::http) fn read(&self) -> Vec<(&'static str, String, u64)> {
        let counted = self.0.lock();
        let samples = counted.iter();
        samples
            .map(|((operation, status), count)| (operation.name(), status.to_string(), *count))
            .collect()
    }
}
