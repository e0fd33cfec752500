//! A network that behaves badly, between real clients and a real server.
//!
//! [`UdpProxy`] loses, repeats, delays and so reorders datagrams, and can give its clients another address towards
//! the server, as a NAT does that has forgotten them. [`StreamProxy`], for TCP and so for `WebSocket`, delays bytes,
//! resets connections, refuses new ones, and makes half-open ones: bytes are swallowed, nobody is told. Both have
//! [`Conditions`] for each [`Direction`], which may be changed at any time, and draw from one seed.
//!
//! [`Channel`] decides what becomes of a datagram, without sockets and clock: a model of another protocol can
//! be put on the same bad network.

mod channel;
mod stream;
mod udp;

pub use channel::{Channel, Conditions, Direction, Fate};
pub use stream::{Connections, StreamProxy};
pub use udp::{Datagrams, UdpProxy};

use mobileim_protocol::Instant;

/// The clock of a proxy.
#[derive(Debug, Clone, Copy)]
struct Epoch(tokio::time::Instant);

impl Epoch {
    fn begin() -> Self {
        Self(tokio::time::Instant::now())
    }

    fn now(self) -> Instant {
        let micros = self.0.elapsed().as_micros();
        Instant::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
    }

    async fn sleep_until(self, at: Instant) {
        let at = self.0 + std::time::Duration::from_micros(at.as_micros());
        tokio::time::sleep_until(at).await;
    }
}
