//! What a client is told when it is made, and when it logs in.

use alloc::string::String;
use core::time::Duration;

use crate::device::Device;
use crate::secret::Secret;
use crate::sense_mode::SenseMode;
use crate::transport::{MAX_BODY, Transport};

/// The settings of a [`Client`](super::Client).
#[derive(Debug, Clone)]
pub struct Config {
    /// What its links are.
    pub transport: Transport,
    /// How many addresses the server has: each may be that of another machine. Which is next, [`Client::address`] says.
    ///
    /// [`Client::address`]: super::Client::address
    pub addresses: usize,
    /// The heartbeat, as configured on the server. A `MobileIM` server tells its own at login, which then counts.
    pub sense_mode: SenseMode,
    /// How long connecting may take (the original: 5 s).
    pub connect_timeout: Duration,
    /// How long a login may take, getting the token included.
    pub login_timeout: Duration,
    /// The longest first wait before reconnecting.
    pub reconnect_base: Duration,
    /// The longest wait before reconnecting.
    pub reconnect_cap: Duration,
    /// An online client reports a message lost after this time without an acknowledgement; after 15 s at most if the server
    /// is an original one. Time without a link does not count.
    pub lost_after: Duration,
    /// How long an answer to a question is waited for, with or without a link.
    pub answer_timeout: Duration,
    /// How many unacknowledged messages are kept at most.
    pub outbox_limit: usize,
    /// The longest body that the client takes, in bytes. It says so at login.
    pub max_body: usize,
    /// The longest body that a server takes which does not say so, in bytes: an original. It bounds the LOGIN of any.
    pub server_max_body: usize,
    /// On datagrams, the secret of this client's sessions, which it says at login.
    pub secret: Option<Secret>,
    /// The device that the client runs on, if it is to be told from others of the user's.
    pub device: Option<Device>,
    /// A fault that is put in on purpose, to see whether tests find it.
    #[cfg(feature = "mutations")]
    pub mutation: Option<Mutation>,
    /// Where random numbers begin: fingerprints and back-off. Must differ from client to client and run to run.
    pub seed: u64,
}

impl Config {
    /// The defaults for a transport.
    pub const fn new(transport: Transport, seed: u64) -> Self {
        Self {
            transport,
            addresses: 1,
            sense_mode: transport.default_sense_mode(),
            connect_timeout: Duration::from_secs(5),
            login_timeout: Duration::from_secs(10),
            reconnect_base: Duration::from_millis(500),
            reconnect_cap: Duration::from_secs(15),
            lost_after: Duration::from_secs(120),
            answer_timeout: Duration::from_secs(10),
            outbox_limit: 10_000,
            max_body: MAX_BODY,
            server_max_body: transport.max_body(),
            secret: None,
            device: None,
            #[cfg(feature = "mutations")]
            mutation: None,
            seed,
        }
    }

    /// The longest body that is taken to be sent before any server has said what it takes, in bytes.
    pub fn longest_body(&self) -> usize {
        self.server_max_body.max(MAX_BODY)
    }
}

/// Who logs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The user id.
    pub user_id: String,
    /// What proves it.
    pub token: Token,
    /// Anything else for the server's authenticator.
    pub extra: Option<String>,
}

/// Where the token of a login comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// Always the same.
    Fixed(String),
    /// Asked for at each login, by [`Output::RequestToken`](super::Output::RequestToken).
    Ask,
}

/// A fault of a client.
#[cfg_attr(
    not(feature = "mutations"),
    allow(dead_code, unreachable_pub, reason = "named where it would be put in")
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutation {
    /// A repeated message is shown again.
    ForgetReceived,
    /// A message that breaks links is sent on each new one.
    NeverSetAside,
}

impl Config {
    /// Whether this fault was put in. Never, but for tests of the tests.
    #[cfg(feature = "mutations")]
    pub(super) fn has(&self, mutation: Mutation) -> bool {
        self.mutation == Some(mutation)
    }

    #[cfg(not(feature = "mutations"))]
    #[expect(clippy::unused_self, reason = "as with the feature")]
    pub(super) const fn has(&self, _mutation: Mutation) -> bool {
        false
    }
}
