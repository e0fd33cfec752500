//! Engine events as plain JavaScript objects, told apart by `type`.

use mobileim_protocol::Message;
use mobileim_protocol::client::{Event, LinkLostReason, LostReason, State};
use serde::Serialize;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** Where a client stands. */
export type State = "offline" | "connecting" | "logging-in" | "online" | "waiting" | "closed";

/** A message as the wire has it; times are ms since 1970. */
export interface EngineMessage {
  from: string;
  to: string;
  text: string;
  fp?: string;
  qos: boolean;
  typeu: number;
  bridge: boolean;
  time?: number;
}

/** Why a link is gone. */
export type LinkLostReason =
  | "disconnected"
  | "connect-timeout"
  | "login-timeout"
  | "no-token"
  | "silent"
  | "not-logged-in"
  | "refused-for-now"
  | "other";

/** Why a message is given up. */
export type LostReason = "unacknowledged" | "refused" | "logged-out" | "other-user" | "other";

/** What happened. */
export type EngineEvent =
  | { type: "state"; state: State }
  | { type: "logged-in"; firstLoginTime: number; reconnect: boolean }
  | { type: "login-refused"; code: number; retry: boolean }
  | { type: "link-lost"; reason: LinkLostReason }
  | { type: "message"; message: EngineMessage }
  | { type: "delivered"; fp: string }
  | { type: "lost"; message: EngineMessage; reason: LostReason; code?: number }
  | { type: "kicked"; code: number; reason?: string }
  | { type: "server-error"; code: number; message: string }
  | { type: "bad-message"; message: string }
  | { type: "heartbeat-sent" }
  | { type: "heartbeat-answered"; roundTrip: number };
"#;

/// The JavaScript object for an event; `None` for one that this version has no shape for.
pub(crate) fn to_js(event: &Event) -> Option<JsValue> {
    let shape = Shape::of(event)?;
    Some(serde_wasm_bindgen::to_value(&shape).expect("strings, booleans and floats serialize"))
}

#[derive(Serialize)]
#[serde(
    tag = "type",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
enum Shape<'a> {
    State {
        state: &'static str,
    },
    LoggedIn {
        first_login_time: f64,
        reconnect: bool,
    },
    LoginRefused {
        code: f64,
        retry: bool,
    },
    LinkLost {
        reason: &'static str,
    },
    Message {
        message: MessageShape<'a>,
    },
    Delivered {
        fp: &'a str,
    },
    Lost {
        message: MessageShape<'a>,
        reason: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<f64>,
    },
    Kicked {
        code: f64,
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<&'a str>,
    },
    ServerError {
        code: f64,
        message: &'a str,
    },
    BadMessage {
        message: String,
    },
    HeartbeatSent,
    HeartbeatAnswered {
        round_trip: f64,
    },
}

#[derive(Serialize)]
struct MessageShape<'a> {
    from: &'a str,
    to: &'a str,
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    fp: Option<&'a str>,
    qos: bool,
    typeu: i32,
    bridge: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<f64>,
}

impl<'a> Shape<'a> {
    fn of(event: &'a Event) -> Option<Self> {
        Some(match event {
            Event::StateChanged(state) => Self::State {
                state: state_name(*state),
            },
            Event::LoggedIn {
                first_login_time,
                reconnect,
            } => Self::LoggedIn {
                first_login_time: float(*first_login_time),
                reconnect: *reconnect,
            },
            Event::LoginRefused { code, retry } => Self::LoginRefused {
                code: float(*code),
                retry: *retry,
            },
            Event::LinkLost { reason } => Self::LinkLost {
                reason: link_lost_name(*reason),
            },
            Event::Message(message) => Self::Message {
                message: MessageShape::of(message),
            },
            Event::Delivered { fp } => Self::Delivered { fp },
            Event::Lost { message, reason } => {
                let (reason, code) = lost_name(*reason);
                Self::Lost {
                    message: MessageShape::of(message),
                    reason,
                    code: code.map(float),
                }
            }
            Event::KickedOut { code, reason } => Self::Kicked {
                code: float(*code),
                reason: reason.as_deref(),
            },
            Event::ServerError { code, message } => Self::ServerError {
                code: float(*code),
                message,
            },
            Event::BadMessage(error) => Self::BadMessage {
                message: error.to_string(),
            },
            Event::HeartbeatSent => Self::HeartbeatSent,
            Event::HeartbeatAnswered { round_trip_micros } => Self::HeartbeatAnswered {
                #[expect(clippy::cast_precision_loss, reason = "exact up to 285 years")]
                round_trip: *round_trip_micros as f64 / 1000.0,
            },
            _ => return None,
        })
    }
}

impl<'a> MessageShape<'a> {
    fn of(message: &'a Message<'_>) -> Self {
        Self {
            from: message.from.as_deref().unwrap_or_default(),
            to: message.to.as_deref().unwrap_or_default(),
            text: message.content.as_deref().unwrap_or_default(),
            fp: message.fp.as_deref(),
            qos: message.qos,
            typeu: message.typeu,
            bridge: message.bridge,
            time: (message.sm > 0).then(|| float(message.sm)),
        }
    }
}

pub(crate) fn state_name(state: State) -> &'static str {
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
        LinkLostReason::ConnectTimeout => "connect-timeout",
        LinkLostReason::LoginTimeout => "login-timeout",
        LinkLostReason::NoToken => "no-token",
        LinkLostReason::Silent => "silent",
        LinkLostReason::NotLoggedIn => "not-logged-in",
        LinkLostReason::RefusedForNow => "refused-for-now",
        _ => "other",
    }
}

fn lost_name(reason: LostReason) -> (&'static str, Option<i64>) {
    match reason {
        LostReason::Unacknowledged => ("unacknowledged", None),
        LostReason::Refused(code) => ("refused", Some(code)),
        LostReason::LoggedOut => ("logged-out", None),
        LostReason::OtherUser => ("other-user", None),
        _ => ("other", None),
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "JavaScript has no other numbers; times and codes are far below 2^53"
)]
fn float(number: i64) -> f64 {
    number as f64
}
