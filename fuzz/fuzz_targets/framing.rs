//! A TCP stream: the frames do not depend on how it was cut.

#![no_main]

#[expect(dead_code, reason = "the other targets use the rest")]
#[path = "../../protocol/tests/interpreter/mod.rs"]
mod interpreter;

libfuzzer_sys::fuzz_target!(|input: &[u8]| interpreter::wire::framing(input));
