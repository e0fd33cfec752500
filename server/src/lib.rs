//! `MobileIM`'s server: `WebSocket`, TCP and UDP gateways that speak the `MobileIMSDK` v6 protocol.
//!
//! From the wire inwards:
//!
//! - gateways turn bytes into bodies and back, one task a connection (one a socket for UDP);
//! - [`Connection`] is the protocol logic of one connection;
//! - [`hub::Hub`] knows who is online, runs the mailboxes and routes messages; [`store`] keeps what waits;
//! - [`Authenticator`] and [`Hooks`] are the application's part, [`ServerHandle`] its way in.
//!
//! All but the gateways is synchronous and takes the time as an argument, so that a simulation can run it.

mod answers;
mod auth;
mod clock;
mod connection;
mod deferred;
mod gateway;
mod handle;
mod hooks;
mod http;
pub mod hub;
mod server;
pub mod store;

pub use auth::{AcceptAnyToken, Authenticator, LoginVerdict};
pub use clock::{Clock, SystemClock};
pub use connection::{Answer, Connection, Step};
pub use deferred::Deferred;
pub use gateway::Limits;
pub use handle::{Parts, Push, ServerHandle};
pub use hooks::{Acceptance, Hooks, Verdict};
pub use server::{Addresses, BindError, Builder, Listener, Running, Server};
