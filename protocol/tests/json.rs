//! The codec's own JSON against `serde_json`: what one takes, refuses and writes, so does the other, but for what the codec takes
//! besides because Gson does (`gson.rs`).

use std::fmt;

use mobileim_protocol::{DecodeError, Message, MessageType, decode, encode};
use proptest::prelude::*;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

/// The fields of an object in their order, repeated ones too.
struct Object<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Object(fields))
            }
        }

        deserializer.deserialize_map(Fields)
    }
}

/// What `serde_json` makes of a body, by the rules of the codec; `None` if it is no message.
fn oracle(body: &[u8]) -> Option<Fields> {
    let object: Object<'_> = serde_json::from_slice(body).ok()?;
    let mut fields = Fields::default();
    for (name, value) in object.0 {
        match name.as_str() {
            "bridge" => fields.bridge = as_boolean(value)?,
            "type" => fields.kind = as_int32(value)?,
            "dataContent" => fields.texts[0] = as_text(value)?,
            "from" => fields.texts[1] = as_text(value)?,
            "to" => fields.texts[2] = as_text(value)?,
            "fp" => fields.texts[3] = as_text(value)?,
            "QoS" => fields.qos = as_boolean(value)?,
            "typeu" => fields.typeu = as_int32(value)?,
            "sm" => fields.sm = as_integer(value)?,
            _ => {}
        }
    }
    Some(fields)
}

/// A text, or what is written of a number or a boolean.
#[expect(clippy::option_option, reason = "not a text, and none")]
fn as_text(value: &RawValue) -> Option<Option<String>> {
    match value.get().as_bytes().first()? {
        b'n' => Some(None),
        b'"' => serde_json::from_str(value.get()).ok().map(Some),
        b'[' | b'{' => None,
        // Not by way of a number, which may be too great for a double.
        _ => Some(Some(value.get().to_owned())),
    }
}

fn as_boolean(value: &RawValue) -> Option<bool> {
    match serde_json::from_str(value.get()).ok()? {
        Value::Null => Some(false),
        Value::Bool(boolean) => Some(boolean),
        Value::String(text) => Some(text.to_lowercase() == "true"),
        _ => None,
    }
}

fn as_int32(value: &RawValue) -> Option<i32> {
    as_integer(value).and_then(|integer| i32::try_from(integer).ok())
}

fn as_integer(value: &RawValue) -> Option<i64> {
    match serde_json::from_str(value.get()).ok()? {
        Value::Null => Some(0),
        Value::String(text) => {
            let text = text.trim_matches(|character| character <= ' ');
            let (sign, digits) = match text.strip_prefix('-') {
                Some(digits) => ("-", digits),
                None => ("", text.strip_prefix('+').unwrap_or(text)),
            };
            let zeros = digits.bytes().take_while(|byte| *byte == b'0').count();
            let more = digits.as_bytes().get(zeros).is_some_and(u8::is_ascii_digit);
            let digits = &digits[if more { zeros } else { zeros.saturating_sub(1) }..];
            if !digits.starts_with(|first: char| first.is_ascii_digit()) {
                return None;
            }
            number_as_integer(&serde_json::from_str(&format!("{sign}{digits}")).ok()?)
        }
        number => number_as_integer(&number),
    }
}

/// The integers of a double that has one, as they are generated here.
fn number_as_integer(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| {
        let float = value.as_f64()?;
        #[expect(clippy::cast_possible_truncation, reason = "checked to be exact")]
        (float.fract() == 0.0 && float.abs() < 9e15).then_some(float as i64)
    })
}

/// A body with the strings of Gson's kind written as JSON has them: control characters as escapes, an escaped apostrophe as one, a
/// half of a surrogate pair as a replacement character.
fn in_strict_json(body: &[u8]) -> Vec<u8> {
    let mut rest = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    let mut strict = Vec::new();
    let mut in_string = false;
    while let Some(first) = rest.first() {
        let (written, read): (&[u8], usize) = match rest {
            [b'"', ..] => {
                in_string = !in_string;
                (&rest[..1], 1)
            }
            [..0x20, ..] if in_string => {
                strict.extend_from_slice(format!("\\u{first:04x}").as_bytes());
                (b"", 1)
            }
            [b'\\', b'\'', ..] if in_string => (b"'", 2),
            [b'\\', b'u', ..] if in_string => match (
                escaped_unit(rest),
                escaped_unit(rest.get(6..).unwrap_or_default()),
            ) {
                (Some(0xd800..0xdc00), Some(0xdc00..0xe000)) => (&rest[..12], 12),
                (Some(0xd800..0xe000), _) => (br"\ufffd", 6),
                _ => (&rest[..2], 2),
            },
            [b'\\', _, ..] if in_string => (&rest[..2], 2),
            _ => (&rest[..1], 1),
        };
        strict.extend_from_slice(written);
        rest = &rest[read..];
    }
    strict
}

/// The UTF-16 unit of a `\u` escape.
fn escaped_unit(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(br"\u")?.get(..4)?;
    let is_hexadecimal = digits.iter().all(u8::is_ascii_hexdigit);
    let digits = std::str::from_utf8(digits)
        .ok()
        .filter(|_| is_hexadecimal)?;
    u16::from_str_radix(digits, 16).ok()
}

#[derive(Debug, Default, PartialEq)]
struct Fields {
    bridge: bool,
    kind: i32,
    texts: [Option<String>; 4],
    qos: bool,
    typeu: i32,
    sm: i64,
}

impl Fields {
    fn of(message: &Message<'_>) -> Self {
        let own = |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref().map(str::to_owned);
        Self {
            bridge: message.bridge,
            kind: message.kind.code(),
            texts: [
                own(&message.content),
                own(&message.from),
                own(&message.to),
                own(&message.fp),
            ],
            qos: message.qos,
            typeu: message.typeu,
            sm: message.sm,
        }
    }
}

/// Holds the codec against the oracle; if both refuse, they agree on whether it is JSON at all.
fn compare(body: &[u8]) -> Result<(), TestCaseError> {
    let decoded = decode(body);
    let fields = decoded.as_ref().ok().map(Fields::of);
    let strict = in_strict_json(body);
    let expected = oracle(&strict);
    prop_assert_eq!(
        &fields,
        &expected,
        "{:?} gives {:?}",
        String::from_utf8_lossy(body),
        decoded
    );
    if let Err(DecodeError::Shape { .. }) = decoded {
        // The reader stops at the first fault, which may come before what makes it no JSON; but what it calls
        // no JSON is none.
        return Ok(());
    }
    if decoded.is_err() {
        prop_assert!(
            serde_json::from_slice::<Value>(&strict).is_err(),
            "{:?}",
            String::from_utf8_lossy(body)
        );
    }
    Ok(())
}

/// A string literal, its characters written in one of the ways there are.
fn string() -> impl Strategy<Value = String> {
    let character = (any::<char>(), 0..4_u8).prop_map(|(character, way)| match way {
        0 if !matches!(character, '"' | '\\') => character.to_string(),
        1 => {
            let mut units = [0; 2];
            let units = character.encode_utf16(&mut units);
            units
                .iter()
                .fold(String::new(), |text, unit| text + &format!("\\u{unit:04X}"))
        }
        _ => {
            let quoted = serde_json::to_string(&character).expect("a character is JSON");
            quoted[1..quoted.len() - 1].to_owned()
        }
    });
    let half = (0xd800..0xe000_u16).prop_map(|unit| format!("\\u{unit:04x}"));
    let control = (0..0x20_u8).prop_map(|control| char::from(control).to_string());
    let piece = prop_oneof![16 => character, 1 => half, 1 => control, 1 => Just("\\'".to_owned())];
    proptest::collection::vec(piece, 0..20).prop_map(|text| format!("\"{}\"", text.concat()))
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<i32>().prop_map(|integer| integer.to_string()),
        (-4_000_000_000_000_i64..4_000_000_000_000).prop_map(|integer| integer.to_string()),
        (-9999..9999_i32, 0..3_usize)
            .prop_map(|(integer, zeros)| format!("{integer}.0{}", "0".repeat(zeros))),
        (-99..99_i32, 0..6_u8).prop_map(|(integer, exponent)| format!("{integer}e{exponent}")),
        (-99..99_i32, 0..6_u8).prop_map(|(integer, exponent)| format!("{integer}.5E+{exponent}")),
        (-9999..9999_i32, 1..3_u8).prop_map(|(integer, exponent)| format!("{integer}e-{exponent}")),
    ]
}

fn value() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        3 => string(),
        3 => number(),
        1 => Just("true".to_owned()),
        1 => Just("false".to_owned()),
        1 => Just("null".to_owned()),
    ];
    scalar.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4)
                .prop_map(|list| format!("[{}]", list.join(" ,"))),
            proptest::collection::vec((string(), inner), 0..4).prop_map(object),
        ]
    })
}

fn object(fields: Vec<(String, String)>) -> String {
    let fields: Vec<_> = fields
        .into_iter()
        .map(|(name, value)| format!("{name}\t:{value}"))
        .collect();
    format!("{{\n{}\r}}", fields.join(", "))
}

/// Something like a message: known and unknown fields, most of the right type.
fn body() -> impl Strategy<Value = String> {
    let named = |name: &'static str| Just(format!("\"{name}\""));
    let texts = prop_oneof![
        named("dataContent"),
        named("from"),
        named("to"),
        named("fp")
    ];
    let integers = prop_oneof![named("type"), named("typeu"), named("sm")];
    let booleans = prop_oneof![named("QoS"), named("bridge")];
    let field = prop_oneof![
        8 => (texts.clone(), string()),
        8 => (integers.clone(), number()),
        8 => (booleans.clone(), any::<bool>().prop_map(|value| value.to_string())),
        2 => (texts.clone(), number()),
        2 => (integers.clone(), (number(), "[ +]?0{0,2}").prop_map(|(number, before)| format!("\"{before}{number}\""))),
        1 => (booleans.clone(), r#""([tT]rue|TRUE|false|yes|1)?""#),
        1 => (prop_oneof![texts, integers, booleans, string()], value()),
    ];
    proptest::collection::vec(field, 0..10).prop_map(object)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn what_one_reads_so_does_the_other(body in body()) {
        compare(body.as_bytes())?;
    }

    #[test]
    fn what_one_refuses_so_does_the_other(body in body(), at in 0.0..1.0_f64, byte in prop_oneof![any::<u8>(), Just(b'"'), Just(b','), Just(b'}'), Just(b'\\'), Just(b'0')], cut: bool) {
        let mut body = body.into_bytes();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in a short text")]
        let at = (at * body.len() as f64) as usize;
        body[at] = byte;
        if cut {
            body.truncate(at);
        }
        compare(&body)?;
    }

    #[test]
    fn what_is_written_is_what_the_other_writes(text: String, typeu: i32, sm: i64) {
        let message = Message { sm, ..Message::new(MessageType::CommonData, "a", "b").with_content(text.clone()).with_typeu(typeu) };
        let quoted = serde_json::to_string(&text).unwrap();
        prop_assert_eq!(
            encode(&message),
            format!(r#"{{"bridge":false,"type":2,"dataContent":{quoted},"from":"a","to":"b","QoS":false,"typeu":{typeu},"sm":{sm}}}"#)
        );
    }
}
