//! The messages that the server makes itself (docs/protocol.md, "What the server does"), encoded.

use std::time::Duration;

use bytes::Bytes;
use mobileim_protocol::mailbox::Envelope;
use mobileim_protocol::payload::{self, ErrorResponse, Kickout, LoginResponse};
use mobileim_protocol::{Message, MessageType, NOBODY, QuestionAnswer, SERVER, Signal, codes};

/// The server's name and version, for the clients' bug reports.
const VERSION: &str = concat!("mobileim/", env!("CARGO_PKG_VERSION"));

/// How many questions of a connection are unanswered at once.
pub(crate) const MAX_QUESTIONS: usize = 16;

/// Encodes any message as a body to be sent.
pub(crate) fn body(message: &Message<'_>) -> Bytes {
    Bytes::from(mobileim_protocol::encode(message))
}

/// The longest form of a message that has at most `limit` bytes: as the original writes it, else brief.
fn within(message: &Message<'_>, limit: usize) -> Option<Bytes> {
    [mobileim_protocol::encode, mobileim_protocol::encode_brief]
        .into_iter()
        .map(|encode| encode(message))
        .find(|body| body.len() <= limit)
        .map(Bytes::from)
}

/// What a client is told whose login is accepted.
pub(crate) struct Terms {
    /// When it first logged in, in ms since 1970.
    pub(crate) first_login_time: i64,
    /// The heartbeat, which a `MobileIM` client adopts; others ignore it.
    pub(crate) interval: Duration,
    /// Either end may send several bodies in a frame from now on; the client is told the server's version.
    pub(crate) max_batch: Option<usize>,
    /// Longer bodies than an original takes are taken.
    pub(crate) max_body: Option<usize>,
    /// How many questions of the client's are answered at once.
    pub(crate) max_questions: Option<usize>,
    pub(crate) token_expires_in: Option<Duration>,
    /// From when on messages were not kept for the device, in ms since 1970.
    pub(crate) missed_since: Option<i64>,
}

/// The login is accepted. Brief, if it has more than `limit` bytes otherwise.
pub(crate) fn login_accepted(user: &str, terms: &Terms, limit: usize) -> Bytes {
    let interval = i64::try_from(terms.interval.as_millis()).unwrap_or(i64::MAX);
    let response = LoginResponse {
        code: codes::OK,
        first_login_time: terms.first_login_time,
        keep_alive_interval: Some(interval),
        max_batch: terms.max_batch,
        max_body: terms.max_body,
        max_questions: terms.max_questions,
        server: terms.max_batch.map(|_| VERSION.to_owned()),
        token_expires_in: terms.token_expires_in.map(millis),
        retry_after: None,
        missed_since: terms.missed_since,
    };
    let answer = control(MessageType::LoginResponse, user, payload::encode(&response));
    within(&answer, limit).unwrap_or_else(|| body(&answer))
}

/// The login is refused; if for now, the client may be told how long to wait.
pub(crate) fn login_refused(
    code: i64,
    retry_after: Option<Duration>,
    limit: usize,
) -> Option<Bytes> {
    let response = LoginResponse {
        code,
        first_login_time: -1,
        keep_alive_interval: None,
        max_batch: None,
        max_body: None,
        max_questions: None,
        server: None,
        token_expires_in: None,
        retry_after: retry_after.map(millis),
        missed_since: None,
    };
    let content = payload::encode(&response);
    within(&control(MessageType::LoginResponse, NOBODY, content), limit)
}

/// Answers a heartbeat.
pub(crate) fn keep_alive(user: &str, limit: usize) -> Option<Bytes> {
    within(&keep_alive_response(user), limit)
}

/// Asks a client to acknowledge `fp`: an answer to a heartbeat with QoS, which clients acknowledge without showing
/// anything to the application.
pub(crate) fn probe(user: &str, fp: &str, limit: usize) -> Option<Bytes> {
    within(&keep_alive_response(user).with_qos(fp), limit)
}

fn keep_alive_response(user: &str) -> Message<'_> {
    control(MessageType::KeepAliveResponse, user, "{}".to_owned())
}

/// Sends an ECHO back as it came; its text alone, if no more fits.
pub(crate) fn echo(message: &Message<'_>, limit: usize) -> Option<Bytes> {
    let answer = Message {
        kind: MessageType::EchoResponse,
        refs: None,
        ..message.clone()
    };
    within(&answer, limit).or_else(|| within(&without_names(answer), limit))
}

/// Answers a question. If that has more than `limit` bytes, there is none.
pub(crate) fn answer(
    user: &str,
    question: &str,
    answer: &QuestionAnswer,
    limit: usize,
) -> Option<Bytes> {
    let mut message = control(MessageType::Answer, user, payload::encode(answer));
    message.fp = Some(question.into());
    within(&message, limit)
}

/// Something passes that a client may want to know.
pub(crate) fn signalled(user: &str, signal: &Signal) -> Bytes {
    body(&control(
        MessageType::Signalled,
        user,
        payload::encode(signal),
    ))
}

/// Something is wrong with what `to` sent.
pub(crate) fn error(to: &str, code: i64, text: &str, limit: usize) -> Option<Bytes> {
    let error = ErrorResponse {
        code,
        message: text.to_owned(),
        limit: None,
        retry_after: None,
        reason: None,
    };
    within(&error_response(to, &error), limit)
}

fn error_response<'a>(to: &'a str, error: &ErrorResponse) -> Message<'a> {
    control(MessageType::ErrorResponse, to, payload::encode(error))
}

/// A message is refused: the error carries it as JSON text, as the original's 301 does, and may say why; without its content, if
/// the answer is too long otherwise, and then without that.
pub(crate) fn message_refused(
    to: &str,
    code: i64,
    why: Option<&str>,
    message: &Message<'_>,
    limit: usize,
) -> Option<Bytes> {
    let details = |reason| Details {
        reason,
        ..Details::default()
    };
    refused(to, code, message, details(why), limit)
        .or_else(|| refused(to, code, message, details(None), limit))
}

/// The user sends too much: the client is to send nothing for so long, and then this message first.
pub(crate) fn too_many_messages(
    to: &str,
    message: &Message<'_>,
    retry_after: Duration,
    limit: usize,
) -> Option<Bytes> {
    let details = Details {
        retry_after: Some(millis(retry_after)),
        ..Details::default()
    };
    refused(to, codes::TOO_MANY_MESSAGES, message, details, limit)
}

/// None of the receiver's clients takes a body of more than `receiver_takes` bytes, and this message is longer.
pub(crate) fn too_long_for_receiver(
    to: &str,
    message: &Message<'_>,
    receiver_takes: usize,
    limit: usize,
) -> Option<Bytes> {
    let details = Details {
        receiver_takes: Some(receiver_takes),
        ..Details::default()
    };
    refused(to, codes::TOO_LONG_FOR_RECEIVER, message, details, limit)
}

/// What a refusal says beside its code and the message.
#[derive(Clone, Copy, Default)]
struct Details<'a> {
    /// Why, in words.
    reason: Option<&'a str>,
    /// In bytes.
    receiver_takes: Option<usize>,
    /// In ms.
    retry_after: Option<u64>,
}

fn refused(
    to: &str,
    code: i64,
    message: &Message<'_>,
    details: Details<'_>,
    limit: usize,
) -> Option<Bytes> {
    let response = |message| {
        let error = ErrorResponse {
            code,
            message,
            limit: details.receiver_takes,
            retry_after: details.retry_after,
            reason: details.reason.map(str::to_owned),
        };
        error_response(to, &error)
    };
    [message, &without_content(message)]
        .into_iter()
        .find_map(|message| {
            let answer = response(mobileim_protocol::encode(message));
            Some(body(&answer))
                .filter(|answer| answer.len() <= limit)
                .or_else(|| within(&response(mobileim_protocol::encode_brief(message)), limit))
        })
}

/// A message came without a login (301). Of what the original says, as much goes as fits: clients go by the code.
pub(crate) fn not_logged_in(message: &Message<'_>, limit: usize) -> Option<Bytes> {
    let code = codes::NOT_LOGGED_IN;
    message_refused(NOBODY, code, None, message, limit)
        .or_else(|| error(NOBODY, code, "", limit))
        .or_else(|| {
            let code_alone = format!("{{\"errorCode\":{code}}}");
            let answer = control(MessageType::ErrorResponse, NOBODY, code_alone);
            within(&answer, limit).or_else(|| within(&without_names(answer), limit))
        })
}

fn without_names(message: Message<'_>) -> Message<'_> {
    Message {
        from: None,
        to: None,
        ..message
    }
}

fn without_content<'a>(message: &Message<'a>) -> Message<'a> {
    Message {
        content: None,
        refs: None,
        ..message.clone()
    }
}

/// A message can neither be delivered nor stored: as much is stored for its receiver as may be.
pub(crate) fn mailbox_full(message: &Envelope, max_body: usize) -> Option<Bytes> {
    let refused = mobileim_protocol::decode(&message.body).ok()?;
    message_refused(&message.from, codes::MAILBOX_FULL, None, &refused, max_body)
}

/// The session ends for now, since the server stops: the client is to come back after so long.
pub(crate) fn session_ends(user: &str, retry_after: Duration) -> Bytes {
    let error = ErrorResponse {
        code: codes::SESSION_ENDS,
        message: "the server stops".to_owned(),
        limit: None,
        retry_after: Some(millis(retry_after)),
        reason: None,
    };
    body(&error_response(user, &error))
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// The session ends for good.
pub(crate) fn kickout(user: &str, code: i64, reason: Option<String>) -> Bytes {
    let kickout = payload::encode(&Kickout { code, reason });
    body(&control(MessageType::Kickout, user, kickout))
}

/// A message is delivered or safe: the acknowledgement in its receiver's name.
pub(crate) fn acknowledgement(receiver: &str, sender: &str, fp: &str, bridge: bool) -> Bytes {
    body(&Message::received(receiver, sender, fp, bridge))
}

fn control(kind: MessageType, to: &str, content: String) -> Message<'_> {
    Message::new(kind, SERVER, to).with_content(content)
}
