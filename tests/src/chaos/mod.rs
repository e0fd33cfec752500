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
mod ways;

pub use channel::{Channel, Conditions, Direction, Fate};
pub use stream::{Connections, StreamProxy};
pub use udp::{Datagrams, UdpProxy};
