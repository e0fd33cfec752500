//! What control messages carry: JSON objects inside the `dataContent` string (docs/protocol.md, "One message").

use serde::{Deserialize, Deserializer, Serialize};

use crate::codec::{DecodeError, Integer};

/// What a client says of itself when it logs in (type 0).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoginRequest {
    /// Who it says it is.
    #[serde(rename = "loginUserId")]
    pub user_id: String,
    /// What proves it; what that is, is between the application and its authenticator.
    #[serde(rename = "loginToken", default, deserialize_with = "null_as_default")]
    pub token: String,
    /// Anything the application wants to tell its authenticator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra: Option<String>,
    /// 0 for a new login; for a reconnect, the value of the answer to the first login.
    #[serde(default, deserialize_with = "integer")]
    pub first_login_time: i64,
}

/// The server's answer to a login (type 50).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoginResponse {
    /// 0 accepted; else why not, see [`codes`](crate::codes).
    #[serde(deserialize_with = "integer")]
    pub code: i64,
    /// Server time of the first login in ms since 1970, to be sent with every reconnect; −1 where refused.
    #[serde(default, deserialize_with = "integer")]
    pub first_login_time: i64,
    /// How often the client is to send its heartbeat, in ms. `MobileIM` servers say so, originals do not.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "optional_integer"
    )]
    pub keep_alive_interval: Option<i64>,
}

/// The server's complaint (type 52).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorResponse {
    /// What is wrong, see [`codes`](crate::codes).
    #[serde(rename = "errorCode", deserialize_with = "integer")]
    pub code: i64,
    /// In words; for [`codes::NOT_LOGGED_IN`](crate::codes::NOT_LOGGED_IN) the offending message as JSON text.
    #[serde(rename = "errorMsg", default, deserialize_with = "null_as_default")]
    pub message: String,
}

/// The server ends the session for good (type 54).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kickout {
    /// [`codes::KICKED_DUPLICATE_LOGIN`](crate::codes::KICKED_DUPLICATE_LOGIN) or
    /// [`codes::KICKED_BY_ADMINISTRATOR`](crate::codes::KICKED_BY_ADMINISTRATOR).
    #[serde(deserialize_with = "integer")]
    pub code: i64,
    /// In words, where the administrator gave any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Reads the payload of a control message from its content.
pub fn decode<'a, T: Deserialize<'a>>(content: Option<&'a str>) -> Result<T, DecodeError> {
    Ok(serde_json::from_str(content.unwrap_or("{}"))?)
}

/// Writes a payload to be put in a control message.
pub fn encode<T: Serialize>(payload: &T) -> String {
    serde_json::to_string(payload).expect("payloads are strings and integers: always JSON")
}

fn null_as_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    Ok(optional_integer(deserializer)?.unwrap_or(0))
}

fn optional_integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Ok(Option::<Integer>::deserialize(deserializer)?.map(|integer| integer.0))
}
