//! Sessions whose token expires.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

use mobileim_protocol::mailbox::SessionId;
use mobileim_protocol::payload::LoginRequest;
use mobileim_protocol::{Instant, Transport};

use super::world::{FakeLink, Stopped, UNIX_MILLIS, World, login, seconds};
use crate::auth::{Authenticator, LoginVerdict};
use crate::connection::{Connection, Step};
use crate::deferred::Deferred;
use crate::link::CloseReason;
use crate::registry::{Config, LoggedIn, Login};
use crate::server::{Devices, Parts, ServerHandle};
use crate::store::MemoryStore;

/// Logs alice in with a token that is valid until `valid_until`, anew or on the connection that she has.
fn log_in(
    world: &World,
    link: &Arc<FakeLink>,
    session: Option<SessionId>,
    valid_until: Option<Instant>,
) -> SessionId {
    let login = Login {
        mailbox: "alice".into(),
        device: None,
        missed_since: None,
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

/// Accepts, at once or later; with each second attempt, from the first on, somebody revokes the user's tokens at that moment.
#[derive(Default)]
struct Revoking {
    attempts: AtomicU64,
    number: AtomicU64,
    later: bool,
}

impl Authenticator for Revoking {
    fn verify(&self, _request: &LoginRequest) -> Deferred<LoginVerdict> {
        let attempts = self.attempts.fetch_add(1, Ordering::Relaxed);
        if attempts.is_multiple_of(2) {
            self.number.fetch_add(1, Ordering::Relaxed);
        }
        if self.later {
            return Deferred::pending(async { LoginVerdict::Accept });
        }
        LoginVerdict::Accept.into()
    }

    fn revocation(&self, user: &str) -> u64 {
        assert_eq!(user, "alice");
        self.number.load(Ordering::Relaxed)
    }
}

#[test]
fn a_login_that_is_revoked_while_it_is_decided_about_leaves_no_session() {
    for later in [false, true] {
        for transport in [Transport::Tcp, Transport::Udp, Transport::WebSocket] {
            let server = ServerHandle::new(Parts {
                config: Config::default(),
                store: Arc::new(MemoryStore::default()),
                authenticator: Arc::new(Revoking {
                    later,
                    ..Revoking::default()
                }),
                hooks: Arc::new(()),
                journal: Arc::new(()),
                clock: Arc::new(Stopped),
                devices: Devices::default(),
                groups: Vec::new(),
                seed: 1,
            });
            for is_revoked in [true, false] {
                let link = FakeLink::new(transport);
                let now = Instant::from_micros(0);
                let mut connection =
                    Connection::new(server.clone(), now, Arc::<FakeLink>::clone(&link));
                let step = match connection.receive(now, login("alice", None).as_bytes()) {
                    Step::Wait(mut answer) => {
                        let mut context = Context::from_waker(Waker::noop());
                        let Poll::Ready(answer) = answer.as_mut().poll(&mut context) else {
                            panic!("it is known at once");
                        };
                        connection.resume(now, answer)
                    }
                    step => step,
                };
                let is_closed = matches!(step, Step::Close(CloseReason::TokenExpired));
                assert_eq!(
                    (is_closed, server.is_online("alice")),
                    (is_revoked, !is_revoked)
                );
            }
        }
    }
}
