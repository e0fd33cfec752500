//! So many messages for one user, and no longer.

use std::time::Duration;

use mobileim_hub::Clock as _;
use mobileim_protocol::mailbox::{Envelope, StoreFailure};

use super::place::{Place, TestClock};
use super::{message, numbered, on_each_database, sized};
use crate::store::StoreLimits;
use mobileim_hub::store::Which;

on_each_database![
    what_comes_when_a_mailbox_is_full_is_refused_and_what_was_stored_stays,
    noisy_senders_leave_room_for_others_also_after_a_restart,
    room_that_was_made_is_used_again,
    bytes_are_limited_as_messages_are,
    all_together_are_limited_and_their_sum_is_right_whatever_has_happened,
    the_sum_is_made_of_what_an_earlier_version_has_stored,
    other_limits_hold_from_the_next_message_on,
    who_had_more_before_the_limit_was_lowered_keeps_it_and_gets_no_more,
    what_waited_too_long_is_removed_and_counted,
    what_waited_too_long_is_not_read_though_it_is_not_yet_removed,
    what_is_of_no_use_any_more_is_told_to_whoever_reads_it_and_removed,
    what_is_taken_away_is_what_is_meant_and_makes_room,
    a_clock_that_is_wrong_for_a_moment_expires_nothing,
    the_time_that_a_server_was_down_counts_by_and_by,
    a_clock_that_was_set_back_does_not_keep_messages_for_ever,
];

const HOUR: Duration = Duration::from_secs(3600);

fn at_most(messages: u64) -> StoreLimits {
    StoreLimits::none().with_max_messages(Some(messages))
}

fn for_an_hour() -> StoreLimits {
    StoreLimits::none().with_max_age(Some(HOUR))
}

/// One message of each of these senders.
fn from(senders: &[&str]) -> Vec<Envelope> {
    let message = |sender: &&str| message(sender, sender);
    senders.iter().map(message).collect()
}

async fn what_comes_when_a_mailbox_is_full_is_refused_and_what_was_stored_stays(place: Place) {
    let clock = TestClock::default();
    let mut opened = place.open_with(at_most(5), &clock).await;
    opened.append("bob", from(&["a", "b", "c"])).await;
    opened.submit_append("bob", from(&["d", "e", "f"]));
    // In the same batch: others have their own room.
    opened.submit_append("eve", from(&["a", "b", "c", "d", "e"]));
    let (positions, failure) = opened.appended().await;
    assert_eq!(
        (positions.len(), failure),
        (2, Some(StoreFailure::QuotaExceeded))
    );
    assert_eq!(opened.appended().await.0.len(), 5);
    let refused = opened.try_append("bob", message("alice", "x")).await;
    assert_eq!(refused, Err(StoreFailure::QuotaExceeded));
    assert_eq!(opened.stored("bob").await, ["a", "b", "c", "d", "e"]);
    assert_eq!(opened.stats().refused.messages, 2);
    assert_eq!(opened.stats().stored, 10);
    opened.close().await;
    let mut opened = place.open_with(at_most(5), &clock).await;
    let refused = opened.try_append("bob", message("alice", "x")).await;
    assert_eq!(refused, Err(StoreFailure::QuotaExceeded));
}

async fn noisy_senders_leave_room_for_others_also_after_a_restart(place: Place) {
    let clock = TestClock::default();
    let mut opened = place.open_with(at_most(20), &clock).await;
    // Hers is refused from the eleventh on, and nobody else's with it.
    let mut messages = numbered(12);
    messages.insert(11, message("carol", "c"));
    opened.submit_append("bob", messages);
    let (positions, failure) = opened.appended().await;
    assert_eq!(
        (positions.len(), failure),
        (11, Some(StoreFailure::QuotaExceeded))
    );
    assert_eq!(opened.stats().refused.messages, 2);
    for _ in 0..2 {
        let refused = opened.try_append("bob", message("alice", "x")).await;
        assert_eq!(refused, Err(StoreFailure::QuotaExceeded));
        opened.close().await;
        opened = place.open_with(at_most(20), &clock).await;
    }
    let mut taken = 0;
    let dave = message("dave", "d");
    while opened.try_append("bob", dave.clone()).await.is_ok() {
        taken += 1;
    }
    assert_eq!(taken, 5, "half of the nine that are left");
    opened.append("bob", from(&["erin", "frank"])).await;
    assert_eq!(opened.stored("bob").await.len(), 18);
    // She has more than is left, until bob has fetched.
    for position in positions {
        let refused = opened.try_append("bob", message("alice", "x")).await;
        assert_eq!(refused, Err(StoreFailure::QuotaExceeded));
        opened.delete("bob", position);
        if opened.try_append("bob", message("erin", "e")).await.is_ok() {
            break;
        }
    }
    opened.append("eve", numbered(10)).await;
}

async fn room_that_was_made_is_used_again(place: Place) {
    let mut opened = place.open_with(at_most(3), &TestClock::default()).await;
    let positions = opened.append("bob", from(&["a", "b", "c"])).await;
    opened.delete("bob", positions[0]);
    // One twice, and one that is not there: they make no room.
    opened.delete("bob", positions[0]);
    opened.delete("bob", positions[0]);
    opened.submit_append("bob", from(&["d", "e"]));
    let (taken, failure) = opened.appended().await;
    assert_eq!(
        (taken.len(), failure),
        (1, Some(StoreFailure::QuotaExceeded))
    );
    opened.delete("bob", positions[1]);
    opened.delete("bob", positions[2]);
    opened.append("bob", from(&["f", "g"])).await;
    assert_eq!(opened.stored("bob").await, ["d", "f", "g"]);
}

async fn bytes_are_limited_as_messages_are(place: Place) {
    let clock = TestClock::default();
    let limits = StoreLimits::none().with_max_bytes(Some(20 * 1512));
    let long = |from: &str, count: usize| vec![sized(from, from, 1000); count];
    let mut opened = place.open_with(limits, &clock).await;
    opened.submit_append("bob", long("alice", 12));
    let (positions, failure) = opened.appended().await;
    assert_eq!(
        (positions.len(), failure),
        (10, Some(StoreFailure::QuotaExceeded))
    );
    opened.append("eve", long("alice", 10)).await;
    assert_eq!(opened.stats().refused.bytes, 2);
    opened.close().await;
    let mut opened = place.open_with(limits, &clock).await;
    opened.submit_append("bob", long("alice", 1));
    opened.submit_append("bob", long("carol", 9));
    assert_eq!(opened.appended().await.0.len(), 0);
    assert_eq!(opened.appended().await.0.len(), 5);
    // There is room for what is short, and for half as much when some is fetched.
    opened.append("bob", vec![message("dave", "d")]).await;
    for position in positions {
        opened.delete("bob", position);
    }
    opened.append("bob", long("alice", 7)).await;
}

async fn all_together_are_limited_and_their_sum_is_right_whatever_has_happened(place: Place) {
    let clock = TestClock::default();
    let limits = for_an_hour().with_max_bytes_in_all(Some(10 * 522));
    let full = Err(StoreFailure::QuotaExceeded);
    let mut opened = place.open_with(limits, &clock).await;
    assert_eq!(opened.amount().await, (0, 0));
    let senders = ["a", "b", "c", "d", "e", "f"];
    let positions = opened.append("bob", from(&senders)).await;
    opened.submit_append("eve", from(&["g", "h", "i", "j", "k", "l"]));
    assert_eq!(opened.appended().await.0.len(), 4);
    assert_eq!(opened.stats().refused.bytes_in_all, 2);
    assert_eq!(opened.try_append("carol", message("dave", "d")).await, full);
    opened.delete("bob", positions[0]);
    // It is gone already: this makes no more room.
    opened.delete("bob", positions[0]);
    opened.append("carol", vec![message("dave", "d")]).await;
    assert_eq!(opened.try_append("carol", message("dave", "e")).await, full);
    assert_eq!(opened.amount().await, (10, 5220));
    opened.close().await;
    let mut opened = place.open_with(limits, &clock).await;
    assert_eq!(opened.amount().await, (10, 5220));
    assert_eq!(opened.try_append("carol", message("dave", "e")).await, full);
    opened.delete("bob", positions[1]);
    opened.append("carol", vec![message("dave", "e")]).await;
    opened.let_pass(&clock, HOUR * 2).await;
    assert_eq!(opened.stats().expired, 10);
    assert_eq!(opened.amount().await, (0, 0));
    // Of one sender, half.
    opened.submit_append("carol", numbered(10));
    assert_eq!(opened.appended().await.0.len(), 5);
    opened.append("carol", from(&senders[..5])).await;
    opened.close().await;
    // Also if somebody else removes them.
    place
        .run_sql("DELETE FROM messages WHERE position % 2 = 0")
        .await;
    let mut opened = place.open_with(limits, &clock).await;
    assert_eq!(opened.amount().await, (5, 2610));
}

async fn the_sum_is_made_of_what_an_earlier_version_has_stored(place: Place) {
    let mut opened = place.open().await;
    opened.append("bob", numbered(3)).await;
    opened.append("eve", vec![sized("alice", "1", 100)]).await;
    opened.close().await;
    let (triggers, functions) = match place {
        Place::Sqlite(_) => (
            "DROP TRIGGER message_added; DROP TRIGGER message_removed; DROP TRIGGER log_added; DROP TRIGGER log_removed;",
            "",
        ),
        Place::Postgres(_) => (
            "DROP TRIGGER message_added ON messages; DROP TRIGGER message_removed ON messages;
             DROP TRIGGER messages_emptied ON messages; DROP TRIGGER log_added ON log; DROP TRIGGER log_removed ON log;
             DROP TRIGGER log_emptied ON log;",
            "DROP FUNCTION message_added; DROP FUNCTION message_removed; DROP FUNCTION messages_emptied;",
        ),
    };
    place
        .run_sql(&format!(
            "{triggers} {functions} DROP TABLE message_total; DROP INDEX messages_in_order;
             ALTER TABLE messages DROP COLUMN bytes;
             CREATE INDEX messages_in_order ON messages (receiver, position);
             DELETE FROM _sqlx_migrations WHERE version = 2"
        ))
        .await;
    let limits = StoreLimits::none().with_max_bytes(Some(4 * 522));
    let mut opened = place.open_with(limits, &TestClock::default()).await;
    assert_eq!(opened.amount().await, (4, 3 * 522 + 612));
    assert_eq!(opened.stored("bob").await, ["0", "1", "2"]);
    opened.append("bob", vec![message("carol", "c")]).await;
    let refused = opened.try_append("bob", message("dave", "d")).await;
    assert_eq!(refused, Err(StoreFailure::QuotaExceeded));
}

async fn other_limits_hold_from_the_next_message_on(place: Place) {
    let mut opened = place.open_with(at_most(3), &TestClock::default()).await;
    opened.append("bob", from(&["a", "b", "c"])).await;
    let refused = opened.try_append("bob", message("d", "d")).await;
    assert_eq!(refused, Err(StoreFailure::QuotaExceeded));
    opened.store().set_limits(at_most(5));
    opened.append("bob", from(&["d", "e"])).await;
    opened.store().set_limits(at_most(2));
    let refused = opened.try_append("bob", message("f", "f")).await;
    assert_eq!(refused, Err(StoreFailure::QuotaExceeded));
    assert_eq!(opened.stored("bob").await.len(), 5);
}

async fn who_had_more_before_the_limit_was_lowered_keeps_it_and_gets_no_more(place: Place) {
    let clock = TestClock::default();
    let mut opened = place.open_with(StoreLimits::none(), &clock).await;
    let positions = opened.append("bob", numbered(20)).await;
    opened.close().await;
    let mut opened = place.open_with(at_most(3), &clock).await;
    for position in &positions[..16] {
        let refused = opened.try_append("bob", message("carol", "x")).await;
        assert_eq!(refused, Err(StoreFailure::QuotaExceeded));
        opened.delete("bob", *position);
    }
    opened.delete("bob", positions[16]);
    assert_eq!(opened.stored("bob").await, ["17", "18", "19"]);
    let refused = opened.try_append("bob", message("carol", "x")).await;
    assert_eq!(refused, Err(StoreFailure::QuotaExceeded));
    opened.delete("bob", positions[17]);
    opened.append("bob", vec![message("carol", "x")]).await;
}

async fn what_waited_too_long_is_removed_and_counted(place: Place) {
    let clock = TestClock::default();
    let limits = for_an_hour().with_max_messages(Some(8));
    let mut opened = place.open_with(limits, &clock).await;
    opened.append("bob", numbered(3)).await;
    opened.let_pass(&clock, HOUR / 2).await;
    opened.append("bob", vec![message("alice", "later")]).await;
    opened.append("eve", vec![message("alice", "later")]).await;
    opened.let_pass(&clock, HOUR / 2).await;
    // They have waited for an hour, and no longer.
    assert_eq!(opened.stored("bob").await.len(), 4);
    assert_eq!(opened.stats().expired, 0);
    opened.let_pass(&clock, HOUR / 4).await;
    assert_eq!(opened.stored("bob").await, ["later"]);
    assert_eq!(opened.stats().expired, 3);
    // There is room again.
    opened.append("bob", numbered(3)).await;
    opened.close().await;
    let mut opened = place.open_with(limits, &clock).await;
    opened.let_pass(&clock, HOUR / 2).await;
    assert_eq!(opened.stored("bob").await, ["0", "1", "2"]);
    assert_eq!(opened.stored("eve").await, [""; 0]);
    assert_eq!(opened.stats().expired, 2);
    opened.close().await;
    // Nothing is left that only the look of the reader hides.
    let mut opened = place.open().await;
    assert_eq!(opened.stored("bob").await, ["0", "1", "2"]);
}

async fn what_is_of_no_use_any_more_is_told_to_whoever_reads_it_and_removed(place: Place) {
    let clock = TestClock::default();
    let mut opened = place.open_with(StoreLimits::none(), &clock).await;
    let expires_at = Some(clock.now() + HOUR);
    let short_lived = Envelope {
        expires_at,
        ..message("alice", "short-lived")
    };
    opened
        .append("bob", vec![short_lived.clone(), message("alice", "other")])
        .await;
    opened.append("eve", vec![short_lived]).await;
    opened.close().await;
    // While nobody is there, and by the wall clock.
    clock.set_forward(HOUR / 2);
    let mut opened = place.open_with(StoreLimits::none(), &clock).await;
    let expiries = async |opened: &mut super::place::Opened| {
        opened.submit_load("bob");
        let (messages, _) = opened.loaded().await;
        let expiries = messages.iter().map(|stored| stored.message.expires_at);
        expiries.collect::<Vec<_>>()
    };
    assert_eq!(
        expiries(&mut opened).await,
        [Some(clock.now() + HOUR / 2), None]
    );
    clock.set_forward(HOUR);
    assert_eq!(expiries(&mut opened).await, [Some(clock.now()), None]);
    opened.let_pass(&clock, Duration::from_secs(120)).await;
    assert_eq!(opened.stored("bob").await, ["other"]);
    assert_eq!(opened.stats().expired, 2);
    assert_eq!(opened.amount().await.0, 1);
}

async fn what_is_taken_away_is_what_is_meant_and_makes_room(place: Place) {
    let mut opened = place.open_with(at_most(8), &TestClock::default()).await;
    let messages = ["1", "2"].map(|fp| ["alice", "carol"].map(|from| message(from, fp)));
    opened.append("bob", messages.concat()).await;
    opened.append("eve", numbered(2)).await;
    let which =
        |from: Option<&str>, fp: Option<&str>| Which::new(from.map(Into::into), fp.map(Into::into));
    assert_eq!(
        opened.purge("bob", which(Some("alice"), Some("2"))).await,
        1
    );
    assert_eq!(opened.purge("bob", which(None, Some("3"))).await, 0);
    let found = opened.look("bob", which(Some("carol"), None)).await;
    assert_eq!(found.len(), 2);
    assert!(
        found.iter().all(|(_, stored_at)| stored_at.is_some()),
        "{found:?}"
    );
    opened.append("bob", vec![message("dave", "4")]).await;
    assert_eq!(opened.purge("bob", Which::default()).await, 4);
    assert_eq!(opened.stored("bob").await, [""; 0]);
    assert_eq!(opened.amount().await, (2, 2 * 522));
    opened.close().await;
}

async fn what_waited_too_long_is_not_read_though_it_is_not_yet_removed(place: Place) {
    let clock = TestClock::default();
    let limits = StoreLimits::none().with_max_age(Some(HOUR / 60));
    let mut opened = place.open_with(limits, &clock).await;
    // More than are removed before the next request has its turn.
    opened.append("bob", numbered(3000)).await;
    clock.advance(HOUR / 30);
    assert_eq!(opened.stored("bob").await, [""; 0]);
    // Each has a turn of the writer, and so has the removal.
    for _ in 0..3 {
        assert_eq!(opened.stored("bob").await, [""; 0]);
    }
    assert_eq!(opened.stats().expired, 3000);
}

async fn a_clock_that_is_wrong_for_a_moment_expires_nothing(place: Place) {
    const DAY: Duration = Duration::from_secs(24 * 3600);
    let clock = TestClock::default();
    let limits = StoreLimits::default();
    let mut opened = place.open_with(limits, &clock).await;
    opened.append("bob", numbered(500)).await;
    opened.let_pass(&clock, HOUR / 4).await;
    clock.set_forward(DAY * 40);
    for _ in 0..5 {
        clock.advance(Duration::from_secs(1));
        assert_eq!(opened.stored("bob").await.len(), 500);
    }
    // What comes meanwhile waits as well, and the longer.
    opened.append("bob", vec![message("carol", "x")]).await;
    clock.set_back(DAY * 40);
    opened.let_pass(&clock, HOUR / 4).await;
    assert_eq!(opened.stored("bob").await.len(), 501);
    // A server that is started with a clock that is wrong by years.
    for years in [10, 20] {
        opened.close().await;
        clock.set_forward(DAY * 365 * years);
        opened = place.open_with(limits, &clock).await;
        opened.let_pass(&clock, HOUR / 4).await;
        assert_eq!(opened.stored("bob").await.len(), 501);
        clock.set_back(DAY * 365 * years);
    }
    assert_eq!(opened.stats().expired, 0);
}

async fn the_time_that_a_server_was_down_counts_by_and_by(place: Place) {
    let clock = TestClock::default();
    let mut opened = place.open_with(for_an_hour(), &clock).await;
    opened.append("bob", numbered(3)).await;
    opened.close().await;
    clock.set_forward(HOUR * 12);
    let mut opened = place.open_with(for_an_hour(), &clock).await;
    opened.append("bob", vec![message("alice", "new")]).await;
    assert_eq!(opened.stored("bob").await.len(), 4);
    // An hour of running is worth two and a half minutes more of the twelve hours.
    opened.let_pass(&clock, HOUR / 60 * 59).await;
    assert_eq!(opened.stored("bob").await, ["new"]);
    opened.let_pass(&clock, HOUR / 2).await;
    assert_eq!(opened.stored("bob").await, ["new"], "not aged by the past");
}

async fn a_clock_that_was_set_back_does_not_keep_messages_for_ever(place: Place) {
    let clock = TestClock::default();
    let mut opened = place.open_with(for_an_hour(), &clock).await;
    opened.append("bob", vec![message("alice", "before")]).await;
    clock.set_back(HOUR * 24 * 365);
    opened.append("bob", vec![message("alice", "after")]).await;
    opened.let_pass(&clock, HOUR * 2).await;
    assert_eq!(opened.stored("bob").await, [""; 0]);
    assert_eq!(opened.stats().expired, 2);
}
