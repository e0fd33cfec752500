//! What waits is taken away while it is delivered.

use std::time::Duration;

use mobileim_protocol::Transport;
use mobileim_protocol::mailbox::Position;

use super::world::World;
use crate::deferred::Deferred;
use crate::store::{Part, Which};

impl World {
    /// Takes away all of bob's, or what has this fingerprint. Returns how many.
    fn purge(&self, fp: Option<&str>) -> u64 {
        let which = Which::new(None, fp.map(Into::into));
        match self.server.purge_with(self.now, "bob", &which) {
            Deferred::Ready(purged) => purged.unwrap(),
            Deferred::Pending(_) => panic!("a store in memory answers at once"),
        }
    }

    /// What is stored for bob.
    fn waiting(&self) -> Vec<String> {
        let part = Part {
            after: Position::START,
            limit: 10_000,
            max_bytes: usize::MAX,
        };
        let Deferred::Ready(found) = self.server.look_at_waiting("bob", Which::default(), part)
        else {
            panic!("a store in memory answers at once");
        };
        let messages = found.unwrap().messages.into_iter();
        messages.map(|waits| waits.message.fp.to_string()).collect()
    }
}

#[test]
fn what_was_taken_away_is_not_sent_though_it_was_read_before() {
    let mut world = World::new();
    // More than are on their way at once.
    for number in 0..600 {
        world.send("alice", "bob", &number.to_string());
    }
    let (bob, session) = world.log_in("bob", Transport::Tcp);
    let sent = bob.data();
    assert!(!sent.is_empty() && sent.len() < 600, "{}", sent.len());
    assert_eq!(world.purge(None), 600);
    assert!(world.waiting().is_empty());
    for fp in &sent {
        world
            .server
            .acknowledge(world.now, "bob", session, "alice", fp);
    }
    world.advance(Duration::from_secs(10));
    assert!(bob.data().is_empty());
    world.send("alice", "bob", "new");
    assert_eq!(bob.data(), ["new"]);
}

#[test]
fn what_is_not_meant_stays_in_its_order() {
    let world = World::new();
    for fp in ["1", "2", "3"] {
        world.send("alice", "bob", fp);
    }
    assert_eq!(world.purge(Some("2")), 1);
    assert_eq!(world.waiting(), ["1", "3"]);
    let (bob, _) = world.log_in("bob", Transport::Tcp);
    assert_eq!(bob.data(), ["1", "3"]);
    assert_eq!(world.purge(Some("4")), 0);
    assert_eq!(world.purge(Some("3")), 1);
    assert_eq!(world.waiting(), ["1"]);
}
