//! What it means that a message is not acknowledged, and so when it is repeated and what may follow it.
//!
//! - **A stream to a `MobileIM` server** loses nothing, and the server takes nothing of a sender behind what it could not take.
//!   All goes out at once; the oldest message has the only timer, a slow one, and takes all later ones along.
//! - **A datagram link to a `MobileIM` server** loses and reorders. In each conversation one message is under way.
//! - **An original server** drops without a word what its application vetoes, and what is for a user who is offline, and takes
//!   what comes next. In each conversation one message is under way, on a stream too, or a receiver who comes between two
//!   messages gets the second first. The first cannot be told from one that is late or lost: once it was sent as often as that
//!   takes, what follows goes right behind each repetition of it; on a datagram link only the next message does, as the others
//!   may be lost singly. If that is acknowledged and the first is not, the first was vetoed: it is given up, and not
//!   repeated behind what followed it.

use crate::retransmit::{RoundTripTime, stream_timeout};
use crate::time::Span;
use crate::transport::Transport;

/// How long a message to an original server is unacknowledged before it is given up; its own clients wait 15 to 20 s.
const ORIGINAL_LOST_AFTER: Span = Span::from_secs(15);

/// How often a message to an original server goes alone on a datagram link, where it may have been lost: as often as its
/// own clients send it in all.
const ORIGINAL_ALONE_ON_DATAGRAMS: u32 = 3;

/// The rules for a link.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pacing {
    transport: Transport,
    server: Server,
}

/// Whose server a link leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Server {
    MobileIm,
    Original,
}

impl Pacing {
    pub(crate) const fn new(transport: Transport, server: Server) -> Self {
        Self { transport, server }
    }

    /// The lane of messages to this receiver: within one, order is kept.
    pub(crate) fn lane(self, receiver: u64) -> u64 {
        if self.is_one_lane() { 0 } else { receiver }
    }

    /// Whether all messages are in one lane.
    pub(crate) fn is_one_lane(self) -> bool {
        !self.transport.is_datagram() && self.server == Server::MobileIm
    }

    /// After how many transmissions of a lane's oldest message what follows goes along with the next.
    pub(crate) fn alone(self) -> u32 {
        match (self.transport.is_datagram(), self.server) {
            (false, Server::MobileIm) => 0,
            (true, Server::MobileIm) => u32::MAX,
            (false, Server::Original) => 1,
            (true, Server::Original) => ORIGINAL_ALONE_ON_DATAGRAMS,
        }
    }

    /// How many messages a lane's oldest takes along.
    pub(crate) fn followers(self) -> usize {
        if self.transport.is_datagram() {
            1
        } else {
            usize::MAX
        }
    }

    /// Whether a message was dropped if what followed it in its lane is acknowledged.
    pub(crate) fn passes_over(self) -> bool {
        self.server == Server::Original
    }

    /// How long to wait for an acknowledgement after this many transmissions.
    pub(crate) fn wait(self, round_trip: &RoundTripTime, transmissions: u32) -> Span {
        match (self.transport.is_datagram(), self.server) {
            (true, _) => round_trip.timeout(transmissions),
            (false, Server::MobileIm) => stream_timeout(transmissions),
            (false, Server::Original) => round_trip.doubled_timeout(transmissions),
        }
    }

    /// How long an acknowledgement is waited for in all, if the application waits for that long.
    pub(crate) fn lost_after(self, configured: Span) -> Span {
        match self.server {
            Server::MobileIm => configured,
            Server::Original => configured.min(ORIGINAL_LOST_AFTER),
        }
    }
}
