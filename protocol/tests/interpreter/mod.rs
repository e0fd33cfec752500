//! Bytes as a sequence of calls to an engine, with its promises checked after every call.
//!
//! Shared by the fuzz targets (`fuzz/`, which look for bytes that break a promise) and by `any_input.rs`
//! (which tries random ones in every test run). Whatever the bytes are, they mean something: there is no
//! input that is refused, so that nothing is wasted on it.

#![allow(
    unreachable_pub,
    reason = "each of the programs that share this uses its own part"
)]

pub mod client;
mod input;
pub mod mailbox;
pub mod wire;

/// Prints what is done, if `MOBILEIM_TRACE` asks for it: for one input at a time.
fn trace(what: impl FnOnce() -> String) {
    static ASKED: std::sync::LazyLock<bool> =
        std::sync::LazyLock::new(|| std::env::var_os("MOBILEIM_TRACE").is_some());
    if *ASKED {
        eprintln!("{}", what());
    }
}
