//! A machine that was paused, and a clock that was set wrongly.

use std::sync::Arc;

use mobileim_protocol::Transport;

use super::world::{FakeLink, UNIX_MILLIS, World, seconds};
use crate::link::CloseReason;
use crate::registry::{LoggedIn, Login};

#[test]
fn after_an_absence_everybody_has_the_whole_time_again_to_be_heard() {
    for (transport, timeout) in [(Transport::Tcp, 20), (Transport::Udp, 10)] {
        let mut world = World::new();
        let (alice, _) = world.log_in("alice", transport);
        let (bob, _) = world.log_in("bob", transport);
        world.now = world.now + seconds(60);
        world.server.driver().note_absence(world.now);
        world.advance(seconds(timeout) / 2);
        // What was in the socket is read.
        alice.touch(world.now);
        world.advance(seconds(timeout) / 2);
        assert_eq!(alice.closed(), None, "{transport}");
        assert_eq!(bob.closed(), Some(CloseReason::Expired), "{transport}");
    }
}

#[test]
fn a_login_that_came_during_an_absence_has_its_time_again() {
    let mut world = World::new();
    let link = FakeLink::new(Transport::Tcp);
    world
        .server
        .connect(world.now, Arc::<FakeLink>::clone(&link));
    world.now = world.now + seconds(60);
    world.server.driver().note_absence(world.now);
    world.advance(seconds(4));
    assert_eq!(link.closed(), None);
    world.advance(seconds(1));
    assert_eq!(link.closed(), Some(CloseReason::LoginTimeout));
}

/// A login of alice's at a time of the wall clock.
fn log_in(
    world: &World,
    link: &Arc<FakeLink>,
    unix_millis: i64,
    first_login_time: i64,
) -> LoggedIn {
    world.server.login(
        world.now,
        Login {
            mailbox: "alice".into(),
            device: None,
            missed_since: None,
            first_login_time,
            max_batch: None,
            max_body: None,
            is_mobileim: false,
            unix_millis,
            valid_until: None,
            link: Arc::<FakeLink>::clone(link),
            session: None,
        },
    )
}

#[test]
fn a_login_counts_as_the_later_one_though_the_clock_was_a_day_ahead_at_the_earlier() {
    let world = World::new();
    let (phone, page) = (
        FakeLink::new(Transport::Tcp),
        FakeLink::new(Transport::WebSocket),
    );
    let ahead = UNIX_MILLIS + 86_400_000;
    let LoggedIn::Online(session) = log_in(&world, &phone, ahead, 0) else {
        panic!("nobody else is alice");
    };
    // The phone is gone for a moment; meanwhile the clock is set right, and she logs in on a page.
    world
        .server
        .end_session(world.now, "alice", session, CloseReason::Disconnected);
    assert!(matches!(
        log_in(&world, &page, UNIX_MILLIS, 0),
        LoggedIn::Online(_)
    ));
    let back = log_in(&world, &phone, UNIX_MILLIS, ahead);
    assert_eq!(back, LoggedIn::Superseded);
    assert_eq!(page.closed(), None);
}
