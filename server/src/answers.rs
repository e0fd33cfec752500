//! The messages that the server makes itself (docs/protocol.md, "What the server does"), encoded.

use std::time::Duration;

use bytes::Bytes;
use mobileim_protocol::mailbox::Envelope;
use mobileim_protocol::payload::{self, ErrorResponse, Kickout, LoginResponse};
use mobileim_protocol::{Message, MessageType, NOBODY, SERVER, codes};

/// Encodes any message as a body to be sent.
pub(crate) fn body(message: &Message<'_>) -> Bytes {
    Bytes::from(mobileim_protocol::encode(message))
}

/// The login is accepted; a `MobileIM` client adopts the heartbeat interval, others ignore it. With `max_batch`, either
/// end may send several bodies in a frame from now on.
pub(crate) fn login_accepted(
    user: &str,
    first_login_time: i64,
    interval: Duration,
    max_batch: Option<usize>,
) -> Bytes {
    let millis = i64::try_from(interval.as_millis()).unwrap_or(i64::MAX);
    let response = LoginResponse {
        code: codes::OK,
        first_login_time,
        keep_alive_interval: Some(millis),
        max_batch,
    };
    control(MessageType::LoginResponse, user, payload::encode(&response))
}

/// The login is refused.
pub(crate) fn login_refused(code: i64) -> Bytes {
    let response = LoginResponse {
        code,
        first_login_time: -1,
        keep_alive_interval: None,
        max_batch: None,
    };
    control(
        MessageType::LoginResponse,
        NOBODY,
        payload::encode(&response),
    )
}

/// Answers a heartbeat.
pub(crate) fn keep_alive(user: &str) -> Bytes {
    control(MessageType::KeepAliveResponse, user, "{}".to_owned())
}

/// Sends an ECHO back as it came.
pub(crate) fn echo(message: Message<'_>) -> Bytes {
    body(&Message {
        kind: MessageType::EchoResponse,
        ..message
    })
}

/// Something is wrong with what `to` sent.
pub(crate) fn error(to: &str, code: i64, text: String) -> Bytes {
    let response = ErrorResponse {
        code,
        message: text,
    };
    control(MessageType::ErrorResponse, to, payload::encode(&response))
}

/// A message is refused: the error carries it as JSON text, as the original's 301 does; without its content, where the
/// other end would not take the answer.
pub(crate) fn message_refused(
    to: &str,
    code: i64,
    message: &Message<'_>,
    max_body: usize,
) -> Bytes {
    let answer = error(to, code, mobileim_protocol::encode(message));
    if answer.len() <= max_body {
        return answer;
    }
    let without_content = Message {
        content: None,
        ..message.clone()
    };
    error(to, code, mobileim_protocol::encode(&without_content))
}

/// A message can neither be delivered nor stored: as much is stored for its receiver as may be.
pub(crate) fn mailbox_full(message: &Envelope, max_body: usize) -> Option<Bytes> {
    let refused = mobileim_protocol::decode(&message.body).ok()?;
    let code = codes::MAILBOX_FULL;
    Some(message_refused(&message.from, code, &refused, max_body))
}

/// The session ends for good.
pub(crate) fn kickout(user: &str, code: i64, reason: Option<String>) -> Bytes {
    let kickout = Kickout { code, reason };
    control(MessageType::Kickout, user, payload::encode(&kickout))
}

/// A message is delivered or safe: the acknowledgement in its receiver's name.
pub(crate) fn acknowledgement(receiver: &str, sender: &str, fp: &str, bridge: bool) -> Bytes {
    body(&Message::received(receiver, sender, fp, bridge))
}

fn control(kind: MessageType, to: &str, content: String) -> Bytes {
    body(&Message::new(kind, SERVER, to).with_content(content))
}
