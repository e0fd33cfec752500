use std::sync::Mutex;

use super::*;

const DAY: i64 = 24 * 60 * 60 * 1000;

/// Notes what it is told.
#[derive(Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    fn note(&self, what: String) -> Deferred<Result<(), String>> {
        self.0.lock().unwrap().push(what);
        Deferred::Ready(Err("the disk is full".to_owned()))
    }
}

impl Keeper for Notes {
    fn put(&self, revocation: Revocation) -> Deferred<Result<(), String>> {
        let Revocation { user, times } = revocation;
        self.note(format!("put {user} {}", times.before))
    }

    fn remove(&self, user: &str) -> Deferred<Result<(), String>> {
        self.note(format!("remove {user}"))
    }

    fn remove_old(&self, _: i64) {
        drop(self.note("remove old".to_owned()));
    }
}

#[test]
fn what_was_issued_before_is_refused_and_what_does_not_say_when() {
    let revocations = Revocations::default();
    let long_ago = now() - DAY;
    assert!(!revocations.refuses("alice", None));
    let revoking = revocations.revoke("alice", Some(long_ago)).unwrap();
    assert_eq!(revoking.before, long_ago);
    assert!(revocations.refuses("alice", Some(long_ago - 1)));
    assert!(!revocations.refuses("alice", Some(long_ago)));
    assert!(revocations.refuses("alice", None));
    assert!(!revocations.refuses("bob", None));
    assert_eq!(revocations.counted(), (1, 2));
}

#[test]
fn the_latest_time_counts_whatever_is_said_later() {
    let revocations = Revocations::default();
    let earliest = now();
    let first = revocations.revoke("alice", None).unwrap().before;
    assert!(first >= earliest && first <= now());
    assert_eq!(revocations.revoke("alice", Some(7)).unwrap().before, first);
    assert!(revocations.refuses("alice", Some(first - 1)));
    // Until then there are no tokens.
    let soon = now() + DAY;
    assert_eq!(
        revocations.revoke("alice", Some(soon)).unwrap().before,
        soon
    );
    assert!(revocations.refuses("alice", Some(now())));
}

#[test]
fn each_has_a_number_and_what_is_taken_back_has_none() {
    let revocations = Revocations::default();
    assert_eq!(revocations.number("alice"), 0);
    let _ = revocations.revoke("alice", None);
    let first = revocations.number("alice");
    let _ = revocations.revoke("alice", None);
    assert!(first > 0 && revocations.number("alice") > first);
    assert!(revocations.asked_at("alice").is_some());
    assert!(revocations.take_back("alice").0);
    assert!(!revocations.take_back("alice").0);
    assert_eq!(revocations.number("alice"), 0);
    assert!(!revocations.refuses("alice", None));
}

#[test]
fn one_counts_for_its_time_from_the_time_that_it_names_or_from_when_it_was_asked_for() {
    let revocations = Revocations::default();
    revocations.set_kept_for(Duration::from_hours(48));
    let asked = now();
    let _ = revocations.revoke("alice", Some(asked - 9 * DAY));
    let _ = revocations.revoke("bob", Some(asked + DAY));
    revocations.sweep(asked + 2 * DAY - 60_000);
    assert!(revocations.refuses("alice", Some(0)));
    revocations.sweep(asked + 2 * DAY + 60_000);
    assert!(!revocations.refuses("alice", Some(0)));
    assert!(revocations.refuses("bob", Some(asked)));
    revocations.sweep(asked + 3 * DAY + 60_000);
    assert_eq!(revocations.counted().0, 0);
}

#[test]
fn one_that_does_not_count_any_more_refuses_nobody_though_it_was_not_removed_yet() {
    let revocations = Revocations::default();
    let old = Revocation {
        user: "alice".into(),
        times: Times {
            before: now(),
            since: now() - 31 * DAY,
        },
    };
    revocations.keep_in([old], Notes::default());
    assert!(!revocations.refuses("alice", Some(0)));
    assert!(!revocations.take_back("alice").0);
}

#[tokio::test]
async fn what_is_kept_is_told_in_order_and_counts_even_if_it_cannot_be_kept() {
    let revocations = Revocations::default();
    let notes = Notes::default();
    let told = Arc::clone(&notes.0);
    let times = Times {
        before: 5,
        since: now(),
    };
    let user = "carol".into();
    revocations.keep_in([Revocation { user, times }], notes);
    assert!(revocations.refuses("carol", Some(4)) && !revocations.refuses("carol", Some(5)));
    let Deferred::Ready(kept) = revocations.revoke("carol", Some(3)).unwrap().kept else {
        panic!("it is known at once");
    };
    assert_eq!(kept, Err("the disk is full".to_owned()));
    let _ = revocations.revoke("dave", Some(9));
    assert!(revocations.refuses("dave", Some(8)));
    assert!(revocations.take_back("dave").0);
    // It may still be there.
    assert!(!revocations.take_back("dave").0);
    revocations.sweep(now());
    let told = told.lock().unwrap();
    let expected = [
        "put carol 5",
        "put dave 9",
        "remove dave",
        "remove dave",
        "remove old",
    ];
    assert_eq!(*told, expected);
}
