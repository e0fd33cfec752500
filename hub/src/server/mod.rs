//! The server as an application sees it.

mod answers;
mod conversations;
mod delivery;
mod devices;
mod driver;
mod group_views;
mod history;
mod hooks;
mod member_changes;
mod outcome;
mod presence;
mod routing;
mod signals;

use std::borrow::Cow;
use std::sync::{Arc, Weak};
use std::time::Duration;

use mobileim_protocol::mailbox::SessionId;
use mobileim_protocol::{Instant, Message, MessageType, codes};
use parking_lot::{Mutex, ReentrantMutex};

use crate::auth::Authenticator;
use crate::clock::Clock;
use crate::conversations::Groups;
use crate::deferred::Deferred;
use crate::devices::{DeviceBook, Directory, Fanouts, RegisteredDevice};
use crate::journal::{Journal, Recorded};
use crate::presence::Presence;
use crate::refs::Refs;
use crate::registry::{Asked, Config, Registry};
use crate::sent::Sent;
use crate::stats::{Counters, Stats};
use crate::store::{Completions, Part, Store, StoredGroup, Waiting, Which};
use crate::view::View;
use crate::watch::{Watch, Watches};
pub(crate) use answers::QuestionError;
pub use driver::Driver;
pub use hooks::{Acceptance, Hooks, Verdict};
pub(crate) use presence::{Visible, signal as presence_signal};

/// What a server is made of, apart from its sockets.
pub struct Parts {
    /// Times and bounds.
    pub config: Config,
    /// Where messages wait.
    pub store: Arc<dyn Store>,
    /// Who may log in.
    pub authenticator: Arc<dyn Authenticator>,
    /// The application.
    pub hooks: Arc<dyn Hooks>,
    /// Where what happens is written down.
    pub journal: Arc<dyn Journal>,
    /// The clocks.
    pub clock: Arc<dyn Clock>,
    /// Which devices users have.
    pub devices: Devices,
    /// The groups that were written down.
    pub groups: Vec<StoredGroup>,
    /// Where random numbers begin. Fingerprints of pushes are made of them.
    pub seed: u64,
}

/// The devices of users: which ones there are, and where they are written down. By default no device is known.
pub struct Devices {
    /// Those that were written down.
    pub known: Vec<RegisteredDevice>,
    /// Where they are written down.
    pub book: Arc<dyn DeviceBook>,
}

impl Default for Devices {
    fn default() -> Self {
        Self {
            known: Vec::new(),
            book: Arc::new(()),
        }
    }
}

/// The server without its sockets; cheap to clone, usable from any thread.
#[derive(Clone)]
pub struct ServerHandle(Arc<Inner>);

struct Inner {
    registry: Registry,
    authenticator: Arc<dyn Authenticator>,
    hooks: Arc<dyn Hooks>,
    clock: Arc<dyn Clock>,
    random: Mutex<fastrand::Rng>,
    watches: Watches,
    fanouts: Fanouts,
    groups: Groups,
    presence: Presence,
    /// Held while something is put into a log, as far as its readers are shown it.
    order_of_logs: ReentrantMutex<()>,
}

/// A message of the server to a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// The text.
    pub content: String,
    /// The application's own message type; −1 if it sets none.
    pub typeu: i32,
    /// Whether it is delivered with QoS: kept until the receiver has acknowledged it.
    pub qos: bool,
    /// With QoS, how long it may wait; then it is not delivered any more. `None`: as long as it is stored.
    pub ttl: Option<Duration>,
    /// What it refers to.
    pub refs: Option<Refs>,
}

impl ServerHandle {
    /// Puts a server together; a gateway, or a simulation, then makes [`Connection`](crate::Connection)s on it, and calls its
    /// [`Driver`].
    pub fn new(parts: Parts) -> Self {
        let Devices { known, book } = parts.devices;
        let inner = Arc::new(Inner {
            registry: Registry::new(
                &parts.config,
                Arc::clone(&parts.store),
                Arc::clone(&parts.journal),
                Directory::new(parts.config.devices, book, known),
            ),
            authenticator: parts.authenticator,
            hooks: parts.hooks,
            clock: parts.clock,
            random: Mutex::new(fastrand::Rng::with_seed(parts.seed)),
            watches: Watches::default(),
            fanouts: Fanouts::default(),
            groups: Groups::new(parts.groups),
            presence: Presence::new(parts.config.presence),
            order_of_logs: ReentrantMutex::default(),
        });
        let server: Weak<Inner> = Arc::downgrade(&inner);
        let of_journal = Weak::clone(&server);
        parts.journal.start(Recorded::new(move |event| {
            if let Some(server) = of_journal.upgrade().map(Self) {
                server.driver().recorded(event);
            }
        }));
        parts.store.start(Completions::new(move |user, completion| {
            if let Some(server) = server.upgrade().map(Self) {
                server.complete(server.now(), user, completion);
            }
        }));
        Self(inner)
    }

    /// Sends a message as the server. Returns its fingerprint, or `None` if it is not on its way, as the user is
    /// offline (without QoS) or there is no room (with QoS).
    ///
    /// With QoS, an [`Event`](crate::Event) says what became of it.
    pub fn send(&self, to: &str, push: &Push) -> Option<String> {
        let fp = self.new_fingerprint();
        let sent = self.send_as(&fp, to, push);
        sent.is_on_its_way().then_some(fp)
    }

    /// Makes a fingerprint for a message of the server.
    pub fn new_fingerprint(&self) -> String {
        let random = self.0.random.lock().u128(..);
        uuid::Builder::from_random_bytes(random.to_ne_bytes())
            .into_uuid()
            .to_string()
    }

    /// The same with a fingerprint of the caller's. With QoS, what is sent again with it to the same user is not delivered twice, as
    /// far as that is remembered.
    pub fn send_as(&self, fp: &str, to: &str, push: &Push) -> Sent {
        let from = Arc::clone(self.registry().server_id());
        self.push(&from, fp, to, push)
    }

    /// The same in the name of a user, to whose clients nothing is told of it. Nobody asks the application whether it may be.
    pub fn send_on_behalf(&self, from: &str, fp: &str, to: &str, push: &Push) -> Sent {
        self.push(&Arc::from(from), fp, to, push)
    }

    fn push(&self, from: &Arc<str>, fp: &str, to: &str, push: &Push) -> Sent {
        let mut message = Message::new(MessageType::CommonData, &**from, to)
            .with_content(&push.content)
            .with_typeu(push.typeu);
        message.fp = Some(fp.into());
        message.qos = push.qos;
        let refs = push.refs.as_ref().and_then(Refs::written);
        message.refs = refs.map(Cow::Owned);
        let now = self.now();
        let expires_at = push.ttl.map(|ttl| now + ttl);
        self.deliver_from_application(now, from, to, &message, expires_at)
    }

    /// Waits to hear what becomes of a message with QoS from now on. To be called before it is sent.
    pub fn watch(&self, from: &str, fp: &str) -> Watch<'_> {
        self.0.watches.begin(from, fp)
    }

    /// Ends all sessions of a user, and tells the clients why and not to come back. Returns whether the user was online.
    pub fn kick(&self, user: &str, reason: Option<&str>) -> bool {
        self.kick_session(user, None, codes::KICKED_BY_ADMINISTRATOR, reason) > 0
    }

    /// Ends the session of a user that has this number, or all if none is given, and tells the client not to come back: with this code
    /// and why. Returns how many those were.
    pub fn kick_session(
        &self,
        user: &str,
        session: Option<SessionId>,
        code: i64,
        reason: Option<&str>,
    ) -> usize {
        self.kick_with(self.now(), user, session, code, reason)
    }

    /// Looks at what is stored for a user, who may be online. If it cannot be read, says why.
    pub fn look_at_waiting(
        &self,
        user: &str,
        which: Which,
        part: Part,
    ) -> Deferred<Result<Waiting, String>> {
        self.look_at_mailboxes(user, which, part)
    }

    /// Takes away what is stored for a user: once that is done, nothing of it is sent any more. Says how many messages those were, or
    /// why they are still there. What comes meanwhile, and is not stored yet, stays.
    pub fn purge(&self, user: &str, which: &Which) -> Deferred<Result<u64, String>> {
        self.purge_with(self.now(), user, which)
    }

    /// Returns whether a user has a live session.
    pub fn is_online(&self, user: &str) -> bool {
        self.view().is_online(user)
    }

    /// What was counted.
    pub fn stats(&self) -> Stats {
        Stats {
            hooks: self.0.hooks.stats(),
            ..self.registry().stats(self.0.authenticator.stats())
        }
    }

    /// Who is online, and what waits.
    pub fn view(&self) -> View<'_> {
        View::new(self.registry(), self.now())
    }

    /// The calls for the owner of the sockets and the clock.
    pub fn driver(&self) -> Driver<'_> {
        Driver::new(self)
    }

    pub(crate) fn now(&self) -> Instant {
        self.0.clock.now()
    }

    pub(crate) fn unix_millis(&self) -> i64 {
        self.0.clock.unix_millis()
    }

    /// Random numbers that take no lock.
    pub(crate) fn fork_random(&self) -> fastrand::Rng {
        self.0.random.lock().fork()
    }

    pub(crate) fn registry(&self) -> &Registry {
        &self.0.registry
    }

    pub(crate) fn watches(&self) -> &Watches {
        &self.0.watches
    }

    /// What connections hold for the application's decision.
    pub(crate) fn asked(&self) -> &Asked {
        self.registry().asked()
    }

    pub(crate) fn fanouts(&self) -> &Fanouts {
        &self.0.fanouts
    }

    pub(crate) fn groups(&self) -> &Groups {
        &self.0.groups
    }

    pub(crate) fn counters(&self) -> &Counters {
        self.registry().counters()
    }

    pub(crate) fn authenticator(&self) -> &dyn Authenticator {
        &*self.0.authenticator
    }

    pub(crate) fn hooks(&self) -> &dyn Hooks {
        &*self.0.hooks
    }
}
