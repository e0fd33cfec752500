//! Attacks on the real server while people chat on every transport: what the attacker gets, what the server takes, and what the
//! others notice. `docs/security.md` has the table; `--nocapture` prints what was measured.
//!
//! One attack at a time, so that none is measured against another. Times are asserted with a bound that only a server
//! that starves its users misses; what was measured is in the table.

mod connections;
mod frames;
mod http;
mod identity;
mod load;
mod metrics;
mod page;
mod slow;
mod stage;
mod udp;
mod wire;
