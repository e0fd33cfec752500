//! What an application reads of groups and histories.

use std::sync::Arc;

use mobileim_protocol::SERVER;
use mobileim_protocol::codes;
use mobileim_protocol::mailbox::Role;

use super::ServerHandle;
use crate::conversations::{ConversationPolicy, GroupSummary};
use crate::deferred::Deferred;
use crate::store::{LogPage, LogPart, log_of_group};

impl ServerHandle {
    /// Which conversations have a log here.
    pub fn conversation_policy(&self) -> ConversationPolicy {
        self.registry().config().conversations
    }

    /// Whether what one sends to the other stays in a log.
    pub fn has_log(&self, from: &str, to: &str) -> bool {
        self.log_for(from, to).is_some()
    }

    /// With which error a message to a group is refused, if it is one in which the sender may not write: a user, or the server, who writes
    /// in any that there is.
    pub fn refusal_to_write(&self, from: &str, to: &str) -> Option<i64> {
        if from != SERVER {
            return self.refusal_of_group(from, to);
        }
        let is_missing = self.is_group(to) && !self.groups().exists(to);
        is_missing.then_some(codes::NO_SUCH_GROUP)
    }

    /// A group as it is, without its members.
    pub fn group_summary(&self, id: &str) -> Option<GroupSummary> {
        self.groups().summary(id)
    }

    /// The members of a group behind this one, in the order of their ids, and their roles; `None` if there is no such group.
    pub fn group_members(
        &self,
        id: &str,
        after: &str,
        limit: usize,
    ) -> Option<Vec<(Arc<str>, Role)>> {
        self.groups().members(id, after, limit)
    }

    /// Reads what was written in a group, all that is kept; also of one that has ended.
    pub fn group_history(
        &self,
        id: &str,
        part: LogPart,
        limit: usize,
        max_bytes: usize,
    ) -> Deferred<Result<LogPage, String>> {
        let store = self.registry().store();
        store.read_log(&log_of_group(id), None, part, limit, max_bytes)
    }
}
