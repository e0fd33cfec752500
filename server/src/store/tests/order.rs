//! A store is a log for each user: in order, read in pages, lasting.

use mobileim_hub::store::owner_of_log;
use mobileim_protocol::mailbox::{Envelope, Position};

use super::place::{Place, fps};
use super::{message, numbered, on_each_database};
use crate::store::durable::MAX_QUEUED_READS;
use crate::store::{Completion, Request};

on_each_database![
    what_was_stored_is_there_after_a_restart_as_it_was_and_in_order,
    pages_end_where_their_limits_say,
    a_repeated_message_is_another_one_with_a_greater_position,
    what_was_deleted_is_gone_and_its_position_is_not_used_again,
    requests_that_come_together_share_a_commit_and_are_answered_in_order,
    what_is_stored_does_not_wait_for_what_is_read,
    nothing_is_read_for_whoever_has_gone,
    no_more_reads_wait_than_may,
    a_batch_of_many_messages_keeps_their_order,
];

/// Whatever a client can write into a name: quotes, no characters at all for some databases, 256 bytes.
fn names() -> Vec<String> {
    [
        "alice",
        "o'hara",
        "\u{0}",
        "小明 🙂",
        "",
        "\\x00",
        "\u{ffff}",
    ]
    .into_iter()
    .map(str::to_owned)
    .chain(["é".repeat(128)])
    .collect()
}

async fn what_was_stored_is_there_after_a_restart_as_it_was_and_in_order(place: Place) {
    let mut opened = place.open().await;
    let names = names();
    let messages: Vec<_> = names
        .iter()
        .map(|name| Envelope {
            from: name.as_str().into(),
            fp: name.as_str().into(),
            bridge: name.len().is_multiple_of(2),
            body: format!("{{\"from\":{name:?}}}\u{0}").into(),
            expires_at: None,
            on_behalf: false,
            lane: None,
            change: None,
        })
        .collect();
    // Whatever begins like a log is one.
    let receivers = || names.iter().filter(|name| owner_of_log(name).is_none());
    for receiver in receivers() {
        opened.append(receiver, messages.clone()).await;
    }
    opened.close().await;
    let mut opened = place.open().await;
    for receiver in receivers() {
        let (loaded, more) = opened.load(receiver, Position::START, 100, 1 << 20).await;
        let loaded: Vec<_> = loaded.into_iter().map(|stored| stored.message).collect();
        assert_eq!(loaded, messages);
        assert!(!more);
    }
    assert_eq!(opened.stored("nobody").await, [""; 0]);
}

async fn pages_end_where_their_limits_say(place: Place) {
    let mut opened = place.open().await;
    for fp in ["a", "b", "c", "d"] {
        opened.append("bob", vec![message("alice", fp)]).await;
        opened.append("eve", vec![message("alice", fp)]).await;
    }
    for (limit, max_bytes, expected, cut) in [
        (4, 40, 4, false),
        (3, 40, 3, true),
        (9, 39, 3, true),
        (9, 20, 2, true),
        (9, 0, 1, true),
        (0, 40, 1, true),
    ] {
        let (messages, more) = opened.load("bob", Position::START, limit, max_bytes).await;
        assert_eq!(
            (messages.len(), more),
            (expected, cut),
            "{limit}, {max_bytes}"
        );
    }
    let (first, _) = opened.load("bob", Position::START, 3, 1000).await;
    let (rest, more) = opened.load("bob", first[2].position, 3, 1000).await;
    assert_eq!((fps(&rest), more), (vec!["d".to_owned()], false));
    let (none, more) = opened.load("bob", rest[0].position, 3, 1000).await;
    assert!(none.is_empty() && !more);
}

async fn a_repeated_message_is_another_one_with_a_greater_position(place: Place) {
    let mut opened = place.open().await;
    let twice = vec![message("alice", "1"), message("alice", "1")];
    let positions = opened.append("bob", twice).await;
    assert!(positions[0] < positions[1]);
    let again = opened.append("bob", vec![message("alice", "1")]).await;
    assert!(positions[1] < again[0]);
    opened.delete("bob", positions[1]);
    let (left, _) = opened.load("bob", Position::START, 9, 1000).await;
    let left: Vec<_> = left.iter().map(|stored| stored.position).collect();
    assert_eq!(left, [positions[0], again[0]]);
}

async fn what_was_deleted_is_gone_and_its_position_is_not_used_again(place: Place) {
    let mut opened = place.open().await;
    let positions = opened.append("bob", numbered(3)).await;
    opened.delete("bob", positions[0]);
    opened.delete("bob", positions[2]);
    assert_eq!(opened.stored("bob").await, ["1"]);
    opened.close().await;
    let mut opened = place.open().await;
    assert_eq!(opened.stored("bob").await, ["1"]);
    opened.delete("bob", positions[1]);
    // Twice, and one that never was.
    opened.delete("bob", positions[1]);
    opened.delete("bob", Position(i64::MAX));
    assert_eq!(opened.stored("bob").await, [""; 0]);
    opened.close().await;
    let mut opened = place.open().await;
    let next = opened.append("bob", vec![message("alice", "4")]).await;
    assert!(next[0] > positions[2]);
}

async fn requests_that_come_together_share_a_commit_and_are_answered_in_order(place: Place) {
    const USERS: usize = 2500;
    let mut opened = place.open().await;
    let before = opened.stats();
    for n in 0..USERS {
        let messages = vec![message("alice", "1"), message("alice", "2")];
        opened.submit_append(&format!("user {n}"), messages);
    }
    opened.submit_load("user 7");
    let mut last = Position::START;
    for n in 0..USERS {
        let (user, Completion::Appended { positions, failure }) = opened.answer().await else {
            panic!("{n} is not answered");
        };
        assert_eq!((user, failure), (format!("user {n}"), None));
        let [Some(first), Some(second)] = positions[..] else {
            panic!("{positions:?}");
        };
        assert!(last < first && first < second);
        last = second;
    }
    let (messages, _) = opened.loaded().await;
    assert_eq!(fps(&messages), ["1", "2"]);
    let stats = opened.stats();
    assert_eq!(stats.stored, 2 * USERS as u64);
    assert!(stats.commits - before.commits <= 4, "{stats:?}");
}

async fn what_is_stored_does_not_wait_for_what_is_read(place: Place) {
    let mut opened = place.open().await;
    opened.append("eve", numbered(2)).await;
    // Nothing is handled before the first await: all are there at once.
    for n in 0..100 {
        opened.submit_load(&format!("user {n}"));
    }
    opened.submit_load("eve");
    opened.submit_append("bob", vec![message("alice", "1")]);
    opened.submit_append("eve", vec![message("alice", "2")]);
    assert_eq!(opened.appended().await.0.len(), 1);
    assert_eq!(opened.appended().await.0.len(), 1);
    for n in 0..100 {
        let (user, loaded) = opened.answer().await;
        let nothing = Completion::Loaded {
            messages: Vec::new(),
            more: false,
        };
        assert_eq!((user, loaded), (format!("user {n}"), nothing));
    }
    // What was asked before it is there, and may be what was asked after it.
    assert_eq!(fps(&opened.loaded().await.0), ["0", "1", "2"]);
}

async fn nothing_is_read_for_whoever_has_gone(place: Place) {
    let mut opened = place.open().await;
    opened.append("bob", numbered(1)).await;
    opened.submit_load("eve");
    for _ in 0..1000 {
        opened.submit_load("bob");
        opened.submit("bob", Request::CancelLoad);
    }
    // As it is if the answer was under way already.
    opened.submit("carol", Request::CancelLoad);
    opened.submit_load("bob");
    for _ in 0..1000 {
        let answer = opened.answer().await;
        assert_eq!(answer, ("bob".to_owned(), Completion::NotLoaded));
    }
    assert_eq!(fps(&opened.loaded().await.0), [""; 0]);
    assert_eq!(fps(&opened.loaded().await.0), ["0"]);
}

async fn no_more_reads_wait_than_may(place: Place) {
    let mut opened = place.open().await;
    for round in 0..2 {
        for n in 0..MAX_QUEUED_READS + 3 {
            opened.submit_load(&format!("user {n}"));
        }
        for n in 0..MAX_QUEUED_READS {
            opened.submit(&format!("user {n}"), Request::CancelLoad);
        }
        for n in 0..MAX_QUEUED_READS + 3 {
            let (user, completion) = opened.answer().await;
            assert_eq!(completion, Completion::NotLoaded, "{user} in round {round}");
            if n < 3 {
                assert_eq!(user, format!("user {}", MAX_QUEUED_READS + n));
            }
        }
    }
}

async fn a_batch_of_many_messages_keeps_their_order(place: Place) {
    let mut opened = place.open().await;
    let positions = opened.append("bob", numbered(5000)).await;
    assert!(positions.is_sorted());
    let (messages, more) = opened.load("bob", Position::START, 6000, 1 << 20).await;
    assert!(!more);
    let expected: Vec<_> = (0..5000).map(|n| n.to_string()).collect();
    assert_eq!(fps(&messages), expected);
    let read: Vec<_> = messages.iter().map(|stored| stored.position).collect();
    assert_eq!(read, positions);
}
