//! SIGHUP: the configuration is read again.

use std::error::Error;

use mobileim_server::auth::{ApiAccess, PasswordLogin, Replaceable};
use mobileim_server::config::{Configuration, Invocation, Setting, Settings};
use mobileim_server::events::EventLog;
use mobileim_server::webhook::MessageQuestions;
use mobileim_server::{EffectiveSettings, Running};
use tracing::{error, info, warn};
use tracing_subscriber::EnvFilter;

/// Sets the filter of the log.
pub(crate) type SetLog = Box<dyn Fn(EnvFilter)>;

/// What can change while the server runs.
pub(crate) struct Live {
    /// Those by which it runs.
    pub(crate) settings: Settings,
    pub(crate) authentication: Replaceable,
    pub(crate) passwords: PasswordLogin,
    pub(crate) api_keys: ApiAccess,
    /// The same for people to look at.
    pub(crate) shown: EffectiveSettings,
    pub(crate) questions: MessageQuestions,
    /// None if no events are recorded.
    pub(crate) events: Option<EventLog>,
    pub(crate) set_log: SetLog,
}

impl Live {
    /// Reads the configuration again. If something is wrong with it, nothing changes.
    pub(crate) fn reload(&mut self, running: &mut Running) {
        match read() {
            Ok(configuration) => self.adopt(configuration, running),
            Err(mistakes) => {
                error!("the configuration has mistakes, and nothing changes:{mistakes}");
            }
        }
    }

    fn adopt(&mut self, new: Configuration, running: &mut Running) {
        let before = self.settings.clone();
        let changed = self.settings.adopt(new.settings);
        // The database is told at the start that events are recorded.
        let keeps_events = self.settings.events.types.is_some() == self.events.is_some();
        if !keeps_events {
            self.settings.events = before.events.clone();
        }
        if let Err(error) = self.apply(running) {
            // What was read was checked, and what was there before too, but not both together.
            self.settings = before;
            return error!("the configuration needs a restart, and nothing changes: {error}");
        }
        let (live, others): (Vec<&Setting>, Vec<_>) = changed
            .into_iter()
            .partition(|setting| setting.live && (keeps_events || !is_of_events(setting)));
        let waiting: Vec<_> = others.iter().map(|setting| setting.key).collect();
        self.shown.replace(new.shown, &waiting);
        if !live.is_empty() {
            info!("taken over: {}", keys(&live));
        }
        if !others.is_empty() {
            warn!("changed, and needs a restart: {}", keys(&others));
        }
        if live.is_empty() && others.is_empty() {
            info!("nothing in the configuration has changed");
        }
    }

    /// Applies everything that is live: what has not changed makes no difference.
    fn apply(&self, running: &mut Running) -> Result<(), Box<dyn Error>> {
        let Self { settings, .. } = self;
        let offer = settings.password_offer()?;
        let questions = settings.message_questions()?;
        let presence = settings.presence_question()?;
        self.authentication.replace(settings.authentication()?);
        self.authentication
            .revocations()
            .set_kept_for(settings.revoked_for());
        self.passwords.set_offer(offer);
        self.api_keys.replace(settings.api_keys());
        for (question, asked) in questions {
            self.questions.set(question, asked);
        }
        self.questions.set_presence(presence);
        if let Some((log, policy)) = self.events.as_ref().zip(settings.event_policy()) {
            log.set_policy(policy);
            log.set_target(settings.event_target());
        }
        running.set_origins(settings.origins());
        running.set_max_connections(&settings.limits());
        running.set_drain(settings.drain());
        running.set_store_limits(settings.store_limits());
        running.trace(settings.general.trace_fp.as_ref().map(|fp| fp.0.as_str()));
        (self.set_log)(settings.general.log.filter());
        if let Some(certificates) = running.certificates() {
            match certificates.reload() {
                Ok(true) => info!("another certificate"),
                Ok(false) => {}
                Err(error) => error!("{error}; the certificate that was there stays"),
            }
        }
        Ok(())
    }
}

/// Reads flags, variables and the file as at the start. All that is wrong is told, a line each.
fn read() -> Result<Configuration, String> {
    match Invocation::from_args(std::env::args_os()) {
        Ok(Invocation::Serve(configuration)) => Ok(configuration),
        Ok(_) => Err("\nit is no longer told to serve".to_owned()),
        Err(error) => {
            let text = error.to_string();
            let mistakes = text.lines().filter_map(|line| line.strip_prefix("error: "));
            Err(mistakes.flat_map(|mistake| ["\n    ", mistake]).collect())
        }
    }
}

fn is_of_events(setting: &Setting) -> bool {
    setting.key.starts_with("events.")
}

fn keys(settings: &[&Setting]) -> String {
    let keys: Vec<_> = settings.iter().map(|setting| setting.key).collect();
    keys.join(", ")
}
