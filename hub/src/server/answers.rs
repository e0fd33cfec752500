//! What is answered to the questions of clients (docs/protocol.md, "Questions").

use std::borrow::Cow;

use mobileim_protocol::{Question, codes};
use serde_json::{Value, json};

use super::ServerHandle;
use crate::deferred::Deferred;
use crate::devices::DeviceView;
use crate::sender::Sender;
use crate::store::LogPart;

/// Why a question is not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct QuestionError {
    /// See [`codes`].
    pub(crate) code: i64,
    /// In words.
    pub(crate) text: Cow<'static, str>,
}

impl QuestionError {
    pub(crate) fn new(code: i64, text: impl Into<Cow<'static, str>>) -> Self {
        let text = text.into();
        Self { code, text }
    }
}

impl ServerHandle {
    /// Answers a question of a user's, who asks it on one of the user's devices: with the text of a JSON object, of about so many bytes
    /// at most if it can be cut into pages.
    ///
    /// A question may come again after it was answered: none does something else then.
    pub(crate) fn answer(
        &self,
        sender: &Sender,
        question: Question,
        room: usize,
    ) -> Deferred<Result<String, QuestionError>> {
        let answer = match question {
            Question::Devices => Ok(self.devices_of(sender)),
            Question::RemoveDevice { device } => self.remove_device_of(sender, &device),
            Question::Conversations { before, limit } => {
                return self.conversations_of(sender, before, limit, room);
            }
            Question::History {
                with,
                before,
                after,
                limit,
            } => {
                let part = match (before, after) {
                    (_, Some(after)) => LogPart::After(after),
                    (before, None) => LogPart::Before(before.unwrap_or(u64::MAX)),
                };
                return self.history_of(sender, &with, part, limit, room);
            }
            Question::MarkRead { with, seq } => return self.mark_read_of(sender, &with, seq),
            Question::Group { group } => self.group_of(sender, &group),
            Question::CreateGroup { group, change } => {
                return self.make_group_of(sender, &group, &change);
            }
            Question::ChangeGroup { group, change } => {
                return self.change_group_of(sender, &group, &change);
            }
            Question::LeaveGroup { group } => return self.leave_group_of(sender, &group),
            Question::EndGroup { group } => return self.end_group_of(sender, &group),
            Question::Presence { .. } => {
                let why = "only a connection watches users";
                Err(QuestionError::new(codes::NOT_ALLOWED, why))
            }
        };
        answer.map(|answer| answer.to_string()).into()
    }

    fn devices_of(&self, sender: &Sender) -> Value {
        let own = self.registry().directory().id_of(&sender.mailbox);
        let device = |device: DeviceView| {
            let mut view = json!({
                "id": *device.id,
                "since": device.since,
                "lastSeen": device.seen,
                "online": device.session.is_some(),
                "own": Some(&device.id) == own.as_ref(),
            });
            if !device.platform.is_empty() {
                view["platform"] = (*device.platform).into();
            }
            if let Some(since) = device.missed_since {
                view["missedSince"] = since.into();
            }
            view
        };
        let devices: Vec<_> = self.devices(&sender.user).into_iter().map(device).collect();
        json!({ "devices": devices })
    }

    fn remove_device_of(&self, sender: &Sender, device: &str) -> Result<Value, QuestionError> {
        let own = self.registry().directory().id_of(&sender.mailbox);
        if own.as_deref() == Some(device) {
            let why = "a device does not remove itself: log out instead";
            return Err(QuestionError::new(codes::NOT_ALLOWED, why));
        }
        if !self.remove_device(&sender.user, device) {
            let why = "the user has no device with this name";
            return Err(QuestionError::new(codes::NOT_FOUND, why));
        }
        Ok(json!({ "removed": device }))
    }
}
