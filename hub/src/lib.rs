//! Everything that `MobileIM`'s server decides: who is online, what waits for whom, and what is answered to what a connection
//! says. It has no socket, no clock and no task.
//!
//! From the wire inwards:
//!
//! - [`Connection`] is the protocol logic of one connection; what it answers leaves by the connection's [`Link`];
//! - a registry behind [`ServerHandle`] knows who is online, runs the mailboxes and routes messages; [`store`] keeps what waits;
//! - [`Authenticator`] and [`Hooks`] are the application's part; an [`Event`] says what has happened; [`View`] looks.
//!
//! Whoever has the sockets makes [`Connection`]s and calls the [`Driver`] when it says: the server in production, and a
//! simulation in virtual time.

mod auth;
mod budget;
mod clock;
mod connection;
mod control;
mod conversations;
mod deferred;
mod devices;
mod event;
mod histogram;
mod journal;
mod link;
mod origin;
mod presence;
mod quotas;
mod rate;
mod recent;
mod refs;
mod registry;
mod sender;
mod sent;
mod server;
mod stats;
pub mod store;
mod trace;
mod view;
mod watch;

pub use auth::{AcceptAnyToken, Authenticator, LoginSource, LoginVerdict};
pub use budget::{Budget, Purpose};
pub use clock::Clock;
pub use connection::{Answer, Connection, Step};
pub use conversations::{
    ClientGroups, ConversationPolicy, GROUP_CHANGED, GroupChange, GroupError, GroupSettings,
    GroupSummary, GroupView, HistoryFrom, Inviters, Writers, is_group_id,
};
pub use deferred::Deferred;
pub use devices::{DeviceBook, DevicePolicy, DeviceView, RegisteredDevice, Sessions, user_of};
pub use event::{Delivery, Event, Refusal};
pub use histogram::{Durations, Histogram};
pub use journal::{Journal, Recorded};
pub use link::{CloseReason, Evidence, Link, Peer};
pub use origin::Origin;
pub use presence::{PresencePolicy, VisibleTo};
pub use quotas::Quotas;
pub use rate::{Rate, Used};
pub use refs::{MAX_MENTIONS, Refs, RefsError, ReplyTo};
pub use registry::{Config, InMemory, NoSuchTiming, SessionView, Timings};
pub use sent::Sent;
pub use server::{Acceptance, Devices, Driver, Hooks, Parts, Push, ServerHandle, Verdict};
pub use stats::{
    AskedStats, AuthStats, Counter, Counters, Counts, HookStats, Label, LoginOutcome, MessageKind,
    MessageOutcome, Outcome, Stats,
};
pub use trace::{Step as TraceStep, TraceEntry};
pub use view::View;
pub use watch::{Fate, Watch};

#[cfg(test)]
mod tests;
