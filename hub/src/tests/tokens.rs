//! Sessions whose token expires.

use std::sync::Arc;

use mobileim_protocol::mailbox::SessionId;
use mobileim_protocol::{Instant, Transport};

use super::world::{FakeLink, UNIX_MILLIS, World, seconds};
use crate::link::CloseReason;
use crate::registry::{LoggedIn, Login};

/// Logs alice in with a token that is valid until `valid_until`, anew or on the connection that she has.
fn log_in(
    world: &World,
    link: &Arc<FakeLink>,
    session: Option<SessionId>,
    valid_until: Option<Instant>,
) -> SessionId {
    let login = Login {
        user: "alice".into(),
        first_login_time: 0,
        max_batch: None,
        max_body: None,
        is_mobileim: false,
        unix_millis: UNIX_MILLIS,
        valid_until,
        link: Arc::<FakeLink>::clone(link),
        session,
    };
    match world.server.login(world.now, login) {
        LoggedIn::Online(session) => session,
        LoggedIn::Superseded => panic!("nobody else is alice"),
    }
}

/// Lets time pass in which alice says something every 5 s.
fn live(world: &mut World, link: &FakeLink, times: u64) {
    for _ in 0..times {
        link.touch(world.now);
        world.advance(seconds(5));
    }
}

#[test]
fn a_session_ends_with_its_token_however_lively_it_is() {
    let mut world = World::new();
    let link = FakeLink::new(Transport::Tcp);
    let until = world.now + seconds(60);
    log_in(&world, &link, None, Some(until));
    live(&mut world, &link, 11);
    assert_eq!(link.closed(), None);
    live(&mut world, &link, 1);
    assert_eq!(link.closed(), Some(CloseReason::TokenExpired));
    assert!(!world.server.is_online("alice"));
    assert_eq!(world.log.take()[1], "alice offline: the token has expired");
}

#[test]
fn another_login_before_then_keeps_the_session() {
    let mut world = World::new();
    let link = FakeLink::new(Transport::Tcp);
    let until = world.now + seconds(60);
    let session = log_in(&world, &link, None, Some(until));
    live(&mut world, &link, 8);
    let until = world.now + seconds(60);
    assert_eq!(log_in(&world, &link, Some(session), Some(until)), session);
    live(&mut world, &link, 11);
    assert_eq!(
        link.closed(),
        None,
        "the first token does not count any more"
    );
    live(&mut world, &link, 1);
    assert_eq!(link.closed(), Some(CloseReason::TokenExpired));
}

#[test]
fn a_later_login_counts_whether_its_token_is_shorter_or_has_no_end() {
    let mut world = World::new();
    let link = FakeLink::new(Transport::WebSocket);
    let until = world.now + seconds(60);
    let session = log_in(&world, &link, None, Some(until));
    log_in(&world, &link, Some(session), None);
    live(&mut world, &link, 20);
    assert_eq!(link.closed(), None);
    let until = world.now + seconds(10);
    log_in(&world, &link, Some(session), Some(until));
    live(&mut world, &link, 2);
    assert_eq!(link.closed(), Some(CloseReason::TokenExpired));
}
