//! What a client asks its server.

#[path = "support/client.rs"]
mod support;

use std::collections::BTreeMap;
use std::slice;
use std::time::Duration;

use mobileim_protocol::client::{AskError, Client, Config, Draft, Event, State, Unanswered};
use mobileim_protocol::payload::{self, ErrorResponse};
use mobileim_protocol::{Instant, Message, MessageType, SERVER, Signal, Transport, codes, encode};
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

const DEVICES: &str = r#"{"ask":"devices"}"#;

fn ask(alice: &mut Harness) -> String {
    alice.call(|client, now| client.ask(now, None, DEVICES).unwrap())
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

const ANSWER: &str = r#"{"answer":{"x":1}}"#;

fn answer(id: &str) -> Message<'static> {
    let mut message = Message::new(MessageType::Answer, SERVER, "alice").with_content(ANSWER);
    message.fp = Some(id.to_owned().into());
    message
}

/// The server's error about a question.
fn error(code: i64, id: &str, retry_after: Option<u64>) -> Message<'static> {
    let mut question = Message::new(MessageType::Question, "alice", SERVER).with_content(DEVICES);
    question.fp = Some(id.to_owned().into());
    let error = ErrorResponse {
        code,
        message: encode(&question),
        limit: None,
        retry_after,
        reason: None,
    };
    let content = payload::encode(&error);
    Message::new(MessageType::ErrorResponse, SERVER, "alice").with_content(content)
}

#[test]
fn a_question_is_asked_once_on_a_stream_and_answered() {
    for transport in [Transport::Tcp, Transport::WebSocket] {
        let mut alice = online(transport, Some(16));
        let id = ask(&mut alice);
        assert_eq!(asked(&mut alice), [(id.clone(), DEVICES.to_owned())]);
        alice.advance(seconds(5));
        assert_eq!(asked(&mut alice), []);
        alice.receive(&answer(&id));
        alice.receive(&answer(&id));
        assert_eq!(answers(&mut alice), [(id, Ok(ANSWER.to_owned()))]);
    }
}

#[test]
fn what_is_asked_twice_by_one_id_is_asked_once() {
    let mut alice = online(Transport::Udp, Some(16));
    let id = ask(&mut alice);
    let again = alice.call(|client, now| client.ask(now, Some(id.clone()), DEVICES));
    assert_eq!(again.as_ref(), Ok(&id));
    assert_eq!(asked_ids(&mut alice), slice::from_ref(&id));
    alice.receive(&answer(&id));
    assert_eq!(answers(&mut alice).len(), 1);
}

#[test]
fn on_datagrams_it_is_asked_until_it_is_answered() {
    let mut alice = online(Transport::Udp, Some(16));
    let id = ask(&mut alice);
    alice.advance(seconds(4));
    let times = asked_ids(&mut alice);
    assert!((2..12).contains(&times.len()), "{} times", times.len());
    assert!(times.iter().all(|asked| *asked == id));
    alice.receive(&answer(&id));
    alice.advance(seconds(4));
    assert_eq!(asked(&mut alice), []);
    assert_eq!(answers(&mut alice).len(), 1);
}

#[test]
fn what_is_not_answered_is_asked_again_on_the_next_link_and_given_up_in_time() {
    for transport in TRANSPORTS {
        let mut alice = online(transport, Some(16));
        let began = alice.now;
        let id = ask(&mut alice);
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
    let early = alice.call(|client, now| client.ask(now, None, DEVICES));
    assert_eq!(early, Err(AskError::NotLoggedIn));
    alice.call(|client, now| client.login(now, account("alice")).unwrap());
    let id = ask(&mut alice);
    assert_eq!(asked(&mut alice), []);
    accept(&mut alice, Some(1));
    assert_eq!(asked_ids(&mut alice), [id]);
}

#[test]
fn a_server_that_answers_none_is_asked_none_and_who_asks_is_told_at_once() {
    for transport in TRANSPORTS {
        let mut alice = Harness::new(transport);
        alice.call(|client, now| client.login(now, account("alice")).unwrap());
        let early = ask(&mut alice);
        accept(&mut alice, None);
        let late = ask(&mut alice);
        assert_eq!(asked(&mut alice), []);
        let failed = |id| (id, Err(Unanswered::NotSupported));
        assert_eq!(answers(&mut alice), [early, late].map(failed));
    }
}

#[test]
fn no_more_are_asked_at_once_than_the_server_takes() {
    let mut alice = online(Transport::Udp, Some(2));
    let ids: Vec<_> = (0..5).map(|_| ask(&mut alice)).collect();
    assert_eq!(asked_ids(&mut alice), ids[..2]);
    alice.receive(&answer(&ids[1]));
    assert_eq!(asked_ids(&mut alice), ids[2..3]);
    alice.receive(&answer(&ids[0]));
    alice.receive(&answer(&ids[2]));
    assert_eq!(asked_ids(&mut alice), ids[3..]);
}

#[test]
fn no_more_wait_than_may_and_nothing_is_sent_that_is_too_long() {
    let mut alice = online(Transport::WebSocket, Some(2));
    let long = "x".repeat(65_536);
    let too_long = alice.call(|client, now| client.ask(now, None, &long));
    assert!(matches!(too_long, Err(AskError::TooLong { .. })));
    let bad = alice.call(|client, now| client.ask(now, Some(String::new()), DEVICES));
    assert_eq!(bad, Err(AskError::BadId));
    for _ in 0..64 {
        ask(&mut alice);
    }
    let one_more = alice.call(|client, now| client.ask(now, None, DEVICES));
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
        let id = ask(&mut alice);
        end(&mut alice);
        assert_eq!(answers(&mut alice), [(id, Err(Unanswered::SessionEnded))]);
        assert_eq!(alice.deadline, None);
    }
}

#[test]
fn who_has_sent_too_much_asks_again_when_the_wait_is_over() {
    for transport in TRANSPORTS {
        let mut alice = online(transport, Some(16));
        let ids = [ask(&mut alice), ask(&mut alice)];
        asked(&mut alice);
        alice.receive(&error(codes::TOO_MANY_MESSAGES, &ids[0], Some(2000)));
        alice.send(Draft::new("bob", "hi")).unwrap();
        let late = ask(&mut alice);
        alice.receive(&error(codes::TOO_MANY_MESSAGES, &late, Some(1000)));
        asked(&mut alice);
        alice.advance(Duration::from_millis(999));
        assert_eq!(asked(&mut alice), []);
        alice.advance(Duration::from_millis(1001));
        let sent = alice.transmitted();
        let has = |kind, fp: &str| {
            let is_it = |message: &&Message<'_>| message.fp.as_deref() == Some(fp);
            let sent = sent.iter().filter(|message| message.kind == kind);
            sent.clone().any(|message| is_it(&message))
        };
        assert!(has(MessageType::Question, &ids[0]) && has(MessageType::Question, &late));
        assert!(
            sent.iter()
                .any(|message| message.kind == MessageType::CommonData)
        );
        for id in [&ids[0], &ids[1], &late] {
            alice.receive(&answer(id));
        }
        assert_eq!(answers(&mut alice).len(), 3);
    }
}

#[test]
fn another_error_about_a_question_is_the_servers_complaint() {
    let mut alice = online(Transport::WebSocket, Some(16));
    let id = ask(&mut alice);
    alice.receive(&error(codes::INVALID_MESSAGE, &id, None));
    assert!(matches!(
        alice.events()[..],
        [Event::ServerError { code: 4, .. }]
    ));
}

#[test]
fn an_answer_that_nobody_waits_for_changes_nothing() {
    let mut alice = online(Transport::WebSocket, Some(16));
    let id = ask(&mut alice);
    let mut nameless = answer(&id);
    nameless.fp = None;
    alice.receive(&nameless);
    alice.receive(&answer("another"));
    assert_eq!(answers(&mut alice), []);
    alice.receive(&answer(&id));
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
                    if let Ok(id) = alice.call(|client, now| client.ask(now, None, DEVICES)) {
                        open.insert(id, now);
                    }
                }
                3 if alice.client.state() == State::Online => alice.cut(),
                4 if alice.client.state() == State::Connecting => accept(&mut alice, at_once),
                5 if alice.client.state() == State::Online => {
                    for id in asked_ids(&mut alice) {
                        if random.bool() {
                            let link = alice.client.link().unwrap();
                            let body = encode(&answer(&id));
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

/// The signals that went out.
fn signalled(alice: &mut Harness) -> Vec<Message<'static>> {
    let sent = alice.transmitted().into_iter();
    sent.filter(|message| message.kind == MessageType::Signal)
        .collect()
}

fn typing(by: Option<&str>) -> Signal {
    Signal::Typing {
        with: "#team".to_owned(),
        by: by.map(str::to_owned),
    }
}

#[test]
fn what_passes_goes_out_once_to_a_server_that_takes_it_and_to_no_other() {
    let signal = |alice: &mut Harness| {
        alice.call(|client, now| client.signal(now, &payload::encode(&typing(None))));
    };
    for transport in TRANSPORTS {
        let mut alice = online(transport, Some(16));
        signal(&mut alice);
        let sent = signalled(&mut alice);
        assert_eq!(sent.len(), 1);
        assert_eq!(sent[0].to.as_deref(), Some(SERVER));
        assert!(!sent[0].qos && sent[0].fp.is_none());
        let told: Signal = payload::decode(sent[0].content.as_deref()).unwrap();
        assert_eq!(told, typing(None));
        alice.advance(seconds(5));
        assert_eq!(signalled(&mut alice), [], "nobody acknowledges it");

        let mut alice = online(transport, None);
        signal(&mut alice);
        assert_eq!(signalled(&mut alice), []);
    }
    let mut alice = Harness::new(Transport::Tcp);
    signal(&mut alice);
    assert_eq!(alice.transmitted(), []);
}

#[test]
fn what_passes_is_told_as_the_server_says_it() {
    let mut alice = online(Transport::Tcp, Some(16));
    let signal = payload::encode(&typing(Some("bob")));
    let told = Message::new(MessageType::Signalled, SERVER, "alice").with_content(signal.clone());
    alice.receive(&told);
    assert_eq!(alice.events(), [Event::Signalled { signal }]);
}
