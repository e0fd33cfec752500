//! Faults: in the application's part, and in a link.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use mobileim_protocol::Transport;
use parking_lot::Mutex;

use super::world::{World, seconds};
use crate::event::Event;
use crate::link::CloseReason;
use crate::server::{Hooks, ServerHandle};

/// Panics whenever somebody goes offline, having noted who it was.
#[derive(Default)]
struct Panicking(Mutex<Vec<Arc<str>>>);

impl Hooks for Panicking {
    fn event(&self, _server: &ServerHandle, event: &Event) {
        if let Event::Offline { user, .. } = event {
            self.0.lock().push(Arc::clone(user));
            panic!("as a test wants it");
        }
    }
}

#[test]
fn a_hook_that_panics_keeps_nobody_from_anything() {
    let hooks = Arc::new(Panicking::default());
    let mut world = World::with_hooks(Arc::<Panicking>::clone(&hooks));
    let links = ["alice", "bob", "carol"].map(|user| world.log_in(user, Transport::Tcp).0);
    world.advance(seconds(60));
    for link in links {
        assert_eq!(link.closed(), Some(CloseReason::Expired));
    }
    assert_eq!(hooks.0.lock().len(), 3);
    assert_eq!(world.server.stats().panics, 3);
}

#[test]
fn what_is_due_after_a_panic_is_done_by_the_next_call() {
    let world = World::new();
    // So many that some share a shard, whichever it is.
    let links: Vec<_> = (0..500)
        .map(|number| world.log_in(&format!("user {number}"), Transport::Tcp).0)
        .collect();
    for link in links.iter().step_by(10) {
        link.break_down();
    }
    let handle = || world.server.handle_timeout(world.now + seconds(60));
    let mut panics = 0;
    while catch_unwind(AssertUnwindSafe(handle)).is_err() {
        panics += 1;
    }
    assert_eq!(panics, 50);
    for (number, link) in links.iter().enumerate() {
        let expected = (number % 10 != 0).then_some(CloseReason::Expired);
        assert_eq!(link.closed(), expected, "{number}");
    }
}
