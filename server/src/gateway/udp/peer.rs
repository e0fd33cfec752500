//! One address, and who is behind it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::task::Waker;

use bytes::Bytes;
use mobileim_hub::Connection;
use mobileim_protocol::payload::{self, LoginRequest};
use mobileim_protocol::{MessageType, Secret, decode};
use parking_lot::Mutex;

use super::link::UdpLink;

/// How many datagrams of one address wait while the application decides about one, and how many bytes.
const MAX_WAITING: usize = 64;
const MAX_WAITING_BYTES: usize = 256 * 1024;

/// The same for an address that has not logged in: its LOGIN again.
pub(super) const MAX_WAITING_BEFORE_LOGIN: usize = 4;
const MAX_WAITING_BYTES_BEFORE_LOGIN: usize = 8 * 1024;

pub(super) struct Peer {
    pub(super) link: Arc<UdpLink>,
    pub(super) state: Mutex<State>,
    /// Whether it has a place among those of its network.
    pub(super) is_counted: AtomicBool,
}

pub(super) struct State {
    pub(super) connection: Connection,
    /// What came while the application decides about a login; `None` while it does not.
    pub(super) waiting: Option<VecDeque<Incoming>>,
    /// Wakes the task that waits for what the application decides about messages; `None` while none does.
    pub(super) deciding: Option<Waker>,
    pub(super) standing: Standing,
}

/// A body that came, and what its datagram began with.
pub(super) struct Incoming {
    pub(super) secret: Option<Secret>,
    pub(super) body: Bytes,
}

/// What an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nothing is known of it.
    Stranger,
    /// Its login is being decided.
    Undecided,
    /// It is logged in.
    Session,
}

impl Peer {
    /// An address that was not heard of before.
    pub(super) fn new(link: Arc<UdpLink>, connection: Connection) -> Self {
        Self {
            link,
            state: Mutex::new(State {
                connection,
                waiting: None,
                deciding: None,
                standing: Standing::Stranger,
            }),
            is_counted: AtomicBool::new(false),
        }
    }

    /// Whether a datagram that began with this is of who is behind the address, as far as can be told from that: the datagrams of an
    /// original client begin with nothing.
    pub(super) fn has_said(&self, secret: Option<Secret>) -> bool {
        self.link.secret().is_none_or(|own| secret == Some(own))
    }

    /// The same for a body: a client that waits for the answer to its LOGIN repeats that without a secret before it.
    pub(super) fn is_of(&self, secret: Option<Secret>, body: &[u8]) -> bool {
        self.has_said(secret) || login(body).is_some_and(|login| login.secret == self.link.secret())
    }
}

/// What a body says of who logs in, if it is a LOGIN.
pub(super) fn login(body: &[u8]) -> Option<LoginRequest> {
    let message = decode(body).ok()?;
    let is_login = message.kind == MessageType::Login;
    let content = is_login.then(|| payload::decode(message.content.as_deref()));
    content?.ok()
}

impl State {
    /// What the address is now.
    pub(super) fn current(&self) -> Standing {
        if self.connection.is_logged_in() {
            Standing::Session
        } else if self.waiting.is_some() {
            Standing::Undecided
        } else {
            Standing::Stranger
        }
    }

    /// Lets a datagram wait for the application. Returns whether there is room for it.
    pub(super) fn hold(&mut self, secret: Option<Secret>, body: &[u8]) -> bool {
        let (max, max_bytes) = match self.standing {
            Standing::Session => (MAX_WAITING, MAX_WAITING_BYTES),
            _ => (MAX_WAITING_BEFORE_LOGIN, MAX_WAITING_BYTES_BEFORE_LOGIN),
        };
        let waiting = self.waiting.get_or_insert_default();
        let held = waiting.iter().map(|incoming| incoming.body.len());
        let bytes = held.sum::<usize>() + body.len();
        let has_room = waiting.len() < max && bytes <= max_bytes;
        if has_room {
            let body = Bytes::copy_from_slice(body);
            waiting.push_back(Incoming { secret, body });
        }
        has_room
    }
}
