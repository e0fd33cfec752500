//! How much is taken from others, and held for them.

use std::time::Duration;

use mobileim_hub::Rate;
use mobileim_protocol::{MAX_BODY, Transport};

/// How much gateways and HTTP take and hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The longest body that an original TCP client may send, and is sent, in bytes.
    pub tcp_body: usize,
    /// The longest body that an original UDP client may send, in bytes. It is sent 1,024 bytes at most.
    pub udp_body: usize,
    /// The longest body that a `WebSocket` client may send, and an original one is sent, in bytes.
    pub websocket_body: usize,
    /// The longest body that is taken on TCP and UDP from a client that says at login how long a body it takes, and the
    /// longest that any such client is sent, in bytes.
    pub max_body: usize,
    /// How many bytes may wait to be written to one TCP or `WebSocket` connection, before it is closed for not
    /// reading. More than a mailbox sends before it waits for acknowledgements.
    pub outgoing: usize,
    /// How many bytes may wait to be written to all of them. Past it, connections are closed that have more than their share.
    pub outgoing_in_all: usize,
    /// How many TCP and `WebSocket` connections there may be; `None` for as many as this process may have descriptors, less
    /// a reserve for the store and HTTP.
    pub connections: Option<usize>,
    /// How many of them one address may have; of IPv6, one network of 64 bits. Not of this machine's own addresses, unless
    /// [`Quotas::loopback`](mobileim_hub::Quotas::loopback) says so.
    pub connections_per_address: Option<usize>,
    /// What holds for requests.
    pub http: HttpLimits,
}

/// How much may be asked over HTTP, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpLimits {
    /// How many connections are served at once. Others wait for a place.
    pub connections: usize,
    /// How long a TLS handshake, and a request's head, may take to arrive.
    pub head_time: Duration,
    /// How long a connection may last in all, however it is read.
    pub time: Duration,
    /// The longest head of a request, in bytes, that of one for a `WebSocket` included: 8,192 at least. Of others, one that is
    /// somewhat longer passes, if its end has come with what is read at once.
    pub head: usize,
    /// The longest body of a request, in bytes.
    pub body: usize,
    /// The same for one to the API.
    pub api_body: usize,
    /// How many requests to the API each key may be used for; `None` for any number.
    pub api_rate: Option<Rate>,
    /// To how many users a second one broadcast is sent at most.
    pub broadcast_rate: u32,
}

/// The longest bodies that cross one connection, in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct MaxBodies {
    /// From the client.
    pub(super) incoming: usize,
    /// To the client.
    pub(super) outgoing: usize,
}

impl Limits {
    /// What holds for a client that says at login what it takes, or, as an original one and before the login, nothing.
    pub(super) fn agree(&self, transport: Transport, clients: Option<usize>) -> MaxBodies {
        let of_original = match transport {
            Transport::Tcp => self.tcp_body,
            Transport::Udp => self.udp_body,
            Transport::WebSocket => self.websocket_body,
        };
        match clients {
            Some(clients) => MaxBodies {
                incoming: match transport {
                    // Settled before anything is said.
                    Transport::WebSocket => self.websocket_body,
                    Transport::Tcp | Transport::Udp => self.max_body.max(of_original),
                },
                outgoing: clients.min(self.max_body),
            },
            None => MaxBodies {
                incoming: of_original,
                outgoing: match transport {
                    Transport::Udp => of_original.min(transport.max_body_of_client()),
                    Transport::Tcp | Transport::WebSocket => of_original,
                },
            },
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            tcp_body: Transport::Tcp.max_body(),
            udp_body: Transport::Udp.max_body(),
            websocket_body: Transport::WebSocket.max_body(),
            max_body: MAX_BODY,
            outgoing: 4 * 1024 * 1024,
            outgoing_in_all: 256 * 1024 * 1024,
            connections: None,
            connections_per_address: Some(1000),
            http: HttpLimits::default(),
        }
    }
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            connections: 96,
            head_time: Duration::from_secs(5),
            time: Duration::from_secs(60),
            head: 16 * 1024,
            body: 4 * 1024,
            api_body: 256 * 1024,
            api_rate: Some(Rate::new(1000, 10_000)),
            broadcast_rate: 1000,
        }
    }
}
