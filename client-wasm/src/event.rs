//! Engine events as calls of the host: numbers and texts, as an object would cost a call for each of its fields. What has
//! a name in JavaScript is a number here, too: names would be kept, and passed, twice.

use mobileim_protocol::DecodeError;
use mobileim_protocol::client::{Event, LinkLostReason, LostReason, State, Unanswered};

use crate::host::Host;

/// What [`Host::event`] tells, by its numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    State,
    LoggedIn,
    LoginRefused,
    LinkLost,
    Kicked,
    ServerError,
    BadMessage,
    HeartbeatSent,
    HeartbeatAnswered,
    Missed,
    Signalled,
}

/// Tells the host; nothing for an event that this version has no number for.
pub(crate) fn tell(host: &Host, event: &Event) {
    let tell = |kind: Kind, number: f64, flag: bool, text: &str| {
        host.event(kind as u32, number, flag, text);
    };
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
            seq(message.seq),
            message.refs.as_deref(),
        ),
        Event::Delivered { fp } => host.delivered(fp),
        Event::Lost { message, reason } => {
            let (reason, code) = lost_number(*reason);
            host.lost(
                message.to.as_deref().unwrap_or_default(),
                message.content.as_deref().unwrap_or_default(),
                message.fp.as_deref().unwrap_or_default(),
                message.typeu,
                reason,
                float(code),
                message.refs.as_deref(),
            );
        }
        Event::StateChanged(state) => tell(Kind::State, f64::from(state_number(*state)), false, ""),
        Event::LoggedIn {
            first_login_time,
            reconnect,
            server,
        } => tell(
            Kind::LoggedIn,
            float(*first_login_time),
            *reconnect,
            server.as_deref().unwrap_or_default(),
        ),
        Event::LoginRefused { code, retry } => {
            tell(Kind::LoginRefused, float(*code), *retry, "");
        }
        Event::LinkLost { reason } => {
            tell(
                Kind::LinkLost,
                f64::from(link_lost_number(*reason)),
                false,
                "",
            );
        }
        Event::KickedOut { code, reason } => tell(
            Kind::Kicked,
            float(*code),
            reason.is_some(),
            reason.as_deref().unwrap_or_default(),
        ),
        Event::ServerError { code, message } => {
            tell(Kind::ServerError, float(*code), false, message);
        }
        #[expect(clippy::cast_precision_loss, reason = "no message is as long")]
        Event::BadMessage(error) => {
            let (at, is_json, problem) = match *error {
                DecodeError::Syntax { at, problem } => (at, false, problem),
                DecodeError::Shape { at, problem } => (at, true, problem),
                _ => (0, false, ""),
            };
            tell(Kind::BadMessage, at as f64, is_json, problem);
        }
        Event::HeartbeatSent => tell(Kind::HeartbeatSent, 0.0, false, ""),
        #[expect(clippy::cast_precision_loss, reason = "exact up to 285 years")]
        Event::HeartbeatAnswered { round_trip_micros } => {
            let millis = *round_trip_micros as f64 / 1000.0;
            tell(Kind::HeartbeatAnswered, millis, false, "");
        }
        Event::Answered { id, answer } => {
            let (text, why) = match answer {
                Ok(answer) => (answer.as_str(), 0),
                Err(Unanswered::NotSupported) => ("", 1),
                Err(Unanswered::TimedOut) => ("", 2),
                Err(Unanswered::SessionEnded) => ("", 3),
                Err(_) => ("", 4),
            };
            host.answered(id, text, why);
        }
        Event::Signalled { signal } => tell(Kind::Signalled, 0.0, false, signal),
        Event::Missed { since } => tell(Kind::Missed, float(*since), false, ""),
        _ => {}
    }
}

pub(crate) fn state_number(state: State) -> u32 {
    match state {
        State::Offline => 0,
        State::Connecting => 1,
        State::LoggingIn => 2,
        State::Online => 3,
        State::Waiting => 4,
        State::Closed => 5,
    }
}

pub(crate) fn link_lost_number(reason: LinkLostReason) -> u32 {
    match reason {
        LinkLostReason::Disconnected => 0,
        LinkLostReason::NeverOpened => 1,
        LinkLostReason::ConnectTimeout => 2,
        LinkLostReason::LoginTimeout => 3,
        LinkLostReason::NoToken => 4,
        LinkLostReason::Silent => 5,
        LinkLostReason::NotLoggedIn => 6,
        LinkLostReason::RefusedForNow => 7,
        LinkLostReason::Overflow => 8,
        LinkLostReason::SessionEnded => 9,
        _ => 10,
    }
}

/// The second number is the server's code, or a limit in bytes.
pub(crate) fn lost_number(reason: LostReason) -> (u32, i64) {
    match reason {
        LostReason::Unacknowledged => (0, 0),
        LostReason::Refused(code) => (1, code),
        LostReason::LoggedOut => (2, 0),
        LostReason::OtherUser => (3, 0),
        LostReason::TooLongForReceiver { limit } => (4, bytes(limit)),
        LostReason::TooLong { limit } => (5, bytes(limit)),
        LostReason::BreaksLink => (6, 0),
        LostReason::Invalid => (7, 0),
        _ => (8, 0),
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "no conversation has 2^53 messages"
)]
fn seq(seq: Option<u64>) -> f64 {
    seq.unwrap_or(0) as f64
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
