//! When to send again what was not acknowledged: RFC 6298 on a link that loses, slow doubling on one that does not.

use crate::time::Span;

/// Round-trip time, measured, and the retransmission time-out computed from it (RFC 6298).
///
/// An acknowledgement means delivered or stored, so a round trip includes the receiver's; the time-out's lower
/// bound is therefore half a second rather than a round trip of this link alone.
#[derive(Debug, Clone)]
pub(crate) struct RoundTripTime {
    smoothed: Option<Span>,
    variation: Span,
}

/// The time-out before anything is measured (RFC 6298, 2.1).
const INITIAL_TIMEOUT: Span = Span::from_secs(1);
const MIN_TIMEOUT: Span = Span::from_millis(500);
/// The longest wait between two transmissions of a message on a datagram link.
const MAX_TIMEOUT: Span = Span::from_secs(8);
/// So many transmissions wait one time-out each, then the waits double. Doubling makes room on a congested link, but
/// a conversation has one message under way, which every following one waits for: where three in ten datagrams are
/// lost, it is the doubled waits that take the time.
const EVEN_TRANSMISSIONS: u32 = 5;

/// First wait, and the longest, on a link that does not lose: only a server that dropped the message makes it fire.
const STREAM_FIRST: Span = Span::from_secs(10);
const STREAM_MAX: Span = Span::from_secs(60);

impl RoundTripTime {
    pub(crate) const fn new() -> Self {
        Self {
            smoothed: None,
            variation: Span::ZERO,
        }
    }

    /// Takes in a round trip of something that was sent exactly once (Karn's rule: RFC 6298, 3).
    pub(crate) fn measure(&mut self, sample: Span) {
        match self.smoothed {
            None => {
                self.smoothed = Some(sample);
                self.variation = sample / 2;
            }
            Some(smoothed) => {
                self.variation = (self.variation * 3 + smoothed.abs_diff(sample)) / 4;
                self.smoothed = Some((smoothed * 7 + sample) / 8);
            }
        }
    }

    /// The smoothed round trip; `None` before the first measurement.
    pub(crate) fn smoothed(&self) -> Option<Span> {
        self.smoothed
    }

    /// How long to wait for an acknowledgement after `transmissions` transmissions (at least one).
    pub(crate) fn timeout(&self, transmissions: u32) -> Span {
        let once = self.smoothed.map_or(INITIAL_TIMEOUT, |smoothed| {
            (smoothed + self.variation * 4).max(MIN_TIMEOUT)
        });
        let doublings = transmissions.saturating_sub(EVEN_TRANSMISSIONS);
        doubled(once, doublings + 1, MAX_TIMEOUT)
    }

    /// The same, doubled from the second transmission on: for a link on which nothing is lost.
    pub(crate) fn doubled_timeout(&self, transmissions: u32) -> Span {
        self.timeout(transmissions + EVEN_TRANSMISSIONS - 1)
    }
}

/// The same wait on a stream, where the transport itself retransmits.
pub(crate) fn stream_timeout(transmissions: u32) -> Span {
    doubled(STREAM_FIRST, transmissions, STREAM_MAX)
}

/// `first`, doubled for each transmission after the first, up to `most`.
pub(crate) fn doubled(first: Span, transmissions: u32, most: Span) -> Span {
    let mut wait = first;
    for _ in 1..transmissions {
        if wait >= most {
            break;
        }
        wait = wait * 2;
    }
    wait.min(most)
}
