//! What crosses components, and what its tests share.
//!
//! - [`TestServer`] is a real server in this process that can be restarted; a [`Person`] talks through a real
//!   client, on any transport.
//! - [`ServerProgram`] is the real server as a process that can be killed; a [`Talker`] sends numbered messages to it
//!   without end, and a [`Ledger`] knows what was sent, acknowledged and shown; [`chaos`] is a bad network between them.
//! - [`people`] chat all the time, and know how long each message takes.
//! - [`raw`] and [`transcript`] speak to a server without a client, to the letter; [`application`] is what the
//!   server asks meanwhile.

pub mod application;
mod certificate;
pub mod chaos;
mod ledger;
mod matrix;
pub mod people;
mod person;
mod program;
pub mod raw;
mod seed;
mod server;
mod talker;
pub mod transcript;
pub mod wire;
mod within;

pub use certificate::TestCertificate;
pub use ledger::{Ledger, Totals, Verdict};
pub use matrix::{ALL_TRANSPORTS, for_each_pair};
pub use person::Person;
pub use program::{Program, ServerProgram, free_address};
pub use seed::seed;
pub use server::{BAD_TOKEN, TestServer};
pub use talker::Talker;
pub use within::within;
