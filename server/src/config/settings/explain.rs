//! Settings of what can be explained.

use super::super::setting::settings;
use super::super::values::{KIB, SizeWithin};

settings! {
    /// What the server remembers of messages, to explain what became of them.
    ExplainSettings in EXPLAIN;

    /// How much memory there is for what happened to messages lately, without their texts: some 60 bytes for each; 0 for nothing to be
    /// remembered
    memory: SizeWithin<0, { 1024 * 1024 * KIB }> {
        key: "explain.memory",
        value: "SIZE",
        default: "256MiB",
    }
}
