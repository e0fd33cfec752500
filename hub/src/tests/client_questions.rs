//! What clients ask: their user's devices, and what is no question.

use std::sync::Arc;
use std::time::Duration;

use mobileim_protocol::payload::{self, LoginRequest};
use mobileim_protocol::{
    Device, Message, MessageType, QuestionAnswer, SERVER, Transport, codes, decode, encode,
};
use serde_json::{Value, json};

use super::home::{Home, Seat};
use super::world::{FakeLink, UNIX_MILLIS, World, login};
use crate::connection::{Connection, Step};
use crate::devices::Sessions;
use crate::quotas::Quotas;
use crate::rate::Rate;
use crate::registry::Config;

pub(super) fn question<'a>(id: &'a str, content: &'a str) -> Message<'a> {
    let mut message = Message::new(MessageType::Question, "bob", SERVER).with_content(content);
    message.fp = Some(id.into());
    message
}

/// What bob was answered since the last look: the answer, or the code of the error.
fn answers(link: &FakeLink) -> Vec<Result<Value, i64>> {
    answers_to("bob", link)
}

/// The same of another.
pub(super) fn answers_to(user: &str, link: &FakeLink) -> Vec<Result<Value, i64>> {
    let bodies = link.bodies().into_iter();
    let answers = bodies.filter_map(|body| {
        let message = decode(&body).unwrap();
        if message.kind != MessageType::Answer {
            return None;
        }
        assert_eq!(message.from.as_deref(), Some(SERVER));
        assert_eq!(message.to.as_deref(), Some(user));
        assert!(!message.qos);
        let answer = payload::decode(message.content.as_deref()).unwrap();
        Some(match answer {
            QuestionAnswer::Given(answer) => Ok(serde_json::from_str(&answer).unwrap()),
            QuestionAnswer::Refused { code, .. } => Err(code),
        })
    });
    answers.collect()
}

fn ask(seat: &mut Seat, world: &World, content: &str) -> Result<Value, i64> {
    assert!(matches!(
        seat.say(world, &question("q", content)),
        Step::Continue
    ));
    answers(&seat.link).pop().expect("an answer")
}

fn remove(device: &str) -> String {
    json!({ "ask": "removeDevice", "device": device }).to_string()
}

const DEVICES: &str = r#"{"ask":"devices"}"#;

#[test]
fn a_device_sees_its_users_devices_and_removes_another() {
    let mut home = Home::of(Sessions::PerDevice);
    home.sit("bob", "", "");
    let mut alice = home.sit("alice", "a1", "web");
    let phone = home.sit("bob", "b1", "ios");
    let mut laptop = home.sit("bob", "b2", "web");
    home.world.now = home.world.now + Duration::from_secs(1);
    let world = &home.world;
    let view = |id: &str, platform: Option<&str>, own: bool| {
        let mut view = json!({
            "id": id, "since": UNIX_MILLIS, "lastSeen": UNIX_MILLIS, "online": true, "own": own,
        });
        if let Some(platform) = platform {
            view["platform"] = platform.into();
        }
        view
    };
    let all = json!({ "devices": [
        view("", None, false), view("b1", Some("ios"), false), view("b2", Some("web"), true),
    ]});
    assert_eq!(ask(&mut laptop, world, DEVICES), Ok(all));
    // What waits for the phone goes with it.
    alice.send(world, "bob", "hi");
    let removed = ask(&mut laptop, world, &remove("b1"));
    assert_eq!(removed, Ok(json!({ "removed": "b1" })));
    let kicked = r#"{"code":2,"reason":"this device was removed"}"#;
    assert!(
        phone
            .link
            .sent()
            .contains(&(MessageType::Kickout, kicked.into()))
    );
    assert_eq!(home.waiting("bob\u{ffff}1"), 0);
    assert_eq!(
        ask(&mut laptop, world, &remove("b1")),
        Err(codes::NOT_FOUND)
    );
    let removed = ask(&mut laptop, world, &remove(""));
    assert_eq!(removed, Ok(json!({ "removed": "" })), "the unnamed one");
    let left = json!({ "devices": [view("b2", Some("web"), true)] });
    assert_eq!(ask(&mut laptop, world, DEVICES), Ok(left));
}

#[test]
fn a_device_removes_neither_itself_nor_one_of_somebody_else() {
    let home = Home::of(Sessions::PerDevice);
    let world = &home.world;
    let alice = home.sit("alice", "a1", "web");
    let mut laptop = home.sit("bob", "b2", "web");
    let own = ask(&mut laptop, world, &remove("b2"));
    assert_eq!(own, Err(codes::NOT_ALLOWED));
    for unknown in ["a1", "", "b3"] {
        let answer = ask(&mut laptop, world, &remove(unknown));
        assert_eq!(answer, Err(codes::NOT_FOUND), "{unknown:?}");
    }
    assert_eq!(alice.link.closed(), None);
    assert_eq!(laptop.link.closed(), None);
    assert_eq!(home.world.server.devices("bob").len(), 1);
}

#[test]
fn where_users_have_one_session_there_are_no_devices() {
    let home = Home::of(Sessions::Single);
    let mut laptop = home.sit("bob", "b2", "web");
    let none = Ok(json!({ "devices": [] }));
    assert_eq!(ask(&mut laptop, &home.world, DEVICES), none);
    let answer = ask(&mut laptop, &home.world, &remove("b2"));
    assert_eq!(answer, Err(codes::NOT_FOUND));
}

#[test]
fn what_cannot_be_answered_says_why_and_the_connection_stands() {
    let home = Home::of(Sessions::PerDevice);
    let world = &home.world;
    let mut laptop = home.sit("bob", "b2", "web");
    for (content, code) in [
        ("", codes::BAD_QUESTION),
        ("devices", codes::BAD_QUESTION),
        (r#"{"device":"b2"}"#, codes::BAD_QUESTION),
        (r#"{"ask":"removeDevice"}"#, codes::BAD_QUESTION),
        (r#"{"ask":"removeDevice","device":{}}"#, codes::BAD_QUESTION),
        (r#"{"ask":"weather"}"#, codes::UNKNOWN_QUESTION),
    ] {
        assert_eq!(ask(&mut laptop, world, content), Err(code), "{content}");
    }
    let mut to_alice = question("q", DEVICES);
    to_alice.to = Some("alice".into());
    let _ = laptop.say(world, &to_alice);
    assert_eq!(answers(&laptop.link), [Err(codes::BAD_QUESTION)]);
    // What has no name cannot be answered by it.
    let long = "x".repeat(257);
    for fp in [None, Some(""), Some(&*long)] {
        let mut nameless = question("q", DEVICES);
        nameless.fp = fp.map(Into::into);
        assert!(matches!(laptop.say(world, &nameless), Step::Continue));
        let [(MessageType::ErrorResponse, error)] = &laptop.link.sent()[..] else {
            panic!("{fp:?}");
        };
        assert!(error.starts_with(r#"{"errorCode":4,"#), "{error}");
    }
    assert!(ask(&mut laptop, world, DEVICES).is_ok());
}

#[test]
fn an_original_client_is_told_nothing_of_questions() {
    let home = Home::of(Sessions::PerDevice);
    let world = &home.world;
    let mut original = home.sit("bob", "", "");
    let named = home.sit("bob", "b2", "web");
    let at_once = |seat: &Seat| seat.answer.as_ref().unwrap().max_questions;
    assert_eq!((at_once(&original), at_once(&named)), (None, Some(16)));
    for content in [DEVICES, "", r#"{"ask":"weather"}"#] {
        let step = original.say(world, &question("q", content));
        assert!(matches!(step, Step::Continue));
        assert_eq!(original.link.sent(), []);
    }
}

#[test]
fn who_is_not_logged_in_is_not_answered() {
    let world = World::new();
    for transport in [Transport::Tcp, Transport::WebSocket, Transport::Udp] {
        let link = FakeLink::new(transport);
        let server = world.server.clone();
        let mut connection = Connection::new(server, world.now, Arc::<FakeLink>::clone(&link) as _);
        let body = encode(&question("q", DEVICES));
        let step = connection.receive(world.now, body.as_bytes());
        let kinds: Vec<_> = link.sent().into_iter().map(|(kind, _)| kind).collect();
        if transport.is_datagram() {
            assert!(matches!(step, Step::Continue));
            assert_eq!(kinds, []);
        } else {
            assert!(matches!(step, Step::Close(_)));
            assert_eq!(kinds, [MessageType::ErrorResponse]);
        }
    }
}

#[test]
fn questions_count_as_messages_do() {
    let config = Config {
        quotas: Quotas {
            messages: Some(Rate::new(1, 3)),
            ..Quotas::default()
        },
        ..Config::default()
    };
    let world = World::with_config(&config);
    let link = FakeLink::new(Transport::WebSocket);
    let server = world.server.clone();
    let mut connection = Connection::new(server, world.now, Arc::<FakeLink>::clone(&link) as _);
    let _ = connection.receive(world.now, login("bob", Some(65_536)).as_bytes());
    let body = encode(&question("q", DEVICES));
    for _ in 0..3 {
        let _ = connection.receive(world.now, body.as_bytes());
    }
    assert!(answers(&link).iter().all(Result::is_ok));
    let step = connection.receive(world.now, body.as_bytes());
    assert!(matches!(step, Step::Continue));
    let [(MessageType::ErrorResponse, refusal)] = &link.sent()[..] else {
        panic!("no error");
    };
    let refusal: Value = serde_json::from_str(refusal).unwrap();
    assert_eq!(
        (&refusal["errorCode"], &refusal["retryAfter"]),
        (&json!(304), &json!(1000))
    );
    let named: Value = serde_json::from_str(refusal["errorMsg"].as_str().unwrap()).unwrap();
    assert_eq!(named["fp"], "q");
    // Whoever does not heed that is not heard for ever.
    let closed = (0..2000).any(|_| {
        let step = connection.receive(world.now, body.as_bytes());
        matches!(step, Step::Close(_))
    });
    assert!(closed);
}

#[test]
fn an_answer_that_the_client_does_not_take_is_an_error() {
    let home = Home::of(Sessions::PerDevice);
    let name = |index: usize| format!("{index}{}", "x".repeat(63));
    let seats: Vec<_> = (0..9)
        .map(|index| home.sit("bob", &name(index), &"p".repeat(64)))
        .collect();
    // It takes 2,048 bytes.
    let link = FakeLink::new(Transport::Udp);
    let server = home.world.server.clone();
    let now = home.world.now;
    let mut connection = Connection::new(server, now, Arc::<FakeLink>::clone(&link) as _);
    let request = payload::encode(&LoginRequest {
        user_id: "bob".to_owned(),
        token: String::new(),
        extra: None,
        first_login_time: 0,
        max_batch: None,
        max_body: Some(2048),
        secret: None,
        device: Some(Device::new("short")),
    });
    let login = Message::new(MessageType::Login, "bob", SERVER).with_content(request);
    let _ = connection.receive(now, encode(&login).as_bytes());
    let body = encode(&question("q", DEVICES));
    let _ = connection.receive(now, body.as_bytes());
    assert_eq!(answers(&link), [Err(codes::ANSWER_TOO_LONG)]);
    for index in 0..8 {
        home.world.server.remove_device("bob", &name(index));
    }
    let _ = connection.receive(now, body.as_bytes());
    assert!(answers(&link)[0].is_ok());
    drop(seats);
}
