//! What is read of logs, by whom.

use super::*;
use crate::store::{log_of_group, log_of_pair};

/// Logs whose messages take the next position each.
#[derive(Default)]
struct World {
    logs: Logs,
    last: i64,
}

impl World {
    fn append(&mut self, log: &Arc<str>, fp: &str, change: Change) -> Place {
        self.last += 1;
        let change = Some(Arc::new(change));
        let message = Envelope {
            change,
            ..message("alice", fp)
        };
        self.logs
            .append(log, Position(self.last), 1000 * self.last, message)
    }

    fn say(&mut self, log: &Arc<str>, fp: &str) {
        self.append(log, fp, Change::default());
    }

    /// The fingerprints of what a mailbox reads, and whether there is more.
    fn load(&self, mailbox: &str, after: i64, limit: usize, max_bytes: usize) -> (String, bool) {
        let own = std::iter::empty();
        let after = Position(after);
        fingerprints(self.logs.load(mailbox, own, after, limit, max_bytes))
    }

    fn all(&self, mailbox: &str) -> String {
        let (all, more) = self.load(mailbox, i64::MIN, 100, 10_000);
        assert!(!more);
        all
    }

    /// The numbers on a page, and its `more`, `first` and `last`.
    fn page(
        &self,
        log: &str,
        reader: Option<&str>,
        part: LogPart,
        limit: usize,
    ) -> (Vec<u64>, bool, u64, u64) {
        let page = self.logs.page(log, reader, part, limit, 10_000);
        let seqs = page.messages.iter().map(|message| message.seq).collect();
        (seqs, page.more, page.first, page.last)
    }
}

fn message(from: &str, fp: &str) -> Envelope {
    Envelope {
        from: from.into(),
        fp: fp.into(),
        bridge: false,
        body: vec![b'x'; 10].into(),
        expires_at: None,
        on_behalf: false,
        lane: None,
        change: None,
    }
}

fn fingerprints(loaded: Completion) -> (String, bool) {
    let Completion::Loaded { messages, more } = loaded else {
        panic!("{loaded:?}");
    };
    let fps = messages.iter().map(|stored| &*stored.message.fp);
    (fps.collect::<Vec<_>>().join(" "), more)
}

fn joins(users: &[&str]) -> Change {
    let join = users.iter().map(|user| ((*user).into(), Role::Member));
    Change {
        join: join.collect(),
        ..Change::default()
    }
}

fn leaves(user: &str) -> Change {
    Change {
        leave: vec![user.into()],
        ..Change::default()
    }
}

#[test]
fn numbers_have_no_holes_and_a_message_stands_in_a_log_once() {
    let mut world = World::default();
    let (team, pair) = (log_of_group("#t"), log_of_pair("alice", "bob"));
    for (log, fp, seq) in [(&team, "a", 1), (&pair, "a", 1), (&team, "b", 2)] {
        assert_eq!(world.logs.find(log, &message("alice", fp)), None);
        let place = world.append(log, fp, Change::default());
        assert_eq!((place.seq, place.is_new), (seq, true));
        let there = Place {
            is_new: false,
            ..place
        };
        assert_eq!(world.logs.find(log, &message("alice", fp)), Some(there));
    }
    assert_eq!(world.logs.find(&team, &message("bob", "a")), None);
}

#[test]
fn two_users_read_their_log_from_its_first_message_on() {
    let mut world = World::default();
    let log = log_of_pair("alice", "bob");
    world.say(&log, "a");
    world.say(&log, "b");
    for user in ["alice", "bob", "bob\u{FFFF}3"] {
        assert_eq!(world.all(user), "a b");
    }
    assert_eq!(world.all("carol"), "");
    let own = log_of_pair("dave", "dave");
    world.say(&own, "c");
    assert_eq!(world.all("dave"), "c");
}

#[test]
fn who_joins_reads_that_and_who_leaves_still_reads_that() {
    let mut world = World::default();
    let log = log_of_group("#t");
    world.append(&log, "made", joins(&["alice"]));
    world.say(&log, "a");
    world.append(&log, "in", joins(&["bob"]));
    world.say(&log, "b");
    world.append(&log, "out", leaves("bob"));
    world.say(&log, "c");
    assert_eq!(world.all("bob"), "in b out");
    world.append(&log, "again", joins(&["bob"]));
    world.say(&log, "d");
    assert_eq!(world.all("bob"), "in b out again d");
    assert_eq!(world.all("alice"), "made a in b out c again d");
    // Who is in it already gets no more by joining, and who left once does not leave again.
    world.append(&log, "role", joins(&["bob"]));
    world.append(&log, "out again", leaves("bob"));
    world.append(&log, "not there", leaves("bob"));
    assert_eq!(world.all("bob"), "in b out again d role out again");
}

#[test]
fn what_a_user_has_and_several_logs_are_read_in_the_order_of_positions() {
    let mut world = World::default();
    let (one, other) = (log_of_pair("alice", "bob"), log_of_group("#t"));
    world.append(&other, "made", joins(&["bob"]));
    world.say(&one, "a");
    world.last += 1;
    let own = message("carol", "own");
    world.say(&other, "b");
    world.say(&one, "c");
    let load = |after: i64, limit, max_bytes| {
        let behind = std::iter::once((Position(3), &own));
        let behind = behind.filter(|(at, _)| at.0 > after);
        let after = Position(after);
        fingerprints(world.logs.load("bob", behind, after, limit, max_bytes))
    };
    assert_eq!(load(0, 9, 99), ("made a own b c".to_owned(), false));
    assert_eq!(load(2, 9, 99), ("own b c".to_owned(), false));
    assert_eq!(load(0, 3, 99), ("made a own".to_owned(), true));
    assert_eq!(load(0, 9, 29), ("made a".to_owned(), true));
    assert_eq!(load(0, 0, 0), ("made".to_owned(), true));
    assert_eq!(load(4, 1, 0), ("c".to_owned(), false));
}

#[test]
fn each_mailbox_reads_behind_its_own_cursor() {
    let mut world = World::default();
    let log = log_of_pair("alice", "bob");
    for fp in ["a", "b", "c"] {
        world.say(&log, fp);
    }
    let (bob, laptop) = (Arc::from("bob"), Arc::from("bob\u{FFFF}1"));
    world.logs.advance(&bob, Position(2));
    world.logs.advance(&bob, Position(1));
    assert_eq!(world.all("bob"), "c");
    assert_eq!(world.load("bob", 3, 9, 99), (String::new(), false));
    assert_eq!(world.all("bob\u{FFFF}1"), "a b c");
    world.logs.begin(&laptop, Position(3));
    world.say(&log, "d");
    world.logs.begin(&laptop, Position(4));
    assert_eq!(world.all("bob\u{FFFF}1"), "d");
    world.logs.set_cursor(&laptop, None);
    assert_eq!(world.all("bob\u{FFFF}1"), "a b c d");
    // The cursor is of logs: what the user has alone is removed when it is read.
    let own = message("carol", "own");
    let own = std::iter::once((Position(1), &own));
    let loaded = world.logs.load("bob", own, Position::START, 9, 99);
    assert_eq!(fingerprints(loaded).0, "own c d");
}

#[test]
fn a_log_is_paged_both_ways_as_far_as_its_reader_may() {
    let mut world = World::default();
    let log = log_of_group("#t");
    world.append(&log, "1", joins(&["alice"]));
    world.append(&log, "2", joins(&["bob"]));
    world.say(&log, "3");
    world.append(&log, "4", leaves("bob"));
    world.say(&log, "5");
    world.append(&log, "6", joins(&["bob"]));
    let last = LogPart::Before(u64::MAX);
    let page = |reader, part, limit| world.page(&log, reader, part, limit);
    assert_eq!(page(None, last, 2), (vec![5, 6], true, 1, 6));
    assert_eq!(page(None, LogPart::Before(3), 2), (vec![1, 2], false, 1, 6));
    assert_eq!(page(None, LogPart::After(4), 9), (vec![5, 6], false, 1, 6));
    let bob = Some("bob");
    assert_eq!(page(bob, last, 9), (vec![2, 3, 4, 6], false, 2, 6));
    assert_eq!(page(bob, LogPart::Before(6), 2), (vec![3, 4], true, 2, 6));
    assert_eq!(page(bob, LogPart::After(0), 3), (vec![2, 3, 4], true, 2, 6));
    assert_eq!(page(bob, LogPart::After(6), 3), (vec![], false, 2, 6));
    assert_eq!(page(Some("carol"), last, 9), (vec![], false, 1, 0));
    assert_eq!(world.page("no log", None, last, 9), (vec![], false, 1, 0));
    let few_bytes = world.logs.page(&log, None, last, 9, 29);
    assert_eq!((few_bytes.messages.len(), few_bytes.more), (2, true));
}

#[test]
fn conversations_are_listed_by_the_last_message_that_their_reader_may_read() {
    let mut world = World::default();
    let (pair, team) = (log_of_pair("alice", "bob"), log_of_group("#t"));
    world.append(&team, "1", joins(&["alice", "bob"]));
    world.say(&pair, "2");
    world.append(&team, "3", leaves("bob"));
    world.say(&pair, "4");
    world.say(&team, "5");
    let list = |user, before: Option<i64>, limit| {
        let list = world
            .logs
            .conversations(user, before.map(Position), limit)
            .into_iter();
        let list = list.map(|one| (one.position.0, one.last_seq, one.log));
        list.collect::<Vec<_>>()
    };
    let (in_pair, in_team) = ((4, 2, pair.clone()), (3, 2, team.clone()));
    assert_eq!(list("alice", None, 9), [(5, 3, team), in_pair.clone()]);
    assert_eq!(list("bob", None, 9), [in_pair.clone(), in_team.clone()]);
    assert_eq!(list("bob", None, 1), [in_pair]);
    assert_eq!(list("bob", Some(4), 9), [in_team]);
    assert_eq!(list("carol", None, 9), []);
    let newest = world.logs.conversations("bob", None, 1).remove(0).last;
    let newest = newest.expect("nothing is lost from this log");
    assert_eq!(
        (newest.seq, newest.stored_at, &*newest.message.fp),
        (2, 4000, "4")
    );
}

#[test]
fn a_group_is_what_was_changed_last() {
    let mut world = World::default();
    let log = log_of_group("#t");
    let role = |role| Change {
        join: vec![("bob".into(), role)],
        settings: Some("{}".into()),
        ..Change::default()
    };
    world.append(&log, "1", joins(&["alice", "bob"]));
    world.append(&log, "2", role(Role::Owner));
    world.append(&log, "3", role(Role::Admin));
    world.append(&log, "4", leaves("alice"));
    world.say(&log_of_pair("alice", "bob"), "5");
    let team = StoredGroup {
        id: "#t".into(),
        settings: "{}".into(),
        members: vec![("bob".into(), Role::Admin)],
    };
    assert_eq!(world.logs.groups(), [team]);
    let end = Change {
        is_end: true,
        ..Change::default()
    };
    world.append(&log, "6", end);
    assert_eq!(world.logs.groups(), []);
    world.say(&log, "7");
    assert_eq!(world.all("bob"), "1 2 3 4 5 6");
}
