//! JSON to [`Message`] and back.
//!
//! Lenient where the original is: fields in any order, absent or `null` ones take their default, unknown ones
//! pass, of a repeated one the last counts. Strict where a wrong value could be misread: a field of the wrong
//! JSON type or a number that does not fit is an error. Numbers may be written with an empty fraction (`2.0`),
//! as some languages do.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::message::{Message, MessageType};

/// Why bytes are not a message. Always the fault of whoever sent them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// Not JSON: wrong syntax, cut short, or not UTF-8.
    #[error("not JSON: {0}")]
    Syntax(String),
    /// JSON, but not a message: not an object, or a field of the wrong type.
    #[error("not a message: {0}")]
    Shape(String),
}

impl From<serde_json::Error> for DecodeError {
    fn from(error: serde_json::Error) -> Self {
        if error.is_data() {
            Self::Shape(error.to_string())
        } else {
            Self::Syntax(error.to_string())
        }
    }
}

/// Reads one message from the bytes of one body (docs/protocol.md, "One message").
///
/// Never panics, whatever the bytes are; depth and size of what is skipped cost no memory.
pub fn decode(body: &[u8]) -> Result<Message<'_>, DecodeError> {
    Ok(serde_json::from_slice(body)?)
}

/// Writes one message as the original does: its field order, absent fields left out.
pub fn encode(message: &Message<'_>) -> String {
    let mut body = Vec::with_capacity(encoded_len_hint(message));
    encode_into(message, &mut body);
    String::from_utf8(body).expect("JSON made from strings is UTF-8")
}

/// Appends what [`encode`] returns to `body`.
pub fn encode_into(message: &Message<'_>, body: &mut Vec<u8>) {
    body.extend_from_slice(br#"{"bridge":"#);
    write_json(&message.bridge, body);
    body.extend_from_slice(br#","type":"#);
    write_json(&message.kind.code(), body);
    for (name, value) in [
        (&br#","dataContent":"#[..], &message.content),
        (br#","from":"#, &message.from),
        (br#","to":"#, &message.to),
        (br#","fp":"#, &message.fp),
    ] {
        if let Some(value) = value {
            body.extend_from_slice(name);
            write_json(value, body);
        }
    }
    body.extend_from_slice(br#","QoS":"#);
    write_json(&message.qos, body);
    body.extend_from_slice(br#","typeu":"#);
    write_json(&message.typeu, body);
    body.extend_from_slice(br#","sm":"#);
    write_json(&message.sm, body);
    body.push(b'}');
}

fn write_json<T: serde::Serialize + ?Sized>(value: &T, body: &mut Vec<u8>) {
    serde_json::to_writer(body, value).expect("strings, integers and booleans are always JSON");
}

/// Enough for a message that needs no escapes: one allocation in the usual case.
fn encoded_len_hint(message: &Message<'_>) -> usize {
    let text = |text: &Option<Cow<'_, str>>| text.as_ref().map_or(0, |text| text.len());
    128 + text(&message.content) + text(&message.from) + text(&message.to) + text(&message.fp)
}

impl<'de: 'a, 'a> Deserialize<'de> for Message<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MessageVisitor)
    }
}

struct MessageVisitor;

impl<'de> Visitor<'de> for MessageVisitor {
    type Value = Message<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a message object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
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
        };
        while let Some(Text(name)) = map.next_key()? {
            match name.as_ref() {
                "bridge" => message.bridge = map.next_value::<Option<bool>>()?.unwrap_or(false),
                "type" => {
                    message.kind = MessageType::from_code(int32(map.next_value()?)?);
                }
                "dataContent" => message.content = text(map.next_value()?),
                "from" => message.from = text(map.next_value()?),
                "to" => message.to = text(map.next_value()?),
                "fp" => message.fp = text(map.next_value()?),
                "QoS" => message.qos = map.next_value::<Option<bool>>()?.unwrap_or(false),
                "typeu" => message.typeu = int32(map.next_value()?)?,
                "sm" => {
                    message.sm = map
                        .next_value::<Option<Integer>>()?
                        .map_or(0, |integer| integer.0);
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(message)
    }
}

fn text(text: Option<Text<'_>>) -> Option<Cow<'_, str>> {
    text.map(|text| text.0)
}

fn int32<E: serde::de::Error>(integer: Option<Integer>) -> Result<i32, E> {
    integer.map_or(Ok(0), |Integer(integer)| {
        i32::try_from(integer).map_err(|_| E::custom("integer out of range"))
    })
}

/// A string, borrowed from the input where it has no escapes.
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(TextVisitor)
    }
}

/// An integer, also where it is written as `2.0`.
pub(crate) struct Integer(pub(crate) i64);

impl<'de> Deserialize<'de> for Integer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IntegerVisitor;

        /// 2^53: up to here every integer has its own floating-point number.
        const EXACT: f64 = 9_007_199_254_740_992.0;

        impl Visitor<'_> for IntegerVisitor {
            type Value = Integer;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an integer")
            }

            fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
                Ok(Integer(value))
            }

            fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Self::Value, E> {
                i64::try_from(value)
                    .map(Integer)
                    .map_err(|_| E::custom("integer out of range"))
            }

            fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Self::Value, E> {
                if value.fract() == 0.0 && value.abs() <= EXACT {
                    #[expect(clippy::cast_possible_truncation, reason = "checked to be exact")]
                    return Ok(Integer(value as i64));
                }
                Err(E::custom("not an integer"))
            }
        }

        deserializer.deserialize_any(IntegerVisitor)
    }
}
