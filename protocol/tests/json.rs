//! The codec's own JSON against `serde_json`: what one takes, refuses and writes, so does the other.

use std::fmt;

use mobileim_protocol::{DecodeError, Message, MessageType, decode, encode};
use proptest::prelude::*;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

/// The fields of an object in their order, repeated ones too.
struct Object(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
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

/// What `serde_json` makes of a body, by the rules of the codec; `None` where it is no message.
fn oracle(body: &[u8]) -> Option<Fields> {
    let object: Object = serde_json::from_slice(body).ok()?;
    let mut fields = Fields::default();
    for (name, value) in object.0 {
        let is_null = value.is_null();
        let text = || value.as_str().map(str::to_owned);
        let text = || {
            if is_null {
                Some(None)
            } else {
                text().map(Some)
            }
        };
        let boolean = || {
            if is_null {
                Some(false)
            } else {
                value.as_bool()
            }
        };
        let integer = || if is_null { Some(0) } else { as_integer(&value) };
        let int32 = || integer().and_then(|integer| i32::try_from(integer).ok());
        match name.as_str() {
            "bridge" => fields.bridge = boolean()?,
            "type" => fields.kind = int32()?,
            "dataContent" => fields.texts[0] = text()?,
            "from" => fields.texts[1] = text()?,
            "to" => fields.texts[2] = text()?,
            "fp" => fields.texts[3] = text()?,
            "QoS" => fields.qos = boolean()?,
            "typeu" => fields.typeu = int32()?,
            "sm" => fields.sm = integer()?,
            _ => {}
        }
    }
    Some(fields)
}

/// The integers of a double that has one, as they are generated here.
fn as_integer(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| {
        let float = value.as_f64()?;
        #[expect(clippy::cast_possible_truncation, reason = "checked to be exact")]
        (float.fract() == 0.0 && float.abs() < 9e15).then_some(float as i64)
    })
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

/// Holds the codec against the oracle; where both refuse, they agree on whether it is JSON at all.
fn compare(body: &[u8]) -> Result<(), TestCaseError> {
    let decoded = decode(body);
    let fields = decoded.as_ref().ok().map(Fields::of);
    let expected = oracle(body);
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
            serde_json::from_slice::<Value>(body).is_err(),
            "{:?}",
            String::from_utf8_lossy(body)
        );
    }
    Ok(())
}

/// A string literal, its characters written in one of the ways there are.
fn string() -> impl Strategy<Value = String> {
    let character = (any::<char>(), 0..4_u8).prop_map(|(character, way)| match way {
        0 if character as u32 >= 0x20 && !matches!(character, '"' | '\\') => character.to_string(),
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
    proptest::collection::vec(character, 0..20).prop_map(|text| format!("\"{}\"", text.concat()))
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
