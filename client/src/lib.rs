//! The native client of MobileIM: the engine of [`mobileim_protocol::client`] on tokio.
//!
//! [`Client`] is a cloneable handle to one task, which owns the engine and its link to the server. The engine
//! decides everything (login and re-login, heartbeat, reconnecting, retransmission); the task moves bytes over
//! TCP, UDP or WebSocket, with or without TLS, and keeps the time.
//!
//! ```no_run
//! use mobileim_client::{Account, Client, Draft, Event};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let (client, mut events) = Client::builder("tcp://127.0.0.1:8901".parse()?).spawn();
//! client.login(Account::new("alice", "alice's token")).await?;
//! client.send(Draft::new("bob", "Hello!")).await?; // bob has it, or the server keeps it for him
//! while let Some(event) = events.recv().await {
//!     if let Event::Message { message, .. } = event {
//!         println!("{:?}: {:?}", message.from, message.content);
//!     }
//! }
//! # Ok(()) }
//! ```
//!
//! What is unacknowledged, and what was received, lives as long as the [`Client`], or longer: with
//! [`Builder::outbox_dir`] it is kept in files, and the next run of the application goes on with it.
//!
//! Time is the system's monotonic clock. On Linux it stands still while the machine sleeps, so a link that died
//! meanwhile is noticed by the next heartbeat after waking; an application that is told of waking up says
//! so by [`Client::network_changed`] and has it noticed at once.

mod account;
mod address;
mod alarm;
mod builder;
mod conversations;
mod delivery;
mod driver;
mod error;
mod events;
mod handle;
mod link;
mod persistence;
mod presence;
mod questions;
mod random;
mod refs;
mod storage;
#[cfg(feature = "tls")]
mod trust;
mod waiters;

pub use account::Account;
pub use address::{AddressError, ServerAddress};
pub use builder::Builder;
pub use conversations::{
    Conversation, ConversationPage, Group, GroupOptions, HistoryMessage, HistoryPage, Part,
    ReadMark,
};
pub use delivery::Delivery;
pub use error::{LoginError, QuestionError, SendError};
pub use events::Events;
pub use handle::{Client, Left, LoggedIn};
pub use mobileim_protocol::client::{Draft, Event, LinkLostReason, LostReason, State};
pub use mobileim_protocol::{
    Device, Message, MessageType, NOBODY, SERVER, SenseMode, Signal, Transport, client as engine,
    codes, payload,
};
pub use presence::Presence;
pub use questions::UserDevice;
pub use refs::{Refs, ReplyTo};
pub use storage::{FileStorage, Storage, StorageError, Stored};
#[cfg(feature = "tls")]
pub use tokio_rustls::rustls;
#[cfg(feature = "tls")]
pub use trust::TrustError;
