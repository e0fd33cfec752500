//! What a client asks its server.

#[path = "support/client.rs"]
mod support;

use std::collections::BTreeMap;
use std::slice;
use std::time::Duration;

use mobileim_protocol::client::{AskError, Client, Config, Event, State, Unanswered};
use mobileim_protocol::payload;
use mobileim_protocol::{
    Instant, Message, MessageType, QuestionAnswer, SERVER, Transport, codes, encode,
};
use support::{Harness, account, login_response_with, seconds};

const TRANSPORTS: [Transport; 3] = [Transport::Tcp, Transport::Udp, Transport::WebSocket];

/// Accepts the login of the link that the client asked for, as a server that answers this many questions at once.
fn accept(alice: &mut Harness, at_once: Option<usize>) {
    let link = alice.link();
    alice.call(|client, now| client.handle_connected(now, link));
    alice.receive(&login_response_with(|response| {
        response.max_body = Some(65_536);
        response.max_questions = at_once;
    }));
    assert_eq!(alice.client.state(), State::Online);
}

fn online(transport: Transport, at_once: Option<usize>) -> Harness {
    let mut alice = Harness::new(transport);
    alice.call(|client, now| client.login(now, account("alice")).unwrap());
    accept(&mut alice, at_once);
    alice.outputs();
    alice
}

fn ask(alice: &mut Harness, parameters: &str) -> String {
    alice.call(|client, now| client.ask(now, "removeDevice", parameters).unwrap())
}

/// The questions that went out: their ids and contents.
fn asked(alice: &mut Harness) -> Vec<(String, String)> {
    let sent = alice.transmitted().into_iter();
    let questions = sent.filter(|message| message.kind == MessageType::Question);
    questions
        .map(|message| {
            assert_eq!(message.to.as_deref(), Some(SERVER));
            assert_eq!(message.from.as_deref(), Some("alice"));
            assert!(!message.qos);
            let (id, content) = (message.fp.unwrap(), message.content.unwrap());
            (id.into_owned(), content.into_owned())
        })
        .collect()
}

fn asked_ids(alice: &mut Harness) -> Vec<String> {
    asked(alice).into_iter().map(|(id, _)| id).collect()
}

fn answers(alice: &mut Harness) -> Vec<(String, Result<String, Unanswered>)> {
    let answered = |event| match event {
        Event::Answered { id, answer } => Some((id, answer)),
        _ => None,
    };
    alice.events().into_iter().filter_map(answered).collect()
}

fn answer(id: &str, answer: &QuestionAnswer) -> Message<'static> {
    let content = payload::encode(answer);
    let mut message = Message::new(MessageType::Answer, SERVER, "alice").with_content(content);
    message.fp = Some(id.to_owned().into());
    message
}

fn given(id: &str) -> Message<'static> {
    answer(id, &QuestionAnswer::Given(r#"{"x":1}"#.into()))
}

fn refused(id: &str, code: i64, retry_after: Option<u64>) -> Message<'static> {
    let text = "no".into();
    let refused = QuestionAnswer::Refused {
        code,
        text,
        retry_after,
    };
    answer(id, &refused)
}

#[test]
fn a_question_is_asked_once_on_a_stream_and_answered() {
    for transport in [Transport::Tcp, Transport::WebSocket] {
        let mut alice = online(transport, Some(16));
        let id = ask(&mut alice, r#"{"device":"d"}"#);
        let content = r#"{"ask":"removeDevice","device":"d"}"#.to_owned();
        assert_eq!(asked(&mut alice), [(id.clone(), content)]);
        alice.advance(seconds(5));
        assert_eq!(asked(&mut alice), []);
        alice.receive(&given(&id));
        alice.receive(&given(&id));
        assert_eq!(answers(&mut alice), [(id, Ok(r#"{"x":1}"#.to_owned()))]);
    }
}

#[test]
fn on_datagrams_it_is_asked_until_it_is_answered() {
    let mut alice = online(Transport::Udp, Some(16));
    let id = ask(&mut alice, "");
    alice.advance(seconds(4));
    let times = asked_ids(&mut alice);
    assert!((2..12).contains(&times.len()), "{} times", times.len());
    assert!(times.iter().all(|asked| *asked == id));
    alice.receive(&given(&id));
    alice.advance(seconds(4));
    assert_eq!(asked(&mut alice), []);
    assert_eq!(answers(&mut alice).len(), 1);
}

#[test]
fn what_is_not_answered_is_asked_again_on_the_next_link_and_given_up_in_time() {
    for transport in TRANSPORTS {
        let mut alice = online(transport, Some(16));
        let began = alice.now;
        let id = ask(&mut alice, "");
        assert_eq!(asked_ids(&mut alice), slice::from_ref(&id));
        alice.cut();
        alice.advance(seconds(2));
        assert_eq!(alice.client.state(), State::Connecting);
        accept(&mut alice, Some(16));
        assert_eq!(
            asked_ids(&mut alice),
            slice::from_ref(&id),
            "on the new link"
        );
        alice.cut();
        let until = began + Config::new(transport, 1).answer_timeout;
        alice.advance(until.since(alice.now));
        assert_eq!(answers(&mut alice), [(id, Err(Unanswered::TimedOut))]);
    }
}

#[test]
fn a_question_that_is_asked_before_the_login_waits_for_it() {
    let mut alice = Harness::new(Transport::WebSocket);
    let early = alice.call(|client, now| client.ask(now, "devices", ""));
    assert_eq!(early, Err(AskError::NotLoggedIn));
    alice.call(|client, now| client.login(now, account("alice")).unwrap());
    let id = ask(&mut alice, "");
    assert_eq!(asked(&mut alice), []);
    accept(&mut alice, Some(1));
    assert_eq!(asked_ids(&mut alice), [id]);
}

#[test]
fn a_server_that_answers_none_is_asked_none_and_who_asks_is_told_at_once() {
    for transport in TRANSPORTS {
        let mut alice = Harness::new(transport);
        alice.call(|client, now| client.login(now, account("alice")).unwrap());
        let early = ask(&mut alice, "");
        accept(&mut alice, None);
        let late = ask(&mut alice, "");
        assert_eq!(asked(&mut alice), []);
        let failed = |id| (id, Err(Unanswered::NotSupported));
        assert_eq!(answers(&mut alice), [early, late].map(failed));
    }
}

#[test]
fn no_more_are_asked_at_once_than_the_server_takes() {
    let mut alice = online(Transport::Udp, Some(2));
    let ids: Vec<_> = (0..5).map(|_| ask(&mut alice, "")).collect();
    assert_eq!(asked_ids(&mut alice), ids[..2]);
    alice.receive(&given(&ids[1]));
    assert_eq!(asked_ids(&mut alice), ids[2..3]);
    alice.receive(&given(&ids[0]));
    alice.receive(&given(&ids[2]));
    assert_eq!(asked_ids(&mut alice), ids[3..]);
}

#[test]
fn no_more_wait_than_may_and_nothing_is_sent_that_is_too_long() {
    let mut alice = online(Transport::WebSocket, Some(2));
    let long = format!(r#"{{"device":"{}"}}"#, "x".repeat(65_536));
    let too_long = alice.call(|client, now| client.ask(now, "removeDevice", &long));
    assert!(matches!(too_long, Err(AskError::TooLong { .. })));
    let bad = alice.call(|client, now| client.ask(now, "removeDevice", "[]"));
    assert!(matches!(bad, Err(AskError::BadParameters(_))));
    for _ in 0..64 {
        ask(&mut alice, "");
    }
    let one_more = alice.call(|client, now| client.ask(now, "devices", ""));
    assert_eq!(one_more, Err(AskError::TooMany));
}

#[test]
fn the_end_of_the_session_is_the_end_of_its_questions() {
    let ends: [fn(&mut Harness); 2] = [
        |alice| alice.call(Client::logout),
        |alice| {
            let kickout = Message::new(MessageType::Kickout, SERVER, "alice");
            alice.receive(&kickout.with_content(r#"{"code":2}"#));
        },
    ];
    for end in ends {
        let mut alice = online(Transport::Udp, Some(16));
        let id = ask(&mut alice, "");
        end(&mut alice);
        assert_eq!(answers(&mut alice), [(id, Err(Unanswered::SessionEnded))]);
        assert_eq!(alice.deadline, None);
    }
}

#[test]
fn a_refusal_is_told_but_one_for_now_is_waited_for_if_there_is_time() {
    let mut alice = online(Transport::WebSocket, Some(16));
    let id = ask(&mut alice, "");
    asked(&mut alice);
    alice.receive(&refused(&id, codes::TOO_MANY_MESSAGES, Some(2000)));
    alice.advance(Duration::from_millis(1999));
    assert_eq!(asked(&mut alice), []);
    alice.advance(Duration::from_millis(1));
    assert_eq!(asked_ids(&mut alice), slice::from_ref(&id));
    alice.receive(&refused(&id, codes::TOO_MANY_MESSAGES, Some(9000)));
    let refusal = |code| {
        let text = "no".into();
        Err(Unanswered::Refused { code, text })
    };
    assert_eq!(answers(&mut alice), [(id, refusal(304))]);
    let id = ask(&mut alice, "");
    alice.receive(&refused(&id, codes::NOT_FOUND, None));
    assert_eq!(answers(&mut alice), [(id, refusal(314))]);
}

#[test]
fn an_answer_that_cannot_be_read_or_that_nobody_waits_for_changes_nothing() {
    let mut alice = online(Transport::WebSocket, Some(16));
    let id = ask(&mut alice, "");
    let mut bad = given(&id);
    bad.content = Some("{}".into());
    alice.receive(&bad);
    assert!(matches!(alice.events()[..], [Event::BadMessage(_)]));
    bad.content = None;
    bad.fp = None;
    alice.receive(&bad);
    alice.receive(&given("another"));
    assert_eq!(answers(&mut alice), []);
    alice.receive(&given(&id));
    assert_eq!(answers(&mut alice).len(), 1);
}

#[test]
fn whatever_the_link_does_each_question_ends_once_and_in_time() {
    for seed in 0..300 {
        let mut random = fastrand::Rng::with_seed(seed);
        let transport = TRANSPORTS[random.usize(..3)];
        let at_once = (random.u8(..8) > 0).then(|| random.usize(1..4));
        let mut alice = online(transport, at_once);
        let mut open = BTreeMap::<String, Instant>::new();
        for _ in 0..200 {
            match random.u8(..8) {
                0..=2 => {
                    let now = alice.now;
                    if let Ok(id) = alice.call(|client, now| client.ask(now, "devices", "")) {
                        open.insert(id, now);
                    }
                }
                3 if alice.client.state() == State::Online => alice.cut(),
                4 if alice.client.state() == State::Connecting => accept(&mut alice, at_once),
                5 if alice.client.state() == State::Online => {
                    for id in asked_ids(&mut alice) {
                        if random.bool() {
                            let link = alice.client.link().unwrap();
                            let body = encode(&given(&id));
                            alice.receive_on(link, body.as_bytes());
                        }
                    }
                }
                _ => alice.advance(Duration::from_millis(random.u64(..3000))),
            }
            for (id, answer) in answers(&mut alice) {
                assert!(open.remove(&id).is_some(), "seed {seed}: {answer:?} twice");
            }
            for asked in open.values() {
                assert!(alice.now <= *asked + seconds(10), "seed {seed}: too late");
            }
        }
    }
}
