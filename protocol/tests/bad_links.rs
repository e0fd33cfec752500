//! Both engines together over links that lose, repeat, reorder and break: everything is delivered once, in order.
//!
//! A failure prints its seed; `MOBILEIM_SEED=n` runs that one alone.

#[path = "support/world.rs"]
mod world;

use std::time::Duration;

use mobileim_protocol::Transport;
use world::{Weather, World};

const MESSAGES: usize = 100;

fn seeds(count: u64) -> Vec<u64> {
    match std::env::var("MOBILEIM_SEED") {
        Ok(seed) => vec![seed.parse().expect("MOBILEIM_SEED is a number")],
        Err(_) => (0..count).collect(),
    }
}

/// Three users write to each other all the while; then everything has arrived, once and in order.
fn everything_arrives_once_and_in_order(
    seed: u64,
    transport: Transport,
    weather: Weather,
) -> World {
    let mut world = World::new(seed, transport, weather, &["alice", "bob", "carol"]);
    for n in 0..MESSAGES {
        for from in 0..3 {
            world.send(from, (from + 1) % 3, &format!("{n}"));
        }
        world.run(Duration::from_millis(200));
    }
    let mut hours = 0;
    while world.pending() > 0 {
        assert!(
            hours < 24,
            "seed {seed}: {} messages are stuck",
            world.pending()
        );
        if weather.breaks_within.is_some() {
            world.clear_up();
        }
        world.run(Duration::from_secs(3600));
        hours += 1;
    }
    for (user, from) in [(0, 2), (1, 0), (2, 1)] {
        let from = world.users[from].name.clone();
        let expected: Vec<_> = (0..MESSAGES)
            .map(|n| (from.clone(), n.to_string()))
            .collect();
        assert_eq!(world.users[user].shown, expected, "seed {seed}");
        assert_eq!(
            (world.users[user].delivered.len(), world.users[user].lost),
            (MESSAGES, 0),
            "seed {seed}"
        );
    }
    world
}

#[test]
fn datagrams_with_thirty_percent_loss_both_ways() {
    let weather = Weather {
        loss: 0.3,
        duplication: 0.05,
        delay: (10, 150),
        breaks_within: None,
    };
    for seed in seeds(30) {
        everything_arrives_once_and_in_order(seed, Transport::Udp, weather);
    }
}

#[test]
fn streams_that_break_again_and_again() {
    let weather = Weather {
        loss: 0.0,
        duplication: 0.0,
        delay: (1, 200),
        breaks_within: Some(5_000),
    };
    for seed in seeds(100) {
        let world = everything_arrives_once_and_in_order(seed, Transport::Tcp, weather);
        assert!(
            world.users.iter().all(|user| user.times_online > 2),
            "seed {seed}: the links did break"
        );
    }
}

#[test]
fn a_clear_sky_needs_one_login_each() {
    let weather = Weather {
        loss: 0.0,
        duplication: 0.0,
        delay: (1, 5),
        breaks_within: None,
    };
    let world = everything_arrives_once_and_in_order(1, Transport::WebSocket, weather);
    assert!(world.users.iter().all(|user| user.times_online == 1));
}
