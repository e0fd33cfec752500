//! What the back end is asked about messages, as several settings say together.

use super::mistake::{Mistake, Place};
use super::settings::Settings;
use super::values::{ServiceUrl, WebhookSecret};
use crate::webhook::{OnFailure, Question, QuestionSettings};

impl Settings {
    /// Returns how each question about messages is asked, if it is.
    pub fn message_questions(&self) -> Result<[(Question, Option<QuestionSettings>); 2], Mistake> {
        self.message_questions_at(&|key| Place::named(key))
    }

    /// The same. A mistake is where the setting is that is wrong.
    pub(super) fn message_questions_at(
        &self,
        place: &dyn Fn(&'static str) -> Place,
    ) -> Result<[(Question, Option<QuestionSettings>); 2], Mistake> {
        let webhooks = &self.webhooks;
        let ask = |key, url, on_failure| self.question(&place, key, url, on_failure);
        Ok([
            (
                Question::BeforeC2c,
                ask(
                    "webhooks.before-c2c",
                    webhooks.before_c2c.as_ref(),
                    webhooks.before_c2c_on_failure,
                )?,
            ),
            (
                Question::BeforeC2s,
                ask(
                    "webhooks.before-c2s",
                    webhooks.before_c2s.as_ref(),
                    webhooks.before_c2s_on_failure,
                )?,
            ),
        ])
    }

    fn question(
        &self,
        place: &dyn Fn(&'static str) -> Place,
        key: &'static str,
        url: Option<&ServiceUrl>,
        on_failure: OnFailure,
    ) -> Result<Option<QuestionSettings>, Mistake> {
        let Some(url) = url else {
            return Ok(None);
        };
        let webhooks = &self.webhooks;
        let secret = self.secret_of_questions(place, key)?;
        let trusted = webhooks.provider_ca.clone();
        Ok(Some(QuestionSettings {
            address: url.0.clone(),
            trust: trusted.map(|trusted| trusted.0).unwrap_or_default(),
            secrets: secret.0.clone(),
            time: webhooks.time.0,
            concurrency: webhooks.concurrency.0.get().into(),
            batch: webhooks.batch.0.get().into(),
            on_failure,
        }))
    }

    /// What signs a question that has this key.
    pub(super) fn secret_of_questions(
        &self,
        place: &dyn Fn(&'static str) -> Place,
        key: &'static str,
    ) -> Result<&WebhookSecret, Mistake> {
        self.webhooks.secret.as_ref().ok_or_else(|| {
            let what = "needs a secret that signs what is asked, or anybody could ask: 'webhooks.secret-file' names one";
            place(key).wrong(what)
        })
    }
}
