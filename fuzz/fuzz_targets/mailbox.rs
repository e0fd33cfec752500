//! The mailbox under whatever senders, the receiver, the store and the clock do.

#![no_main]

#[expect(dead_code, reason = "the other targets use the rest")]
#[path = "../../protocol/tests/interpreter/mod.rs"]
mod interpreter;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    interpreter::mailbox::run(input, |_| ());
    interpreter::mailbox::run_with_logs(input, |_| ());
});
