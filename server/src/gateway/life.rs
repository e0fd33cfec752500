//! The life of a stream connection, whatever it speaks: opened, served, closed, and let go.

use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use mobileim_hub::{CloseReason, Connection, Link as _, ServerHandle};
use mobileim_protocol::Transport;
use tokio::time::Timeout;
use tracing::debug;

use super::end::End;
use super::opening::Opening;
use super::origin::Origins;
use super::proxies::TrustedProxies;
use super::stream_link::StreamLink;
use super::{Context, Limits};

/// How long a connection that is being closed has to take what was sent to it.
const CLOSE_TIME: Duration = Duration::from_secs(1);

/// An open connection. The context is held as long, so that the server waits for it when it stops.
pub(super) struct Life {
    pub(super) link: Arc<StreamLink>,
    pub(super) connection: Connection,
    context: Context,
    /// Whether it counts among those of its address.
    is_counted: bool,
    has_ended: bool,
}

impl Life {
    /// A connection was accepted. From now on its client has its time to log in.
    ///
    /// None if there are as many as may be.
    pub(super) fn begin(
        transport: Transport,
        peer: SocketAddr,
        opening: &Opening,
        context: Context,
    ) -> Option<Self> {
        let is_encrypted = opening.is_encrypted();
        if !context.admission.enter() {
            return None;
        }
        // A proxy's own address is nobody's. Before the hub knows of it: it would make room for it.
        let network = network(&context, peer.ip())
            .filter(|_| !opening.is_proxied() && !context.proxies.trusts(peer.ip()));
        if network.is_some_and(|network| !context.admission.enter_from(network)) {
            context.admission.leave();
            let counters = context.server.driver().counters();
            counters.closed_without_session(CloseReason::TooManyConnections);
            return None;
        }
        debug!(%transport, tls = is_encrypted, %peer, "connection begins");
        let server = &context.server;
        let now = server.driver().now();
        let link = StreamLink::new(
            transport,
            peer,
            is_encrypted,
            now,
            Arc::clone(&context.limits),
            &context.admission,
        );
        let connection = Connection::new(server.clone(), now, Arc::<StreamLink>::clone(&link));
        Some(Self {
            link,
            connection,
            context,
            is_counted: network.is_some(),
            has_ended: false,
        })
    }

    /// The client's address is known. Returns whether it may have another connection.
    pub(super) fn admit(&mut self) -> bool {
        if self.is_counted {
            return true;
        }
        let Some(network) = self.network() else {
            return true;
        };
        self.is_counted = self.context.admission.enter_from(network);
        self.is_counted
    }

    fn network(&self) -> Option<IpAddr> {
        network(&self.context, self.link.address().ip())
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.context.limits
    }

    pub(super) fn origins(&self) -> Arc<Origins> {
        self.context.admission.origins()
    }

    pub(super) fn proxies(&self) -> &TrustedProxies {
        &self.context.proxies
    }

    pub(super) fn server(&self) -> &ServerHandle {
        &self.context.server
    }

    /// The connection is over, but for what its client may still take: says so in the log and to the hub.
    pub(super) fn end(&mut self, end: &End) {
        self.has_ended = true;
        end.log(
            self.link.transport(),
            self.link.address(),
            &self.connection,
            self.context.admission.lines(),
        );
        let now = self.server().driver().now();
        self.connection.close(now, end.reason);
        self.link.close(end.reason);
    }
}

impl Drop for Life {
    /// If what served the connection has panicked: the connection must not stay in the hub.
    fn drop(&mut self) {
        self.context.admission.leave();
        if self.is_counted
            && let Some(network) = self.network()
        {
            self.context.admission.leave_from(network);
        }
        if !self.has_ended {
            self.server().driver().counters().panics.count();
            self.end(&CloseReason::Failed.into());
        }
    }
}

/// What an address is counted by, if it is.
fn network(context: &Context, address: IpAddr) -> Option<IpAddr> {
    let quotas = &context.server.driver().config().quotas;
    quotas.network(address)
}

/// Gives the client a moment to take what is left for it; then drops the rest. Boxed: it takes memory only then.
pub(super) fn farewell<F: Future>(last_words: F) -> Pin<Box<Timeout<F>>> {
    Box::pin(tokio::time::timeout(CLOSE_TIME, last_words))
}
