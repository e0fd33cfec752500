//! The server as an application sees it.

use std::sync::{Arc, Weak};

use mobileim_protocol::{Instant, Message, MessageType, SERVER, Transport, codes};
use tokio::sync::Notify;

use crate::auth::Authenticator;
use crate::clock::Clock;
use crate::deferred::Deferred;
use crate::hooks::Hooks;
use crate::hub::{self, CloseReason, Hub, Observer, Stats};
use crate::store::{Completions, Store};

/// What a server is made of, apart from its sockets.
pub struct Parts {
    /// Times and bounds.
    pub config: hub::Config,
    /// Where messages wait.
    pub store: Arc<dyn Store>,
    /// Who may log in.
    pub authenticator: Arc<dyn Authenticator>,
    /// The application.
    pub hooks: Arc<dyn Hooks>,
    /// The clocks.
    pub clock: Arc<dyn Clock>,
}

/// The server without its sockets; cheap to clone, usable from any thread.
#[derive(Clone)]
pub struct ServerHandle(Arc<Inner>);

struct Inner {
    hub: Hub,
    authenticator: Arc<dyn Authenticator>,
    hooks: Arc<dyn Hooks>,
    clock: Arc<dyn Clock>,
    /// A deadline earlier than the known ones was put in.
    alarm: Notify,
}

/// A message of the server to a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// The text.
    pub content: String,
    /// The application's own message type; −1 where it sets none.
    pub typeu: i32,
    /// Whether it is delivered with QoS: kept until the receiver has acknowledged it.
    pub qos: bool,
}

impl ServerHandle {
    /// Puts a server together; a gateway, or a simulation, then makes [`Connection`](crate::Connection)s on it.
    pub fn new(parts: Parts) -> Self {
        let inner = Arc::new_cyclic(|server: &Weak<Inner>| {
            let notifier = Arc::new(HookNotifier {
                hooks: Arc::clone(&parts.hooks),
                server: Weak::clone(server),
            });
            Inner {
                hub: Hub::new(parts.config, Arc::clone(&parts.store), notifier),
                authenticator: parts.authenticator,
                hooks: parts.hooks,
                clock: parts.clock,
                alarm: Notify::new(),
            }
        });
        let server = Arc::downgrade(&inner);
        parts.store.start(Completions::new(move |user, completion| {
            if let Some(inner) = server.upgrade() {
                inner.hub.complete(inner.clock.now(), user, completion);
            }
        }));
        Self(inner)
    }

    /// Sends a message as the server, and gives its fingerprint; `None` where it is not on its way, since the
    /// user is offline (without QoS) or there is no room (with QoS).
    ///
    /// With QoS, [`Hooks::s2c_acknowledged`] says when it is delivered or stored, or [`Hooks::s2c_rejected`] that it
    /// cannot be.
    pub fn send(&self, to: &str, push: &Push) -> Option<String> {
        let fp = uuid::Builder::from_random_bytes(fastrand::u128(..).to_ne_bytes())
            .into_uuid()
            .to_string();
        let mut message = Message::new(MessageType::CommonData, SERVER, to)
            .with_content(&push.content)
            .with_typeu(push.typeu);
        message.fp = Some(fp.as_str().into());
        message.qos = push.qos;
        let sent = self.0.hub.deliver_from_server(self.now(), to, &message);
        sent.then_some(fp)
    }

    /// Ends a user's session, and tells the client why and not to come back. Says whether the user was online.
    pub fn kick(&self, user: &str, reason: Option<&str>) -> bool {
        let code = codes::KICKED_BY_ADMINISTRATOR;
        let reason = reason.map(str::to_owned);
        self.0.hub.kick(self.now(), user, code, reason)
    }

    /// Whether a user has a live session.
    pub fn is_online(&self, user: &str) -> bool {
        self.0.hub.is_online(user)
    }

    /// What was counted.
    pub fn stats(&self) -> Stats {
        self.0.hub.stats()
    }

    /// The registry, the mailboxes and the routing.
    pub fn hub(&self) -> &Hub {
        &self.0.hub
    }

    /// Returns when the hub's next deadline may have moved to an earlier time since this returned last.
    pub async fn deadline_moved(&self) {
        self.0.alarm.notified().await;
    }

    /// Ends every session and closes every connection.
    pub(crate) fn close_all(&self) {
        self.0.hub.close_all(self.now());
    }

    /// Waits until the store has done what it was asked to.
    pub(crate) async fn close_store(&self) {
        if let Deferred::Pending(closed) = self.0.hub.store().close() {
            closed.await;
        }
    }

    pub(crate) fn now(&self) -> Instant {
        self.0.clock.now()
    }

    pub(crate) fn unix_millis(&self) -> i64 {
        self.0.clock.unix_millis()
    }

    pub(crate) fn authenticator(&self) -> &dyn Authenticator {
        &*self.0.authenticator
    }

    pub(crate) fn hooks(&self) -> &dyn Hooks {
        &*self.0.hooks
    }
}

/// Passes on to the application what the hub observes.
struct HookNotifier {
    hooks: Arc<dyn Hooks>,
    server: Weak<Inner>,
}

impl HookNotifier {
    fn server(&self) -> Option<ServerHandle> {
        self.server.upgrade().map(ServerHandle)
    }
}

impl Observer for HookNotifier {
    fn deadline_moved(&self) {
        if let Some(server) = self.server.upgrade() {
            server.alarm.notify_one();
        }
    }

    fn online(&self, user: &Arc<str>, transport: Transport) {
        if let Some(server) = self.server() {
            self.hooks.online(&server, user, transport);
        }
    }

    fn offline(&self, user: &Arc<str>, reason: CloseReason) {
        if let Some(server) = self.server() {
            self.hooks.offline(&server, user, reason);
        }
    }

    fn s2c_acknowledged(&self, user: &Arc<str>, fp: &str) {
        if let Some(server) = self.server() {
            self.hooks.s2c_acknowledged(&server, user, fp);
        }
    }

    fn c2c_refused(&self, from: &Arc<str>, to: &Arc<str>, fp: &str) {
        if let Some(server) = self.server() {
            self.hooks.c2c_refused(&server, from, to, fp);
        }
    }

    fn s2c_rejected(&self, user: &Arc<str>, fp: &str) {
        if let Some(server) = self.server() {
            self.hooks.s2c_rejected(&server, user, fp);
        }
    }
}
