//! What the server counts.

use std::sync::atomic::{AtomicU64, Ordering};

use mobileim_protocol::Transport;

use crate::event::{Event, Refusal};
use crate::link::CloseReason;
use crate::store::StoreStats;

/// Counts since the start, and how many sessions there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Sessions over TCP now.
    pub tcp_sessions: u64,
    /// Sessions over UDP now.
    pub udp_sessions: u64,
    /// Sessions over `WebSocket` now.
    pub websocket_sessions: u64,
    /// Messages with QoS whose senders were told that they are delivered or stored.
    pub acknowledged: u64,
    /// Messages without QoS that were sent to their receiver.
    pub sent_unreliably: u64,
    /// Messages without QoS whose receiver was offline.
    pub dropped: u64,
    /// Messages with QoS that are neither delivered nor stored; their senders were told nothing.
    pub rejected: u64,
    /// Messages with QoS for which there was no room; their senders were told nothing.
    pub overloaded: u64,
    /// Messages with QoS that were not new.
    pub repeated: u64,
    /// Messages that a hook refused.
    pub refused: u64,
    /// Bodies that were no valid message, or too long for one.
    pub invalid: u64,
    /// Sessions that ended because nothing came from them any more.
    pub expired: u64,
    /// Connections closed because they did not read what was sent to them.
    pub slow_readers: u64,
    /// Datagrams that could not be sent, or were not since too many waited.
    pub lost_datagrams: u64,
    /// Connections that were closed at once, since there were as many as may be.
    pub refused_connections: u64,
    /// Connections that did not get as far as speaking: the TLS handshake failed, or no trusted proxy's PROXY header came.
    pub failed_openings: u64,
    /// Panics that ended a connection, or one turn of the timers, and not the server.
    pub panics: u64,
    /// What the store has done.
    pub store: StoreStats,
}

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Counts one.
    pub fn count(&self) {
        self.add(1);
    }

    /// Counts `count`.
    pub fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    fn read(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The counters behind [`Stats`]. Most are counted by the events that they stand for.
#[derive(Debug, Default)]
pub struct Counters {
    tcp: Sessions,
    udp: Sessions,
    websocket: Sessions,
    acknowledged: Counter,
    pub(crate) sent_unreliably: Counter,
    pub(crate) dropped: Counter,
    rejected: Counter,
    pub(crate) overloaded: Counter,
    pub(crate) repeated: Counter,
    pub(crate) refused: Counter,
    pub(crate) invalid: Counter,
    expired: Counter,
    slow_readers: Counter,
    /// See [`Stats::lost_datagrams`].
    pub lost_datagrams: Counter,
    /// See [`Stats::refused_connections`].
    pub refused_connections: Counter,
    /// See [`Stats::failed_openings`].
    pub failed_openings: Counter,
    /// See [`Stats::panics`].
    pub panics: Counter,
}

/// Sessions begun and ended on one transport.
#[derive(Debug, Default)]
struct Sessions {
    begun: Counter,
    ended: Counter,
}

impl Sessions {
    fn live(&self) -> u64 {
        let ended = self.ended.read();
        self.begun.read().saturating_sub(ended)
    }
}

impl Counters {
    pub(crate) fn note(&self, event: &Event) {
        match event {
            Event::Online { peer, .. } => self.sessions(peer.transport).begun.count(),
            Event::Offline { peer, reason, .. } => {
                self.sessions(peer.transport).ended.count();
                match reason {
                    CloseReason::Expired => self.expired.count(),
                    CloseReason::SlowReader => self.slow_readers.count(),
                    _ => {}
                }
            }
            Event::Delivered(_) | Event::Stored(_) | Event::Repeated(_) => {
                self.acknowledged.count();
            }
            Event::Fetched(_) => {}
            Event::Refused { why, .. } => match why {
                Refusal::TooLong { .. } => self.refused.count(),
                Refusal::MailboxFull | Refusal::NoStore | Refusal::Unavailable => {
                    self.rejected.count();
                }
            },
        }
    }

    pub(crate) fn read(&self, store: StoreStats) -> Stats {
        Stats {
            tcp_sessions: self.tcp.live(),
            udp_sessions: self.udp.live(),
            websocket_sessions: self.websocket.live(),
            acknowledged: self.acknowledged.read(),
            sent_unreliably: self.sent_unreliably.read(),
            dropped: self.dropped.read(),
            rejected: self.rejected.read(),
            overloaded: self.overloaded.read(),
            repeated: self.repeated.read(),
            refused: self.refused.read(),
            invalid: self.invalid.read(),
            expired: self.expired.read(),
            slow_readers: self.slow_readers.read(),
            lost_datagrams: self.lost_datagrams.read(),
            refused_connections: self.refused_connections.read(),
            failed_openings: self.failed_openings.read(),
            panics: self.panics.read(),
            store,
        }
    }

    fn sessions(&self, transport: Transport) -> &Sessions {
        match transport {
            Transport::Tcp => &self.tcp,
            Transport::Udp => &self.udp,
            Transport::WebSocket => &self.websocket,
        }
    }
}
