//! What a call throws when the engine does not take it.

use mobileim_protocol::client::{LoginError, RestoreError, SendError};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** Why the engine did not take a call: the `name` of the `Error` that it throws. */
export type FailureName =
  | "no-user-id"
  | "other-user"
  | "not-logged-in"
  | "offline"
  | "no-receiver"
  | "bad-fingerprint"
  | "too-long"
  | "outbox-full"
  | "not-restorable"
  | "no-such-sense-mode"
  | "other";
"#;

/// A JavaScript `Error` whose `name` says which it is.
fn error(name: &str, message: &str) -> JsValue {
    let error = js_sys::Error::new(message);
    error.set_name(name);
    error.into()
}

pub(crate) fn login(cause: LoginError) -> JsValue {
    let name = match cause {
        LoginError::NoUserId => "no-user-id",
        LoginError::OtherUser => "other-user",
        _ => "other",
    };
    error(name, &cause.to_string())
}

pub(crate) fn send(cause: SendError) -> JsValue {
    let name = match cause {
        SendError::NotLoggedIn => "not-logged-in",
        SendError::Offline => "offline",
        SendError::NoReceiver => "no-receiver",
        SendError::BadFingerprint => "bad-fingerprint",
        SendError::TooLong { .. } => "too-long",
        SendError::OutboxFull => "outbox-full",
        _ => "other",
    };
    error(name, &cause.to_string())
}

pub(crate) fn restore(cause: &RestoreError) -> JsValue {
    error("not-restorable", &cause.to_string())
}

pub(crate) fn no_such_sense_mode() -> JsValue {
    error(
        "no-such-sense-mode",
        "heartbeats are every 3, 5, 10, 15, 30, 60 or 120 seconds",
    )
}
