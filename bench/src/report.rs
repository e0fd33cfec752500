//! The numbers, for people.

use std::fmt::Write as _;

use serde::Serialize;

use crate::idle::Idle;
use crate::messages::Load;

/// Everything measured on one transport.
#[derive(Debug, Serialize)]
pub(crate) struct Measured {
    pub(crate) transport: String,
    pub(crate) idle: Idle,
    /// One message at a time.
    pub(crate) alone: Load,
    /// As many as the machine takes.
    pub(crate) load: Load,
}

const HEAD: &str = "\
| transport | RSS per idle session | server CPU per message | messages/s | p50 | p99 | alone p50 | alone p99 | load CPU per message | sent again |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
";

pub(crate) fn markdown(measured: &[Measured]) -> String {
    let mut table = HEAD.to_owned();
    for Measured {
        transport,
        idle,
        alone,
        load,
    } in measured
    {
        writeln!(
            table,
            "| {transport} | {} B | {:.1} µs | {:.0} | {} | {} | {} | {} | {:.1} µs | {} |",
            idle.bytes_per_session,
            load.server_cpu_micros,
            load.messages_per_second,
            millis(load.latency_p50_micros),
            millis(load.latency_p99_micros),
            millis(alone.latency_p50_micros),
            millis(alone.latency_p99_micros),
            load.own_cpu_micros,
            load.retransmitted,
        )
        .expect("writing to a string does not fail");
    }
    table
}

fn millis(micros: u64) -> String {
    format!("{}.{:02} ms", micros / 1000, micros % 1000 / 10)
}
