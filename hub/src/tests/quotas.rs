//! What users, addresses and all together may use.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use mobileim_protocol::payload::{self, ErrorResponse, LoginResponse};
use mobileim_protocol::{Message, MessageType, SERVER, Transport, codes, encode};

use super::world::{FakeLink, World, login};
use crate::connection::{Connection, Step};
use crate::link::CloseReason;
use crate::quotas::Quotas;
use crate::rate::Rate;
use crate::registry::Config;
use crate::stats::{LoginOutcome, Outcome};

fn world(quotas: Quotas) -> World {
    World::with_config(&Config {
        quotas,
        ..Config::default()
    })
}

fn message(fp: &str) -> String {
    let message = Message::new(MessageType::CommonData, "alice", "bob");
    encode(&message.with_content(fp).with_qos(fp))
}

struct Client {
    connection: Connection,
    link: Arc<FakeLink>,
}

impl Client {
    fn connect(world: &World, transport: Transport, address: &str) -> Self {
        let address: SocketAddr = format!("{address}:1234").parse().unwrap();
        let link = FakeLink::at(transport, address);
        let connection = Connection::new(
            world.server.clone(),
            world.now,
            Arc::<FakeLink>::clone(&link),
        );
        Self { connection, link }
    }

    fn logged_in(world: &World, user: &str) -> Self {
        let mut client = Self::connect(world, Transport::Tcp, "192.0.2.1");
        client.say(world, &login(user, Some(65_536)));
        client.link.sent();
        client
    }

    /// Returns why the connection is to be closed, if it is.
    fn say(&mut self, world: &World, body: &str) -> Option<CloseReason> {
        match self.connection.receive(world.now, body.as_bytes()) {
            Step::Close(reason) => {
                self.connection.close(world.now, reason);
                Some(reason)
            }
            _ => None,
        }
    }

    fn errors(&self) -> Vec<ErrorResponse> {
        let sent = self.link.sent().into_iter();
        sent.filter(|(kind, _)| *kind == MessageType::ErrorResponse)
            .map(|(_, content)| payload::decode(Some(&content)).unwrap())
            .collect()
    }

    fn login_answer(&self) -> Option<LoginResponse> {
        let sent = self.link.sent().into_iter();
        sent.filter(|(kind, _)| *kind == MessageType::LoginResponse)
            .map(|(_, content)| payload::decode(Some(&content)).unwrap())
            .next()
    }
}

fn messages() -> Quotas {
    Quotas {
        messages: Some(Rate::new(10, 3)),
        ..Quotas::unlimited()
    }
}

#[test]
fn who_sends_too_much_is_told_how_long_to_wait_and_then_let_through() {
    let mut world = world(messages());
    let (bob, _) = world.log_in("bob", Transport::Tcp);
    let mut alice = Client::logged_in(&world, "alice");
    for fp in ["1", "2", "3", "4"] {
        assert_eq!(alice.say(&world, &message(fp)), None);
    }
    let [refused] = &alice.errors()[..] else {
        panic!("one is too many");
    };
    assert_eq!(refused.code, codes::TOO_MANY_MESSAGES);
    assert_eq!(refused.retry_after, Some(100));
    assert_eq!(bob.data(), ["1", "2", "3"]);
    world.advance(Duration::from_millis(100));
    assert_eq!(alice.say(&world, &message("4")), None);
    assert_eq!(bob.data(), ["4"]);
    assert_eq!(world.server.stats().with_outcome(Outcome::TooMany), 1);
}

#[test]
fn another_connection_is_no_way_around_it_and_others_are_not_concerned() {
    let world = world(messages());
    let mut alice = Client::logged_in(&world, "alice");
    for fp in ["1", "2", "3"] {
        alice.say(&world, &message(fp));
    }
    alice.connection.close(world.now, CloseReason::Disconnected);
    let mut again = Client::logged_in(&world, "alice");
    again.say(&world, &message("4"));
    assert_eq!(again.errors().len(), 1);
    let mut carol = Client::logged_in(&world, "carol");
    carol.say(&world, &message("5"));
    assert_eq!(carol.errors().len(), 0);
}

#[test]
fn who_goes_on_all_the_same_is_disconnected() {
    for transport in [Transport::Tcp, Transport::Udp] {
        let world = world(messages());
        let mut alice = Client::connect(&world, transport, "192.0.2.1");
        alice.say(&world, &login("alice", None));
        let closed = (0..2000).find_map(|fp| alice.say(&world, &message(&fp.to_string())));
        assert_eq!(closed, Some(CloseReason::TooManyMessages), "{transport}");
        assert!(alice.connection.cause().unwrap().contains("told to wait"));
        // Errors are not what it is flooded with.
        assert!(alice.errors().len() < 10);
    }
}

#[test]
fn a_flood_of_which_some_is_taken_all_the_time_ends_too() {
    let mut world = world(messages());
    let mut alice = Client::connect(&world, Transport::Tcp, "192.0.2.1");
    alice.say(&world, &login("alice", None));
    // Twenty times as many as the rate has: of those in a row that are refused there are never many.
    let closed = (0..2000).find_map(|fp| {
        world.advance(Duration::from_millis(5));
        alice.say(&world, &message(&fp.to_string()))
    });
    assert_eq!(closed, Some(CloseReason::TooManyMessages));
}

#[test]
fn who_sends_twice_each_message_that_has_to_wait_goes_on() {
    let mut world = world(messages());
    let mut alice = Client::logged_in(&world, "alice");
    for fp in 0..2000 {
        world.advance(Duration::from_millis(50));
        // Too early every other time.
        assert_eq!(alice.say(&world, &message(&(fp / 2).to_string())), None);
    }
}

#[test]
fn pings_without_end_close_the_connection() {
    let mut world = world(Quotas {
        requests: Some(Rate::new(1, 5)),
        ..Quotas::unlimited()
    });
    let mut alice = Client::connect(&world, Transport::WebSocket, "192.0.2.1");
    let mut pings = |world: &World| {
        (0..10).find_map(|_| match alice.connection.count_control(world.now) {
            Step::Close(reason) => Some(reason),
            _ => None,
        })
    };
    assert_eq!(pings(&world), Some(CloseReason::TooManyMessages));
    world.advance(Duration::from_secs(1));
    assert_eq!(pings(&world), Some(CloseReason::TooManyMessages));
}

#[test]
fn heartbeats_and_echoes_without_end_close_the_connection() {
    let world = world(Quotas {
        requests: Some(Rate::new(1, 5)),
        ..Quotas::unlimited()
    });
    for kind in [MessageType::Echo, MessageType::KeepAlive] {
        let mut alice = Client::logged_in(&world, "alice");
        let body = encode(&Message::new(kind, "alice", SERVER).with_content("{}"));
        let closed = (0..10).find_map(|_| alice.say(&world, &body));
        assert_eq!(closed, Some(CloseReason::TooManyMessages), "{kind:?}");
        assert_eq!(alice.link.sent().len(), 4, "the login counts too");
    }
}

#[test]
fn logins_from_one_address_are_bounded_and_other_addresses_are_not_concerned() {
    let mut world = world(Quotas {
        logins_per_address: Some(Rate::new(1, 2)),
        ..Quotas::unlimited()
    });
    let attempt = |world: &World, address: &str, user: &str, max_body| {
        let mut client = Client::connect(world, Transport::Tcp, address);
        let closed = client.say(world, &login(user, max_body));
        (client.login_answer(), closed)
    };
    for user in ["alice", "bob"] {
        let (answer, closed) = attempt(&world, "[2001:db8::1]", user, None);
        assert_eq!((answer.unwrap().code, closed), (0, None));
    }
    // Another address of the same customer's.
    let other = "[2001:db8::2]";
    let (answer, closed) = attempt(&world, other, "carol", Some(65_536));
    let answer = answer.unwrap();
    assert_eq!(closed, Some(CloseReason::TooManyLogins));
    assert_eq!(answer.code, codes::TEMPORARILY_UNAVAILABLE);
    assert_eq!(answer.retry_after, Some(1000));
    // An original would take a refusal for the last word.
    assert_eq!(
        attempt(&world, other, "carol", None),
        (None, Some(CloseReason::TooManyLogins))
    );
    let (answer, _) = attempt(&world, "192.0.2.9", "carol", None);
    assert_eq!(answer.unwrap().code, 0);
    world.advance(Duration::from_secs(1));
    let (answer, _) = attempt(&world, other, "dave", None);
    assert_eq!(answer.unwrap().code, 0);
    let logins = world.server.stats().logins;
    assert_eq!(logins.of(LoginOutcome::TooManyOfAddress), 2);
    assert_eq!(logins.of(LoginOutcome::Accepted), 4);
}

#[test]
fn who_fails_as_somebody_else_does_not_keep_that_user_out() {
    let world = world(Quotas {
        logins_per_user: Some(Rate::new(1, 2)),
        ..Quotas::unlimited()
    });
    for (address, closed) in [
        ("192.0.2.1", None),
        ("192.0.2.1", None),
        ("192.0.2.1", Some(CloseReason::TooManyLogins)),
        ("192.0.2.2", None),
    ] {
        let mut client = Client::connect(&world, Transport::WebSocket, address);
        assert_eq!(
            client.say(&world, &login("alice", None)),
            closed,
            "{address}"
        );
    }
}

#[test]
fn a_storm_of_logins_is_told_to_come_back_one_after_the_other() {
    let world = world(Quotas {
        logins: Some(Rate::new(10, 5)),
        ..Quotas::unlimited()
    });
    let mut waits = Vec::new();
    for number in 0..25 {
        let mut client = Client::connect(&world, Transport::Udp, "127.0.0.1");
        client.say(&world, &login(&format!("user {number}"), Some(65_536)));
        let answer = client.login_answer().unwrap();
        waits.extend(answer.retry_after);
    }
    let expected: Vec<_> = (1..=20).map(|place| place * 100).collect();
    assert_eq!(waits, expected);
}

#[test]
fn of_too_many_connections_that_have_not_logged_in_the_oldest_are_closed() {
    let world = world(Quotas {
        strangers: 640,
        ..Quotas::unlimited()
    });
    let online = Client::logged_in(&world, "alice");
    let strangers: Vec<_> = (0..1000)
        .map(|_| Client::connect(&world, Transport::Tcp, "192.0.2.1"))
        .collect();
    let closed: Vec<_> = strangers
        .iter()
        .map(|client| client.link.closed())
        .collect();
    let (old, new) = closed.split_at(360);
    assert!(
        old.iter()
            .all(|reason| *reason == Some(CloseReason::Crowded))
    );
    assert!(new.iter().all(Option::is_none));
    assert_eq!(online.link.closed(), None);
}
