//! The logs of conversations: messages that stay when their readers have them, with a number each.
//!
//! A conversation's log is kept by a mailbox that has no session, whose name begins with a character that no id has; two users' by
//! [`log_of_pair`], a group's by [`log_of_group`]. What is appended for it stands in the log; the mailboxes of its readers, and of each of
//! their devices, find it there when they load, behind what they have read ([`Request::Advance`](super::Request::Advance)).

use std::sync::Arc;
use std::time::Duration;

use mobileim_protocol::NO_ID_HAS;
use mobileim_protocol::mailbox::{Envelope, Position, Role};

/// The name of the mailbox that keeps the log of two users' messages to each other.
pub fn log_of_pair(one: &str, other: &str) -> Arc<str> {
    let (first, second) = if one <= other {
        (one, other)
    } else {
        (other, one)
    };
    Arc::from(format!("{NO_ID_HAS}{first}{NO_ID_HAS}{second}"))
}

/// The name of the mailbox that keeps the log of a group.
pub fn log_of_group(group: &str) -> Arc<str> {
    Arc::from(format!("{NO_ID_HAS}{group}"))
}

/// What a change of a group is kept in order with ([`Envelope::lane`]): no mailbox has such a name. It is by this that a change is known
/// among the messages of a log, which nobody counts as unread.
pub const CHANGE_LANE: &str = "\u{FFFF}change";

/// Whose log it is, if that is a mailbox which keeps one.
pub fn owner_of_log(mailbox: &str) -> Option<LogOwner<'_>> {
    let rest = mailbox.strip_prefix(NO_ID_HAS)?;
    Some(match rest.split_once(NO_ID_HAS) {
        Some((one, other)) => LogOwner::Pair(one, other),
        None => LogOwner::Group(rest),
    })
}

/// Whose log it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogOwner<'a> {
    /// Two users', who both read it. They may be one.
    Pair(&'a str, &'a str),
    /// A group's.
    Group(&'a str),
}

impl<'a> LogOwner<'a> {
    /// With whom a user has the conversation, and to whom the user's messages in it are: the other user, or the group.
    pub fn seen_by(self, user: &str) -> &'a str {
        match self {
            Self::Pair(one, other) if one == user => other,
            Self::Pair(with, _) | Self::Group(with) => with,
        }
    }
}

/// What part of a log is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogPart {
    /// The last messages that have lower numbers than this, in their order.
    Before(u64),
    /// The first messages that have higher numbers than this, in their order.
    After(u64),
}

/// A message in a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedMessage {
    /// Its number.
    pub seq: u64,
    /// The message.
    pub message: Envelope,
    /// When it was stored, in ms since 1970.
    pub stored_at: i64,
}

/// A part of a log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogPage {
    /// In the order of their numbers.
    pub messages: Vec<LoggedMessage>,
    /// Whether there are more in that direction.
    pub more: bool,
    /// The number of the first message that is still kept, or that the next will have if none is.
    pub first: u64,
    /// The number of the last message; 0 if there never was one.
    pub last: u64,
}

/// A conversation that a user reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// The name of the mailbox that keeps its log.
    pub log: Arc<str>,
    /// Its last message that the user may read, if one is kept.
    pub last: Option<LoggedMessage>,
    /// The number of the last message that the user may read.
    pub last_seq: u64,
    /// Up to which number the user has read it; 0 for nothing.
    pub read_seq: u64,
    /// How many messages behind that the user may read that are neither the user's own nor changes; counted to [`MAX_UNREAD`].
    pub unread: u64,
    /// How many of those mention the user, or all.
    pub mentions: u64,
    /// Where its last message stands: the conversation with the latest is listed first.
    pub position: Position,
}

/// No more unread messages are counted of a conversation.
pub const MAX_UNREAD: u64 = 1000;

/// As whom a store knows all who read a conversation, where it keeps whom its messages mention: no user has this id.
pub const EVERYBODY: &str = "";

/// Up to where a user has read a conversation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReadMark {
    /// Up to the message with this number.
    pub seq: u64,
    /// As of a [`Conversation`].
    pub unread: u64,
    /// As of a [`Conversation`].
    pub mentions: u64,
}

/// A group that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredGroup {
    /// Its id.
    pub id: Arc<str>,
    /// What is kept of it, as it was written last.
    pub settings: Arc<str>,
    /// Who reads its log, and in which role.
    pub members: Vec<(Arc<str>, Role)>,
}

/// How much is kept of the logs of conversations. By default, everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LogLimits {
    /// Of each log of two users.
    pub pair: Keep,
    /// Of each log of a group.
    pub group: Keep,
}

/// How much is kept of one log. What is more than that is removed by and by, the oldest first; the numbers of the rest stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Keep {
    /// Messages that were stored no longer ago than this; `None`, whenever.
    pub age: Option<Duration>,
    /// So many messages, the last ones; `None`, any number.
    pub messages: Option<u64>,
}

impl Keep {
    /// Whether everything is kept.
    pub const fn is_everything(self) -> bool {
        self.age.is_none() && self.messages.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_log_tells_whose_it_is() {
        let pair = LogOwner::Pair("alice", "bob");
        assert_eq!(owner_of_log(&log_of_pair("bob", "alice")), Some(pair));
        assert_eq!(owner_of_log(&log_of_pair("alice", "bob")), Some(pair));
        let team = LogOwner::Group("#team");
        assert_eq!(owner_of_log(&log_of_group("#team")), Some(team));
        assert_eq!(owner_of_log("#team"), None);
        assert_eq!(
            (pair.seen_by("alice"), pair.seen_by("bob")),
            ("bob", "alice")
        );
        assert_eq!(team.seen_by("alice"), "#team");
        assert_eq!(owner_of_log(&format!("bob{NO_ID_HAS}1")), None);
    }
}
