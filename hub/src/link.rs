//! The hub's end of a connection, and who is at the other.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use mobileim_protocol::{Instant, MessageType, Secret, Transport};

/// What the hub needs of a connection to reach who is behind it.
///
/// The hub calls these with a shard locked: none may block, wait, or call the hub. A gateway's link leaves
/// bytes in a buffer and wakes the task that writes them.
pub trait Link: Send + Sync {
    /// The transport that it runs over.
    fn transport(&self) -> Transport;

    /// Who is at the other end.
    fn peer(&self) -> Peer {
        Peer::new(self.transport())
    }

    /// The longest body in bytes that the other end takes: an original's, until [`Link::set_max_body`].
    fn max_body(&self) -> usize;

    /// The client has said at login that it takes bodies of this many bytes, or, as an original one, nothing. To one that
    /// has, the gateway says the longest body that it takes from it from now on, in bytes.
    fn set_max_body(&self, max_body: Option<usize>) -> Option<usize>;

    /// The longest frame with several bodies that the gateway takes, in bytes; `None` if each goes by itself.
    fn max_batch(&self) -> Option<usize> {
        None
    }

    /// From now on bodies may go out together, in frames of at most `max_batch` bytes; with 0, each goes by itself.
    fn set_max_batch(&self, _max_batch: usize) {}

    /// Sends one body (JSON text, without framing) after all that were sent before.
    ///
    /// What is sent after [`Link::close`] is dropped.
    fn transmit(&self, body: Bytes);

    /// The same for a message of a user or of the application. A datagram link whose other end has not proved that it
    /// receives pays for these with less than for answers: another server would pass them on.
    fn deliver(&self, body: Bytes) {
        self.transmit(body);
    }

    /// Bound on the bytes that may be sent now. A datagram link has one until its other end has proved that it receives
    /// (docs/protocol.md, "UDP: what an address is sent").
    fn allowance(&self) -> usize {
        usize::MAX
    }

    /// Takes in what was learnt of the other end: what may be sent to it, or may wait for it, depends on that.
    fn learn(&self, _evidence: Evidence<'_>) {}

    /// Provokes a sign of life, if the transport has a way to: a `WebSocket` Ping.
    fn ping(&self);

    /// Closes the connection once what was sent before is written. Only the first reason counts.
    fn close(&self, reason: CloseReason);

    /// When the last byte came from the other end.
    fn last_seen(&self) -> Instant;
}

/// The other end of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Peer {
    /// The transport that it uses.
    pub transport: Transport,
    /// Its address, if it has one; of who is behind a trusted proxy, what that says, with port 0 where it says none.
    pub address: Option<SocketAddr>,
    /// Whether the connection is encrypted.
    pub tls: bool,
    /// The `Origin` of the page that has opened the `WebSocket`.
    pub origin: Option<Arc<str>>,
}

impl Peer {
    /// A peer of which only the transport is known.
    pub const fn new(transport: Transport) -> Self {
        Self {
            transport,
            address: None,
            tls: false,
            origin: None,
        }
    }

    /// A peer at an address.
    pub const fn at(transport: Transport, address: SocketAddr) -> Self {
        Self {
            transport,
            address: Some(address),
            tls: false,
            origin: None,
        }
    }

    /// With or without encryption.
    #[must_use]
    pub fn with_tls(self, tls: bool) -> Self {
        Self { tls, ..self }
    }

    /// With the origin of a page.
    #[must_use]
    pub fn with_origin(self, origin: Option<Arc<str>>) -> Self {
        Self { origin, ..self }
    }
}

/// What was learnt of the other end of a link.
#[derive(Debug, Clone, Copy)]
pub enum Evidence<'a> {
    /// A body of this many bytes came, of this kind; `None` if it is no message.
    Heard {
        /// Its length in bytes.
        bytes: usize,
        /// What it is.
        kind: Option<MessageType>,
    },
    /// The login that came is accepted. Its answer follows.
    LoggedIn {
        /// Who it is.
        user: &'a Arc<str>,
        /// What its datagrams begin with from now on, and those for it.
        secret: Option<Secret>,
    },
    /// A fingerprint was acknowledged.
    Acknowledged {
        /// The fingerprint.
        fp: &'a str,
        /// The length of the message that waited for it, 0 without one.
        bytes: usize,
    },
}

/// Declares the reasons: each with its name in metrics, and its words in the log.
macro_rules! close_reasons {
    (
        $(#[$doc:meta])*
        pub enum $reasons:ident { $(
            $(#[$reason_doc:meta])*
            $reason:ident $(($code:ident: $code_type:ty))? $({ $(#[$field_doc:meta])* $field:ident: $field_type:ty })?
                = $name:literal, $words:literal;
        )+ }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $reasons { $(
            $(#[$reason_doc])*
            $reason $(($code_type))? $({ $(#[$field_doc])* $field: $field_type })?,
        )+ }

        impl $reasons {
            /// How many there are, whatever code or wait they have.
            pub(crate) const COUNT: usize = [$($name),+].len();

            /// The reason with an index, with a code or wait of 0 if it has one.
            pub(crate) fn at(index: usize) -> Self {
                [$(
                    Self::$reason $((<$code_type>::default()))? $({ $field: <$field_type>::default() })?
                ),+][index]
            }

            /// Its index, below [`Self::COUNT`].
            pub(crate) fn index(self) -> usize {
                enum Index { $($reason),+ }
                match self { $(Self::$reason { .. } => Index::$reason as usize),+ }
            }

            /// Its name in metrics.
            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$reason { .. } => $name),+ }
            }
        }

        impl fmt::Display for $reasons {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self { $(
                    Self::$reason $(($code))? $({ $field: _ })? => write!(f, $words),
                )+ }
            }
        }
    };
}

close_reasons! {
    /// Why a connection was closed, and with it a session, if there was one.
    pub enum CloseReason {
        /// The user logged out, or logged in as somebody else on the same connection.
        LoggedOut = "logged_out", "logged out";
        /// The other end closed the connection, or it broke.
        Disconnected = "disconnected", "disconnected";
        /// Nothing came from the other end for longer than its sense mode allows.
        Expired = "expired", "no sign of life";
        /// What proved who the user is holds no longer ([`LoginVerdict::AcceptUntil`](crate::LoginVerdict::AcceptUntil)).
        TokenExpired = "token_expired", "the token has expired";
        /// The same client is back on another connection (equal firstLoginTime).
        Replaced = "replaced", "replaced by a newer connection";
        /// Kicked out, with the code that it was told (docs/protocol.md, type 54).
        Kicked(code: i64) = "kicked", "kicked out with code {code}";
        /// Has not logged in, and so have too many others that came later.
        Crowded = "crowded", "too many connections that have not logged in";
        /// Its address has as many connections as it may have.
        TooManyConnections = "too_many_connections", "too many connections from its address";
        /// Sent more than it may, and went on when it was told so.
        TooManyMessages = "too_many_messages", "too many messages";
        /// Logged in more often than may be.
        TooManyLogins = "too_many_logins", "too many logins";
        /// Came to a listener for proxies, and is none that is trusted, or sent no PROXY header.
        NotProxied = "not_proxied", "no PROXY header of a trusted proxy";
        /// Did not get as far as speaking: the TLS handshake failed.
        HandshakeFailed = "handshake_failed", "TLS handshake failed";
        /// Did not log in in time.
        LoginTimeout = "login_timeout", "no login in time";
        /// Its request for a `WebSocket` is longer than it may be.
        HeadTooLong = "head_too_long", "the request's head is too long";
        /// A browser's request, from a page whose origin is not allowed.
        OriginNotAllowed = "origin_not_allowed", "origin not allowed";
        /// The login was refused.
        LoginRefused = "login_refused", "login refused";
        /// Sent something that needs a login without one (error 301).
        NotLoggedIn = "not_logged_in", "not logged in";
        /// Sent something that is no valid message (error 4).
        InvalidMessage = "invalid_message", "invalid message";
        /// Sent a binary `WebSocket` message (error 4).
        BinaryMessage = "binary_message", "binary message";
        /// Sent more at once than is allowed (error 4).
        OversizedMessage = "oversized_message", "oversized message";
        /// Broke the rules of `WebSocket` itself (error 4).
        ProtocolViolation = "protocol_violation", "protocol violation";
        /// Did not read what was sent to it.
        SlowReader = "slow_reader", "does not read what it is sent";
        /// The server stops. The client may come back after so long: where the transport has words for it, it is told.
        ServerStopping {
            /// How long.
            retry_after: Duration
        } = "server_stopping", "the server stops";
        /// A fault in the server or in the application's part of it: what served the connection panicked.
        Failed = "failed", "a fault in the server";
    }
}
