//! Another token before the one expires.

#[path = "support/client.rs"]
mod support;

use mobileim_protocol::client::{Account, Config, Event, LinkLostReason, Output, State, Token};
use mobileim_protocol::payload::{self, LoginRequest};
use mobileim_protocol::{Message, MessageType, Transport, encode};
use support::{Harness, account, login_response_with, seconds};

/// How long the tokens are valid, in s.
const LIFE: u64 = 100;

fn accepted(token_expires_in: Option<u64>) -> Message<'static> {
    login_response_with(|response| response.token_expires_in = token_expires_in)
}

fn ask() -> Account {
    Account {
        token: Token::Ask,
        ..account("alice")
    }
}

/// Online with a token that is valid for [`LIFE`].
fn online(transport: Transport, account: Account) -> Harness {
    let mut alice = Harness::new(transport);
    let asks = account.token == Token::Ask;
    alice.call(|client, now| client.login(now, account).unwrap());
    let link = alice.link();
    alice.call(|client, now| client.handle_connected(now, link));
    if asks {
        alice.call(|client, now| client.handle_token(now, link, "first".into()));
    }
    alice.receive(&accepted(Some(LIFE * 1000)));
    assert_eq!(alice.client.state(), State::Online);
    alice.outputs();
    alice
}

/// Lets time pass in which the server answers heartbeats, until a token is asked for. Returns the seconds.
fn until_asked(alice: &mut Harness, at_most: u64) -> Option<u64> {
    (1..=at_most).find(|_| {
        alice.advance(seconds(1));
        let outputs = alice.outputs();
        let link = alice.link();
        for output in &outputs {
            if let Output::Transmit { body, .. } = output
                && body.contains("\"type\":1")
            {
                alice.receive(
                    &Message::new(MessageType::KeepAliveResponse, "0", "alice").with_content("{}"),
                );
            }
        }
        outputs.contains(&Output::RequestToken { link })
    })
}

fn login_with(message: &Message<'_>) -> LoginRequest {
    assert_eq!(message.kind, MessageType::Login);
    payload::decode(message.content.as_deref()).unwrap()
}

#[test]
fn in_good_time_another_token_is_asked_for_and_sent_on_the_same_link() {
    let mut alice = online(Transport::WebSocket, ask());
    let link = alice.link();
    for token in ["second", "third"] {
        let after = until_asked(&mut alice, LIFE).expect("asked");
        assert!((LIFE / 2..=LIFE * 3 / 4).contains(&after), "{after} s");
        alice.call(|client, now| client.handle_token(now, link, token.into()));
        let sent = alice.transmitted();
        let login = login_with(&sent[0]);
        assert_eq!((sent.len(), login.token.as_str()), (1, token));
        assert_ne!(login.first_login_time, 0, "it is no new login");
        alice.receive(&accepted(Some(LIFE * 1000)));
        // The application notices nothing.
        assert_eq!(alice.outputs(), []);
        assert_eq!((alice.link(), alice.client.state()), (link, State::Online));
    }
}

#[test]
fn a_token_that_is_always_the_same_or_never_expires_is_left_alone() {
    let mut alice = online(Transport::Tcp, account("alice"));
    assert_eq!(until_asked(&mut alice, 2 * LIFE), None);
    let mut alice = online(Transport::Tcp, ask());
    alice.receive(&accepted(None));
    let link = alice.link();
    let after = until_asked(&mut alice, LIFE).expect("the answer was to no login");
    assert!(after < LIFE);
    alice.call(|client, now| client.handle_token(now, link, "endless".into()));
    alice.receive(&accepted(None));
    assert_eq!(until_asked(&mut alice, 5 * LIFE), None);
}

#[test]
fn clients_that_came_together_do_not_ask_together() {
    let times: Vec<_> = (0..20)
        .map(|seed| {
            let mut alice = Harness::with_config(Config::new(Transport::Tcp, seed));
            alice.call(|client, now| client.login(now, ask()).unwrap());
            let link = alice.link();
            alice.call(|client, now| client.handle_connected(now, link));
            alice.call(|client, now| client.handle_token(now, link, "first".into()));
            alice.receive(&accepted(Some(3_600_000)));
            alice.outputs();
            until_asked(&mut alice, 3600).expect("asked")
        })
        .collect();
    let (first, last) = (times.iter().min().unwrap(), times.iter().max().unwrap());
    assert!(*first >= 3000 && *last <= 3300, "{times:?}");
    assert!(last - first > 100, "{times:?}");
}

#[test]
fn while_there_is_no_other_token_the_session_goes_on_and_it_is_asked_for_again() {
    for hangs in [false, true] {
        let mut alice = online(Transport::Tcp, ask());
        let link = alice.link();
        let mut asked = 0;
        let mut passed = 0;
        while let Some(after) = until_asked(&mut alice, LIFE - passed) {
            asked += 1;
            passed += after;
            if !hangs {
                alice.call(|client, now| client.handle_token_failure(now, link));
            }
            if passed >= LIFE - 2 {
                break;
            }
        }
        assert!((2..=15).contains(&asked), "{asked}");
        assert_eq!(alice.client.state(), State::Online);
        // The provider has recovered, or its answer comes at last.
        alice.call(|client, now| client.handle_token(now, link, "late".into()));
        let sent = alice.transmitted();
        assert_eq!(login_with(sent.last().unwrap()).token, "late");
    }
}

#[test]
fn on_datagrams_the_login_is_repeated_until_it_is_answered() {
    let mut alice = online(Transport::Udp, ask());
    let link = alice.link();
    until_asked(&mut alice, LIFE).expect("asked");
    alice.call(|client, now| client.handle_token(now, link, "second".into()));
    alice.advance(seconds(5));
    let logins = alice.transmitted();
    let logins = logins.iter().filter(|it| it.kind == MessageType::Login);
    assert!(logins.count() > 1);
    alice.receive(&accepted(Some(LIFE * 1000)));
    alice.outputs();
    alice.advance(seconds(5));
    let sent = alice.transmitted();
    assert!(sent.iter().all(|it| it.kind != MessageType::Login));
}

#[test]
fn another_token_that_is_refused_ends_the_session_as_at_a_login() {
    for (code, state) in [(1026, State::Closed), (1027, State::Waiting)] {
        let mut alice = online(Transport::Tcp, ask());
        let link = alice.link();
        until_asked(&mut alice, LIFE).expect("asked");
        alice.call(|client, now| client.handle_token(now, link, "bad".into()));
        alice.receive(&login_response_with(|response| {
            response.code = code;
            response.first_login_time = -1;
        }));
        assert_eq!(alice.client.state(), state, "{code}");
        let retry = code == 1027;
        assert!(
            alice
                .events()
                .contains(&Event::LoginRefused { code, retry })
        );
    }
}

#[test]
fn a_link_that_is_lost_meanwhile_takes_the_token_of_its_own_login() {
    let mut alice = online(Transport::Tcp, ask());
    let link = alice.link();
    until_asked(&mut alice, LIFE).expect("asked");
    alice.cut();
    alice.call(|client, now| client.handle_token(now, link, "second".into()));
    assert_eq!(alice.client.state(), State::Waiting);
    assert!(alice.events().contains(&Event::LinkLost {
        reason: LinkLostReason::Disconnected
    }));
}

#[test]
fn whatever_time_the_server_says_nothing_breaks() {
    for life in [Some(1), Some(u64::MAX), Some(u64::MAX / 2_000_000)] {
        let mut alice = online(Transport::Tcp, ask());
        let link = alice.link();
        until_asked(&mut alice, LIFE).expect("asked");
        alice.call(|client, now| client.handle_token(now, link, "second".into()));
        alice.receive_on(link, encode(&accepted(life)).as_bytes());
        let soon = until_asked(&mut alice, LIFE).is_some();
        assert_eq!(soon, life.is_some_and(|life| life < 1000), "{life:?}");
    }
}
