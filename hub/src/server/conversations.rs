//! Messages that go into the log of a conversation, and from there to those who read it.

use std::sync::Arc;

use mobileim_protocol::mailbox::{Accepted, Change, Envelope, Mutation, Place};
use mobileim_protocol::{Instant, Message, MessageType, SERVER, fingerprint_hash, is_user_id};

use super::ServerHandle;
use super::delivery::envelope_with;
use crate::conversations::{
    GROUP_CHANGED, GroupChange, GroupError, GroupSettings, GroupView, Turn, is_group_id,
};
use crate::deferred::Deferred;
use crate::devices::Fanout;
use crate::registry::Logged;
use crate::sender::Sender;
use crate::store::{
    CHANGE_LANE, Conversation, LogOwner, LogPage, LogPart, log_of_group, log_of_pair, owner_of_log,
};
use crate::watch::Fate;

impl ServerHandle {
    /// The mailbox that keeps the log which a message goes into, if there is one for it.
    pub(crate) fn log_for(&self, from: &str, to: &str) -> Option<Arc<str>> {
        let policy = self.registry().config().conversations;
        if self.is_group(to) {
            return Some(log_of_group(to));
        }
        let is_pair = policy.direct && from != SERVER && to != SERVER;
        is_pair.then(|| log_of_pair(from, to))
    }

    /// The same for what a client says of whom it is with, which may be anything.
    pub(super) fn log_with(&self, user: &str, with: &str) -> Option<Arc<str>> {
        is_user_id(with).then(|| self.log_for(user, with)).flatten()
    }

    /// Whether an id is a group's, and so no user's.
    pub(crate) fn is_group(&self, id: &str) -> bool {
        self.registry().config().conversations.groups && is_group_id(id)
    }

    /// With which error a user's message to a group is refused, if it is one that the user may not write to.
    pub(crate) fn refusal_of_group(&self, user: &str, to: &str) -> Option<i64> {
        if !self.is_group(to) {
            return None;
        }
        self.groups().may_write(to, user).err()
    }

    /// Gives a message to the mailbox that keeps the log. A user who has sent it is acknowledged when it stands there.
    pub(super) fn give_to_log(
        &self,
        now: Instant,
        sender: Option<&Sender>,
        to: &str,
        log: &Arc<str>,
        mut envelope: Envelope,
    ) -> Accepted {
        let hash = fingerprint_hash(&envelope.from, &envelope.fp);
        if let (Some(sender), None) = (sender, &envelope.lane) {
            // Its readers are to know from which device it is, and to whom.
            envelope.lane = Some(sender.lane_to(to));
        }
        if let Some(sender) = sender.filter(|_| !self.registry().directory().is_single()) {
            // The device that has sent it is told, and no other.
            let fanout = Fanout {
                sender: Arc::clone(&sender.mailbox),
                user: Arc::clone(&sender.user),
                to: Arc::from(to),
                fp: Arc::clone(&envelope.fp),
                bridge: envelope.bridge,
                awaited: vec![Arc::clone(log)],
                began: now,
            };
            self.fanouts().begin(hash, fanout);
        }
        let accepted = self.in_order_of_logs(|| self.give(now, log, envelope));
        if matches!(accepted, Accepted::Overloaded | Accepted::TooLong { .. }) {
            self.fanouts().forget(hash);
        }
        accepted
    }

    /// What is new in logs is shown to their readers in the order it stands there: a store that answers at once answers whoever asks, on
    /// any thread.
    pub(super) fn in_order_of_logs<R>(&self, act: impl FnOnce() -> R) -> R {
        let _order = self.0.order_of_logs.lock();
        act()
    }

    /// A message has its place in a log: those who read it, and are online, get it.
    pub(super) fn spread(&self, now: Instant, log: &str, place: Place, message: Envelope) {
        let change = message.change.clone();
        let logged = Logged::new(place, message);
        match owner_of_log(log) {
            None => {}
            Some(LogOwner::Pair(one, other)) => {
                self.show(now, one, &logged);
                if one != other {
                    self.show(now, other, &logged);
                }
            }
            Some(LogOwner::Group(id)) => {
                let groups = self.groups();
                if let Some(change) = &change {
                    groups.join(id, change);
                }
                let mut skips = self.has(Mutation::SkipReader);
                for member in groups.all_members(id) {
                    if !std::mem::take(&mut skips) {
                        self.show(now, &member, &logged);
                    }
                }
                if let Some(change) = &change {
                    groups.leave(id, change);
                }
            }
        }
    }

    /// Shows a message of a log on all of a user's devices that are online. The others find it there.
    fn show(&self, now: Instant, user: &str, logged: &Logged) {
        self.registry()
            .directory()
            .for_each_mailbox(user, |mailbox| {
                self.run(|registry, effects| {
                    registry.with_known_user(now, mailbox, effects, |user, turn| {
                        user.take_logged(turn, logged);
                    });
                });
            });
    }

    /// Makes a group, with these members and settings.
    pub fn create_group(&self, id: &str, change: GroupChange) -> Deferred<Result<(), GroupError>> {
        self.change_in_turn(id, move |server, id| {
            server.check_change(id, &change)?;
            if server.groups().exists(id) {
                return Err(GroupError::Exists);
            }
            let settings = change.settings.or_else(|| Some(GroupSettings::default()));
            Ok(Some(GroupChange { settings, ..change }))
        })
    }

    /// Changes a group. All who are in it, before or after, are told by a message of the server's, of type
    /// [`GROUP_CHANGED`], in its place among the others.
    pub fn change_group(&self, id: &str, change: GroupChange) -> Deferred<Result<(), GroupError>> {
        self.change_group_with(id, |_| change)
    }

    /// The same by what it is like when no other change of it is under way.
    pub fn change_group_with(
        &self,
        id: &str,
        change: impl FnOnce(GroupSettings) -> GroupChange + Send + 'static,
    ) -> Deferred<Result<(), GroupError>> {
        self.change_in_turn(id, move |server, id| {
            let groups = server.groups();
            let before = groups.summary(id);
            let change = change(before.clone().unwrap_or_default().settings);
            server.check_change(id, &change)?;
            if before.is_none() {
                return Err(GroupError::Unknown);
            }
            let is_stranger = |user: &&Arc<str>| groups.role(id, user).is_none();
            if let Some(stranger) = change.leave.iter().find(is_stranger) {
                return Err(GroupError::NoMember(Arc::clone(stranger)));
            }
            let settings = change.settings.clone();
            // Who leaves is not muted any more, as it is written down too.
            let settings = settings.or_else(|| groups.settings_without(id, &change.leave));
            Ok(Some(GroupChange { settings, ..change }))
        })
    }

    /// Makes the change that is decided on when no other change of the group is under way, if one is.
    pub(super) fn change_in_turn(
        &self,
        id: &str,
        decide: impl FnOnce(&Self, &str) -> Result<Option<GroupChange>, GroupError> + Send + 'static,
    ) -> Deferred<Result<(), GroupError>> {
        let (server, id) = (self.clone(), Arc::<str>::from(id));
        Deferred::begun(async move {
            let turn = server.groups().turn(&id).await;
            match decide(&server, &id)? {
                Some(change) => server.write_change(vec![turn], &id, change).await,
                None => Ok(()),
            }
        })
    }

    pub(super) fn check_change(&self, id: &str, change: &GroupChange) -> Result<(), GroupError> {
        let policy = self.registry().config().conversations;
        if !policy.groups {
            return Err(GroupError::NoGroups);
        }
        if !is_group_id(id) {
            return Err(GroupError::BadId);
        }
        let users = change.join.iter().map(|(user, _)| user);
        let is_user = |user: &&Arc<str>| is_user_id(user) && !is_group_id(user);
        if let Some(user) = users.chain(&change.leave).find(|user| !is_user(user)) {
            return Err(GroupError::NoUser(Arc::clone(user)));
        }
        let limit = self.registry().config().max_members;
        let joining = change.join.iter();
        let joining = joining.filter(|(user, _)| self.groups().role(id, user).is_none());
        if self.groups().count(id) + joining.count() > limit + change.leave.len() {
            return Err(GroupError::TooMany(limit));
        }
        Ok(())
    }

    /// Writes a change into the group's log; it holds once it stands there. Until then, or until it is known that it never will, these turns
    /// are taken, also if nobody waits any more.
    pub(super) async fn write_change(
        &self,
        turns: Vec<Turn>,
        id: &Arc<str>,
        change: GroupChange,
    ) -> Result<(), GroupError> {
        let fp = self.new_fingerprint();
        let envelope = self.envelope_of_change(id, &fp, change);
        let hash = fingerprint_hash(SERVER, &fp);
        let mut watch = self.watch(SERVER, &fp);
        self.watches().hold(hash, turns);
        let accepted = self.give_to_log(self.now(), None, id, &log_of_group(id), envelope);
        if accepted != Accepted::New {
            self.watches().release(hash);
            return Err(GroupError::Store("too much waits to be stored".to_owned()));
        }
        match watch.next().await {
            Some((_, Fate::Stored | Fate::Settled | Fate::Delivered)) => Ok(()),
            Some((_, Fate::Refused(why))) => Err(GroupError::Store(why.to_string())),
            fate => Err(GroupError::Store(format!("{fate:?}"))),
        }
    }

    fn envelope_of_change(&self, id: &str, fp: &str, change: GroupChange) -> Envelope {
        let text = change.text();
        let message = Message::new(MessageType::CommonData, SERVER, id)
            .with_content(&text)
            .with_typeu(GROUP_CHANGED)
            .with_qos(fp);
        let settings = change.settings.as_ref();
        let settings = settings.and_then(|settings| serde_json::to_string(settings).ok());
        Envelope {
            lane: Some(Arc::from(CHANGE_LANE)),
            change: Some(Arc::new(Change {
                join: change.join,
                leave: change.leave,
                settings: settings.map(Arc::from),
                is_end: change.is_end,
            })),
            ..envelope_with(self.registry().server_id(), fp, &message)
        }
    }

    /// A group as it is.
    pub fn group(&self, id: &str) -> Option<GroupView> {
        self.groups().view(id)
    }

    /// The ids of groups behind this one, in their order.
    pub fn group_ids(&self, after: &str, limit: usize) -> Vec<Arc<str>> {
        self.groups().ids(after, limit)
    }

    /// Reads the history of a conversation, of a user with another or a group: what the user may read of it.
    pub fn history(
        &self,
        user: &Arc<str>,
        with: &str,
        part: LogPart,
        limit: usize,
        max_bytes: usize,
    ) -> Deferred<Result<LogPage, String>> {
        let Some(log) = self.log_with(user, with) else {
            return Deferred::Ready(Err("no history is kept of this conversation".to_owned()));
        };
        let reads_all = self.groups().reads_all(with, user);
        let reader = (!reads_all).then_some(user);
        let store = self.registry().store();
        store.read_log(&log, reader, part, limit, max_bytes)
    }

    /// The conversations of a user, those with the latest messages first, behind one that was read before.
    pub fn conversations(
        &self,
        user: &Arc<str>,
        before: Option<mobileim_protocol::mailbox::Position>,
        limit: usize,
    ) -> Deferred<Result<Vec<Conversation>, String>> {
        self.registry().store().conversations(user, before, limit)
    }
}
