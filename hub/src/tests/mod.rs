//! The server in virtual time, below its connections.

mod accidents;
mod client_questions;
mod conversations;
mod devices;
mod held;
mod home;
mod journal;
mod member_changes;
mod panics;
mod presence;
mod purges;
mod pushes;
mod questions;
mod quotas;
mod refs;
mod signals;
mod stats;
mod tokens;
mod trace;
mod waits;
mod watches;
pub(crate) mod world;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use mobileim_protocol::mailbox::{Envelope, Position, StoreFailure};
use mobileim_protocol::payload::{self, ErrorResponse};
use mobileim_protocol::{MessageType, Transport, codes, decode};

use crate::link::{CloseReason, Peer};
use crate::registry::{LoggedIn, Login};
use crate::stats::Outcome;
use crate::store::{Completion, MemoryStore, NoStore, Request, Store};
use world::{Failing, FakeLink, UNIX_MILLIS, World, seconds, sender};

/// A message of alice's, as a store has it.
fn stored(body: Bytes) -> Envelope {
    Envelope {
        from: "alice".into(),
        fp: "1".into(),
        bridge: false,
        body,
        expires_at: None,
        on_behalf: false,
        lane: None,
        change: None,
    }
}

#[test]
fn a_silent_session_expires_after_its_transports_timeout() {
    for (transport, timeout) in [
        (Transport::Tcp, 20),
        (Transport::WebSocket, 20),
        (Transport::Udp, 10),
    ] {
        let mut world = World::new();
        let (link, _) = world.log_in("alice", transport);
        world.advance(Duration::from_millis(timeout * 1000 - 1));
        assert_eq!(link.closed(), None, "{transport}");
        world.advance(Duration::from_millis(1));
        assert_eq!(link.closed(), Some(CloseReason::Expired), "{transport}");
        assert!(!world.server.is_online("alice"));
        assert_eq!(
            world.server.stats().sessions_ended.of(CloseReason::Expired),
            1
        );
        let log = world.log.take();
        assert_eq!(log[1], "alice offline: no sign of life");
        assert_eq!(
            world.server.driver().next_deadline(),
            None,
            "nothing is left behind"
        );
    }
}

#[test]
fn any_byte_keeps_a_session_alive() {
    for transport in [Transport::Tcp, Transport::WebSocket, Transport::Udp] {
        let mut world = World::new();
        let (link, _) = world.log_in("alice", transport);
        for _ in 0..20 {
            world.advance(seconds(9));
            link.touch(world.now);
        }
        assert_eq!(link.closed(), None, "{transport}");
    }
}

#[test]
fn only_a_quiet_websocket_session_is_pinged_halfway() {
    let mut world = World::new();
    let (tcp, _) = world.log_in("alice", Transport::Tcp);
    let (udp, _) = world.log_in("bob", Transport::Udp);
    let (websocket, _) = world.log_in("carol", Transport::WebSocket);
    world.advance(seconds(9));
    assert_eq!(websocket.pings(), 0);
    world.advance(seconds(1));
    assert_eq!([tcp.pings(), udp.pings(), websocket.pings()], [0, 0, 1]);
    // The Pong comes a second later.
    world.advance(seconds(1));
    websocket.touch(world.now);
    world.advance(seconds(9));
    assert_eq!((websocket.pings(), websocket.closed()), (1, None));
    world.advance(seconds(1));
    assert_eq!((websocket.pings(), websocket.closed()), (2, None));
}

#[test]
fn a_connection_has_five_seconds_to_log_in() {
    let mut world = World::new();
    let (idle, quick) = (FakeLink::new(Transport::Tcp), FakeLink::new(Transport::Tcp));
    world
        .server
        .connect(world.now, Arc::<FakeLink>::clone(&idle));
    let connection = world
        .server
        .connect(world.now, Arc::<FakeLink>::clone(&quick));
    world.advance(seconds(4));
    world.server.disconnect(connection);
    world.advance(seconds(1));
    assert_eq!(idle.closed(), Some(CloseReason::LoginTimeout));
    assert_eq!(quick.closed(), None);
}

#[test]
fn the_answer_comes_first_then_what_waited_in_order() {
    let world = World::new();
    for text in ["1", "2", "3"] {
        world.send("alice", "bob", text);
    }
    let (bob, _) = world.log_in("bob", Transport::Tcp);
    let sent = bob.sent();
    assert_eq!(sent[0].0, MessageType::LoginResponse);
    let texts: Vec<_> = sent[1..].iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(texts, ["1", "2", "3"]);
}

#[test]
fn a_kicked_device_gets_nothing_after_the_notice() {
    let world = World::new();
    let (old, _) = world.log_in("bob", Transport::Tcp);
    world.send("alice", "bob", "1");
    let (new, _) = world.log_in("bob", Transport::WebSocket);
    world.send("alice", "bob", "2");
    assert_eq!(old.closed(), Some(CloseReason::Kicked(1)));
    assert_eq!(old.sent().last().unwrap().0, MessageType::Kickout);
    assert_eq!(new.data(), ["1", "2"]);
    assert_eq!(
        world.log.take(),
        [
            "bob online on tcp",
            "bob offline: kicked out with code 1",
            "bob online on ws",
        ]
    );
}

#[test]
fn logins_within_one_millisecond_are_told_apart() {
    let world = World::new();
    let first_login_time = |link: &FakeLink| {
        let answer: serde_json::Value = serde_json::from_str(&link.sent()[0].1).unwrap();
        answer["firstLoginTime"].as_i64().unwrap()
    };
    let (first, _) = world.log_in("bob", Transport::Tcp);
    let (second, _) = world.log_in("bob", Transport::Tcp);
    let times = (first_login_time(&first), first_login_time(&second));
    assert!(times.0 < times.1);
    let back = FakeLink::new(Transport::Tcp);
    assert_eq!(world.login("bob", times.0, &back), LoggedIn::Superseded);
    assert_eq!(second.closed(), None);
}

#[test]
fn a_replaced_session_cannot_end_its_successor() {
    let world = World::new();
    let (old, session) = world.log_in("bob", Transport::Tcp);
    let (new, _) = world.log_in("bob", Transport::Tcp);
    let reason = CloseReason::Disconnected;
    world.server.end_session(world.now, "bob", session, reason);
    assert!(world.server.is_online("bob"));
    assert!(old.closed().is_some() && new.closed().is_none());
}

#[test]
fn the_sender_is_acknowledged_when_a_slow_store_has_the_message_and_not_before() {
    let world = World::with_slow_store();
    let (alice, _) = world.log_in("alice", Transport::Tcp);
    world.store.answer(&world.server, world.now);
    alice.sent();
    world.send("alice", "bob", "1");
    assert_eq!(alice.sent(), []);
    world.store.answer(&world.server, world.now);
    assert_eq!(alice.sent(), [(MessageType::Received, "1".to_owned())]);
}

#[test]
fn what_comes_while_the_backlog_is_read_comes_after_it() {
    let world = World::with_slow_store();
    world.send("alice", "bob", "1");
    world.store.answer(&world.server, world.now);
    let (bob, _) = world.log_in("bob", Transport::Tcp);
    world.send("alice", "bob", "2");
    assert_eq!(bob.data(), [""; 0]);
    world.store.answer(&world.server, world.now);
    assert_eq!(bob.data(), ["1", "2"]);
}

#[test]
fn an_answer_of_the_store_for_somebody_unknown_is_ignored() {
    let world = World::new();
    let completion = Completion::NotLoaded;
    world.server.complete(world.now, "nobody", completion);
    assert_eq!(world.server.driver().next_deadline(), None);
}

#[test]
fn a_sender_is_told_of_a_full_mailbox_and_of_no_other_failure() {
    for (failure, told, refused) in [
        (StoreFailure::QuotaExceeded, true, true),
        (StoreFailure::Unavailable, false, false),
        (StoreFailure::NoStore, false, true),
    ] {
        let world = World::with(|_| Arc::new(Failing(failure)));
        let (alice, _) = world.log_in("alice", Transport::Tcp);
        alice.sent();
        world.log.take();
        world.send("alice", "bob", "1");
        assert_eq!(world.log.take().len(), usize::from(refused), "{failure:?}");
        let sent = alice.sent();
        assert_eq!(sent.len(), usize::from(told), "{failure:?}");
        for (kind, content) in sent {
            assert_eq!(kind, MessageType::ErrorResponse);
            let error: ErrorResponse = payload::decode(Some(&content)).unwrap();
            assert_eq!(error.code, codes::MAILBOX_FULL);
            let refused = decode(error.message.as_bytes()).unwrap();
            assert_eq!(refused.fp.as_deref(), Some("1"));
        }
        let outcome = match failure {
            StoreFailure::QuotaExceeded => Outcome::MailboxFull,
            StoreFailure::NoStore => Outcome::NoStore,
            _ => Outcome::Unavailable,
        };
        let stats = world.server.stats();
        assert_eq!(stats.messages.total(), 1, "{failure:?}");
        assert_eq!(stats.with_outcome(outcome), 1, "{failure:?}");
    }
}

#[test]
fn what_the_server_accepted_is_remembered_for_ten_minutes_across_sessions() {
    let mut world = World::new();
    world
        .server
        .remember_accepted(world.now, &sender("alice"), "1");
    world.advance(seconds(300));
    world
        .server
        .remember_accepted(world.now, &sender("alice"), "2");
    assert!(world.server.was_accepted(world.now, &sender("alice"), "1"));
    assert!(!world.server.was_accepted(world.now, &sender("bob"), "1"));
    world.advance(seconds(600));
    assert!(!world.server.was_accepted(world.now, &sender("alice"), "2"));
    assert_eq!(
        world.server.driver().next_deadline(),
        None,
        "nothing is left behind"
    );
}

#[test]
fn a_user_with_nothing_to_do_is_forgotten() {
    let mut world = World::new();
    let (_, alice) = world.log_in("alice", Transport::Tcp);
    let (_, bob) = world.log_in("bob", Transport::Tcp);
    world.send("alice", "bob", "1");
    world
        .server
        .acknowledge(world.now, "bob", bob, "alice", "1");
    let reason = CloseReason::LoggedOut;
    world.server.end_session(world.now, "alice", alice, reason);
    world.server.end_session(world.now, "bob", bob, reason);
    assert_eq!(world.server.view().known_users(), 0);
    world.advance(seconds(600));
    assert_eq!(world.server.driver().next_deadline(), None);
}

#[test]
fn what_is_repeated_to_a_user_who_has_gone_is_recognised_for_ten_minutes() {
    let store = Arc::new(MemoryStore::default());
    let mut world = World::with(|_| Arc::<MemoryStore>::clone(&store) as Arc<dyn Store>);
    let (alice, _) = world.log_in("alice", Transport::Tcp);
    let (_, session) = world.log_in("bob", Transport::Tcp);
    world.send("alice", "bob", "got");
    world
        .server
        .acknowledge(world.now, "bob", session, "alice", "got");
    let reason = CloseReason::LoggedOut;
    world.server.end_session(world.now, "bob", session, reason);
    world.send("alice", "bob", "stored");
    alice.sent();
    for _ in 0..3 {
        for text in ["got", "stored"] {
            world.send("alice", "bob", text);
            assert_eq!(alice.sent(), [(MessageType::Received, text.to_owned())]);
        }
        assert_eq!(store.waiting("bob"), 1);
        world.advance(seconds(5));
        alice.touch(world.now);
    }
    assert_eq!(world.server.view().known_users(), 1, "alice alone");
    let (bob, _) = world.log_in("bob", Transport::Tcp);
    for text in ["got", "stored"] {
        world.send("alice", "bob", text);
    }
    assert_eq!(bob.data(), ["stored"]);
}

#[test]
fn what_was_delivered_and_stored_a_second_time_does_not_come_again() {
    let world = World::with_slow_store();
    let (_, session) = world.log_in("bob", Transport::Tcp);
    world.store.answer(&world.server, world.now);
    world.send("alice", "bob", "1");
    world
        .server
        .acknowledge(world.now, "bob", session, "alice", "1");
    let reason = CloseReason::LoggedOut;
    world.server.end_session(world.now, "bob", session, reason);
    // As a server that was killed before it deleted it.
    let copy = stored(Bytes::from_static(b"{}"));
    let messages = vec![copy];
    world
        .store
        .submit(&"bob".into(), Request::Append { messages });
    let (bob, _) = world.log_in("bob", Transport::Tcp);
    world.store.answer(&world.server, world.now);
    assert_eq!(bob.data(), [""; 0]);
}

#[test]
fn receivers_who_do_not_exist_leave_nothing_behind_but_what_is_bounded() {
    const RECEIVERS: usize = 30_000;
    let spray = |world: &World| {
        for number in 0..RECEIVERS {
            world.send("mallory", &format!("nobody {number}"), "x");
        }
        world.server.view().known_users()
    };
    let failing = |why| World::with(move |_| Arc::new(Failing(why)));
    assert_eq!(spray(&World::new()), 0);
    assert_eq!(spray(&failing(StoreFailure::NoStore)), 0);
    assert_eq!(spray(&failing(StoreFailure::QuotaExceeded)), 0);
    // What is repeated to them has to come first, as far as there is room to know that.
    let mut world = failing(StoreFailure::Unavailable);
    let known = spray(&world);
    assert!((10_000..20_000).contains(&known), "{known}");
    world.advance(seconds(120));
    assert_eq!(world.server.view().known_users(), 0);
    assert_eq!(world.server.driver().next_deadline(), None);
}

#[test]
fn a_stopping_server_stores_what_was_not_acknowledged() {
    let store = Arc::new(MemoryStore::default());
    let mut world = World::with(|_| Arc::<MemoryStore>::clone(&store) as Arc<dyn Store>);
    let (alice, _) = world.log_in("alice", Transport::Tcp);
    let (bob, _) = world.log_in("bob", Transport::Tcp);
    world.send("alice", "bob", "1");
    assert_eq!(store.waiting("bob"), 0);
    world.server.close_all(world.now, Duration::ZERO);
    assert_eq!(store.waiting("bob"), 1);
    for link in [alice, bob] {
        let retry_after = Duration::ZERO;
        assert_eq!(
            link.closed(),
            Some(CloseReason::ServerStopping { retry_after })
        );
    }
    world.advance(seconds(1000));
    assert_eq!(world.server.view().known_users(), 0);
}

#[test]
fn threads_cannot_make_one_senders_messages_overtake_each_other() {
    const COUNT: usize = 5_000;
    let world = World::new();
    let (bob, session) = world.log_in("bob", Transport::Tcp);
    let mut received = Vec::new();
    std::thread::scope(|scope| {
        for from in ["alice", "carol"] {
            let world = &world;
            scope.spawn(move || {
                for n in 0..COUNT {
                    world.send(from, "bob", &format!("{from} {n}"));
                }
            });
        }
        while received.len() < 2 * COUNT {
            for text in bob.data() {
                let from = text.split(' ').next().unwrap();
                world
                    .server
                    .acknowledge(world.now, "bob", session, from, &text);
                received.push(text);
            }
        }
    });
    for from in ["alice", "carol"] {
        let of_one = received.iter().filter(|text| text.starts_with(from));
        assert!(
            of_one.eq(&(0..COUNT)
                .map(|n| format!("{from} {n}"))
                .collect::<Vec<_>>())
        );
    }
}

#[test]
fn the_memory_store_never_gives_a_position_twice() {
    let store = MemoryStore::default();
    let bob = Arc::from("bob");
    let append = || {
        let envelope = stored(Bytes::new());
        let messages = vec![envelope];
        match store.submit(&bob, Request::Append { messages }) {
            Some(Completion::Appended { positions, .. }) => positions[0].expect("there is room"),
            other => panic!("{other:?}"),
        }
    };
    let first = append();
    let (position, why) = (first, crate::store::Removal::Acknowledged);
    let delete = Request::Delete { position, why };
    assert_eq!(store.submit(&bob, delete), None);
    assert!(append() > first && first > Position::START);
}

#[test]
fn who_is_online_is_seen_with_address_transport_and_since_when() {
    let mut world = World::new();
    world.advance(seconds(1));
    let (_, alice) = world.log_in("alice", Transport::Tcp);
    world.log_in("bob", Transport::WebSocket);
    world.send("alice", "carol", "hi");
    let view = world.server.view();
    assert_eq!(view.online(), ["alice".into(), "bob".into()]);
    let [session] = &view.sessions("alice")[..] else {
        panic!("alice has one session");
    };
    assert_eq!(session.id, alice);
    assert_eq!(session.peer, Peer::new(Transport::Tcp));
    assert_eq!((session.since, session.last_seen), (UNIX_MILLIS, world.now));
    assert_eq!(view.sessions("carol"), []);
}

#[test]
fn whoever_comes_and_goes_at_once_leaves_few_timers() {
    let World { server, .. } = World::with(|_| Arc::new(NoStore));
    let now = mobileim_protocol::Instant::default();
    for number in 0..100_000 {
        let connection = server.connect(now, FakeLink::new(Transport::Tcp));
        server.disconnect(connection);
        let user = Arc::<str>::from(format!("user {}", number % 1000));
        server.login(
            now,
            Login {
                mailbox: Arc::clone(&user),
                device: None,
                missed_since: None,
                first_login_time: 0,
                max_batch: None,
                max_body: None,
                is_mobileim: false,
                unix_millis: 1,
                valid_until: None,
                link: FakeLink::new(Transport::Tcp),
                session: None,
            },
        );
        server.kick_with(now, &user, None, 1, None);
    }
    assert!(server.registry().most_timers() <= 1024 + 2 * 8);
    assert_eq!(server.view().known_users(), 0);
}
