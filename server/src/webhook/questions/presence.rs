//! The back end is asked who may see whom.
//!
//! One request is about one client's list. If there is no answer, nobody is shown: the client is told that it cannot be found out now.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;

use super::health::{Health, Sense};
use crate::outgoing::{Address, Failure, Trust};
use crate::webhook::{Bounds, Complaints, NoAnswer, Secrets, Webhook};

/// The longest answer, in bytes.
const MAX_ANSWER: usize = 1024 * 1024;

/// How the back end is asked who may see whom.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the types and the names say it")]
pub struct PresenceSettings {
    pub address: Address,
    /// Who vouches for its certificate.
    pub trust: Trust,
    /// What signs the requests.
    pub secrets: Secrets,
    /// How long a client waits for the answer.
    pub time: Duration,
    /// How many requests are under way at once.
    pub concurrency: usize,
}

/// Asks at one address, which can change while the server runs.
#[derive(Debug, Default)]
pub(super) struct PresenceQuestion(Mutex<Option<Arc<Asker>>>);

#[derive(Debug)]
struct Asker {
    settings: PresenceSettings,
    webhook: Webhook,
    health: Health,
    complaints: Complaints,
}

#[derive(Deserialize)]
struct Answer {
    visible: Vec<Arc<str>>,
}

impl PresenceQuestion {
    pub(super) fn set(&self, settings: Option<PresenceSettings>) {
        let mut asker = self.0.lock();
        if asker.as_ref().map(|asker| &asker.settings) != settings.as_ref() {
            *asker = settings.map(|settings| Arc::new(Asker::new(settings)));
        }
    }

    /// Why there are no answers at present.
    pub(super) fn trouble(&self) -> Option<String> {
        let asker = self.0.lock().clone();
        asker.and_then(|asker| asker.complaints.trouble())
    }

    /// Which of these users this one may see; `None` if there is no answer.
    pub(super) fn ask(
        &self,
        user: &str,
        users: &[Arc<str>],
    ) -> impl Future<Output = Option<Vec<Arc<str>>>> + Send + 'static {
        let asker = self.0.lock().clone();
        let users: Vec<_> = users.iter().map(|user| &**user).collect();
        let question = json!({ "question": "presence", "user": user, "users": users });
        async move { asker?.ask(question.to_string()).await }
    }
}

impl Asker {
    fn new(settings: PresenceSettings) -> Self {
        let bounds = Bounds {
            concurrency: settings.concurrency,
            time: settings.time,
            max_len: MAX_ANSWER,
        };
        let (address, trust) = (settings.address.clone(), settings.trust.clone());
        Self {
            webhook: Webhook::new(address, trust, settings.secrets.clone(), bounds),
            health: Health::default(),
            complaints: Complaints::default(),
            settings,
        }
    }

    async fn ask(&self, question: String) -> Option<Vec<Arc<str>>> {
        // One that has failed is tried once a second, by whoever asks then.
        if self.health.sense() == Sense::Spare {
            return None;
        }
        let asked_at = Instant::now();
        let answered = self.webhook.ask(question).await;
        if let Err(why) = &answered {
            match why {
                NoAnswer::Busy => {}
                NoAnswer::Failed(Failure::TooSlow(_)) => {
                    self.health.is_silent_since(asked_at);
                }
                NoAnswer::Failed(_) => {
                    self.health.fail();
                }
            }
        }
        let answer = answered.map_err(|why| why.to_string());
        match answer.and_then(|body| self.read(&body)) {
            Ok(Answer { visible }) => {
                self.health.answer();
                self.complaints.end(self.webhook.address());
                Some(visible)
            }
            Err(why) => {
                let address = self.webhook.address();
                self.complaints.fail(&format_args!(
                    "{address} does not say who may see whom (presence): {why}; nobody is shown to whoever asks"
                ));
                None
            }
        }
    }

    fn read(&self, body: &[u8]) -> Result<Answer, String> {
        serde_json::from_slice(body).map_err(|why| {
            self.health.fail();
            format!("its answer is none: {why}")
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::outgoing::testing::{Reply, Service};

    const TIME: Duration = Duration::from_secs(20);

    fn question(service: &Service, time: Duration) -> PresenceQuestion {
        let question = PresenceQuestion::default();
        question.set(Some(PresenceSettings {
            address: service.address(),
            trust: Trust::default(),
            secrets: "a secret of at least 24 bytes".parse().unwrap(),
            time,
            concurrency: 4,
        }));
        question
    }

    async fn ask(question: &PresenceQuestion) -> Option<Vec<Arc<str>>> {
        question.ask("alice", &["bob".into(), "carol".into()]).await
    }

    #[tokio::test]
    async fn the_back_end_says_who_may_be_seen() {
        let reply = json!({ "visible": ["carol"], "more": 1 }).to_string();
        let service = Service::start(Reply::Json(reply)).await;
        let visible = ask(&question(&service, TIME)).await;
        assert_eq!(visible, Some(vec!["carol".into()]));
        let asked = service.asked();
        let body: Value = serde_json::from_slice(&asked[0].body).unwrap();
        let expected = json!({"question": "presence", "user": "alice", "users": ["bob", "carol"]});
        assert_eq!(body, expected);
        let signature = asked[0].headers["webhook-signature"].to_str().unwrap();
        assert!(signature.starts_with("v1,"));
    }

    #[tokio::test]
    async fn whatever_is_no_clear_answer_shows_nobody_and_is_told_in_the_log() {
        for reply in [
            Reply::Json(String::new()),
            Reply::Json("{}".to_owned()),
            Reply::Json(r#"{"visible":"bob"}"#.to_owned()),
            Reply::Json(r#"{"visible":[7]}"#.to_owned()),
            Reply::Json(" ".repeat(2 << 20)),
            Reply::Status(500),
            Reply::Status(204),
            Reply::RedirectTo("http://localhost:1/".to_owned()),
        ] {
            let service = Service::start(reply.clone()).await;
            let question = question(&service, TIME);
            assert_eq!(question.trouble(), None);
            assert_eq!(ask(&question).await, None, "{reply:?}");
            let trouble = question.trouble().unwrap();
            assert!(
                trouble.contains("does not say who may see whom"),
                "{trouble}"
            );
        }
        assert_eq!(
            ask(&PresenceQuestion::default()).await,
            None,
            "nobody is asked"
        );
    }

    #[tokio::test]
    async fn one_that_is_silent_is_not_waited_for_by_everybody() {
        let service = Service::start(Reply::Silent).await;
        let question = question(&service, Duration::from_millis(50));
        assert_eq!(ask(&question).await, None);
        for _ in 0..100 {
            assert_eq!(ask(&question).await, None);
        }
        let asked = service.asked().len();
        assert!(asked < 20, "{asked} requests, of 101");
    }

    #[tokio::test]
    async fn one_that_fails_is_asked_again_and_believed_when_it_answers() {
        let failing = Service::start(Reply::Status(500)).await;
        let question = question(&failing, TIME);
        for _ in 0..5 {
            assert_eq!(ask(&question).await, None);
        }
        assert_eq!(failing.asked().len(), 3, "it has failed");
        let well = Service::start(Reply::Json(json!({ "visible": [] }).to_string())).await;
        let settings = question.0.lock().as_ref().unwrap().settings.clone();
        let address = well.address();
        question.set(Some(PresenceSettings {
            address,
            ..settings
        }));
        assert_eq!(ask(&question).await, Some(Vec::new()));
        assert_eq!(question.trouble(), None);
    }
}
