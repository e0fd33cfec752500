//! Who in the server is told what has happened, beside the application.

use std::sync::Arc;

use mobileim_hub::{Acceptance, Deferred, Event, HookStats, Hooks, ServerHandle, Verdict};
use mobileim_protocol::Message;

/// A part of the server that wants to know what has happened.
///
/// It is called on the way of messages, by whichever thread they are on: it must not block, panic or call the hub.
pub(crate) trait Observer: Send + Sync {
    /// Something has happened.
    fn observe(&self, event: &Event);
}

/// The application's hooks, with observers who are told of each event before the application is: a panic of the application's is
/// not to keep anything from them.
pub(crate) struct Observed {
    application: Arc<dyn Hooks>,
    observers: Vec<Arc<dyn Observer>>,
}

impl Observed {
    /// The application's hooks themselves if nobody else wants to know: it then costs nothing.
    pub(crate) fn hooks(
        application: Arc<dyn Hooks>,
        observers: Vec<Arc<dyn Observer>>,
    ) -> Arc<dyn Hooks> {
        if observers.is_empty() {
            return application;
        }
        Arc::new(Self {
            application,
            observers,
        })
    }
}

impl Hooks for Observed {
    fn before_c2c(&self, server: &ServerHandle, message: &Message<'_>) -> Deferred<Verdict> {
        self.application.before_c2c(server, message)
    }

    fn before_c2s(&self, server: &ServerHandle, message: &Message<'_>) -> Deferred<Verdict> {
        self.application.before_c2s(server, message)
    }

    fn c2s(&self, server: &ServerHandle, message: &Message<'_>) -> Deferred<Acceptance> {
        self.application.c2s(server, message)
    }

    fn visible(
        &self,
        server: &ServerHandle,
        user: &Arc<str>,
        users: &[Arc<str>],
    ) -> Deferred<Option<Vec<Arc<str>>>> {
        self.application.visible(server, user, users)
    }

    fn stats(&self) -> HookStats {
        self.application.stats()
    }

    fn trouble(&self) -> Option<String> {
        self.application.trouble()
    }

    fn event(&self, server: &ServerHandle, event: &Event) {
        for observer in &self.observers {
            observer.observe(event);
        }
        self.application.event(server, event);
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use mobileim_hub::store::MemoryStore;
    use mobileim_hub::{AcceptAnyToken, Config, Delivery, Origin, Parts};
    use parking_lot::Mutex;

    use super::*;
    use crate::clock::SystemClock;

    #[derive(Default)]
    struct Ears(Mutex<Vec<Event>>);

    impl Observer for Ears {
        fn observe(&self, event: &Event) {
            self.0.lock().push(event.clone());
        }
    }

    struct Faulty;

    impl Hooks for Faulty {
        fn event(&self, _: &ServerHandle, _: &Event) {
            panic!("a fault of the application's");
        }
    }

    #[test]
    fn each_observer_hears_of_an_event_whatever_the_application_does_with_it() {
        let observers = [(); 2].map(|()| Arc::new(Ears::default()));
        let list = observers.iter().map(|ears| Arc::clone(ears) as _).collect();
        let hooks = Observed::hooks(Arc::new(Faulty), list);
        let server = ServerHandle::new(Parts {
            config: Config::default(),
            store: Arc::new(MemoryStore::default()),
            authenticator: Arc::new(AcceptAnyToken),
            hooks: Arc::clone(&hooks),
            journal: Arc::new(()),
            clock: Arc::new(SystemClock::new()),
            devices: mobileim_hub::Devices::default(),
            groups: Vec::new(),
            seed: 1,
        });
        let event = Event::Delivered(Delivery {
            from: Origin::Server,
            to: "bob".into(),
            mailbox: "bob".into(),
            fp: "1".into(),
            bridge: false,
        });
        let told = catch_unwind(AssertUnwindSafe(|| hooks.event(&server, &event)));
        assert!(told.is_err());
        for ears in observers {
            assert_eq!(*ears.0.lock(), std::slice::from_ref(&event));
        }
    }
}
