//! `/conversations`, `/history` and `/who GROUP`, and what is said of groups.

use std::collections::BTreeMap;

use mobileim_client::{
    Client, Conversation, GroupOptions, HistoryMessage, Message, Part, QuestionError, SERVER,
};
use serde::Deserialize;

use crate::line::GroupAct;

/// How many messages `/history` shows.
const SHOWN: u32 = 20;

/// The application's message type of what the server says of a group's changes.
const CHANGE: i32 = -10;

/// Lists the user's conversations, those with the latest messages first.
pub(crate) async fn list(client: Client) -> String {
    match client.conversations(None).await {
        Ok(page) if page.conversations.is_empty() => "no conversations are kept".to_owned(),
        Ok(page) => {
            let mut lines: Vec<_> = page.conversations.iter().map(in_words).collect();
            if page.next.is_some() {
                lines.push("and earlier ones".to_owned());
            }
            lines.join("\n")
        }
        Err(error) => failed(&error),
    }
}

/// Shows the last messages of a conversation, which then is read.
pub(crate) async fn history(client: Client, with: String) -> String {
    let page = match client.history(&with, Part::Last, SHOWN).await {
        Ok(page) => page,
        Err(error) => return failed(&error),
    };
    let Some(last) = page.messages.last() else {
        return format!("nothing is kept of {with}");
    };
    if let Err(error) = client.mark_read(&with, last.seq).await {
        return failed(&error);
    }
    let lines: Vec<_> = page.messages.iter().map(line).collect();
    lines.join("\n")
}

/// Says who is in a group.
pub(crate) async fn who(client: Client, group: String) -> String {
    match client.group(&group).await {
        Ok(group) => {
            let mut line = format!("{} ({}): {}", group.group, group.name, group.count);
            let members = group.members.unwrap_or_default();
            for (at, (member, role)) in members.iter().enumerate() {
                line.push_str(if at == 0 { ": " } else { ", " });
                line.push_str(&with_role(member, role));
            }
            line
        }
        Err(error) => failed(&error),
    }
}

/// Makes, changes, leaves or ends a group. What has changed is told in the group, too.
pub(crate) async fn change_group(
    client: Client,
    act: GroupAct,
    group: String,
    users: Vec<String>,
) -> String {
    let members = || {
        let users = users.iter();
        users.map(|user| (user.clone(), "member".to_owned()))
    };
    let mut options = GroupOptions::default();
    let done = match act {
        GroupAct::Make => {
            options.members = members().collect();
            client.create_group(&group, &options).await.map(drop)
        }
        GroupAct::Add => {
            options.members = members().collect();
            client.change_group(&group, &options).await.map(drop)
        }
        GroupAct::Remove => {
            options.remove = users;
            client.change_group(&group, &options).await.map(drop)
        }
        GroupAct::Leave => client.leave_group(&group).await,
        GroupAct::End => client.end_group(&group).await,
    };
    match done {
        Ok(()) => format!("{group}: done"),
        Err(error) => failed(&error),
    }
}

/// What a message says that tells of a change of a group, and of which.
pub(crate) fn change(message: &Message<'_>) -> Option<String> {
    let group = message.to.as_deref().filter(|to| to.starts_with('#'))?;
    let from = message.from.as_deref().unwrap_or(SERVER);
    let text = message.content.as_deref()?;
    let words = change_in_words(from, message.typeu, text)?;
    Some(format!("{group}: {words}"))
}

fn in_words(conversation: &Conversation) -> String {
    let Conversation { with, unread, .. } = conversation;
    let name = conversation.name.as_ref().filter(|name| !name.is_empty());
    let name = name.map_or_else(String::new, |name| format!(" ({name})"));
    let last = conversation.last.as_ref();
    let last = last.map_or_else(String::new, |last| format!(", last {}", line(last)));
    format!("{with}{name}: {unread} unread{last}")
}

fn line(message: &HistoryMessage) -> String {
    let text = message.text.as_deref();
    let Some(text) = text else {
        return format!("{}: (too long)", message.from);
    };
    match change_in_words(&message.from, message.typeu, text) {
        Some(words) => words,
        None => format!("{}: {text}", message.from),
    }
}

/// A change of a group as the server tells it.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Change {
    by: Option<String>,
    joined: BTreeMap<String, String>,
    left: Vec<String>,
    joined_count: Option<u64>,
    left_count: Option<u64>,
    settings: Option<Settings>,
    ended: bool,
}

#[derive(Deserialize)]
struct Settings {
    name: String,
}

fn change_in_words(from: &str, typeu: i32, text: &str) -> Option<String> {
    if from != SERVER || typeu != CHANGE {
        return None;
    }
    let change: Change = serde_json::from_str(text).ok()?;
    let joined = change
        .joined
        .iter()
        .map(|(member, role)| format!("{} is in", with_role(member, role)));
    let left = change.left.iter().map(|member| format!("{member} is out"));
    let mut words: Vec<_> = joined.chain(left).collect();
    words.extend(change.joined_count.map(|count| format!("{count} are in")));
    words.extend(change.left_count.map(|count| format!("{count} are out")));
    words.extend(change.settings.map(|it| format!("it is {}", it.name)));
    words.extend(change.ended.then(|| "it has ended".to_owned()));
    let words = words.join(", ");
    Some(match change.by {
        Some(by) => format!("{words}, by {by}"),
        None => words,
    })
}

fn with_role(member: &str, role: &str) -> String {
    if role == "member" {
        member.to_owned()
    } else {
        format!("{member} ({role})")
    }
}

fn failed(error: &QuestionError) -> String {
    format!("no answer: {error}")
}
