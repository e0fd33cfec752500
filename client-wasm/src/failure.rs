//! What a call says when the engine does not take it.

use mobileim_protocol::client::{AskError, LoginError, SendError};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/**
 * Why the engine did not take a call; 0 where it did.
 *
 * | number | why |
 * | --- | --- |
 * | 1 | the user id is empty |
 * | 2 | another user is logged in |
 * | 3 | nobody is logged in or logging in |
 * | 4 | a message without QoS needs a link, and there is none |
 * | 5 | the receiver's user id is empty |
 * | 6 | the fingerprint is empty or too long |
 * | 7 | the body is longer than the server takes |
 * | 8 | too many messages are unacknowledged, or questions unanswered |
 * | 9 | what was stored is no message of this user |
 * | 10 | the receiver's user id cannot be one |
 * | 11 | the user id cannot be one |
 * | 12 | the fingerprint is that of a message that is still unacknowledged |
 * | 13 | something newer than this list |
 */
export type Failure = number;
"#;

/// The call was taken.
pub(crate) const NONE: u32 = 0;
pub(crate) const NOT_RESTORABLE: u32 = 9;
const OTHER: u32 = 13;

pub(crate) fn login(result: Result<(), LoginError>) -> u32 {
    match result {
        Ok(()) => NONE,
        Err(LoginError::NoUserId) => 1,
        Err(LoginError::OtherUser) => 2,
        Err(LoginError::BadUserId) => 11,
        Err(_) => OTHER,
    }
}

pub(crate) fn send(result: Result<(), SendError>) -> u32 {
    match result {
        Ok(()) => NONE,
        Err(SendError::NotLoggedIn) => 3,
        Err(SendError::Offline) => 4,
        Err(SendError::NoReceiver) => 5,
        Err(SendError::BadFingerprint) => 6,
        Err(SendError::TooLong { .. }) => 7,
        Err(SendError::OutboxFull) => 8,
        Err(SendError::BadReceiver) => 10,
        Err(SendError::FingerprintInUse) => 12,
        Err(_) => OTHER,
    }
}

pub(crate) fn ask(result: Result<(), AskError>) -> u32 {
    match result {
        Ok(()) => NONE,
        Err(AskError::NotLoggedIn) => 3,
        Err(AskError::BadId) => 6,
        Err(AskError::TooLong { .. }) => 7,
        Err(AskError::TooMany) => 8,
        Err(_) => OTHER,
    }
}
