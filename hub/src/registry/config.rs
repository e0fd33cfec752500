//! The settings of the hub.

use std::time::Duration;

use crate::conversations::ConversationPolicy;
use crate::devices::DevicePolicy;
use crate::presence::PresencePolicy;
use crate::quotas::Quotas;
use mobileim_protocol::{MAX_BODY, SenseMode, Timing, Transport, mailbox};

/// The times and bounds of a [`ServerHandle`](crate::ServerHandle).
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Config {
    /// The heartbeat timing of each transport.
    pub timings: Timings,
    /// How long a connection may take to log in. Datagrams have no connection.
    pub login_timeout: Duration,
    /// Whether only clients are let in on datagrams that put a secret on each: others may be spoken for by whoever writes
    /// their address on his.
    pub datagram_secrets: bool,
    /// How much users and addresses may use.
    pub quotas: Quotas,
    /// How many devices users may have.
    pub devices: DevicePolicy,
    /// Which conversations have a log.
    pub conversations: ConversationPolicy,
    /// How many members a group may have.
    pub max_members: usize,
    /// How many groups a user may own who makes another one.
    pub max_owned: usize,
    /// Who is told who is online.
    pub presence: PresencePolicy,
    /// The bounds and times of mailboxes.
    pub mailbox: mailbox::Config,
    /// How many bytes all mailboxes hold in memory together at most. The nearer to it, the less there is for each, but 4 KiB or one
    /// message in any case: what has no room is stored at once, or not taken. [`usize::MAX`] for any number.
    pub mailbox_memory: usize,
    /// How many bytes what happened to messages lately takes in memory at most, for [`View::trace`](crate::View::trace); 0 for nothing to
    /// be remembered.
    pub trace_memory: usize,
    /// The longest body in bytes that any client is sent. A longer message of the server would wait for nobody.
    pub max_body: usize,
    /// Sessions have numbers above this one: those of a server that knows which ones there were before, others than those.
    pub sessions_from: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            timings: Timings::default(),
            login_timeout: Duration::from_secs(5),
            datagram_secrets: false,
            quotas: Quotas::default(),
            devices: DevicePolicy::default(),
            conversations: ConversationPolicy::default(),
            max_members: 100_000,
            max_owned: 100,
            presence: PresencePolicy::default(),
            mailbox: mailbox::Config::default(),
            mailbox_memory: 256 << 20,
            trace_memory: 0,
            max_body: MAX_BODY,
            sessions_from: 0,
        }
    }
}

/// The heartbeat timing of each transport (docs/protocol.md, "Timing").
#[derive(Debug, Clone, Copy)]
pub struct Timings {
    tcp: Timing,
    udp: Timing,
    websocket: Timing,
}

/// The original has no such sense mode on this transport.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no sense mode {mode} on {transport} (3s, 10s, 30s, 60s or 120s)")]
pub struct NoSuchTiming {
    /// The mode.
    pub mode: SenseMode,
    /// Where it does not exist.
    pub transport: Transport,
}

impl Timings {
    /// The timing of a transport.
    pub const fn of(&self, transport: Transport) -> Timing {
        match transport {
            Transport::Tcp => self.tcp,
            Transport::Udp => self.udp,
            Transport::WebSocket => self.websocket,
        }
    }

    /// Sets the sense mode of a transport. UDP has neither 5 s nor 15 s.
    pub fn set(&mut self, transport: Transport, mode: SenseMode) -> Result<(), NoSuchTiming> {
        let timing = mode
            .timing(transport)
            .ok_or(NoSuchTiming { mode, transport })?;
        match transport {
            Transport::Tcp => self.tcp = timing,
            Transport::Udp => self.udp = timing,
            Transport::WebSocket => self.websocket = timing,
        }
        Ok(())
    }
}

impl Default for Timings {
    fn default() -> Self {
        let default = |transport: Transport| {
            transport
                .default_sense_mode()
                .timing(transport)
                .expect("a transport has its default sense mode")
        };
        Self {
            tcp: default(Transport::Tcp),
            udp: default(Transport::Udp),
            websocket: default(Transport::WebSocket),
        }
    }
}
