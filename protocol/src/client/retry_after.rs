//! How long a server may have a client wait.
//!
//! A server spreads its clients by telling each another wait. What is added here is little enough to leave them spread, and
//! keeps those apart that were told the same.

use crate::backoff::random_between;
use crate::time::Span;

/// The longest wait that a server is believed; one that is broken must not keep its clients away for good.
const LONGEST: Span = Span::from_secs(5 * 60);

/// What a server that says no wait means by "too many messages".
const UNSAID: Span = Span::from_secs(1);

/// How long to open no link, of what the server has said in ms.
pub(super) fn before_connecting(millis: u64, rng: &mut fastrand::Rng) -> Span {
    let least = Span::from_millis(millis).min(LONGEST);
    random_between(rng, least, least * 13 / 10)
}

/// How long to send no messages.
pub(super) fn before_sending(millis: Option<u64>) -> Span {
    millis.map_or(UNSAID, Span::from_millis).min(LONGEST)
}
