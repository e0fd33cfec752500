//! The memory of all mailboxes.

use std::collections::VecDeque;
use std::sync::Arc;

use mobileim_protocol::Transport;
use mobileim_protocol::mailbox::SessionId;

use super::world::{FakeLink, World, seconds};
use crate::link::CloseReason;
use crate::registry::Config;

const MAX: usize = 1 << 20;
const RECEIVERS: usize = 200;
const EACH: usize = 30;

fn world() -> World {
    World::with_config(&Config {
        mailbox_memory: MAX,
        ..Config::default()
    })
}

fn text(number: usize) -> String {
    format!("{number:01000}")
}

/// Receivers that are online and acknowledge nothing, with what they were sent.
fn silent(world: &World) -> Vec<(Arc<FakeLink>, SessionId)> {
    let name = |number: usize| format!("silent {number}");
    let silent: Vec<_> = (0..RECEIVERS)
        .map(|number| world.log_in(&name(number), Transport::Tcp))
        .collect();
    for number in 0..EACH {
        for receiver in 0..RECEIVERS {
            world.send("mallory", &name(receiver), &text(number));
            let held = world.server.stats().mailbox_bytes;
            assert!(held < MAX as u64, "{held}");
        }
    }
    silent
}

#[test]
fn receivers_that_acknowledge_nothing_share_a_bounded_memory_and_lose_nothing() {
    let world = world();
    let silent = silent(&world);
    let stats = world.server.stats();
    assert!(
        stats.mailbox_bytes > MAX as u64 / 2,
        "{}",
        stats.mailbox_bytes
    );
    assert!(stats.short_of_memory > 0);
    for (receiver, (link, session)) in silent.iter().enumerate() {
        let user = format!("silent {receiver}");
        let mut received = 0;
        let mut sent = VecDeque::from(link.data());
        while let Some(fp) = sent.pop_front() {
            assert_eq!(fp, text(received), "in order");
            received += 1;
            let (now, from) = (world.now, "mallory");
            world.server.acknowledge(now, &user, *session, from, &fp);
            sent.extend(link.data());
        }
        assert_eq!(received, EACH);
    }
    assert_eq!(world.server.stats().mailbox_bytes, 0);
}

#[test]
fn who_acknowledges_is_served_without_the_store_meanwhile() {
    let mut world = world();
    let silent = silent(&world);
    let (bob, session) = world.log_in("bob", Transport::Tcp);
    let stored = world.server.stats().store.amount;
    for number in 0..100 {
        world.send("alice", "bob", &format!("{number}"));
        assert_eq!(bob.data(), [number.to_string()]);
        let fp = number.to_string();
        world
            .server
            .acknowledge(world.now, "bob", session, "alice", &fp);
    }
    assert_eq!(world.server.stats().store.amount, stored);
    // When the others have gone, nothing is held for them.
    for (receiver, (_, session)) in silent.iter().enumerate() {
        let (user, reason) = (format!("silent {receiver}"), CloseReason::Expired);
        world.server.end_session(world.now, &user, *session, reason);
    }
    world.advance(seconds(1000));
    assert_eq!(world.server.stats().mailbox_bytes, 0);
}
