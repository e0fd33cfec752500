//! Users with several devices: each gets each message once, and what the user sends from another.

use std::time::Duration;

use mobileim_protocol::codes;

use super::home::Home;
use super::world::UNIX_MILLIS;
use crate::devices::{DevicePolicy, DeviceView, Sessions};
use crate::link::CloseReason;
use crate::server::Push;
use crate::store::StoreLimits;

const NOTHING: [&str; 0] = [];

#[test]
fn each_device_gets_each_message_once_and_its_sender_is_told_when_all_have_it() {
    let home = Home::of(Sessions::PerDevice);
    let world = &home.world;
    let mut alice = home.sit("alice", "a1", "web");
    let mut phone = home.sit("bob", "b1", "ios");
    let mut laptop = home.sit("bob", "b2", "web");
    alice.send(world, "bob", "hi");
    assert_eq!(phone.reads(world), ["alice>bob:hi"]);
    assert_eq!(alice.reads(world), NOTHING, "one of them does not have it");
    assert_eq!(laptop.reads(world), ["alice>bob:hi"]);
    assert_eq!(alice.reads(world), ["✓hi"]);
    alice.send(world, "bob", "hi");
    assert_eq!(phone.reads(world), NOTHING);
    assert_eq!(laptop.reads(world), NOTHING);
    assert_eq!(alice.reads(world), ["✓hi"], "it was repeated");
}

#[test]
fn what_a_user_sends_from_one_device_comes_to_the_named_others_alone() {
    let home = Home::of(Sessions::PerDevice);
    let world = &home.world;
    let mut phone = home.sit("alice", "a1", "ios");
    let mut laptop = home.sit("alice", "a2", "web");
    let mut original = home.sit("alice", "", "");
    let mut bob = home.sit("bob", "", "");
    phone.send(world, "bob", "hi");
    assert_eq!(bob.reads(world), ["alice>bob:hi"]);
    assert_eq!(original.reads(world), NOTHING);
    assert_eq!(phone.reads(world), NOTHING, "the laptop does not have it");
    assert_eq!(laptop.reads(world), ["alice>bob:hi"]);
    assert_eq!(phone.reads(world), ["✓hi"]);
    bob.send(world, "alice", "hello");
    for seat in [&mut phone, &mut laptop, &mut original] {
        assert_eq!(seat.reads(world), ["bob>alice:hello"]);
    }
    assert_eq!(bob.reads(world), ["✓hello"]);
    // The user's notes: all devices have them.
    laptop.send(world, "alice", "note");
    assert_eq!(phone.reads(world), ["alice>alice:note"]);
    assert_eq!(original.reads(world), ["alice>alice:note"]);
    assert_eq!(laptop.reads(world), ["alice>alice:note"]);
    assert_eq!(laptop.reads(world), ["✓note"]);
}

#[test]
fn a_named_device_beside_an_original_one_is_told_what_becomes_of_what_it_sends() {
    let home = Home::of(Sessions::PerDevice);
    let world = &home.world;
    let mut original = home.sit("alice", "", "");
    let mut laptop = home.sit("alice", "a2", "web");
    let mut bob = home.sit("bob", "b1", "ios");
    laptop.send(world, "bob", "hi");
    assert_eq!(bob.reads(world), ["alice>bob:hi"]);
    assert_eq!(laptop.reads(world), ["✓hi"]);
    original.send(world, "bob", "hello");
    assert_eq!(bob.reads(world), ["alice>bob:hello"]);
    assert_eq!(laptop.reads(world), ["alice>bob:hello"]);
    assert_eq!(original.reads(world), ["✓hello"]);
}

#[test]
fn a_device_that_was_away_gets_what_came_also_from_another_server_and_once() {
    let mut home = Home::of(Sessions::PerDevice);
    let mut alice = home.sit("alice", "a1", "web");
    let mut phone = home.sit("bob", "b1", "ios");
    let mut laptop = home.sit("bob", "b2", "web");
    laptop
        .connection
        .close(home.world.now, CloseReason::Disconnected);
    alice.send(&home.world, "bob", "one");
    assert_eq!(phone.reads(&home.world), ["alice>bob:one"]);
    assert_eq!(
        alice.reads(&home.world),
        ["✓one"],
        "the other's waits in the store"
    );
    home.start_again();
    let mut alice = home.sit("alice", "a1", "web");
    alice.send(&home.world, "bob", "two");
    assert_eq!(alice.reads(&home.world), ["✓two"], "both are stored");
    let mut laptop = home.sit("bob", "b2", "web");
    assert_eq!(
        laptop.reads(&home.world),
        ["alice>bob:one", "alice>bob:two"]
    );
    let mut phone = home.sit("bob", "b1", "ios");
    assert_eq!(phone.reads(&home.world), ["alice>bob:two"]);
    assert_eq!((home.waiting("bob"), home.waiting("bob\u{ffff}1")), (0, 0));
}

/// The page that says who is sent away.
const PAGE: &str = include_str!("../../../docs/server.md");

/// Reads "d1 (ios)", or "original".
fn device(cell: &str) -> (&str, &str) {
    let named = cell
        .strip_suffix(')')
        .and_then(|cell| cell.split_once(" ("));
    named.unwrap_or_else(|| {
        assert_eq!(cell, "original");
        ("", "")
    })
}

#[test]
fn who_is_sent_away_is_what_the_table_in_the_docs_says() {
    let rows = PAGE.lines().filter_map(|line| {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        let sessions = match cells[0] {
            "single" => Sessions::Single,
            "per-device" => Sessions::PerDevice,
            "per-platform" => Sessions::PerPlatform,
            _ => return None,
        };
        let [_, there, comes, away] = cells[..] else {
            panic!("{line}");
        };
        Some((line, sessions, there, comes, away))
    });
    let mut count = 0;
    for (case, sessions, there, comes, away) in rows {
        count += 1;
        let home = Home::of(sessions);
        let names: Vec<_> = there.split(", ").map(device).collect();
        let sit = |(name, platform): &(&str, &str)| home.sit("bob", name, platform);
        let mut seats: Vec<_> = names.iter().map(sit).collect();
        let newcomer = sit(&device(comes));
        assert_eq!(newcomer.link.closed(), None);
        let name_of = |name: &str| {
            if away == "original" {
                name.is_empty()
            } else {
                name == away
            }
        };
        let mut left = 1;
        for (seat, (name, _)) in seats.iter_mut().zip(names) {
            let reason =
                name_of(name).then_some(CloseReason::Kicked(codes::KICKED_DUPLICATE_LOGIN));
            assert_eq!(seat.link.closed(), reason, "{case}: {name}");
            assert_eq!(
                seat.reads(&home.world).is_empty(),
                reason.is_none(),
                "{case}: {name}"
            );
            left += usize::from(reason.is_none());
        }
        let view = home.world.server.view();
        assert_eq!(
            (view.sessions("bob").len(), view.online().len()),
            (left, 1),
            "{case}"
        );
    }
    assert_eq!(count, 8);
}

#[test]
fn of_too_many_devices_the_one_that_was_away_longest_is_forgotten_with_what_waits_for_it() {
    let policy = DevicePolicy {
        sessions: Sessions::PerDevice,
        max: 2,
        ..DevicePolicy::default()
    };
    let home = Home::with(policy, StoreLimits::none());
    let world = &home.world;
    let online = home.sit("bob", "b1", "ios");
    let mut away = home.sit("bob", "b2", "web");
    away.connection.close(world.now, CloseReason::Disconnected);
    let mut alice = home.sit("alice", "", "");
    alice.send(world, "bob", "hi");
    assert_eq!(home.waiting("bob\u{ffff}1"), 1);
    let _new = home.sit("bob", "b3", "mac");
    assert_eq!(home.waiting("bob\u{ffff}1"), 0);
    assert_eq!(online.link.closed(), None);
    let names = |devices: Vec<DeviceView>| -> Vec<_> {
        devices
            .into_iter()
            .map(|device| device.id.to_string())
            .collect()
    };
    assert_eq!(names(world.server.devices("bob")), ["b1", "b3"]);
    assert_eq!(home.book.devices.lock().len(), 3, "alice has one");
    assert!(world.server.remove_device("bob", "b1"));
    assert!(!world.server.remove_device("bob", "b1"));
    let reason = CloseReason::Kicked(codes::KICKED_BY_ADMINISTRATOR);
    assert_eq!(online.link.closed(), Some(reason));
    assert_eq!(names(world.server.devices("bob")), ["b3"]);
}

#[test]
fn a_device_that_does_not_come_is_forgotten_and_one_that_is_online_is_not() {
    let mut home = Home::of(Sessions::PerDevice);
    home.policy.forget_after = Duration::from_secs(24 * 3600);
    home.start_again();
    let mut gone = home.sit("bob", "b1", "ios");
    gone.connection
        .close(home.world.now, CloseReason::Disconnected);
    let old = UNIX_MILLIS - 3 * 24 * 3600 * 1000;
    for device in home.book.devices.lock().iter_mut() {
        device.seen = old;
    }
    home.start_again();
    let _there = home.sit("alice", "a1", "ios");
    home.world.server.driver().sweep_devices();
    assert!(home.world.server.devices("bob").is_empty());
    assert_eq!(home.world.server.devices("alice").len(), 1);
    let devices = home.book.devices.lock();
    assert!(devices.iter().all(|device| *device.user == *"alice"));
}

#[test]
fn a_device_that_cannot_be_written_down_is_not_let_in() {
    let home = Home::of(Sessions::PerDevice);
    *home.book.fails.lock() = true;
    let bob = home.sit("bob", "b1", "ios");
    assert_eq!(bob.answer.unwrap().code, codes::TEMPORARILY_UNAVAILABLE);
    assert!(!home.world.server.is_online("bob"));
    assert!(home.world.server.devices("bob").is_empty());
    *home.book.fails.lock() = false;
    let bob = home.sit("bob", "b1", "ios");
    assert_eq!(bob.answer.unwrap().code, codes::OK);
}

#[test]
fn a_device_with_too_many_messages_misses_the_rest_and_is_told_while_others_go_on() {
    let mut limits = StoreLimits::none();
    // Half of it for one sender.
    limits.max_messages = Some(4);
    let policy = DevicePolicy {
        sessions: Sessions::PerDevice,
        ..DevicePolicy::default()
    };
    let home = Home::with(policy, limits);
    let world = &home.world;
    let mut alice = home.sit("alice", "", "");
    let mut phone = home.sit("bob", "b1", "ios");
    let mut laptop = home.sit("bob", "b2", "web");
    laptop
        .connection
        .close(world.now, CloseReason::Disconnected);
    for text in ["1", "2", "3", "4"] {
        alice.send(world, "bob", text);
        assert_eq!(phone.reads(world), [format!("alice>bob:{text}")]);
        assert_eq!(alice.reads(world), [format!("✓{text}")]);
    }
    assert_eq!(
        world.server.devices("bob")[1].missed_since,
        Some(UNIX_MILLIS)
    );
    let mut laptop = home.sit("bob", "b2", "web");
    assert_eq!(
        laptop.answer.as_ref().unwrap().missed_since,
        Some(UNIX_MILLIS)
    );
    assert_eq!(laptop.reads(world), ["alice>bob:1", "alice>bob:2"]);
    alice.send(world, "bob", "5");
    assert_eq!(laptop.reads(world), ["alice>bob:5"]);
    assert_eq!(phone.reads(world), ["alice>bob:5"]);
    assert_eq!(alice.reads(world), ["✓5"]);
    laptop
        .connection
        .close(world.now, CloseReason::Disconnected);
    let again = home.sit("bob", "b2", "web");
    assert_eq!(again.answer.unwrap().missed_since, None, "it was told");
}

#[test]
fn a_device_that_has_missed_some_gets_what_comes_once_no_other_is_left() {
    let mut limits = StoreLimits::none();
    limits.max_messages = Some(2);
    let policy = DevicePolicy {
        sessions: Sessions::PerDevice,
        ..DevicePolicy::default()
    };
    let home = Home::with(policy, limits);
    let world = &home.world;
    let mut alice = home.sit("alice", "", "");
    let mut carol = home.sit("carol", "", "");
    let mut phone = home.sit("bob", "b1", "ios");
    let mut laptop = home.sit("bob", "b2", "web");
    laptop
        .connection
        .close(world.now, CloseReason::Disconnected);
    for text in ["1", "2"] {
        alice.send(world, "bob", text);
        phone.reads(world);
    }
    assert_eq!(alice.reads(world), ["✓1", "✓2"]);
    assert!(world.server.devices("bob")[1].missed_since.is_some());
    assert!(world.server.remove_device("bob", "b1"));
    carol.send(world, "bob", "3");
    assert_eq!(carol.reads(world), ["✓3"]);
    let mut laptop = home.sit("bob", "b2", "web");
    assert_eq!(laptop.reads(world), ["alice>bob:1", "carol>bob:3"]);
}

#[test]
fn whoever_comes_and_goes_is_told_with_how_many_others_there_are() {
    let home = Home::of(Sessions::PerDevice);
    let mut phone = home.sit("bob", "b1", "ios");
    let _laptop = home.sit("bob", "b2", "web");
    phone
        .connection
        .close(home.world.now, CloseReason::Disconnected);
    assert_eq!(
        *home.sightings.0.lock(),
        [
            "bob on b1, 0 others",
            "bob on b2, 1 others",
            "bob off b1, 1 others"
        ]
    );
}

#[test]
fn what_the_application_sends_comes_to_each_device_and_what_waits_is_seen_and_purged_for_all() {
    let home = Home::of(Sessions::PerDevice);
    let world = &home.world;
    let mut phone = home.sit("bob", "b1", "ios");
    let mut laptop = home.sit("bob", "b2", "web");
    let push = |text: &str| Push {
        content: text.to_owned(),
        typeu: -1,
        qos: true,
        ttl: None,
        refs: None,
    };
    world.server.send("bob", &push("hi")).unwrap();
    assert_eq!(phone.reads(world), ["0>bob:hi"]);
    assert_eq!(laptop.reads(world), ["0>bob:hi"]);
    for seat in [&mut phone, &mut laptop] {
        seat.connection.close(world.now, CloseReason::Disconnected);
    }
    for text in ["1", "2"] {
        world.server.send("bob", &push(text)).unwrap();
    }
    let part = crate::store::Part {
        after: mobileim_protocol::mailbox::Position::START,
        limit: 3,
        max_bytes: 1 << 20,
    };
    let look = world
        .server
        .look_at_waiting("bob", crate::store::Which::default(), part);
    let found = futures_util::FutureExt::now_or_never(look.wait());
    let found = found.unwrap().unwrap();
    assert_eq!((found.messages.len(), found.more), (3, true));
    let purged = world.server.purge("bob", &crate::store::Which::default());
    let purged = futures_util::FutureExt::now_or_never(purged.wait());
    assert_eq!(purged.unwrap(), Ok(4));
    assert_eq!((home.waiting("bob"), home.waiting("bob\u{ffff}1")), (0, 0));
}
