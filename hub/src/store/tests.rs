//! The store in memory has limits too.

use std::sync::Arc;

use mobileim_protocol::mailbox::{Envelope, Position, StoreFailure};

use super::{Completion, MemoryStore, Request, Store, StoreLimits};
use crate::deferred::Deferred;
use crate::devices::{DeviceBook, RegisteredDevice};

fn message(from: &str, fp: &str) -> Envelope {
    sized(from, fp, 10)
}

fn sized(from: &str, fp: &str, bytes: usize) -> Envelope {
    Envelope {
        from: from.into(),
        fp: fp.into(),
        bridge: false,
        body: vec![b'x'; bytes].into(),
        expires_at: None,
        on_behalf: false,
        lane: None,
        change: None,
    }
}

fn numbered(count: usize) -> Vec<Envelope> {
    (0..count)
        .map(|n| message("alice", &n.to_string()))
        .collect()
}

/// How many of these messages are taken, and why not all.
fn append(store: &MemoryStore, messages: Vec<Envelope>) -> (usize, Option<StoreFailure>) {
    match store.submit(&Arc::from("bob"), Request::Append { messages }) {
        Some(Completion::Appended { positions, failure }) => {
            (positions.iter().flatten().count(), failure)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn noisy_senders_leave_room_for_others() {
    let store = MemoryStore::with_limits(StoreLimits::none().with_max_messages(Some(20)));
    let mut messages = numbered(12);
    messages.insert(11, message("carol", "c"));
    assert_eq!(append(&store, messages), (11, None));
    assert_eq!(append(&store, numbered(1)), (0, None));
    assert_eq!(append(&store, vec![message("dave", "d")]), (1, None));
}

#[test]
fn noisy_senders_leave_bytes_for_others_too() {
    let store = MemoryStore::with_limits(StoreLimits::none().with_max_bytes(Some(20_000)));
    let long = |from: &str| vec![sized(from, "1", 6000)];
    assert_eq!(append(&store, long("alice")), (1, None));
    assert_eq!(append(&store, long("alice")), (1, None));
    assert_eq!(append(&store, long("alice")), (0, None));
    assert_eq!(append(&store, long("carol")), (1, None));
    assert_eq!(append(&store, long("dave")), (0, None));
    assert_eq!(store.stats().refused.bytes, 2);
    store.set_limits(StoreLimits::none().with_max_bytes(Some(30_000)));
    assert_eq!(append(&store, long("dave")), (1, None));
}

#[test]
fn what_is_deleted_makes_room_for_all() {
    let limits = StoreLimits::none().with_max_bytes_in_all(Some(2 * 522));
    let store = MemoryStore::with_limits(limits);
    assert_eq!(append(&store, numbered(3)), (2, None));
    assert_eq!(store.stats().refused.bytes_in_all, 1);
    let position = Position(1);
    store.submit(
        &Arc::from("bob"),
        Request::Delete {
            position,
            why: crate::store::Removal::Acknowledged,
        },
    );
    assert_eq!(store.stats().amount.map(|amount| amount.bytes), Some(522));
    assert_eq!(append(&store, numbered(1)), (1, None));
}

#[test]
fn it_takes_no_more_memory_than_it_may() {
    let store = MemoryStore::default();
    let long = || vec![sized("alice", "1", 100 << 20)];
    assert_eq!(append(&store, long()), (1, None));
    assert_eq!(append(&store, long()), (1, None));
    assert_eq!(append(&store, long()), (0, None));
    assert_eq!(append(&store, numbered(1)), (1, None));
}

fn log() -> Arc<str> {
    super::log_of_pair("alice", "bob")
}

/// The numbers that messages get in the log, and why not all.
fn append_to_log(store: &MemoryStore, messages: Vec<Envelope>) -> (Vec<u64>, Option<StoreFailure>) {
    match store.submit(&log(), Request::Append { messages }) {
        Some(Completion::Logged { places, failure }) => {
            (places.iter().map(|place| place.seq).collect(), failure)
        }
        other => panic!("{other:?}"),
    }
}

/// Where what a mailbox reads stands.
fn load(store: &MemoryStore, mailbox: &str) -> Vec<(i64, Option<u64>)> {
    let request = Request::Load {
        after: Position::START,
        limit: 100,
        max_bytes: 10_000,
    };
    match store.submit(&Arc::from(mailbox), request) {
        Some(Completion::Loaded { messages, .. }) => messages
            .iter()
            .map(|stored| (stored.position.0, stored.seq))
            .collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_log_takes_its_place_among_all_that_is_stored_and_no_more_than_there_is() {
    let limits = StoreLimits::none().with_max_bytes_in_all(Some(4 * 522));
    let store = MemoryStore::with_limits(limits.with_max_messages(Some(1)));
    let fps = |fps: &[&str]| fps.iter().map(|fp| message("alice", fp)).collect();
    assert_eq!(append_to_log(&store, fps(&["1", "2"])), (vec![1, 2], None));
    assert_eq!(append(&store, fps(&["3"])), (1, None));
    let full = Some(StoreFailure::QuotaExceeded);
    let (taken, failure) = append_to_log(&store, fps(&["2", "4", "5", "1"]));
    assert_eq!((taken, failure), (vec![2, 3], full));
    assert_eq!(store.stats().refused.bytes_in_all, 1);
    let all = [(1, Some(1)), (2, Some(2)), (3, None), (4, Some(3))];
    assert_eq!(load(&store, "bob"), all);
    assert_eq!(load(&store, "alice").len(), 3);
    // What is deleted or taken away is what a user has alone.
    let meant = super::Which::default();
    let purged = store.purge(&Arc::from("bob"), meant);
    assert!(matches!(purged, Deferred::Ready(Ok(1))));
    assert_eq!(load(&store, "bob").len(), 3);
}

#[test]
fn a_new_device_begins_at_the_end_of_the_logs() {
    let store = MemoryStore::default();
    let say = |fp| append_to_log(&store, vec![message("alice", fp)]);
    let device = |number| RegisteredDevice {
        user: "bob".into(),
        number,
        id: "".into(),
        platform: "".into(),
        since: 0,
        seen: 0,
        missed_since: None,
    };
    say("1");
    drop(store.put(device(0)));
    drop(store.put(device(2)));
    say("2");
    drop(store.put(device(2)));
    say("3");
    assert_eq!(load(&store, "bob").len(), 3);
    assert_eq!(load(&store, "bob\u{FFFF}2").len(), 2);
    store.submit(
        &Arc::from("bob\u{FFFF}2"),
        Request::Advance {
            through: Position(2),
        },
    );
    drop(store.put(device(2)));
    assert_eq!(load(&store, "bob\u{FFFF}2").len(), 1);
    store.remove("bob", 2);
    drop(store.put(device(2)));
    assert_eq!(load(&store, "bob\u{FFFF}2").len(), 0);
}
