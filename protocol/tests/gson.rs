//! The codec against Gson, by which the original reads: what one takes, refuses and makes of it, so does the other, but for what
//! `tests/data/gson.jsonl` says.
//!
//! Each line has the JSON that was read, and what Gson 2.10 made of it, `null` for a refusal: `ReadByGson.java` beside it wrote that in. `ours` is
//! there where the codec is meant to differ.

use mobileim_protocol::payload::{
    self, ErrorResponse, Kickout, LoginRequest, LoginResponse, Payload,
};
use mobileim_protocol::{DecodeError, decode, encode};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Case {
    class: String,
    json: String,
    gson: Value,
    ours: Option<Value>,
}

fn cases() -> Vec<Case> {
    include_str!("data/gson.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).expect("a case"))
        .collect()
}

/// What is written of what was read.
fn read(class: &str, json: &str) -> Result<String, DecodeError> {
    fn payload<T: Payload>(json: &str) -> Result<String, DecodeError> {
        payload::decode::<T>(Some(json)).map(|payload| payload::encode(&payload))
    }
    match class {
        "message" => decode(json.as_bytes()).map(|message| encode(&message)),
        "login" => payload::<LoginRequest>(json),
        "login answer" => payload::<LoginResponse>(json),
        "error" => payload::<ErrorResponse>(json),
        "kickout" => payload::<Kickout>(json),
        other => panic!("no such class: {other}"),
    }
}

#[test]
fn what_gson_makes_of_json_so_does_the_codec() {
    let cases = cases();
    assert!(cases.len() > 200);
    for case in &cases {
        let expected = case.ours.as_ref().unwrap_or(&case.gson);
        let read = read(&case.class, &case.json);
        match expected {
            Value::Object(_) => {
                let written = read.unwrap_or_else(|error| panic!("{}: {error}", case.json));
                let written: Value =
                    serde_json::from_str(&written).expect("what is written is JSON");
                assert_eq!(&written, expected, "{}", case.json);
            }
            _ => assert!(read.is_err(), "{} gives {read:?}", case.json),
        }
    }
}

#[test]
fn no_number_is_copied_to_be_a_text() {
    let message = decode(br#"{"dataContent":1001,"from":true}"#).unwrap();
    for text in [message.content, message.from] {
        assert!(matches!(text, Some(std::borrow::Cow::Borrowed(_))));
    }
}
