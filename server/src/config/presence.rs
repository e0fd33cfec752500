//! What the settings say of who is told who is online.

use mobileim_hub::{PresencePolicy, VisibleTo};

use super::mistake::{Mistake, Place};
use super::settings::Settings;
use crate::webhook::PresenceSettings;

impl Settings {
    /// Returns who is told of whom.
    pub fn presence(&self) -> PresencePolicy {
        let mut policy = PresencePolicy::default();
        policy.visible_to = self.presence.visible_to.0;
        policy.max_watched = self.presence.max_watched.0;
        policy.offline_after = self.presence.offline_after.0;
        policy
    }

    /// Returns how the back end is asked who may see whom, if it is.
    pub fn presence_question(&self) -> Result<Option<PresenceSettings>, Mistake> {
        self.presence_question_at(&|key| Place::named(key))
    }

    /// The same. A mistake is where the setting is that is wrong.
    pub(super) fn presence_question_at(
        &self,
        place: &dyn Fn(&'static str) -> Place,
    ) -> Result<Option<PresenceSettings>, Mistake> {
        let webhooks = &self.webhooks;
        let is_asked = self.presence.visible_to.0 == VisibleTo::Asked;
        let url = match (&webhooks.presence, is_asked) {
            (None, false) => return Ok(None),
            (Some(url), true) => url,
            (None, true) => {
                let what = "is ask, and nobody is asked: 'webhooks.presence' names the URL of your back end";
                return Err(place("presence.visible-to").wrong(what));
            }
            (Some(_), false) => {
                let what = "is never asked, unless 'presence.visible-to' is ask";
                return Err(place("webhooks.presence").wrong(what));
            }
        };
        let secret = self.secret_of_questions(place, "webhooks.presence")?;
        let trusted = webhooks.provider_ca.clone();
        Ok(Some(PresenceSettings {
            address: url.0.clone(),
            trust: trusted.map(|trusted| trusted.0).unwrap_or_default(),
            secrets: secret.0.clone(),
            time: webhooks.time.0,
            concurrency: webhooks.concurrency.0.get().into(),
        }))
    }
}

#[cfg(test)]
mod tests {

    use super::super::tests::read_file as read;
    use super::*;

    const WEBHOOK: &str = "[webhooks]\npresence = \"https://app.example.com/im\"\n";
    const SECRET: &str = "secret = \"a secret of at least 24 bytes\"\n";

    #[test]
    fn who_may_see_whom_is_off_unless_it_is_set() {
        let off = read("").unwrap().settings;
        assert_eq!(off.presence(), PresencePolicy::default());
        assert_eq!(off.presence().visible_to, VisibleTo::Nobody);
        assert_eq!(off.presence_question(), Ok(None));
        let text =
            "[presence]\nvisible-to = \"everyone\"\nmax-watched = 5\noffline-after = \"0s\"\n";
        let policy = read(text).unwrap().settings.presence();
        assert_eq!(policy.visible_to, VisibleTo::Everyone);
        assert_eq!((policy.max_watched, policy.offline_after.as_secs()), (5, 0));
        let text = format!("[presence]\nvisible-to = \"ask\"\n{WEBHOOK}{SECRET}");
        let settings = read(&text).unwrap().settings;
        assert_eq!(settings.presence().visible_to, VisibleTo::Asked);
        let question = settings.presence_question().unwrap().unwrap();
        assert_eq!(question.address.to_string(), "https://app.example.com/im");
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let ask = "[presence]\nvisible-to = \"ask\"\n";
        for (text, expected) in [
            (
                ask.to_owned(),
                "file:2: 'presence.visible-to' is ask, and nobody is asked: 'webhooks.presence' names",
            ),
            (
                format!("{WEBHOOK}{SECRET}"),
                "file:2: 'webhooks.presence' is never asked, unless 'presence.visible-to' is ask",
            ),
            (
                format!("{ask}{WEBHOOK}"),
                "file:4: 'webhooks.presence' needs a secret that signs what is asked",
            ),
            (
                "[presence]\nvisible-to = \"friends\"\n".to_owned(),
                "file:2: invalid value 'friends' for 'presence.visible-to': expected nobody, everyone or ask",
            ),
            (
                "[presence]\nmax-watched = 1001\n".to_owned(),
                "file:2: invalid value '1001' for 'presence.max-watched': expected a number from 1 to 1000",
            ),
            (
                "[presence]\noffline-after = \"6m\"\n".to_owned(),
                "file:2: invalid value '6m' for 'presence.offline-after': expected a duration from 0s to 5m",
            ),
        ] {
            let told = read(&text).unwrap_err();
            assert!(told.contains(expected), "{told}");
        }
    }
}
