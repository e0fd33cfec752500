//! Engine events as calls of the host: numbers and texts, as an object would cost a call for each of its fields.

use mobileim_protocol::DecodeError;
use mobileim_protocol::client::{Event, LinkLostReason, LostReason, State};

use crate::host::Host;

/// Tells the host; nothing for an event that this version has no name for.
pub(crate) fn tell(host: &Host, event: &Event) {
    match event {
        Event::Message { message, .. } => host.message(
            message.from.as_deref().unwrap_or_default(),
            message.to.as_deref().unwrap_or_default(),
            message.content.as_deref().unwrap_or_default(),
            message.fp.as_deref(),
            message.qos,
            message.typeu,
            message.bridge,
            float(message.sm.max(0)),
        ),
        Event::Delivered { fp } => host.delivered(fp),
        Event::Lost { message, reason } => {
            let (reason, code) = lost_name(*reason);
            host.lost(
                message.to.as_deref().unwrap_or_default(),
                message.content.as_deref().unwrap_or_default(),
                message.fp.as_deref().unwrap_or_default(),
                message.typeu,
                reason,
                float(code),
            );
        }
        Event::StateChanged(state) => host.event("state", 0.0, false, state_name(*state)),
        Event::LoggedIn {
            first_login_time,
            reconnect,
            server,
        } => host.event(
            "logged-in",
            float(*first_login_time),
            *reconnect,
            server.as_deref().unwrap_or_default(),
        ),
        Event::LoginRefused { code, retry } => {
            host.event("login-refused", float(*code), *retry, "");
        }
        Event::LinkLost { reason } => {
            host.event("link-lost", 0.0, false, link_lost_name(*reason));
        }
        Event::KickedOut { code, reason } => host.event(
            "kicked",
            float(*code),
            reason.is_some(),
            reason.as_deref().unwrap_or_default(),
        ),
        Event::ServerError { code, message } => {
            host.event("server-error", float(*code), false, message);
        }
        #[expect(clippy::cast_precision_loss, reason = "no message is as long")]
        Event::BadMessage(error) => {
            let (at, is_json, problem) = match *error {
                DecodeError::Syntax { at, problem } => (at, false, problem),
                DecodeError::Shape { at, problem } => (at, true, problem),
                _ => (0, false, ""),
            };
            host.event("bad-message", at as f64, is_json, problem);
        }
        Event::HeartbeatSent => host.event("heartbeat-sent", 0.0, false, ""),
        #[expect(clippy::cast_precision_loss, reason = "exact up to 285 years")]
        Event::HeartbeatAnswered { round_trip_micros } => {
            let millis = *round_trip_micros as f64 / 1000.0;
            host.event("heartbeat-answered", millis, false, "");
        }
        _ => {}
    }
}

fn state_name(state: State) -> &'static str {
    match state {
        State::Offline => "offline",
        State::Connecting => "connecting",
        State::LoggingIn => "logging-in",
        State::Online => "online",
        State::Waiting => "waiting",
        State::Closed => "closed",
    }
}

fn link_lost_name(reason: LinkLostReason) -> &'static str {
    match reason {
        LinkLostReason::Disconnected => "disconnected",
        LinkLostReason::NeverOpened => "never-opened",
        LinkLostReason::ConnectTimeout => "connect-timeout",
        LinkLostReason::LoginTimeout => "login-timeout",
        LinkLostReason::NoToken => "no-token",
        LinkLostReason::Silent => "silent",
        LinkLostReason::NotLoggedIn => "not-logged-in",
        LinkLostReason::RefusedForNow => "refused-for-now",
        LinkLostReason::Overflow => "overflow",
        _ => "other",
    }
}

fn lost_name(reason: LostReason) -> (&'static str, i64) {
    match reason {
        LostReason::Unacknowledged => ("unacknowledged", 0),
        LostReason::Refused(code) => ("refused", code),
        LostReason::LoggedOut => ("logged-out", 0),
        LostReason::OtherUser => ("other-user", 0),
        LostReason::TooLongForReceiver { limit } => ("too-long-for-receiver", bytes(limit)),
        LostReason::TooLong { limit } => ("too-long", bytes(limit)),
        LostReason::BreaksLink => ("breaks-link", 0),
        LostReason::Invalid => ("invalid", 0),
        _ => ("other", 0),
    }
}

fn bytes(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "JavaScript has no other numbers; times and codes are far below 2^53"
)]
fn float(number: i64) -> f64 {
    number as f64
}
