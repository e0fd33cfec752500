//! What becomes of messages is told to whoever waits for it; and what is sent in a user's name.

use std::time::Duration;

use mobileim_protocol::{MAX_BODY, MessageType, Transport};

use super::world::World;
use crate::event::Refusal;
use crate::sent::Sent;
use crate::server::Push;
use crate::watch::{Fate, Watch};

fn push(text: &str) -> Push {
    Push {
        content: text.to_owned(),
        typeu: -1,
        qos: true,
        ttl: None,
        refs: None,
    }
}

/// What was told so far.
fn told(watch: &mut Watch<'_>) -> Vec<(String, Fate)> {
    let told = std::iter::from_fn(|| watch.try_next());
    told.map(|(to, fate)| (to.to_string(), fate)).collect()
}

#[test]
fn what_becomes_of_a_message_is_told_for_each_receiver() {
    let world = World::new();
    let mut watch = world.server.watch("0", "1");
    let (_, session) = world.log_in("bob", Transport::Tcp);
    for to in ["bob", "carol"] {
        world.server.send_as("1", to, &push("hi"));
    }
    assert_eq!(told(&mut watch), [("carol".into(), Fate::Stored)]);
    world
        .server
        .acknowledge(world.now, "bob", session, "0", "1");
    assert_eq!(told(&mut watch), [("bob".into(), Fate::Delivered)]);
    let (_, session) = world.log_in("carol", Transport::Tcp);
    world
        .server
        .acknowledge(world.now, "carol", session, "0", "1");
    assert_eq!(told(&mut watch), [("carol".into(), Fate::Delivered)]);
    drop(watch);
    let mut watch = world.server.watch("0", "2");
    world
        .server
        .send_as("2", "bob", &push(&"x".repeat(MAX_BODY)));
    let limit = MAX_BODY;
    assert_eq!(
        told(&mut watch),
        [("bob".into(), Fate::Refused(Refusal::TooLong { limit }))]
    );
}

#[test]
fn whoever_waits_is_told_of_that_message_alone() {
    let world = World::new();
    let mut watch = world.server.watch("0", "1");
    for fp in ["1", "2"] {
        world.server.send_as(fp, "bob", &push("hi"));
        world.server.send_on_behalf("alice", fp, "bob", &push("hi"));
    }
    assert_eq!(told(&mut watch), [("bob".into(), Fate::Stored)]);
    world.server.send_as("1", "bob", &push("hi"));
    assert_eq!(told(&mut watch), [("bob".into(), Fate::Settled)]);
    drop(watch);
    world.server.send_as("1", "bob", &push("hi"));
    assert!(told(&mut world.server.watch("0", "1")).is_empty());
}

#[test]
fn in_whose_name_something_is_sent_is_told_nothing_of_it() {
    let world = World::new();
    let (alice, _) = world.log_in("alice", Transport::Tcp);
    let (bob, session) = world.log_in("bob", Transport::Tcp);
    alice.sent();
    bob.sent();
    let send = |fp, to| world.server.send_on_behalf("alice", fp, to, &push("hi"));
    assert_eq!(send("1", "bob"), Sent::OnItsWay);
    assert_eq!(bob.data(), ["hi"]);
    world
        .server
        .acknowledge(world.now, "bob", session, "alice", "1");
    assert_eq!(send("1", "bob"), Sent::Repeated);
    assert_eq!(send("2", "carol"), Sent::OnItsWay);
    let long = push(&"x".repeat(MAX_BODY));
    world.server.send_on_behalf("alice", "3", "bob", &long);
    assert_eq!(alice.sent(), [] as [(MessageType, String); 0]);
}

#[test]
fn what_waits_for_too_long_is_told() {
    let mut world = World::new();
    let server = world.server.clone();
    let mut watch = server.watch("0", "1");
    let ttl = Some(Duration::from_secs(60));
    server.send_as("1", "bob", &Push { ttl, ..push("hi") });
    assert_eq!(told(&mut watch), [("bob".into(), Fate::Stored)]);
    world.advance(Duration::from_secs(3600));
    let (bob, _) = world.log_in("bob", Transport::Tcp);
    assert!(bob.data().is_empty());
    assert_eq!(told(&mut watch), [("bob".into(), Fate::Expired)]);
}
