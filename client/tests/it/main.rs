//! The library and the terminal client against a server in the hands of the test.

mod cli;
mod common;
mod conversations;
mod links;
mod outbox;
mod presence;
mod program;
mod real_server;
mod secret;
mod session;
mod storage;
mod tls;
