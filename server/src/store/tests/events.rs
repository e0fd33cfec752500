//! What is recorded of what happens, in the store's transactions.

use std::sync::Arc;
use std::time::Duration;

use mobileim_hub::store::{Removal, StoreLimits};
use mobileim_hub::{Clock, CloseReason, Delivery, Event, Journal as _, Origin, Peer, Recorded};
use mobileim_protocol::Transport;
use mobileim_protocol::mailbox::SessionId;
use serde_json::Value;
use tokio::sync::mpsc;

use super::place::{Opened, Place, TestClock};
use super::{message, on_each_database, sized};
use crate::database::sqlite::{FILE, Sqlite, make_private};
use crate::events::{EventJournal, EventLog, EventPolicy, EventTypes, Page};
use crate::store::{Request, SqliteStore, Store};

/// A store that records events.
struct Recording {
    opened: Opened,
    log: EventLog,
    journal: EventJournal,
    recorded: mpsc::UnboundedReceiver<Event>,
}

impl Recording {
    async fn at(place: &Place) -> Self {
        Self::with(place, StoreLimits::none(), &TestClock::default(), |_| {}).await
    }

    async fn with(
        place: &Place,
        limits: StoreLimits,
        clock: &TestClock,
        change: impl FnOnce(&mut EventPolicy),
    ) -> Self {
        let mut policy = EventPolicy::new("all".parse::<EventTypes>().unwrap());
        change(&mut policy);
        let log = EventLog::new(policy);
        let given: Arc<TestClock> = Arc::new(clock.clone());
        let store: Arc<dyn Store> = match place {
            Place::Sqlite(_) => {
                let store = place.sqlite_store(limits, given).await.unwrap();
                store.record_events(&log).await.unwrap();
                Arc::new(store)
            }
            Place::Postgres(_) => {
                let store = place.postgres_store(limits, given).await.unwrap();
                store.record_events(&log).await.unwrap();
                Arc::new(store)
            }
        };
        Self::of(store, log, clock)
    }

    fn of(store: Arc<dyn Store>, log: EventLog, clock: &TestClock) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(clock.clone());
        let journal = EventJournal::new(log.clone(), clock);
        let (sender, recorded) = mpsc::unbounded_channel();
        journal.start(Recorded::new(move |event: &Event| {
            // A test may have seen enough.
            let _ = sender.send(event.clone());
        }));
        Self {
            opened: Opened::started(store),
            log,
            journal,
            recorded,
        }
    }

    fn begin_session(&self, user: &str, session: u64) {
        let waits = self.journal.record(&Event::Online {
            user: user.into(),
            session: SessionId(session),
            peer: Peer::new(Transport::Tcp),
            device: None,
            replaces: None,
            others: 0,
        });
        assert!(!waits);
    }

    fn end_session(&self, user: &str, session: u64) {
        self.journal.record(&Event::Offline {
            user: user.into(),
            session: SessionId(session),
            peer: Peer::new(Transport::Tcp),
            reason: CloseReason::Disconnected,
            device: None,
            replaced_by: None,
            others: 0,
        });
    }

    fn deliver(&self, fp: &str) -> bool {
        self.journal.record(&delivered(fp))
    }

    async fn page(&self, after: i64) -> Page {
        let page = self.log.read(after, 1000, 1 << 20, Duration::ZERO).await;
        page.unwrap()
    }

    /// Types and fingerprints or users of everything behind a position, once as many are there.
    async fn told(&mut self, after: i64, count: usize) -> Vec<String> {
        loop {
            let page = self.page(after).await;
            if page.events.len() >= count {
                return page.told().map(|event| tell(&event.to_json())).collect();
            }
            // Something is to be done in between.
            self.opened.stored("nobody").await;
        }
    }
}

fn tell(event: &str) -> String {
    let event: Value = serde_json::from_str(event).unwrap();
    let member = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
    let reason = match member("reason") {
        reason if reason.is_empty() => reason,
        reason => format!(" {reason}"),
    };
    format!(
        "{} {}{}{reason}",
        member("type"),
        member("user"),
        member("fp")
    )
}

fn delivered(fp: &str) -> Event {
    Event::Delivered(Delivery {
        from: Origin::User("alice".into()),
        to: "bob".into(),
        mailbox: "bob".into(),
        fp: fp.into(),
        bridge: false,
    })
}

async fn what_the_store_does_is_recorded_with_it_in_order(place: Place) {
    let mut recording = Recording::at(&place).await;
    let messages = vec![message("alice", "1"), message("alice", "2")];
    let positions = recording.opened.append("bob", messages).await;
    // What is answered is there already.
    assert_eq!(recording.page(0).await.events.len(), 2);
    recording.begin_session("bob", 7);
    recording.opened.delete("bob", positions[0]);
    let (position, why) = (positions[1], Removal::Copy);
    recording
        .opened
        .submit("bob", Request::Delete { position, why });
    recording.end_session("bob", 7);
    let expected = [
        "stored 1",
        "stored 2",
        "online bob",
        "fetched 1",
        "offline bob disconnected",
    ];
    assert_eq!(recording.told(0, 5).await, expected);
    assert_eq!(recording.told(3, 2).await, expected[3..]);
}

async fn what_waits_for_a_record_waits_for_the_transaction(place: Place) {
    let mut recording = Recording::at(&place).await;
    assert!(recording.deliver("1"));
    let waited = recording.recorded.recv().await.unwrap();
    assert_eq!(waited, delivered("1"));
    assert_eq!(recording.page(0).await.events.len(), 1);
}

async fn sessions_that_a_server_has_left_are_ended_once_by_the_next(place: Place) {
    let mut first = Recording::at(&place).await;
    let from = first.log.sessions_from();
    first.begin_session("alice", from + 1);
    first.begin_session("bob", from + 2);
    first.end_session("bob", from + 2);
    first.told(0, 3).await;
    // Nobody says goodbye to alice.
    first.opened.close().await;
    let mut second = Recording::at(&place).await;
    assert_eq!(second.log.sessions_from() >> 32, (from >> 32) + 1);
    let told = second.told(3, 1).await;
    assert_eq!(told, ["offline alice server_crashed"]);
    second.opened.close().await;
    let mut third = Recording::at(&place).await;
    third.begin_session("carol", third.log.sessions_from() + 1);
    assert_eq!(third.told(4, 1).await, ["online carol"]);
}

async fn what_is_too_old_for_a_message_is_told(place: Place) {
    let clock = TestClock::default();
    let limits = StoreLimits::none().with_max_age(Some(Duration::from_secs(3600)));
    let mut recording = Recording::with(&place, limits, &clock, |_| {}).await;
    recording
        .opened
        .append("bob", vec![message("alice", "1")])
        .await;
    recording
        .opened
        .let_pass(&clock, Duration::from_secs(3720))
        .await;
    assert_eq!(recording.told(0, 2).await, ["stored 1", "expired 1"]);
}

async fn what_all_consumers_have_is_not_kept_and_a_gap_says_what_is_missing(place: Place) {
    let clock = TestClock::default();
    let mut recording = Recording::with(&place, StoreLimits::none(), &clock, |_| {}).await;
    for session in 1..=3 {
        recording.begin_session("alice", session);
    }
    recording.told(0, 3).await;
    for (name, position) in [("orders", 2), ("pushes", 3)] {
        let moved = recording.log.move_consumer(name, Some(position)).await;
        assert_eq!(moved, Ok(()));
    }
    recording
        .opened
        .let_pass(&clock, Duration::from_secs(60))
        .await;
    assert_eq!(recording.log.removed_through(), 2);
    recording.opened.close().await;
    // Positions go on, and so do consumers.
    let mut next = Recording::with(&place, StoreLimits::none(), &clock, |policy| {
        policy.types = "online".parse().unwrap();
    })
    .await;
    assert_eq!(next.log.consumer("orders").unwrap().position, 2);
    assert_eq!(next.told(0, 1).await, ["gap ", "online alice"]);
    assert_eq!(next.told(2, 1).await, ["online alice"]);
    next.begin_session("bob", 9);
    assert_eq!(next.told(3, 1).await, ["online bob"]);
    assert_eq!(next.page(3).await.events[0].position, 4);
    let removed = next.log.move_consumer("orders", None).await;
    assert_eq!((removed, next.log.consumer("orders")), (Ok(()), None));
}

async fn no_more_is_kept_than_may_be_nor_for_longer(place: Place) {
    let clock = TestClock::default();
    let few = |policy: &mut EventPolicy| {
        policy.max_bytes = 1000;
        policy.keep = Duration::from_secs(3600);
    };
    let mut recording = Recording::with(&place, StoreLimits::none(), &clock, few).await;
    recording
        .log
        .move_consumer("orders", Some(0))
        .await
        .unwrap();
    for session in 1..=20 {
        recording.begin_session("alice", session);
    }
    recording.told(0, 20).await;
    recording
        .opened
        .let_pass(&clock, Duration::from_secs(60))
        .await;
    let kept = 20 - recording.log.removed_through();
    let counted = recording.log.counted();
    assert!((1..20).contains(&kept), "{kept}");
    assert!(counted.bytes <= 1200, "{counted:?}");
    assert_eq!(
        counted.dropped,
        recording.log.removed_through().unsigned_abs()
    );
    recording
        .opened
        .let_pass(&clock, Duration::from_secs(3700))
        .await;
    assert_eq!(recording.log.removed_through(), 20);
}

#[tokio::test]
async fn a_database_that_takes_no_events_keeps_no_acknowledgement_back_and_gets_them_later() {
    let directory = tempfile::tempdir().unwrap();
    let clock = TestClock::default();
    let path = directory.path().join(FILE);
    make_private(directory.path(), &path).unwrap();
    let database = Sqlite::new(&path).with_max_pages(60);
    let given = Arc::new(clock.clone());
    let store = SqliteStore::with(database, StoreLimits::none(), given).await;
    let store = store.unwrap();
    let log = EventLog::new(EventPolicy::new("delivered,fetched".parse().unwrap()));
    store.record_events(&log).await.unwrap();
    let mut recording = Recording::of(Arc::new(store), log, &clock);
    let mut positions = Vec::new();
    for size in [4000, 100] {
        while let Ok(position) = (recording.opened)
            .try_append("bob", sized("alice", "m", size))
            .await
        {
            positions.push(position);
        }
    }
    let mut fps = Vec::new();
    while !recording.log.state().fails() {
        let fp = fps.len().to_string();
        if recording.deliver(&fp) {
            let waited = recording.recorded.recv().await.unwrap();
            assert_eq!(waited, delivered(&fp));
        }
        fps.push(format!("delivered {fp}"));
        clock.advance(Duration::from_millis(10));
    }
    // From now on nothing waits.
    assert!(!recording.deliver("last"));
    fps.push("delivered last".to_owned());
    for position in &positions {
        recording.opened.delete("bob", *position);
    }
    // It is tried again every second.
    for _ in 0..10 {
        clock.advance(Duration::from_secs(2));
        recording.opened.stored("nobody").await;
    }
    let page = recording.page(0).await;
    let told: Vec<_> = (page.told()).map(|event| tell(&event.to_json())).collect();
    assert_eq!(told.len(), fps.len() + positions.len(), "{told:?}");
    let delivered: Vec<_> = told
        .into_iter()
        .filter(|told| told != "fetched m")
        .collect();
    assert_eq!(delivered, fps);
    assert!(!recording.log.state().fails());
    assert!(recording.deliver("again"));
}

on_each_database!(
    what_the_store_does_is_recorded_with_it_in_order,
    what_waits_for_a_record_waits_for_the_transaction,
    sessions_that_a_server_has_left_are_ended_once_by_the_next,
    what_is_too_old_for_a_message_is_told,
    what_all_consumers_have_is_not_kept_and_a_gap_says_what_is_missing,
    no_more_is_kept_than_may_be_nor_for_longer,
);
