//! Login, reconnect, refusals, kick-out: the client's way from link to link.

#[path = "support/client.rs"]
mod support;

use mobileim_protocol::client::{
    Account, Client, Config, Event, LinkLostReason, LoginError, Output, State, Token,
};
use mobileim_protocol::payload::{self, ErrorResponse, Kickout, LoginRequest};
use mobileim_protocol::{Message, MessageType, SERVER, Transport, encode};
use support::{FIRST_LOGIN_TIME, Harness, account, login_response, seconds};

#[test]
fn a_login_connects_and_says_who_it_is() {
    let mut alice = Harness::new(Transport::WebSocket);
    alice.call(|client, now| {
        let account = Account {
            extra: Some("device=h5".into()),
            ..account("alice")
        };
        client.login(now, account).unwrap();
    });
    assert_eq!(alice.client.state(), State::Connecting);
    let link = alice.link();
    alice.call(|client, now| client.handle_connected(now, link));
    let login = alice.transmitted().remove(0);
    assert_eq!(
        (login.from.as_deref(), login.to.as_deref()),
        (Some("alice"), Some(SERVER))
    );
    assert_eq!(
        payload::decode::<LoginRequest>(login.content.as_deref()).unwrap(),
        LoginRequest {
            user_id: "alice".into(),
            token: "token".into(),
            extra: Some("device=h5".into()),
            first_login_time: 0,
            max_batch: Some(65_536),
            max_body: Some(65_536),
            secret: None,
            device: None,
        }
    );
    alice.receive(&login_response(0, None));
    assert_eq!(
        alice.events(),
        [
            Event::StateChanged(State::Connecting),
            Event::StateChanged(State::LoggingIn),
            Event::StateChanged(State::Online),
            Event::LoggedIn {
                first_login_time: FIRST_LOGIN_TIME,
                reconnect: false,
                server: None,
            },
        ]
    );
}

#[test]
fn a_reconnect_sends_the_first_login_time_again() {
    let mut alice = Harness::online(Transport::Tcp);
    alice.cut();
    assert_eq!(alice.client.state(), State::Waiting);
    alice.advance(seconds(1));
    assert_eq!(alice.accept_login().first_login_time, FIRST_LOGIN_TIME);
    assert!(alice.events().contains(&Event::LoggedIn {
        first_login_time: FIRST_LOGIN_TIME,
        reconnect: true,
        server: None,
    }));
}

#[test]
fn a_login_after_a_logout_is_a_new_one() {
    let mut alice = Harness::online(Transport::Tcp);
    alice.call(|client, now| client.logout(now));
    assert_eq!(
        alice.transmitted().last().unwrap().kind,
        MessageType::Logout
    );
    assert!(matches!(
        alice.outputs().last(),
        Some(Output::Event(Event::StateChanged(State::Closed)))
    ));
    alice.advance(seconds(3600));
    assert_eq!(alice.client.state(), State::Closed);
    alice.call(|client, now| client.login(now, account("alice")).unwrap());
    assert_eq!(alice.accept_login().first_login_time, 0);
}

#[test]
fn login_is_idempotent_for_one_user_and_refused_for_another() {
    let mut alice = Harness::online(Transport::Tcp);
    alice.call(|client, now| client.login(now, account("alice")).unwrap());
    assert_eq!(alice.outputs(), []);
    let error = alice.call(|client, now| client.login(now, account("bob")).unwrap_err());
    assert_eq!(error, LoginError::OtherUser);
    let error = alice.call(|client, now| client.login(now, account("")).unwrap_err());
    assert_eq!(error, LoginError::NoUserId);
}

#[test]
fn a_dead_server_is_asked_again_at_growing_intervals_and_not_forgotten() {
    let mut alice = Harness::new(Transport::Tcp);
    alice.call(|client, now| client.login(now, account("alice")).unwrap());
    let mut waits = Vec::new();
    for _ in 0..30 {
        let refused_at = alice.now;
        alice.cut();
        alice.outputs();
        while alice.client.state() == State::Waiting {
            alice.advance(seconds(1) / 100);
        }
        waits.push(alice.now.since(refused_at));
    }
    assert!(waits[0] <= seconds(1) / 2 + seconds(1) / 100);
    assert!(
        waits
            .iter()
            .all(|wait| *wait <= seconds(15) + seconds(1) / 100),
        "{waits:?}"
    );
    assert!(
        waits[10..].iter().any(|wait| *wait > seconds(7)),
        "{waits:?}"
    );
}

#[test]
fn connecting_and_logging_in_time_out() {
    let mut alice = Harness::new(Transport::Tcp);
    alice.call(|client, now| client.login(now, account("alice")).unwrap());
    alice.advance(seconds(5));
    assert!(alice.events().contains(&Event::LinkLost {
        reason: LinkLostReason::ConnectTimeout
    }));
    assert!(
        alice
            .outputs()
            .iter()
            .any(|output| matches!(output, Output::Disconnect { .. }))
    );
    alice.advance(seconds(1));
    let link = alice.link();
    alice.call(|client, now| client.handle_connected(now, link));
    alice.advance(seconds(10));
    assert!(alice.events().contains(&Event::LinkLost {
        reason: LinkLostReason::LoginTimeout
    }));
}

#[test]
fn on_udp_a_lost_login_is_sent_again() {
    let mut alice = Harness::new(Transport::Udp);
    alice.call(|client, now| client.login(now, account("alice")).unwrap());
    let link = alice.link();
    alice.call(|client, now| client.handle_connected(now, link));
    alice.advance(seconds(4));
    let logins = alice.transmitted();
    assert_eq!(logins.len(), 5, "after 0 s, and each second");
    alice.receive(&login_response(0, None));
    alice.receive(&login_response(0, None));
    let logged_in = alice
        .events()
        .into_iter()
        .filter(|event| matches!(event, Event::LoggedIn { .. }));
    assert_eq!(logged_in.count(), 1);
}

#[test]
fn a_final_refusal_closes_and_keeps_what_was_to_be_sent() {
    let mut alice = Harness::new(Transport::Tcp);
    alice.call(|client, now| client.login(now, account("alice")).unwrap());
    alice.send(draft("wait for me")).unwrap();
    let link = alice.link();
    alice.call(|client, now| client.handle_connected(now, link));
    alice.receive(&login_response(1025, None));
    assert!(alice.events().contains(&Event::LoginRefused {
        code: 1025,
        retry: false
    }));
    assert_eq!(alice.client.state(), State::Closed);
    alice.outputs();
    alice.advance(seconds(600));
    assert_eq!(alice.outputs(), []);

    alice.call(|client, now| client.login(now, account("alice")).unwrap());
    alice.accept_login();
    assert_eq!(alice.transmitted_texts(), ["wait for me"]);
}

#[test]
fn a_refusal_for_now_is_tried_again() {
    let mut alice = Harness::new(Transport::Tcp);
    alice.call(|client, now| client.login(now, account("alice")).unwrap());
    let link = alice.link();
    alice.call(|client, now| client.handle_connected(now, link));
    alice.receive(&login_response(1027, None));
    assert!(alice.events().contains(&Event::LoginRefused {
        code: 1027,
        retry: true
    }));
    assert_eq!(alice.client.state(), State::Waiting);
    alice.advance(seconds(1));
    alice.accept_login();
}

#[test]
fn a_kick_out_ends_everything() {
    let mut alice = Harness::online(Transport::Tcp);
    let kickout = payload::encode(&Kickout {
        code: 1,
        reason: None,
    });
    alice.receive(&Message::new(MessageType::Kickout, SERVER, "alice").with_content(kickout));
    assert!(alice.events().contains(&Event::KickedOut {
        code: 1,
        reason: None
    }));
    assert!(
        alice
            .outputs()
            .iter()
            .any(|output| matches!(output, Output::Disconnect { .. }))
    );
    alice.advance(seconds(600));
    assert_eq!(
        (alice.client.state(), alice.outputs()),
        (State::Closed, vec![])
    );
}

#[test]
fn error_301_logs_in_again() {
    let mut alice = Harness::online(Transport::Udp);
    let error = payload::encode(&ErrorResponse {
        code: 301,
        message: "{}".into(),
        limit: None,
        retry_after: None,
        reason: None,
    });
    alice.receive(&Message::new(MessageType::ErrorResponse, SERVER, "-1").with_content(error));
    assert!(alice.events().contains(&Event::LinkLost {
        reason: LinkLostReason::NotLoggedIn
    }));
    alice.advance(seconds(1));
    assert_eq!(alice.accept_login().first_login_time, FIRST_LOGIN_TIME);
}

#[test]
fn a_server_that_accepts_and_drops_is_not_hammered() {
    let mut alice = Harness::online(Transport::Tcp);
    let start = alice.now;
    for _ in 0..20 {
        alice.cut();
        while alice.client.state() == State::Waiting {
            alice.advance(seconds(1) / 100);
        }
        alice.accept_login();
    }
    assert!(alice.now.since(start) > seconds(40));
}

#[test]
fn a_token_is_asked_for_at_each_login() {
    let mut alice = Harness::new(Transport::Tcp);
    let ask = Account {
        token: Token::Ask,
        ..account("alice")
    };
    alice.call(|client, now| client.login(now, ask).unwrap());
    for token in ["first", "second"] {
        let link = alice.link();
        assert!(alice.outputs().contains(&Output::RequestToken { link }));
        alice.call(|client, now| client.handle_connected(now, link));
        assert_eq!(alice.transmitted(), []);
        alice.call(|client, now| client.handle_token(now, link, token.into()));
        let login = alice.transmitted().remove(0);
        assert!(login.content.as_deref().unwrap().contains(token));
        alice.receive(&login_response(0, None));
        alice.cut();
        while alice.client.state() == State::Waiting {
            alice.advance(seconds(1) / 100);
        }
    }
}

#[test]
fn a_token_that_cannot_be_had_is_asked_for_again_later() {
    let mut alice = Harness::new(Transport::Tcp);
    let ask = Account {
        token: Token::Ask,
        ..account("alice")
    };
    alice.call(|client, now| client.login(now, ask).unwrap());
    let link = alice.link();
    alice.call(|client, now| client.handle_token_failure(now, link));
    assert!(alice.events().contains(&Event::LinkLost {
        reason: LinkLostReason::NoToken
    }));
    alice.outputs();
    alice.advance(seconds(1));
    assert!(
        alice
            .outputs()
            .iter()
            .any(|output| matches!(output, Output::RequestToken { .. }))
    );
}

#[test]
fn where_the_last_token_could_not_be_had_no_link_is_opened_before_there_is_one() {
    let mut alice = Harness::new(Transport::Tcp);
    let ask = Account {
        token: Token::Ask,
        ..account("alice")
    };
    alice.call(|client, now| client.login(now, ask).unwrap());
    let link = alice.link();
    alice.call(|client, now| client.handle_token_failure(now, link));
    let is_connect = |output: &Output| matches!(output, Output::Connect { .. });
    alice.outputs();
    for _ in 0..3 {
        wait_for_an_attempt(&mut alice);
        // It hangs.
        alice.advance(seconds(10));
        let outputs = alice.outputs();
        assert!(!outputs.iter().any(is_connect));
        assert!(outputs.contains(&Output::Event(Event::LinkLost {
            reason: LinkLostReason::NoToken
        })));
    }
    wait_for_an_attempt(&mut alice);
    let link = alice.client.link().expect("one that waits for its token");
    alice.outputs();
    alice.call(|client, now| client.handle_token(now, link, "token".into()));
    assert_eq!(alice.outputs(), [Output::Connect { link }]);
    alice.call(|client, now| client.handle_connected(now, link));
    assert_eq!(alice.transmitted()[0].kind, MessageType::Login);
    alice.receive_on(link, encode(&login_response(0, None)).as_bytes());
    assert_eq!(alice.client.state(), State::Online);
    // All is well again: no time is to be lost.
    alice.call(|client, now| client.handle_disconnected(now, link));
    alice.outputs();
    alice.advance(seconds(1));
    assert!(alice.outputs().iter().any(is_connect));
}

fn wait_for_an_attempt(alice: &mut Harness) {
    while alice.client.state() == State::Waiting {
        alice.advance(seconds(1) / 100);
    }
}

#[test]
fn a_link_that_could_not_be_opened_is_told_from_one_that_broke() {
    let mut alice = Harness::new(Transport::WebSocket);
    alice.call(|client, now| client.login(now, account("alice")).unwrap());
    for (open, reason) in [
        (false, LinkLostReason::NeverOpened),
        (true, LinkLostReason::Disconnected),
    ] {
        let link = alice.client.link().unwrap();
        if open {
            alice.call(|client, now| client.handle_connected(now, link));
        }
        alice.outputs();
        alice.call(|client, now| client.handle_disconnected(now, link));
        assert!(alice.events().contains(&Event::LinkLost { reason }));
        wait_for_an_attempt(&mut alice);
    }
}

#[test]
fn a_server_that_tells_its_version_is_quoted() {
    let mut alice = Harness::new(Transport::WebSocket);
    alice.call(|client, now| client.login(now, account("alice")).unwrap());
    let link = alice.link();
    alice.call(|client, now| client.handle_connected(now, link));
    let content = r#"{"code":0,"firstLoginTime":1,"server":"mobileim/9"}"#;
    let answer = Message::new(MessageType::LoginResponse, SERVER, "alice").with_content(content);
    alice.receive(&answer);
    let told = |event: &Event| matches!(event, Event::LoggedIn { server: Some(it), .. } if it == "mobileim/9");
    assert!(alice.events().iter().any(told));
}

#[test]
fn what_comes_from_an_old_link_is_ignored() {
    let mut alice = Harness::online(Transport::WebSocket);
    let old = alice.link();
    alice.cut();
    alice.advance(seconds(1));
    alice.accept_login();
    alice.outputs();
    alice.receive_on(old, br#"{"type":54,"dataContent":"{\"code\":1}"}"#);
    alice.call(|client, now| client.handle_disconnected(now, old));
    alice.call(|client, now| client.handle_connected(now, old));
    assert_eq!(
        (alice.outputs(), alice.client.state()),
        (vec![], State::Online)
    );
}

#[test]
fn news_of_the_network_or_the_user_end_the_wait() {
    for hint in [true, false] {
        let config = Config {
            reconnect_base: seconds(1000),
            reconnect_cap: seconds(1000),
            ..Config::new(Transport::WebSocket, 3)
        };
        let mut alice = Harness::with_config(config);
        alice.log_in("alice");
        alice.cut();
        alice.outputs();
        alice.call(|client, now| {
            if hint {
                client.handle_network(now, true);
            } else {
                client.handle_visible(now, true);
            }
        });
        assert_eq!(alice.client.state(), State::Connecting);
    }
}

#[test]
fn out_of_sight_a_lost_link_is_replaced_within_the_longest_wait_and_not_in_haste() {
    let mut alice = Harness::online(Transport::WebSocket);
    alice.call(|client, now| client.handle_visible(now, false));
    assert_eq!(alice.client.state(), State::Online);
    for _ in 0..5 {
        alice.cut();
        alice.outputs();
        alice.advance(seconds(9));
        assert_eq!(alice.client.state(), State::Waiting);
        alice.advance(seconds(6));
        assert_eq!(alice.client.state(), State::Connecting);
    }
    alice.cut();
    alice.outputs();
    alice.call(|client, now| client.handle_visible(now, true));
    assert_eq!(alice.client.state(), State::Connecting);
}

#[test]
fn a_resumed_login_says_when_it_began() {
    let mut alice = Harness::new(Transport::WebSocket);
    let resume = |client: &mut Client, now| client.resume(now, account("alice"), FIRST_LOGIN_TIME);
    alice.call(resume).unwrap();
    assert_eq!(alice.accept_login().first_login_time, FIRST_LOGIN_TIME);
    assert!(alice.events().contains(&Event::LoggedIn {
        first_login_time: FIRST_LOGIN_TIME,
        reconnect: true,
        server: None,
    }));
}

#[test]
fn equal_inputs_give_equal_outputs() {
    let run = || {
        let mut alice = Harness::online(Transport::Udp);
        alice.send(draft("hi")).unwrap();
        alice.advance(seconds(30));
        alice.cut();
        alice.advance(seconds(30));
        alice.outputs()
    };
    assert_eq!(run(), run());
}

fn draft(text: &str) -> mobileim_protocol::client::Draft {
    mobileim_protocol::client::Draft::new("bob", text)
}
