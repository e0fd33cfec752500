//! A server that has its addresses, and is not there for clients yet.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mobileim_hub::store::StoredGroup;
use mobileim_hub::{Clock, DeviceBook, Devices, Journal, Parts, RegisteredDevice, ServerHandle};
use parking_lot::Mutex;
use quinn_udp::UdpSocketState;
use tokio::net::{TcpListener, TcpSocket, UdpSocket};
use tokio::sync::{mpsc, watch};

use super::listen::{Addresses, BindError, Listener};
use super::openings::Openings;
use super::running::Running;
use super::sockets::{begin_to_listen, bind_http, bind_tcp, bind_udp};
use super::{Builder, deadlines};
use crate::clock::SystemClock;
use crate::essential::spawn_essential;
use crate::events::{EventJournal, send_events};
use crate::gateway::admission::Admission;
use crate::gateway::{self, Context, HttpLimits};
use crate::http;
use crate::observers::{Observed, Observer};
use crate::revocations::Revocations;
use crate::status::{self, Status};
use crate::store::Store;
use crate::submissions::Submissions;
use crate::tls::{self, Certificates};

type Stream = (TcpSocket, SocketAddr);
type Datagrams = (UdpSocket, UdpSocketState, SocketAddr);

/// A server whose addresses are taken: [`Bound::start`] makes it serve.
///
/// HTTP answers meanwhile. Clients are refused, so that they look for another server at once: TCP sockets do not listen, and
/// while it has to wait there is none for UDP.
pub struct Bound {
    builder: Builder,
    openings: Openings,
    streams: Streams,
    udp: Mutex<Option<Datagrams>>,
    addresses: Addresses,
    status: watch::Sender<Status>,
    http_ended: mpsc::Receiver<Infallible>,
    /// The parts of the server that are told what happens.
    observers: Vec<Arc<dyn Observer>>,
    submissions: Option<Submissions>,
    known_devices: Vec<RegisteredDevice>,
    device_book: Arc<dyn DeviceBook>,
    known_groups: Vec<StoredGroup>,
}

/// Addresses for clients that come with a stream; `None` for what is off.
struct Streams {
    tcp: Option<Stream>,
    tcp_tls: Option<Stream>,
    websocket: Option<Stream>,
    wss: Option<Stream>,
}

impl Bound {
    pub(super) async fn new(mut builder: Builder) -> Result<Self, BindError> {
        let tls = builder.tls.take();
        let encrypted = tls.as_ref();
        let streams = Streams {
            tcp: bind_tcp(Listener::Tcp, builder.tcp)?,
            tcp_tls: bind_tcp(Listener::TcpTls, encrypted.and_then(|tls| tls.tcp))?,
            websocket: bind_tcp(Listener::WebSocket, builder.websocket)?,
            wss: bind_tcp(Listener::Wss, encrypted.and_then(|tls| tls.websocket))?,
        };
        let udp = bind_udp(builder.udp).await?;
        let http = bind_http(Listener::Http, builder.http).await?;
        let https = bind_http(Listener::Https, encrypted.and_then(|tls| tls.http)).await?;
        let api = bind_http(Listener::Api, builder.api).await?;
        let api_tls = bind_http(Listener::ApiTls, encrypted.and_then(|tls| tls.api)).await?;
        let address = |bound: &Option<Stream>| bound.as_ref().map(|(_, address)| *address);
        let addresses = Addresses {
            tcp: address(&streams.tcp),
            tcp_tls: address(&streams.tcp_tls),
            udp: udp.as_ref().map(|(_, _, address)| *address),
            websocket: address(&streams.websocket),
            wss: address(&streams.wss),
            http: http.as_ref().map(|(_, address)| *address),
            https: https.as_ref().map(|(_, address)| *address),
            api: api.as_ref().map(|(_, address)| *address),
            api_tls: api_tls.as_ref().map(|(_, address)| *address),
        };
        let openings = Openings {
            tls: tls.map(|tls| tls.certificates),
            proxies: Arc::new(std::mem::take(&mut builder.proxies)),
            proxied: std::mem::take(&mut builder.proxied),
        };
        let (status, looked_at) = watch::channel(Status::Waiting("it starts".to_owned()));
        let offered = http::Offered {
            page: builder.demo_page.then_some(http::ChatPage {
                websocket: addresses.websocket,
                wss: addresses.wss,
            }),
            login: builder.password_login.clone(),
            api: builder.api_keys.clone().map(|keys| http::OfferedApi {
                keys,
                listeners: addresses
                    .iter()
                    .map(|(listener, address)| (listener.to_string(), address))
                    .collect(),
                admin_page: builder.admin_page,
                settings: builder.settings.take(),
                revocations: builder.revocations.clone(),
            }),
        };
        let http = [
            (http, Listener::Http),
            (https, Listener::Https),
            (api, Listener::Api),
            (api_tls, Listener::ApiTls),
        ];
        let http_ended = serve_http(http, &openings, &offered, builder.limits.http, &looked_at);
        Ok(Self {
            builder,
            openings,
            streams,
            udp: Mutex::new(udp),
            addresses,
            status,
            http_ended,
            observers: Vec::new(),
            submissions: None,
            known_devices: Vec::new(),
            device_book: Arc::new(()),
            known_groups: Vec::new(),
        })
    }

    /// Where it is going to serve.
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// It has to wait; HTTP says why.
    pub fn wait_for(&self, what: &str) {
        // Whose datagrams nobody reads would wait for an answer.
        *self.udp.lock() = None;
        self.status.send_replace(Status::Waiting(what.to_owned()));
    }

    /// Delivers what back ends send with SQL.
    #[must_use]
    pub fn submissions(mut self, submissions: Submissions) -> Self {
        self.observers.push(submissions.observer());
        self.submissions = Some(submissions);
        self
    }

    /// Which devices users have, and where that is written down; otherwise none are known, and they are forgotten when the server ends.
    #[must_use]
    pub fn devices(mut self, known: Vec<RegisteredDevice>, book: Arc<dyn DeviceBook>) -> Self {
        self.known_devices = known;
        self.device_book = book;
        self
    }

    /// Which groups there are; otherwise none are known at the start.
    #[must_use]
    pub fn groups(mut self, known: Vec<StoredGroup>) -> Self {
        self.known_groups = known;
        self
    }

    /// Serves, with this store.
    pub async fn start(self, store: Arc<dyn Store>) -> Result<Running, BindError> {
        let Self {
            builder,
            openings,
            streams,
            addresses,
            ..
        } = self;
        let udp = match self.udp.into_inner() {
            None => bind_udp(addresses.udp).await?,
            bound => bound,
        };
        let streams = streams.listen()?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let mut config = builder.config;
        config.max_body = builder.limits.max_body;
        let (log, target) = builder.events.unzip();
        let journal: Arc<dyn Journal> = match &log {
            None => Arc::new(()),
            Some(log) => {
                config.sessions_from = log.sessions_from();
                Arc::new(EventJournal::new(log.clone(), Arc::clone(&clock)))
            }
        };
        let server = ServerHandle::new(Parts {
            config,
            store,
            authenticator: builder.authenticator,
            hooks: Observed::hooks(builder.hooks, self.observers),
            journal,
            clock: Arc::clone(&clock),
            devices: Devices {
                known: self.known_devices,
                book: self.device_book,
            },
            groups: self.known_groups,
            seed: fastrand::u64(..),
        });
        let (stop, stopping) = watch::channel(false);
        let (alive, ended) = mpsc::channel(1);
        let admission = Arc::new(Admission::new(builder.origins, &builder.limits));
        let context = Context {
            server: server.clone(),
            limits: Arc::new(builder.limits),
            admission: Arc::clone(&admission),
            proxies: Arc::clone(&openings.proxies),
            stopping,
            _alive: alive,
        };
        spawn_essential("the timers", deadlines::keep(clock, context.clone()));
        if let Some((socket, state, _)) = udp {
            spawn_essential("UDP", gateway::udp::serve(socket, state, context.clone()));
        }
        for (socket, listener) in streams {
            let opening = openings.of(listener);
            let context = context.clone();
            match listener {
                Listener::Tcp | Listener::TcpTls => {
                    spawn_essential("TCP", gateway::tcp::serve(socket, opening, context));
                }
                _ => spawn_essential(
                    "WebSocket",
                    gateway::websocket::serve(socket, opening, context),
                ),
            }
        }
        if let Some(log) = &log {
            if let Some(target) = target.flatten() {
                log.set_target(Some(target));
            }
            spawn_essential("the sender of events", send_events(log.clone()));
        }
        do_chores(&context, builder.revocations, openings.tls.clone());
        let submissions = self
            .submissions
            .map(|submissions| submissions.begin(server.clone(), stop.subscribe()));
        self.status.send_replace(Status::Serving(status::Parts {
            server: server.clone(),
            submissions: submissions.clone(),
            admission: Arc::clone(&admission),
            since: Instant::now(),
            events: log,
        }));
        Ok(Running {
            server,
            addresses,
            admission,
            certificates: openings.tls,
            drain: builder.drain,
            submissions,
            status: self.status,
            stop,
            ended,
            http_ended: self.http_ended,
        })
    }
}

/// How often it is looked which devices did not come for long.
const SWEEP_EVERY: Duration = Duration::from_secs(3600);

/// Begins what is to be done now and then, until the server stops.
fn do_chores(context: &Context, revocations: Revocations, certificates: Option<Certificates>) {
    let swept = context.clone();
    spawn_essential("the end of devices", async move {
        loop {
            tokio::select! {
                () = swept.stopped() => return,
                () = tokio::time::sleep(SWEEP_EVERY) => swept.server.driver().sweep_devices(),
            }
        }
    });
    let stopping = context.clone();
    spawn_essential("the end of revocations", async move {
        tokio::select! {
            () = stopping.stopped() => {}
            () = revocations.keep_sweeping() => {}
        }
    });
    let Some(certificates) = certificates else {
        return;
    };
    let stopping = context.clone();
    spawn_essential("the certificate's watch", async move {
        tokio::select! {
            () = stopping.stopped() => {}
            () = tls::watch(certificates) => {}
        }
    });
}

impl Streams {
    /// Lets clients in.
    fn listen(self) -> Result<Vec<(TcpListener, Listener)>, BindError> {
        let bound = [
            (self.tcp, Listener::Tcp),
            (self.tcp_tls, Listener::TcpTls),
            (self.websocket, Listener::WebSocket),
            (self.wss, Listener::Wss),
        ];
        let bound = bound
            .into_iter()
            .filter_map(|(bound, listener)| Some((bound?, listener)));
        bound
            .map(|(bound, listener)| Ok((begin_to_listen(listener, bound)?, listener)))
            .collect()
    }
}

/// Answers requests until the server has ended. What is returned ends with the last answer.
fn serve_http(
    bound: [(Option<(TcpListener, SocketAddr)>, Listener); 4],
    openings: &Openings,
    offered: &http::Offered,
    limits: HttpLimits,
    status: &watch::Receiver<Status>,
) -> mpsc::Receiver<Infallible> {
    let (alive, ended) = mpsc::channel(1);
    let shared = http::Shared::new(limits, Arc::clone(&openings.proxies));
    let mut offered = offered.clone();
    let is_apis = |listener| matches!(listener, Listener::Api | Listener::ApiTls);
    let of_own = bound
        .iter()
        .any(|(bound, listener)| bound.is_some() && is_apis(*listener));
    // Where it has an address of its own, it is nowhere else.
    let api = if of_own { offered.api.take() } else { None };
    for (bound, listener) in bound {
        let Some((socket, _)) = bound else {
            continue;
        };
        let (opening, shared, status) =
            (openings.of(listener), Arc::clone(&shared), status.clone());
        let serve: Pin<Box<dyn Future<Output = ()> + Send>> = match &api {
            Some(api) if is_apis(listener) => Box::pin(http::serve_api(
                socket,
                opening,
                api.clone(),
                shared,
                status,
            )),
            _ => Box::pin(http::serve(
                socket,
                opening,
                offered.clone(),
                shared,
                status,
            )),
        };
        let alive = alive.clone();
        spawn_essential("HTTP", async move {
            serve.await;
            drop(alive);
        });
    }
    ended
}
