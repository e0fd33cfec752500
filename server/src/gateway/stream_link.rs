//! The link of a TCP or `WebSocket` connection: what waits to be written.

use std::mem;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use mobileim_protocol::{Instant, Transport};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tracing::debug;

use super::Limits;
use super::admission::Admission;
use mobileim_hub::{CloseReason, Evidence, Link, Peer};

/// Bound on the bytes that wait to be written to a client that has not logged in: two of the longest answers.
const BEFORE_LOGIN: usize = 128 * 1024;

/// How many bytes must wait before they are counted among all that wait.
const COUNTED_STEP: usize = 16 * 1024;

/// A queue between all senders and the one task that writes.
pub(super) struct StreamLink {
    transport: Transport,
    /// The client's: the peer's, until a proxy names another one.
    address: Mutex<SocketAddr>,
    is_encrypted: bool,
    /// Of the page that has opened the `WebSocket`.
    origin: OnceLock<Arc<str>>,
    /// In microseconds.
    last_seen: AtomicU64,
    limits: Arc<Limits>,
    admission: Arc<Admission>,
    /// The longest body that the client takes, and the longest that is taken from it.
    max_body: AtomicUsize,
    max_incoming: AtomicUsize,
    queue: Mutex<Queue>,
    /// There is something to write.
    filled: Notify,
    /// The connection shall close.
    closed: Notify,
}

struct Queue {
    bodies: Vec<Bytes>,
    /// How many of `bodies`, from the front, were sent before the client knew of batches.
    alone: usize,
    /// The longest frame with several bodies that the client takes; 0 if each goes by itself.
    max_batch: usize,
    /// Of `bodies`, of what the writer took and has not written, and of `automatic`.
    bytes: usize,
    /// Of `bytes`, what is counted among all that waits: in steps, so that what is soon written is never counted.
    counted: usize,
    /// Bound on `bytes`.
    limit: usize,
    /// Bytes that the `WebSocket` library has put into its own buffer since the writer looked: Pongs.
    automatic: usize,
    ping: bool,
    closing: Option<CloseReason>,
}

/// What the writer is to do next.
#[derive(Debug, Default)]
pub(super) struct Work {
    /// To be written, in this order.
    pub(super) bodies: Vec<Bytes>,
    /// As many of them go by themselves,
    pub(super) alone: usize,
    /// and the rest in frames of at most this many bytes.
    pub(super) max_batch: usize,
    /// Whether a Ping follows.
    pub(super) ping: bool,
    /// Bytes that are in the library's buffer already, and gone once it is flushed.
    pub(super) automatic: usize,
}

impl StreamLink {
    pub(super) fn new(
        transport: Transport,
        address: SocketAddr,
        is_encrypted: bool,
        now: Instant,
        limits: Arc<Limits>,
        admission: &Arc<Admission>,
    ) -> Arc<Self> {
        let agreed = limits.agree(transport, None);
        Arc::new(Self {
            transport,
            address: Mutex::new(address),
            is_encrypted,
            origin: OnceLock::new(),
            admission: Arc::clone(admission),
            max_body: AtomicUsize::new(agreed.outgoing),
            max_incoming: AtomicUsize::new(agreed.incoming),
            last_seen: AtomicU64::new(now.as_micros()),
            queue: Mutex::new(Queue {
                bodies: Vec::new(),
                alone: 0,
                max_batch: 0,
                bytes: 0,
                counted: 0,
                limit: limits.outgoing.min(BEFORE_LOGIN),
                automatic: 0,
                ping: false,
                closing: None,
            }),
            filled: Notify::new(),
            closed: Notify::new(),
            limits,
        })
    }

    /// The client's address.
    pub(super) fn address(&self) -> SocketAddr {
        *self.address.lock()
    }

    /// The peer is a proxy, and the client is at this address.
    pub(super) fn set_address(&self, client: SocketAddr) {
        let proxy = std::mem::replace(&mut *self.address.lock(), client);
        debug!(transport = %self.transport, peer = %client, %proxy, "connection is by way of a proxy");
    }

    /// The longest body that is taken from the client, in bytes.
    pub(super) fn max_incoming(&self) -> usize {
        self.max_incoming.load(Ordering::Relaxed)
    }

    /// The `WebSocket` was opened by a page of this origin.
    pub(super) fn set_origin(&self, origin: &str) {
        // There is one request for a `WebSocket` on a connection.
        let _ = self.origin.set(Arc::from(origin));
    }

    /// Something came from the other end.
    pub(super) fn touch(&self, now: Instant) {
        self.last_seen.store(now.as_micros(), Ordering::Relaxed);
    }

    /// Waits until there is something to write.
    pub(super) async fn work(&self) -> Work {
        loop {
            if let Some(work) = self.try_work() {
                return work;
            }
            self.filled.notified().await;
        }
    }

    /// What there is to write now.
    pub(super) fn try_work(&self) -> Option<Work> {
        let mut queue = self.queue.lock();
        let work = Work {
            bodies: mem::take(&mut queue.bodies),
            alone: mem::take(&mut queue.alone),
            max_batch: queue.max_batch,
            ping: mem::take(&mut queue.ping),
            automatic: mem::take(&mut queue.automatic),
        };
        (work.ping || work.automatic > 0 || !work.bodies.is_empty()).then_some(work)
    }

    /// The `WebSocket` library has answered by itself, into its own buffer: that counts as what waits here does.
    pub(super) fn answered(&self, bytes: usize) {
        let mut queue = self.queue.lock();
        queue.automatic += bytes;
        let has_room = queue.reserve(bytes, &self.admission);
        drop(queue);
        let notify = if has_room { &self.filled } else { &self.closed };
        notify.notify_one();
    }

    /// The writer has got rid of this many bytes.
    pub(super) fn written(&self, bytes: usize) {
        let mut queue = self.queue.lock();
        queue.bytes = queue.bytes.saturating_sub(bytes);
        queue.count(&self.admission);
    }

    /// Waits until the connection shall close.
    pub(super) async fn closed(&self) -> CloseReason {
        loop {
            if let Some(reason) = self.closing() {
                return reason;
            }
            self.closed.notified().await;
        }
    }

    /// Whether the client may have put several bodies in a frame.
    pub(super) fn takes_batches(&self) -> bool {
        self.queue.lock().max_batch > 0
    }

    /// Why the connection shall close, if it shall: nothing more is read then.
    pub(super) fn closing(&self) -> Option<CloseReason> {
        self.queue.lock().closing
    }
}

impl Queue {
    /// Counts bytes that are to be written. If they are too many, the connection shall close: its client does not read.
    fn reserve(&mut self, bytes: usize, admission: &Admission) -> bool {
        self.bytes += bytes;
        if self.bytes <= self.limit && self.count(admission) {
            return true;
        }
        // What is in it would not be read either.
        self.bodies = Vec::new();
        self.closing.get_or_insert(CloseReason::SlowReader);
        false
    }

    /// Counts what waits among all that does. Returns whether it may wait.
    fn count(&mut self, admission: &Admission) -> bool {
        if self.bytes >= self.counted + COUNTED_STEP {
            let more = self.bytes - self.counted;
            self.counted = self.bytes;
            return admission.fill(more, self.bytes);
        }
        if self.counted >= self.bytes + COUNTED_STEP {
            admission.drain(self.counted - self.bytes);
            self.counted = self.bytes;
        }
        true
    }
}

impl Drop for StreamLink {
    fn drop(&mut self) {
        self.admission.drain(self.queue.get_mut().counted);
    }
}

impl Link for StreamLink {
    fn transport(&self) -> Transport {
        self.transport
    }

    fn peer(&self) -> Peer {
        Peer::at(self.transport, self.address())
            .with_tls(self.is_encrypted)
            .with_origin(self.origin.get().cloned())
    }

    fn max_body(&self) -> usize {
        self.max_body.load(Ordering::Relaxed)
    }

    fn set_max_body(&self, max_body: Option<usize>) -> Option<usize> {
        let agreed = self.limits.agree(self.transport, max_body);
        self.max_body.store(agreed.outgoing, Ordering::Relaxed);
        self.max_incoming.store(agreed.incoming, Ordering::Relaxed);
        max_body.map(|_| agreed.incoming)
    }

    fn max_batch(&self) -> Option<usize> {
        (self.transport == Transport::WebSocket).then_some(self.limits.websocket_body)
    }

    fn set_max_batch(&self, max_batch: usize) {
        let mut queue = self.queue.lock();
        queue.alone = queue.bodies.len();
        queue.max_batch = max_batch;
    }

    fn transmit(&self, body: Bytes) {
        let mut queue = self.queue.lock();
        if queue.closing.is_some() {
            return;
        }
        if queue.reserve(body.len(), &self.admission) {
            queue.bodies.push(body);
            drop(queue);
            self.filled.notify_one();
        } else {
            drop(queue);
            self.closed.notify_one();
        }
    }

    fn learn(&self, evidence: Evidence<'_>) {
        if let Evidence::LoggedIn { .. } = evidence {
            self.queue.lock().limit = self.limits.outgoing;
        }
    }

    fn ping(&self) {
        self.queue.lock().ping = true;
        self.filled.notify_one();
    }

    fn close(&self, reason: CloseReason) {
        self.queue.lock().closing.get_or_insert(reason);
        self.closed.notify_one();
    }

    fn last_seen(&self) -> Instant {
        Instant::from_micros(self.last_seen.load(Ordering::Relaxed))
    }
}
