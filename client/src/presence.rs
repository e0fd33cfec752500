//! Who is online.

use mobileim_protocol::{Signal, payload};
use serde::Deserialize;
use serde_json::json;

use crate::error::QuestionError;
use crate::handle::Client;
use crate::questions::read;

/// Whether a user is online.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Presence {
    /// The user's id.
    pub user: String,
    /// Whether one of the user's sessions is live, or was some seconds ago.
    pub online: bool,
    /// Of one who is not: when the last session ended, in ms since 1970, if the server knows.
    pub last_seen: Option<i64>,
}

#[derive(Deserialize)]
struct Present {
    users: Vec<Presence>,
}

impl Client {
    /// Watches whether these users are online, and none whom it watched before: says how it is now of those whom the user may see, and tells
    /// each change from then on by [`Event::Signalled`](crate::Event::Signalled), with [`Signal::Presence`]. After each later login of the same
    /// user it asks again by itself, and tells how it is with each. None at all watches nobody.
    ///
    /// # Errors
    ///
    /// Among others, [`QuestionError::Refused`] with code 315 if the server tells nobody, and 311 if there are more than it lets a client watch.
    pub async fn watch_presence(&self, users: &[&str]) -> Result<Vec<Presence>, QuestionError> {
        let parameters = json!({ "users": users }).to_string();
        let answer = self.ask_and_remember("presence", &parameters).await?;
        let Present { users } = read(&answer)?;
        Ok(users)
    }
}

/// The last question of whom to watch, which each session is asked again.
#[derive(Debug, Default)]
pub(crate) struct Watching {
    /// Who has asked it, and its text.
    question: Option<(String, String)>,
    /// Its id, when it was asked again last.
    again: Option<String>,
}

impl Watching {
    /// A user's application has asked it.
    pub(crate) fn begin(&mut self, user: &str, question: String) {
        self.question = Some((user.to_owned(), question));
        self.again = None;
    }

    /// What to ask this user's session.
    pub(crate) fn question(&self, user: &str) -> Option<&str> {
        let (of, question) = self.question.as_ref()?;
        (of == user).then_some(question)
    }

    /// It is asked again, with this id.
    pub(crate) fn asks_again(&mut self, id: String) {
        self.again = Some(id);
    }

    /// What the application is told of the answer to a question, if it is this one, asked again.
    pub(crate) fn take(&mut self, id: &str, answer: Option<&str>) -> Option<Vec<String>> {
        self.again.take_if(|again| *again == id)?;
        let users = answer.and_then(|answer| serde_json::from_str(answer).ok());
        let users = users.map_or_else(Vec::new, |Answered { answer }: Answered| answer.users);
        Some(users.into_iter().map(Presence::into_signal).collect())
    }
}

#[derive(Deserialize)]
struct Answered {
    answer: Present,
}

impl Presence {
    /// As the server would tell it.
    fn into_signal(self) -> String {
        payload::encode(&Signal::Presence {
            with: self.user,
            online: self.online,
            last_seen: self.last_seen,
        })
    }
}
