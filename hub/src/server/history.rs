//! What users are answered who ask for their conversations.

use std::sync::Arc;

use mobileim_protocol::mailbox::Position;
use mobileim_protocol::{codes, decode};
use serde_json::{Map, Value, json};

use super::ServerHandle;
use super::answers::QuestionError;
use crate::conversations::{GroupSummary, name_of};
use crate::deferred::Deferred;
use crate::sender::Sender;
use crate::store::{Conversation, LogOwner, LogPage, LogPart, LoggedMessage, owner_of_log};

/// How many are given if the question does not say, and at most.
const USUAL: u64 = 50;
const MOST: u64 = 200;

/// The members of a group are listed if they are no more than these.
const LISTED: usize = 500;

/// What an answer takes beside what was asked for, and how much longer text becomes in it: it is quoted once more than in its message.
const FRAME: usize = 512;
const GROWTH: usize = 2;

impl ServerHandle {
    pub(super) fn history_of(
        &self,
        sender: &Sender,
        with: &str,
        part: LogPart,
        limit: Option<u64>,
        room: usize,
    ) -> Deferred<Result<String, QuestionError>> {
        if self.log_with(&sender.user, with).is_none() {
            let why = "no history is kept of this conversation";
            return Err(QuestionError::new(codes::NOT_FOUND, why)).into();
        }
        let page = self.history(&sender.user, with, part, limit_of(limit), room / GROWTH);
        page.map(move |page| {
            let LogPage {
                messages,
                more,
                first,
                last,
            } = page.map_err(unavailable)?;
            let (messages, is_cut) = fitting(&messages, part, room);
            let page = json!({ "messages": messages, "more": more || is_cut, "first": first, "last": last });
            Ok(page.to_string())
        })
    }

    pub(super) fn conversations_of(
        &self,
        sender: &Sender,
        before: Option<i64>,
        limit: Option<u64>,
        room: usize,
    ) -> Deferred<Result<String, QuestionError>> {
        let limit = limit_of(limit);
        let found = self.conversations(&sender.user, before.map(Position), limit);
        let (server, user) = (self.clone(), Arc::clone(&sender.user));
        found.map(move |found| {
            let found = found.map_err(unavailable)?;
            let mut next = found.get(limit - 1).map(|last| last.position);
            let mut conversations = Vec::new();
            let mut left = room.saturating_sub(FRAME);
            let mut position = None;
            for conversation in found {
                let view = server.view_of(&user, &conversation, left);
                let len = quoted_len(&view);
                if len > left {
                    next = position;
                    break;
                }
                left -= len;
                position = Some(conversation.position);
                conversations.push(view);
            }
            let mut page = json!({ "conversations": conversations });
            if let Some(Position(next)) = next {
                page["next"] = next.into();
            }
            Ok(page.to_string())
        })
    }

    fn view_of(&self, user: &str, conversation: &Conversation, room: usize) -> Value {
        let mut view = Map::new();
        let owner = owner_of_log(&conversation.log);
        if let Some(owner) = owner {
            view.insert("with".into(), owner.seen_by(user).into());
        }
        if let Some(LogOwner::Group(id)) = owner {
            if let Some(name) = self.groups().name(id) {
                view.insert("name".into(), name.into());
            }
            if let Some(role) = self.groups().role(id, user) {
                view.insert("role".into(), name_of(role).into());
            }
        }
        view.insert("lastSeq".into(), conversation.last_seq.into());
        view.insert("readSeq".into(), conversation.read_seq.into());
        view.insert("unread".into(), conversation.unread.into());
        if conversation.mentions > 0 {
            view.insert("mentions".into(), conversation.mentions.into());
        }
        if let Some(last) = &conversation.last {
            view.insert("last".into(), fitting_view(last, room / 2));
        }
        view.into()
    }

    pub(super) fn mark_read_of(
        &self,
        sender: &Sender,
        with: &str,
        seq: u64,
    ) -> Deferred<Result<String, QuestionError>> {
        let Some(log) = self.log_with(&sender.user, with) else {
            let why = "no history is kept of this conversation";
            return Err(QuestionError::new(codes::NOT_FOUND, why)).into();
        };
        let marked = self.registry().store().mark_read(&sender.user, &log, seq);
        let (server, sender, with) = (self.clone(), sender.clone(), with.to_owned());
        marked.map(move |marked| {
            let mark = marked.map_err(unavailable)?;
            server.pass_read(&sender, &with, mark);
            let mut answer = json!({ "with": with, "readSeq": mark.seq, "unread": mark.unread });
            if mark.mentions > 0 {
                answer["mentions"] = mark.mentions.into();
            }
            Ok(answer.to_string())
        })
    }

    pub(super) fn group_of(&self, sender: &Sender, id: &str) -> Result<Value, QuestionError> {
        let Some(mut group) = self.group_view(&sender.user, id) else {
            let why = "the user is in no such group";
            return Err(QuestionError::new(codes::NOT_FOUND, why));
        };
        if self.groups().count(id) <= LISTED
            && let Some(members) = self.groups().members(id, "", LISTED)
        {
            let members = members.iter();
            let members =
                members.map(|(user, role)| (user.to_string(), Value::from(name_of(*role))));
            group["members"] = members.collect::<Map<_, _>>().into();
        }
        Ok(group)
    }

    /// A group that a user is in, without its members.
    pub(super) fn group_view(&self, user: &str, id: &str) -> Option<Value> {
        let role = self.groups().role(id, user)?;
        let GroupSummary {
            settings, members, ..
        } = self.groups().summary(id)?;
        Some(json!({
            "group": id,
            "name": settings.name,
            "writers": settings.writers,
            "history": settings.history,
            "invite": settings.invite,
            "role": name_of(role),
            "count": members,
        }))
    }
}

fn limit_of(limit: Option<u64>) -> usize {
    usize::try_from(limit.unwrap_or(USUAL).clamp(1, MOST)).unwrap_or(1)
}

fn unavailable(why: String) -> QuestionError {
    QuestionError::new(codes::NOT_AVAILABLE, why)
}

/// The messages of a page that have room in an answer, those first that were asked for first; and whether those are not all.
fn fitting(messages: &[LoggedMessage], part: LogPart, room: usize) -> (Vec<Value>, bool) {
    let count = messages.len();
    let mut left = room.saturating_sub(FRAME);
    let mut views = Vec::with_capacity(count);
    let is_backwards = matches!(part, LogPart::Before(_));
    let mut messages: Vec<_> = messages.iter().collect();
    if is_backwards {
        messages.reverse();
    }
    for message in messages {
        let view = fitting_view(message, room.saturating_sub(FRAME));
        let len = quoted_len(&view);
        if len > left {
            break;
        }
        left -= len;
        views.push(view);
    }
    if is_backwards {
        views.reverse();
    }
    let is_cut = views.len() < count;
    (views, is_cut)
}

/// A message as it is shown in an answer; without its text if that has no room in any answer.
fn fitting_view(logged: &LoggedMessage, room: usize) -> Value {
    let mut view = json!({
        "seq": logged.seq,
        "at": logged.stored_at,
        "from": *logged.message.from,
        "fp": *logged.message.fp,
    });
    let Ok(message) = decode(&logged.message.body) else {
        return view;
    };
    if message.typeu != -1 {
        view["typeu"] = message.typeu.into();
    }
    if let Some(refs) = message
        .refs
        .and_then(|refs| serde_json::from_str(&refs).ok())
    {
        view["refs"] = refs;
    }
    view["text"] = message.content.unwrap_or_default().into();
    if quoted_len(&view) > room {
        view["text"] = Value::Null;
    }
    view
}

/// How long it is as a part of JSON text that is quoted in another.
fn quoted_len(view: &Value) -> usize {
    let text = view.to_string();
    let quoted = text.bytes().filter(|byte| matches!(byte, b'"' | b'\\'));
    text.len() + quoted.count() + 1
}
