//! What happens, recorded in the database for back ends that must not miss it.
//!
//! The [`Journal`](mobileim_hub::Journal) takes what the hub tells, and [`EventLog`] gives it to the store's writer, which records it: what the store
//! does itself (a message is stored, fetched, expired) in the transaction that does it, and everything else with the next one,
//! of which there is one at a time. So positions become visible in their order, and what was acknowledged is recorded.
//! Consumers read from the log's end in memory, or from the database when it has nothing better to do.

mod consumer;
mod journal;
mod kind;
mod log;
mod pace;
mod page;
mod queue;
pub(crate) mod record;
mod sendings;
mod tail;
mod target;
mod users;

pub(crate) use consumer::{Consumer, MAX_CONSUMERS, is_consumer_name};
pub(crate) use journal::EventJournal;
pub use kind::{EventType, EventTypes};
pub(crate) use log::{Counted, Unread};
pub use log::{EventLog, EventPolicy};
pub(crate) use page::{Page, Recorded};
pub(crate) use queue::{Ask, Entry, Job, Move, SessionChange};
pub(crate) use record::Record;
pub(crate) use sendings::{AfterError, SendingError, Sendings};
pub use target::EventTarget;
pub(crate) use target::send_events;
pub use users::UserPatterns;
