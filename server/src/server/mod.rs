//! A server with its sockets.

mod bound;
mod deadlines;
mod drain;
mod listen;
mod openings;
mod running;
mod sockets;

use std::net::SocketAddr;
use std::sync::Arc;

use mobileim_hub::{Authenticator, Config, Hooks, NoSuchTiming};
use mobileim_protocol::{SenseMode, Transport};

use crate::auth::{ApiAccess, PasswordLogin};
use crate::clock::SystemClock;
use crate::effective::EffectiveSettings;
use crate::events::{EventLog, EventTarget};
use crate::gateway::{Limits, Origins, TrustedProxies};
use crate::revocations::Revocations;
use crate::store::{self, MemoryStore, Store};

pub use bound::Bound;
pub use drain::Drain;
pub use listen::{Addresses, BindError, Listener, TlsListeners};
pub use running::Running;

/// Where to begin: [`Server::builder`].
#[derive(Debug)]
pub struct Server;

impl Server {
    /// A server that lets in whom `authenticator` accepts. All listeners are off until they get an address.
    pub fn builder(authenticator: impl Authenticator + 'static) -> Builder {
        Builder {
            authenticator: Arc::new(authenticator),
            hooks: Arc::new(()),
            store: Arc::new(
                MemoryStore::with_limits(store::StoreLimits::default())
                    .with_clock(Arc::new(SystemClock::new())),
            ),
            config: Config::default(),
            limits: Limits::default(),
            origins: Origins::default(),
            tcp: None,
            udp: None,
            websocket: None,
            http: None,
            tls: None,
            proxies: TrustedProxies::default(),
            proxied: Vec::new(),
            demo_page: false,
            password_login: None,
            api_keys: None,
            api: None,
            admin_page: false,
            settings: None,
            revocations: Revocations::default(),
            drain: Drain::default(),
            events: None,
        }
    }
}

/// The settings of a server that is not started yet. Port 0 in an address stands for any free one.
#[must_use]
pub struct Builder {
    authenticator: Arc<dyn Authenticator>,
    hooks: Arc<dyn Hooks>,
    store: Arc<dyn Store>,
    config: Config,
    limits: Limits,
    origins: Origins,
    tcp: Option<SocketAddr>,
    udp: Option<SocketAddr>,
    websocket: Option<SocketAddr>,
    http: Option<SocketAddr>,
    tls: Option<TlsListeners>,
    proxies: TrustedProxies,
    /// The listeners on which a PROXY header comes first.
    proxied: Vec<Listener>,
    demo_page: bool,
    password_login: Option<PasswordLogin>,
    api_keys: Option<ApiAccess>,
    api: Option<SocketAddr>,
    admin_page: bool,
    settings: Option<EffectiveSettings>,
    revocations: Revocations,
    drain: Drain,
    events: Option<(EventLog, Option<EventTarget>)>,
}

impl Builder {
    /// Listens for TCP clients.
    pub fn tcp(mut self, address: impl Into<Option<SocketAddr>>) -> Self {
        self.tcp = address.into();
        self
    }

    /// Listens for UDP clients.
    pub fn udp(mut self, address: impl Into<Option<SocketAddr>>) -> Self {
        self.udp = address.into();
        self
    }

    /// Listens for `WebSocket` clients, at the path `/websocket`.
    pub fn websocket(mut self, address: impl Into<Option<SocketAddr>>) -> Self {
        self.websocket = address.into();
        self
    }

    /// Listens for HTTP requests: `/healthz`, `/readyz`, and the demo page if that is on.
    pub fn http(mut self, address: impl Into<Option<SocketAddr>>) -> Self {
        self.http = address.into();
        self
    }

    /// Listens for clients that use TLS.
    pub fn tls(mut self, listeners: impl Into<Option<TlsListeners>>) -> Self {
        self.tls = listeners.into();
        self
    }

    /// Proxies in front of the server: of a `WebSocket` or HTTP request that comes from one of them, the client's address is what
    /// its `X-Forwarded-For` says.
    pub fn trusted_proxies(mut self, proxies: TrustedProxies) -> Self {
        self.proxies = proxies;
        self
    }

    /// Listeners to which only trusted proxies may connect, and each connection begins with a header of the PROXY protocol,
    /// version 1 or 2. There is no such thing for UDP.
    pub fn proxy_protocol(mut self, listeners: impl IntoIterator<Item = Listener>) -> Self {
        self.proxied = listeners.into_iter().collect();
        self
    }

    /// The application's part.
    pub fn hooks(mut self, hooks: impl Hooks + 'static) -> Self {
        self.hooks = Arc::new(hooks);
        self
    }

    /// Where messages wait for offline receivers: in memory, unless said otherwise.
    pub fn store(mut self, store: Arc<dyn Store>) -> Self {
        self.store = store;
        self
    }

    /// The heartbeat timing of a transport. Clients of the original must be set to the same; `MobileIM`'s adopt it.
    pub fn sense_mode(
        mut self,
        transport: Transport,
        mode: SenseMode,
    ) -> Result<Self, NoSuchTiming> {
        self.config.timings.set(transport, mode)?;
        Ok(self)
    }

    /// All times and bounds of the hub.
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// What gateways take and hold.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The origins whose pages may open a `WebSocket`: those of the server's own host, unless said otherwise.
    pub fn origins(mut self, origins: Origins) -> Self {
        self.origins = origins;
        self
    }

    /// Serves the chat page at the HTTP address, where it was built in.
    pub fn demo_page(mut self, on: bool) -> Self {
        self.demo_page = on;
        self
    }

    /// Gives tokens for passwords at the HTTP address (`POST /login`).
    pub fn password_login(mut self, login: impl Into<Option<PasswordLogin>>) -> Self {
        self.password_login = login.into();
        self
    }

    /// Serves the API (`/api/v1`) to whoever has one of these keys: at the HTTP addresses, or at [its own](Self::api).
    pub fn api_keys(mut self, keys: impl Into<Option<ApiAccess>>) -> Self {
        self.api_keys = keys.into();
        self
    }

    /// Listens for requests to the API, which is then nowhere else. It needs [keys](Self::api_keys).
    pub fn api(mut self, address: impl Into<Option<SocketAddr>>) -> Self {
        self.api = address.into();
        self
    }

    /// What the API revokes, which is for the authenticator to heed: of a [`Replaceable`](crate::auth::Replaceable) it is
    /// [what that has](crate::auth::Replaceable::revocations).
    pub fn revocations(mut self, revocations: Revocations) -> Self {
        self.revocations = revocations;
        self
    }

    /// Records events in a log that the store was told of ([`SqliteStore::record_events`](store::SqliteStore::record_events)), and
    /// sends them to a back end, if there is one. Without such a store nothing is recorded.
    pub fn events(mut self, log: EventLog, target: impl Into<Option<EventTarget>>) -> Self {
        self.events = Some((log, target.into()));
        self
    }

    /// Serves the admin page at `/admin/` beside the API, where it was built in. It needs [keys](Self::api_keys).
    pub fn admin_page(mut self, on: bool) -> Self {
        self.admin_page = on;
        self
    }

    /// The settings that the API shows.
    pub fn settings(mut self, settings: impl Into<Option<EffectiveSettings>>) -> Self {
        self.settings = settings.into();
        self
    }

    /// How it stops.
    pub fn drain(mut self, drain: Drain) -> Self {
        self.drain = drain;
        self
    }

    /// Binds every listener and serves, on the current tokio runtime.
    pub async fn start(self) -> Result<Running, BindError> {
        let store = Arc::clone(&self.store);
        self.bind().await?.start(store).await
    }

    /// Takes every address, on the current tokio runtime, for a server that cannot serve yet. HTTP says so; clients are
    /// refused.
    pub async fn bind(self) -> Result<Bound, BindError> {
        Bound::new(self).await
    }
}
