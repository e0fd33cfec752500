//! Events in words.

use mobileim_client::{Client, Event, LinkLostReason, LoginError};

/// Says how the connection is, once for each time it changes.
#[derive(Debug, Default)]
pub(crate) struct Status {
    was_online: bool,
    /// The outage that lasts was told.
    told: bool,
    /// Why the last link was lost.
    lost: Option<String>,
}

impl Status {
    /// Whether a login ever succeeded.
    pub(crate) fn was_online(&self) -> bool {
        self.was_online
    }

    /// Why the last link was lost, if one was.
    pub(crate) fn last_lost(&self) -> Option<&str> {
        self.lost.as_deref()
    }

    /// The line that this event is worth, if any.
    pub(crate) fn line(&mut self, client: &Client, event: &Event) -> Option<String> {
        match event {
            Event::LoggedIn { .. } => {
                self.was_online = true;
                self.told = false;
                Some("online".to_owned())
            }
            Event::Missed { .. } => Some(
                "this device was away for so long that newer messages were not kept for it"
                    .to_owned(),
            ),
            Event::LinkLost { reason } => {
                let why = why(client, *reason);
                self.lost = Some(why.clone());
                if std::mem::replace(&mut self.told, true) {
                    return None;
                }
                let what = if self.was_online {
                    "reconnecting"
                } else {
                    "still connecting"
                };
                Some(format!("{what}… ({why})"))
            }
            Event::LoginRefused { code, retry: false } => {
                let error = LoginError::Refused { code: *code };
                Some(error.to_string())
            }
            Event::KickedOut { code, reason } => {
                let error = LoginError::KickedOut {
                    code: *code,
                    reason: reason.clone(),
                };
                Some(error.to_string())
            }
            Event::ServerError { code, message } => {
                Some(format!("the server complains: {message} ({code})"))
            }
            _ => None,
        }
    }
}

/// Whether this event ended the session for good.
pub(crate) fn ends_session(event: &Event) -> bool {
    matches!(
        event,
        Event::KickedOut { .. } | Event::LoginRefused { retry: false, .. }
    )
}

fn why(client: &Client, reason: LinkLostReason) -> String {
    match reason {
        LinkLostReason::Disconnected | LinkLostReason::NeverOpened | LinkLostReason::NoToken => {
            client
                .last_link_error()
                .map_or_else(|| "disconnected".to_owned(), |error| error.to_string())
        }
        LinkLostReason::ConnectTimeout => "connecting takes too long".to_owned(),
        LinkLostReason::LoginTimeout => "the login was not answered".to_owned(),
        LinkLostReason::Silent => "the server does not answer".to_owned(),
        LinkLostReason::NotLoggedIn => "the server has forgotten this login".to_owned(),
        LinkLostReason::RefusedForNow => "logins cannot be checked at the moment".to_owned(),
        LinkLostReason::SessionEnded => "the server stops".to_owned(),
        reason => format!("{reason:?}"),
    }
}
