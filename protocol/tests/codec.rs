//! The JSON of one message: what the original writes, what a lenient reader takes, what hostile input gets.

use mobileim_protocol::payload::{self, ErrorResponse, Kickout, LoginRequest, LoginResponse};
use mobileim_protocol::{
    DecodeError, Device, Message, MessageType, batch, decode, encode, encode_brief,
};
use proptest::prelude::*;

#[test]
fn a_message_is_written_in_the_originals_field_order() {
    let message = Message::new(MessageType::CommonData, "alice", "bob")
        .with_content("hello 你好 😀")
        .with_qos("fp-1")
        .with_typeu(9);
    assert_eq!(
        encode(&message),
        r#"{"bridge":false,"type":2,"dataContent":"hello 你好 😀","from":"alice","to":"bob","fp":"fp-1","QoS":true,"typeu":9,"sm":-1}"#
    );
}

#[test]
fn absent_fields_are_left_out() {
    let message = Message::new(MessageType::Logout, "alice", "0");
    assert_eq!(
        encode(&message),
        r#"{"bridge":false,"type":3,"from":"alice","to":"0","QoS":false,"typeu":-1,"sm":-1}"#
    );
}

#[test]
fn the_number_in_a_conversation_comes_last() {
    let mut message = Message::new(MessageType::CommonData, "alice", "bob");
    message.seq = Some(17);
    let body = encode(&message);
    assert_eq!(
        body,
        r#"{"bridge":false,"type":2,"from":"alice","to":"bob","QoS":false,"typeu":-1,"sm":-1,"seq":17}"#
    );
    assert_eq!(decode(body.as_bytes()).unwrap(), message);
    for other in ["null", "0", "-1"] {
        let body = format!(r#"{{"type":2,"seq":{other}}}"#);
        assert_eq!(decode(body.as_bytes()).unwrap().seq, None, "{other}");
    }
}

#[test]
fn a_brief_message_leaves_out_what_says_nothing() {
    let message = Message::new(MessageType::EchoResponse, "0", "alice").with_content("\"x\"");
    assert_eq!(
        encode_brief(&message),
        r#"{"type":53,"dataContent":"\"x\"","from":"0","to":"alice"}"#
    );
    let full = Message {
        bridge: true,
        sm: 7,
        ..message.with_qos("fp-1").with_typeu(9)
    };
    assert_eq!(decode(encode_brief(&full).as_bytes()).unwrap(), full);
}

#[test]
fn absent_and_null_fields_take_their_defaults() {
    let empty = decode(b"{}").unwrap();
    assert_eq!(empty.kind, MessageType::Login);
    assert_eq!(
        (empty.typeu, empty.sm, empty.qos, empty.bridge),
        (0, 0, false, false)
    );
    assert_eq!(
        (&empty.content, &empty.from, &empty.to, &empty.fp),
        (&None, &None, &None, &None)
    );

    let nulls = br#"{"bridge":null,"type":null,"dataContent":null,"from":null,"to":null,"fp":null,"QoS":null,"typeu":null,"sm":null}"#;
    assert_eq!(decode(nulls).unwrap(), empty);
}

#[test]
fn unknown_fields_pass_whatever_is_in_them() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for value in [
        "2.5",
        "-0.25E+7",
        "1e999999",
        "[-1,0.0,1e-3]",
        r#"{"a":[{}]}"#,
        "\"\u{1f600}\"",
        "null",
        &deep,
    ] {
        let body = format!(r#" {{"shard":{value},"type":2,"fp":"x" }} "#);
        let message = decode(body.as_bytes()).unwrap();
        assert_eq!(
            (message.kind, message.fp.as_deref()),
            (MessageType::CommonData, Some("x"))
        );
    }
}

#[test]
fn of_a_repeated_field_the_last_counts() {
    let message = decode(br#"{"from":"alice","from":"mallory","type":1,"type":2}"#).unwrap();
    assert_eq!(message.from.as_deref(), Some("mallory"));
    assert_eq!(message.kind, MessageType::CommonData);
}

#[test]
fn an_unknown_type_survives_the_round_trip() {
    let message = decode(br#"{"type":77}"#).unwrap();
    assert_eq!(message.kind, MessageType::Unknown(77));
    assert!(encode(&message).contains(r#""type":77,"#));
}

#[test]
fn integers_may_have_an_empty_fraction_and_are_exact() {
    for (number, value) in [
        ("-0", 0),
        ("0e999999999999", 0),
        ("0.000e-99999999999", 0),
        ("2500e-2", 25),
        ("0.00025E+5", 25),
        ("9223372036854775807", i64::MAX),
        ("-9223372036854775808", i64::MIN),
        ("-922337203685477580.8e1", i64::MIN),
        ("9007199254740993.0", 9_007_199_254_740_993),
    ] {
        let body = format!(r#"{{"sm":{number}}}"#);
        assert_eq!(decode(body.as_bytes()).map(|message| message.sm), Ok(value));
    }
    for number in [
        "0.5",
        "1e-1",
        "25e-2",
        "-9223372036854775809",
        "1e19",
        "1e99999999999",
        "123456789012345678901",
    ] {
        let body = format!(r#"{{"sm":{number}}}"#);
        assert!(
            matches!(decode(body.as_bytes()), Err(DecodeError::Shape { .. })),
            "{number}"
        );
    }
    let message = decode(br#"{"type":2.0,"typeu":1e3,"sm":1795176857455.0}"#).unwrap();
    assert_eq!(
        (message.kind.code(), message.typeu, message.sm),
        (2, 1000, 1_795_176_857_455)
    );
}

#[test]
fn text_without_escapes_is_borrowed() {
    let body = br#"{"dataContent":"plain","fp":"es\u0063aped"}"#;
    let message = decode(body).unwrap();
    assert!(matches!(
        message.content,
        Some(std::borrow::Cow::Borrowed("plain"))
    ));
    assert_eq!(message.fp.as_deref(), Some("escaped"));
}

#[test]
fn wrong_shapes_are_typed_errors() {
    for body in [
        "null",
        "1",
        "\"text\"",
        "[]",
        "[1,2]",
        "true",
        r#"{"type":2.5}"#,
        r#"{"type":4294967296}"#,
        r#"{"typeu":-2147483649}"#,
        r#"{"sm":9223372036854775808}"#,
        r#"{"sm":1e300}"#,
        r#"{"type":"2.5"}"#,
        r#"{"typeu":"two"}"#,
        r#"{"sm":""}"#,
        r#"{"QoS":1}"#,
        r#"{"to":["bob"]}"#,
        r#"{"dataContent":{"a":1}}"#,
    ] {
        assert!(
            matches!(decode(body.as_bytes()), Err(DecodeError::Shape { .. })),
            "{body}"
        );
    }
}

#[test]
fn broken_json_is_a_typed_error() {
    let deep_known = format!(r#"{{"from":{}"#, "[".repeat(100_000));
    let bodies: [&[u8]; 19] = [
        b"",
        b" ",
        b"{",
        b"{\"type\":2",
        b"{\"type\":2}x",
        b"{\"type\":2,}",
        b"{'type':2}",
        b"\xff\xfe",
        b"{\"from\":\"\xff\"}",
        b"{\"type\":1e}",
        b"{\"type\":02}",
        b"{\"shard\":[1,]}",
        b"{\"shard\":{\"a\":1,}}",
        b"{\"shard\":[}",
        b"{\"shard\":tru}",
        b"{\"from\" \"a\"}",
        b"{\"from\":\"a\" \"to\":\"b\"}",
        b"{\"from\":\"\\x\"}",
        b"{\"from\":\"\\u12g4\"}",
    ];
    for body in bodies {
        assert!(
            matches!(decode(body), Err(DecodeError::Syntax { .. })),
            "{body:?}"
        );
    }
    assert!(decode(deep_known.as_bytes()).is_err());
}

#[test]
fn an_error_says_where_and_what() {
    let error = decode(br#"{"type":"two"}"#).unwrap_err();
    assert_eq!(
        error.to_string(),
        "not a message: expected an integer that fits at byte 8"
    );
}

#[test]
fn payloads_are_written_as_the_original_does() {
    let login = LoginRequest {
        user_id: "alice".into(),
        token: "good-token".into(),
        extra: Some("device=h5".into()),
        first_login_time: 0,
        max_batch: None,
        max_body: None,
        secret: None,
        device: None,
    };
    assert_eq!(
        payload::encode(&login),
        r#"{"loginUserId":"alice","loginToken":"good-token","extra":"device=h5","firstLoginTime":0}"#
    );
    let named = LoginRequest {
        extra: None,
        device: Some(Device::new("d41d8cd9").with_platform("web")),
        ..login
    };
    let written = r#"{"loginUserId":"alice","loginToken":"good-token","firstLoginTime":0,"deviceId":"d41d8cd9","platform":"web"}"#;
    assert_eq!(payload::encode(&named), written);
    assert_eq!(payload::decode(Some(written)), Ok(named));
    let accepted = LoginResponse {
        code: 0,
        first_login_time: 1,
        keep_alive_interval: None,
        max_batch: None,
        max_body: None,
        max_questions: None,
        server: None,
        token_expires_in: None,
        retry_after: None,
        missed_since: None,
    };
    assert_eq!(
        payload::encode(&accepted),
        r#"{"code":0,"firstLoginTime":1}"#
    );
    assert_eq!(
        payload::encode(&Kickout {
            code: 1,
            reason: None
        }),
        r#"{"code":1}"#
    );
    let error = ErrorResponse {
        code: 301,
        message: "{}".into(),
        limit: None,
        retry_after: None,
        reason: None,
    };
    assert_eq!(
        payload::encode(&error),
        r#"{"errorCode":301,"errorMsg":"{}"}"#
    );
}

#[test]
fn payloads_are_read_leniently() {
    let login: LoginRequest = payload::decode(Some(
        r#"{"firstLoginTime":null,"device":{"os":1},"loginUserId":"a","loginToken":null,"extra":null}"#,
    ))
    .unwrap();
    assert_eq!(
        (
            login.user_id.as_str(),
            login.token.as_str(),
            login.first_login_time
        ),
        ("a", "", 0)
    );
    assert!(payload::decode::<LoginRequest>(Some(r#"{"loginToken":"t"}"#)).is_err());
    assert!(payload::decode::<LoginRequest>(None).is_err());
    assert!(payload::decode::<LoginResponse>(Some("[]")).is_err());
}

fn any_text() -> impl Strategy<Value = Option<String>> {
    proptest::option::of(any::<String>())
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        bridge: bool, code: i32, content in any_text(), from in any_text(), to in any_text(), fp in any_text(),
        qos: bool, typeu: i32, sm: i64, seq in proptest::option::of(1..=i64::MAX.unsigned_abs()),
        refs in proptest::option::of(r#"\{("[a-z]{1,9}": ?([1-9][0-9]{0,4}|"[a-z]*"|\[\]|\{\}))?\}"#),
    ) {
        let message = Message {
            bridge,
            kind: MessageType::from_code(code),
            content: content.map(Into::into),
            from: from.map(Into::into),
            to: to.map(Into::into),
            fp: fp.map(Into::into),
            qos,
            typeu,
            sm,
            seq,
            refs: refs.map(Into::into),
        };
        let body = encode(&message);
        prop_assert_eq!(decode(body.as_bytes()).unwrap(), message);
    }

    #[test]
    fn no_bytes_make_it_panic(body: Vec<u8>) {
        let _ = decode(&body);
    }

    #[test]
    fn no_damage_to_a_message_makes_it_panic(
        content: String, at in 0_usize..200, byte: u8, cut in 0_usize..200,
    ) {
        let mut body = encode(&Message::new(MessageType::CommonData, "a", "b").with_content(content)).into_bytes();
        let at = at % body.len();
        body[at] = byte;
        let _ = decode(&body);
        body.truncate(cut);
        let _ = decode(&body);
    }
}

#[test]
fn a_frame_of_text_has_the_bodies_that_its_bytes_have() {
    for frame in ["", "\n", "{}", "{}\n[]", "\n{}\n\n[]\n", "\"ä\"\n\"世\""] {
        let of_text: Vec<_> = batch::text_bodies(frame).map(str::as_bytes).collect();
        let of_bytes: Vec<_> = batch::bodies(frame.as_bytes()).collect();
        assert_eq!(of_text, of_bytes, "{frame:?}");
    }
}
