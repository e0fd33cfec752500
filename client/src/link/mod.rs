//! Links: one attempt each to reach the server, as a task that moves bodies.

mod resolve;
mod stream;
mod tcp;
#[cfg(feature = "tls")]
mod tls;
mod udp;
mod websocket;

#[cfg(feature = "tls")]
pub(crate) use tls::config as tls_config;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use mobileim_protocol::client::LinkId;
use mobileim_protocol::framing::OversizedFrame;
use mobileim_protocol::{Secret, Transport};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite;

use crate::address::ServerAddress;

/// How long a link that is to be closed may take to send what it still has, and to see the other end close too.
const LINGER: Duration = Duration::from_secs(1);

/// The longest body that is taken from a server. Far above what servers send: a bound on memory, not a rule.
const MAX_INCOMING: usize = 1 << 20;

/// What happened on a link.
#[derive(Debug)]
pub(crate) struct LinkReport {
    pub(crate) link: LinkId,
    pub(crate) event: LinkEvent,
}

#[derive(Debug)]
pub(crate) enum LinkEvent {
    /// It is open.
    Connected,
    /// A body came.
    Received(Bytes),
    /// It could not be opened, or was closed from outside; why, in words.
    Closed(String),
}

/// How links are opened.
#[derive(Clone)]
pub(crate) struct Connector {
    /// At least one.
    addresses: Arc<[ServerAddress]>,
    /// What datagrams begin with once the server knows.
    secret: Option<Secret>,
    #[cfg(feature = "tls")]
    tls: Option<Arc<tokio_rustls::rustls::ClientConfig>>,
}

impl Connector {
    pub(crate) fn new(
        addresses: Vec<ServerAddress>,
        secret: Option<Secret>,
        #[cfg(feature = "tls")] tls: Option<Arc<tokio_rustls::rustls::ClientConfig>>,
    ) -> Self {
        Self {
            addresses: addresses.into(),
            secret,
            #[cfg(feature = "tls")]
            tls,
        }
    }
}

/// What is to be sent.
pub(crate) struct Outgoing {
    pub(crate) body: String,
    /// Whether the server puts together what is cut into several datagrams.
    pub(crate) cut: bool,
}

/// A link as its owner sees it.
pub(crate) struct Link {
    id: LinkId,
    connected: bool,
    outgoing: mpsc::UnboundedSender<Outgoing>,
    task: JoinHandle<()>,
}

impl Link {
    /// Begins to open a link.
    pub(crate) fn open(
        id: LinkId,
        connector: Connector,
        address: usize,
        reports: mpsc::Sender<LinkReport>,
    ) -> Self {
        let (outgoing, outgoing_receiver) = mpsc::unbounded_channel();
        let reporter = Reporter { link: id, reports };
        Self {
            id,
            connected: false,
            outgoing,
            task: tokio::spawn(async move {
                let ended = run(id, &connector, address, &reporter, outgoing_receiver).await;
                let why = match ended {
                    Ok(()) => "closed by the server".to_owned(),
                    Err(error) => error.to_string(),
                };
                reporter.report(LinkEvent::Closed(why)).await;
            }),
        }
    }

    pub(crate) fn id(&self) -> LinkId {
        self.id
    }

    pub(crate) fn set_connected(&mut self) {
        self.connected = true;
    }

    /// Sends a body, after all that were given before.
    pub(crate) fn transmit(&self, outgoing: Outgoing) {
        // A task that has ended has reported so, or is about to.
        let _ = self.outgoing.send(outgoing);
    }

    /// Sends what is still to be sent, then closes the link; for [`LINGER`] at most.
    pub(crate) async fn close(self) {
        let mut task = self.task;
        drop(self.outgoing);
        if !self.connected || tokio::time::timeout(LINGER, &mut task).await.is_err() {
            task.abort();
        }
    }
}

/// Tells the owner of a link what happens on it.
struct Reporter {
    link: LinkId,
    reports: mpsc::Sender<LinkReport>,
}

impl Reporter {
    async fn connected(&self) {
        self.report(LinkEvent::Connected).await;
    }

    async fn received(&self, body: Bytes) {
        self.report(LinkEvent::Received(body)).await;
    }

    /// Waits while the owner is busy, so that the server has to wait too.
    async fn report(&self, event: LinkEvent) {
        let link = self.link;
        // An owner that has gone away does not listen any more; it has closed the link.
        let _ = self.reports.send(LinkReport { link, event }).await;
    }
}

/// Why a link could not be opened, or broke.
#[derive(Debug, thiserror::Error)]
enum LinkError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Framing(#[from] OversizedFrame),
    #[error(transparent)]
    WebSocket(#[from] tungstenite::Error),
}

/// Moves bodies until `outgoing` is closed, or the link.
async fn run(
    id: LinkId,
    connector: &Connector,
    address: usize,
    reporter: &Reporter,
    outgoing: mpsc::UnboundedReceiver<Outgoing>,
) -> Result<(), LinkError> {
    let address = &connector.addresses[address];
    if address.transport() == Transport::Udp {
        return udp::run(id, address, connector.secret, reporter, outgoing).await;
    }
    let stream = stream::connect(id, address).await?;
    if address.is_encrypted() {
        #[cfg(feature = "tls")]
        {
            let stream = tls::wrap(stream, address, connector.tls.as_ref()).await?;
            return run_on_stream(stream, address, reporter, outgoing).await;
        }
        #[cfg(not(feature = "tls"))]
        return Err(io::Error::from(io::ErrorKind::Unsupported).into());
    }
    run_on_stream(stream, address, reporter, outgoing).await
}

async fn run_on_stream(
    stream: impl stream::Stream,
    address: &ServerAddress,
    reporter: &Reporter,
    outgoing: mpsc::UnboundedReceiver<Outgoing>,
) -> Result<(), LinkError> {
    match address.transport() {
        Transport::WebSocket => websocket::run(stream, address, reporter, outgoing).await,
        Transport::Tcp | Transport::Udp => tcp::run(stream, reporter, outgoing).await,
    }
}
