//! The `MobileIMSDK` v6 wire protocol and the two engines built on it: no networking, no clock, no threads.
//!
//! - [`Message`] with its JSON codec, TCP [`framing`], [`codes`] and the [`SenseMode`] timing table: the wire.
//! - [`client::Client`]: everything a client does, as a state machine.
//! - [`mailbox::Mailbox`]: everything the server does to get messages to one user, as a state machine.
//!
//! Both engines follow one contract. **Every call that changes an engine takes `now` and is followed by
//! draining its `poll_output()` until that returns `Output::Timeout`**, which names the one instant at which
//! `handle_timeout` is due (`None`: nothing to wait for). Neither owns a socket, a clock or a thread; random
//! numbers come from a seed given at creation. Equal inputs give equal outputs.

#![no_std]

extern crate alloc;

mod backoff;
pub mod batch;
pub mod client;
mod codec;
pub mod codes;
pub mod datagram;
mod dedup;
mod device;
pub mod framing;
mod hash_set;
mod json;
mod keep_alive;
pub mod mailbox;
mod message;
pub mod payload;
mod question;
mod retransmit;
mod secret;
mod sense_mode;
mod signal;
mod time;
mod timers;
mod transport;

pub use backoff::Backoff;
pub use codec::{DecodeError, decode, encode, encode_brief};
pub use dedup::{DedupMemory, fingerprint_hash};
pub use device::{Device, MAX_DEVICE_LEN};
pub use message::{
    MAX_ID_LEN, Message, MessageType, NO_ID_HAS, NOBODY, SERVER, is_fingerprint, is_receiver,
    is_user_id,
};
pub use question::{BadQuestion, Question, QuestionAnswer, encode_question};
pub use secret::Secret;
pub use sense_mode::{ParseSenseModeError, SenseMode, Timing};
pub use signal::Signal;
pub use time::{Instant, MonotonicClock, Span};
pub use timers::Deadline;
pub use transport::{MAX_BODY, Transport};
