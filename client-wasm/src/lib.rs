//! The client engine for JavaScript hosts: [`WasmClient`] drives
//! [`mobileim_protocol::client::Client`] with what a [`Host`] can do, and nothing else.
//!
//! Rust that calls JavaScript while it holds a borrow breaks when JavaScript calls back ("recursive use of an
//! object"). So the `driver` asks the engine for one thing, lets go of it, and only then acts; a call from inside a
//! callback adds to what the engine wants and returns, which also keeps everything in order.
//!
//! No 64-bit integer crosses the boundary, as old hosts lack `BigInt`: times are milliseconds in an `f64`,
//! hashes are hexadecimal text. No object is made for an event and no error is thrown: both cost calls and code that
//! a page would have to load.

#![cfg_attr(feature = "standalone", no_std)]

extern crate alloc;

mod batch;
mod clock;
mod driver;
mod event;
mod failure;
mod host;
#[cfg(all(test, target_arch = "wasm32"))]
mod tests;
mod wasm_client;

pub use host::Host;
pub use wasm_client::WasmClient;

/// A fifth of the code of the standard library's allocator, and as good for as little memory as this uses.
#[cfg(feature = "standalone")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// Traps. To format a message takes as much code as a third of the engine, which pages would load for what never
/// happens.
#[cfg(feature = "standalone")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

#[cfg(all(test, target_arch = "wasm32"))]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
