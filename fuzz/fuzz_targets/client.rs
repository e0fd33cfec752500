//! The client engine under whatever an application, a driver, a server and the clock do.

#![no_main]

#[expect(dead_code, reason = "the other targets use the rest")]
#[path = "../../protocol/tests/interpreter/mod.rs"]
mod interpreter;

libfuzzer_sys::fuzz_target!(|input: &[u8]| interpreter::client::run(input, |_| ()));
