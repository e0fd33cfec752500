//! What control messages carry: JSON objects inside the `dataContent` string (docs/protocol.md, "One message").

use alloc::string::String;

use crate::codec::DecodeError;
use crate::device::Device;
use crate::json::{Reader, write_integer, write_string};
use crate::secret::Secret;

/// What can be put in a control message.
pub trait Payload: Sized {
    /// Reads it from a JSON object; fields that are not known pass, those that may be missing may be `null`.
    fn decode(json: &str) -> Result<Self, DecodeError>;

    /// Writes it as the original does.
    fn encode(&self) -> String;
}

/// What a client says of itself when it logs in (type 0).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginRequest {
    /// Who it says it is.
    pub user_id: String,
    /// What proves it; what that is, is between the application and its authenticator.
    pub token: String,
    /// Anything the application wants to tell its authenticator.
    pub extra: Option<String>,
    /// 0 for a new login; for a reconnect, the value of the answer to the first login.
    pub first_login_time: i64,
    /// The longest frame with several bodies that the client takes, in bytes. `MobileIM` clients say so, originals do not.
    pub max_batch: Option<usize>,
    /// The longest body that the client takes, in bytes. `MobileIM` clients say so, originals do not.
    pub max_body: Option<usize>,
    /// On datagrams, what the client's begin with from the answer on, as those for it do. `MobileIM` clients say so, originals
    /// do not.
    pub secret: Option<Secret>,
    /// The device that the client runs on. `MobileIM` clients name it, originals do not.
    pub device: Option<Device>,
}

impl LoginRequest {
    /// Whether the client is one of `MobileIM`'s, which say what they take.
    pub const fn is_of_mobileim(&self) -> bool {
        self.max_batch.is_some() || self.max_body.is_some() || self.secret.is_some()
    }
}

/// The server's answer to a login (type 50).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginResponse {
    /// 0 accepted; else why not, see [`codes`](crate::codes).
    pub code: i64,
    /// Server time of the first login in ms since 1970, to be sent with every reconnect; −1 if refused.
    pub first_login_time: i64,
    /// How often the client is to send its heartbeat, in ms. `MobileIM` servers say so, originals do not.
    pub keep_alive_interval: Option<i64>,
    /// The longest frame with several bodies that the server takes, in bytes; from now on either end may send such.
    /// Said only to clients that said theirs.
    pub max_batch: Option<usize>,
    /// The longest body that the server takes, in bytes. Said only to clients that said theirs.
    pub max_body: Option<usize>,
    /// How many questions the server answers at once; none if it answers no questions. Said only to clients that say what they take.
    pub max_questions: Option<usize>,
    /// The server's name and version. Said only to clients that said their `max_batch`.
    pub server: Option<String>,
    /// How long the token is valid, in ms, and with it the session unless another login comes. Said only to clients that say
    /// what they take.
    pub token_expires_in: Option<u64>,
    /// With [`codes::TEMPORARILY_UNAVAILABLE`](crate::codes::TEMPORARILY_UNAVAILABLE), how long the client is to wait
    /// before it tries again, in ms.
    pub retry_after: Option<u64>,
    /// From when on messages were not kept for this device, as too many had come, in ms since 1970. Said once, and only to clients
    /// that say what they take.
    pub missed_since: Option<i64>,
}

/// The server's complaint (type 52).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorResponse {
    /// What is wrong, see [`codes`](crate::codes).
    pub code: i64,
    /// In words; for [`codes::NOT_LOGGED_IN`](crate::codes::NOT_LOGGED_IN) the offending message as JSON text.
    pub message: String,
    /// With [`codes::TOO_LONG_FOR_RECEIVER`](crate::codes::TOO_LONG_FOR_RECEIVER), the longest body that the receiver
    /// takes, in bytes.
    pub limit: Option<usize>,
    /// With [`codes::TOO_MANY_MESSAGES`](crate::codes::TOO_MANY_MESSAGES), how long the client is to send nothing, and
    /// with [`codes::SESSION_ENDS`](crate::codes::SESSION_ENDS), how long it is to stay away, in ms.
    pub retry_after: Option<u64>,
    /// Why the application refused the message, in its words, if it said so.
    pub reason: Option<String>,
}

/// The server ends the session for good (type 54).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kickout {
    /// [`codes::KICKED_DUPLICATE_LOGIN`](crate::codes::KICKED_DUPLICATE_LOGIN) or
    /// [`codes::KICKED_BY_ADMINISTRATOR`](crate::codes::KICKED_BY_ADMINISTRATOR).
    pub code: i64,
    /// In words, if the administrator gave any.
    pub reason: Option<String>,
}

/// Reads the payload of a control message from its content.
pub fn decode<T: Payload>(content: Option<&str>) -> Result<T, DecodeError> {
    T::decode(content.unwrap_or("{}"))
}

/// Writes a payload to be put in a control message.
pub fn encode<T: Payload>(payload: &T) -> String {
    payload.encode()
}

impl Payload for LoginRequest {
    fn decode(json: &str) -> Result<Self, DecodeError> {
        let (mut user_id, mut token, mut extra) = (None, None, None);
        let (mut first_login_time, mut max_batch, mut max_body) = (None, None, None);
        let (mut secret, mut device, mut platform) = (None, None, None);
        let mut object = Reader::object(json)?;
        while let Some(name) = object.field()? {
            match &*name {
                "loginUserId" => object.string(&mut user_id),
                "loginToken" => object.string(&mut token),
                "extra" => object.string(&mut extra),
                "firstLoginTime" => object.integer(&mut first_login_time),
                "maxBatch" => object.integer(&mut max_batch),
                "maxBody" => object.integer(&mut max_body),
                "secret" => object.integer(&mut secret),
                "deviceId" => object.string(&mut device),
                "platform" => object.string(&mut platform),
                _ => object.skip(),
            }?;
        }
        Ok(Self {
            user_id: required(user_id, "loginUserId is missing")?.into_owned(),
            token: token.unwrap_or_default().into_owned(),
            extra: extra.map(Into::into),
            first_login_time: first_login_time.unwrap_or_default(),
            max_batch: max_batch.and_then(size),
            max_body: max_body.and_then(size),
            secret: secret.and_then(Secret::from_signed),
            device: device.filter(|id| !id.is_empty()).map(|id| Device {
                id: id.into(),
                platform: platform.filter(|name| !name.is_empty()).map(Into::into),
            }),
        })
    }

    fn encode(&self) -> String {
        let mut object = Object::default();
        object.string("loginUserId", &self.user_id);
        object.string("loginToken", &self.token);
        if let Some(extra) = &self.extra {
            object.string("extra", extra);
        }
        object.integer("firstLoginTime", self.first_login_time);
        object.size("maxBatch", self.max_batch);
        object.size("maxBody", self.max_body);
        if let Some(secret) = self.secret {
            object.integer("secret", secret.signed());
        }
        if let Some(device) = &self.device {
            object.string("deviceId", &device.id);
            if let Some(platform) = &device.platform {
                object.string("platform", platform);
            }
        }
        object.end()
    }
}

impl Payload for LoginResponse {
    fn decode(json: &str) -> Result<Self, DecodeError> {
        let (mut code, mut first_login_time) = (None, None);
        let (mut keep_alive_interval, mut max_batch, mut max_body) = (None, None, None);
        let mut max_questions = None;
        let (mut server, mut token_expires_in, mut retry_after) = (None, None, None);
        let mut missed_since = None;
        let mut object = Reader::object(json)?;
        while let Some(name) = object.field()? {
            match &*name {
                "code" => object.int64(code.insert(0)),
                "firstLoginTime" => object.integer(&mut first_login_time),
                "keepAliveInterval" => object.integer(&mut keep_alive_interval),
                "maxBatch" => object.integer(&mut max_batch),
                "maxBody" => object.integer(&mut max_body),
                "maxQuestions" => object.integer(&mut max_questions),
                "server" => object.string(&mut server),
                "tokenExpiresIn" => object.integer(&mut token_expires_in),
                "retryAfter" => object.integer(&mut retry_after),
                "missedSince" => object.integer(&mut missed_since),
                _ => object.skip(),
            }?;
        }
        Ok(Self {
            code: required(code, "code is missing")?,
            first_login_time: first_login_time.unwrap_or_default(),
            keep_alive_interval,
            max_batch: max_batch.and_then(size),
            max_body: max_body.and_then(size),
            max_questions: max_questions.and_then(size),
            server: server.map(Into::into),
            token_expires_in: token_expires_in.and_then(millis),
            retry_after: retry_after.and_then(millis),
            missed_since,
        })
    }

    fn encode(&self) -> String {
        let mut object = Object::default();
        object.integer("code", self.code);
        object.integer("firstLoginTime", self.first_login_time);
        if let Some(interval) = self.keep_alive_interval {
            object.integer("keepAliveInterval", interval);
        }
        object.size("maxBatch", self.max_batch);
        object.size("maxBody", self.max_body);
        object.size("maxQuestions", self.max_questions);
        if let Some(server) = &self.server {
            object.string("server", server);
        }
        object.millis("tokenExpiresIn", self.token_expires_in);
        object.millis("retryAfter", self.retry_after);
        if let Some(missed_since) = self.missed_since {
            object.integer("missedSince", missed_since);
        }
        object.end()
    }
}

impl Payload for ErrorResponse {
    fn decode(json: &str) -> Result<Self, DecodeError> {
        let (mut code, mut message, mut limit) = (None, None, None);
        let (mut retry_after, mut reason) = (None, None);
        let mut object = Reader::object(json)?;
        while let Some(name) = object.field()? {
            match &*name {
                "errorCode" => object.int64(code.insert(0)),
                "errorMsg" => object.string(&mut message),
                "limit" => object.integer(&mut limit),
                "retryAfter" => object.integer(&mut retry_after),
                "reason" => object.string(&mut reason),
                _ => object.skip(),
            }?;
        }
        Ok(Self {
            code: required(code, "errorCode is missing")?,
            message: message.unwrap_or_default().into_owned(),
            limit: limit.and_then(size),
            retry_after: retry_after.and_then(millis),
            reason: reason.map(Into::into),
        })
    }

    fn encode(&self) -> String {
        let mut object = Object::default();
        object.integer("errorCode", self.code);
        object.string("errorMsg", &self.message);
        object.size("limit", self.limit);
        object.millis("retryAfter", self.retry_after);
        if let Some(reason) = &self.reason {
            object.string("reason", reason);
        }
        object.end()
    }
}

impl Payload for Kickout {
    fn decode(json: &str) -> Result<Self, DecodeError> {
        let (mut code, mut reason) = (None, None);
        let mut object = Reader::object(json)?;
        while let Some(name) = object.field()? {
            match &*name {
                "code" => object.int64(code.insert(0)),
                "reason" => object.string(&mut reason),
                _ => object.skip(),
            }?;
        }
        Ok(Self {
            code: required(code, "code is missing")?,
            reason: reason.map(Into::into),
        })
    }

    fn encode(&self) -> String {
        let mut object = Object::default();
        object.integer("code", self.code);
        if let Some(reason) = &self.reason {
            object.string("reason", reason);
        }
        object.end()
    }
}

/// A number of bytes, or of what else there can be none of, unless it is none.
fn size(bytes: i64) -> Option<usize> {
    usize::try_from(bytes).ok().filter(|bytes| *bytes > 0)
}

/// A time, unless it is none.
fn millis(millis: i64) -> Option<u64> {
    u64::try_from(millis).ok().filter(|millis| *millis > 0)
}

pub(crate) fn required<T>(field: Option<T>, problem: &'static str) -> Result<T, DecodeError> {
    field.ok_or(DecodeError::Shape { at: 0, problem })
}

/// A JSON object that is being written.
#[derive(Default)]
pub(crate) struct Object {
    json: String,
}

impl Object {
    pub(crate) fn string(&mut self, name: &str, value: &str) {
        self.name(name);
        write_string(value, &mut self.json);
    }

    pub(crate) fn integer(&mut self, name: &str, value: i64) {
        self.name(name);
        write_integer(value, &mut self.json);
    }

    /// A value that is JSON already.
    pub(crate) fn json(&mut self, name: &str, value: &str) {
        self.name(name);
        self.json.push_str(value);
    }

    /// A number of bytes, or of what else there can be none of, if there is one.
    fn size(&mut self, name: &str, bytes: Option<usize>) {
        if let Some(bytes) = bytes {
            self.integer(name, i64::try_from(bytes).unwrap_or(i64::MAX));
        }
    }

    /// A time, if there is one.
    fn millis(&mut self, name: &str, millis: Option<u64>) {
        if let Some(millis) = millis {
            self.integer(name, i64::try_from(millis).unwrap_or(i64::MAX));
        }
    }

    fn name(&mut self, name: &str) {
        self.json.push(if self.json.is_empty() { '{' } else { ',' });
        write_string(name, &mut self.json);
        self.json.push(':');
    }

    /// All payloads have a field that is always written.
    pub(crate) fn end(mut self) -> String {
        self.json.push('}');
        self.json
    }
}
