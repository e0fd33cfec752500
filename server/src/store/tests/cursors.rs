//! How far each mailbox has read the logs: seen at once, written down soon.

use std::time::Duration;

use mobileim_hub::RegisteredDevice;
use mobileim_protocol::mailbox::Position;

use super::logbook::pair;
use super::place::{Opened, Place, TestClock, answer, fps};
use super::{message, numbered, on_each_database};
use crate::store::StoreLimits;

on_each_database![
    what_is_read_is_not_loaded_again_and_that_lasts,
    each_device_has_its_own,
    a_crash_goes_back_to_what_was_written_last_and_no_further,
    a_device_that_is_new_begins_at_the_end,
    many_are_written_in_few_transactions,
];

const BOBS: &str = "bob\u{ffff}1";

async fn read(opened: &mut Opened, mailbox: &str) -> Vec<String> {
    fps(&opened.unread(mailbox).await)
}

async fn what_is_read_is_not_loaded_again_and_that_lasts(place: Place) {
    let mut opened = place.open().await;
    let places = opened.log(&pair(), numbered(3)).await;
    let waits = opened.append("bob", vec![message("alice", "waits")]).await;
    opened.advance("bob", places[1].position);
    assert_eq!(read(&mut opened, "bob").await, ["2", "waits"]);
    // It never goes back, and what waits in the mailbox is not the logs'.
    opened.advance("bob", places[0].position);
    assert_eq!(read(&mut opened, "bob").await, ["2", "waits"]);
    opened.advance("bob", waits[0]);
    assert_eq!(read(&mut opened, "bob").await, ["waits"]);
    opened.close().await;
    let mut opened = place.open().await;
    assert_eq!(read(&mut opened, "bob").await, ["waits"]);
    assert_eq!(read(&mut opened, "alice").await, ["0", "1", "2"]);
    // Also what is asked for behind another place.
    let (loaded, _) = opened.load("alice", places[0].position, 9, 1000).await;
    assert_eq!(fps(&loaded), ["1", "2"]);
}

async fn each_device_has_its_own(place: Place) {
    let mut opened = place.open().await;
    let places = opened.log(&pair(), numbered(3)).await;
    opened.advance("bob", places[2].position);
    opened.advance(BOBS, places[0].position);
    opened.close().await;
    let mut opened = place.open().await;
    assert_eq!(read(&mut opened, "bob").await, [""; 0]);
    assert_eq!(read(&mut opened, BOBS).await, ["1", "2"]);
    assert_eq!(read(&mut opened, "bob\u{ffff}2").await.len(), 3);
}

async fn a_crash_goes_back_to_what_was_written_last_and_no_further(place: Place) {
    let clock = TestClock::default();
    let mut opened = place.open_with(StoreLimits::none(), &clock).await;
    let places = opened.log(&pair(), numbered(4)).await;
    opened.advance("bob", places[0].position);
    // Nobody does anything else: by itself.
    opened.stored("nobody").await;
    let commits = opened.stats().commits;
    clock.advance(Duration::from_secs(6));
    assert_eq!(read(&mut opened, "bob").await, ["1", "2", "3"]);
    assert_eq!(opened.stats().commits, commits, "nothing was stored");
    drop(opened);
    let mut opened = place.open_after_kill(&clock).await;
    assert_eq!(read(&mut opened, "bob").await, ["1", "2", "3"]);

    opened.advance("bob", places[1].position);
    opened.stored("nobody").await;
    clock.advance(Duration::from_secs(2));
    // Along with something else.
    opened.append("eve", numbered(1)).await;
    opened.advance("bob", places[2].position);
    assert_eq!(read(&mut opened, "bob").await, ["3"]);
    drop(opened);
    let mut opened = place.open_after_kill(&clock).await;
    assert_eq!(read(&mut opened, "bob").await, ["2", "3"]);
}

fn device(number: u16) -> RegisteredDevice {
    RegisteredDevice {
        user: "bob".into(),
        number,
        id: format!("device {number}").into(),
        platform: "web".into(),
        since: 1,
        seen: 1,
        missed_since: None,
    }
}

async fn a_device_that_is_new_begins_at_the_end(place: Place) {
    let clock = TestClock::default();
    let kept = place.kept(&clock).await.unwrap();
    let (_, devices) = kept.devices().await;
    let mut opened = kept.start();
    // Before there is anything, too.
    answer(devices.put(device(2))).await;
    opened.log(&pair(), numbered(3)).await;
    answer(devices.put(device(1))).await;
    assert_eq!(read(&mut opened, BOBS).await, [""; 0]);
    assert_eq!(read(&mut opened, "bob\u{ffff}2").await.len(), 3);
    // The user's own has no end to begin at.
    answer(devices.put(device(0))).await;
    assert_eq!(read(&mut opened, "bob").await, ["0", "1", "2"]);

    let next = opened.log_one(&pair(), message("alice", "3")).await;
    assert_eq!(read(&mut opened, BOBS).await, ["3"]);
    // One that is known stays where it is.
    answer(devices.put(device(1))).await;
    assert_eq!(read(&mut opened, BOBS).await, ["3"]);
    opened.append("eve", numbered(1)).await;

    opened.advance(BOBS, next);
    devices.remove("bob", 1);
    devices.remove("bob", 0);
    opened.log(&pair(), vec![message("alice", "4")]).await;
    answer(devices.put(device(1))).await;
    assert_eq!(read(&mut opened, BOBS).await, [""; 0]);
    opened.log(&pair(), vec![message("alice", "5")]).await;
    assert_eq!(read(&mut opened, BOBS).await, ["5"]);
    drop(devices);
    drop(kept);
    opened.close().await;
    let mut opened = place.open().await;
    assert_eq!(read(&mut opened, BOBS).await, ["5"]);
    assert_eq!(read(&mut opened, "bob\u{ffff}2").await.len(), 6);
}

async fn many_are_written_in_few_transactions(place: Place) {
    const MAILBOXES: usize = 3000;
    let clock = TestClock::default();
    let mut opened = place.open_with(StoreLimits::none(), &clock).await;
    let places = opened.log(&pair(), numbered(2)).await;
    for n in 1..=MAILBOXES {
        opened.advance(&format!("bob\u{ffff}{n}"), places[0].position);
    }
    opened.stored("nobody").await;
    let before = opened.stats().commits;
    clock.advance(Duration::from_secs(2));
    opened.append("eve", numbered(1)).await;
    assert_eq!(opened.stats().commits, before + 1);
    drop(opened);
    let mut opened = place.open_after_kill(&clock).await;
    for n in [1, 7, MAILBOXES] {
        assert_eq!(read(&mut opened, &format!("bob\u{ffff}{n}")).await, ["1"]);
    }
    let (all, _) = opened.load("bob\u{ffff}7", Position::START, 9, 1000).await;
    assert_eq!(fps(&all), ["1"]);
}
