//! Requests that the server makes: to who knows its users.
//!
//! Whoever is asked may be slow, broken or somebody else: an answer has a bound in bytes and in time, comes from the address that
//! was configured and from no other one, and its certificate is checked. Nothing of what is sent gets into the log.

mod address;
mod client;
#[cfg(test)]
pub(crate) mod testing;
mod trust;

pub use address::{Address, AddressError};
pub(crate) use client::{Client, Failure};
pub use trust::Trust;

#[cfg(test)]
mod tests;
