//! JSON to [`Message`] and back.
//!
//! Lenient where the original is, which reads by Gson (docs/protocol.md, "One message"): fields in any order, absent or
//! `null` ones take their default, unknown ones pass, of a repeated one the last counts; texts may be written as numbers, and
//! numbers as texts. Strict where Gson is: a field that cannot be of its type or a number that does not fit is an error.

use alloc::borrow::Cow;
use alloc::string::String;

use crate::json::{Reader, write_integer, write_string};
use crate::message::{Message, MessageType};

/// Why bytes are not a message. Always the fault of whoever sent them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// Not JSON: wrong syntax, cut short, or not UTF-8.
    #[error("not JSON: {problem} at byte {at}")]
    Syntax {
        /// Where: the number of bytes before it.
        at: usize,
        /// What is wrong there.
        problem: &'static str,
    },
    /// JSON, but not a message: not an object, or a field of the wrong type, or a missing one.
    #[error("not a message: {problem} at byte {at}")]
    Shape {
        /// Where: the number of bytes before it; 0 if something is missing.
        at: usize,
        /// What is wrong there.
        problem: &'static str,
    },
}

/// Reads one message from the bytes of one body (docs/protocol.md, "One message").
///
/// Never panics, whatever the bytes are.
pub fn decode(body: &[u8]) -> Result<Message<'_>, DecodeError> {
    let text = core::str::from_utf8(body).map_err(|error| DecodeError::Syntax {
        at: error.valid_up_to(),
        problem: "not UTF-8",
    })?;
    decode_text(text)
}

/// The same of a body that is known to be text.
pub(crate) fn decode_text(body: &str) -> Result<Message<'_>, DecodeError> {
    let mut message = Message {
        bridge: false,
        kind: MessageType::Login,
        content: None,
        from: None,
        to: None,
        fp: None,
        qos: false,
        typeu: 0,
        sm: 0,
        seq: None,
        refs: None,
    };
    let (mut code, mut seq) = (0, 0);

    let mut object = Reader::object(body)?;
    while let Some(name) = object.field()? {
        match &*name {
            "bridge" => object.boolean(&mut message.bridge),
            "type" => object.int32(&mut code),
            "dataContent" => object.string(&mut message.content),
            "from" => object.string(&mut message.from),
            "to" => object.string(&mut message.to),
            "fp" => object.string(&mut message.fp),
            "QoS" => object.boolean(&mut message.qos),
            "typeu" => object.int32(&mut message.typeu),
            "sm" => object.int64(&mut message.sm),
            "seq" => object.int64(&mut seq),
            "refs" => object.written().map(|refs| {
                let is_object = refs.starts_with('{');
                message.refs = is_object.then_some(Cow::Borrowed(refs));
            }),
            _ => object.skip(),
        }?;
    }
    message.kind = MessageType::from_code(code);
    message.seq = u64::try_from(seq).ok().filter(|seq| *seq > 0);
    Ok(message)
}

/// Writes one message as the original does: its field order, absent fields left out. What the original does not know comes last.
pub fn encode(message: &Message<'_>) -> String {
    let mut body = String::with_capacity(encoded_len_hint(message));
    body.push_str(r#"{"bridge":"#);
    write_boolean(message.bridge, &mut body);
    body.push_str(r#","type":"#);
    write_integer(message.kind.code().into(), &mut body);
    write_texts(message, &mut body);
    body.push_str(r#","QoS":"#);
    write_boolean(message.qos, &mut body);
    body.push_str(r#","typeu":"#);
    write_integer(message.typeu.into(), &mut body);
    body.push_str(r#","sm":"#);
    write_integer(message.sm, &mut body);
    if let Some(seq) = message.seq {
        body.push_str(r#","seq":"#);
        write_integer(i64::try_from(seq).unwrap_or(i64::MAX), &mut body);
    }
    if let Some(refs) = &message.refs {
        body.push_str(r#","refs":"#);
        body.push_str(refs);
    }
    body.push('}');
    body
}

/// Writes one message without the fields that mean the same when they are absent, or say that nothing is set: for a
/// link on which an answer may not be longer than what it answers. Every reader takes it as it takes [`encode`]'s.
pub fn encode_brief(message: &Message<'_>) -> String {
    let mut body = String::with_capacity(encoded_len_hint(message));
    body.push_str(r#"{"type":"#);
    write_integer(message.kind.code().into(), &mut body);
    write_texts(message, &mut body);
    for (name, value) in [
        (r#","bridge":"#, message.bridge),
        (r#","QoS":"#, message.qos),
    ] {
        if value {
            body.push_str(name);
            write_boolean(value, &mut body);
        }
    }
    for (name, value) in [
        (r#","typeu":"#, i64::from(message.typeu)),
        (r#","sm":"#, message.sm),
    ] {
        if !matches!(value, 0 | -1) {
            body.push_str(name);
            write_integer(value, &mut body);
        }
    }
    body.push('}');
    body
}

fn write_texts(message: &Message<'_>, body: &mut String) {
    for (name, value) in [
        (r#","dataContent":"#, &message.content),
        (r#","from":"#, &message.from),
        (r#","to":"#, &message.to),
        (r#","fp":"#, &message.fp),
    ] {
        if let Some(value) = value {
            body.push_str(name);
            write_string(value, body);
        }
    }
}

fn write_boolean(value: bool, body: &mut String) {
    body.push_str(if value { "true" } else { "false" });
}

/// Enough for a message that needs no escapes: one allocation in the usual case.
fn encoded_len_hint(message: &Message<'_>) -> usize {
    let text = |text: &Option<Cow<'_, str>>| text.as_ref().map_or(0, |text| text.len());
    128 + text(&message.content) + text(&message.from) + text(&message.to) + text(&message.fp)
}
