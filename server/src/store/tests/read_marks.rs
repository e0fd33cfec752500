//! Up to where users have read conversations is kept, and what is unread is counted.

use std::sync::Arc;
use std::time::Duration;

use mobileim_hub::store::{CHANGE_LANE, Keep, LogLimits, Logs, MAX_UNREAD, log_of_pair};
use mobileim_hub::{Deferred, Refs};
use mobileim_protocol::mailbox::{Change, Envelope, Position};
use mobileim_protocol::{Message, MessageType, encode};

use super::logbook::{TEAM, changes, joins, leaves, pair, team};
use super::place::{Opened, Place, TestClock};
use super::{message, numbered, on_each_database};

on_each_database![
    a_mark_goes_forwards_only_and_no_further_than_the_log,
    a_mark_is_durable_when_it_is_answered,
    what_is_unread_is_what_others_wrote_and_the_user_may_read,
    marks_and_what_is_unread_are_those_of_the_model,
    much_is_counted_up_to_a_bound_also_behind_much_of_the_users_own,
    marks_stay_when_messages_go_and_go_with_the_conversation,
    a_mark_that_cannot_be_kept_is_not_answered,
    whom_messages_mention_is_counted_until_it_is_read_or_removed,
];

/// A change, in the lane that changes have.
fn in_lane(change: Envelope) -> Envelope {
    Envelope {
        lane: Some(CHANGE_LANE.into()),
        ..change
    }
}

/// A message that mentions these, or all.
fn mentioning(from: &str, fp: &str, users: &[&str], all: bool) -> Envelope {
    let refs = Refs {
        mentions: users.iter().map(|user| (*user).to_owned()).collect(),
        mentions_all: all,
        ..Refs::default()
    };
    let mut sent = Message::new(MessageType::CommonData, from, TEAM).with_qos(fp);
    sent.refs = refs.written().map(Into::into);
    Envelope {
        body: encode(&sent).into(),
        ..message(from, fp)
    }
}

/// What the list says of a log: up to where the user has read, and what is unread.
async fn listed(opened: &Opened, user: &str, log: &Arc<str>) -> (u64, u64) {
    let list = opened.list(user, None).await;
    let of_log = list.iter().find(|listed| listed.log == *log);
    let of_log = of_log.expect("the user has it in the list");
    (of_log.read_seq, of_log.unread)
}

async fn a_mark_goes_forwards_only_and_no_further_than_the_log(place: Place) {
    let mut opened = place.open().await;
    let log = pair();
    assert_eq!(opened.mark("bob", &log, 7).await, (0, 0), "there is none");
    opened.log(&log, numbered(5)).await;
    assert_eq!(listed(&opened, "bob", &log).await, (0, 5));
    for (seq, expected) in [
        (0, (0, 5)),
        (2, (2, 3)),
        (1, (2, 3)),
        (4, (4, 1)),
        (0, (4, 1)),
        (9, (5, 0)),
        (u64::MAX, (5, 0)),
    ] {
        assert_eq!(opened.mark("bob", &log, seq).await, expected, "up to {seq}");
        assert_eq!(listed(&opened, "bob", &log).await, expected);
    }
    opened.log(&log, vec![message("alice", "x")]).await;
    assert_eq!(listed(&opened, "bob", &log).await, (5, 1));
    // The other one has a mark too.
    assert_eq!(listed(&opened, "alice", &log).await, (0, 0));
    assert_eq!(opened.mark("alice", &log, 3).await, (3, 0));
    assert_eq!(listed(&opened, "bob", &log).await, (5, 1));
}

async fn a_mark_is_durable_when_it_is_answered(place: Place) {
    let clock = TestClock::default();
    let mut opened = place.open_after_kill(&clock).await;
    let log = pair();
    opened.log(&log, numbered(5)).await;
    for (seq, unread) in [(2, 3), (4, 1)] {
        assert_eq!(opened.mark("bob", &log, seq).await, (seq, unread));
        drop(opened);
        opened = place.open_after_kill(&clock).await;
        assert_eq!(listed(&opened, "bob", &log).await, (seq, unread));
    }
}

async fn what_is_unread_is_what_others_wrote_and_the_user_may_read(place: Place) {
    let mut opened = place.open().await;
    let log = team();
    let sent = [
        in_lane(joins("1", &["bob"])),
        message("alice", "2"),
        in_lane(joins("3", &["eve"])),
        message("bob", "4"),
        message("alice", "5"),
        in_lane(leaves("6", &["eve"])),
        message("bob", "7"),
        in_lane(joins("8", &["eve"])),
        message("bob", "9"),
        message("eve", "10"),
    ];
    opened.log(&log, sent.to_vec()).await;
    for (user, seq, expected) in [
        ("bob", 0, (0, 3)),
        ("eve", 0, (0, 3)),
        ("bob", 2, (2, 2)),
        ("bob", 5, (5, 1)),
        ("eve", 4, (4, 2)),
        ("eve", 6, (6, 1)),
        ("eve", 9, (9, 0)),
    ] {
        assert_eq!(opened.mark(user, &log, seq).await, expected, "{user}");
        assert_eq!(listed(&opened, user, &log).await, expected, "{user}");
    }
    opened
        .log(&log, vec![in_lane(leaves("11", &["eve"]))])
        .await;
    opened.log(&log, vec![message("bob", "12")]).await;
    assert_eq!(listed(&opened, "eve", &log).await, (9, 0));
    // Who does not read it has nothing unread there, and no more of a list.
    assert_eq!(opened.mark("nobody", &log, 1).await, (1, 0));
    assert_eq!(opened.list("nobody", None).await, []);
}

async fn marks_and_what_is_unread_are_those_of_the_model(place: Place) {
    const USERS: [&str; 3] = ["ann", "bob", "cem"];
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut opened = place.open().await;
    let mut model = Logs::default();
    let logs = [team(), log_of_pair("ann", "bob"), log_of_pair("bob", "cem")];
    for step in 0..300 {
        let log = &logs[rng.usize(..logs.len())];
        let user = USERS[rng.usize(..USERS.len())];
        let fp = step.to_string();
        let sent = match rng.u8(..8) {
            0 if *log == team() => Some(in_lane(joins(&fp, &[user]))),
            1 if *log == team() => Some(in_lane(leaves(&fp, &[user]))),
            0..3 => Some(message(user, &fp)),
            3..5 => Some(mentioning(
                user,
                &fp,
                &USERS[rng.usize(..3)..],
                rng.u8(..4) == 0,
            )),
            _ => None,
        };
        if let Some(sent) = sent {
            let place = opened.log(log, vec![sent.clone()]).await[0];
            model.append(log, place.position, 0, sent);
            continue;
        }
        let seq = rng.u64(..60);
        let marked = model.mark_read(&user.into(), log, seq);
        let expected = (marked.seq, marked.unread);
        assert_eq!(
            opened.mark(user, log, seq).await,
            expected,
            "{user}, {step}"
        );
        let expected = model.conversations(user, None, 9);
        let told = opened.list(user, None).await;
        let parts = |list: &[mobileim_hub::store::Conversation]| {
            let parts = list.iter();
            let parts = parts.map(|of| (Arc::clone(&of.log), of.read_seq, of.unread, of.mentions));
            parts.collect::<Vec<_>>()
        };
        assert_eq!(parts(&told), parts(&expected), "{user}, {step}");
    }
}

async fn whom_messages_mention_is_counted_until_it_is_read_or_removed(place: Place) {
    let clock = TestClock::default();
    let kept = place.kept(&clock).await.unwrap();
    let keep = Keep {
        messages: Some(3),
        age: None,
    };
    kept.set_log_limits(LogLimits {
        pair: Keep::default(),
        group: keep,
    });
    let mut opened = kept.start();
    let log = team();
    let sent = [
        in_lane(joins("1", &["ann", "bob", "cem"])),
        mentioning("ann", "2", &["bob", "cem"], false),
        mentioning("ann", "3", &["bob"], true),
        mentioning("bob", "4", &["bob"], true),
        message("ann", "5"),
        mentioning("cem", "6", &[], true),
    ];
    opened.log(&log, sent.to_vec()).await;
    let mentioned = async |opened: &Opened, user: &str| {
        let list = opened.list(user, None).await;
        (list[0].unread, list[0].mentions)
    };
    for (user, expected) in [("ann", (2, 2)), ("bob", (4, 3)), ("cem", (4, 3))] {
        assert_eq!(mentioned(&opened, user).await, expected, "{user}");
    }
    opened.mark("bob", &log, 2).await;
    assert_eq!(mentioned(&opened, "bob").await, (3, 2));
    // The same again is there already.
    opened
        .log(&log, vec![mentioning("ann", "3", &["bob"], true)])
        .await;
    opened.let_pass(&clock, Duration::from_secs(1800)).await;
    for (user, expected) in [("ann", (2, 2)), ("bob", (2, 1)), ("cem", (2, 1))] {
        assert_eq!(mentioned(&opened, user).await, expected, "{user}, later");
    }
}

async fn much_is_counted_up_to_a_bound_also_behind_much_of_the_users_own(place: Place) {
    let mut opened = place.open().await;
    let log = pair();
    opened.log(&log, numbered(1500)).await;
    assert_eq!(listed(&opened, "bob", &log).await, (0, MAX_UNREAD));
    assert_eq!(opened.mark("bob", &log, 400).await, (400, MAX_UNREAD));
    assert_eq!(opened.mark("bob", &log, 501).await, (501, 999));
    let own = (0..3000).map(|n| message("bob", &n.to_string()));
    opened.log(&log, own.collect()).await;
    assert_eq!(listed(&opened, "bob", &log).await, (501, 999));
    let more = (0..3).map(|n| message("alice", &format!("more {n}")));
    opened.log(&log, more.collect()).await;
    assert_eq!(opened.mark("bob", &log, 1500).await, (1500, 3));
    // A list of more than one page has them all.
    for n in 0..50 {
        let log = log_of_pair("bob", &format!("user {n}"));
        opened.log(&log, numbered(n + 1)).await;
        opened.mark("bob", &log, n as u64 / 2).await;
    }
    let list = opened.list("bob", None).await;
    assert_eq!(list.len(), 51);
    for (n, of) in list.iter().rev().skip(1).enumerate() {
        let read = n as u64 / 2;
        assert_eq!((of.read_seq, of.unread), (read, n as u64 + 1 - read));
    }
}

async fn marks_stay_when_messages_go_and_go_with_the_conversation(place: Place) {
    let clock = TestClock::default();
    let kept = place.kept(&clock).await.unwrap();
    let last = |messages| Keep {
        messages: Some(messages),
        age: None,
    };
    kept.set_log_limits(LogLimits {
        pair: last(2),
        group: last(0),
    });
    let mut opened = kept.start();
    let half_an_hour = Duration::from_secs(1800);
    opened.log(&pair(), numbered(9)).await;
    opened.mark("bob", &pair(), 3).await;
    opened
        .log(&team(), vec![in_lane(joins("1", &["bob"]))])
        .await;
    opened.log(&team(), vec![message("alice", "2")]).await;
    opened.mark("bob", &team(), 2).await;
    opened.let_pass(&clock, half_an_hour).await;
    assert_eq!(listed(&opened, "bob", &pair()).await, (3, 2));
    assert_eq!(listed(&opened, "bob", &team()).await, (2, 0));
    assert_eq!(opened.mark("bob", &pair(), 99).await, (9, 0));
    assert_eq!(opened.mark("alice", &team(), 99).await, (2, 0));

    let end = Change {
        is_end: true,
        ..Change::default()
    };
    opened.log(&team(), vec![in_lane(changes("3", end))]).await;
    opened.let_pass(&clock, half_an_hour).await;
    assert_eq!(opened.list("bob", None).await.len(), 1);
    assert_eq!(opened.mark("bob", &team(), 2).await, (0, 0));
    // It begins as if it had never been, whatever its number in the database is.
    opened
        .log(&team(), vec![in_lane(joins("4", &["bob"]))])
        .await;
    opened.log(&team(), vec![message("alice", "5")]).await;
    assert_eq!(listed(&opened, "bob", &team()).await, (0, 1));
}

async fn a_mark_that_cannot_be_kept_is_not_answered(place: Place) {
    let mut opened = place.open().await;
    opened.log(&pair(), numbered(2)).await;
    opened.advance("bob", Position(1));
    if let Deferred::Pending(closed) = opened.store().close() {
        closed.await;
    }
    let marked = opened.store().mark_read(&"bob".into(), &pair(), 2);
    let Deferred::Pending(marked) = marked else {
        panic!("a mark is never answered at once");
    };
    let told = tokio::time::timeout(Duration::from_secs(60), marked).await;
    let told = told.expect("nobody waits for ever");
    assert!(told.is_err(), "{told:?}");
}
