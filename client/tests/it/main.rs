//! The library and the terminal client against a server in the hands of the test.

mod cli;
mod common;
mod links;
mod session;
mod storage;
