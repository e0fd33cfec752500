//! What is remembered of messages.

use mobileim_protocol::{SERVER, Transport};

use super::world::World;
use crate::registry::Config;
use crate::server::Push;

fn world(trace_memory: usize) -> World {
    World::with_config(&Config {
        trace_memory,
        ..Config::default()
    })
}

fn steps(world: &World, from: &str, fp: &str) -> Vec<String> {
    let steps = world.server.view().trace(from, fp);
    steps
        .iter()
        .map(|entry| format!("{}: {}", entry.to.as_deref().unwrap_or("?"), entry.step))
        .collect()
}

#[test]
fn the_way_of_a_push_is_remembered_for_each_receiver() {
    let world = world(1);
    let (_, session) = world.log_in("bob", Transport::Tcp);
    let push = Push {
        content: "hi".to_owned(),
        typeu: -1,
        qos: true,
        ttl: None,
        refs: None,
    };
    for to in ["bob", "carol"] {
        world.server.send_as("1", to, &push);
    }
    world.server.send_as("1", "bob", &push);
    (world.server).acknowledge(world.now, "bob", session, SERVER, "1");
    let number = session.0;
    assert_eq!(
        steps(&world, SERVER, "1"),
        [
            "bob: received".to_owned(),
            format!("bob: sent to session {number}"),
            "carol: received".to_owned(),
            "carol: stored".to_owned(),
            "bob: received".to_owned(),
            "bob: was here before".to_owned(),
            "bob: acknowledged by its receiver".to_owned(),
        ]
    );
    assert!(world.server.view().trace_since(SERVER, "1").is_some());
    assert!(world.server.view().trace_memory() > 0);
}

#[test]
fn nothing_is_remembered_unless_there_is_memory_for_it() {
    let world = world(0);
    world.send("alice", "bob", "1");
    assert_eq!(steps(&world, "alice", "1"), [""; 0]);
    assert_eq!(world.server.view().trace_since("alice", "1"), None);
    assert_eq!(world.server.view().trace_memory(), 0);
}
