//! Logs are read by mailboxes in one order with what waits for them, and in pages by those who ask.

use std::time::Duration;

use mobileim_hub::store::{LogPage, LogPart, log_of_group, log_of_pair};
use mobileim_hub::{Clock as _, Deferred};
use mobileim_protocol::mailbox::{Change, Envelope, Position};

use super::logbook::{changes, joins, leaves, numbers, pair, team};
use super::place::{Place, TestClock, answer, fps};
use super::{message, numbered, on_each_database, sized};
use crate::store::StoreLimits;

on_each_database![
    logs_and_the_mailbox_are_read_in_one_order_within_the_limits,
    a_long_backlog_of_many_logs_is_read_in_pages_without_a_gap,
    what_does_not_fit_is_not_overtaken_by_what_would,
    what_has_waited_too_long_in_the_mailbox_hides_nothing_in_the_log,
    what_is_of_no_use_any_more_is_told_to_whoever_reads_the_log,
    pages_go_before_and_after_a_number,
    a_page_has_as_many_bytes_as_are_wanted_and_one_message_in_any_case,
    a_reader_gets_pages_of_the_times_for_which_it_was_one,
    conversations_are_listed_by_their_last_messages,
    whoever_asks_of_a_closed_store_is_told,
];

async fn logs_and_the_mailbox_are_read_in_one_order_within_the_limits(place: Place) {
    let mut opened = place.open().await;
    let team = team();
    opened.log(&team, vec![joins("1", &["bob"])]).await;
    opened.append("bob", vec![message("alice", "2")]).await;
    opened.log(&pair(), vec![message("alice", "3")]).await;
    opened.append("bob", vec![message("alice", "4")]).await;
    opened.log(&pair(), vec![message("alice", "5")]).await;
    opened.log(&team, vec![message("alice", "6")]).await;
    opened.append("bob", vec![message("alice", "7")]).await;
    let all = ["1", "2", "3", "4", "5", "6", "7"];
    for (limit, max_bytes, count) in [
        (9, 70, 7),
        (7, 1000, 7),
        (6, 1000, 6),
        (9, 69, 6),
        (4, 1000, 4),
        (1, 1000, 1),
        (0, 1000, 1),
        (9, 25, 2),
        (9, 0, 1),
    ] {
        let (read, more) = opened.load("bob", Position::START, limit, max_bytes).await;
        assert_eq!(fps(&read), all[..count], "{limit}, {max_bytes}");
        assert_eq!(more, count < all.len());
    }
    for limit in 1..4 {
        let (mut after, mut read) = (Position::START, Vec::new());
        loop {
            let (page, more) = opened.load("bob", after, limit, 1000).await;
            after = page.last().map_or(after, |last| last.position);
            read.extend(fps(&page));
            if !more {
                break;
            }
        }
        assert_eq!(read, all, "{limit} at once");
    }
    let (read, _) = opened.load("bob", Position::START, 9, 1000).await;
    let seqs: Vec<_> = read.iter().map(|stored| stored.seq).collect();
    let expected = [Some(1), None, Some(1), None, Some(2), Some(2), None];
    assert_eq!(seqs, expected);
    assert!(read.iter().all(|stored| !stored.is_own));
}

async fn a_long_backlog_of_many_logs_is_read_in_pages_without_a_gap(place: Place) {
    let mut opened = place.open().await;
    let mut expected = Vec::new();
    for round in 0..20 {
        for n in 0..30 {
            // Some have much more than others.
            let count = if n % 7 == 0 { 9 } else { 1 };
            let sent = (0..count).map(|i| message("alice", &format!("{round} {n} {i}")));
            let sent: Vec<_> = sent.collect();
            expected.extend(sent.iter().map(|message| message.fp.to_string()));
            opened
                .log(&log_of_pair("bob", &format!("user {n}")), sent)
                .await;
        }
    }
    let (mut after, mut read) = (Position::START, Vec::new());
    loop {
        let (page, more) = opened.load("bob", after, 50, 1 << 20).await;
        assert_eq!(page.len(), 50.min(expected.len() - read.len()));
        after = page.last().unwrap().position;
        read.extend(fps(&page));
        if !more {
            break;
        }
    }
    assert_eq!(read, expected);
}

async fn what_does_not_fit_is_not_overtaken_by_what_would(place: Place) {
    let mut opened = place.open().await;
    for (n, log) in [None, None, Some(pair()), Some(pair()), None]
        .into_iter()
        .enumerate()
    {
        // The second of each place is long.
        let bytes = if n == 1 || n == 3 { 30 } else { 10 };
        let sent = vec![sized("alice", &n.to_string(), bytes)];
        match log {
            Some(log) => drop(opened.log(&log, sent).await),
            None => drop(opened.append("bob", sent).await),
        }
    }
    let (mut after, mut read) = (Position::START, Vec::new());
    for _ in 0..5 {
        let (page, more) = opened.load("bob", after, 9, 25).await;
        after = page.last().map_or(after, |last| last.position);
        assert_eq!(
            more,
            !page.is_empty() && !fps(&page).contains(&"4".to_owned())
        );
        read.push(fps(&page).join(" "));
    }
    assert_eq!(read, ["0", "1", "2", "3", "4"]);
}

async fn what_has_waited_too_long_in_the_mailbox_hides_nothing_in_the_log(place: Place) {
    let clock = TestClock::default();
    let hour = Duration::from_secs(3600);
    let limits = StoreLimits::none().with_max_age(Some(hour));
    let mut opened = place.open_with(limits, &clock).await;
    opened.append("bob", numbered(2)).await;
    opened.log(&pair(), vec![message("alice", "logged")]).await;
    opened.let_pass(&clock, 2 * hour).await;
    assert_eq!(fps(&opened.unread("bob").await), ["logged"]);
    assert_eq!(opened.stats().expired, 2);
}

async fn what_is_of_no_use_any_more_is_told_to_whoever_reads_the_log(place: Place) {
    let clock = TestClock::default();
    let mut opened = place.open_with(StoreLimits::none(), &clock).await;
    let minute = Duration::from_secs(60);
    let at = clock.now() + minute;
    let expiring = Envelope {
        expires_at: Some(at),
        ..message("alice", "1")
    };
    opened.log(&pair(), vec![expiring]).await;
    let read = opened.unread("bob").await;
    assert_eq!(read[0].message.expires_at, Some(at));
    opened.let_pass(&clock, 3 * minute).await;
    let read = opened.unread("bob").await;
    assert!(read[0].message.has_expired(clock.now()), "and it stays");
}

fn numbers_of(page: &LogPage) -> (Vec<u64>, bool) {
    (numbers(&page.messages), page.more)
}

async fn pages_go_before_and_after_a_number(place: Place) {
    let clock = TestClock::default();
    let mut opened = place.open_with(StoreLimits::none(), &clock).await;
    let log = pair();
    opened.log(&log, numbered(10)).await;
    for (part, limit, expected, more) in [
        (LogPart::Before(u64::MAX), 3, vec![8, 9, 10], true),
        (LogPart::Before(8), 3, vec![5, 6, 7], true),
        (LogPart::Before(4), 3, vec![1, 2, 3], false),
        (LogPart::Before(1), 3, vec![], false),
        (LogPart::After(0), 3, vec![1, 2, 3], true),
        (LogPart::After(7), 3, vec![8, 9, 10], false),
        (LogPart::After(9), 3, vec![10], false),
        (LogPart::After(10), 3, vec![], false),
        (LogPart::After(u64::MAX), 3, vec![], false),
        (LogPart::After(3), 0, vec![4], true),
    ] {
        for reader in [None, Some("bob")] {
            let page = opened.page(&log, reader, part, limit).await;
            assert_eq!(numbers_of(&page), (expected.clone(), more), "{part:?}");
            assert_eq!((page.first, page.last), (1, 10));
        }
    }
    let page = opened.page(&log, None, LogPart::After(6), 1).await;
    assert_eq!(page.messages[0].message, message("alice", "6"));
    assert_eq!(page.messages[0].stored_at, clock.unix_millis());
    // Whom it does not concern, and what is none.
    for (log, reader) in [(&log, Some("eve")), (&team(), None)] {
        let page = opened.page(log, reader, LogPart::After(0), 9).await;
        let nothing = LogPage {
            first: 1,
            ..LogPage::default()
        };
        assert_eq!(page, nothing);
    }
}

async fn a_page_has_as_many_bytes_as_are_wanted_and_one_message_in_any_case(place: Place) {
    let mut opened = place.open().await;
    let log = pair();
    let sent = [30, 10, 10, 40].into_iter().zip(["a", "b", "c", "d"]);
    let sent = sent.map(|(bytes, fp)| sized("alice", fp, bytes));
    opened.log(&log, sent.collect()).await;
    for (part, max_bytes, expected, more) in [
        (LogPart::After(0), 90, vec![1, 2, 3, 4], false),
        (LogPart::After(0), 89, vec![1, 2, 3], true),
        (LogPart::After(0), 40, vec![1, 2], true),
        (LogPart::After(0), 0, vec![1], true),
        (LogPart::Before(9), 50, vec![3, 4], true),
        (LogPart::Before(9), 0, vec![4], true),
        (LogPart::Before(2), 0, vec![1], false),
    ] {
        let page = opened.store().read_log(&log, None, part, 9, max_bytes);
        assert_eq!(numbers_of(&answer(page).await), (expected, more));
    }
}

async fn a_reader_gets_pages_of_the_times_for_which_it_was_one(place: Place) {
    let mut opened = place.open().await;
    let log = team();
    let sent = [
        joins("1", &["bob"]),
        message("bob", "2"),
        joins("3", &["eve"]),
        message("bob", "4"),
        leaves("5", &["eve"]),
        message("bob", "6"),
        joins("7", &["eve"]),
        message("bob", "8"),
        leaves("9", &["eve"]),
        message("bob", "10"),
    ];
    opened.log(&log, sent.to_vec()).await;
    let all = vec![3, 4, 5, 7, 8, 9];
    assert_eq!(opened.kept(&log, Some("eve")).await, (all, 3, 9));
    for (part, limit, expected, more) in [
        (LogPart::Before(99), 4, vec![5, 7, 8, 9], true),
        (LogPart::Before(5), 4, vec![3, 4], false),
        (LogPart::Before(7), 3, vec![3, 4, 5], false),
        (LogPart::Before(6), 2, vec![4, 5], true),
        (LogPart::After(0), 3, vec![3, 4, 5], true),
        (LogPart::After(4), 2, vec![5, 7], true),
        (LogPart::After(6), 3, vec![7, 8, 9], false),
        (LogPart::After(9), 3, vec![], false),
    ] {
        let page = opened.page(&log, Some("eve"), part, limit).await;
        assert_eq!(numbers_of(&page), (expected, more), "{part:?}");
    }
    // Bytes hold over all of them.
    let eve = "eve".into();
    let page = opened
        .store()
        .read_log(&log, Some(&eve), LogPart::After(0), 9, 40);
    assert_eq!(numbers_of(&answer(page).await), (vec![3, 4, 5, 7], true));
}

async fn conversations_are_listed_by_their_last_messages(place: Place) {
    let mut opened = place.open().await;
    let [carol, dave, first, last] = [
        log_of_pair("bob", "carol"),
        log_of_pair("bob", "dave"),
        log_of_group("#first"),
        log_of_group("#last"),
    ];
    opened.log(&carol, numbered(2)).await;
    opened.log(&dave, numbered(3)).await;
    opened.log(&first, vec![joins("a", &["bob"])]).await;
    let left = opened.log_one(&first, leaves("b", &["bob"])).await;
    opened.log(&last, vec![joins("c", &["eve", "bob"])]).await;
    let newest = opened.log_one(&carol, message("carol", "d")).await;
    // Not to be read by bob.
    opened.log(&first, vec![message("alice", "e")]).await;
    let end = Change {
        is_end: true,
        ..Change::default()
    };
    opened.log(&log_of_pair("eve", "dave"), numbered(1)).await;
    opened
        .log(&log_of_group("#none"), vec![changes("f", end)])
        .await;

    let listed = opened.list("bob", None).await;
    let names: Vec<_> = listed.iter().map(|listed| &*listed.log).collect();
    assert_eq!(names, [&*carol, &*last, &*first, &*dave]);
    let seqs: Vec<_> = listed.iter().map(|listed| listed.last_seq).collect();
    assert_eq!(seqs, [3, 1, 2, 3]);
    let fps = listed.iter().map(|listed| {
        let last = listed.last.as_ref().expect("it is kept");
        assert_eq!(last.seq, listed.last_seq);
        &*last.message.fp
    });
    assert_eq!(fps.collect::<Vec<_>>(), ["d", "c", "b", "2"]);
    assert_eq!((listed[0].position, listed[2].position), (newest, left));

    let mut paged = Vec::new();
    let mut before = None;
    loop {
        let page = opened.store().conversations(&"bob".into(), before, 3);
        let page = answer(page).await;
        let Some(last) = page.last() else { break };
        before = Some(last.position);
        paged.extend(page);
    }
    assert_eq!(paged, listed);
    // Back for a second time, it is one conversation.
    opened.log(&first, vec![joins("g", &["bob"])]).await;
    let listed = opened.list("bob", None).await;
    assert_eq!((listed.len(), listed[0].last_seq), (4, 4));
    assert_eq!(opened.list("nobody", None).await, []);
}

async fn whoever_asks_of_a_closed_store_is_told(place: Place) {
    let opened = place.open().await;
    let closed = opened.store().close();
    let asked = opened.store().conversations(&"bob".into(), None, 9);
    if let Deferred::Pending(closed) = closed {
        closed.await;
    }
    let Deferred::Pending(asked) = asked else {
        panic!("it was asked in time");
    };
    let told = tokio::time::timeout(Duration::from_secs(60), asked).await;
    let told = told.expect("nobody waits for ever");
    assert!(told.is_err(), "{told:?}");
}
