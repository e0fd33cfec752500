//! A server with its sockets.

mod bound;
mod listen;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::time::Duration;

use mobileim_hub::{
    Authenticator, Clock, Config, Deferred, Hooks, NoSuchTiming, Parts, ServerHandle,
};
use mobileim_protocol::{SenseMode, Transport};
use tokio::sync::{mpsc, watch};

use crate::clock::SystemClock;
use crate::essential::spawn_essential;
use crate::gateway::admission::Admission;
use crate::gateway::{Context, Limits, Origins, TrustedProxies};
use crate::store::{self, MemoryStore, Store};
use crate::tls::Certificates;

use bound::{Bound, Openings};
pub use listen::{Addresses, BindError, Listener, TlsListeners};

/// How long connections have to end when the server stops.
const STOP_TIME: Duration = Duration::from_millis(1500);

/// The longest time that a client is told to stay away when the server stops.
const SPREAD: Duration = Duration::from_secs(3);

/// How long the store then has. What a disk does not take by then, senders still have.
const STORE_TIME: Duration = Duration::from_secs(10);

/// Where to begin: [`Server::builder`].
#[derive(Debug)]
pub struct Server;

impl Server {
    /// A server that lets in whom `authenticator` accepts. All listeners are off until they get an address.
    pub fn builder(authenticator: impl Authenticator + 'static) -> Builder {
        Builder {
            authenticator: Arc::new(authenticator),
            hooks: Arc::new(()),
            store: Arc::new(MemoryStore::with_limits(store::StoreLimits::default())),
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

    /// Binds every listener and serves, on the current tokio runtime.
    pub async fn start(self) -> Result<Running, BindError> {
        let bound = Bound::new(&self).await?;
        let addresses = bound.addresses();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let server = ServerHandle::new(Parts {
            config: self.config,
            store: self.store,
            authenticator: self.authenticator,
            hooks: self.hooks,
            clock: Arc::clone(&clock),
            seed: fastrand::u64(..),
        });
        let (stop, stopping) = watch::channel(false);
        let (alive, ended) = mpsc::channel(1);
        let context = Context {
            server: server.clone(),
            limits: self.limits,
            admission: Arc::new(Admission::new(self.origins, &self.limits)),
            proxies: Arc::new(self.proxies),
            stopping,
            _alive: alive,
        };
        spawn_essential("the timers", keep_deadlines(clock, context.clone()));
        let tls = self.tls.map(|tls| tls.certificates);
        let openings = Openings {
            tls,
            proxied: self.proxied,
        };
        bound.serve(&openings, self.demo_page, &context);
        let certificates = openings.tls;
        Ok(Running {
            server,
            addresses,
            certificates,
            stop,
            ended,
        })
    }
}

/// Comes back to the hub at each of its deadlines: one timer for all connections.
async fn keep_deadlines(clock: Arc<dyn Clock>, context: Context) {
    let server = &context.server;
    let stopped = context.stopped();
    tokio::pin!(stopped);
    loop {
        let due = async {
            match server.driver().next_deadline() {
                Some(at) => tokio::time::sleep(at.since(clock.now())).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = &mut stopped => return,
            () = due => do_what_is_due(server, &*clock),
            () = server.driver().deadline_moved() => {}
        }
    }
}

fn do_what_is_due(server: &ServerHandle, clock: &dyn Clock) {
    let handle = || server.driver().handle_timeout(clock.now());
    // What was due after that which panicked is still to be done.
    while panic::catch_unwind(AssertUnwindSafe(handle)).is_err() {
        server.driver().counters().panics.count();
    }
}

/// A server that serves. Dropped, it accepts nothing new; [`Running::shutdown`] ends it.
pub struct Running {
    server: ServerHandle,
    addresses: Addresses,
    certificates: Option<Certificates>,
    stop: watch::Sender<bool>,
    ended: mpsc::Receiver<Infallible>,
}

impl Running {
    /// The way in for the application.
    pub fn handle(&self) -> &ServerHandle {
        &self.server
    }

    /// Where it listens.
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// The certificate of the listeners that use TLS. It is read again by itself when its files change, and at once by
    /// [`Certificates::reload`].
    pub fn certificates(&self) -> Option<&Certificates> {
        self.certificates.as_ref()
    }

    /// Accepts nothing new, ends every session and closes every connection (`WebSocket` ones with 1012), and
    /// returns when all are closed, after two seconds in any case, and what was on its way into the store is there.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        self.server.driver().close_all(SPREAD);
        let _ = tokio::time::timeout(STOP_TIME, self.ended.recv()).await;
        // What was accepted in the last moment.
        self.server.driver().close_all(SPREAD);
        if let Deferred::Pending(closed) = self.server.driver().close_store() {
            let _ = tokio::time::timeout(STORE_TIME, closed).await;
        }
    }
}
