//! The store in memory has limits too.

use std::sync::Arc;

use mobileim_protocol::mailbox::{Envelope, Position, StoreFailure};

use super::{Completion, MemoryStore, Request, Store, StoreLimits};

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
