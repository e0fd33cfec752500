//! A server that serves, and its end.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use mobileim_hub::{Deferred, ServerHandle};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, timeout, timeout_at};
use tracing::{info, warn};

use super::{Addresses, Drain};
use crate::gateway::admission::Admission;
use crate::gateway::{Limits, Origins};
use crate::status::Status;
use crate::store::StoreLimits;
use crate::submissions::Delivering;
use crate::tls::Certificates;

/// How long connections have to end: longer than one that does not read has.
const CONNECTIONS_TIME: Duration = Duration::from_millis(1500);

/// How long it may take to note in the database what became of what back ends have sent.
const NOTES_TIME: Duration = Duration::from_secs(1);

/// How long those who ask over HTTP have to hear the answer.
const HTTP_TIME: Duration = Duration::from_millis(200);

/// A server that serves. Dropped, it accepts nothing new; [`Running::shutdown`] ends it.
pub struct Running {
    pub(super) server: ServerHandle,
    pub(super) addresses: Addresses,
    pub(super) admission: Arc<Admission>,
    pub(super) certificates: Option<Certificates>,
    pub(super) drain: Drain,
    pub(super) submissions: Option<Delivering>,
    pub(super) status: watch::Sender<Status>,
    pub(super) stop: watch::Sender<bool>,
    pub(super) ended: mpsc::Receiver<Infallible>,
    pub(super) http_ended: mpsc::Receiver<Infallible>,
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

    /// Pages of these origins may open a `WebSocket` from now on.
    pub fn set_origins(&self, origins: Origins) {
        self.admission.set_origins(origins);
    }

    /// There may be as many TCP and `WebSocket` connections from now on, in all and from one address, as these limits say. None
    /// is closed for that; what else they say needs a restart.
    pub fn set_max_connections(&self, limits: &Limits) {
        self.admission.set_max_connections(limits);
    }

    /// Follows the message with this fingerprint: each of its steps is a line in the log, at `info`, without its text.
    pub fn trace(&self, fp: Option<&str>) {
        self.server.driver().set_trace(fp);
    }

    /// It stops in this way.
    pub fn set_drain(&mut self, drain: Drain) {
        self.drain = drain;
    }

    /// The store keeps to these limits from now on, for what is new. How long messages wait does not change.
    pub fn set_store_limits(&self, limits: StoreLimits) {
        self.server.driver().set_store_limits(limits);
    }

    /// Accepts nothing new, tells every client when to come back, closes every connection (`WebSocket` ones with 1012),
    /// and returns when what was on its way into the store is there, within the time of [`Drain`].
    ///
    /// HTTP answers until then, and `/readyz` with 503.
    pub async fn shutdown(self) {
        let Self {
            server,
            drain,
            submissions,
            mut ended,
            mut http_ended,
            ..
        } = self;
        let ends = Instant::now() + drain.time;
        let sessions = server.view().online().len();
        let spread = drain.spread_for(sessions);
        self.status.send_modify(|status| {
            if let Some(parts) = status.parts().cloned() {
                *status = Status::Draining(parts);
            }
        });
        if sessions > 0 {
            info!(sessions, "clients are told to come back within {spread:?}");
        }
        // Before the UDP socket is closed, which sends what it has first.
        server.driver().close_all(spread);
        self.stop.send_replace(true);
        let connections_end = ends.min(Instant::now() + CONNECTIONS_TIME);
        if timeout_at(connections_end, ended.recv()).await.is_err() {
            let open = self.admission.open();
            warn!("{open} connections do not end, and are cut off");
        }
        // What was accepted in the last moment.
        server.driver().close_all(spread);
        if let Some(submissions) = &submissions {
            // What is not noted by then is sent again at the next start, and recognised.
            let _ = timeout_at(ends.min(Instant::now() + NOTES_TIME), submissions.settled()).await;
            submissions.end();
        }
        if let Deferred::Pending(closed) = server.driver().close_store()
            && timeout_at(ends, closed).await.is_err()
        {
            warn!(
                "the message store has not taken everything in {:?}. What it has not was not acknowledged: its \
                 senders have it, and send it again",
                drain.time
            );
        }
        self.status.send_replace(Status::Ended);
        let _ = timeout(HTTP_TIME, http_ended.recv()).await;
    }
}
