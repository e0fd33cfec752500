//! What is too old or too much in a log is removed, the first messages first, and numbers go on.

use std::time::Duration;

use mobileim_hub::store::{Keep, LogLimits, log_of_group, log_of_pair};
use mobileim_protocol::mailbox::Change;

use super::logbook::{changes, joins, leaves, pair, team};
use super::place::{Kept, Opened, Place, TestClock, fps};
use super::{message, numbered, on_each_database};

on_each_database![
    everything_is_kept_unless_something_else_is_said,
    the_last_messages_are_kept_and_numbers_go_on_when_none_is_left,
    messages_are_kept_for_as_long_as_they_may_by_kind,
    what_nobody_can_read_any_more_is_forgotten,
    many_logs_are_gone_through_in_small_steps,
    a_clock_that_is_wrong_for_a_moment_removes_nothing,
    what_was_stored_last_tells_the_time_to_a_server_that_begins_to_remove,
    what_somebody_else_removes_counts_no_more,
];

const HOUR: Duration = Duration::from_secs(3600);

fn last(messages: u64) -> Keep {
    Keep {
        messages: Some(messages),
        age: None,
    }
}

fn young(age: Duration) -> Keep {
    Keep {
        age: Some(age),
        messages: None,
    }
}

async fn open(place: &Place, clock: &TestClock, pair: Keep, group: Keep) -> (Kept, Opened) {
    let kept = place.kept(clock).await.unwrap();
    kept.set_log_limits(LogLimits { pair, group });
    let opened = kept.start();
    (kept, opened)
}

fn range(numbers: std::ops::RangeInclusive<u64>) -> Vec<u64> {
    numbers.collect()
}

async fn everything_is_kept_unless_something_else_is_said(place: Place) {
    let clock = TestClock::default();
    let (_kept, mut opened) = open(&place, &clock, Keep::default(), Keep::default()).await;
    opened.log(&pair(), numbered(1500)).await;
    opened.let_pass(&clock, HOUR).await;
    assert_eq!(opened.kept(&pair(), None).await.0, range(1..=1500));
}

async fn the_last_messages_are_kept_and_numbers_go_on_when_none_is_left(place: Place) {
    let clock = TestClock::default();
    let (kept, mut opened) = open(&place, &clock, last(1), last(3)).await;
    let log = pair();
    opened.append("eve", numbered(2)).await;
    // More than are removed in one step.
    opened.log(&log, numbered(2500)).await;
    opened.log(&team(), vec![joins("a", &["bob"])]).await;
    opened.log(&team(), numbered(9)).await;
    opened.let_pass(&clock, HOUR / 2).await;
    for reader in [None, Some("bob")] {
        assert_eq!(opened.kept(&log, reader).await, (vec![2500], 2500, 2500));
        let of_team = opened.kept(&team(), reader).await;
        assert_eq!(of_team, (range(8..=10), 8, 10));
    }
    assert_eq!(opened.amount().await, (6, 6 * 522));
    assert_eq!(fps(&opened.unread("bob").await), ["2499", "6", "7", "8"]);

    kept.set_log_limits(LogLimits {
        pair: last(0),
        group: last(3),
    });
    opened.let_pass(&clock, HOUR / 2).await;
    for reader in [None, Some("bob")] {
        assert_eq!(opened.kept(&log, reader).await, (vec![], 2501, 2500));
    }
    let listed = opened.list("bob", None).await;
    let of_log = listed.iter().find(|listed| listed.log == log).unwrap();
    assert_eq!((&of_log.last, of_log.last_seq), (&None, 2500));
    drop(kept);
    opened.close().await;

    let (_kept, mut opened) = open(&place, &clock, last(0), last(3)).await;
    let places = opened.log(&log, vec![message("bob", "x")]).await;
    assert_eq!(places[0].seq, 2501);
    let listed = opened.list("bob", None).await;
    assert_eq!(listed[0].log, log);
    assert_eq!(opened.stored("eve").await, ["0", "1"]);
}

async fn messages_are_kept_for_as_long_as_they_may_by_kind(place: Place) {
    let clock = TestClock::default();
    let (_kept, mut opened) = open(&place, &clock, young(HOUR), young(3 * HOUR)).await;
    opened.log(&pair(), numbered(3)).await;
    opened.log(&team(), numbered(3)).await;
    opened.let_pass(&clock, HOUR / 2).await;
    opened.log(&pair(), vec![message("bob", "x")]).await;
    assert_eq!(opened.kept(&pair(), None).await.0, range(1..=4));
    opened.let_pass(&clock, 3 * HOUR / 4).await;
    assert_eq!(opened.kept(&pair(), None).await, (vec![4], 4, 4));
    assert_eq!(opened.kept(&team(), None).await.0, range(1..=3));
    opened.let_pass(&clock, 3 * HOUR).await;
    assert_eq!(opened.kept(&pair(), None).await, (vec![], 5, 4));
    assert_eq!(opened.kept(&team(), None).await, (vec![], 4, 3));
    assert_eq!(opened.amount().await, (0, 0));
}

async fn what_nobody_can_read_any_more_is_forgotten(place: Place) {
    let clock = TestClock::default();
    let (kept, mut opened) = open(&place, &clock, Keep::default(), last(2)).await;
    let sent = [
        joins("1", &["bob", "eve", "carol"]),
        leaves("2", &["eve"]),
        joins("3", &["eve"]),
        leaves("4", &["carol"]),
        message("bob", "5"),
    ];
    opened.log(&team(), sent.to_vec()).await;
    let ended = log_of_group("#ended");
    let end = Change {
        is_end: true,
        ..Change::default()
    };
    opened
        .log(&ended, vec![joins("1", &["bob"]), changes("2", end)])
        .await;
    opened.let_pass(&clock, HOUR / 2).await;
    assert_eq!(opened.kept(&team(), Some("eve")).await, (vec![4, 5], 4, 5));
    assert_eq!(opened.kept(&team(), Some("carol")).await, (vec![4], 4, 4));
    assert_eq!(opened.list("bob", None).await.len(), 2);

    kept.set_log_limits(LogLimits {
        pair: Keep::default(),
        group: last(0),
    });
    opened.let_pass(&clock, HOUR / 2).await;
    assert_eq!(opened.kept(&team(), Some("bob")).await, (vec![], 6, 5));
    assert_eq!(opened.list("carol", None).await, []);
    let listed = opened.list("bob", None).await;
    assert_eq!((listed.len(), &listed[0].log), (1, &team()));
    // The one that has ended begins as if it had never been.
    let places = opened.log(&ended, vec![joins("3", &["bob"])]).await;
    assert_eq!(places[0].seq, 1);
    assert_eq!(fps(&opened.unread("bob").await), ["3"]);
    drop(kept);
    opened.close().await;
    let rows = match place {
        Place::Sqlite(_) => "SELECT 1 / (count(*) = 3) FROM readers",
        Place::Postgres(_) => "SELECT 1 / (count(*) = 3)::INTEGER FROM readers",
    };
    // Fails if there is another number of rows.
    place
        .run_sql(&format!(
            "CREATE TABLE checked (one INTEGER NOT NULL); INSERT INTO checked {rows}"
        ))
        .await;
}

async fn many_logs_are_gone_through_in_small_steps(place: Place) {
    const LOGS: usize = 600;
    let clock = TestClock::default();
    let (_kept, mut opened) = open(&place, &clock, last(2), Keep::default()).await;
    let log = |n: usize| log_of_pair("bob", &format!("user {n}"));
    for n in 0..LOGS {
        opened.submit_append(&log(n), numbered(5));
    }
    for _ in 0..LOGS {
        assert_eq!(opened.logged().await.1, None);
    }
    opened.let_pass(&clock, HOUR / 2).await;
    assert_eq!(opened.amount().await.0, 2 * LOGS as u64);
    for n in [0, 255, 256, LOGS - 1] {
        assert_eq!(opened.kept(&log(n), Some("bob")).await, (vec![4, 5], 4, 5));
    }
}

async fn a_clock_that_is_wrong_for_a_moment_removes_nothing(place: Place) {
    let clock = TestClock::default();
    let (_kept, mut opened) = open(&place, &clock, young(24 * HOUR), Keep::default()).await;
    opened.log(&pair(), numbered(3)).await;
    opened.let_pass(&clock, HOUR).await;
    clock.set_forward(1000 * HOUR);
    opened.let_pass(&clock, HOUR).await;
    clock.set_back(1000 * HOUR);
    opened.let_pass(&clock, HOUR).await;
    assert_eq!(opened.kept(&pair(), None).await.0, range(1..=3));
}

async fn what_was_stored_last_tells_the_time_to_a_server_that_begins_to_remove(place: Place) {
    let clock = TestClock::default();
    let mut opened = place.kept(&clock).await.unwrap().start();
    opened.log(&pair(), numbered(3)).await;
    opened.close().await;
    // Nobody was there to see time pass, or the clock is wrong.
    clock.set_forward(1000 * HOUR);
    let (_kept, mut opened) = open(&place, &clock, young(2 * HOUR), Keep::default()).await;
    opened.let_pass(&clock, HOUR).await;
    assert_eq!(opened.kept(&pair(), None).await.0, range(1..=3));
    opened.let_pass(&clock, 2 * HOUR).await;
    assert_eq!(opened.kept(&pair(), None).await.0, [0; 0]);
}

async fn what_somebody_else_removes_counts_no_more(place: Place) {
    let empty = match place {
        Place::Sqlite(_) => "DELETE FROM",
        Place::Postgres(_) => "TRUNCATE",
    };
    let mut opened = place.open().await;
    opened.log(&pair(), numbered(3)).await;
    opened.append("bob", numbered(2)).await;
    assert_eq!(opened.amount().await, (5, 5 * 522));
    opened.close().await;
    for (table, left) in [("messages", 3), ("log", 0)] {
        place.run_sql(&format!("{empty} {table}")).await;
        let mut opened = place.open().await;
        assert_eq!(opened.amount().await, (left, left * 522));
        opened.close().await;
    }
}
