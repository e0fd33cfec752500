//! What the server itself sends, and whom it sends away.

use std::sync::Arc;
use std::time::Duration;

use mobileim_protocol::mailbox::{SessionId, StoreFailure};
use mobileim_protocol::{MAX_BODY, Message, MessageType, Transport};

use super::world::{Failing, World};
use crate::link::CloseReason;
use crate::sent::Sent;
use crate::server::Push;
use crate::stats::Outcome;

fn push(text: &str, qos: bool) -> Push {
    Push {
        content: text.to_owned(),
        typeu: -1,
        qos,
        ttl: None,
        refs: None,
    }
}

#[test]
fn what_becomes_of_a_push_at_once_is_told() {
    let world = World::new();
    world.log_in("bob", Transport::Tcp);
    let send = |fp, to, text, qos| world.server.send_as(fp, to, &push(text, qos));
    assert_eq!(send("1", "bob", "hi", true), Sent::OnItsWay);
    assert_eq!(send("1", "bob", "hi", true), Sent::Repeated);
    assert_eq!(send("1", "carol", "hi", true), Sent::OnItsWay);
    assert_eq!(send("2", "bob", "hi", false), Sent::OnItsWay);
    assert_eq!(send("2", "carol", "hi", false), Sent::Offline);
    assert!(!Sent::Offline.is_on_its_way());
    assert!(Sent::Repeated.is_on_its_way());
}

#[test]
fn a_push_that_no_client_takes_is_not_kept_for_one() {
    let world = World::new();
    let long = "x".repeat(MAX_BODY);
    for qos in [true, false] {
        let sent = world.server.send_as("1", "bob", &push(&long, qos));
        assert_eq!(sent, Sent::TooLong { limit: MAX_BODY });
    }
    assert_eq!(world.log.take(), ["bob does not get 1"]);
    let stats = world.server.stats();
    assert_eq!(stats.with_outcome(Outcome::Dropped), 1);
    assert_eq!(stats.messages.total(), 2);
}

#[test]
fn a_push_that_cannot_be_stored_is_refused_later() {
    let world = World::with(|_| Arc::new(Failing(StoreFailure::NoStore)));
    let sent = world.server.send_as("1", "bob", &push("hi", true));
    assert_eq!(sent, Sent::OnItsWay);
    assert_eq!(world.log.take(), ["bob does not get 1"]);
}

#[test]
fn only_the_session_that_is_meant_is_kicked() {
    let world = World::new();
    let (link, session) = world.log_in("bob", Transport::Tcp);
    let kick = |session| {
        let server = &world.server;
        server.kick_session("bob", session, 2001, Some("closing time")) > 0
    };
    assert!(!kick(Some(SessionId(session.0 + 1))));
    assert_eq!(link.closed(), None);
    assert!(kick(Some(session)));
    assert_eq!(link.closed(), Some(CloseReason::Kicked(2001)));
    assert!(!kick(Some(session)));
    assert!(!kick(None));
}

#[test]
fn how_long_a_session_is_silent_is_seen() {
    let world = World::new();
    world.log_in("bob", Transport::Tcp);
    let view = world.server.view();
    let sessions = view.sessions("bob");
    assert!(view.silence(&sessions[0]) < Duration::from_secs(1));
}

#[test]
fn the_application_sends_in_the_name_of_a_user_who_is_not_online() {
    let world = World::new();
    let (link, _) = world.log_in("bob", Transport::Tcp);
    let send = |fp| {
        let server = &world.server;
        server.send_on_behalf("alice", fp, "bob", &push("hi", true))
    };
    assert_eq!(send("1"), Sent::OnItsWay);
    assert_eq!(send("1"), Sent::Repeated);
    assert_eq!(link.data(), ["hi"]);
}

#[test]
fn the_server_learns_that_its_message_could_not_be_kept() {
    let world = World::with(|_| Arc::new(Failing(StoreFailure::Unavailable)));
    let message = Message::new(MessageType::CommonData, "0", "bob").with_qos("1");
    world.push("bob", &message);
    assert_eq!(world.log.take(), ["bob does not get 1"]);
}

#[test]
fn the_server_learns_that_its_message_arrived() {
    let world = World::new();
    let (_, session) = world.log_in("bob", Transport::Tcp);
    let message = Message::new(MessageType::CommonData, "0", "bob").with_qos("1");
    world.push("bob", &message);
    world.log.take();
    world
        .server
        .acknowledge(world.now, "bob", session, "0", "1");
    assert_eq!(world.log.take(), ["bob has 1"]);
}
