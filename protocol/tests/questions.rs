//! Questions and their answers on the wire.

use mobileim_protocol::payload;
use mobileim_protocol::{BadQuestion, Question, QuestionAnswer, Signal, codes, encode_question};
use proptest::prelude::*;

fn remove(device: &str) -> Question {
    Question::RemoveDevice {
        device: device.into(),
    }
}

#[test]
fn a_question_is_written_with_its_name_first_and_its_parameters_behind_it() {
    let written = encode_question("removeDevice", r#" { "device" : "d-1", "more":{"a":[1]}} "#);
    let expected = r#"{"ask":"removeDevice","device":"d-1","more":{"a":[1]}}"#;
    assert_eq!(written.as_deref(), Ok(expected));
    assert_eq!(Question::decode(Some(expected)), Ok(remove("d-1")));
    let written = encode_question("devices", "").unwrap();
    assert_eq!(written, r#"{"ask":"devices"}"#);
    assert_eq!(Question::decode(Some(&written)), Ok(Question::Devices));
}

#[test]
fn parameters_that_are_no_object_are_not_sent() {
    for parameters in ["[]", "1", "{", r#"{"a":}"#, r#"{"a":1},{"b":2}"#, "null"] {
        assert!(encode_question("devices", parameters).is_err());
    }
}

#[test]
fn parameters_are_read_as_all_else_on_the_wire() {
    for (content, device) in [
        (r#"{"ask":"removeDevice","device":7}"#, "7"),
        (r#"{"ask":"removeDevice","device":"a","device":"b"}"#, "b"),
        (r#"{"ask":"removeDevice","to":null,"device":""}"#, ""),
        (r#"{"device":"a","ask":"removeDevice"}"#, "a"),
    ] {
        assert_eq!(Question::decode(Some(content)), Ok(remove(device)));
    }
}

#[test]
fn what_is_no_question_says_why() {
    let code = |content: Option<&str>| Question::decode(content).map_err(|bad| bad.code());
    for content in [
        None,
        Some(""),
        Some("devices"),
        Some("[]"),
        Some("{}"),
        Some(r#"{"ask":null}"#),
        Some(r#"{"ask":{}}"#),
        Some(r#"{"ask":"removeDevice"}"#),
        Some(r#"{"ask":"removeDevice","device":null}"#),
        Some(r#"{"ask":"removeDevice","device":["a"]}"#),
        Some(r#"{"ask":"devices""#),
    ] {
        assert_eq!(code(content), Err(codes::BAD_QUESTION), "{content:?}");
    }
    let unknown = Question::decode(Some(r#"{"ask":"weather","device":[]}"#));
    assert_eq!(unknown, Err(BadQuestion::Unknown("weather".into())));
    assert_eq!(unknown.unwrap_err().code(), codes::UNKNOWN_QUESTION);
}

#[test]
fn each_name_that_is_listed_is_known() {
    for name in Question::NAMES {
        let question = encode_question(
            name,
            r#"{"device":"d","with":"bob","group":"\u0023team","seq":1,"users":[]}"#,
        )
        .unwrap();
        assert!(Question::decode(Some(&question)).is_ok(), "{name}");
    }
}

#[test]
fn a_list_of_users_is_read_whole_or_not_at_all() {
    for (users, read) in [
        ("[]", &[][..]),
        (" [ ] ", &[]),
        (r#"["bob"]"#, &["bob"]),
        (
            r#"[ "bob" , 7,true ,"\u00e9" ]"#,
            &["bob", "7", "true", "é"],
        ),
    ] {
        let question = format!(r#"{{"ask":"presence","users":{users},"more":1}}"#);
        let users = read.iter().map(|user| (*user).to_owned()).collect();
        assert_eq!(
            Question::decode(Some(&question)),
            Ok(Question::Presence { users }),
            "{question}"
        );
    }
    for broken in [
        "null",
        "7",
        r#""bob""#,
        "{}",
        r#"{"bob":1}"#,
        r#"["bob",]"#,
        "[,]",
        "[",
        "[null]",
        "[[]]",
        "[{}]",
        r#"["bob" "carol"]"#,
        r#"["bob"}"#,
        r#"["bob"#,
    ] {
        let question = format!(r#"{{"ask":"presence","users":{broken}}}"#);
        let refused = Question::decode(Some(&question)).unwrap_err();
        assert_eq!(refused.code(), codes::BAD_QUESTION, "{question}");
    }
    assert!(Question::decode(Some(r#"{"ask":"presence"}"#)).is_err());
}

#[test]
fn presence_passes_as_text() {
    for (last_seen, written) in [
        (None, r#"{"signal":"presence","with":"bob","online":true}"#),
        (
            Some(1_700_000_000_000),
            r#"{"signal":"presence","with":"bob","online":false,"lastSeen":1700000000000}"#,
        ),
    ] {
        let signal = Signal::Presence {
            with: "bob".into(),
            online: last_seen.is_none(),
            last_seen,
        };
        assert_eq!(payload::encode(&signal), written);
        assert_eq!(payload::decode(Some(written)), Ok(signal));
    }
    assert!(payload::decode::<Signal>(Some(r#"{"signal":"presence","online":true}"#)).is_err());
}

#[test]
fn an_answer_passes_as_text() {
    let given = QuestionAnswer::Given(r#"{"devices":[{"id":"\u00e9"}]}"#.into());
    let written = payload::encode(&given);
    assert_eq!(written, r#"{"answer":{"devices":[{"id":"\u00e9"}]}}"#);
    assert_eq!(payload::decode(Some(&written)), Ok(given));
    let refused = QuestionAnswer::Refused {
        code: 314,
        text: "no".into(),
    };
    let written = payload::encode(&refused);
    assert_eq!(written, r#"{"error":{"code":314,"text":"no"}}"#);
    assert_eq!(payload::decode(Some(&written)), Ok(refused));
    for broken in ["{}", r#"{"error":{}}"#, r#"{"error":7}"#, r#"{"answer":}"#] {
        assert!(payload::decode::<QuestionAnswer>(Some(broken)).is_err());
    }
}

proptest! {
    #[test]
    fn what_is_asked_about_any_device_is_what_is_read(device: String) {
        let parameters = serde_json::json!({ "device": device, "other": [device] }).to_string();
        let written = encode_question("removeDevice", &parameters).unwrap();
        prop_assert_eq!(Question::decode(Some(&written)), Ok(remove(&device)));
    }

    #[test]
    fn whatever_is_asked_is_read_or_refused(content: String) {
        let _ = Question::decode(Some(&content));
        let _ = payload::decode::<QuestionAnswer>(Some(&content));
        let _ = encode_question(&content, &content);
        let unknown = encode_question(&content, "").unwrap();
        if !Question::NAMES.contains(&content.as_str()) {
            prop_assert_eq!(Question::decode(Some(&unknown)), Err(BadQuestion::Unknown(content)));
        }
    }
}
