//! What is appended to the log of a conversation has a number there, once and without holes.

use std::sync::Arc;
use std::time::Duration;

use mobileim_hub::store::{LogPart, StoredGroup, Which, log_of_group, log_of_pair};
use mobileim_protocol::MAX_ID_LEN;
use mobileim_protocol::mailbox::{Change, Envelope, Role, StoreFailure};

use super::logbook::{TEAM, changes, joins, leaves, pair, seqs, team};
use super::place::{Place, TestClock, fps};
use super::{message, numbered, on_each_database, sized};
use crate::store::{Completion, StoreLimits};

on_each_database![
    numbers_have_no_holes_also_after_a_restart,
    a_message_that_is_there_already_keeps_its_place,
    a_message_that_is_twice_in_one_batch_is_stored_once,
    many_logs_and_mailboxes_share_a_commit,
    a_transaction_that_fails_leaves_no_hole,
    what_is_stored_in_a_log_is_read_as_it_was,
    who_has_left_reads_up_to_that_and_who_comes_back_reads_on_from_there,
    what_a_message_changes_is_durable_with_it,
    a_group_that_has_ended_is_none_any_more_and_may_begin_anew,
    a_group_of_many_is_read_before_the_start,
    the_quotas_of_receivers_do_not_hold_for_logs_and_the_one_for_all_does,
    looking_purging_and_deleting_leave_logs_alone,
    only_names_that_somebody_can_have_are_taken,
];

async fn numbers_have_no_holes_also_after_a_restart(place: Place) {
    let mut opened = place.open().await;
    assert_eq!(seqs(&opened.log(&pair(), numbered(300)).await)[299], 300);
    let other = log_of_pair("alice", "carol");
    assert_eq!(seqs(&opened.log(&other, numbered(2)).await), [1, 2]);
    opened.close().await;
    let mut opened = place.open().await;
    let more = vec![message("bob", "a"), message("bob", "b")];
    let places = opened.log(&pair(), more).await;
    assert_eq!(seqs(&places), [301, 302]);
    let read = opened.unread("bob").await;
    let read: Vec<_> = read.iter().map(|stored| stored.seq).collect();
    assert_eq!(read, (1..=302).map(Some).collect::<Vec<_>>());
}

async fn a_message_that_is_there_already_keeps_its_place(place: Place) {
    let mut opened = place.open().await;
    let first = opened.log(&pair(), numbered(3)).await;
    assert!(first.iter().all(|place| place.is_new));
    opened.close().await;
    let mut opened = place.open().await;
    let again = vec![
        message("alice", "new"),
        message("alice", "1"),
        // Another sender's.
        message("bob", "1"),
    ];
    let places = opened.log(&pair(), again).await;
    let news: Vec<_> = places.iter().map(|place| place.is_new).collect();
    assert_eq!(
        (seqs(&places), news),
        (vec![4, 2, 5], vec![true, false, true])
    );
    assert_eq!(places[1].position, first[1].position);
    assert_eq!(opened.unread("bob").await.len(), 5);
}

async fn a_message_that_is_twice_in_one_batch_is_stored_once(place: Place) {
    let mut opened = place.open().await;
    let twice = ["a", "b", "a"].map(|fp| message("alice", fp)).to_vec();
    // All in one transaction: nothing is handled before the first await.
    opened.submit_append(&pair(), twice.clone());
    opened.submit_append(&pair(), twice);
    let (first, _) = opened.logged().await;
    let (second, _) = opened.logged().await;
    assert_eq!(seqs(&first), [1, 2, 1]);
    assert_eq!(seqs(&second), [1, 2, 1]);
    let places = first.iter().chain(&second);
    let news: Vec<_> = places.map(|place| place.is_new).collect();
    assert_eq!(news, [true, true, false, false, false, false]);
    assert_eq!(opened.stats().stored, 2);
}

async fn many_logs_and_mailboxes_share_a_commit(place: Place) {
    const USERS: usize = 500;
    let mut opened = place.open().await;
    let before = opened.stats();
    for n in 0..USERS {
        let user = format!("user {n}");
        opened.submit_append(&log_of_pair("alice", &user), numbered(2));
        opened.submit_append(&user, numbered(1));
    }
    let (mut logged, mut appended) = (0, 0);
    for _ in 0..2 * USERS {
        match opened.answer().await.1 {
            Completion::Logged { places, failure } => {
                assert_eq!((seqs(&places), failure), (vec![1, 2], None));
                assert!(places[0].position < places[1].position);
                logged += 1;
            }
            _ => appended += 1,
        }
    }
    assert_eq!((logged, appended), (USERS, USERS));
    let stats = opened.stats();
    assert_eq!(stats.stored, 3 * USERS as u64);
    assert!(stats.commits - before.commits <= 4, "{stats:?}");
    assert_eq!(opened.unread("user 7").await.len(), 3);
    assert_eq!(opened.unread("alice").await.len(), 2 * USERS);
}

async fn a_transaction_that_fails_leaves_no_hole(place: Place) {
    place.open().await.close().await;
    // At once, and when everything is in the log and only cursors are left to write.
    let fails = match place {
        Place::Sqlite(_) => {
            "CREATE TRIGGER fails BEFORE INSERT ON log WHEN NEW.fp = 'bad'
             BEGIN SELECT RAISE(ABORT, 'it is bad'); END;
             CREATE TRIGGER fails_late BEFORE INSERT ON cursors WHEN EXISTS (SELECT 1 FROM log WHERE fp = 'bad late')
             BEGIN SELECT RAISE(ABORT, 'it is bad'); END"
        }
        Place::Postgres(_) => {
            "CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN RAISE 'it is bad'; END $$;
             CREATE TRIGGER fails BEFORE INSERT ON log FOR EACH ROW WHEN (NEW.fp = 'bad') EXECUTE FUNCTION fails();
             CREATE FUNCTION fails_late() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN IF EXISTS (SELECT 1 FROM log WHERE fp = 'bad late') THEN RAISE 'it is bad'; END IF; RETURN NEW; END $$;
             CREATE TRIGGER fails BEFORE INSERT ON cursors FOR EACH ROW EXECUTE FUNCTION fails_late()"
        }
    };
    place.run_sql(fails).await;
    let clock = TestClock::default();
    let mut opened = place.open_with(StoreLimits::none(), &clock).await;
    let first = opened.log_one(&team(), joins("1", &["bob"])).await;
    opened.advance("bob", first);
    opened.stored("nobody").await;
    clock.advance(Duration::from_secs(2));
    for bad in ["bad", "bad late", "bad", "bad late"] {
        opened.submit_append(&team(), vec![message("alice", "2"), joins("3", &["eve"])]);
        opened.submit_append(&pair(), vec![message("alice", "1")]);
        opened.submit_append(
            &log_of_pair("alice", "eve"),
            vec![message("alice", "1"), message("alice", bad)],
        );
        for _ in 0..3 {
            let refused = (vec![], Some(StoreFailure::Unavailable));
            assert_eq!(opened.logged().await, refused, "{bad}");
        }
    }
    assert_eq!(opened.unread("eve").await, []);
    let places = opened.log(&team(), vec![message("alice", "2")]).await;
    assert_eq!((places[0].seq, places[0].is_new), (2, true));
    let places = opened.log(&pair(), numbered(2)).await;
    assert_eq!(seqs(&places), [1, 2]);
    assert_eq!(fps(&opened.unread("bob").await), ["2", "0", "1"]);
}

async fn what_is_stored_in_a_log_is_read_as_it_was(place: Place) {
    let mut opened = place.open().await;
    let names = ["o'hara", "\u{0}", "小明 🙂", "\\x00"].map(str::to_owned);
    let names: Vec<_> = names.into_iter().chain(["é".repeat(128)]).collect();
    for name in &names {
        let log = log_of_pair(name, "bob");
        let sent = Envelope {
            from: name.as_str().into(),
            fp: name.as_str().into(),
            lane: Some(format!("{name}\u{ffff}7").into()),
            body: format!("{{\"from\":{name:?}}}\u{0}").into(),
            ..message("", "")
        };
        let messages = vec![sent.clone(), message("bob", "x")];
        opened.log(&log, messages.clone()).await;
        let read = opened.unread(name).await;
        let read: Vec<_> = read.into_iter().map(|stored| stored.message).collect();
        assert_eq!(read, messages);
        let page = opened.page(&log, Some(name), LogPart::After(0), 9);
        assert_eq!(page.await.messages[0].message, sent);
        assert_eq!(opened.list(name, None).await[0].log, log);
    }
    assert_eq!(opened.unread("bob").await.len(), 2 * names.len());
}

async fn who_has_left_reads_up_to_that_and_who_comes_back_reads_on_from_there(place: Place) {
    let mut opened = place.open().await;
    let script = vec![
        joins("1", &["bob"]),
        message("bob", "2"),
        joins("3", &["eve", "bob"]),
        message("bob", "4"),
        leaves("5", &["eve", "nobody"]),
        message("bob", "6"),
        joins("7", &["eve"]),
        message("bob", "8"),
    ];
    let of_eve = ["3", "4", "5", "7", "8"];
    // At once, and one by one.
    opened.log(&team(), script.clone()).await;
    assert_eq!(fps(&opened.unread("eve").await), of_eve);
    let other = log_of_group("#other");
    for message in script {
        opened.log_one(&other, message).await;
    }
    let twice: Vec<_> = of_eve.iter().chain(&of_eve).copied().collect();
    assert_eq!(fps(&opened.unread("eve").await), twice);
    assert_eq!(opened.unread("bob").await.len(), 16);
    assert_eq!(opened.unread("nobody").await, []);
}

fn role(user: &str, role: Role) -> (Arc<str>, Role) {
    (user.into(), role)
}

/// The groups that a server finds at its start, with their members by name.
async fn groups(place: &Place) -> Vec<StoredGroup> {
    let kept = place.kept(&TestClock::default()).await.unwrap();
    let groups = kept.groups().await;
    kept.start().close().await;
    groups
}

async fn what_a_message_changes_is_durable_with_it(place: Place) {
    let mut opened = place.open().await;
    let begins = Change {
        join: vec![role("alice", Role::Owner), role("bob", Role::Member)],
        settings: Some("{\"name\":\"The team 🙂\"}".into()),
        ..Change::default()
    };
    let promotes = Change {
        join: vec![role("bob", Role::Admin), role("eve", Role::Member)],
        ..Change::default()
    };
    opened
        .log(&team(), vec![changes("1", begins), changes("2", promotes)])
        .await;
    opened.log(&pair(), numbered(1)).await;
    opened.close().await;
    let expected = |settings: &str, members: &[(&str, Role)]| {
        let members = members.iter().map(|(user, is)| role(user, *is));
        vec![StoredGroup {
            id: TEAM.into(),
            settings: settings.into(),
            members: members.collect(),
        }]
    };
    let members = [
        ("alice", Role::Owner),
        ("bob", Role::Admin),
        ("eve", Role::Member),
    ];
    let settings = "{\"name\":\"The team 🙂\"}";
    assert_eq!(groups(&place).await, expected(settings, &members));

    let mut opened = place.open().await;
    assert_eq!(opened.unread("bob").await.len(), 3, "from the first one");
    opened.log(&team(), vec![leaves("3", &["alice"])]).await;
    let renames = Change {
        settings: Some("2".into()),
        ..Change::default()
    };
    opened.log(&team(), vec![changes("4", renames)]).await;
    opened.close().await;
    assert_eq!(groups(&place).await, expected("2", &members[1..]));
}

async fn a_group_that_has_ended_is_none_any_more_and_may_begin_anew(place: Place) {
    let mut opened = place.open().await;
    let ends = Change {
        is_end: true,
        ..Change::default()
    };
    let all = vec![joins("1", &["bob", "eve"]), changes("2", ends)];
    opened.log(&team(), all).await;
    opened.log(&team(), vec![message("alice", "late")]).await;
    assert_eq!(fps(&opened.unread("bob").await), ["1", "2"]);
    opened.close().await;
    assert_eq!(groups(&place).await, []);

    let mut opened = place.open().await;
    let places = opened.log(&team(), vec![joins("4", &["eve"])]).await;
    assert_eq!(places[0].seq, 4);
    assert_eq!(fps(&opened.unread("bob").await), ["1", "2"]);
    assert_eq!(fps(&opened.unread("eve").await), ["1", "2", "4"]);
    opened.close().await;
    let members = &groups(&place).await[0].members;
    assert_eq!(members, &[role("eve", Role::Member)]);
}

async fn a_group_of_many_is_read_before_the_start(place: Place) {
    // More than are read at once.
    const MEMBERS: usize = 12_000;
    let mut opened = place.open().await;
    let names: Vec<_> = (0..MEMBERS).map(|n| format!("user {n:05}")).collect();
    let users: Vec<_> = names.iter().map(|name| &**name).collect();
    opened.log(&team(), vec![joins("1", &users)]).await;
    for n in 0..1100 {
        let log = log_of_group(&format!("#{n}"));
        opened.submit_append(&log, vec![joins("1", &["bob", "eve"])]);
    }
    for _ in 0..1100 {
        assert_eq!(opened.logged().await.1, None);
    }
    opened.close().await;
    let groups = groups(&place).await;
    assert_eq!(groups.len(), 1101);
    let members = |group: &StoredGroup| {
        let members = group.members.iter();
        members
            .map(|(user, _)| user.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(members(&groups[0]), names);
    for group in &groups[1..] {
        assert_eq!(members(group), ["bob", "eve"], "{}", group.id);
    }
}

async fn the_quotas_of_receivers_do_not_hold_for_logs_and_the_one_for_all_does(place: Place) {
    let limits = StoreLimits::none()
        .with_max_messages(Some(1))
        .with_max_bytes_in_all(Some(11 * 522));
    let clock = TestClock::default();
    let mut opened = place.open_with(limits, &clock).await;
    // A sender may have half of it.
    let of = |sender: &str| -> Vec<_> { (0..5).map(|n| message(sender, &n.to_string())).collect() };
    opened.log(&pair(), of("alice")).await;
    opened.append("bob", numbered(1)).await;
    opened.submit_append("bob", vec![message("carol", "x")]);
    assert_eq!(opened.appended().await.0, []);
    assert_eq!(opened.stats().refused.messages, 1);
    assert_eq!(opened.amount().await, (6, 6 * 522));
    opened.submit_append(&pair(), of("bob"));
    let (places, failure) = opened.logged().await;
    assert_eq!(failure, Some(StoreFailure::QuotaExceeded));
    assert_eq!(seqs(&places), [6, 7, 8]);
    // What is there already needs no room, and what is refused takes along what follows it.
    let more = [("alice", "4"), ("bob", "x"), ("alice", "0")];
    let more = more.map(|(sender, fp)| message(sender, fp));
    opened.submit_append(&pair(), more.to_vec());
    let (places, failure) = opened.logged().await;
    assert_eq!(failure, Some(StoreFailure::QuotaExceeded));
    assert_eq!(seqs(&places), [5]);
    assert_eq!(opened.stats().refused.bytes_in_all, 2);
    let stored = opened.amount().await;
    opened.close().await;
    let mut opened = place.open_with(limits, &clock).await;
    assert_eq!(opened.amount().await, stored);
    let places = opened.log(&pair(), vec![message("carol", "x")]).await;
    assert_eq!(places[0].seq, 9, "no number is left out");
}

async fn looking_purging_and_deleting_leave_logs_alone(place: Place) {
    let mut opened = place.open().await;
    let logged = opened.log(&pair(), numbered(2)).await;
    opened.append("bob", numbered(1)).await;
    for place in &logged {
        opened.delete("bob", place.position);
        opened.delete(&pair(), place.position);
    }
    let all = Which::default;
    assert_eq!(opened.look("bob", all()).await.len(), 1);
    assert_eq!(opened.look(&pair(), all()).await, []);
    assert_eq!(opened.purge("bob", all()).await, 1);
    assert_eq!(opened.purge(&pair(), all()).await, 0);
    assert_eq!(opened.unread("bob").await.len(), 2);
    assert_eq!(opened.unread(&pair()).await, []);
}

async fn only_names_that_somebody_can_have_are_taken(place: Place) {
    let mut opened = place.open().await;
    let long = "x".repeat(MAX_ID_LEN);
    let longer = "x".repeat(MAX_ID_LEN + 1);
    for log in [log_of_pair(&long, &long), log_of_group(&long)] {
        opened.log(&log, numbered(1)).await;
    }
    for log in [log_of_pair("bob", &longer), log_of_group(&longer)] {
        opened.submit_append(&log, numbered(1));
        assert_eq!(opened.logged().await, (vec![], Some(StoreFailure::NoStore)));
    }
    // Of a device of such a user.
    let device = format!("{long}\u{ffff}65535");
    opened.append(&device, vec![sized("alice", "1", 7)]).await;
    assert_eq!(fps(&opened.unread(&device).await), ["0", "1"]);
}
