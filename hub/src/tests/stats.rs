//! What is counted.

use std::sync::Arc;

use mobileim_protocol::Transport;

use super::world::{Events, World};
use crate::stats::{MessageKind, Outcome};

#[test]
fn each_thing_that_happens_to_a_message_is_told_once() {
    let events = Arc::<Events>::default();
    let world = World::with_hooks(Arc::<Events>::clone(&events));
    world.send("alice", "bob", "1");
    let (_, bob) = world.log_in("bob", Transport::Tcp);
    world.send("alice", "bob", "2");
    for fp in ["1", "2"] {
        world.server.acknowledge(world.now, "bob", bob, "alice", fp);
    }
    world.send("alice", "bob", "2");
    assert_eq!(
        events.take(),
        ["stored 1", "fetched 1", "delivered 2", "repeated 2"]
    );
    let stats = world.server.stats();
    for outcome in [
        Outcome::Stored,
        Outcome::Fetched,
        Outcome::Delivered,
        Outcome::Repeated,
    ] {
        let of_users = (MessageKind::ClientToClient, outcome);
        assert_eq!(stats.messages.of(of_users), 1, "{outcome:?}");
        assert_eq!(stats.with_outcome(outcome), 1, "{outcome:?}");
    }
    assert_eq!((stats.delivery.count(), stats.storing.count()), (1, 1));
    assert_eq!(stats.sessions.of(Transport::Tcp), 1);
}
