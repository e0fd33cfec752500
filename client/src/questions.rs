//! What an application asks the server.

use mobileim_protocol::client::Client as Engine;
use mobileim_protocol::{Instant, QuestionAnswer, encode_question, payload};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use tokio::sync::oneshot;

use crate::error::QuestionError;
use crate::handle::{Client, Command};
use crate::waiters::Waiters;

/// A question on its way to the client's task.
#[derive(Debug)]
pub(crate) struct Question {
    text: String,
    /// Whether it is asked again in each session of the user.
    is_remembered: bool,
    reply: oneshot::Sender<Result<String, QuestionError>>,
}

impl Question {
    /// Asks the engine; who waits is told what comes of it.
    pub(crate) fn ask(self, now: Instant, engine: &mut Engine, waiters: &mut Waiters) {
        match engine.ask(now, None, &self.text) {
            Ok(id) => {
                if self.is_remembered {
                    let user = engine.user_id().unwrap_or_default();
                    waiters.watching.begin(user, self.text);
                }
                waiters.add_question(id, self.reply);
            }
            Err(error) => {
                // Whoever asked may have gone away.
                let _ = self.reply.send(Err(error.into()));
            }
        }
    }
}

/// A device of the user's, each of which gets each message.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UserDevice {
    /// What its client calls it; empty for the one of clients that name none, as originals do.
    pub id: String,
    /// What kind of device it is, as its client says.
    pub platform: Option<String>,
    /// When it logged in first, in ms since 1970.
    pub since: i64,
    /// When it was online last, in ms since 1970, to about a day.
    pub last_seen: i64,
    /// Whether it is online.
    pub online: bool,
    /// Whether it is this client's.
    pub own: bool,
    /// From when on messages were not kept for it, as it has been away for long and has too many, in ms since 1970.
    pub missed_since: Option<i64>,
}

#[derive(Deserialize)]
struct Devices {
    devices: Vec<UserDevice>,
}

#[derive(Deserialize)]
struct Removed {}

impl Client {
    /// Asks the server a question (docs/protocol.md, "Questions"), now or as soon as there is a link. The parameters are the text of a JSON
    /// object, or nothing; the answer is the text of a JSON value.
    ///
    /// An answer is waited for 10 s; after that, what was asked for may still have been done.
    pub async fn ask(&self, name: &str, parameters: &str) -> Result<String, QuestionError> {
        self.ask_with(name, parameters, false).await
    }

    /// The same, of what each later session of the user is asked too.
    pub(crate) async fn ask_and_remember(
        &self,
        name: &str,
        parameters: &str,
    ) -> Result<String, QuestionError> {
        self.ask_with(name, parameters, true).await
    }

    async fn ask_with(
        &self,
        name: &str,
        parameters: &str,
        is_remembered: bool,
    ) -> Result<String, QuestionError> {
        let text = encode_question(name, parameters)
            .map_err(|error| QuestionError::BadParameters(error.to_string()))?;
        let (reply, answer) = oneshot::channel();
        self.command(Command::Ask(Question {
            text,
            is_remembered,
            reply,
        }));
        let answer = answer.await.unwrap_or(Err(QuestionError::Stopped))?;
        match payload::decode(Some(&answer)) {
            Ok(QuestionAnswer::Given(answer)) => Ok(answer),
            Ok(QuestionAnswer::Refused { code, text }) => {
                Err(QuestionError::Refused { code, text })
            }
            Err(error) => Err(QuestionError::BadAnswer(error.to_string())),
        }
    }

    /// The user's devices, in the order they came; none where the server gives a user one session.
    pub async fn devices(&self) -> Result<Vec<UserDevice>, QuestionError> {
        let Devices { devices } = read(&self.ask("devices", "").await?)?;
        Ok(devices)
    }

    /// Removes another device of the user's, with what waits for it: its session ends, and should it log in again, it is a new device.
    ///
    /// # Errors
    ///
    /// Among others, [`QuestionError::Refused`] with code 314 if there is no such device, and 315 for this one, which logs out instead.
    pub async fn remove_device(&self, id: &str) -> Result<(), QuestionError> {
        let parameters = json!({ "device": id }).to_string();
        let Removed {} = read(&self.ask("removeDevice", &parameters).await?)?;
        Ok(())
    }
}

pub(crate) fn read<T: DeserializeOwned>(answer: &str) -> Result<T, QuestionError> {
    serde_json::from_str(answer).map_err(|error| QuestionError::BadAnswer(error.to_string()))
}
