//! Where a client stands, with what exists only there.

use alloc::string::String;

use super::output::{LinkId, State};
use crate::keep_alive::KeepAlive;
use crate::retransmit::RoundTripTime;
use crate::time::Instant;

#[derive(Debug)]
pub(super) enum Standing {
    Offline,
    Linked(Link),
    Waiting,
    Closed,
}

/// The attempt to reach the server that counts.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) id: LinkId,
    /// The token for the login, once it is known.
    pub(super) token: Option<String>,
    pub(super) round_trip: RoundTripTime,
    pub(super) stage: Stage,
}

#[derive(Debug)]
pub(super) enum Stage {
    /// The driver is not told to open the link before there is a token.
    Unopened,
    Opening,
    /// The link is open, the login not yet answered.
    LoggingIn {
        /// How often LOGIN was sent.
        transmissions: u32,
    },
    Online(Session),
}

/// What the server said when it accepted the login, and what it says since.
#[derive(Debug)]
pub(super) struct Session {
    /// The longest frame with several bodies that the server takes, if it takes any.
    pub(super) max_batch: Option<usize>,
    /// How many questions the server answers at once, if it answers any.
    pub(super) max_questions: Option<usize>,
    /// The server has said how long a body it takes, so it knows of [parts](crate::datagram).
    pub(super) knows_parts: bool,
    pub(super) keep_alive: KeepAlive,
    pub(super) heartbeat_sent: Option<Instant>,
    /// When the token expires, if the server has said so.
    pub(super) valid_until: Option<Instant>,
    /// How often LOGIN was sent with another token, while the answer is awaited.
    pub(super) refreshing: Option<u32>,
}

impl Standing {
    pub(super) fn state(&self) -> State {
        match self {
            Self::Offline => State::Offline,
            Self::Linked(link) => match link.stage {
                Stage::Unopened | Stage::Opening => State::Connecting,
                Stage::LoggingIn { .. } => State::LoggingIn,
                Stage::Online(_) => State::Online,
            },
            Self::Waiting => State::Waiting,
            Self::Closed => State::Closed,
        }
    }

    pub(super) fn link(&self) -> Option<&Link> {
        match self {
            Self::Linked(link) => Some(link),
            Self::Offline | Self::Waiting | Self::Closed => None,
        }
    }

    /// The link, if it has this number.
    pub(super) fn link_mut(&mut self, id: LinkId) -> Option<&mut Link> {
        match self {
            Self::Linked(link) if link.id == id => Some(link),
            _ => None,
        }
    }

    /// The link, if the client is logged in on it.
    pub(super) fn online(&self) -> Option<(&Link, &Session)> {
        match self {
            Self::Linked(link) => match &link.stage {
                Stage::Online(session) => Some((link, session)),
                _ => None,
            },
            _ => None,
        }
    }

    /// What the client is logged in with, and on which link.
    pub(super) fn session_mut(&mut self) -> Option<(LinkId, &mut Session)> {
        match self {
            Self::Linked(Link {
                id,
                stage: Stage::Online(session),
                ..
            }) => Some((*id, session)),
            _ => None,
        }
    }
}
