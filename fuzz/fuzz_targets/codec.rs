//! The body of a message: whatever can be read is written as the same.

#![no_main]

#[expect(dead_code, reason = "the other targets use the rest")]
#[path = "../../protocol/tests/interpreter/mod.rs"]
mod interpreter;

libfuzzer_sys::fuzz_target!(|input: &[u8]| interpreter::wire::codec(input));
